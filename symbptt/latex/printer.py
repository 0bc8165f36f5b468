"""Syntax trees to canonical LaTeX that parses back to an equal tree."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from symbptt.latex import tables
from symbptt.latex.syntax import (
    Add,
    BigOperator,
    Call,
    Cases,
    Comparison,
    Derivative,
    Ellipsis,
    Evaluated,
    Formula,
    Fraction,
    Group,
    Matrix,
    Node,
    Norm,
    Number,
    Product,
    Root,
    Script,
    Scripted,
    Sequence,
    Slice,
    Symbol,
    Text,
    of_node,
)

_ENVIRONMENTS = {"(": "pmatrix", "[": "bmatrix", "\\{": "Bmatrix", "|": "vmatrix", "\\|": "Vmatrix", "": "matrix"}
_SUMMED = (Product, Add)
_LISTED = (Comparison, Sequence)
_LOOSE = (Product, *_LISTED)
_FOR = "\\text{for } "
_ACCENTED_WORD = re.compile("(" + "|".join(map(re.escape, sorted(set(tables.ACCENTS.values())))) + r")\{([A-Za-z][A-Za-z0-9]+)\}")


@of_node
def to_latex(node: Node) -> str:
    """Canonical LaTeX. Trees from the parser print back to an equal tree; others get brackets where they need them."""
    return _PRINTERS[type(node)](node)


def _symbol(node: Symbol) -> str:
    return _name(node.name) + "'" * node.primes + _scripts(node.scripts)


@lru_cache(maxsize=4096)
def _name(name: str) -> str:
    if len(name) == 1 or "\\" in name or " " in name:
        return _ACCENTED_WORD.sub(r"\1{\\mathrm{\2}}", name)
    if (name.isidentifier() and "_" in name) or "-" in name:
        return f"\\text{{{name}}}"
    return f"\\{name}" if name in tables.FUNCTION_MACROS else f"\\mathrm{{{name}}}"


def _scripts(scripts: tuple[Script, ...]) -> str:
    """Bracketed scripts of one kind share a group, as in `^{(i)\\langle t \\rangle}`: TeX knows no two superscripts."""
    text = ""
    before: Script | None = None
    for script in scripts:
        piece = _script(script)
        if before is not None and before.bracket and script.bracket and before.kind == script.kind:
            text = text[:-1] + piece[2:]
        else:
            text += piece
        before = script
    return text


def _script(script: Script) -> str:
    mark = {"sub": "_", "sup": "^"}[script.kind]
    body = script.body
    if body == Symbol("'"):
        return "'"
    if isinstance(body, Symbol) and not body.scripts and not body.primes and not script.bracket and _is_label(body.name):
        return f"{mark}{{{body.name}}}"
    inner = to_latex(body)
    if script.bracket:
        opening, closing = tables.OPENING[script.bracket], tables.CLOSING[script.bracket]
        inner = f"{opening} {inner} {closing}" if opening.startswith("\\") else f"{opening}{inner}{closing}"
    return f"{mark}{{{inner}}}"


def _is_label(name: str) -> bool:
    """A word that the parser takes whole in a script."""
    letters = len(name) > 1 and name.isascii() and name.isalpha() and name not in tables.FUNCTIONS
    return letters and (name in tables.LABELS or not tables.INDEX_LETTERS.issuperset(name))


def _scripted(node: Scripted) -> str:
    base = to_latex(node.base)
    if isinstance(node.base, Symbol | Scripted):
        base = f"{{{base}}}"
    elif (
        isinstance(node.base, Add | Product | BigOperator | Comparison)
        or (isinstance(node.base, Call) and not node.base.bracket)
        or (isinstance(node.base, Derivative) and node.base.form != "frac")
    ):
        base = f"({base})"
    return base + _scripts(node.scripts)


def _bracketed(content: str, bracket: str) -> str:
    opening, closing = tables.OPENING[bracket], tables.CLOSING[bracket]
    return f"\\left{opening} {content} \\right{closing}"


def _group(node: Group) -> str:
    return _bracketed(to_latex(node.body), node.bracket)


def _call(node: Call) -> str:
    arguments = ", ".join(map(to_latex, node.args))
    if not node.bracket:
        return f"{_symbol(node.function)}{{{arguments}}}"
    opening, closing = tables.OPENING[node.bracket], tables.CLOSING[node.bracket]
    return f"{_symbol(node.function)}{opening}{arguments}{closing}"


def _slice(node: Slice) -> str:
    start = to_latex(node.start) if node.start is not None else ""
    stop = to_latex(node.stop) if node.stop is not None else ""
    return f"{start}:{stop}"


def _product(node: Product) -> str:
    parts = [_factor(node.factors[0], "", len(node.factors) == 1 or _is_delimited(node.factors[0], node.factors[1]))]
    for index, (sign, factor) in enumerate(zip(node.signs, node.factors[1:], strict=True), 1):
        last = index == len(node.factors) - 1 or _is_delimited(factor, node.factors[index + 1])
        bare_number = not sign and isinstance(factor, Number) and isinstance(node.factors[index - 1], Number)
        parts += [sign] if sign else []
        parts.append(f"({factor.text})" if bare_number and isinstance(factor, Number) else _factor(factor, sign, last))
    return " ".join(parts)


def _is_delimited(node: Node, following: Node) -> bool:
    """Whether what an operator acts on ends where the next factor begins: another operator, or a bracket that holds derivatives."""
    if not _is_operator(node):
        return False
    group = following.base if isinstance(following, Scripted) else following
    return _is_operator(following) or (isinstance(group, Group) and "\\partial" in to_latex(group))


def _is_operator(node: Node) -> bool:
    return isinstance(node, Derivative) and node.form == "operator"


def _factor(node: Node, sign: str, last: bool) -> str:
    """A factor behind `sign`, in brackets where it would not be read as one."""
    text = to_latex(node)
    within = node.terms[0][1] if isinstance(node, Add) and len(node.terms) == 1 else None
    negated = bool(sign) and within is not None and not isinstance(within, _SUMMED) and (last or not isinstance(within, BigOperator))
    open_ended = isinstance(node, BigOperator) or _is_nabla_of_sum(node) or (_is_operator(node) and not _acts_on_bracket(node))
    if (isinstance(node, Add) and not negated) or isinstance(node, _LOOSE) or (open_ended and not last):
        return f"({text})"
    return text


def _is_nabla_of_sum(node: Node) -> bool:
    return isinstance(node, Derivative) and node.form == "nabla" and isinstance(node.numerator, BigOperator)


def _acts_on_bracket(node: Node) -> bool:
    """Whether an operator acts on one bracket, which delimits it."""
    acted = node.numerator if isinstance(node, Derivative) else node
    return isinstance(acted.base if isinstance(acted, Scripted) else acted, Group)


def _add(node: Add) -> str:
    parts: list[str] = []
    for index, (sign, term) in enumerate(node.terms):
        text = to_latex(term)
        if (isinstance(term, Add) and len(term.terms) > 1) or isinstance(term, _LISTED):
            text = f"({text})"
        if index == 0:
            parts.append(text if sign == "+" else f"{sign} {text}" if sign.startswith("\\") else f"{sign}{text}")
        else:
            parts.append(f"{sign} {text}")
    return " ".join(parts)


def _derivative(node: Derivative) -> str:
    """By form; see `Derivative`."""
    mark = "\\partial" if node.mark.startswith("\\partial") else node.mark
    numerator = to_latex(node.numerator)
    if node.mark == "\\nabla":
        sub = f"_{{{', '.join(map(to_latex, node.wrt))}}}" if node.wrt else ""
        power = "^{2}" if node.order == 2 else ""
        return f"\\nabla{power}{sub} {numerator if _is_nabla_of_sum(node) else _operand(node.numerator)}"
    repeated = len(node.wrt) == 1 and node.order > 1
    raised = "+" if node.mark == "\\partial^+" else str(node.order) if node.order > 1 else ""
    power = f"^{{{raised}}}" if raised else ""
    below = " ".join(f"{mark} {_raised(wrt, node.order) if repeated else to_latex(wrt)}" for wrt in node.wrt)
    if node.form == "slash":
        return f"{mark}{power} {_operand(node.numerator)}/{below}"
    if node.scale is not None:
        below = f"{_factor(node.scale, '', False) if isinstance(node.scale, Add) else to_latex(node.scale)} \\cdot {below}"
    if node.form == "operator":
        acted = f"({numerator})" if isinstance(node.numerator, Add) and len(node.numerator.terms) > 1 else numerator
        return f"\\frac{{{mark}{power}}}{{{below}}} {acted}"
    return f"\\frac{{{mark}{power} {numerator}}}{{{below}}}"


def _raised(wrt: Node, order: int) -> str:
    """`x^{2}` below a second derivative."""
    return f"{to_latex(wrt)}^{{{order}}}"


def _operand(node: Node) -> str:
    """What ∇ or a slash derivative acts on: one factor."""
    text = to_latex(node)
    return f"({text})" if isinstance(node, Add | Product | BigOperator | Comparison | Sequence) else text


def _big_operator(node: BigOperator) -> str:
    lower = f"_{{{to_latex(node.lower)}}}" if node.lower is not None else ""
    upper = f"^{{{to_latex(node.upper)}}}" if node.upper is not None else ""
    body = to_latex(node.body)
    if isinstance(node.body, Add) and len(node.body.terms) > 1:
        body = f"({body})"
    return f"{node.operator}{lower}{upper} {body}"


def _evaluated(node: Evaluated) -> str:
    return f"\\left. {to_latex(node.body)} \\right|_{{{to_latex(node.condition)}}}"


def _cases(node: Cases) -> str:
    rows = []
    for value, condition in node.branches:
        rows.append(f"{to_latex(value)} & {to_latex(condition) if condition is not None else chr(92) + 'text{otherwise}'}")
    return "\\begin{cases} " + " \\\\ ".join(rows) + " \\end{cases}"


def _matrix(node: Matrix) -> str:
    name = _ENVIRONMENTS[node.bracket]
    rows = " \\\\ ".join(" & ".join(map(to_latex, row)) for row in node.rows)
    return f"\\begin{{{name}}} {rows} \\end{{{name}}}"


def _comparison(node: Comparison) -> str:
    parts = [to_latex(node.sides[0])]
    for relation, side in zip(node.relations, node.sides[1:], strict=True):
        parts += [relation, to_latex(side)]
    return " ".join(parts)


def _formula(node: Formula) -> str:
    parts = [to_latex(node.sides[0])] if node.sides[0] != Text("") else []
    for relation, side in zip(node.relations, node.sides[1:], strict=True):
        parts += [relation, to_latex(side)]
    if node.membership is not None:
        parts += ["\\in", to_latex(node.membership)]
    return " ".join(parts) + _behind(node.condition)


def _behind(condition: Node | None) -> str:
    """A condition behind a formula; one in words begins with a word of its own."""
    if condition is None:
        return ""
    words = re.findall(r"[a-z]+", condition.text.lower()) if isinstance(condition, Text) else []
    worded = bool(words) and words[0] in tables.CONDITION_WORDS
    return f", \\quad {'' if worded else _FOR}{to_latex(condition)}"


_PRINTERS: dict[type, Callable[..., str]] = {
    Add: _add,
    BigOperator: _big_operator,
    Call: _call,
    Cases: _cases,
    Comparison: _comparison,
    Derivative: _derivative,
    Ellipsis: lambda node: "\\dots",
    Evaluated: _evaluated,
    Formula: _formula,
    Fraction: lambda node: f"\\frac{{{to_latex(node.numerator)}}}{{{to_latex(node.denominator)}}}",
    Group: _group,
    Matrix: _matrix,
    Norm: lambda node: _bracketed(to_latex(node.body), node.bracket),
    Number: lambda node: node.text,
    Product: _product,
    Root: lambda node: f"\\sqrt{{{to_latex(node.body)}}}",
    Scripted: _scripted,
    Sequence: lambda node: ", ".join(map(to_latex, node.items)),
    Slice: _slice,
    Symbol: _symbol,
    Text: lambda node: f"\\text{{{node.text}}}",
}
