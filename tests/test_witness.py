"""The adapter around latex2sympy2: what it reads, its traps, comparison and shapes."""

from __future__ import annotations

import importlib
import subprocess
import sys
import warnings
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
import sympy

from symbptt import witness
from symbptt.functions import FUNCTIONS
from symbptt.index import Add, Affine, Apply, Argument, Definition, Entry, Expression, Multiply, Number, Power
from symbptt.latex import syntax
from symbptt.latex.parser import parse_expression
from symbptt.problem import Given, Problem
from symbptt.reading.choices import Choices
from symbptt.reading.claim import read_model
from symbptt.reading.declare import parse_problem
from symbptt.witness import ShapeAnswer, Unreadable, WitnessUnavailable, agrees, check_shapes, confirm_definition, read_matrix, read_scalar

needs_it = pytest.mark.skipif(not witness.available(), reason="latex2sympy2 is not installed: no second reading to test")
x, y, d1 = sympy.symbols("x y d_1")

READ = [
    (r"\frac{1}{1+e^{-x}}", 1 / (1 + sympy.exp(-x))),
    (r"\ln(x)^2", sympy.log(x) ** 2),
    (r"\ln(x^2)", sympy.log(x**2)),
    (r"\log x", sympy.log(x)),
    (r"\tanh^2(x)", sympy.tanh(x) ** 2),
    (r"\tanh(x)^2", sympy.tanh(x) ** 2),
    (r"x^2 - 3x + \frac{x}{2}", x**2 - 3 * x + x / 2),
    (r"\frac{e^x - e^{-x}}{e^x + e^{-x}}", sympy.tanh(x)),
    (r"\sqrt{x^2 + 1}", sympy.sqrt(x**2 + 1)),
    (r"-x^2", -(x**2)),
    (r"x - (y - x)", 2 * x - y),
    (r"0.5 (x - y)^2", (x - y) ** 2 / 2),
    (r"x / y / 2", x / (2 * y)),
    (r"\exp(-x^2/2)", sympy.exp(-(x**2) / 2)),
    (r"x \sigma(x)", x / (1 + sympy.exp(-x))),
    (r"-y \ln(x) - (1-y) \ln(1-x)", -y * sympy.log(x) - (1 - y) * sympy.log(1 - x)),
    (r"10^{-3} x", x / 1000),
]


@needs_it
@pytest.mark.parametrize(("latex", "meaning"), READ)
def test_scalars_are_read_rightly(latex: str, meaning: sympy.Expr) -> None:
    assert agrees(read_scalar(parse_expression(latex), {"x": x, "y": y}), meaning)


@needs_it
@pytest.mark.parametrize("name", list(witness._FORMS))
def test_every_named_function_is_printed_with_its_meaning(name: str) -> None:
    ours: Expression = Apply(name, (Argument((), (), Entry("x", (), ())),))
    spelling = next(latex for latex in FUNCTIONS[name].latex if latex.startswith("\\"))
    tree = parse_expression(rf"{spelling}{{x}}" if name == "sqrt" else rf"{spelling}(x)")
    assert agrees(ours, read_scalar(tree, {"x": sympy.Symbol("x", real=True)}))


@needs_it
def test_nested_rectifiers() -> None:
    """`\\max` would be split at the comma of the inner one."""
    tree = parse_expression(r"\mathrm{ReLU}(1 - \mathrm{ReLU}(x))")
    reading = read_scalar(tree, {"x": x})
    assert [reading.subs(x, v) for v in (-2, sympy.Rational(1, 2), 3)] == [1, sympy.Rational(1, 2), 0]


@needs_it
def test_letters_that_mean_something_to_it_are_names() -> None:
    """d_1 and dx would be differentials, i and I the imaginary unit, e and E Euler's number."""
    for name in ("d_{1}", "d", "i", "I", "E", "e", r"\pi", "S", r"\alpha", "x_{100}", "x_{101}"):
        value = sympy.Symbol("value")
        tree = parse_expression(rf"2 {name} x")
        assert read_scalar(tree, {name: value, "x": x}) == 2 * value * x, name


@needs_it
def test_its_global_state_does_not_leak() -> None:
    module = importlib.import_module("latex2sympy2")
    module.latex2sympy(r"x_{100} = 5")
    module.set_variances({sympy.Symbol("x_{100}"): sympy.Matrix([[1, 2]])})
    module.set_real(True)
    witness._read.cache_clear()
    assert read_scalar(parse_expression("x + 1"), {"x": x}) == x + 1
    assert module.var == {} and module.variances == {}


@needs_it
def test_its_warnings_are_silenced() -> None:
    witness._read.cache_clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_scalar(parse_expression("x + 7"), {"x": x}) == x + 7


@needs_it
@pytest.mark.parametrize("latex", ["f(x)", "z", "x'", r"x_k", r"W^T x", r"\sum_{k=1}^{3} x", r"x \pm 1", r"\|x\|", r"x \otimes y"])
def test_what_it_reads_wrongly_is_not_given_to_it(latex: str) -> None:
    with pytest.raises(Unreadable):
        read_scalar(parse_expression(latex), {"x": x, "y": y})


