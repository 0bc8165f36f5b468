"""Two ways to compute: forward-mode duals in NumPy, and PyTorch with its reverse mode. Every value is a float64 matrix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

import numpy as np

Array = np.ndarray
#: Coefficients (a, b, c, d, e) of an abstract function a sin(bx + c) + d exp(−x²/4) + e tanh(2x) + x/3.
Smooth = tuple[float, float, float, float, float]


class Numbers(Protocol):
    """What the evaluation needs of a way to compute."""

    def const(self, value: Array) -> Any: ...
    def number(self, x: Any) -> Array: ...
    def add(self, a: Any, b: Any) -> Any: ...
    def times(self, a: Any, b: Any) -> Any: ...
    def matmul(self, a: Any, b: Any) -> Any: ...
    def transpose(self, a: Any) -> Any: ...
    def diag(self, a: Any) -> Any: ...
    def total(self, a: Any) -> Any: ...
    def pick(self, a: Any, i: int, j: int) -> Any: ...
    def softmax(self, a: Any) -> Any: ...
    def apply(self, name: str, order: int, a: Any) -> Any: ...
    def jacobian(self, run: Callable[[Any], Any], at: Array) -> Array:
        """∂run(x)/∂x at `at`, of shape (*value.shape, *at.shape)."""
        ...


# -- forward mode ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Dual:
    """A matrix and its slopes in k directions: (r, c) and (k, r, c)."""

    value: Array
    slope: Array


def _logistic(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


#: Value and slope of the known functions.
KNOWN: Mapping[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    r"\tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    r"\sigma": (_logistic, lambda x: _logistic(x) * _logistic(-x)),
    r"\operatorname{ReLU}": (lambda x: np.maximum(x, 0), lambda x: (x > 0).astype(float)),
    r"\exp": (np.exp, np.exp),
    r"\ln": (np.log, lambda x: 1 / x),
}


@dataclass(frozen=True)
class Forward:
    """NumPy with forward-mode duals."""

    smooth: Mapping[str, Smooth]

    def const(self, value: Array) -> Dual:
        return Dual(value, np.zeros((0, *value.shape)))

    def number(self, x: Dual) -> Array:
        return x.value

    def _pair(self, a: Dual, b: Dual) -> tuple[Array, Array]:
        k = max(len(a.slope), len(b.slope))
        return tuple(x.slope if len(x.slope) else np.zeros((k, *x.value.shape)) for x in (a, b))  # type: ignore[return-value]

    def add(self, a: Dual, b: Dual) -> Dual:
        da, db = self._pair(a, b)
        return Dual(a.value + b.value, da + db)

    def times(self, a: Dual, b: Dual) -> Dual:
        da, db = self._pair(a, b)
        return Dual(a.value * b.value, da * b.value + a.value * db)

    def matmul(self, a: Dual, b: Dual) -> Dual:
        da, db = self._pair(a, b)
        return Dual(a.value @ b.value, da @ b.value + a.value @ db)

    def transpose(self, a: Dual) -> Dual:
        return Dual(a.value.T, a.slope.transpose(0, 2, 1))

    def diag(self, a: Dual) -> Dual:
        n = a.value.size
        slope = np.zeros((len(a.slope), n, n))
        slope[:, range(n), range(n)] = a.slope.reshape(len(a.slope), n)
        return Dual(np.diag(a.value.ravel()), slope)

    def total(self, a: Dual) -> Dual:
        return Dual(a.value.sum(keepdims=True), a.slope.sum(axis=(1, 2), keepdims=True))

    def pick(self, a: Dual, i: int, j: int) -> Dual:
        return Dual(a.value[i : i + 1, j : j + 1], a.slope[:, i : i + 1, j : j + 1])

    def softmax(self, a: Dual) -> Dual:
        weights = np.exp(a.value - a.value.max())
        p = weights / weights.sum()
        return Dual(p, p * (a.slope - (p * a.slope).sum(axis=(1, 2), keepdims=True)))

    def apply(self, name: str, order: int, a: Dual) -> Dual:
        value, slope = KNOWN[name] if name in KNOWN else self._smooth(self.smooth[name])
        if order == 0:
            return Dual(value(a.value), slope(a.value) * a.slope)
        if order > 1 or len(a.slope):
            raise NotImplementedError("a second derivative")
        return self.const(slope(a.value))

    @staticmethod
    def _smooth(of: Smooth) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
        a, b, c, d, e = of
        return (
            lambda x: a * np.sin(b * x + c) + d * np.exp(-x * x / 4) + e * np.tanh(2 * x) + x / 3,
            lambda x: a * b * np.cos(b * x + c) - d * x / 2 * np.exp(-x * x / 4) + 2 * e * (1 - np.tanh(2 * x) ** 2) + 1 / 3,
        )

    def jacobian(self, run: Callable[[Any], Any], at: Array) -> Array:
        found = run(Dual(at, np.eye(at.size).reshape(at.size, *at.shape)))
        slope = found.slope if len(found.slope) else np.zeros((at.size, *found.value.shape))
        return np.moveaxis(slope, 0, -1).reshape(*found.value.shape, *at.shape)


# -- PyTorch --------------------------------------------------------------------------------------------------------------


class Torch:
    """PyTorch in float64, gradients by its reverse mode; the slope of a function is also taken by it."""

    def __init__(self, smooth: Mapping[str, Smooth]) -> None:
        self.torch: Any = import_module("torch")
        self.smooth = smooth

    def const(self, value: Array) -> Any:
        return self.torch.tensor(value, dtype=self.torch.float64)

    def number(self, x: Any) -> Array:
        return np.asarray(x.detach().numpy())

    def add(self, a: Any, b: Any) -> Any:
        return a + b

    def times(self, a: Any, b: Any) -> Any:
        return a * b

    def matmul(self, a: Any, b: Any) -> Any:
        return a @ b

    def transpose(self, a: Any) -> Any:
        return a.T

    def diag(self, a: Any) -> Any:
        return self.torch.diag(a.reshape(-1))

    def total(self, a: Any) -> Any:
        return a.sum().reshape(1, 1)

    def pick(self, a: Any, i: int, j: int) -> Any:
        return a[i : i + 1, j : j + 1]

    def softmax(self, a: Any) -> Any:
        return self.torch.softmax(a.reshape(-1), 0).reshape(a.shape)

    def _value(self, name: str, x: Any) -> Any:
        if name in self.smooth:
            a, b, c, d, e = self.smooth[name]
            return a * self.torch.sin(b * x + c) + d * self.torch.exp(-x * x / 4) + e * self.torch.tanh(2 * x) + x / 3
        known = {r"\tanh": "tanh", r"\sigma": "sigmoid", r"\operatorname{ReLU}": "relu", r"\exp": "exp", r"\ln": "log"}
        return getattr(self.torch, known[name])(x)

    def apply(self, name: str, order: int, a: Any) -> Any:
        if order == 0:
            return self._value(name, a)
        x = a.detach().clone().requires_grad_(True)
        return self.torch.autograd.grad(self._value(name, x).sum(), x)[0]

    def jacobian(self, run: Callable[[Any], Any], at: Array) -> Array:
        x = self.const(at).requires_grad_(True)
        value = run(x)
        result = np.zeros((*value.shape, *at.shape))
        if not value.requires_grad:
            return result
        for place in np.ndindex(*value.shape):
            (slope,) = self.torch.autograd.grad(value[place], x, retain_graph=True, allow_unused=True)
            if slope is not None:
                result[place] = slope.numpy()
        return result
