"""Parts of an exported NumPy module that are the same for every model."""

HEAD = '''"""{title}: loss and exact gradients, in NumPy.
{source}
Written by `symbptt export`; needs NumPy and nothing else. Parameters: {parameters}. Data: {data}.
Arrays have {steps}.{states}
{relu}Run as a script it checks its own gradients by the order of the Taylor remainder.
"""

import sys

import numpy as np'''

MATCHING = '''
def _plain(name, value):
    """An array of real numbers, of NumPy's own class. Raises TypeError or ValueError that names it for anything else."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"`{name}` cannot be made an array: {error}") from None
    if array.dtype.kind not in "biuf":
        what = "None" if value is None else f"of the type {array.dtype.name}"
        raise TypeError(f"`{name}` must be an array of real numbers, not {what}")
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ValueError(f"`{name}` has masked entries; put numbers in their place")
    return array


def _match(name, array, axes, sizes, origin):
    """Sizes from one array, and which array each comes from; an error that names both where two do not agree."""
    where, shape = ", ".join(map(_shown, axes)), tuple(array.shape)
    if len(shape) != len(axes):
        raise ValueError(f"`{name}` must have the axes ({where}), not the shape {shape}")
    for axis, size in zip(axes, shape):
        if isinstance(axis, str) and axis.isdigit():
            if size != int(axis):
                raise ValueError(f"`{name}` ({where}) has the shape {shape}")
            continue
        other, there = origin.setdefault(axis, (name, shape))
        if sizes.setdefault(axis, size) != size:
            known = f"{_shown(axis)} = {sizes[axis]} in `{other}`, of the shape {there}"
            why = f"its axes {_shown(axis)} differ" if other == name else known
            raise ValueError(f"`{name}` ({where}) has the shape {shape}, but {why}")


def _has_sequences(arrays):
    """Whether the data, (name, array) each, have the axis of sequences. Raises ValueError where some have it and others do not."""
    found = [(name, tuple(array.shape), array.ndim == len(SHAPES[name])) for name, array in arrays if "B" in SHAPES[name]]
    without = [(name, shape) for name, shape, has in found if not has and len(shape) == len(SHAPES[name]) - 1]
    those = [name for name, _, has in found if has]
    if those and without:
        name, shape = without[0]
        raise ValueError(f"`{those[0]}` has an axis of sequences (B) and other data have none: `{name}` has the shape {shape}")
    return not without


def _shown(axis):
    return axis if isinstance(axis, str) else f"{axis[0]}[{axis[1]}]"


def _get(name, given, what):
    if not hasattr(given, "keys"):
        raise TypeError(f"`{what}` must be a dictionary of arrays, not {type(given).__name__}")
    if name not in given:
        raise KeyError(f"`{name}` is missing in {what}; it has {', '.join(map(repr, given)) or 'nothing'}")
    return given[name]


def _layers(name, given, what):
    value = _get(name, given, what)
    if isinstance(value, (list, tuple)) or (hasattr(value, "shape") and len(value.shape)):
        return value
    raise TypeError(f"`{name}` must be a list of arrays, one for each layer")
'''

WORKSPACE = '''
_BUFFERS = {}  # (function, sizes, dtype) -> buffers that no call uses now: calls in several threads have their own
_KNOWN = {}  # shapes and types of the arguments -> sizes


def _borrow(make, sizes, dtype):
    """Buffers for one call."""
    try:
        return _BUFFERS[make, sizes, dtype].pop()
    except (KeyError, IndexError):
        pass
    return make(*sizes, dtype)


def _give_back(make, sizes, dtype, ws):
    _BUFFERS.setdefault((make, sizes, dtype), []).append(ws)


def _without_batch(results, stepped):
    return {name: (a[:, 0] if name in stepped else a[0]) if isinstance(a, np.ndarray) else a for name, a in results.items()}
'''

EXPLAIN = '''
def _explain(params, data):
    """Why the loss is no finite number."""
    for what, given, names in (("params", params, PARAMETERS), ("data", data, DATA + STATES)):
        for name in names:
            value = given[name] if name in given else None
            for array in value if isinstance(value, (list, tuple)) else () if value is None else (value,):
                if not _finite(array):
                    raise ValueError(f"`{name}` in {what} holds a value that is no finite number")
    raise FloatingPointError("the loss is no finite number: a value in the forward pass overflowed, or is not defined")
'''