@needs_it
def test_explicit_matrices() -> None:
    tree = parse_expression(r"\begin{bmatrix} x & 1 \\ \frac{y}{2} & x^2 \end{bmatrix}")
    assert isinstance(tree, syntax.Matrix)
    assert read_matrix(tree, {"x": x, "y": y}) == sympy.Matrix([[x, 1], [y / 2, x**2]])


# -- comparison -----------------------------------------------------------------------------------------------------------


def test_agreement_is_exact_or_at_points() -> None:
    assert agrees(sympy.tanh(x), (sympy.exp(2 * x) - 1) / (sympy.exp(2 * x) + 1))
    assert not agrees(sympy.log(x) / sympy.log(10), sympy.log(x))
    assert not agrees(sympy.log(x), sympy.log(x) + sympy.Rational(1, 10**30))
    assert not agrees(1 / (x - x), x)


def test_agreement_with_the_inner_language() -> None:
    entry = Entry("u", (), ())
    half = Number(Fraction(1, 2))
    expression = Add((Multiply((half, Power(entry, Affine.of(2)))), Apply("relu", (Argument((), (), entry),))))
    u = sympy.Symbol("u", real=True)
    assert agrees(expression, u**2 / 2 + sympy.Max(0, u))
    assert not agrees(expression, u**2 / 2 + u)


# -- definitions ----------------------------------------------------------------------------------------------------------


def definition(text: str) -> tuple[Definition, Any]:
    name, _, body = text.partition("=")
    problem = Problem("q = q", given=(Given("q = p"),), shapes={"q": "scalar", "p": "scalar"}, functions={name.partition("(")[0]: text})
    _, computation = read_model(parse_problem(problem), Choices())
    return next(iter(computation.definitions.values())), parse_expression(body)


@pytest.mark.parametrize(
    "text",
    [
        r"f(x) = \frac{1}{1+e^{-x}}",
        r"f(z) = z \sigma(z)",
        r"f(x) = \ln(1 + e^{x})",
        r"g(u) = \frac{u}{1 + u^2}",
        r"f(x) = \tanh(x)^2 - 2x",
        r"f(x) = \mathrm{ReLU}(x)^2",
    ],
)
def test_definitions_are_confirmed(text: str) -> None:
    assert confirm_definition(*definition(text)) == ""


@needs_it
def test_a_definition_read_otherwise_is_told() -> None:
    ours, _ = definition(r"f(x) = \frac{1}{1+e^{-x}}")
    message = confirm_definition(ours, parse_expression(r"\frac{1}{1+e^{x}}"))
    assert message == r"`f(x) = \frac{1}{1+e^{-x}}` was read as 1/(1 + exp(-x)), but latex2sympy2 reads 1/(exp(x) + 1)"


# -- shapes ---------------------------------------------------------------------------------------------------------------


@needs_it
@pytest.mark.parametrize(
    ("shapes", "operation", "answer"),
    [
        (((2, 3), (3, 4)), "product", ShapeAnswer(True, (2, 4))),
        (((2, 3), (2, 4)), "product", ShapeAnswer(False)),
        (((2, 1), (1, 3), (3, 1)), "product", ShapeAnswer(True, (2, 1))),
        (((1, 3), (3, 1)), "product", ShapeAnswer(True, (1, 1))),
        (((1, 1), (2, 3)), "product", ShapeAnswer(False)),
        (((2, 3), (2, 3), (2, 3)), "sum", ShapeAnswer(True, (2, 3))),
        (((2, 3), (3, 2)), "sum", ShapeAnswer(False)),
        (((3, 3),), "product", ShapeAnswer(True, (3, 3))),
    ],
)
def test_shapes_are_found_by_computing(shapes: tuple[tuple[int, int], ...], operation: str, answer: ShapeAnswer) -> None:
    assert check_shapes(*shapes, operation=operation) == answer


def test_an_unknown_operation_is_an_error() -> None:
    with pytest.raises(ValueError, match="`power` is no operation on matrices; use product or sum"):
        check_shapes((2, 2), operation="power")


# -- without it -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An interpreter without latex2sympy2."""
    load = importlib.import_module

    def refuse(name: str, package: str | None = None) -> Any:
        if name == "latex2sympy2":
            raise ImportError(name)
        return load(name, package)

    monkeypatch.setattr(importlib, "import_module", refuse)
    for memo in (witness._module, witness._read):
        memo.cache_clear()
    yield
    for memo in (witness._module, witness._read):
        memo.cache_clear()


@pytest.mark.usefixtures("absent")
def test_without_it_there_is_no_second_reading_and_that_is_said() -> None:
    assert not witness.available()
    with pytest.raises(WitnessUnavailable, match=r"latex2sympy2 1\.9\.1 is not installed"):
        read_scalar(parse_expression("x"), {"x": x})
    with pytest.raises(WitnessUnavailable):
        check_shapes((2, 2))
    assert confirm_definition(*definition(r"f(x) = x^2")) == ""


def test_it_is_imported_on_first_use_only() -> None:
    code = "import sys, symbptt.witness; sys.exit('latex2sympy2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
