"""Whole modules for PyTorch (`autograd.Function`) and JAX (`custom_vjp` around `lax.scan`)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from symbptt.adjoint import adjoint_name

from .functional_code import FunctionalPrinter, Library
from .interface import Program
from .numpy_file import all_sizes, head, tables
from .runtime import CHECK, EXPLAIN, FINITE, INIT, MATCHING, XP_READING

TORCH = Library(
    "torch",
    MappingProxyType(
        {
            **{name: f"xp.{name}({{x}})" for name in ("tanh", "sigmoid", "exp", "log", "sqrt", "sin", "cos", "sinh", "cosh", "relu")},
            "leaky_relu": "xp.where({x} > 0, {x}, 0.01 * {x})",
            "softplus": "xp.logaddexp({x}, xp.zeros_like({x}))",
            "step": "({x} > 0).to({x}.dtype)",
            "softmax": "xp.softmax({x}, {axis})",
            "logsumexp": "xp.logsumexp({x}, {axis})",
        }
    ),
    scan=False,
)
JAX = Library(
    "jax",
    MappingProxyType(
        {
            **{name: f"xp.{name}({{x}})" for name in ("tanh", "exp", "log", "sqrt", "sin", "cos", "sinh", "cosh")},
            "sigmoid": "jax.nn.sigmoid({x})",
            "relu": "xp.maximum({x}, 0.0)",
            "leaky_relu": "xp.where({x} > 0, {x}, 0.01 * {x})",
            "softplus": "xp.logaddexp({x}, 0.0)",
            "step": "xp.heaviside({x}, 0.0)",
            "softmax": "jax.nn.softmax({x}, axis={axis})",
            "logsumexp": "jax.nn.logsumexp({x}, axis={axis})",
        }
    ),
    scan=True,
)
_IMPORTS: Mapping[str, str] = MappingProxyType(
    {
        "torch": "import sys\n\nimport numpy as np\nimport torch\nimport torch as xp",
        "jax": "import sys\n\nimport jax\nimport jax.numpy as xp\nimport numpy as np\nfrom jax import lax",
    }
)
_HELPERS: Mapping[str, str] = MappingProxyType(
    {
        "torch": '''
def _array(value, like):
    return torch.as_tensor(value, dtype=like.dtype, device=like.device)


def _given(name, value, like=None):
    """A tensor of real numbers; of the parameters' type and device where there is something to be like."""
    if not isinstance(value, torch.Tensor):
        array = _plain(name, value)
        value = torch.from_numpy(np.array(array, np.float32 if np.result_type(array.dtype, np.float32) == np.float32 else np.float64))
    elif value.is_complex():
        raise TypeError(f"`{name}` must be a tensor of real numbers, not of the type {value.dtype}")
    return value if like is None else value.to(dtype=like.dtype, device=like.device)


def _like(parameters):
    """An empty tensor of the type that gradients have: float64 where a parameter is of that type or of long integers, else float32."""
    wide = any(a.dtype in (torch.float64, torch.int64, torch.int32) for a in parameters)
    return torch.empty(0, dtype=torch.float64 if wide else torch.float32, device=parameters[0].device)


def _finite(array):
    return bool(torch.isfinite(torch.as_tensor(array)).all())


def _zeros(shape, like):
    return like.new_zeros(shape)


def _padded(array, before, after):
    """Zeros for the steps before and after."""
    rest = array.shape[1:]
    return torch.cat([array.new_zeros((max(before, 0), *rest)), array, array.new_zeros((max(after, 0), *rest))])
''',
        "jax": '''
def _array(value, like):
    return xp.asarray(value, like.dtype)


def _given(name, value, like=None):
    """An array of real numbers; of the parameters' type where there is something to be like."""
    if not isinstance(value, jax.Array):
        value = xp.asarray(_native(_plain(name, value)))
    elif xp.issubdtype(value.dtype, xp.complexfloating):
        raise TypeError(f"`{name}` must be an array of real numbers, not of the type {value.dtype}")
    return value if like is None else xp.asarray(value, like.dtype)


