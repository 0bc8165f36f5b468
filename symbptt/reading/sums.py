"""Sums, ordered products, signed terms and cases."""

from __future__ import annotations

import re
from dataclasses import replace

from ..index import Affine, Branches, Condition, Expression, ScalarProduct, Sum
from ..latex import syntax as s
from ..latex.parser import ParseError, parse_condition
from ..latex.printer import to_latex
from .choices import ShapeClash, Unsupported, bare
from .conditions import by_cases, on_values
from .elaborate import elaborate, signed, sum_of, tells_entries_apart
from .ellipsis import FALLING, RUNNING, expand_sum, falls
from .reader import Reader, located
from .scope import Scope, index_of, script_items
from .tensors import SIZELESS, Jacobian, Tensor, broadcast, is_vector, is_wide, ordered_product, scalar
from .tidy import filled


@elaborate.register
def _(node: s.Add, reader: Reader, scope: Scope) -> Tensor:
    if any(isinstance(term, s.Ellipsis) for _, term in node.terms):
        node = expand_sum(node, scope)
    return sum_of([signed(sign, elaborate(term, reader, scope), term) for sign, term in node.terms], reader, node)


@elaborate.register
def _(node: s.BigOperator, reader: Reader, scope: Scope) -> Tensor:
    node = _upwards(node, reader, scope)
    reaches = _reaches(node, scope)
    if len(reaches) > 1:
        reached = reaches[reader.choose(f"factors behind `{to_latex(node)[:60]}`", tuple(reaches))]
        if reached is not node:
            return elaborate(reached, reader, scope)
    letters, lower, upper, extra = _index_of_operator(node, reader, scope)
    inside = scope
    variables: list[str] = []
    for letter in letters:
        variable = reader.fresh.fresh()
        variables.append(variable)
        zero_based = lower is not None and lower == Affine.of(0)
        inside = inside.bind(letter, variable, zero_based)
        known = scope.letters.ranges.get(letter)
        if lower is not None and upper is not None:
            scope.domains[variable] = (lower, upper)
        elif known is not None and lower is None:
            scope.domains[variable] = known
        else:
            scope.pending.add(variable)
    body = elaborate(node.body, reader, inside)
    conditions = tuple(c for comparison in extra for c in comparison_conditions(comparison, inside, node))
    if len(variables) == 1 and lower is None and upper is None and conditions:
        lower, upper, conditions = _bounds(variables[0], conditions)
    for variable in reversed(variables):
        domain = scope.domains.get(variable)
        if domain is None and lower is not None and upper is not None:
            domain = (lower, upper)
        if domain is None:
            raise Unsupported(f"the range of the index of `{to_latex(node)[:40]}` is stated nowhere and follows from nothing", node.span)
        low = lower if lower is not None else domain[0]
        high = upper if upper is not None else domain[1]
        body = _over(node, body, variable, low, high, conditions, reader)
        conditions = ()
    return body


def _reaches(node: s.BigOperator, scope: Scope) -> dict[str, s.Node]:
    """How far a product may reach, as factors that do not know its index may stand inside it or behind it; the first is the usual one.

    In `\\prod_j A_j B_k` factors of another step stand behind it, as does all that follows `\\prod_j (A_j W)`; the W of
    `\\prod_j A_j W` belongs inside.
    """
    body = node.body
    if node.operator != "\\prod" or not isinstance(body, s.Product) or not isinstance(node.lower, s.Comparison):
        return {}
    letters = {to_latex(side) for side in node.lower.sides if isinstance(side, s.Symbol)}
    count = len(body.factors)
    last = next((at for at in range(count, 0, -1) if _letters(body.factors[at - 1]) & letters), count)
    cut = count
    while cut > 1 and _of_another_step(body.factors[cut - 1], letters, scope):
        cut -= 1
    if cut == count and last == 1 and isinstance(body.factors[0], s.Group):
        cut = 1
    found: dict[str, s.Node] = {}
    for end in dict.fromkeys((cut, count, *range(last, count))):
        name = (
            "inside"
            if end == count
            else "outside"
            if end == cut or (cut == count and end == last)
            else f"from `{to_latex(body.factors[end])}` on outside"
        )
        found[name] = node if end == count else _ending(node, body, end)
    return found


