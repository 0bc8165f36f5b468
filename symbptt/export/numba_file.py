"""A whole module for numba: the NumPy module, and its gradients as loops that numba compiles."""

from __future__ import annotations

from symbptt.adjoint import adjoint_name

from .interface import Program
from .loop_code import shared_storage
from .numba_code import NumbaPrinter
from .numpy_file import all_sizes, numpy_source
from .runtime import CHECK

_RUNTIME = '''
_MAY = {"contract", "reassoc", "nsz", "arcp"}  # what numba may do to be fast; NaN and infinities stay what they are
_KEEP = os.path.isfile(__file__) and os.access(os.path.dirname(os.path.abspath(__file__)), os.W_OK)  # keep compiled code beside it
_SPACE = {"__name__": "numba", "math": math, "np": np}  # what compiled functions see; kept code asks for a module of this name again
_MARK = hashlib.sha256(os.path.abspath(__file__).encode()).hexdigest()[:16]


def _jit(**options):
    """As `njit`. What is kept is found and works under whatever name this file is loaded: it is called by where the file lies."""

    def compiled(function):
        alone = types.FunctionType(function.__code__, _SPACE, function.__name__)
        alone.__qualname__ = f"{function.__name__}_{_MARK}"
        _SPACE[function.__name__] = njit(cache=_KEEP, **options)(alone)
        return _SPACE[function.__name__]

    return compiled


@_jit()
def _sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x)) if x > -700.0 else x * 0.0


@_jit()
def _softplus(x):
    return (0.0 if x < 0.0 else x) + math.log1p(math.exp(-abs(x)))


@_jit()
def _relu(x, slope):
    return slope * x if x < 0.0 else x


@_jit()
def _transpose(source, sk, sj, rows, columns, target):
    for k in range(rows):
        for j in range(columns):
            target[k * columns + j] = source[k * sk + j * sj]


@_jit(fastmath=_MAY)
def _by_loops(M, N, K, scale, a, ai, ak, b, bk, bj, before, fi, c, ci):
    """C[i, j] = before[i, j] + scale Σ_k A[i, k] B[k, j], four rows of B at a time; with fi = -1 there is nothing before."""
    whole = K - K % 4 if bj == 1 else 0
    for i in range(M):
        row = c[i * ci : i * ci + N]
        if fi < 0:
            row[:] = 0.0
        else:
            row[:] = before[i * fi : i * fi + N]
        for k in range(0, whole, 4):
            at = i * ai + k * ak
            p, q, r, s = scale * a[at], scale * a[at + ak], scale * a[at + 2 * ak], scale * a[at + 3 * ak]
            one, two = b[k * bk : k * bk + N], b[(k + 1) * bk : (k + 1) * bk + N]
            three, four = b[(k + 2) * bk : (k + 2) * bk + N], b[(k + 3) * bk : (k + 3) * bk + N]
            for j in range(N):
                row[j] += p * one[j] + q * two[j] + r * three[j] + s * four[j]
        for k in range(whole, K):
            p = scale * a[i * ai + k * ak]
            for j in range(N):
                row[j] += p * b[k * bk + j * bj]


@_jit()
def _by_library(M, N, K, scale, a, ai, ak, b, bk, bj, before, fi, c, ci):
    """The same; large products of matrices that lie in one piece by the library of SciPy, through numba's `np.dot`."""
    if M < 8 or M * N * K < 4096 or bj != 1 or bk != N or not ((ak == 1 and ai == K) or (ai == 1 and ak == M)):
        return _by_loops(M, N, K, scale, a, ai, ak, b, bk, bj, before, fi, c, ci)
    found, right = np.empty((M, N), c.dtype), b[: K * N].reshape(K, N)
    if ak == 1:
        np.dot(a[: M * K].reshape(M, K), right, found)
    else:
        np.dot(a[: M * K].reshape(K, M).T, right, found)
    for i in range(M):
        row = c[i * ci : i * ci + N]
        if fi < 0:
            row[:] = scale * found[i]
        else:
            row[:] = before[i * fi : i * fi + N] + scale * found[i]


_multiply = _SPACE["_multiply"] = _by_library if importlib.util.find_spec("scipy") else _by_loops
'''

