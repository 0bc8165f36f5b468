"""Matches of the table of wordings as facts, each with its line and its words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from symbptt.documents.prose_pieces import Piece
from symbptt.documents.prose_ranges import COUNTING, Bounds
from symbptt.documents.prose_rules import HYPOTHETICAL, PART_OF, RULES, WORDLESS, Rule, function_called
from symbptt.documents.prose_shapes import SCALAR, STEPS, TRANSPOSED, Usage, key_of, members, shape_text
from symbptt.documents.prose_text import PLACEHOLDER, Clause, Flat
from symbptt.latex import syntax as s
from symbptt.latex.printer import to_latex
from symbptt.reading.calls import KNOWN_NAMES

#: Characters of the words that a fact keeps of its source.
EXCERPT = 120
#: Letters that count rows and columns.
ROWS = frozenset("ijk")
COUNT_OF_STEPS = re.compile(
    r"(?:discrete\s+|total\s+)?(?:time|steps?\b|layers\b|hidden\s+layers\b|sequence|(?:the\s+)?(?:input\s+)?sequence|final|last)", re.I
)


#: `matrices and vectors W, b` says of none what it is; `given vectors a, b` speaks of any.
MIXED = re.compile(
    r"\b(?:(?:matri(?:x|ces)|vectors?|scalars?|tensors?)\s*(?:,|and|or|/)\s*(?:and\s+)?|given\s+(?:any\s+|two\s+|three\s+)?)\Z", re.I
)


@dataclass(frozen=True)
class Fact:
    """One thing that the words say.

    `field` is `shapes`, `kinds`, `ranges`, `functions`, `assume`, `notation`, `sizes`, `lying`, `scalars` or `vectors`; `key` and
    `value` are as in that field.
    """

    field: str
    key: str
    value: str
    line: int = 0
    section: int = 0
    words: str = ""
    bounds: Bounds | None = None  # of a range


def excerpt(flat: Flat, text: str) -> str:
    """Words with their formulas put back."""
    back = PLACEHOLDER.sub(lambda found: flat.pieces[int(found[2])].latex[:40], text)
    return " ".join(back.split())[:EXCERPT]


@dataclass(frozen=True)
class Teller:
    """Matches of the table as facts."""

    flat: Flat
    usage: Usage
    steps: frozenset[str]

    def memberships(self, clauses: Iterable[Clause]) -> Iterator[Fact]:
        """`h_t \\in \\mathbb{R}^n` wherever it stands, and `f : \\mathbb{R}^n \\to \\mathbb{R}`."""
        for clause in clauses:
            for found in PLACEHOLDER.finditer(clause.text):
                piece = self.flat.pieces[int(found[2])]
                for names, shape in filter(None, map(members, piece.formulas)):
                    yield from self._shaped(names, shape, clause, found[0])
                    if shape != SCALAR and "×" not in shape:
                        yield from (replace(fact, field="lying", value="free") for fact in self._shaped(names, shape, clause, found[0]))
                if piece.kind == "f" and piece.word:
                    yield from self._functions([piece], piece.word, clause, found[0])

    def told(self, clause: Clause) -> Iterator[Fact]:
        """What the rows of the table find in a clause."""
        if clause.text.rstrip().endswith("?") or PLACEHOLDER.fullmatch(clause.text):
            return
        bare = PLACEHOLDER.search(clause.text) is None
        for rule in RULES:
            if bare and rule.says not in WORDLESS:
                continue
            for match in rule.pattern.finditer(clause.text):
                if not self._taken_back(clause.text, match):
                    yield from ACTIONS[rule.says](self, rule, match, clause)

    def _taken_back(self, text: str, match: re.Match[str]) -> bool:
        before, names = text[: match.start()], match.re.groupindex.get("names")
        if HYPOTHETICAL.search(before):
            return True
        if names is None or match[names] is None:
            return False
        left, right = text[: match.start("names")].rstrip(), text[match.end("names") :].lstrip()
        inside = left.endswith(tuple("=+*/∂∇^_…")) or left.endswith("...") or re.search(r"⟨[a-z]\d+⟩\Z", left)
        return bool(inside or right.startswith(tuple("⟨+*/^"))) or (match.start("names") == match.start() and bool(PART_OF.search(before)))

    def _pieces(self, match: re.Match[str], group: str = "names") -> list[Piece]:
        return self.flat.found(match[group])

    def _fact(self, name: str, key: str, value: str, clause: Clause, words: str) -> Fact:
        start = clause.text.find(words)
        line = self.flat.place(clause.start + max(start, 0))[0] if start >= 0 else clause.line
        return Fact(name, key, value, line, clause.section, excerpt(self.flat, words))

    def _keys(self, nodes: Iterable[s.Node], shape: str) -> Iterator[str]:
        for node in nodes:
            letters = COUNTING if shape == SCALAR else STEPS | ROWS
            counts = isinstance(node, s.Symbol) and node.name in letters and not node.scripts
            key = None if counts else key_of(node, self.usage, self.steps, scalar=shape == SCALAR)
            if key is not None:
                yield key

    def _shaped(self, nodes: Iterable[s.Node], shape: str, clause: Clause, words: str) -> Iterator[Fact]:
        for key in self._keys(nodes, shape):
            yield self._fact("shapes", key, shape, clause, words)

    def shape(self, rule: Rule, match: re.Match[str], clause: Clause) -> Iterator[Fact]:
        nodes = [node for piece in self._pieces(match) for node in piece.nodes]
        if rule.value:
            yield from self._shaped(nodes, rule.value, clause, match[0])
            return
        if "respectively" in clause.text or re.search(r"\bidentity\b|\bbasis\b", match[0] + clause.text[match.end() :][:30], re.I):
            return
        sizes = _sizes(match["sizes"], self.flat)
        groups = match.groupdict()
        if len(sizes) == 1:
            if groups.get("square"):
                sizes *= 2
            elif re.search(r"\bmatri(?:x|ces)\b", match[0], re.I):
                return
            elif not re.search(r"vector|dimensional", match[0], re.I):
                nodes = [node for node in nodes if not _is_capital(node)]
            if groups.get("row"):
                sizes = [s.Number("1"), *sizes]
        elif re.search(r"vector", match[0], re.I) and not any(isinstance(size, s.Number) and size.text == "1" for size in sizes):
            return
        shape = shape_text(sizes)
        if shape is not None:
            yield from self._shaped(nodes, shape, clause, match[0])

    def kind(self, rule: Rule, match: re.Match[str], clause: Clause) -> Iterator[Fact]:
        if MIXED.search(clause.text[: match.start("kind")]):
            return
        value = "row" if match.groupdict().get("row") else rule.value
        nodes = (node for piece in self._pieces(match) for node in piece.nodes)
        for key in self._keys(nodes, value):
            yield self._fact("kinds", key, value, clause, match[0])

    def loss(self, rule: Rule, match: re.Match[str], clause: Clause) -> Iterator[Fact]:
        (piece,) = self._pieces(match)
        node = piece.nodes[0] if piece.nodes else None
        if isinstance(node, s.Call) and node.bracket == "(" and piece.kind == "q":
            node = node.function
        name = node.name if isinstance(node, s.Symbol) else ""
        called = bool(name) and (piece.kind == "f" or name in self.usage.called)
        if called and name not in self.usage.bare:
            yield from self._functions([replace(piece, nodes=(node,) if node else ())], "scalar", clause, match[0])
        elif not called and node is not None:
            yield from self._shaped((node,), SCALAR, clause, match[0])

    def _functions(self, pieces: Iterable[Piece], value: str, clause: Clause, words: str) -> Iterator[Fact]:
        for piece in pieces:
            for node in piece.nodes:
                if not isinstance(node, s.Symbol) or node.primes or (piece.kind != "f" and node.name not in self.usage.called):
                    continue
                key = to_latex(node)
                # A stated kind would hide what the name is known for.
                if KNOWN_NAMES.get(key) == value or (key in KNOWN_NAMES and value in ("elementwise", "scalar", "map")):
                    continue
                yield self._fact("functions", key, value, clause, words)

    def function(self, rule: Rule, match: re.Match[str], clause: Clause) -> Iterator[Fact]:
        yield from self._functions(self._pieces(match), rule.value, clause, match[0])

    def activation(self, rule: Rule, match: re.Match[str], clause: Clause) -> Iterator[Fact]:
        """An activation works on each entry, unless it may be a softmax."""
        latex = " ".join(piece.latex for piece in self.flat.found(clause.text))
        if not re.search(r"softmax", clause.text + latex, re.I) and not re.search(r"\boutput\b", match[0], re.I):
            yield from self.function(rule, match, clause)

    def known(self, rule: Rule, match: re.Match[str], clause: Clause) -> Iterator[Fact]:
        if match["what"].startswith("⟨"):
            (node,) = self._pieces(match, "what")[0].nodes[:1] or (None,)
            value = KNOWN_NAMES.get(to_latex(node), "") if isinstance(node, s.Symbol) and not node.primes else ""
        else:
            value = function_called(match["what"])
        if value:
            yield from self._functions(self._pieces(match), value, clause, match[0])

    def assumed(self, rule: Rule, match: re.Match[str], clause: Clause) -> Iterator[Fact]:
        nodes = (node for piece in self._pieces(match) for node in piece.nodes)
        for key in self._keys(nodes, ""):
            yield self._fact("assume", key, rule.says, clause, match[0])

    def size(self, rule: Rule, match: re.Match[str], clause: Clause) -> Iterator[Fact]:
        value = "step" if COUNT_OF_STEPS.match(match["what"]) else "size"
        for node in (node for piece in self._pieces(match) for node in piece.nodes):
            if isinstance(node, s.Symbol) and not node.primes:
                yield self._fact("sizes", to_latex(node), value, clause, match[0])

    def sign(self, rule: Rule, match: re.Match[str], clause: Clause) -> Iterator[Fact]:
        meaning = _meaning(match["what"])
        around = clause.text[match.start() : match.end() + 20]
        if meaning and "respectively" not in clause.text and "convolution" not in around:
            for piece in self._pieces(match):
                yield self._fact("notation", piece.word, meaning, clause, match[0])

    def signs(self, rule: Rule, match: re.Match[str], clause: Clause) -> Iterator[Fact]:
        for piece, what in zip(self._pieces(match), (match["first"], match["second"]), strict=True):
            if meaning := _meaning(what):
                yield self._fact("notation", piece.word, meaning, clause, match[0])

    def layout(self, rule: Rule, match: re.Match[str], clause: Clause) -> Iterator[Fact]:
        yield self._fact("notation", "layout", rule.value or match["what"].lower(), clause, match[0])

    def softmax(self, rule: Rule, match: re.Match[str], clause: Clause) -> Iterator[Fact]:
        yield self._fact("notation", "softmax", rule.value, clause, match[0])

    def softmax_shown(self, rule: Rule, match: re.Match[str], clause: Clause) -> Iterator[Fact]:
        """Words for the axis of a softmax that a formula beside them shows."""
        if any("softmax" in piece.latex for piece in self.flat.found(clause.text)):
            yield self._fact("notation", "softmax", rule.value, clause, match[0])

    def derivative(self, rule: Rule, match: re.Match[str], clause: Clause) -> Iterator[Fact]:
        yield self._fact("notation", "derivative", rule.value, clause, match[0])

    def transpose(self, rule: Rule, match: re.Match[str], clause: Clause) -> Iterator[Fact]:
        for piece in self._pieces(match):
            spelling = piece.word or next(map(_transpose_of, piece.nodes), "")
            if spelling in TRANSPOSED:
                yield self._fact("notation", "transpose", spelling, clause, match[0])

    def superscript(self, rule: Rule, match: re.Match[str], clause: Clause) -> Iterator[Fact]:
        pieces = self.flat.found(match["names"] or "")
        if all(piece.kind != "i" for piece in pieces):  # in brackets it is an index anyway
            yield self._fact("notation", "superscript", rule.value, clause, match[0])

    def row_or_column(self, rule: Rule, match: re.Match[str], clause: Clause) -> Iterator[Fact]:
        yield self._fact("vectors", "", match["what"].lower(), clause, match[0])

    def scalars(self, rule: Rule, match: re.Match[str], clause: Clause) -> Iterator[Fact]:
        yield self._fact("scalars", str(clause.section), "all", clause, match[0])


Action = Callable[[Teller, Rule, re.Match[str], Clause], Iterator[Fact]]
ACTIONS: Mapping[str, Action] = {
    "shape": Teller.shape,
    "kind": Teller.kind,
    "loss": Teller.loss,
    "function": Teller.function,
    "activation": Teller.activation,
    "arbitrary": Teller.activation,
    "known": Teller.known,
    "one_hot": Teller.assumed,
    "one_hot_columns": Teller.assumed,
    "positive": Teller.assumed,
    "size": Teller.size,
    "sign": Teller.sign,
    "signs": Teller.signs,
    "derivative": Teller.derivative,
    "softmax": Teller.softmax,
    "softmax_shown": Teller.softmax_shown,
    "layout": Teller.layout,
    "transpose": Teller.transpose,
    "superscript": Teller.superscript,
    "vectors": Teller.row_or_column,
    "scalars": Teller.scalars,
}


def _sizes(text: str, flat: Flat) -> list[s.Node]:
    """The sizes that words state: of one placeholder, or two with a sign between them."""
    found: list[s.Node] = []
    for part in re.finditer(r"⟨[a-z](?P<piece>\d+)⟩|(?P<number>\d+)", text):
        found += flat.pieces[int(part["piece"])].nodes if part["piece"] else [s.Number(part["number"])]
    return found


def _is_capital(node: s.Node) -> bool:
    name = node.name if isinstance(node, s.Symbol) else ""
    plain = re.sub(r"\\[a-z]+\{|\}", "", name)
    return plain[:1].isupper() or (plain.startswith("\\") and plain[1:2].isupper())


def _meaning(what: str) -> str:
    plain = what.lower()
    if plain.startswith("matrix"):
        return "matrix"
    if "outer" in plain:
        return "outer"
    return "elementwise" if re.match(r"hadamard|schur|element|component|entry|point|coordinate", plain) else ""


def _transpose_of(node: s.Node) -> str:
    if not isinstance(node, s.Symbol):
        return ""
    powers = [to_latex(script.body) for script in node.scripts if script.kind == "sup" and not script.bracket]
    return powers[-1] if powers else "" if node.scripts else node.name