def _ending(node: s.BigOperator, body: s.Product, end: int) -> s.Product:
    """The product over the first factors, and the others behind it."""
    inner = body.factors[0] if end == 1 else s.Product(body.factors[:end], body.signs[: end - 1], span=body.span)
    return s.Product((replace(node, body=inner), *body.factors[end:]), body.signs[end - 1 :], span=node.span)


def _letters(factor: s.Node) -> set[str]:
    return {to_latex(n) for n in s.walk(factor) if isinstance(n, s.Symbol) and not n.scripts}


def _of_another_step(factor: s.Node, letters: set[str], scope: Scope) -> bool:
    """Whether a factor knows nothing of the running index but something of another one."""
    names = _letters(factor)
    if isinstance(factor, s.BigOperator):
        return True
    if names & letters:
        return False
    others = {name for name in names if name in scope.bound or name in scope.letters.ranges or name in scope.letters.last_steps}
    return bool(others - {"T"}) or isinstance(factor, s.Derivative)


def _upwards(node: s.BigOperator, reader: Reader, scope: Scope) -> s.BigOperator:
    """`\\prod_{t=T}^{2}` runs down: the same as from 2 to T with the latest factor leftmost."""
    lower = node.lower
    if not isinstance(lower, s.Comparison) or lower.relations != ("=",) or node.upper is None or lower.sides[0] in (RUNNING, FALLING):
        return node
    start, end = index_of(lower.sides[1], scope.probe()), index_of(node.upper, scope.probe())
    if start is None or end is None:
        return node
    down = falls(lower.sides[1], node.upper, scope)
    if not down and node.operator == "\\prod" and start.terms and end.terms and (end - start).terms and start.constant <= end.constant:
        down = not start.atoms() & set(scope.letters.last_steps) and not end.atoms() & set(scope.letters.last_steps)
        down = (
            down
            and reader.choose(f"bounds of `{to_latex(node)[:40]}`", ("from below to above", "from above to below")) != "from below to above"
        )
    if not down:
        return node
    turned = replace(lower, sides=(FALLING, node.upper))
    letter = to_latex(lower.sides[0])
    return replace(node, lower=turned, upper=lower.sides[1], body=filled(node.body, {letter: FALLING}))


def _bounds(variable: str, conditions: tuple[Condition, ...]) -> tuple[Affine | None, Affine | None, tuple[Condition, ...]]:
    """`k < i \\le t` as the bounds k+1 and t; conditions that give none stay."""
    lower: Affine | None = None
    upper: Affine | None = None
    rest: list[Condition] = []
    one = Affine.of(1)
    for c in conditions:
        flip = {"<": ">", "\\le": "\\ge", ">": "<", "\\ge": "\\le"}
        left, relation, right = (
            (c.left, c.relation, c.right) if c.left.as_variable() == variable else (c.right, flip.get(c.relation, ""), c.left)
        )
        if left.as_variable() != variable:
            rest.append(c)
        elif relation in ("<", "\\le") and upper is None:
            upper = right if relation == "\\le" else right - one
        elif relation in (">", "\\ge") and lower is None:
            lower = right if relation == "\\ge" else right + one
        else:
            rest.append(c)
    return lower, upper, tuple(rest)


def _over(
    node: s.BigOperator, body: Tensor, variable: str, low: Affine, high: Affine, conditions: tuple[Condition, ...], reader: Reader
) -> Tensor:
    if body.kind in SIZELESS:
        raise Unsupported("an identity matrix or vector of ones of unknown size under a sum", node.span)
    if node.operator == "\\sum":

        def entry(i: tuple[Affine, ...], j: tuple[Affine, ...]) -> Expression:
            return Sum(variable, low, high, body.entry(i, j), conditions)

        return Tensor(body.rows, body.columns, entry, jacobian=_summed(body, variable, low, high, conditions))
    if body.is_scalar:
        return scalar(ScalarProduct(variable, low, high, body.entry((), ()), conditions))
    if is_vector(body):
        reader.note(f"`{to_latex(node)[:40]}` multiplies vectors entry by entry")

        def factor(i: tuple[Affine, ...], j: tuple[Affine, ...]) -> Expression:
            return ScalarProduct(variable, low, high, body.entry(i, j), conditions)

        return Tensor(body.rows, body.columns, factor)
    if conditions:
        raise Unsupported("a product of matrices under a condition", node.span)
    stated = reader.notation.product
    if isinstance(node.lower, s.Comparison) and node.lower.sides[0] in (RUNNING, FALLING):
        stated = "right" if node.lower.sides[0] == RUNNING else "left"
    orders = {"left": ("left",), "right": ("right",)}.get(stated, ("right", "left"))
    fitting: dict[str, Tensor] = {}
    clash: ShapeClash | None = None
    for order in orders:
        try:
            fitting[order] = ordered_product(body, variable, low, high, order == "left", reader.fresh)
        except ShapeClash as error:
            clash = bare(error)
    if not fitting:
        assert clash is not None
        raise located(reader.clash(clash, (body,)), node)
    order = next(iter(fitting)) if len(fitting) == 1 else reader.choose("order of a matrix product (`product`)", tuple(fitting))
    return fitting[order]


