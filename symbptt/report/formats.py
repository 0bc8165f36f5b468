"""The formats of a report; a new one is a new row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, TextIO

from symbptt.report.jsonreport import write_json, write_jsonl
from symbptt.report.outcome import Detail, Tally
from symbptt.report.text import write_text
from symbptt.verdict import Verdict

#: Writes verdicts as they come; the tally has counted what has come so far; the last argument says how much of them a person wants to see.
Writer = Callable[[Iterator[Verdict], TextIO, Tally, Detail], None]

WRITERS: Final[Mapping[str, Writer]] = MappingProxyType({"text": write_text, "json": write_json, "jsonl": write_jsonl})
