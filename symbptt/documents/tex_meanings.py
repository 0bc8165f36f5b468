"""What the private macros of a document mean to the parser: one mapping for all formulas.

A macro that the mapping cannot say rightly (two meanings in use, an argument ended by a word) is mapped to itself, so that the parser
stops at it: a formula that uses it is unknown, never misread.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from string import ascii_letters
from typing import Final

from symbptt.documents.formulas import FormulaSource
from symbptt.documents.tex_macros import Macro, Macros
from symbptt.latex.tokens import ParseError, lex

CONTROL: Final = re.compile(r"\\(?:[A-Za-z]+|\d)")
PLACE: Final = re.compile(r"(?P<before>\\[A-Za-z]+)?#(?P<number>\d)")
OPTION: Final = r"(?P<option>\s*\[(?P<content>(?:[^\[\]{}\\]|\\.|\{(?:[^{}\\]|\\.)*+\})*+)\])?"


def settled(items: Sequence[object], macros: Macros) -> tuple[dict[int, FormulaSource], dict[str, str]]:
    """The meanings of the macros that formulas use, and the formulas (by their place) that must be spelled otherwise for it.

    A spelling keeps its length, so that places hold: the star of `\\norm*{x}` becomes a space, `\\pd[L]{w}` becomes `\\pd{L}{w}`.
    """
    formulas = {when: item for when, item in enumerate(items) if isinstance(item, FormulaSource)}
    if not macros.history:
        return {}, {}
    first, last = _uses(formulas, macros)
    chosen = {name: _meaning(name, macros, first[name], last[name]) for name in first}
    texts = [*(item.latex for item in formulas.values()), *(macro.body for macro in chosen.values() if macro)]
    respell, given = _respelling([macro for macro in chosen.values() if macro and macro.readable], texts, macros)
    meanings = {}
    for name, macro in chosen.items():
        if macro is not None and "@" not in name:
            meanings[name] = _mapped(macro, macros, respell(macro.body))
            if given.get(name) == "":
                meanings[name] = name
            elif name in given:
                meanings[given[name]] = _mapped(replace(macro, default=None), macros, respell(macro.body))
    changed = {when: replace(item, latex=latex) for when, item in formulas.items() if (latex := respell(item.latex)) != item.latex}
    return changed, meanings


def _uses(formulas: Mapping[int, FormulaSource], macros: Macros) -> tuple[dict[str, int], dict[str, int]]:
    """For each macro in use, by itself or through others, the first and the last place."""
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for when, item in formulas.items():
        for name in CONTROL.findall(item.latex):
            if name in macros.history:
                first.setdefault(name, when)
                last[name] = when
    inside = {
        name: {found for _, macro in versions if macro for found in CONTROL.findall(macro.body) if found in macros.history}
        for name, versions in macros.history.items()
    }
    return _spread(sorted(first.items(), key=lambda use: use[1]), inside), _spread(sorted(last.items(), key=lambda use: -use[1]), inside)


def _spread(uses: Iterable[tuple[str, int]], inside: Mapping[str, set[str]]) -> dict[str, int]:
    """Each name, and what its meaning names in turn, with the place of the first use that reaches it."""
    reached: dict[str, int] = {}
    for start, when in uses:
        todo = [start]
        while todo:
            name = todo.pop()
            if name not in reached:
                reached[name] = when
                todo += inside[name]
    return reached


def _meaning(name: str, macros: Macros, first: int, last: int) -> Macro | None:
    """The one meaning in use between two places; unreadable where there are two, None where it is not defined yet."""
    versions = macros.history[name]
    at = bisect_right(versions, first, key=lambda version: version[0])
    until = bisect_right(versions, last, key=lambda version: version[0])
    before = versions[at - 1][1] if at else None
    meanings = [before, *(macro for _, macro in versions[at:until])]
    # A name that is only taken away and given back with one group keeps its meaning.
    return before if all(macro == before for macro in meanings) else Macro(name, "", readable=False)


def _mapped(macro: Macro, macros: Macros, body: str) -> str:
    """The body as the parser takes it: `#1` to `#9`, the highest of them named; the macro's own name where it cannot be read."""
    if macro.default is not None:
        body = PLACE.sub(lambda place: _shifted(place, macro.default or ""), body)
    count = macro.arguments - (macro.default is not None)
    body = body.replace("\\xspace", "")
    try:
        named = max((int(token.text[1]) for token in lex(body) if token.kind == "argument"), default=0)
    except ParseError:
        return macro.name
    if not macro.readable or macro.until or macro.copies in macros.history or named > count:
        return macro.name
    # The parser takes as many arguments as the body names; a colour takes one and shows nothing of it.
    return body if named == count else f"\\textcolor{{#{count}}}{{}}{body}"


def _shifted(place: re.Match[str], default: str) -> str:
    """The first argument filled in, the others counted from one less."""
    before, number = place["before"] or "", int(place["number"])
    if number > 1:
        return f"{before}#{number - 1}"
    return f"{before} {default}" if before else default


def _respelling(used: Iterable[Macro], texts: Sequence[str], macros: Macros) -> tuple[Callable[[str], str], dict[str, str]]:
    """How formulas are spelled for the parser, and the names that macros have where their optional argument is given."""
    special = {macro.name: macro for macro in used if macro.paired or macro.default is not None}
    if not special:
        return (lambda text: text), {}
    call = re.compile(rf"(?P<name>{'|'.join(map(re.escape, special))})(?![A-Za-z])(?P<star>\s*\*)?{OPTION}")
    ways: dict[str, set[bool]] = {}
    for text in texts:
        for found in call.finditer(text):
            ways.setdefault(found["name"], set()).add(found["option"] is not None)
    taken = {*macros.history, *(name for text in texts for name in CONTROL.findall(text))}
    given = {
        name: name if ways[name] == {True} else _free(name, taken)
        for name, macro in special.items()
        if macro.default is not None and True in ways.get(name, ())
    }

    def respell(found: re.Match[str]) -> str:
        name, option = found["name"], found["option"]
        if special[name].paired:
            return name + " " * (len(found[0]) - len(name))
        if option is None or found["star"] or not given[name]:
            return str(found[0])
        return f"{given[name]}{option.replace('[', '{', 1)[:-1]}}}"

    return (lambda text: call.sub(respell, text)), given


def _free(name: str, taken: set[str]) -> str:
    """A name of the same length that nothing uses; empty where there is none."""
    size = min(len(name) - 1, 2)
    tails = (name[len(name) - size : -1] + name[-1].swapcase(), *("".join(letters) for letters in product(ascii_letters, repeat=size)))
    found = next((new for tail in tails if (new := name[: len(name) - size] + tail) not in taken), "")
    taken.add(found)
    return found
