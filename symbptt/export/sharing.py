"""Memory for the arrays of one function: those that are not needed at the same time, and are of one size, share it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence


def shared(
    lines: Sequence[str], sizes: Mapping[str, object], aliases: Mapping[str, Collection[str]], early: Collection[str]
) -> dict[str, str]:
    """Array → the earlier one whose memory it takes over, for those that can.

    `lines` are the function's, a step of it being a line of the least indentation with what is deeper below it: a loop is one step.
    `sizes` has the arrays that may share, `aliases` other names for each. What is `early` is written before the first line.
    """
    spans = _spans(lines, {word: name for name in sizes for word in (name, *aliases.get(name, ()))}, early)
    owners: dict[str, int] = {}  # array with memory of its own → the last step at which it is in use
    found: dict[str, str] = {}
    for name, (first, last) in sorted(spans.items(), key=lambda item: item[1]):
        free = [o for o, end in owners.items() if end < first and sizes[o] == sizes[name]]
        if free and name not in early:
            owner = max(free, key=lambda o: owners[o])  # what was used last is still in the cache
            found[name] = owner
            owners[owner] = last
        else:
            owners[name] = last
    return found


def _spans(lines: Sequence[str], words: Mapping[str, str], early: Collection[str]) -> dict[str, tuple[int, int]]:
    """The first and the last step at which each array is mentioned."""
    least = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    spans: dict[str, tuple[int, int]] = dict.fromkeys(early, (-1, -1))
    step = 0
    for line in lines:
        text = line.strip()
        if len(line) - len(line.lstrip()) == least and not text.startswith(("}", "else")):
            step += 1
        if text.startswith(("# ", "//")):
            continue
        for word in re.findall(r"\w+", line):
            name = words.get(word)
            if name is not None:
                spans[name] = (spans[name][0] if name in spans else step, step)
    return spans
