"""Private macros of TeX as they are defined, and what they open and close; no body is ever expanded here."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

#: Characters of a body and of an optional argument; what is longer is not read.
LONGEST: Final = 5_000
LONGEST_OPTION: Final = 400
#: Environments of displayed mathematics that the parser knows, and those it does not with their number of arguments.
WHOLE: Final = frozenset(
    name + star
    for name in ("equation", "align", "gather", "multline", "alignat", "flalign", "eqnarray", "displaymath", "math")
    for star in ("", "*")
)
INNER: Final = MappingProxyType(
    {name + star: count for name, count in (("IEEEeqnarray", 1), ("dmath", 0), ("empheq", 1), ("xalignat", 1)) for star in ("", "*")}
)
GAP: Final = re.compile(r"(?:\s|%[^\n]*(?:\n|\Z))*+")
NAME: Final = re.compile(r"\\(?:[A-Za-z@]+|[^A-Za-z\s])")
COUNT: Final = re.compile(r"\[\s*(\d)\s*\]")
DOCUMENT_ARGUMENTS: Final = re.compile(r"\s*(?:(?P<plain>o)|O\{(?P<default>[^{}]*)\})?\s*(?P<rest>(?:m\s*)*)")
PARAMETERS: Final = re.compile(r"(?:\s*#\d)*\s*")
#: `\def\ba#1\ea{…}`: one argument up to a word.
DELIMITED: Final = re.compile(r"\s*#1\s*(?P<end>\\[A-Za-z@]+)\s*")
BRACES: Final = re.compile(r"\\.|%[^\n]*|(?P<open>\{)|(?P<close>\})", re.S)
BRACKETS: Final = re.compile(r"\\.|\{|(?P<close>\])", re.S)
EDGE: Final = re.compile(
    r"\\(?P<edge>begin|end)\s*\{(?P<environment>[A-Za-z]+\*?)\}|(?P<bracket>\\[\[\]()])|(?P<dollars>\$\$?)|(?P<macro>\\[A-Za-z]+)|\\.", re.S
)
WRAPPED: Final = re.compile(r"\\ensuremath\s*\{.*\}", re.S)


class Groups:
    """Where the braces of a text close, found in one pass when first asked for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._opens = array("l")
        self._ends = array("l")

    def _find(self) -> None:
        waiting: list[int] = []
        for brace in BRACES.finditer(self._text):
            if brace["open"]:
                waiting.append(len(self._opens))
                self._opens.append(brace.start())
                self._ends.append(-1)
            elif brace["close"] and waiting:
                self._ends[waiting.pop()] = brace.start()
        self._opens.append(len(self._text) + 1)
        self._ends.append(-1)

    def gap(self, at: int) -> int:
        """The offset behind space and comments."""
        found = GAP.match(self._text, at)
        return found.end() if found else at

    def group(self, at: int) -> tuple[int, int] | None:
        """Start and end of what the braces hold that come next; None where none do or they never close."""
        if not self._opens:
            self._find()
        at = self.gap(at)
        index = bisect_left(self._opens, at)
        return (at + 1, self._ends[index]) if self._opens[index] == at and self._ends[index] >= 0 else None

    def option(self, at: int) -> tuple[int, int] | None:
        """Start and end of what the brackets hold that come next."""
        start = self.gap(at)
        if not self._text.startswith("[", start):
            return None
        at = start + 1
        while sign := BRACKETS.search(self._text, at, start + LONGEST_OPTION):
            if sign["close"]:
                return start + 1, sign.start()
            inner = self.group(sign.start()) if sign[0] == "{" else None
            at = inner[1] + 1 if inner else sign.end()
        return None

    def behind(self, at: int, groups: int) -> int:
        """The offset behind a star, options and so many groups."""
        at += self._text.startswith("*", at)
        for left in range(max(groups, 1)):
            while option := self.option(at):
                at = option[1] + 1
            inner = self.group(at) if left < groups else None
            if inner is None:
                break
            at = inner[1] + 1
        return at