FINITE = """
def _finite(array):
    return bool(np.all(np.isfinite(np.asarray(array))))
"""

CHECKED_PLAIN = '''
def _read(params, data):
    """Arrays in order, states before the first step, sizes, number type, and whether there is an axis of sequences."""
    try:
        arrays = [params[name] for name in PARAMETERS] + [data[name] for name in DATA]
        states = [data.get(name) for name in STATES]
        known = _KNOWN.get(_key(arrays, states))
    except (KeyError, AttributeError, TypeError):
        known = None
    return _checked(params, data) if known is None else (arrays, states, *known)


def _key(arrays, states):
    """What the sizes follow from: equal keys, equal shapes and number types. Arrays of other classes than NumPy's own are left out."""
    kind = arrays[0].dtype
    same = all([a.dtype is kind for a in arrays])
    found = [a.shape for a in arrays if type(a) is np.ndarray]
    found.append(kind if same else tuple([a.dtype for a in arrays]))
    for state in states:
        found.append(None if state is None else (state.shape, state.dtype, type(state)))
    return tuple(found)


def _checked(params, data):
    """As `_read`, for arguments met for the first time: shapes are compared, lists made arrays.

    Raises KeyError for a missing array, TypeError for one that is not of real numbers, ValueError for a shape that does not fit.
    """
    arrays = [_plain(name, _get(name, params, "params")) for name in PARAMETERS]
    dtype = np.result_type(*[a.dtype for a in arrays], np.float32)
    arrays += [_plain(name, _get(name, data, "data")) for name in DATA]
    states = [None if data.get(name) is None else _plain(name, data[name]) for name in STATES]
    arrays = [a.astype(dtype, copy=False) for a in arrays]
    states = [None if a is None else a.astype(dtype, copy=False) for a in states]
    given = [(name, a) for name, a in zip(DATA + STATES, arrays[len(PARAMETERS) :] + states) if a is not None]
    batched = not BATCH or _has_sequences(given)
    sizes, origin = {{}}, {{}}
    for name, array in [*zip(PARAMETERS, arrays), *given]:
        axes = SHAPES[name]
        _match(name, array, axes if batched else tuple(axis for axis in axes if axis != "B"), sizes, origin)
    sizes.setdefault("B", 1)
    if STEPS_ALONE:
        sizes["{last}"] = int(_get("{last}", data, "data"))
    if "{last}" and sizes.get("{last}", 1) < 1:
        raise ValueError("the data have no steps ({last} = 0)")
    found = tuple(sizes[name] for name in "{sizes}".split(", ")), dtype, batched
    if not STEPS_ALONE:
        _KNOWN[_key(arrays, states)] = found
    return arrays, states, *found'''

CHECKED_LISTS = '''
def _read(params, data):
    """Arrays and lists of arrays in order, states, sizes, number type, and whether there is an axis of sequences.

    Raises KeyError for a missing array, TypeError for one that is not of real numbers, ValueError for a shape that does not fit.
    """
    listed = {{name: _layers(name, params, "params") if _layered(name) else [_get(name, params, "params")] for name in PARAMETERS}}
    listed = {{name: [_plain(name, a) for a in value] for name, value in listed.items()}}
    dtype = np.result_type(*[a.dtype for value in listed.values() for a in value], np.float32)
    read = {{name: _plain(name, _get(name, data, "data")) for name in DATA}}
    found, sizes, origin, batched = [], {{}}, {{}}, not BATCH or _has_sequences(read.items())
    for name in PARAMETERS + DATA:
        axes = SHAPES[name]
        value = [a.astype(dtype, copy=False) for a in (listed[name] if name in listed else [read[name]])]
        if _layered(name):
            if sizes.setdefault("{last}", len(value)) != len(value):
                raise ValueError(f"`{{name}}` has {{len(value)}} layers, but another parameter has {{sizes['{last}']}}")
            for number, array in enumerate(value, 1):
                shape = tuple(_index(axis, number, sizes) for axis in axes[1:])
                _match(f"{{name}}[{{number - 1}}]", array, shape, sizes, origin)
        else:
            value = value[0]
            axes = axes if batched else tuple(axis for axis in axes if axis != "B")
            _match(name, value, tuple(_index(axis, 0, sizes) for axis in axes), sizes, origin)
        found.append(value)
    sizes.setdefault("B", 1)
    if sizes["{last}"] < 1:
        raise ValueError("there are no layers ({last} = 0)")
    for name in LISTS:
        sizes[name] = tuple(size for (_, _), size in sorted((k, v) for k, v in sizes.items() if isinstance(k, tuple) and k[0] == name))
    return found, [None] * len(STATES), tuple(sizes[name] for name in "{sizes}".split(", ")), dtype, batched


def _layered(name):
    return SHAPES[name][:1] == ("{last}",)


def _index(axis, layer, sizes):
    """The axis "n[l - 1]" of a layer as ("n", layer - 1)."""
    if "[" not in axis:
        return axis
    name, inside = axis[:-1].split("[")
    number = 0
    for part in inside.replace("- ", "-").replace("+ ", "+").split():
        number += int(part) if part.lstrip("+-").isdigit() else sizes["{last}"] if part == "{last}" else layer
    return name, number'''