def _summed(body: Tensor, variable: str, low: Affine, high: Affine, conditions: tuple[Condition, ...]) -> Jacobian | None:
    """A sum of derivatives is one, of no single name; only those with more than two indices need to be known as such later."""
    inner = body.jacobian
    if inner is None or not is_wide(body):
        return None
    return replace(inner, of="", by="", pair=lambda i, j: Sum(variable, low, high, inner.pair(i, j), conditions))


def _index_of_operator(
    node: s.BigOperator, reader: Reader, scope: Scope
) -> tuple[list[str], Affine | None, Affine | None, list[s.Comparison]]:
    """The index letters of Σ or Π, its bounds where they are written, and conditions."""
    if node.lower is None:
        open_ = _open_letters(node.body, scope) if node.operator == "\\sum" and node.upper is None else set()
        if len(open_) != 1:
            raise Unsupported(f"`{node.operator}` without an index; write what it runs over", node.span)
        reader.note(f"`\\sum` without an index runs over `{min(open_)}`")
        return [*open_], None, None, []
    parts = list(node.lower.items) if isinstance(node.lower, s.Sequence) else [node.lower]
    letters: list[str] = []
    extra: list[s.Comparison] = []
    lower: Affine | None = None
    upper: Affine | None = None
    if node.upper is not None:
        upper = index_of(node.upper, scope)
        if upper is None:
            raise Unsupported(f"the upper end `{to_latex(node.upper)}` is no index expression", node.upper.span)
    for part in parts:
        if isinstance(part, s.Product) and all(sign == "" for sign in part.signs):
            letters.extend(to_latex(f) for f in part.factors)
        elif isinstance(part, s.Symbol):
            letters.append(to_latex(part))
        elif isinstance(part, s.Comparison) and part.relations == ("=",):
            letters.append(to_latex(part.sides[0]))
            lower = index_of(part.sides[1], scope)
            if lower is None:
                raise Unsupported(f"the lower end `{to_latex(part.sides[1])}` is no index expression", part.span)
        elif isinstance(part, s.Comparison):
            pair = [to_latex(side) for side in part.sides]
            new = [x for x in pair if x not in scope.bound and x not in scope.free and x not in scope.letters.last_steps]
            both = part.relations == ("\\ne",) and len(new) == 2 and all(isinstance(side, s.Symbol) for side in part.sides)
            if both:
                both = reader.choose(f"`{to_latex(part)}` under a sum", (f"over {new[0]}", "over both")) == "over both"
            letters += [x for x in (new if both else [_bound_by(part, scope)]) if x not in letters]
            extra.append(part)
        else:
            raise Unsupported(f"the index of `{node.operator}` cannot be read", node.span)
    return letters, lower, upper, extra


def _open_letters(body: s.Node, scope: Scope) -> set[str]:
    """The letters in scripts that nothing before binds: j of `\\sum e^{z_j}`."""
    scripts = [script for node in s.walk(body) if isinstance(node, s.Symbol) for script in node.scripts]
    items = [item for script in scripts for item in script_items(script) if isinstance(item, s.Symbol) and not item.scripts]
    lowers = [node.lower for node in s.walk(body) if isinstance(node, s.BigOperator) and node.lower is not None]
    inner = {part.name for lower in lowers for part in s.walk(lower) if isinstance(part, s.Symbol)}
    known = {*scope.bound, *scope.free, *scope.letters.last_steps, *scope.letters.sizes, *inner}
    return {item.name for item in items if len(item.name) == 1 and item.name.islower() and item.name not in known}