_WRAPPER = '''
def loss_and_gradients(params, data):
    """The loss, and its derivative by every parameter: (loss, {{name: array of the parameter's shape}})."""
    arrays, states, sizes, dtype, batched = _read(params, data)
    if dtype not in (np.float32, np.float64) or 0 in sizes:
        return _numpy_loss_and_gradients(params, data)
    given = [np.ascontiguousarray(a).reshape(-1) for a in arrays]
    given += [np.zeros(count, dtype) if s is None else np.ascontiguousarray(s, dtype).reshape(-1) for s, count in zip(states, {states})]
    found = [np.empty(a.shape, dtype) for a in arrays[:{count}]]
    memory = _borrow(_memory, sizes, dtype)
    value = _loops({sizes}memory, *given, *[a.reshape(-1) for a in found])
    _give_back(_memory, sizes, dtype, memory)
    if not np.isfinite(value):
        _explain(params, data)
    return float(value), dict(zip(PARAMETERS, found))


def _memory({names}, dtype):
    """What a call writes all its quantities into."""
    return np.empty({total}, dtype)
'''


def numba_source(program: Program) -> str:
    """The source of a module whose `loss_and_gradients` is compiled by numba when it is called first."""
    text = numpy_source(program)
    text = text.replace(
        "import sys\n\nimport numpy as np",
        "\n".join(f"import {name}" for name in ("hashlib", "importlib.util", "math", "os", "sys", "types"))
        + "\n\nimport numpy as np\nfrom numba import njit",
        1,
    )
    text = text.replace("in NumPy.", "in loops for numba, with the same in NumPy.", 1)
    text = text.replace("needs NumPy and nothing else", "needs NumPy and numba", 1)
    text = text.replace("def loss_and_gradients(params, data):", "def _numpy_loss_and_gradients(params, data):", 1)
    check = CHECK.strip("\n")
    assert text.rstrip("\n").endswith(check)
    before = text.rstrip("\n").removesuffix(check).rstrip("\n")
    results = [adjoint_name(name) for name in program.parameters]
    printer = NumbaPrinter(program.compiled, program.names, frozenset(results))
    printer.write()
    sizes = all_sizes(program)
    places = ", ".join(f"sizes[{place}]" for place in range(len(sizes)))
    counts = [" * ".join(f"({printer.size(a)})" for a in q.axes) or "1" for q in program.initial]
    listed = {name: f"sizes[{place}]" for place, name in enumerate(sizes)}
    wrapper = _WRAPPER.format(
        states="(" + "".join(f"{_with(count, listed)}, " for count in counts) + ")",
        count=len(program.parameters),
        sizes=f"{places}, " if places else "",
        names=", ".join(sizes),
        total=" + ".join(f"({size})" for name, size in printer.storage.items() if name not in shared_storage(printer, program)) or "1",
    )
    return "\n\n\n".join([before, _RUNTIME.strip("\n"), _function(program, printer, results), wrapper.strip("\n"), check]) + "\n"


def _with(count: str, values: dict[str, str]) -> str:
    """A product of sizes with their values put in."""
    for name, value in values.items():
        count = count.replace(f"({name})", f"({value})")
    return count


def _function(program: Program, printer: NumbaPrinter, results: list[str]) -> str:
    word = program.names
    leaves = [word.get(n, program.plain[n]) for n in (*program.parameters, *program.data)]
    states = [f"state_{word[q.name]}" for q in program.initial]
    arguments = [*all_sizes(program), "memory", *leaves, *states, *(word[name] for name in results)]
    lines = ["@_jit(fastmath=_MAY, nogil=True)", f"def _loops({', '.join(arguments)}):", "    end = 0"]
    together = shared_storage(printer, program)
    for name, size in printer.storage.items():
        if name not in together:
            lines.append(f"    {name}, end = memory[end : end + {size}], end + {size}")
    lines += [f"    {name} = {owner}" for name, owner in together.items()]
    lines += [f"    {line}" for line in printer.packed.values()]
    for quantity in program.initial:
        if quantity.name in program.compiled.quantities:
            size = " * ".join(printer.size(axis) for axis in quantity.axes) or "1"
            lines.append(f"    {word[quantity.name]}[: {size}] = state_{word[quantity.name]}")
    lines += printer.lines
    lines.append(f"    return {word[program.loss]}")
    return "\n".join(lines)