INIT = '''
def init(sizes, seed=0, dtype=np.float64):
    """Parameters to begin with: matrices uniform in ±1/sqrt(inputs), vectors 0. `sizes` maps the names in SIZES to numbers."""
    rng = np.random.default_rng(seed)
    missing = [name for name in SIZES if name not in sizes and any(name in axis for p in PARAMETERS for axis in SHAPES[p])]
    if missing:
        raise KeyError(f"`sizes` needs {', '.join(missing)}")

    def draw(shape):
        if len(shape) < 2:
            return np.zeros(shape, dtype)
        bound = 1.0 / np.sqrt(max(1, shape[-1]))
        return rng.uniform(-bound, bound, shape).astype(dtype)

    return _arrays(PARAMETERS, sizes, draw)


def _arrays(names, sizes, draw):
    """Arrays of the shapes that the sizes give."""
    found = {}
    for name in names:
        axes = SHAPES[name]
        if any("[" in axis for axis in axes) and axes[0] not in sizes and name in PARAMETERS:
            layers = len(sizes[LISTS[0]]) - 1
            found[name] = [draw(tuple(_extent(axis, sizes, number, layers) for axis in axes[1:])) for number in range(1, layers + 1)]
        else:
            layers = len(sizes[LISTS[0]]) - 1 if LISTS else 0
            found[name] = draw(tuple(_extent(axis, sizes, 0, layers) for axis in axes))
    return found


def _extent(axis, sizes, layer, layers):
    if "[" not in axis:
        return int(axis) if axis.isdigit() else sizes[axis]
    name, inside = axis[:-1].split("[")
    number = 0
    for part in inside.replace("- ", "-").replace("+ ", "+").split():
        number += int(part) if part.lstrip("+-").isdigit() else layers if part.isupper() else layer
    return sizes[name][number]


def example(sizes, seed=0, dtype=np.float64):
    """Random data; `sizes` also has the number of steps and of sequences, T and B."""
    rng = np.random.default_rng(seed)
    found = _arrays(DATA + STATES, sizes, lambda shape: rng.uniform(0.1, 0.9, shape).astype(dtype))
    return {**found, "T": sizes["T"]} if STEPS_ALONE else found
'''

