"""What a model is given and gives, in plain names: parameters, data, states before the first step, sizes."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from symbptt.adjoint import adjoint_name
from symbptt.documents.model import Model
from symbptt.index import Affine, Computation, Range
from symbptt.partial import substituted_condition
from symbptt.reading.choices import Choices
from symbptt.reading.claim import read_model, with_sizes
from symbptt.reading.declare import parse_problem

from .batch import depends_on, recursions, with_batch
from .formula import identifiers
from .names import RESERVED, plain_names
from .rewrite import applications_named, named_functions, stable, summands_named
from .schedule import Schedule, schedule
from .softmaxes import softmaxes_named
from .steps import COUNTED, beginnings_included, steps_counted
from .system import Quantity, System, read_system
from .trees import NotExported, entries, names_of, renamed

BATCH = "B"
STEPS = "T"
#: What a size or a step cannot be called in an exported file.
WORDS = RESERVED | frozenset(keyword.kwlist) | frozenset(("LANES", "DEEP", "HIGH", "TALL", "BYTES", "REAL", "DOUBLE", "INLINE", "I"))


@dataclass(frozen=True)
class Program:
    """Schedules of one model: all named quantities with the loss, and the loss with its gradients (`compiled`: for loops in C).

    `named` is the computation with its functions named. `parameters` and `data` are leaves, `initial` the quantities with a state
    before the first step. `batch` says that the data may have an axis of sequences behind the step axis, over which the loss is the sum.
    """

    title: str
    source: str
    computation: Computation
    named: Computation
    target: str
    loss: str
    parameters: tuple[str, ...]
    data: tuple[str, ...]
    batch: bool
    forward: Schedule
    gradients: Schedule
    compiled: Schedule
    plain: Mapping[str, str]
    names: Mapping[str, str]
    system: System
    sizes_used: frozenset[str]

    @property
    def last_step(self) -> str:
        return self.gradients.system.last_step

    def quantity_or(self, name: str, other: Quantity) -> Quantity:
        """A quantity of either schedule, or the other."""
        return self.gradients.quantities.get(name) or self.forward.quantities.get(name) or other

    def quantity(self, name: str) -> Quantity:
        found = self.gradients.quantities.get(name) or self.forward.quantities.get(name)
        assert found is not None, name
        return found

    @property
    def counts_steps(self) -> bool:
        """Whether no array of the data tells how many steps there are."""
        leaves = [self.quantity(name) for name in (*self.parameters, *self.data)]
        return bool(self.last_step) and not any(q.letter for q in leaves)

    @property
    def initial(self) -> tuple[Quantity, ...]:
        """Quantities with a state before the first step that no equation gives."""
        return tuple(q for q in self.forward.quantities.values() if q.initial and not q.leaf)


def read_program(
    model: Model,
    wrt: Sequence[str] = (),
    functions: Mapping[str, str] | None = None,
    loss: str = "",
    change: Callable[[Computation], Computation] = lambda computation: computation,
) -> Program:
    """The array program of a model.

    `wrt` are the parameters, by plain name or LaTeX; without it they are what the model's front matter says. `functions` names the
    activations that the model leaves open. `loss` is the scalar to differentiate, where the model has several that nothing uses. `change`
    is done to the computation before anything is asked of it.
    Raises `NotExported` where no program can be made, with what to do.
    """
    parsed = parse_problem(model.problem("x = x"))
    read = with_sizes(Choices(), lambda choices, sizes: read_model(parsed, choices, sizes)[1])
    _refuse_unstated(read, model)
    computation = _in_plain_words(change(read))
    plain = plain_names(computation)
    leaves = [name for name in computation.families if name not in computation.equations]
    parameters = _chosen(wrt or model.parameters, leaves, computation, plain)
    target = _target(computation, loss, plain)
    used = _used(computation, target)
    parameters = tuple(name for name in parameters if name in used or name in wrt)
    data = tuple(name for name in leaves if name not in parameters and name in used)
    known = named_functions(computation, dict(functions or {}))
    ready = applications_named(stable(summands_named(steps_counted(known))))
    batch = _can_have_batch(ready, data, parameters)
    goal = target
    if batch:
        ready, goal = with_batch(ready, data, target, BATCH)
    else:
        _refuse_numbers_alone(ready)
    system = softmaxes_named(read_system(beginnings_included(ready), goal, parameters))
    named = [name for name in computation.families if name in computation.equations and name in used and name != target]
    forward = schedule(system, [*named, goal])
    gradients = schedule(system, [goal, *map(adjoint_name, parameters)])
    compiled = schedule(system, [goal, *map(adjoint_name, parameters)], elementwise=False)
    quantities = {q.name: q for plan in (forward, gradients, compiled) for q in plan.quantities.values()}
    for quantity in quantities.values():
        if quantity.leaf and quantity.initial:
            raise NotExported(f"`{quantity.latex}` is used one step before its range and has no equation; that is not exported yet")
    _refuse_composite(quantities.values())
    letters = {q.letter for q in quantities.values()} | {system.last_step, BATCH}
    atoms = {a if isinstance(a, str) else a.name for q in quantities.values() for axis in q.axes for a in axis.atoms()}
    used_names = frozenset({*letters, *map(size_name, atoms)})
    names = identifiers(ready, list(quantities.values()), used_names)
    return Program(
        model.title or model.name,
        model.source,
        computation,
        known,
        target,
        goal,
        parameters,
        data,
        batch,
        forward,
        gradients,
        compiled,
        plain,
        names,
        system,
        used_names,
    )


def _used(computation: Computation, target: str) -> set[str]:
    found: set[str] = set()
    stack = [target]
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            stack.extend(e.family for equation in computation.equations.get(name, ()) for e in entries(equation.body))
    return found


def _chosen(wrt: Sequence[str], leaves: Sequence[str], computation: Computation, plain: Mapping[str, str]) -> tuple[str, ...]:
    spellings: dict[str, str] = {}
    for name in leaves:
        for text in (name, computation.families[name].latex, plain[name]):
            spellings.setdefault(_bare(text), name)
    known = ", ".join(plain[name] for name in leaves)
    if not wrt:
        raise NotExported(f"by what to differentiate is not known; name the parameters with --wrt (the free quantities are {known})")
    found: list[str] = []
    for word in wrt:
        known_name = spellings.get(_bare(word))
        if known_name is None:
            raise NotExported(f"`{word}` is no free quantity of the model; those are {known}")
        found.append(known_name)
    return tuple(dict.fromkeys(found))


def _bare(text: str) -> str:
    return "".join(text.split()).replace("{", "").replace("}", "")


def _target(computation: Computation, loss: str, plain: Mapping[str, str]) -> str:
    """The scalar without steps that no other equation uses."""
    used = {e.family for found in computation.equations.values() for equation in found for e in entries(equation.body)}
    scalars = [n for n, f in computation.families.items() if n in computation.equations and not f.slots and not f.axes]
    if loss:
        found = [n for n in scalars if loss in (n, plain[n], computation.families[n].latex)]
        if not found:
            raise NotExported(f"`{loss}` is no scalar of the model; those are {', '.join(plain[n] for n in scalars) or 'none'}")
        return found[0]
    ends = [n for n in scalars if n not in used]
    if len(ends) != 1:
        which = ", ".join(plain[n] for n in ends) or "none"
        raise NotExported(f"a gradient needs one scalar loss that nothing else uses; found {which}; name it with --loss")
    return ends[0]


def _refuse_unstated(computation: Computation, model: Model) -> None:
    """Shapes that neither the model nor its equations tell. Raises `NotExported`."""
    unknown = [
        family.latex
        for family in computation.families.values()
        if any(isinstance(atom, str) and atom.startswith("?") for axis in family.axes for atom in axis.atoms())
    ]
    if unknown:
        raise NotExported(
            f"the shape of {', '.join(f'`{latex}`' for latex in unknown)} is not stated; say it under `shapes`"
            + (f" (`symbptt init {model.path}` writes what is inferred)" if model.path else "")
        )


def _refuse_numbers_alone(computation: Computation) -> None:
    """Numbers that go from step to step in a model without an axis of sequences. Raises `NotExported`."""
    for name in recursions(computation):
        family = computation.families[name]
        if not family.axes:
            what = "the number of a step in a formula" if name == COUNTED else f"`{family.latex}`, a number that goes from step to step,"
            raise NotExported(f"{what} is not exported yet in a model whose data have rows of their own; in a model of columns it is")


def _refuse_composite(quantities: Iterable[Quantity]) -> None:
    """What is given must have names or numbers as lengths, from which all sizes follow. Raises `NotExported`."""
    for quantity in quantities:
        if not (quantity.leaf or quantity.initial):
            continue
        steps = (span(quantity),) if quantity.leaf and quantity.letter else ()
        for axis in (*steps, *quantity.axes):
            if axis.terms and (len(axis.terms) > 1 or axis.constant or axis.terms[0][1] != 1):
                raise NotExported(
                    f"an axis of `{quantity.latex}` is {axis} long; the axes of parameters and data must be names or numbers, "
                    "so that the sizes follow from them: give this one a name of its own"
                )


def _in_plain_words(computation: Computation) -> Computation:
    """Sizes and steps under names that every language takes: `\\tau` is tau, `\\lambda` lambda_, the number of steps T, a size B is B_."""
    words = _words(computation)
    if not words:
        return computation
    mapping = {name: Affine.of(word) for name, word in words.items()}
    fresh = names_of("pa")

    def index(i: Affine) -> Affine:
        return i.substitute(mapping)

    def steps(found: Range | None) -> Range | None:
        return found and Range(index(found.lower), index(found.upper))

    def spelled(latex: str) -> str:
        for name, word in words.items():
            latex = re.sub(rf"{re.escape(name)}(?![A-Za-z])", word, latex) if name.startswith("\\") else latex
        return latex

    families = {
        name: replace(
            f,
            latex=spelled(f.latex),
            letters=tuple(words.get(letter, letter) for letter in f.letters),
            slots=tuple(map(steps, f.slots)),
            rows=tuple(map(index, f.rows)),
            columns=tuple(map(index, f.columns)),
        )
        for name, f in computation.families.items()
    }
    equations = {
        name: tuple(
            replace(
                e,
                slots=tuple(map(index, e.slots)),
                body=renamed(e.body, mapping, fresh),
                conditions=tuple(substituted_condition(c, mapping) for c in e.conditions),
            )
            for e in found
        )
        for name, found in computation.equations.items()
    }
    last_steps = tuple(words.get(name, name) for name in computation.last_steps)
    return replace(computation, families=families, equations=equations, last_steps=last_steps)


def _words(computation: Computation) -> dict[str, str]:
    """Sizes, last steps and step letters that need other names: spelled → name."""
    found: dict[str, None] = {}
    layered = False
    for family in computation.families.values():
        ends = [end for steps in family.slots if steps is not None for end in (steps.lower, steps.upper)]
        atoms = {atom for index in (*ends, *family.axes) for atom in index.atoms()}
        layered |= any(not isinstance(atom, str) for atom in atoms)
        found |= dict.fromkeys([*family.letters, *sorted(atom for atom in atoms if isinstance(atom, str))])
    words: dict[str, str] = {}
    if len(computation.last_steps) == 1 and not layered:  # sizes of layers are met by the spelling of the last one
        words[computation.last_steps[0]] = STEPS
    taken = {BATCH, STEPS}
    for name in (n for n in found if n not in words and not n.startswith("#")):
        word = size_name(name)
        word = word if word.isidentifier() else f"n_{word}"
        while word in taken or word in WORDS:
            if word == name and name in computation.last_steps:
                break
            word += "_"
        taken.add(word)
        words[name] = word
    return {name: word for name, word in words.items() if name != word}


def _can_have_batch(computation: Computation, data: Sequence[str], parameters: Sequence[str]) -> bool:
    """Whether the data are vectors and scalars, so that a batch of them is one more axis; a model in rows has its own batch."""
    if any(len(computation.families[name].axes) > 1 for name in data) or not data:
        return False
    return not any(computation.families[name].axes and _depends(computation, name, data) for name in parameters)


def _depends(computation: Computation, name: str, data: Sequence[str]) -> bool:
    return name in depends_on(computation, data)


def size_name(atom: str) -> str:
    """`n_{0}` ⇒ `n_0`"""
    return "".join(c for c in atom.replace("\\", "") if c.isalnum() or c == "_")


def sizes_of(program: Program) -> tuple[str, ...]:
    """The plain sizes, the batch left out, in order of first use by the parameters and data."""
    found: dict[str, None] = {}
    for name in (*program.parameters, *program.data, *(q.name for q in program.initial)):
        for axis in program.quantity(name).axes if name in program.gradients.quantities or name in program.forward.quantities else ():
            for atom in axis.atoms():
                word = atom if isinstance(atom, str) else atom.name
                if word not in (program.last_step, BATCH if program.batch else "", *_letters(program)):
                    found.setdefault(word)
    return tuple(found)


def _letters(program: Program) -> set[str]:
    return {letter for family in program.computation.families.values() for letter in family.letters}


def is_list(program: Program, size: str) -> bool:
    """Whether a size has a value for each layer (`n_l`)."""
    return any(
        not isinstance(atom, str) and atom.name == size
        for name in (*program.parameters, *program.data)
        for axis in program.quantity(name).axes
        for atom in axis.atoms()
    )


def span(quantity: Quantity) -> Affine:
    return quantity.upper - quantity.first + Affine.of(1)