@dataclass(frozen=True)
class Macro:
    """A control sequence with its meaning."""

    name: str
    body: str
    arguments: int = 0
    default: str | None = None  # of an optional first argument
    until: str = ""  # the word that ends its argument
    paired: bool = False  # takes a star or a size between its name and its argument
    copies: str = ""  # the command it was made equal to
    readable: bool = True


@dataclass(frozen=True)
class Structure:
    """What a macro does where formulas begin and end: `open`, `close` or `formula` (both); `sign` is what ends the formula."""

    kind: str
    sign: str
    display: bool
    arguments: int = 0


Found = tuple[Macro | None, int]


def _named(text: str, at: int, groups: Groups) -> tuple[str, int] | None:
    """The name that is defined, in braces or not."""
    at = groups.gap(at + text.startswith("*", at))
    braced = text.startswith("{", at)
    found = NAME.match(text, groups.gap(at + braced))
    if found is None:
        return None
    end = groups.gap(found.end()) if braced else found.end()
    return (found[0], end + braced) if not braced or text.startswith("}", end) else None


def _body(text: str, at: int, groups: Groups, macro: Macro) -> Found:
    inner = groups.group(at)
    if inner is None:
        return None, at
    body = text[inner[0] : min(inner[1], inner[0] + LONGEST)]
    return replace(macro, body=body, readable=macro.readable and inner[1] - inner[0] < LONGEST), inner[1] + 1


def _new_command(text: str, at: int, groups: Groups) -> Found:
    named = _named(text, at, groups)
    if named is None:
        return None, at
    name, at = named
    count = COUNT.match(text, groups.gap(at))
    at = count.end() if count else at
    option = groups.option(at) if count else None
    default = text[option[0] : option[1]] if option else None
    return _body(text, option[1] + 1 if option else at, groups, Macro(name, "", int(count[1]) if count else 0, default))


def _def(text: str, at: int, groups: Groups) -> Found:
    named = NAME.match(text, groups.gap(at))
    if named is None:
        return None, at
    opening = text.find("{", named.end(), named.end() + 200)
    parameters = text[named.end() : opening] if opening >= 0 else ""
    until = DELIMITED.fullmatch(parameters)
    plain = PARAMETERS.fullmatch(parameters) is not None
    macro = Macro(named[0], "", parameters.count("#"), until=until["end"] if until else "", readable=plain)
    return _body(text, opening, groups, macro) if opening >= 0 else (None, named.end())


def _operator(text: str, at: int, groups: Groups) -> Found:
    named = _named(text, at, groups)
    found, at = _body(text, named[1], groups, Macro(named[0], "")) if named else (None, at)
    return found and replace(found, body=f"\\operatorname{{{found.body}}}"), at


def _let(text: str, at: int, groups: Groups) -> Found:
    named = NAME.match(text, groups.gap(at))
    if named is None:
        return None, at
    at = groups.gap(named.end())
    at = groups.gap(at + text.startswith("=", at))
    target = NAME.match(text, at)
    meaning = target[0] if target else text[at : at + 1]
    return Macro(named[0], meaning, copies=meaning if target else ""), at + len(meaning)


def _document_command(text: str, at: int, groups: Groups) -> Found:
    named = _named(text, at, groups)
    kinds = groups.group(named[1]) if named else None
    if named is None or kinds is None:
        return None, at
    found = DOCUMENT_ARGUMENTS.fullmatch(text, *kinds)
    optional = found is not None and (found["plain"] is not None or found["default"] is not None)
    default = (found["default"] or "") if found and optional else None
    count = found["rest"].count("m") + optional if found else 0
    return _body(text, kinds[1] + 1, groups, Macro(named[0], "", count, default, readable=found is not None))


def _paired(text: str, at: int, groups: Groups) -> Found:
    named = _named(text, at, groups)
    left = groups.group(named[1]) if named else None
    right = groups.group(left[1] + 1) if left else None
    if named is None or left is None or right is None:
        return None, at
    body = f"\\left{text[slice(*left)].strip()} #1 \\right{text[slice(*right)].strip()}"
    return Macro(named[0], body, 1, paired=True), right[1] + 1


