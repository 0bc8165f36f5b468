"""A whole NumPy module: interface, buffers, forward pass, gradients, and the check that it runs as a script."""

from __future__ import annotations

import re
from collections.abc import Sequence

from symbptt.adjoint import adjoint_name
from symbptt.index import Affine

from .interface import BATCH, Program, is_list, size_name, sizes_of
from .numpy_code import Printer
from .numpy_parts import Buffer
from .runtime import CHECK, CHECKED_LISTS, CHECKED_PLAIN, EXPLAIN, FINITE, HEAD, INIT, MATCHING, WORKSPACE
from .sharing import shared
from .system import Quantity
from .views import with_views


def numpy_source(program: Program) -> str:
    """The source of a module with loss, loss_and_gradients, forward, init and SHAPES."""
    forward, gradients = Printer(program.forward, program.names), Printer(program.gradients, program.names)
    for printer, results in ((forward, ()), (gradients, tuple(map(adjoint_name, program.parameters)))):
        printer.write()
        for name, axes in _turned(printer, program).items():  # a product with a matrix that lies so in memory is faster
            printer.buffers[name] = Buffer(name, axes)
        fresh = {program.names[name] for name in results}
        stored = {b.name for b in printer.buffers.values() if b.ragged is None and b.name not in fresh}
        printer.lines, printer.views = with_views(printer.lines, stored, all_sizes(program))
        if results:  # of a forward pass everything is wanted at the end
            printer.shared = _shared(printer, program, stored)
    parts = [
        head(program),
        tables(program),
        WORKSPACE,
        MATCHING,
        FINITE,
        EXPLAIN,
        _reading(program),
        _buffers("_forward_buffers", forward, program, ()),
        _buffers("_gradient_buffers", gradients, program, tuple(map(adjoint_name, program.parameters))),
        _forward(program, forward),
        _loss(),
        _gradients(program, gradients),
        INIT,
        CHECK,
    ]
    return "\n\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _turned(printer: Printer, program: Program) -> dict[str, tuple[str, ...]]:
    """The parameters that are transposed in memory, once for all steps, with their sizes then."""
    leaves = {program.names[q.name]: q for q in printer.plan.leaves}
    return {f"{name}_T": tuple(map(printer.size, reversed(leaves[name].axes))) for name, at_steps in printer.transposed.items() if at_steps}


def _shared(printer: Printer, program: Program, stored: set[str]) -> dict[str, str]:
    """Buffers that take over another's memory."""
    sizes = {b.name: ((b.rows,) if b.rows else ()) + b.sizes for b in printer.buffers.values() if b.name in stored and not b.ones}
    aliases: dict[str, list[str]] = {name: [f"{name}_"] if name in printer.row_lists else [] for name in sizes}
    for view, code in printer.views.items():
        for name in sizes:
            if re.match(rf"{name}\b", code):
                aliases[name].append(view)
    early = {program.names[q.name] for q in program.initial if program.names[q.name] in sizes} | set(_turned(printer, program))
    return shared(printer.lines, sizes, aliases, early)


def _word(program: Program, name: str) -> str:
    return program.names.get(name, program.plain.get(name, name))


def head(program: Program) -> str:
    steps = f"a step axis of length {program.last_step} first" if program.last_step else "no step axis"
    axis = ", then one of B sequences if there are several; the loss is the sum over them" if program.batch else ""
    return HEAD.format(
        title=program.title,
        source=f"\nModel after: {program.source}\n" if program.source else "",
        parameters=", ".join(program.plain[n] for n in program.parameters),
        data=", ".join(program.plain[n] for n in program.data) or "none",
        states="".join(
            f"\n`{_state(program, q)}` (the state before the first step) may be given with the data; it is 0 otherwise."
            for q in program.initial
        ),
        steps=steps + axis,
        relu=_at_kinks(program),
    )


def _at_kinks(program: Program) -> str:
    used = {part for block in program.gradients.blocks for q in block.quantities for t in q.terms for part in _functions(t.body)}
    if not used & {"relu", "leaky_relu", "step"}:
        return ""
    slope = "0.01" if "leaky_relu" in used else "0"
    return f"\nAt 0 itself the slope of the rectifier is taken as {slope}, its value from the left.\n"