def _native(array):
    """In the byte order of this machine, in no more than 64 bits."""
    return array.astype(np.float64 if array.itemsize > 8 else array.dtype.newbyteorder("="), copy=False)


def _like(parameters):
    """An empty array of the type that gradients have: float64 where a parameter is of that type or of long integers, else float32."""
    return xp.zeros(0, jax.dtypes.canonicalize_dtype(np.result_type(*[a.dtype for a in parameters], np.float32)))


def _traced(params, data):
    """The arguments as arrays that JAX traces, which lists of numbers and NumPy's rarer types are not."""
    lists = {name for name in PARAMETERS if LISTS and "[" in "".join(SHAPES[name])}
    known = {name: _layers(name, params, "params") if name in lists else [params[name]] for name in PARAMETERS if name in params}
    known = {name: [_given(name, a) for a in value] for name, value in known.items()}
    return (
        {name: value if name in lists else value[0] for name, value in known.items()},
        {name: value if value is None or name not in SHAPES else _given(name, value) for name, value in data.items()},
    )


def _zeros(shape, like):
    return xp.zeros(shape, like.dtype)


def _padded(array, before, after):
    """Zeros for the steps before and after."""
    rest = array.shape[1:]
    return xp.concatenate([xp.zeros((max(before, 0), *rest), array.dtype), array, xp.zeros((max(after, 0), *rest), array.dtype)])


def _rows(array, first, count):
    """`count` rows from `first` on; 0 for rows that are not there, which are not used."""
    before, after = max(0, -first), max(0, first + count - len(array))
    return _padded(array[max(first, 0) : first + count], before, after)


def _in_double():
    """Numbers of 64 bits, for checks."""
    return jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64()
''',
    }
)
_LOSS: Mapping[str, str] = MappingProxyType(
    {
        "torch": '''
def loss_and_gradients(params, data):
    """The loss as a number, and its derivative by every parameter as a tensor."""
    with torch.no_grad():
        value, gradients = _gradients(params, data)
    value = float(value)
    if not np.isfinite(value):
        _explain(params, data)
    return value, gradients


def _flat(values):
    return [a for value in values for a in (value if isinstance(value, (list, tuple)) else [value])]


class Loss(torch.autograd.Function):
    """The loss with its exact gradients as its backward pass: Loss.apply(data, shape, *parameters), shape telling lists apart."""

    @staticmethod
    def forward(ctx, data, counts, *flat):
        left = iter(flat)
        params = {name: next(left) if n is None else [next(left) for _ in range(n)] for name, n in zip(PARAMETERS, counts)}
        value, gradients = _gradients(params, data)
        ctx.save_for_backward(*_flat(gradients.values()))
        return value

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, upper):
        return (None, None, *[upper * gradient for gradient in ctx.saved_tensors])


def loss(params, data):
    """The loss as a tensor that autograd, optimizers and DistributedDataParallel can work with; `params` may be any tensors."""
    values = [_get(name, params, "params") for name in PARAMETERS]
    counts = [len(value) if isinstance(value, (list, tuple)) else None for value in values]
    return Loss.apply(data, counts, *_flat(values))
''',
        "jax": '''
def loss_and_gradients(params, data):
    """The loss, and its derivative by every parameter; compiled for each shape that is met, and works under jit and vmap."""
    value, gradients = _compiled(*_traced(params, data))
    if not isinstance(value, jax.core.Tracer) and not np.isfinite(value):
        _explain(params, data)
    return value, gradients


_compiled = _gradients if STEPS_ALONE else jax.jit(_gradients)  # a number of steps that is no array's length cannot be traced


@jax.custom_vjp
def loss(params, data):
    """The loss, with its exact gradients as its own derivative: jax.grad(loss)(params, data)."""
    return _compiled(*_traced(params, data))[0]


