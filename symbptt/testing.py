"""For the tests of those who write derivations or gradients: `assert_derivation(problem)`, `assert_gradients(function, model)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from random import Random
from typing import Any

import numpy as np

from symbptt.api import check
from symbptt.documents.model import Model, load_model
from symbptt.export.build import loaded
from symbptt.export.diagnose import Case, explanation, same
from symbptt.export.interface import Program, is_list, read_program, size_name, sizes_of
from symbptt.export.numpy_file import numpy_source
from symbptt.problem import Problem
from symbptt.verdict import Verdict

#: How far a loss may be off, which may be summed in another order and in single precision.
CLOSE = 1e-6
#: What counts as true; a `conditional` claim is true only under assumptions that the problem does not state.
TRUE = frozenset({"proved", "verified"})


def assert_derivation(problem: Problem | Mapping[str, Any], *, timeout: float = 60.0) -> Verdict:
    """Fail the test unless the claim is proved or verified, or is what the problem's `expect` says.

    Returns the verdict. Raises `AssertionError` with the verdict, the reason and the counterexample.
    """
    verdict = check(problem, timeout=timeout)
    wanted = {verdict.expect} if verdict.expect else set(TRUE)
    if "verified" in wanted:
        wanted.add("proved")
    if verdict.verdict in wanted:
        return verdict
    lines = [f"{verdict.latex}", f"is {verdict.verdict}, expected {' or '.join(sorted(wanted))}: {verdict.message}"]
    lines += [f"  reading: {note}" for note in verdict.reading]
    if verdict.counterexample is not None:
        point = verdict.counterexample
        lines.append("  at " + ", ".join(f"{name} = {value}" for name, value in {**point.steps, **point.sizes, **point.values}.items()))
        lines.append(f"  {point.entry}: {point.left} against {point.right}")
    raise AssertionError("\n".join(lines))


def assert_gradients(
    function: Callable[[Any, Any], Any],
    model: Model | str,
    *,
    wrt: Sequence[str] = (),
    functions: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    convert: Callable[[np.ndarray[Any, Any]], Any] = lambda array: array,
    steps: Sequence[int] = (1, 2, 5),
    batch: int | None = None,
    relative: float = 1e-7,
    seed: int = 0,
) -> None:
    """Fail the test unless `function(params, data)` gives the model's exact gradients.

    The function returns the gradients, or the loss and the gradients, as a mapping; arrays of any library that `numpy.asarray` takes.
    `names` maps the model's names to the function's own, `convert` makes arrays of its library (`torch.from_numpy`). `wrt` and
    `functions` are as in `symbptt.lambdify`. `batch` is how many sequences the data hold; None leaves their axis out where the model
    has none. Sizes are random, at each of the `steps`; data are as the model assumes them (`one_hot: y_t`). A loss that is given is
    compared, too.

    Raises `AssertionError` that names the parameter, the sizes, and the mistake where one mistake in the equations gives these numbers;
    `ValueError` for arguments under which nothing would be compared.
    """
    if not steps or min(steps) < 1 or (batch is not None and batch < 1):
        raise ValueError(f"nothing is compared at steps = {tuple(steps)}, batch = {batch}; both count from 1")
    program = read_program(load_model(model) if isinstance(model, str) else model, wrt, functions)
    module = loaded(numpy_source(program), "right")
    own = dict(names or {})
    unknown = [name for name in own if name not in (*module.PARAMETERS, *module.DATA, *module.STATES)]
    if unknown:
        known = ", ".join((*module.PARAMETERS, *module.DATA, *module.STATES))
        raise ValueError(f"`names` has {', '.join(f'`{n}`' for n in unknown)}, which the model has not; it has {known}")
    chosen, cases, lines, losses, wrong = Random(seed), list[Case](), list[str](), list[str](), dict[str, None]()
    for count in steps if program.last_step else (1,):
        sizes: dict[str, Any] = {size_name(name): number for name, number in zip(sizes_of(program), _different(chosen), strict=False)}
        sizes |= {size_name(name): tuple(_different(chosen)[: count + 1]) for name in sizes_of(program) if is_list(program, name)}
        sizes |= {"T": count, "B": batch or 1}
        rng = np.random.default_rng(chosen.randrange(10**6))
        data = _as_assumed(program, module.example(sizes, chosen.randrange(10**6)), rng)
        params = module._arrays(module.PARAMETERS, sizes, lambda shape, rng=rng: rng.uniform(-0.9, 0.9, shape))
        if batch is None and program.batch:
            stepped = {program.plain[name] for name in program.data if program.quantity(name).letter}
            data = {k: v if isinstance(v, int) else v[:, 0] if k in stepped else v[0] for k, v in data.items()}
        value, right = module.loss_and_gradients(params, data)
        answer = function(
            {own.get(k, k): _each(convert, v) for k, v in params.items()}, {own.get(k, k): _each(convert, v) for k, v in data.items()}
        )
        given = _mapping(answer)
        missing = [name for name in right if own.get(name, name) not in given]
        if missing:
            raise AssertionError(f"the function gives no gradient by {', '.join(f'`{own.get(n, n)}`' for n in missing)}")
        mine = {name: _each(partial(_numbers, own.get(name, name), count), given[own.get(name, name)]) for name in right}
        cases.append(Case(params, data, mine, right))
        given_loss = answer[0] if isinstance(answer, tuple) else None
        if given_loss is not None and not same(told := _loss(given_loss, count), value, max(relative, CLOSE)):
            losses.append(f"  the loss is {told:.7g} and should be {value:.7g} at {count} steps")
        for name, want in right.items():
            if not same(mine[name], want, relative):
                wrong[name] = None
                lines.append(f"  d{own.get(name, name)} differs at {count} steps: {_difference(mine[name], want)}")
    if wrong:
        why = explanation(program, cases, list(wrong))
        right_ones = [own.get(name, name) for name in module.PARAMETERS if name not in wrong]
        raise AssertionError(
            "\n".join(
                [
                    f"the gradients are wrong: {why or 'no single mistake that is known gives them'}",
                    *lines,
                    f"  right: {', '.join(right_ones) or 'none'}",
                    *losses,
                ]
            )
        )
    if losses:
        raise AssertionError("\n".join(["the gradients are right, but the loss is not:", *losses]))


def _as_assumed(program: Program, data: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """The data with what the model assumes: targets with a single 1, or with the sum 1, along the axis that is meant."""
    facts = program.computation.assumptions
    found = dict(data)
    for family in (*facts.one_hot, *facts.normalised):
        name = program.plain.get(family, "")
        if family not in program.data or not np.ndim(data[name]):
            continue
        array = np.moveaxis(data[name], facts.axis(family), -1)
        if family in facts.one_hot:
            classes = rng.integers(array.shape[-1], size=array.shape[:-1])
            array = (classes[..., None] == np.arange(array.shape[-1])).astype(array.dtype)
        else:
            array = array / array.sum(-1, keepdims=True)
        found[name] = np.moveaxis(array, -1, facts.axis(family))
    return found


def _loss(value: Any, steps: int) -> float:
    """A loss as a number. Raises `AssertionError` where it is none."""
    try:
        found = float(getattr(value, "detach", lambda: value)())
    except (TypeError, ValueError, RuntimeError) as error:
        raise AssertionError(f"the loss that is given is no number: {error}") from None
    if not np.isfinite(found):
        raise AssertionError(f"the loss that is given is no finite number, at {steps} step{'' if steps == 1 else 's'}")
    return found


def _mapping(answer: Any) -> Mapping[str, Any]:
    """The gradients in what a function gives. Raises `AssertionError` where it gives something else."""
    given = answer[1] if isinstance(answer, tuple) and len(answer) == 2 else answer
    if not isinstance(given, Mapping):
        what = (
            "None" if answer is None else f"a {type(answer).__name__}" + (f" of {len(answer)}" if isinstance(answer, (tuple, list)) else "")
        )
        raise AssertionError(f"the function gives {what}; it should give (loss, gradients) or the gradients, a mapping of names to arrays")
    return given


def _numbers(name: str, steps: int, value: Any) -> np.ndarray[Any, Any]:
    """A gradient as numbers. Raises `AssertionError` that names it where it holds others."""
    if value is None:
        raise AssertionError(f"the gradient by `{name}` is None")
    try:
        found: np.ndarray[Any, Any] = np.asarray(value, float)
    except (TypeError, ValueError, RuntimeError) as error:
        raise AssertionError(f"the gradient by `{name}` is no array of numbers: {error}") from None
    if not np.isfinite(found).all():
        raise AssertionError(f"the gradient by `{name}` holds a value that is no finite number, at {steps} step{'' if steps == 1 else 's'}")
    return found


def _different(chosen: Random) -> list[int]:
    """Sizes from 2 on, each different from the others, so that a transpose shows."""
    return chosen.sample(range(2, 12), 10)


def _each(change: Callable[[Any], Any], value: Any) -> Any:
    if isinstance(value, list):
        return [change(a) for a in value]
    return value if isinstance(value, int) else change(value)


def _difference(given: Any, right: Any) -> str:
    if isinstance(right, list):
        return next(
            (f"layer {k}: {_difference(a, b)}" for k, (a, b) in enumerate(zip(given, right, strict=False), 1) if not same(a, b)), "layers"
        )
    if np.shape(given) != np.shape(right):
        return f"its shape is {np.shape(given)} and should be {np.shape(right)}"
    at = np.unravel_index(np.argmax(np.abs(given - right)), np.shape(right))
    return f"entry {tuple(map(int, at))} is {given[at]:.6g} and should be {right[at]:.6g}"
