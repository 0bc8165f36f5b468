"""Ways to write one thing made one way, before anything is read: where the primes of a function stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import partial
from typing import Any, TypeVar

from ..latex import syntax as s
from ..latex.printer import to_latex
from .notation import TRANSPOSES

Tree = TypeVar("Tree")
PRIME = s.Symbol("'")
#: Letters that usually count the entries of a quantity.
COUNTING = frozenset("ijkmnpqr")


def tidy(node: Tree) -> Tree:
    """`g^{[l]'}(z)` ⇒ `g'^{[l]}(z)`; `(f^l)'(z)` ⇒ `f'^l(z)`; `(a)(b)` stays."""
    tidied: Any = s.changed(node, _tidied)
    result: Tree = tidied
    return result


def _tidy(node: s.Node) -> s.Node:
    node = s.with_parts(node, _tidy)
    if isinstance(node, s.Symbol):
        return _primes_out_of_scripts(node)
    if isinstance(node, s.Call):
        return _natural(node)
    if isinstance(node, s.Product):
        node = _primed_groups(node)
    if isinstance(node, s.Product) and any(map(_primed_symbol, node.factors)):
        return replace(node, factors=tuple(_primed_symbol(factor) or factor for factor in node.factors))
    return node


_tidied = s.of_node(_tidy)


def _natural(node: s.Call) -> s.Call:
    """`\\log_e x` ⇒ `\\ln x`"""
    base = s.Script("sub", s.Symbol("e"))
    function = node.function
    if function.name.removeprefix("\\") != "log" or base not in function.scripts:
        return node
    scripts = tuple(script for script in function.scripts if script != base)
    return replace(node, function=replace(function, name="ln", scripts=scripts))


def _primes_out_of_scripts(node: s.Symbol) -> s.Symbol:
    scripts: list[s.Script] = []
    primes = node.primes
    for script in node.scripts:
        body = script.body
        if (
            script.kind == "sup"
            and isinstance(body, s.Scripted)
            and all(inner.kind == "sup" and inner.body == PRIME for inner in body.scripts)
        ):
            primes += len(body.scripts)
            wrapped = isinstance(body.base, s.Group)
            script = replace(script, body=body.base.body if isinstance(body.base, s.Group) else body.base)
            if wrapped and isinstance(body.base, s.Group):
                script = replace(script, bracket=body.base.bracket)
        scripts.append(script)
    return replace(node, scripts=tuple(scripts), primes=primes) if primes != node.primes else node


def _primed_groups(node: s.Product) -> s.Node:
    """`(f^l)'` directly before brackets is the derivative of f^l there."""
    factors: list[s.Node] = []
    signs: list[str] = []
    position = 0
    while position < len(node.factors):
        factor = node.factors[position]
        following = node.factors[position + 1] if position + 1 < len(node.factors) else None
        if position:
            signs.append(node.signs[position - 1])
        function = _primed_symbol(factor)
        if function is not None and isinstance(following, s.Group) and node.signs[position] == "":
            factors.append(s.Call(function, (following.body,), following.bracket, span=(factor.span[0], following.span[1])))
            position += 2
            continue
        factors.append(factor)
        position += 1
    if len(factors) == len(node.factors):
        return node
    return factors[0] if len(factors) == 1 else replace(node, factors=tuple(factors), signs=tuple(signs))


def _primed_symbol(node: s.Node) -> s.Symbol | None:
    if not (isinstance(node, s.Scripted) and isinstance(node.base, s.Group) and isinstance(node.base.body, s.Symbol)):
        return None
    if any(script.kind != "sup" or script.body != PRIME for script in node.scripts):
        return None
    return replace(node.base.body, primes=node.base.body.primes + len(node.scripts))


def with_variations(node: Tree) -> Tree:
    """`\\frac{\\delta L}{\\delta W}` ⇒ `\\frac{\\partial L}{\\partial W}`, where no quantity is called δ."""
    tidied: Any = s.changed(node, _with_variations)
    result: Tree = tidied
    return result


@s.of_node
def _with_variations(node: s.Node) -> s.Node:
    if isinstance(node, s.Fraction):
        above, below = _behind_delta(node.numerator), _behind_delta(node.denominator)
        if above is not None and below is not None:
            node = s.Derivative(above, (below,), span=node.span)
    return s.with_parts(node, _with_variations)


def _behind_delta(node: s.Node) -> s.Node | None:
    """L of `\\delta L`."""
    if not isinstance(node, s.Product) or node.factors[0] != s.Symbol("\\delta") or node.signs[0]:
        return None
    return node.factors[1] if len(node.factors) == 2 else replace(node, factors=node.factors[1:], signs=node.signs[1:])


Rule = tuple[s.Node, s.Node, bool]


def respell(node: Tree, rules: list[Rule]) -> Tree:
    """Spellings replaced by what they stand for; with True in a rule, one-letter indices of its pattern stand for any."""
    changed: Any = s.changed(node, partial(_respell, rules=rules))
    result: Tree = changed
    return result


def _respell(node: s.Node, rules: list[Rule]) -> s.Node:
    if isinstance(node, s.Call):
        same = next((value for pattern, value, general in rules if pattern == node and not general), None)
        if same is not None:
            return same
    if isinstance(node, s.Product):
        node = replace(node, factors=tuple(_labelled(factor, rules) for factor in node.factors))
    if isinstance(node, s.Symbol):
        if (whole := _whole(node, rules)) is not None:
            return whole
        for pattern, value, general in rules:
            if (whole := _whole(node, [(pattern, value, general)])) is not None:
                return whole
            if not general and isinstance(pattern, s.Symbol) and isinstance(value, s.Symbol):
                node = _renamed(node, pattern, value)
    return s.with_parts(node, partial(_respell, rules=rules))


def _whole(node: s.Symbol, rules: list[Rule]) -> s.Node | None:
    """What all of a symbol stands for: `\\delta_{out}`, although `\\delta` alone stands for something, too."""
    for pattern, value, general in rules:
        found = _like(pattern, node, _letters(value) if general else frozenset())
        if found is not None:
            return filled(value, found)
    return None


def _labelled(factor: s.Node, rules: list[Rule]) -> s.Node:
    """A number that is the label of a node of a computational graph (`aliases: {"6": "o_t"}`), where it stands as a factor."""
    if not isinstance(factor, s.Number):
        return factor
    return next((value for pattern, value, general in rules if pattern == factor and not general), factor)


def _renamed(node: s.Symbol, pattern: s.Symbol, value: s.Symbol) -> s.Symbol:
    """An alias with more scripts behind it: `H_{12}^T` where `H_{12}` is one. `b` for `b^l` leaves `b^l` and `b^{l+1}` alone."""
    if pattern.name != node.name or pattern.primes > node.primes or any(script not in node.scripts for script in pattern.scripts):
        return node
    rest = tuple(script for script in node.scripts if script not in pattern.scripts)
    if value.name == node.name and any(_takes_place(script, hidden) for script in rest for hidden in value.scripts):
        return node
    return replace(node, name=value.name, primes=node.primes + value.primes - pattern.primes, scripts=value.scripts + rest)


def _takes_place(script: s.Script, hidden: s.Script) -> bool:
    """Whether a script stands where an alias would put its own: `l+1`, `1` or `L` for `l`; a letter below counts entries."""
    if script.kind != hidden.kind or to_latex(script.body) in TRANSPOSES:
        return False
    names = {n.name for n in s.walk(script.body) if isinstance(n, s.Symbol)}
    return script.kind == "sup" or not names or any(name.isupper() for name in names) or to_latex(hidden.body) in names


def words_of(keys: Iterable[s.Node], letters: frozenset[str]) -> frozenset[str]:
    """Words that scripts of declared names spell (`init` of `H_{init}`), told from index letters in a row (`ijt`, `ojk`)."""
    return frozenset(run for key in keys for node in s.walk(key) if isinstance(node, s.Product) and _is_word(run := _run(node), letters))


def _is_word(run: str, letters: frozenset[str]) -> bool:
    counted = sum(letter in letters for letter in run)
    return len(run) > 2 and 2 * counted < len(run) and (len(set(run)) < len(run) or not set(run) <= letters | COUNTING)


def _run(node: s.Product) -> str:
    plain = all(isinstance(f, s.Symbol) and len(f.name) == 1 and not f.scripts and not f.primes for f in node.factors)
    return "".join(f.name for f in node.factors if isinstance(f, s.Symbol)) if plain and not any(node.signs) else ""


def with_words(node: Tree, words: frozenset[str]) -> Tree:
    """Letters in a row that spell a declared word made one symbol, inside scripts."""
    if not words:
        return node
    joined: Any = s.changed(node, partial(_with_words, words=words))
    result: Tree = joined
    return result


def _with_words(node: s.Node, words: frozenset[str], inside: bool = False) -> s.Node:
    if inside and isinstance(node, s.Product) and _run(node) in words:
        return s.Symbol(_run(node), span=node.span)
    inside = isinstance(node, s.Script) or (inside and isinstance(node, s.Sequence))
    return s.with_parts(node, partial(_with_words, words=words, inside=inside))


def _letters(value: s.Node) -> frozenset[str]:
    """The lone letters of `W_o[j,k]`, which stand for any index."""
    return frozenset(n.name for n in s.walk(value) if isinstance(n, s.Symbol) and not n.scripts and len(n.name) == 1 and n.name.islower())


def _like(pattern: Any, node: Any, wild: frozenset[str]) -> dict[str, s.Node] | None:
    """How a node fits a pattern in which some letters stand for any index; `ojk` read as one word is three."""
    if isinstance(pattern, s.Symbol) and not pattern.scripts and pattern.name in wild:
        return {pattern.name: node} if isinstance(node, (s.Symbol, s.Number)) else None
    if isinstance(pattern, s.Symbol) and isinstance(node, s.Symbol) and not pattern.scripts and not node.scripts and pattern.name.isalpha():
        words = [[s.Symbol(letter) for letter in n.name] for n in (pattern, node)]
        if wild and len(words[0]) == len(words[1]) > 1:
            return _like(tuple(words[0]), tuple(words[1]), wild)
    if type(pattern) is not type(node):
        return None
    if isinstance(pattern, tuple):
        if len(pattern) != len(node):
            return None
        pairs = list(zip(pattern, node, strict=True))
    elif isinstance(pattern, s.Symbol):
        if (pattern.name, pattern.primes) != (node.name, node.primes):
            return None
        pairs = [(pattern.scripts, node.scripts)]
    elif is_dataclass(pattern):
        pairs = [(getattr(pattern, f.name), getattr(node, f.name)) for f in fields(pattern) if f.name != "span"]
    else:
        return {} if pattern == node else None
    found: dict[str, s.Node] = {}
    for left, right in pairs:
        inner = _like(left, right, wild)
        if inner is None or any(found.get(k, v) != v for k, v in inner.items()):
            return None
        found.update(inner)
    return found


def filled(node: Tree, values: Mapping[str, s.Node]) -> Tree:
    """A tree with the lone symbols of these names replaced."""
    if isinstance(node, s.Symbol) and not node.scripts and not node.primes and node.name in values:
        found: Any = values[node.name]
        return found  # type: ignore[no-any-return]
    return s.with_parts(node, partial(filled, values=values))