def _loss_forward(params, data):
    value, gradients = _compiled(*_traced(params, data))
    own = {name: jax.tree_util.tree_map(lambda g, p: g.astype(p.dtype), gradients[name], params[name]) for name in params}
    return value, (own, data)


def _loss_backward(kept, upper):
    gradients, data = kept
    return jax.tree_util.tree_map(lambda g: upper * g, gradients), jax.tree_util.tree_map(_no_gradient, data)


def _no_gradient(value):
    """Data have none."""
    return np.zeros(xp.shape(value), jax.dtypes.float0) if not xp.issubdtype(xp.result_type(value), xp.floating) else xp.zeros_like(value)


loss.defvjp(_loss_forward, _loss_backward)
''',
    }
)
_MAIN = 'if __name__ == "__main__":\n    sys.exit(0 if check() else 1)'


def torch_source(program: Program) -> str:
    """A module whose `loss` is a `torch.autograd.Function`; runs on the device of its parameters."""
    return _source(program, TORCH)


def jax_source(program: Program) -> str:
    """A module whose `loss` has a `custom_vjp`; its loops over steps are scans."""
    return _source(program, JAX)


def _source(program: Program, library: Library) -> str:
    forward = FunctionalPrinter(program.forward, program.names, library)
    gradients = FunctionalPrinter(program.gradients, program.names, library)
    forward.write()
    gradients.write()
    title = {"torch": "PyTorch", "jax": "JAX"}[library.name]
    text = head(program).replace("in NumPy.", f"in {title}.").replace("needs NumPy and nothing else", f"needs {title} and nothing else")
    text = text.replace("import sys\n\nimport numpy as np", _IMPORTS[library.name])
    check = CHECK
    if library.name == "jax":
        check = check.replace(_MAIN, _MAIN.replace("    sys", '    jax.config.update("jax_enable_x64", True)\n    sys'))
    values = [program.plain[n] for n in program.parameters]
    found = ", ".join(f"{word!r}: {program.names[adjoint_name(n)]}" for word, n in zip(values, program.parameters, strict=True))
    named = [name for name in program.forward.results if name != program.loss]
    results = ", ".join(f"{program.plain[name]!r}: {program.names[name]}" for name in named)
    parts = [
        text,
        tables(program),
        MATCHING,
        *([FINITE] if library.name == "jax" else []),
        EXPLAIN,
        _HELPERS[library.name],
        XP_READING.format(sizes=", ".join(all_sizes(program)), last=program.last_step),
        "\n".join(
            [
                "def forward(params, data):",
                '    """All quantities of the model by name, with the loss."""',
                *_prelude(program, forward),
                *forward.lines,
                f"    return {{{results}, {program.plain[program.target]!r}: {program.names[program.loss]}}}",
            ]
        ),
        f"LOSS = {program.plain[program.target]!r}",
        "\n".join(
            [
                "def _gradients(params, data):",
                *_prelude(program, gradients),
                *gradients.lines,
                f"    return {program.names[program.loss]}, {{{found}}}",
            ]
        ),
        _LOSS[library.name],
        INIT,
        check,
    ]
    return "\n\n\n".join(part.strip("\n") for part in parts) + "\n"


def _prelude(program: Program, printer: FunctionalPrinter) -> list[str]:
    leaves = [program.names.get(n, program.plain[n]) for n in (*program.parameters, *program.data)]
    lines = ["    arrays, states, sizes, like = _read(params, data)", f"    {', '.join(leaves)}, = arrays"]
    lines.append(f"    {', '.join(all_sizes(program))}, = sizes")
    for number, q in enumerate(program.initial):
        if q.name in printer.plan.quantities:
            shape = ", ".join(map(printer.size, q.axes))
            zero = f"_zeros(({shape},), like)"
            lines.append(f"    {program.names[q.name]}_initial = {zero} if states[{number}] is None else states[{number}]")
    return lines