def _functions(e: object) -> set[str]:
    text = repr(e)
    return {name for name in ("relu", "leaky_relu", "step") if f"function='{name}'" in text}


def _state(program: Program, quantity: Quantity) -> str:
    return f"{program.plain.get(quantity.name, quantity.name)}_{quantity.first}"


def _axis(program: Program, axis: Affine) -> str:
    text = Printer(program.gradients, program.names).size(axis)
    return text


def tables(program: Program) -> str:
    lines = ["#: The axes of every array; T is the number of steps." if program.last_step == "T" else "#: The axes of every array."]
    lines.append("SHAPES = {")
    for name in (*program.parameters, *program.data):
        lines.append(f"    {program.plain[name]!r}: {_axes(program, program.quantity(name))!r},")
    for quantity in program.initial:
        lines.append(f"    {_state(program, quantity)!r}: {tuple(_axis(program, a) for a in quantity.axes)!r},")
    lines.append("}")
    lines.append(f"PARAMETERS = {tuple(program.plain[n] for n in program.parameters)!r}")
    lines.append(f"DATA = {tuple(program.plain[n] for n in program.data)!r}")
    lines.append(f"STATES = {tuple(_state(program, q) for q in program.initial)!r}")
    lines.append(f"SIZES = {sizes_of_names(program)!r}")
    lines.append(f"LISTS = {tuple(size_name(s) for s in sizes_of(program) if is_list(program, s))!r}  # sizes with a value for each layer")
    lines.append(f"BATCH = {program.batch!r}")
    lines.append(f"STEPS_ALONE = {program.counts_steps!r}  # the number of steps is given in `data` by its name")
    return "\n".join(lines)


def sizes_of_names(program: Program) -> tuple[str, ...]:
    return tuple(map(size_name, sizes_of(program)))


def _axes(program: Program, quantity: Quantity) -> tuple[str, ...]:
    steps = (_axis(program, quantity.upper - quantity.lower + Affine.of(1)),) if quantity.letter else ()
    return (*steps, *(_axis(program, axis) for axis in quantity.axes))


def all_sizes(program: Program) -> tuple[str, ...]:
    steps = (program.last_step,) if program.last_step else ()
    return (*steps, *((BATCH,) if program.batch else ()), *sizes_of_names(program))


def _reading(program: Program) -> str:
    lists = any(is_list(program, size) for size in sizes_of(program))
    template = CHECKED_LISTS if lists else CHECKED_PLAIN
    return template.format(sizes=", ".join(all_sizes(program)), last=program.last_step)


def _unpack(names: Sequence[str], source: str) -> str:
    return f"{', '.join(names)}{',' if len(names) == 1 else ''} = {source}"


def _buffers(function: str, printer: Printer, program: Program, fresh: tuple[str, ...]) -> str:
    """A function that makes all buffers, for one set of sizes."""
    left = {program.names[name] for name in fresh}
    lines = [
        f"def {function}({', '.join(all_sizes(program))}, dtype):",
        '    """Arrays that are written anew in each call, made once for each size."""',
    ]
    kept = [b for b in printer.buffers.values() if b.name not in left]
    waiting, made = list(kept), set[str]()
    while waiting:  # what takes over another's memory comes after it
        buffer = next(b for b in waiting if printer.shared.get(b.name, "") in made | {""})
        lines.append(f"    {buffer.name} = {printer.shared.get(buffer.name) or _made(buffer)}")
        waiting.remove(buffer)
        made.add(buffer.name)
    names = [b.name for b in kept]
    for name in printer.row_lists:
        if name in printer.buffers and name not in left:
            names.append(f"{name}_")
            lines.append(f"    {name}_ = list({name})")
    lines += [f"    {name} = {code}" for name, code in printer.views.items()]
    names += printer.views
    lines.append(f"    return {{{', '.join(f'{n!r}: {n}' for n in names)}}}")
    return "\n".join(lines)


def _made(buffer: Buffer) -> str:
    shape = ", ".join(buffer.sizes)
    if buffer.ragged is not None:
        letter, first, last = buffer.ragged
        return f"[np.empty(({shape},), dtype) for {letter} in range({first}, {last} + 1)]"
    rows = f"{buffer.rows}, " if buffer.rows else ""
    return f"np.{'ones' if buffer.ones else 'empty'}(({rows}{shape}{',' if shape else ''}), dtype)"


