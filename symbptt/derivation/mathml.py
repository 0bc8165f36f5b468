"""LaTeX as this package prints it, as MathML, which browsers typeset without scripts or fonts from elsewhere (MathML Core, W3C)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from xml.sax.saxutils import escape

_TOKEN = re.compile(r"\\[A-Za-z]+|:=|\\.|\d+(?:\.\d+)?|\S")
_GREEK = [
    "alpha",
    "α",
    "beta",
    "β",
    "gamma",
    "γ",
    "delta",
    "δ",
    "epsilon",
    "ϵ",
    "varepsilon",
    "ε",
    "zeta",
    "ζ",
    "eta",
    "η",
    "theta",
    "θ",
    "iota",
    "ι",
    "kappa",
    "κ",
    "lambda",
    "λ",
    "mu",
    "μ",
    "nu",
    "ν",
    "xi",
    "ξ",
    "pi",
    "π",
    "rho",
    "ρ",
    "sigma",
    "σ",
    "tau",
    "τ",
    "upsilon",
    "υ",
    "phi",
    "ϕ",
    "varphi",
    "φ",
    "chi",
    "χ",
    "psi",
    "ψ",
    "omega",
    "ω",
    "Gamma",
    "Γ",
    "Delta",
    "Δ",
    "Theta",
    "Θ",
    "Lambda",
    "Λ",
    "Xi",
    "Ξ",
    "Pi",
    "Π",
    "Sigma",
    "Σ",
    "Phi",
    "Φ",
    "Psi",
    "Ψ",
    "Omega",
    "Ω",
    "ell",
    "ℓ",
]
LETTERS: Mapping[str, str] = MappingProxyType(
    {f"\\{name}": sign for name, sign in zip(_GREEK[::2], _GREEK[1::2], strict=True)} | {"\\partial": "∂", "\\nabla": "∇", "\\infty": "∞"}
)
SIGNS: Mapping[str, str] = MappingProxyType(
    {
        "\\odot": "⊙", "\\circ": "∘", "\\cdot": "⋅", "\\times": "×", "\\otimes": "⊗", "\\le": "≤", "\\ge": "≥", "\\ne": "≠", "\\in": "∈",
        "\\leftarrow": "←", "\\to": "→", "\\top": "⊤", "\\dots": "…", "\\cdots": "⋯",
        "\\|": "‖", "-": "−", "*": "∗", "'": "′", "\\{": "{", "\\}": "}",
    }
)  # fmt: skip
BIG: Mapping[str, str] = MappingProxyType({"\\sum": "∑", "\\prod": "∏"})
ACCENTS: Mapping[str, str] = MappingProxyType({"\\hat": "^", "\\tilde": "~", "\\bar": "¯", "\\vec": "→", "\\dot": "˙", "\\widehat": "^"})
WORDS = frozenset({"\\tanh", "\\ln", "\\log", "\\exp", "\\sin", "\\cos", "\\max", "\\min"})
FONTS: Mapping[str, str] = MappingProxyType(
    {"\\mathrm": "normal", "\\text": "normal", "\\operatorname": "normal", "\\mathbf": "bold", "\\boldsymbol": "bold"}
)
SPACES: Mapping[str, str] = MappingProxyType({"\\quad": "1em", "\\qquad": "2em", "\\,": "0.17em", "\\ ": "0.25em"})
_NO_SPACE = frozenset("()[]{}|‖")


class NoMathML(ValueError):
    """LaTeX beyond what is printed here: says which command."""


def mathml(latex: str, *, block: bool = False) -> str:
    """A formula as a `<math>` element."""
    display = ' display="block"' if block else ""
    return f"<math{display}><semantics><mrow>{_Reader(latex).row()}</mrow>{_source(latex)}</semantics></math>"


def cell(latex: str) -> str:
    """A part of a display, typeset as large as one."""
    row = _Reader(latex).row()
    return f'<math displaystyle="true"><semantics><mrow>{row}</mrow>{_source(latex)}</semantics></math>' if row else ""


def _source(latex: str) -> str:
    """The LaTeX beside it, for who copies a formula."""
    return f'<annotation encoding="application/x-tex">{escape(latex)}</annotation>'


class _Reader:
    """One pass over the tokens; each method reads what it is named for."""

    def __init__(self, latex: str) -> None:
        self.latex = latex
        self.tokens = _TOKEN.findall(re.sub(r"\\(?:text|mathrm|operatorname)\{([^{}]*)\}", lambda m: m.group().replace(" ", "~"), latex))
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def row(self, until: tuple[str, ...] = ("",)) -> str:
        parts = []
        while self.peek() not in until:
            if not self.peek():
                raise NoMathML(f"`{self.latex}` ends within a group")
            parts.append(self.scripted())
        return "".join(parts)

    def group(self) -> str:
        """`{…}`, or one token."""
        if self.peek() != "{":
            return self.atom()
        self.take()
        inner = self.row(("}",))
        self.take()
        return f"<mrow>{inner}</mrow>"

    def scripted(self) -> str:
        big = self.peek() in BIG
        base = self.atom()
        below = above = ""
        while self.peek() in ("_", "^", "'"):
            sign = self.take()
            if sign == "_" and not below:
                below = self.group()
            elif sign == "'":
                above += "<mo>′</mo>"
            elif sign == "^" and not above:
                above = self.group()
            else:
                base, below, above = _with_scripts(base, below, above, big), "", ""
                self.at -= 1
        return _with_scripts(base, below, above, big)

    def atom(self) -> str:
        token = self.take()
        if token == "{":
            self.at -= 1
            return self.group()
        if token == "\\frac":
            return f"<mfrac>{self.group()}{self.group()}</mfrac>"
        if token == "\\sqrt":
            return f"<msqrt>{self.group()}</msqrt>"
        if token in ACCENTS:
            return f'<mover accent="true">{self.group()}<mo>{ACCENTS[token]}</mo></mover>'
        if token in FONTS:
            return f'<mi mathvariant="{FONTS[token]}">{escape(self.word())}</mi>'
        if token == "\\left":
            return self.fenced()
        if token in SPACES:
            return f'<mspace width="{SPACES[token]}"/>'
        if token in BIG:
            return f'<mo largeop="true" movablelimits="false">{BIG[token]}</mo>'
        if token in WORDS:
            return f"<mi>{token[1:]}</mi><mo>&#x2061;</mo>"
        if token in LETTERS:
            return f"<mi>{LETTERS[token]}</mi>"
        if token in SIGNS or token == ":=" or (len(token) == 1 and not token.isalnum()):
            return _sign(SIGNS.get(token, token))
        if token[0].isdigit():
            return f"<mn>{token}</mn>"
        if len(token) == 1:
            return f"<mi>{escape(token)}</mi>"
        raise NoMathML(f"`{token}` in `{self.latex}`")

    def word(self) -> str:
        """The letters of `{net}`."""
        if self.peek() != "{":
            return self.take()
        self.take()
        letters = []
        while self.peek() != "}":
            letters.append(LETTERS.get(self.peek(), self.peek()))
            self.take()
        self.take()
        return "".join(letters).replace("~", " ")

    def fenced(self) -> str:
        """`\\left(` … `\\right)` grow with what is between; `.` is an empty fence."""
        opening = self.take()
        inner = self.row(("\\right",))
        self.take()
        return f"<mrow>{_fence(opening, 'prefix')}{inner}{_fence(self.take(), 'postfix')}</mrow>"


def _fence(bracket: str, form: str) -> str:
    return f'<mo stretchy="true" form="{form}">{escape("" if bracket == "." else SIGNS.get(bracket, bracket))}</mo>'


def _sign(sign: str) -> str:
    return f'<mo stretchy="false">{escape(sign)}</mo>' if sign in _NO_SPACE else f"<mo>{escape(sign)}</mo>"


def _with_scripts(base: str, below: str, above: str, big: bool) -> str:
    under, over, both = ("munder", "mover", "munderover") if big else ("msub", "msup", "msubsup")
    whole = (
        f"<mrow>{base}</mrow>" if base.count("<mi") + base.count("<mo") > 1 and not base.startswith(("<mrow", "<mover", "<mfrac")) else base
    )
    if below and above:
        return f"<{both}>{whole}<mrow>{below}</mrow><mrow>{above}</mrow></{both}>"
    if below:
        return f"<{under}>{whole}<mrow>{below}</mrow></{under}>"
    return f"<{over}>{whole}<mrow>{above}</mrow></{over}>" if above else base
