"""Notations as data: the names that a source gives to the quantities of a model, read from a small file and put into its equations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from importlib import resources
from pathlib import Path, PurePath
from typing import Any

import yaml

from ..documents.model import list_models, stated_names
from ..latex import syntax as s
from ..latex.parser import ParseError, parse_expression
from ..latex.printer import to_latex
from ..problem import Given, Problem
from ..reading.names import Item, Match
from ..repair.trees import transposed
from .arrangement import GRADIENT, LAYOUTS
from .convention import CONVENTIONS
from .errors import entry
from .network import Network, network_of
from .spans import at_step

FIELDS = ("title", "notation", "models", "rename", "errors", "rate", "convention", "layout")


class NotationError(ValueError):
    """A notation that cannot be read or that does not know the model: says what to write."""


@dataclass(frozen=True)
class Notation:
    """`rename` maps names of a model to new ones, both at the step `t`; `errors` spells the error of a (new) name.

    `notation` holds fields of a problem's `notation` that the new spellings need; `rate` is the letter of the learning rate, empty: η, or
    another where the model has one;
    `convention` writes data points as columns, as rows or as the rows of a batch, empty: as the model has them; `layout` is that of
    derivatives. `related` are names of built-in models that have the same names: one of theirs that this model lacks is no mistake.
    """

    name: str
    rename: Mapping[str, str] = field(default_factory=dict)
    notation: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    rate: str = ""
    convention: str = ""
    layout: str = GRADIENT
    related: frozenset[str] = frozenset()


def list_notations() -> list[str]:
    """The names of the notations that come with the package."""
    folder = resources.files("symbptt") / "notations"
    return sorted(PurePath(file.name).stem for file in folder.iterdir() if file.name.endswith(".yaml"))


def load_notation(name_or_path: str, model: str) -> Notation:
    """The notation of that name, or the one in a YAML file, for a model; the names for `lstm` serve `lstm-peephole` too.

    Raises `NotationError` for an unknown name, a malformed file, or a notation without names for the model.
    """
    if name_or_path in list_notations():
        text = (resources.files("symbptt") / "notations" / f"{name_or_path}.yaml").read_text(encoding="utf-8")
    elif PurePath(name_or_path).suffix in (".yaml", ".yml"):
        try:
            text = Path(name_or_path).read_text(encoding="utf-8")
        except OSError as error:
            raise NotationError(f"{name_or_path}: cannot be read: {error.strerror}") from None
    else:
        close = get_close_matches(name_or_path, list_notations(), 1)
        hint = f"did you mean `{close[0]}`?" if close else f"there are {', '.join(list_notations())}, and files that end in .yaml"
        raise NotationError(f"no notation is called `{name_or_path}`; {hint}")
    return _read(text, name_or_path, model)


def _read(text: str, name: str, model: str) -> Notation:
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise NotationError(f"{name}: no YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(data, Mapping) or not set(data) <= set(FIELDS):
        raise NotationError(f"{name}: a notation is a mapping with the keys {', '.join(FIELDS)}")
    for key in ("notation", "models", "rename", "errors"):
        if not isinstance(data.get(key) or {}, Mapping):
            raise NotationError(f"{name}: `{key}` must be a mapping")
    models = data.get("models") or {}
    serving = sorted(key for key in models if serves(key, model))
    if models and "rename" not in data and not serving:
        raise NotationError(f"{name}: has no names for the model `{model}`; it has some for {', '.join(models)}")
    rename = {**(data.get("rename") or {}), **{old: new for key in serving for old, new in (models[key] or {}).items()}}
    words = {str(key): str(value) for key, value in rename.items()}
    errors = {str(key): str(value) for key, value in (data.get("errors") or {}).items()}
    for key, known in (("convention", CONVENTIONS), ("layout", LAYOUTS)):
        if str(data.get(key) or known[0]) not in known:
            raise NotationError(f"{name}: `{key}` is one of {', '.join(known)}")
    convention, layout = str(data.get("convention") or ""), str(data.get("layout") or GRADIENT)
    others = [other for other in list_models() if other != model and any(serves(key, other) for key in serving)]
    related = frozenset(to_latex(parse_expression(text)) for other in others for text in stated_names(other))
    return Notation(name, words, data.get("notation") or {}, errors, str(data.get("rate") or ""), convention, layout, related)


def serves(key: str, model: str) -> bool:
    """Whether names for the model `key` are names for `model`: it is that model or a variant of it."""
    return model == key or model.startswith(f"{key}-")


# -- into the equations -------------------------------------------------------------------------------------------------------


def renamed(problem: Problem, notation: Notation) -> Problem:
    """The problem in another notation. Raises `NotationError` where a name is not one of the model."""
    net = network_of(problem)
    changed = _renaming(net, notation)

    def text(latex: str) -> str:
        return to_latex(changed(net.parsed.expression(latex)))

    given = []
    for item, parsed in zip(problem.given, net.parsed.given, strict=True):
        left, right = parsed.formula.sides
        given.append(Given(f"{to_latex(changed(left))} = {to_latex(changed(net.words.unfolded(right)))}", item.for_))
    shapes = {text(key): value for key, value in problem.shapes.items()}
    if len(shapes) != len(problem.shapes):
        raise NotationError(f"{notation.name}: two quantities would have the same name")
    assume = tuple(fact if isinstance(fact, str) else {key: text(value) for key, value in fact.items()} for fact in problem.assume)
    kept = {key: value for key, value in problem.notation.items() if key not in ("call", "superscript", "subscript")}
    return replace(problem, given=tuple(given), shapes=shapes, assume=assume, notation={**kept, **notation.notation})


def _renaming(net: Network, notation: Notation) -> Callable[[Any], Any]:
    """Trees of the model → the same in the names of the notation."""
    table: dict[str, tuple[str, s.Node]] = {}
    for old, new in notation.rename.items():
        try:
            node, spelled = net.parsed.expression(old), parse_expression(new, net.parsed.words)
        except ParseError as error:
            raise NotationError(f"{notation.name}: `{old}: {new}` is not read: {error.message}") from None
        key = net.key(node)
        if not key and to_latex(parse_expression(old)) in notation.related:
            continue
        if not key:
            raise NotationError(f"{notation.name}: the model has no `{old}`")
        table[key] = net.families[key].letter, spelled

    spellings = notation.notation.get("transpose")
    mark = s.Script("sup", parse_expression(str(spellings[0]))) if spellings else net.words.mark

    def changed(node: Any) -> Any:
        if isinstance(node, tuple):
            return tuple(map(changed, node))
        if isinstance(node, s.Symbol | s.Scripted) and net.is_transposed(node):
            return transposed(changed(net.transposed(node)), mark)
        if isinstance(node, s.Symbol | s.Call):
            match = net.quantity(node)
            if match is not None and match.template.key in table:
                return _spelled(match, *table[match.template.key])
        if not isinstance(node, s.Node) or isinstance(node, s.Script):
            return node
        return replace(node, **{name: changed(getattr(node, name)) for name in s.inner_fields(node)})

    return changed


def _spelled(match: Match, letter: str, new: s.Node) -> s.Node:
    """A new name at the step, and with the entry, that the old one has."""
    node = new
    for index in match.bindings.values():
        node = at_step(node, letter, index)
    items = [item for item in match.rest if _is_component(item)]
    return entry(node, [to_latex(item.node) for item in items], stepped=bool(match.bindings)) if items else node


def _is_component(item: Item) -> bool:
    return item.kind == "sub"


def renamed_wrt(net: Network, wrt: tuple[str, ...], notation: Notation) -> tuple[str, ...]:
    """Names and derivatives asked for, as the model or the notation spells them, in the notation."""
    changed = _renaming(net, notation)
    found = []
    for text in wrt:
        node = net.parsed.expression(text)
        parts = (node.numerator, *node.wrt) if isinstance(node, s.Derivative) else (node,)
        found.append(to_latex(changed(node)) if all(map(net.key, parts)) else text)
    return tuple(found)