def _prelude(program: Program, printer: Printer, fresh: tuple[str, ...]) -> list[str]:
    """Arguments and buffers under their names."""
    left = {program.names[name] for name in fresh}
    lines = ["    arrays, states, sizes, dtype, batched = _read(params, data)"]
    leaves = [program.names.get(n, program.plain[n]) for n in (*program.parameters, *program.data)]
    lines.append("    " + _unpack(leaves, "arrays"))
    if program.batch:
        reshaped = []
        for name in program.data:
            word = program.names.get(name, program.plain[name])
            reshaped.append(f"{word} = {word}{'[:, None]' if program.quantity(name).letter else '[None]'}")
        lines.append("    if not batched:")
        lines += [f"        {text}" for text in reshaped]
    lines.append("    " + _unpack(all_sizes(program), "sizes"))
    buffers = [b.name for b in printer.buffers.values() if b.name not in left]
    rows = [f"{name}_" for name in printer.row_lists if name in printer.buffers and name not in left]
    function = "_gradient_buffers" if fresh else "_forward_buffers"
    lines.append(f"    ws = _borrow({function}, sizes, dtype)")
    lines.append(f"    {_unpack([*buffers, *rows, *printer.views], 'ws.values()')}")
    for name in left:
        if name in printer.buffers:
            lines.append(f"    {name} = {_made(printer.buffers[name])}")
            if name in printer.row_lists:
                lines.append(f"    {name}_ = list({name})")
    for name in printer.row_lists:
        if name not in printer.buffers:
            lines.append(f"    {name}_ = list({name})")
    for name, at_steps in printer.transposed.items():
        lines.append(f"    np.copyto({name}_T, {name}.T)" if at_steps else f"    {name}_T = {name}.T")
    for number, quantity in enumerate(program.initial):
        if quantity.name in printer.plan.quantities:
            word = program.names[quantity.name]
            lines.append(f"    {word}[0] = 0.0 if states[{number}] is None else states[{number}]")
    return lines


def _forward(program: Program, printer: Printer) -> str:
    lines = [
        "def forward(params, data):",
        '    """All quantities of the model by name, with the loss; a state before the first step is row 0 of its array."""',
        *_prelude(program, printer, ()),
        *printer.lines,
    ]
    lines.append("    results = {")
    for name in program.forward.results:
        if name == program.loss:
            continue
        quantity = program.forward.quantities[name]
        word = program.names[name]
        scalar = not quantity.axes and not quantity.letter
        copy = f"[a.copy() for a in {word}]" if quantity.ragged else word if scalar else f"{word}.copy()"
        lines.append(f"        {program.plain[name]!r}: {copy},")
    lines.append(f"        {program.plain[program.target]!r}: float({program.names[program.loss]}),")
    lines.append("    }")
    lines.append("    _give_back(_forward_buffers, sizes, dtype, ws)")
    if program.batch:
        stepped = tuple(program.plain[n] for n in program.forward.results if n != program.loss and program.forward.quantities[n].letter)
        lines.append("    if not batched:  # without the axis of sequences, as the data came")
        lines.append(f"        results = _without_batch(results, {stepped!r})")
    lines.append("    return results")
    return "\n".join(lines)


def _loss() -> str:
    return '''def loss(params, data):
    """The loss alone."""
    return forward(params, data)[LOSS]'''


def _gradients(program: Program, printer: Printer) -> str:
    fresh = tuple(map(adjoint_name, program.parameters))
    total = program.names[program.loss]
    lines = [
        '@np.errstate(invalid="ignore")  # what is no number makes the loss none, which is explained',
        "def loss_and_gradients(params, data):",
        '    """The loss, and its derivative by every parameter: (loss, {name: array of the parameter\'s shape})."""',
        *_prelude(program, printer, fresh),
        *printer.lines,
        "    _give_back(_gradient_buffers, sizes, dtype, ws)",
        f"    if not np.isfinite({total}):",
        "        _explain(params, data)",
        f"    return float({total}), {{",
    ]
    for name in program.parameters:
        lines.append(f"        {program.plain[name]!r}: {program.names[adjoint_name(name)]},")
    lines.append("    }")
    return f"LOSS = {program.plain[program.target]!r}\n\n\n" + "\n".join(lines)
