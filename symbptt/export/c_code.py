"""The C printer: loops for the compiler to make vectors of, and matrices packed for one register-blocked kernel (`c_kernel.py`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import ClassVar

from .contraction import Contraction
from .loop_code import Initial, LoopPrinter

#: Elementwise functions in C; those that are called so are in `c_kernel.py`. NaN stays NaN in all of them.
ELEMENTWISE: Mapping[str, str] = MappingProxyType(
    {
        "tanh": "hyperbolic_tangent({x})",
        "sigmoid": "sigmoid({x})",
        "exp": "exponential({x})",
        "log": "(real)log({x})",
        "softplus": "softplus({x})",
        "relu": "(({x}) < 0 ? (real)0 : ({x}))",
        "leaky_relu": "(({x}) < 0 ? (real)0.01 * ({x}) : ({x}))",
        "step": "(({x}) > 0 ? (real)1 : (real)0)",
        "sqrt": "(real)sqrt({x})",
        "sin": "(real)sin({x})",
        "cos": "(real)cos({x})",
        "sinh": "(real)sinh({x})",
        "cosh": "(real)cosh({x})",
    }
)


@dataclass
class CPrinter(LoopPrinter):
    """Lines of a C function. Sizes are constants of it, the numbers of steps and of sequences are not."""

    functions: ClassVar[Mapping[str, str]] = ELEMENTWISE
    both: ClassVar[str] = " && "
    lowest: ClassVar[str] = "-INFINITY"
    language: ClassVar[str] = "C"

    def statement(self, text: str) -> None:
        self.line(f"{text};")

    def comment(self, text: str) -> None:
        self.line(f"// {text}")

    def number(self, text: str) -> str:
        return f"(real)({text})"

    def fraction(self, value: Fraction) -> str:
        return f"(real)({value.numerator}.0 / {value.denominator}.0)" if value.denominator != 1 else f"(real)({value.numerator})"

    def pointer(self, base: str, offset: Sequence[str]) -> str:
        return " + ".join([base, *offset])

    def declare(self, name: str, value: str) -> None:
        self.line(f"real {name} = {value};")

    def larger(self, name: str, value: str) -> None:
        self.line(f"{name} = {value} > {name} ? {value} : {name};")

    @contextmanager
    def branch(self, condition: str) -> Iterator[None]:
        with self.indented(f"if ({condition}) {{" if condition else "else {", "}"):
            yield

    @contextmanager
    def each(self, variable: str, low: str, high: str, gathers: str | None = None, down: bool = False) -> Iterator[None]:
        if gathers is not None:
            self.line(f"#pragma omp simd{f' reduction({gathers})' if gathers else ''}")
        up = f"long {variable} = {low}; {variable} <= {high}; {variable}++"
        with self.indented(f"for ({f'long {variable} = {high}; {variable} >= {low}; {variable}--' if down else up}) {{", "}"):
            yield

    def right_matrix(self, what: Contraction, b: str, bj: str, bk: str) -> tuple[str, str, str]:
        """Pointer, stride of the rows and of the strips of columns.

        A parameter is packed once for all steps; what has its columns next to each other stays where it is.
        """
        width, rows = self.count(what.columns), self.count(what.summed)
        size = f"(({width}) + LANES - 1) / LANES * LANES * {rows}"
        parameter = self.parameter(what)
        if parameter is not None:
            name = f"{self.names[parameter.family]}_packed{'_T' if bj != '1' else ''}"
            line = f"pack({b}, {bk}, {bj}, {rows}, {width}, {name});"
            if self.packed.setdefault(name, line) == line:
                self.storage[name] = size
                return name, "LANES", f"{rows} * LANES"
        elif bj == "1":
            return b, bk, "LANES"
        name = self.temporary(size)
        self.line(f"pack({b}, {bk}, {bj}, {rows}, {width}, {name});")
        return name, "LANES", f"{rows} * LANES"

    def multiply(self, sizes: Sequence[str], scale: str, a: Sequence[str], b: Sequence[str], before: Initial, onto: Sequence[str]) -> None:
        self.line(f"gemm({', '.join([*sizes, scale, *a, *b, before.start, before.stride, *onto])});")
