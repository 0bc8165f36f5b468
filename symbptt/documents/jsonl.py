"""Problem files: `.json` (an object or a list of objects) and `.jsonl` (an object a line)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import PurePath
from typing import Any

from symbptt.documents.formulas import InputError, Lines, expectation
from symbptt.problem import Problem, ProblemError

Found = Iterator[Problem | InputError]
SPACE = re.compile(r"[ \t\n\r]*")


def read_jsonl(text: str, *, path: str = "") -> Found:
    """The problem of each line; a line that cannot be read is an error in its place."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            indent = len(line) - len(line.lstrip())
            yield _guarded(partial(_load, line, path, number, indent + 1), path, number)


def _load(text: str, path: str, line: int, column: int) -> Problem:
    return _problem(json.loads(text), path, line, column)


def read_json(text: str, *, path: str = "") -> Found:
    """The problem of a file, or each problem of its list; reading ends where the text is no JSON."""
    lines = Lines(text)
    start = _skip(text, 0)
    if text[start : start + 1] != "[":
        yield _guarded(partial(_load, text, path, *lines.place(start)), path, 1)
        return
    at = _skip(text, start + 1)
    decoder = json.JSONDecoder()
    while text[at : at + 1] not in ("]", ""):
        line, column = lines.place(at)
        end: list[int] = []

        def item(at: int = at, line: int = line, column: int = column, end: list[int] = end) -> Problem:
            value, stop = decoder.raw_decode(text, at)
            end.append(stop)
            return _problem(value, path, line, column)

        yield _guarded(item, path, line)
        if not end:
            return
        at = _skip(text, end[0])
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] not in ("]", ""):
            yield InputError("not JSON: expected `,` or `]` behind a problem", path=path, line=lines.place(at)[0])
            return
    if text[at : at + 1] != "]":
        yield InputError("not JSON: the list is never closed; write `]` at its end", path=path, line=lines.place(at)[0])
    elif text[at + 1 :].strip():
        yield InputError("not JSON: more text behind the list; delete it", path=path, line=lines.place(_skip(text, at + 1))[0])


def _skip(text: str, at: int) -> int:
    space = SPACE.match(text, at)
    return space.end() if space else at


def _guarded(read: Callable[[], Problem], path: str, line: int) -> Problem | InputError:
    """The problem that `read` reads from text that starts in `line`, or what is wrong with it."""
    try:
        return read()
    except json.JSONDecodeError as error:
        # A value of a list is decoded from the whole text, a line by itself: only then do lines have to be added up.
        at = error.lineno if error.doc.count("\n") else line
        return InputError(f"not JSON: {error.msg} (column {error.colno})", path=path, line=at)
    except RecursionError:
        return InputError("not JSON that can be read: nested too deeply", path=path, line=line)
    except ProblemError as error:
        return InputError(str(error), path=path, line=line)
    except InputError as error:
        return error


def _problem(data: Any, path: str, line: int, column: int) -> Problem:
    if isinstance(data, Mapping) and isinstance(data.get("expect"), str) and data["expect"]:
        expectation(data["expect"], path=path, line=line)
    problem = Problem.from_dict(data, path=path, line=line)
    for place in (problem.line, problem.column):
        if not isinstance(place, int):
            raise ProblemError(f"fields `line` and `column` must be numbers, not {json.dumps(place)[:80]}")
    return replace(
        problem,
        id=problem.id or f"{PurePath(path).name}:{line}",
        column=problem.column or column,
        shapes=_texts("shapes", problem.shapes),
        ranges=_texts("ranges", problem.ranges),
        functions=_texts("functions", problem.functions),
    )


def _texts(field: str, values: Mapping[str, Any]) -> dict[str, str]:
    return {key: _text(field, key, value) for key, value in values.items()}


def _text(field: str, key: str, value: Any) -> str:
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return str(value)
    raise ProblemError(f"field `{field}`: the value of `{key}` must be text, not {json.dumps(value)[:80]}")