XP_READING = '''
def _read(params, data):
    """Arrays in order, states before the first step, sizes and an array of the number type; data of one sequence get an axis for it.

    Raises KeyError for a missing array, TypeError for one that is not of real numbers, ValueError for a shape that does not fit.
    """
    layered = {{name for name in PARAMETERS if SHAPES[name][:1] == ("{last}",) and LISTS}}
    listed = {{name: _layers(name, params, "params") if name in layered else [_get(name, params, "params")] for name in PARAMETERS}}
    listed = {{name: [_given(name, a) for a in value] for name, value in listed.items()}}
    like = _like([a for value in listed.values() for a in value])
    read = {{name: _given(name, _get(name, data, "data"), like) for name in DATA}}
    read |= {{name: _given(name, data[name], like) for name in STATES if name in data and data[name] is not None}}
    if BATCH and not _has_sequences(read.items()):
        read = {{k: v if "B" not in SHAPES[k] else v[:, None] if SHAPES[k].index("B") else v[None] for k, v in read.items()}}
    found, sizes, origin = [], {{}}, {{}}
    for name in (*PARAMETERS, *read):
        axes = SHAPES[name]
        value = [_given(name, a, like) for a in listed[name]] if name in listed else [read[name]]
        if name in layered:
            if sizes.setdefault("{last}", len(value)) != len(value):
                raise ValueError(f"`{{name}}` has {{len(value)}} layers, but another parameter has {{sizes['{last}']}}")
            for number, array in enumerate(value, 1):
                shape = tuple(_index(axis, number, sizes) for axis in axes[1:])
                _match(f"{{name}}[{{number - 1}}]", array, shape, sizes, origin)
        else:
            value = value[0]
            _match(name, value, tuple(_index(axis, 0, sizes) for axis in axes), sizes, origin)
        if name not in STATES:
            found.append(value)
    sizes.setdefault("B", 1)
    if STEPS_ALONE:
        sizes["{last}"] = int(_get("{last}", data, "data"))
    if "{last}" and sizes.get("{last}", 1) < 1:
        raise ValueError("the data have no steps ({last} = 0)")
    states = [read.get(name) for name in STATES]
    for name in LISTS:
        sizes[name] = tuple(size for _, size in sorted((k[1], v) for k, v in sizes.items() if isinstance(k, tuple) and k[0] == name))
    return found, states, tuple(sizes[name] for name in "{sizes}".split(", ")), like


def _index(axis, layer, sizes):
    """The axis "n[l - 1]" of a layer as ("n", layer - 1)."""
    if "[" not in axis:
        return axis
    name, inside = axis[:-1].split("[")
    number = 0
    for part in inside.replace("- ", "-").replace("+ ", "+").split():
        number += int(part) if part.lstrip("+-").isdigit() else sizes["{last}"] if part == "{last}" else layer
    return name, number
'''

CHECK = '''
def check(seed=0, write=print):
    """The order at which L(p + h d) - L(p) - h <gradient, d> goes to 0, for each parameter; 2 where the gradient is exact.

    Returns whether all are. A remainder at the level of rounding counts as exact (the loss is linear there).
    """
    fine = True
    rng = np.random.default_rng(seed)
    for steps in (1, 2, 5):
        sizes = {"T": steps, "B": 3, **{name: 2 + number for number, name in enumerate(SIZES)}}
        sizes |= {name: tuple(2 + (k * k) % 3 for k in range(steps + 1)) for name in LISTS}
        data = example(sizes, seed)
        for spread in (0.7, 0.05):  # exp of exp of exp: nearer to 0 where that overflows
            params = _arrays(PARAMETERS, sizes, lambda shape: rng.uniform(-spread, spread, shape))
            try:
                value, gradients = loss_and_gradients(params, data)
                break
            except FloatingPointError:
                if spread < 0.7:
                    raise
        value = float(value)
        agrees = abs(float(loss(params, data)) - float(value)) <= 1e-12 * max(1.0, abs(value))
        fine &= agrees
        for name in PARAMETERS:
            order = _order(params, data, value, gradients, name, rng)
            fine &= order > 1.8
            write(f"steps {steps}  d{LOSS}/d{name:<12} order {order:.2f}  {'exact' if order > 1.8 else 'WRONG'}")
    return bool(fine)


def _order(params, data, value, gradients, name, rng):
    listed = isinstance(params[name], list)
    old = params[name] if listed else [params[name]]
    direction = [rng.uniform(-1.0, 1.0, a.shape) for a in old]
    slope = sum(float((np.asarray(g) * d).sum()) for g, d in zip(gradients[name] if listed else [gradients[name]], direction))
    found = 0.0
    for first in (7, 10, 13):  # where the second derivative is small, the third hides it until the moves are smaller
        remainders = []
        for h in (2.0**-first, 2.0 ** -(first + 1), 2.0 ** -(first + 2)):
            moved = [a + h * d for a, d in zip(old, direction)]
            remainders.append(abs(float(loss({**params, name: moved if listed else moved[0]}, data)) - value - h * slope))
        if max(remainders) <= 1e-13 * max(1.0, abs(value)):
            return np.inf
        found = max(found, float(np.log2(max(remainders[0], 1e-300) / max(remainders[2], 1e-300)) / 2))
        if found > 1.8:
            break
    return found


if __name__ == "__main__":
    sys.exit(0 if check() else 1)
'''
