"""Other ways to the loss and all gradients of recurrent networks, each as it is usually written.

A way is made for a model, a size and one point, and is a call without arguments. Its library is imported then; `Absent` says why it cannot
be made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any


class Absent(Exception):
    """Why a peer cannot be measured here."""


@dataclass(frozen=True)
class Problem:
    """A model at a size: T steps, n hidden, k letters, B sequences; parameters and data as arrays of NumPy."""

    model: str
    steps: int
    hidden: int
    letters: int
    batch: int
    dtype: str
    params: Mapping[str, Any]
    data: Mapping[str, Any]

    @property
    def target(self) -> Any:
        return self.data["y_hat" if "y_hat" in self.data else "y"]

    @property
    def operations(self) -> int:
        """Multiplications and additions of matrix products: three with each recurrent and output matrix, two with each input one."""
        gates = {"rnn": 1, "lstm": 4, "gru": 3}[self.model]
        n, k = self.hidden, self.letters
        return 2 * self.steps * self.batch * (gates * (3 * n * n + 2 * n * k) + 3 * n * k)


Call = Callable[[], Any]


def _library(name: str) -> Any:
    if find_spec(name) is None:
        raise Absent(f"{name} is not installed")
    return import_module(name)


def _rnn_alone(problem: Problem) -> None:
    if problem.model != "rnn":
        raise Absent("written for the plain network only")


def textbook(problem: Problem) -> Call:
    """The tanh–softmax network as it is usually written: one sequence at a time, outer products at each step."""
    _rnn_alone(problem)
    np = import_module("numpy")
    p, x_all, y_all = problem.params, problem.data["x"], problem.target

    def call() -> Any:
        g, loss = {k: np.zeros_like(v) for k, v in p.items()}, 0.0
        for b in range(problem.batch):
            h, probabilities = [np.zeros(problem.hidden)], []
            for x, want in zip(x_all[:, b], y_all[:, b], strict=True):
                h.append(np.tanh(p["w_ax"] @ x + p["w_aa"] @ h[-1] + p["b_a"]))
                s = p["w_ya"] @ h[-1] + p["b_y"]
                e = np.exp(s - s.max())
                probabilities.append(e / e.sum())
                loss -= want @ np.log(probabilities[-1])
            carried = np.zeros_like(h[0])
            for t in reversed(range(problem.steps)):
                ds = probabilities[t] - y_all[t, b]
                g["w_ya"] += np.outer(ds, h[t + 1])
                g["b_y"] += ds
                dz = (p["w_ya"].T @ ds + carried) * (1 - h[t + 1] ** 2)
                g["w_ax"] += np.outer(dz, x_all[t, b])
                g["w_aa"] += np.outer(dz, h[t])
                g["b_a"] += dz
                carried = p["w_aa"].T @ dz
        return loss, g

    return call


def hips_autograd(problem: Problem) -> Call:
    """The same network differentiated by autograd."""
    _rnn_alone(problem)
    autograd = _library("autograd")
    anp = import_module("autograd.numpy")

    def loss(p: Any) -> Any:
        h, total = anp.zeros((problem.batch, problem.hidden)), 0.0
        for x, want in zip(problem.data["x"], problem.target, strict=True):
            h = anp.tanh(x @ p["w_ax"].T + h @ p["w_aa"].T + p["b_a"])
            s = h @ p["w_ya"].T + p["b_y"]
            total = total - anp.sum(want * (s - anp.log(anp.sum(anp.exp(s), -1, keepdims=True))))
        return total

    function = autograd.value_and_grad(loss)
    return lambda: function(dict(problem.params))


def torch_module(problem: Problem, compiled: bool = False) -> Call:
    """nn.RNN, nn.LSTM or nn.GRU with a linear layer, differentiated by autograd."""
    torch = _library("torch")
    dtype = getattr(torch, problem.dtype)
    n, k = problem.hidden, problem.letters
    kind = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[problem.model]
    cell, out = kind(k, n).to(dtype), torch.nn.Linear(n, k).to(dtype)
    x, labels = torch.from_numpy(problem.data["x"]), torch.from_numpy(problem.target).argmax(-1).reshape(-1)
    parameters = [*cell.parameters(), *out.parameters()]

    def loss(x: Any) -> Any:
        h, _ = cell(x)
        return torch.nn.functional.cross_entropy(out(h).reshape(-1, k), labels, reduction="sum")

    function = torch.compile(loss) if compiled else loss
    return lambda: torch.autograd.grad(function(x), parameters)


def torch_compile(problem: Problem) -> Call:
    """The same through torch.compile; compiling it takes up to a minute."""
    call = torch_module(problem, compiled=True)
    try:
        call()
    except Exception as error:
        raise Absent(f"torch.compile failed: {str(error).splitlines()[0][:90]}") from None
    return call


def torch_loop(problem: Problem) -> Call:
    """The plain network as a loop over tensors."""
    _rnn_alone(problem)
    torch = _library("torch")
    p = {k: torch.from_numpy(v).requires_grad_() for k, v in problem.params.items()}
    x_all, labels = torch.from_numpy(problem.data["x"]), torch.from_numpy(problem.target).argmax(-1)

    def call() -> Any:
        h, loss = torch.zeros(problem.batch, problem.hidden, dtype=x_all.dtype), 0.0
        for x, label in zip(x_all, labels, strict=True):
            h = torch.tanh(torch.addmm(torch.addmm(p["b_a"], x, p["w_ax"].T), h, p["w_aa"].T))
            loss = loss + torch.nn.functional.cross_entropy(torch.addmm(p["b_y"], h, p["w_ya"].T), label, reduction="sum")
        return torch.autograd.grad(loss, list(p.values()))

    return call


def _jax_step(model: str, xp: Any, nn: Any) -> Callable[[Any, Any, Any], Any]:
    def step(p: Any, state: Any, x: Any) -> Any:
        h, c = state
        if model == "rnn":
            h = xp.tanh(x @ p["w_ax"].T + h @ p["w_aa"].T + p["b_a"])
        elif model == "lstm":
            i, f, o = (nn.sigmoid(x @ p[f"W_{k}"].T + h @ p[f"U_{k}"].T + p[f"b_{k}"]) for k in "ifo")
            c = f * c + i * xp.tanh(x @ p["W_g"].T + h @ p["U_g"].T + p["b_g"])
            h = o * xp.tanh(c)
        else:
            z, r = (nn.sigmoid(x @ p[f"W_{k}"].T + h @ p[f"U_{k}"].T + p[f"b_{k}"]) for k in "zr")
            h = (1 - z) * h + z * xp.tanh(x @ p["W_h"].T + (r * h) @ p["U_h"].T + p["b_h"])
        return (h, c), h

    return step


def jax_scan(problem: Problem, unroll: int = 1) -> Call:
    """jit of value_and_grad of a scan; an `unroll` of 0 is a loop in Python that jit unrolls."""
    jax = _library("jax")
    if unroll == 0 and problem.steps > 30:
        raise Absent(f"{problem.steps} steps unrolled take minutes to compile")
    jax.config.update("jax_enable_x64", True)
    xp = jax.numpy
    step = _jax_step(problem.model, xp, jax.nn)

    def loss(p: Any, x: Any, y: Any) -> Any:
        zero = xp.zeros((problem.batch, problem.hidden), x.dtype)
        if unroll:
            _, h = jax.lax.scan(lambda s, x: step(p, s, x), (zero, zero), x, unroll=unroll)
        else:
            state, rows = (zero, zero), []
            for t in range(problem.steps):
                state, row = step(p, state, x[t])
                rows.append(row)
            h = xp.stack(rows)
        s = h @ p["w_ya" if problem.model == "rnn" else "V"].T + p["b_y" if problem.model == "rnn" else "b_s"]
        return -xp.sum(y * jax.nn.log_softmax(s))

    function = jax.jit(jax.value_and_grad(loss))
    params, x, y = jax.tree_util.tree_map(xp.asarray, (dict(problem.params), problem.data["x"], problem.target))
    return lambda: jax.block_until_ready(function(params, x, y))


def casadi_function(problem: Problem) -> Call:
    """The plain network as a CasADi function of matrices; a column is a sequence."""
    _rnn_alone(problem)
    ca = _library("casadi")
    if problem.dtype != "float64":
        raise Absent("CasADi has float64 alone")
    np = import_module("numpy")
    p = {k: ca.MX.sym(k, *(v.shape if v.ndim == 2 else (*v.shape, 1))) for k, v in problem.params.items()}
    h, total = ca.MX.zeros(problem.hidden, problem.batch), 0
    for x, want in zip(problem.data["x"], problem.target, strict=True):
        h = ca.tanh(p["w_ax"] @ ca.DM(x.T) + p["w_aa"] @ h + ca.repmat(p["b_a"], 1, problem.batch))
        s = p["w_ya"] @ h + ca.repmat(p["b_y"], 1, problem.batch)
        total = total - ca.sum2(ca.sum1(ca.DM(want.T) * s)) + ca.sum2(ca.log(ca.sum1(ca.exp(s))))
    function = ca.Function("f", list(p.values()), [total, *(ca.gradient(total, v) for v in p.values())])
    given = [ca.DM(np.asarray(v)) for v in problem.params.values()]
    return lambda: function(*given)


def sympy_lambdify(problem: Problem) -> Call:
    """The unrolled loss in scalars, differentiated by SymPy and printed with `cse=True`."""
    _rnn_alone(problem)
    if problem.steps * problem.hidden * problem.batch > 8:
        raise Absent("the unrolled gradient takes more than minutes to build")
    sympy = _library("sympy")
    p = {k: sympy.Matrix(*(v.shape if v.ndim == 2 else (v.shape[0], 1)), sympy.symbols(f"{k}:{v.size}")) for k, v in problem.params.items()}
    h, total = sympy.zeros(problem.hidden, 1), sympy.Integer(0)
    for x, want in zip(problem.data["x"][:, 0], problem.target[:, 0], strict=True):
        h = (p["w_ax"] * sympy.Matrix(x) + p["w_aa"] * h + p["b_a"]).applyfunc(sympy.tanh)
        s = p["w_ya"] * h + p["b_y"]
        total += sympy.log(sum(map(sympy.exp, s))) - (sympy.Matrix(want).T * s)[0]
    variables = [symbol for matrix in p.values() for symbol in matrix]
    function = sympy.lambdify(variables, [total, *(total.diff(v) for v in variables)], "math", cse=True)
    numbers = [float(v) for array in problem.params.values() for v in array.reshape(-1)]
    return lambda: function(*numbers)


#: Name → how it is made.
PEERS: Mapping[str, Callable[[Problem], Call]] = {
    "textbook NumPy": textbook,
    "HIPS autograd": hips_autograd,
    "PyTorch nn": torch_module,
    "PyTorch loop": torch_loop,
    "PyTorch compile": torch_compile,
    "JAX scan": jax_scan,
    "JAX scan, unroll 5": lambda problem: jax_scan(problem, 5),
    "JAX jit of a loop": lambda problem: jax_scan(problem, 0),
    "CasADi": casadi_function,
    "SymPy lambdify": sympy_lambdify,
}