def _bound_by(part: s.Comparison, scope: Scope) -> str:
    """Which letter a condition under Σ binds: the first that nothing outside uses."""
    plain = [to_latex(side) for side in part.sides if isinstance(side, s.Symbol)]
    middle = plain[1:2] if len(part.sides) == 3 else []
    for letter in (*middle, *plain):
        if letter not in scope.bound and letter not in scope.free and letter not in scope.letters.last_steps:
            return letter
    if plain:
        return plain[0]
    raise Unsupported("a condition under Σ names no index", part.span)


def comparison_conditions(node: s.Comparison, scope: Scope, at: s.Node) -> list[Condition]:
    """`1 \\le k < t` as conditions between neighbours; `t = 2, \\dots, T` as two."""
    found: list[Condition] = []
    for left, relation, right in zip(node.sides, node.relations, node.sides[1:], strict=False):
        if relation == "=" and isinstance(right, s.Sequence) and any(isinstance(i, s.Ellipsis) for i in right.items):
            low, high = index_of(right.items[0], scope), index_of(right.items[-1], scope)
            variable = index_of(left, scope)
            if low is None or high is None or variable is None:
                raise Unsupported(f"the range `{to_latex(node)}` cannot be read", at.span)
            if low.atoms() & scope.letters.last_steps and not high.atoms() & scope.letters.last_steps:
                low, high = high, low
            found += [Condition(low, "\\le", variable), Condition(variable, "\\le", high)]
            continue
        a, b = index_of(left, scope), index_of(right, scope)
        if a is None or b is None or relation not in ("=", "\\ne", "<", "\\le", ">", "\\ge"):
            raise Unsupported(f"the condition `{to_latex(node)}` is not between indices", at.span)
        found.append(Condition(a, relation, b))
    return found


@elaborate.register
def _(node: s.Cases, reader: Reader, scope: Scope) -> Tensor:
    values = [elaborate(value, reader, scope) for value, _ in node.branches]
    said = [_branch_condition(condition, node) for _, condition in node.branches]
    if any(condition is not None and on_values(condition, reader, scope) for condition in said):
        return by_cases(values, said, node, reader, scope)
    shape = next((v.shape for v in values if v.kind == "plain"), values[0].shape)
    spread = [broadcast(v, *shape) for v in values]
    if any(v is None for v in spread):
        raise ShapeClash("the branches of a case distinction have different shapes", node.span)
    conditions = [_index_conditions(condition, scope, node) for condition in said]

    def entry(i: tuple[Affine, ...], j: tuple[Affine, ...]) -> Expression:
        branches: list[tuple[tuple[Condition, ...], Expression]] = []
        otherwise: Expression | None = None
        for value, condition in zip(spread, conditions, strict=True):
            assert value is not None
            if condition is None:
                otherwise = value.entry(i, j)
            else:
                branches.append((tuple(condition), value.entry(i, j)))
        return Branches(tuple(branches), otherwise)

    return Tensor(shape[0], shape[1], entry)


def _branch_condition(condition: s.Node | None, node: s.Node) -> s.Node | None:
    """The condition of a case; None for all else."""
    if isinstance(condition, s.Text):
        words = re.sub(r"\b(if|when|for|where)\b|\$", " ", condition.text).strip(" ,.")
        if words.lower() in ("otherwise", "else"):
            return None
        try:
            return parse_condition(words)
        except ParseError as error:
            raise Unsupported(f"the case `{words}` cannot be read: {error}", node.span) from error
    return None if isinstance(condition, s.Symbol) and condition.name in ("otherwise", "else") else condition


def _index_conditions(condition: s.Node | None, scope: Scope, node: s.Node) -> list[Condition] | None:
    if condition is None:
        return None
    parts = condition.items if isinstance(condition, s.Sequence) else (condition,)
    found: list[Condition] = []
    for part in parts:
        if not isinstance(part, s.Comparison):
            raise Unsupported(f"the case `{to_latex(part)}` is no condition on indices", node.span)
        found.extend(comparison_conditions(part, scope, node))
    tells_entries_apart((side for one in found for side in (one.left, one.right)), scope)
    return found
