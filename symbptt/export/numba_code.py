"""The numba printer: the loops that C has, as Python that numba compiles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import ClassVar

from .contraction import Contraction
from .loop_code import Initial, LoopPrinter

#: Elementwise functions; `_sigmoid` and `_softplus` are in `numba_file.py`. NaN stays NaN in all of them.
ELEMENTWISE: Mapping[str, str] = MappingProxyType(
    {
        **{name: f"math.{name}({{x}})" for name in ("tanh", "exp", "log", "sqrt", "sin", "cos", "sinh", "cosh")},
        "sigmoid": "_sigmoid({x})",
        "softplus": "_softplus({x})",
        "relu": "_relu({x}, 0.0)",
        "leaky_relu": "_relu({x}, 0.01)",
        "step": "(1.0 if {x} > 0.0 else 0.0)",
    }
)


@dataclass
class NumbaPrinter(LoopPrinter):
    """Lines of a function that numba compiles; arrays are flat."""

    functions: ClassVar[Mapping[str, str]] = ELEMENTWISE
    both: ClassVar[str] = " and "
    lowest: ClassVar[str] = "-np.inf"
    language: ClassVar[str] = "numba"

    def statement(self, text: str) -> None:
        self.line(text)

    def comment(self, text: str) -> None:
        self.line(f"# {text}")

    def number(self, text: str) -> str:
        return f"float({text})"

    def fraction(self, value: Fraction) -> str:
        return f"{value.numerator}.0" if value.denominator == 1 else f"({value.numerator}.0 / {value.denominator}.0)"

    def pointer(self, base: str, offset: Sequence[str]) -> str:
        return f"{base}[{' + '.join(offset)} :]" if offset else base

    def declare(self, name: str, value: str) -> None:
        self.line(f"{name} = {'0.0' if value == '0' else value}")

    def larger(self, name: str, value: str) -> None:
        self.line(f"{name} = {value} if {value} > {name} else {name}")

    @contextmanager
    def branch(self, condition: str) -> Iterator[None]:
        with self.indented(f"if {condition}:" if condition else "else:"):
            yield

    @contextmanager
    def each(self, variable: str, low: str, high: str, gathers: str | None = None, down: bool = False) -> Iterator[None]:
        span = f"range({high}, {low} - 1, -1)" if down else f"range({low}, {high} + 1)"
        with self.indented(f"for {variable} in {span}:"):
            yield

    def right_matrix(self, what: Contraction, b: str, bj: str, bk: str) -> tuple[str, str, str]:
        """Pointer, stride of the rows and of the columns; a parameter that is needed transposed is copied so once for all steps."""
        parameter = self.parameter(what)
        if bj == "1" or parameter is None:
            return b, bk, bj
        width, rows = self.count(what.columns), self.count(what.summed)
        name = f"{self.names[parameter.family]}_T"
        line = f"_transpose({b}, {bk}, {bj}, {rows}, {width}, {name})"
        if self.packed.setdefault(name, line) != line:
            return b, bk, bj
        self.storage[name] = f"{width} * {rows}"
        return name, width, "1"

    def multiply(self, sizes: Sequence[str], scale: str, a: Sequence[str], b: Sequence[str], before: Initial, onto: Sequence[str]) -> None:
        first = (onto[0], "-1") if before.start == "0" else (before.start, before.stride)
        self.line(f"_multiply({', '.join([*sizes, scale if scale != '1' else '1.0', *a, *b, *first, *onto])})")
