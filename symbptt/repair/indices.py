"""Mistakes of indices: steps and layers, bounds of sums, letters, slices, missing sums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..latex import syntax as s
from ..latex.parser import parse_expression
from ..latex.printer import to_latex
from ..reading.declare import step_letters
from .trees import Change, as_factor, bound_letter, first_of, index_items, plain, product, shifted, substituted, with_first, with_item
from .vocabulary import Vocabulary


def step(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """The step or layer of one quantity: one more or less, another letter, the first or the last."""
    found = words.quantity(node)
    if found is None:
        return
    for letter, item in found.bindings.items():
        if item not in index_items(node):
            continue
        for by in (1, -1):
            new = shifted(item, by)
            yield Change(with_item(node, item, new), _index_words(item, new, node), 1.0)
        for new in _other_steps(letter, item, words):
            yield Change(with_item(node, item, new), _index_words(item, new, node), 1.3)


def label(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """A number that names a layer or step, one more or less, where that is a quantity too."""
    found = words.quantity(node)
    if found is None:
        return
    for item in dict.fromkeys(index_items(node)):
        if isinstance(item, s.Number) and item.text.isdigit() and item not in found.bindings.values():
            for by in (1, -1):
                new = shifted(item, by)
                other = with_item(node, item, new)
                if words.quantity(other) is not None:
                    yield Change(other, _index_words(item, new, node).removeprefix("step "), 1.0)


def _other_steps(letter: str, item: s.Node, words: Vocabulary) -> Iterator[s.Node]:
    """Other letters in force, and the ends of the range."""
    for other in words.letters:
        if s.Symbol(other) != item:
            yield s.Symbol(other)
    ends = words.parsed.ranges.get(letter)
    for end in (parse_expression(text) for text in ends or ()):
        if end != item:
            yield end
            if isinstance(end, s.Number):
                yield shifted(end, -1)


def _index_words(old: s.Node, new: s.Node, node: s.Node) -> str:
    return f"step index {to_latex(old)} → {to_latex(new)} in `{to_latex(node)}`"


def component(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """The letter of a component, or of a step, for another letter of the claim."""
    if not isinstance(node, s.Symbol | s.Call):
        return
    items = index_items(node)
    letters: list[s.Node] = [i for i in items if isinstance(i, s.Symbol) and not i.scripts and len(i.name) == 1]
    if not letters or (words.quantity(node) is None and not isinstance(node, s.Symbol)):
        return
    others = {to_latex(n) for side in (words.left, words.right) for n in s.walk(side) if _is_index(n)}
    for item in dict.fromkeys(letters):
        for other in sorted(others - {to_latex(item)}):
            yield Change(with_item(node, item, s.Symbol(other)), f"index {to_latex(item)} → {other} in `{to_latex(node)}`", 1.1)


def _is_index(node: s.Node) -> bool:
    return isinstance(node, s.Symbol) and not node.scripts and len(node.name) == 1 and node.name.islower()


def all_steps(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """A letter replaced throughout a side."""
    own = [letter for letter in words.letters if any(n == s.Symbol(letter) for n in s.walk(node))]
    left = [letter for letter in words.letters if any(n == s.Symbol(letter) for n in s.walk(words.left))]
    for letter in own:
        for new in [s.Symbol(x) for x in left if x != letter]:
            yield Change(substituted(node, letter, new), f"index {letter} → {to_latex(new)} throughout", 1.2)
        for by in (1, -1):
            new_index = shifted(s.Symbol(letter), by)
            yield Change(substituted(node, letter, new_index), f"index {letter} → {to_latex(new_index)} throughout", 1.5)


def bounds(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """The ends of Σ and Π: one more or less, 0, 1, another letter, T; a condition dropped."""
    if not isinstance(node, s.BigOperator):
        return
    sign = "Σ" if node.operator == "\\sum" else "Π"
    first = first_of(node)
    letter = bound_letter(node)
    steps = [s.Symbol(x) for x in words.letters if x != letter]
    ends = words.parsed.ranges.get(letter) or next(iter(words.parsed.ranges.values()), ("1", "T"))
    if first is not None:
        near = [shifted(first, 1), shifted(first, -1)]
        far = [s.Number("0"), s.Number("1"), *steps, *(shifted(x, 1) for x in steps)]
        for cost, new in (*((1.0, n) for n in near), *((1.2, n) for n in dict.fromkeys(far) if n not in (*near, first))):
            yield Change(with_first(node, new), f"lower bound of {sign}: {to_latex(first)} → {to_latex(new)}", cost)
    if node.upper is not None:
        near = [shifted(node.upper, 1), shifted(node.upper, -1)]
        far = [parse_expression(ends[1]), *steps, *(shifted(x, -1) for x in steps)]
        for cost, new in (*((1.0, n) for n in near), *((1.2, n) for n in dict.fromkeys(far) if n not in (*near, node.upper))):
            yield Change(replace(node, upper=new), f"upper bound of {sign}: {to_latex(node.upper)} → {to_latex(new)}", cost)
    if isinstance(node.lower, s.Comparison) and node.lower.relations == ("\\ne",):
        yield Change(replace(node, lower=node.lower.sides[0]), f"{sign} over all values", 1.0)
    body = node.body
    inner = plain(body)
    if isinstance(inner, s.BigOperator) and letter and bound_letter(inner):
        swapped = replace(inner, body=replace(node, body=inner.body))
        yield Change(swapped, "order of the sums", 1.2)


def missing_sum(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """A whole side summed over the steps, over one more letter, or from the first step to the one in hand."""
    bound = {bound_letter(n) for n in s.walk(node) if isinstance(n, s.BigOperator)}
    in_left = {n.name for n in s.walk(words.left) if isinstance(n, s.Symbol) and not n.scripts}
    for letter, (low, high) in words.parsed.ranges.items():
        if letter in bound or not letter.isalpha():
            continue
        lower = s.Comparison((s.Symbol(letter), parse_expression(low)), ("=",))
        if letter not in in_left:
            new = s.BigOperator("\\sum", lower, parse_expression(high), as_factor(node))
            yield Change(new, f"sum over {letter}", 1.2)
            if isinstance(node, s.Add) and len(node.terms) == 1 and node.terms[0][0] == "-":
                inner = s.BigOperator("\\sum", lower, parse_expression(high), as_factor(node.terms[0][1]))
                yield Change(s.Add((("-", inner),)), f"sum over {letter}", 1.1)


def component_sum(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """A sum over a component that stands on the right only: Σ_k, and Σ_{i≠k} beside a component of the left side."""
    if not isinstance(node, s.Product | s.Symbol | s.Call | s.Group | s.Fraction | s.Scripted):
        return
    bound = {bound_letter(n) for n in s.walk(words.right) if isinstance(n, s.BigOperator)}
    left = {to_latex(n) for n in s.walk(words.left) if _is_index(n)}
    here = {to_latex(n) for m in s.walk(node) for n in index_items(m) if _is_index(n)}
    steps = step_letters(words.reader.letters)
    for letter in sorted(here - bound - left - set(steps)):
        sums = [s.BigOperator("\\sum", s.Symbol(letter), None, as_factor(plain(node)))]
        for other in sorted(left - set(steps)):
            unequal = s.Comparison((s.Symbol(letter), s.Symbol(other)), ("\\ne",))
            sums.append(replace(sums[0], lower=unequal))
        for new in sums:
            yield Change(s.Group(new) if isinstance(node, s.Group) else new, f"sum over {letter}", 1.1)


def slices(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """Rows for columns in a slice of a matrix; the slice dropped."""
    if isinstance(node, s.Call) and node.bracket == "[" and any(isinstance(a, s.Slice) for a in node.args):
        if len(node.args) == 2:
            yield Change(replace(node, args=node.args[::-1]), f"rows for columns in the slice `{to_latex(node)}`", 1.0)
        yield Change(node.function, f"without the slice of `{to_latex(node.function)}`", 1.2)
        for i, part in enumerate(node.args):
            if isinstance(part, s.Slice) and (part.start is None) != (part.stop is None):
                turned = replace(part, start=part.stop, stop=part.start)
                new = replace(node, args=(*node.args[:i], turned, *node.args[i + 1 :]))
                yield Change(new, f"the other part in the slice `{to_latex(node)}`", 1.1)


def new_slices(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """A block of a matrix whose size is a sum, `W[:, :n]` of an n × (n + m) matrix."""
    if not isinstance(node, s.Symbol) or words.quantity(node) is None:
        return
    bare = replace(node, scripts=tuple(x for x in node.scripts if x != words.mark))
    shape = words.shape(bare)
    if shape is None or len(shape[0]) != 1 or len(shape[1]) != 1:
        return
    whole = s.Slice(None, None)
    for place, sizes in enumerate(shape):
        for atom, _ in sizes[0].terms if len(sizes[0].terms) > 1 else ():
            cut = parse_expression(str(atom))
            for part in (s.Slice(None, cut), s.Slice(cut, None)):
                args = (part, whole) if place == 0 else (whole, part)
                block: s.Node = s.Call(bare, args, "[")
                if bare != node:
                    block = s.Scripted(block, (words.mark,))
                yield Change(block, f"the block `{to_latex(block)}` of `{to_latex(bare)}`", 1.2)


def averaged(node: s.Node, words: Vocabulary) -> Iterator[Change]:
    """1/T before a whole side."""
    for _, high in words.parsed.ranges.values():
        end = parse_expression(high)
        if isinstance(end, s.Symbol):
            yield Change(product((s.Fraction(s.Number("1"), end), as_factor(node)), ("",)), f"the factor `1/{to_latex(end)}`", 1.4)
