"""The words of a document with its formulas as placeholders: `where ⟨s3⟩ is the ⟨d4⟩ weight matrix`."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from symbptt.documents.formulas import FormulaSource, Mark, Prose
from symbptt.documents.prose_pieces import LONGEST, Piece, piece_of
from symbptt.latex.parser import Words

#: Characters of a statement; nobody writes longer ones.
LONGEST_CLAUSE = 3_000
#: Macros for the real numbers that many preambles define.
USUAL_MACROS = MappingProxyType(dict.fromkeys(("\\R", "\\RR", "\\Reals", "\\reals", "\\Real", "\\real"), "\\mathbb{R}"))
GREEK = "alpha|beta|gamma|delta|varepsilon|epsilon|zeta|eta|theta|lambda|mu|nu|xi|rho|sigma|tau|phi|varphi|chi|psi|omega|ell"
GREEK += "|Gamma|Delta|Theta|Lambda|Sigma|Phi|Psi|Omega"
ATOM = rf"(?:\\(?:hat|bar|tilde|vec|mathbf|boldsymbol|bm|mathcal)\{{\\?[A-Za-z]{{1,10}}\}}|\\(?:{GREEK})(?![A-Za-z])|[A-Za-zα-ωΑ-Ωℓ])"
SCRIPT = r"(?:[_^](?:\{[^{}\n]{1,30}\}|[A-Za-z0-9]{1,8}|\([^()\n]{1,6}\))|[₀-₉ₐₑₒₓₔₕₖₗₘₙₚₛₜᵢⱼ⁰¹²³⁴-⁹ᵗˡ]{1,4}){1,3}"
BARE = r"(?:[B-HJ-Zb-zα-ωΑ-Ωℓ]|[aA](?=\s+(?:is|are|denotes?|has|be|∈)\b))(?![\w'’^_({])(?![.\-/–][\w(])"
NAME = rf"(?:{ATOM}{SCRIPT}(?![\w])|\\(?:{GREEK})(?![A-Za-z])|{BARE})"
SIZE = rf"(?:\d{{1,6}}|{ATOM}(?:{SCRIPT})?)"
END = r"(?:[A-Za-z](?:_\w|_\{\w{1,8}\})?(?:\s?[-+]\s?\d{1,3})?|\d{1,4})"
DOTS = r"(?:\.\.\.?\.?|…|\\l?dots|\\cdots)"
LESS = r"(?:<=?|≤|>=?|≥|\\leq?|\\geq?)"
#: What plain words hold of mathematics; the first alternative that fits at the leftmost place wins.
PLAIN = re.compile(
    r"(?P<code>`[^`\n]{0,200}`|https?://\S{1,500}|<[A-Za-z/!][^<>\n]{0,200}>)"
    rf"|(?<![\w\\$])(?P<member>{ATOM}(?:{SCRIPT})?\s?(?:∈|\\in)\s?(?:ℝ|\\mathbb\{{R\}}|R)(?:\^?(?:\{{[^{{}}\n]{{1,40}}\}}|\([^()\n]{{1,40}}\)|\w{{1,8}}))?)"
    rf"|(?<![\w\\$])(?P<range>(?:[i-uI]|τ|ℓ)\s?=\s?{END}(?:\s?,\s?{END}){{0,3}}\s?,?\s?{DOTS}(?:\s?,?\s?{END})?)(?!\w)"
    rf"|(?<![\w\\$])(?P<compared>(?:{END}\s?{LESS}\s?(?:[i-u]|τ)\s?{LESS}\s?{END}|(?:[i-u]|τ)\s?{LESS}\s?{END}))(?!\w)"
    rf"|(?<![\w\\$])(?P<sizes>{SIZE}(?:\s+x\s+|\s?×\s?|\s?\\times\s?|(?<=\d)x(?=\d)){SIZE})(?!\w)"
    rf"|(?<![\w\\$'’\-/])(?<![A-Za-z0-9]\.)(?P<name>{NAME})"
    r"|(?P<sign>\\(?:circ|odot|otimes|cdot|times|ast)(?![A-Za-z])|[⊙⨀∘◦○⊗⋅·∗×]|(?<=[ (\"'“‘])\*(?=[ )\"'”’]))"
)
#: Signs that open and close a formula, where a reader leaves them to the words.
DELIMITERS = re.compile(r"\A(?:\$\$?|\\\\?[\])]|`{3,}|~{3,})|(?:\$\$?|\\\\?[\[(]|(?:`{3,}|~{3,})[ \t]*\{?math\}?)\s*\Z")
ABBREVIATIONS = re.compile(r"\b(e\.g|i\.e|w\.r\.t|resp|Eq|Eqs|Eqn|Fig|Sec|vs|cf|etc|approx|dim)\.(?=\s?,?\s*\S)", re.I)
WORDLESS = "label|ref|eqref|cite[a-z]*|index|footnotemark|vspace|hspace|includegraphics|begin|end"
#: Dressing of words in Markdown and TeX; each keeps its line breaks.
DRESSING = (
    (re.compile(r"!\[[^\]\n]{0,300}\]\([^)\n]{0,500}\)"), " "),
    (re.compile(r"\[([^\]\n]{1,300})\]\([^)\n]{0,500}\)"), r"\1"),
    (re.compile(r"^[ \t]*%[^\n]*", re.M), ""),
    (re.compile(rf"\\(?:{WORDLESS})\*?(?:\[[^\]\n]{{0,100}}\])?\{{[^{{}}\n]{{0,200}}\}}"), " "),
    (re.compile(r"\\(?:emph|textbf|textit|textsf|texttt|textrm|text|underline|mbox|gls\*?|textsc)\{([^{}\n]{0,300})\}"), r"\1"),
    (re.compile(r"\{?\\(?:em|bf|it|sc|rm|noindent|quad|qquad|bigskip|medskip|smallskip|par)(?![A-Za-z])"), " "),
    (re.compile(r"\*\*|__"), ""),
    (re.compile(r"(?<![\w\\}])[_](?=\S)|(?<=[^\s\w\\])_(?!\w)|(?<=\w)_(?=[\s,.;:]|\Z)"), ""),
    (re.compile(r"(?<=[ (])\*(?=[A-Za-z])|(?<=[A-Za-z.])\*(?=[\s,.;:)])"), ""),
    (re.compile(r"~|\\ |\\,|\\;|\\\\(?![A-Za-z])"), " "),
)  # fmt: skip
#: Ends of statements: blank lines, items of lists, rows of tables, and full stops.
BREAK = re.compile(
    r"\n[ \t]*\n(?:[ \t]*(?:[-+*•–▪]|\d{1,2}[.)])[ \t])?|(?:\n|\A)[ \t]*(?:[-+*•–▪]|\d{1,2}[.)])[ \t]"
    r"|\\item\b|\n[ \t]*\||(?<=[.;!?])[ \t\n]+"
    r"|\n?⟨D\d+⟩\n?|\n(?=⟨s\d+⟩ ?(?:is|are|has)\b)"
)
PLACEHOLDER = re.compile(r"⟨([a-zD])(\d+)⟩")
GLUED = re.compile(r"[,.;:)\]’'\-–?!]")


@dataclass(frozen=True)
class Clause:
    """Words that say one thing; `start` counts in the flattened text, `opener` is what stood before."""

    text: str
    start: int
    opener: str = ""
    section: int = 0
    line: int = 0


@dataclass(frozen=True)
class Flat:
    """A document as one text of words with placeholders, and its pieces by number."""

    text: str
    pieces: tuple[Piece, ...]
    places: tuple[tuple[int, int, int], ...]  # (offset, line, section), ascending

    def place(self, offset: int) -> tuple[int, int]:
        """Line and section of a character."""
        _, line, section = self.places[max(0, bisect_right(self.places, (offset, 1 << 60, 0)) - 1)]
        return line, section

    def found(self, text: str) -> list[Piece]:
        """The pieces that a stretch of text holds."""
        return [self.pieces[int(number)] for _, number in PLACEHOLDER.findall(text)]

    def clauses(self) -> Iterator[Clause]:
        """Statements in order; a display is one of its own."""
        at, opener = 0, "\n\n"
        for found in BREAK.finditer(self.text):
            yield from self._clause(at, found.start(), opener)
            display = found[0].strip()
            if display.startswith("⟨D"):
                yield from self._clause(found.start() + found[0].index("⟨"), found.end() - (found[0][-1] == "\n"), "")
            at, opener = found.end(), "" if display.startswith("⟨D") else found[0]
        yield from self._clause(at, len(self.text), opener)

    def _clause(self, start: int, end: int, opener: str) -> Iterator[Clause]:
        text = self.text[start:end]
        if text.strip():
            line, section = self.place(start + len(text) - len(text.lstrip()))
            yield Clause(text if len(text) <= LONGEST_CLAUSE else "…", start, opener, section, line)


def flatten(items: Sequence[FormulaSource | Mark | Prose], words: Words) -> Flat:
    """Formulas become placeholders, mathematics in plain words too; dressing goes."""
    words = replace(words, macros=dict(USUAL_MACROS) | dict(words.macros))
    writer = _Writer(words)
    heading = 0
    for index, item in enumerate(items):
        if isinstance(item, FormulaSource):
            writer.section = item.section or writer.section
            writer.formula(item, index)
        elif isinstance(item, Prose):
            if item.heading and item.line != heading:
                heading = item.line
                writer.section += 1
            writer.prose(item)
    return Flat("".join(writer.parts), tuple(writer.pieces), tuple(writer.places))


class _Writer:
    def __init__(self, words: Words) -> None:
        self.words = words
        self.parts: list[str] = []
        self.pieces: list[Piece] = []
        self.places: list[tuple[int, int, int]] = [(0, 1, 0)]
        self.section = 0
        self._length = 0
        self._line = 1
        self._heading = False

    def write(self, text: str, line: int) -> None:
        self.places.append((self._length, line, self.section))
        self.parts.append(text)
        self._length += len(text)

    def _gap(self, line: int, glued: bool, heading: bool) -> None:
        """The white space that stood before an item: a blank line where one was passed over."""
        lines = line - self._line if not (heading or self._heading) else 2
        self.write("\n\n" if lines > 1 else "\n" if lines == 1 else "" if glued else " ", self._line)

    def formula(self, item: FormulaSource, index: int) -> None:
        self._gap(item.line, False, False)
        piece = replace(piece_of(item.latex, self.words), item=index, display=item.display)
        kind = "D" if item.display else piece.kind
        behind = " = " if not item.display and item.latex.rstrip().endswith("=") else ""  # `$\\alpha =$ learning rate`
        self.write(f"⟨{kind}{len(self.pieces)}⟩{behind}", item.line)
        self.pieces.append(piece)
        self._line, self._heading = item.line + item.latex.count("\n"), False

    def prose(self, item: Prose) -> None:
        text = DELIMITERS.sub("", item.text[:LONGEST]).replace("⟨", "<").replace("⟩", ">")
        for pattern, by in DRESSING:
            text = pattern.sub(by, text)
        text = ABBREVIATIONS.sub(lambda found: found[0][:-1].replace(".", "") + " ", text)
        bare = text.strip()
        if bare in ("x", "X", "×", "\\times"):
            self.write(" × ", item.line)
            return
        self._gap(item.line, bool(GLUED.match(bare)) and not bare.startswith("- "), item.heading)
        for number, line in enumerate(text.split("\n")):
            self.write(("\n" if number else "") + PLAIN.sub(self._plain, line), item.line + number)
        self._line, self._heading = item.line + item.text.count("\n"), item.heading

    def _plain(self, found: re.Match[str]) -> str:
        """Mathematics in plain words as a placeholder."""
        kind, text = str(found.lastgroup), found[0]
        if kind == "code":
            return " "
        piece = piece_of(_as_latex(kind, text), self.words)
        expected = {"member": "m", "range": "r", "compared": "r", "sizes": "d", "name": "s", "sign": "o"}[kind]
        if piece.kind != expected:
            return text
        self.pieces.append(piece)
        return f"⟨{piece.kind}{len(self.pieces) - 1}⟩"


UNBRACED = re.compile(r"([_^])([A-Za-z0-9]{2,8}|\([^()]{1,6}\))")


def _as_latex(kind: str, text: str) -> str:
    text = UNBRACED.sub(r"\1{\2}", text)
    if kind in ("sizes", "member"):
        text = re.sub(r"(?<=[\s\w}])\s*(?:×|(?<![A-Za-z])x(?![A-Za-z])|(?<=\d)x(?=\d))\s*", r" \\times ", text)
    if kind == "member":
        name, _, behind = re.sub(r"∈|\\in(?![A-Za-z])", "∈", text).partition("∈")
        power = re.sub(r"^\s*(?:ℝ|\\mathbb\{R\}|R)\^?", "", behind).strip("(){} ")
        return f"{name} \\in \\mathbb{{R}}" + (f"^{{{power}}}" if power else "")
    return text