def _unread(text: str, at: int, groups: Groups) -> Found:
    named = _named(text, at, groups)
    return (Macro(named[0], "", readable=False), groups.behind(named[1], 5)) if named else (None, at)


#: Commands that define one: text, offset behind the command ⇒ the macro and the offset behind the definition.
DEFINITIONS: Final[Mapping[str, Callable[[str, int, Groups], Found]]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("\\newcommand", "\\renewcommand", "\\providecommand", "\\DeclareRobustCommand", "\\newrobustcmd", "\\renewrobustcmd"),
            _new_command,
        ),
        **dict.fromkeys(("\\def", "\\gdef", "\\edef", "\\xdef"), _def),
        **dict.fromkeys((f"\\{how}DocumentCommand" for how in ("New", "Renew", "Provide", "Declare")), _document_command),
        "\\DeclareMathOperator": _operator,
        "\\let": _let,
        "\\DeclarePairedDelimiter": _paired,
        "\\DeclarePairedDelimiterX": _unread,
        "\\DeclarePairedDelimiterXPP": _unread,
        "\\newcommandx": _unread,
    }
)
IF_NEW: Final = frozenset({"\\providecommand", "\\ProvideDocumentCommand"})
GLOBAL: Final = frozenset({"\\gdef", "\\xdef"})


@dataclass
class Macros:
    """The macros of a document while it is read; `when` counts the items read before a definition."""

    current: dict[str, Macro] = field(default_factory=dict)
    structures: dict[str, Structure] = field(default_factory=dict)
    environments: dict[str, Structure] = field(default_factory=dict)
    history: dict[str, list[tuple[int, Macro | None]]] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    definers: dict[str, str] = field(default_factory=dict)  # `\\newcommand{\\nc}{\\newcommand}`

    def define(self, name: str, macro: Macro | None, when: int) -> None:
        """Give a name its meaning from here on; None takes it away."""
        if macro is not None and macro.copies in self.current:
            macro = replace(self.current[macro.copies], name=name)
        versions = self.history.setdefault(name, [])
        if versions and versions[-1][0] == when:
            versions.pop()  # nothing was read under that meaning
        versions.append((when, macro))
        for table in (self.current, self.structures, self.words, self.definers):
            table.pop(name, None)
        if macro is None:
            return
        self.current[name] = macro
        if macro.body.strip() in DEFINITIONS:
            self.definers[name] = macro.body.strip()
        if not macro.arguments:
            self.words[name] = macro.body
        structure = self.structure(macro)
        if structure is not None:
            self.structures[name] = structure

    def structure(self, macro: Macro) -> Structure | None:
        """What a macro opens or closes, told from the signs in its body."""
        body = macro.body.strip().removesuffix("\\xspace").rstrip()
        edges = [(edge, sign) for edge in EDGE.finditer(body) if (sign := self._sign(edge)) is not None]
        if WRAPPED.fullmatch(body):
            return Structure("formula", "", False, macro.arguments)
        if not edges or len(edges) > 2:
            return None
        (first, sign), (last, other) = edges[0], edges[-1]
        if macro.until:
            return replace(sign, sign=macro.until, arguments=0)
        if len(edges) == 1:
            return replace(sign, arguments=macro.arguments)
        whole = sign.sign == other.sign and first.start() == 0 and last.end() == len(body)
        return Structure("formula", "", sign.display, macro.arguments) if whole else None

    def _sign(self, edge: re.Match[str]) -> Structure | None:
        if edge["environment"]:
            name = edge["environment"]
            known = name in WHOLE or name in INNER or name in self.environments
            return Structure("open" if edge["edge"] == "begin" else "close", f"\\end{{{name}}}", name != "math") if known else None
        if edge["bracket"]:
            sign = {"[": "\\]", "(": "\\)"}.get(edge[0][1], edge[0])
            return Structure("close" if sign == edge[0] else "open", sign, sign == "\\]")
        if edge["dollars"]:
            return Structure("toggle", edge[0], edge[0] == "$$")
        opened = self.structures.get(edge["macro"] or "")
        return opened if opened and opened.kind != "formula" else None
