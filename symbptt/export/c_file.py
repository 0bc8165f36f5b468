"""A whole module for the C backend: the NumPy module, and its gradients compiled for the sizes that are met."""

from __future__ import annotations

import json

from symbptt.adjoint import adjoint_name
from symbptt.index import Affine

from .c_code import CPrinter
from .c_kernel import C_HEAD
from .c_runtime import C_TAIL, WRAPPER
from .interface import BATCH, Program, size_name, sizes_of
from .loop_code import shared_storage
from .numpy_file import numpy_source
from .runtime import CHECK
from .system import Quantity
from .trees import NotExported

_IMPORTS = """import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import warnings

import numpy as np"""


def c_source(program: Program) -> str:
    """The source of a module whose `loss_and_gradients` is a CPython extension, compiled by the system's compiler and cached."""
    text = numpy_source(program)
    text = text.replace("import sys\n\nimport numpy as np", _IMPORTS, 1)
    text = text.replace("in NumPy.", "in C, with the same in NumPy.", 1)
    text = text.replace("needs NumPy and nothing else", "needs NumPy, and a C compiler for speed", 1)
    text = text.replace("def loss_and_gradients(params, data):", "def _numpy_loss_and_gradients(params, data):", 1)
    check = CHECK.strip("\n")
    assert text.rstrip("\n").endswith(check)
    before = text.rstrip("\n").removesuffix(check).rstrip("\n")
    names = [size_name(name) for name in sizes_of(program)]
    everything = [*([program.last_step] if program.last_step else []), *([BATCH] if program.batch else []), *names]
    first = len(everything) - len(names)
    wrapper = WRAPPER.format(
        key=f"sizes[{first}:]" if names else "()",
        key_names="{" + ", ".join(f"{name!r}: sizes[{place}]" for place, name in enumerate(names, first)) + "}",
        last=program.last_step,
    )
    code = f'C_SOURCE = r"""{_code(program)}"""'
    return "\n\n\n".join([before, code, wrapper.strip("\n"), check]) + "\n"


def _code(program: Program) -> str:
    results = [adjoint_name(name) for name in program.parameters]
    printer = CPrinter(program.compiled, program.names, frozenset(results))
    printer.write()
    word = program.names
    leaves = [*program.parameters, *program.data]
    inputs = [*(word.get(n, program.plain[n]) for n in leaves), *(f"state_{word[q.name]}" for q in program.initial)]
    outputs = [word[name] for name in results]
    last = program.last_step or "unused"
    together = shared_storage(printer, program)
    storage = {name: size for name, size in printer.storage.items() if name not in together}
    sizes = [f"{count} + 8" for count in storage.values()]
    lines = [f"static size_t workspace(long {last}, long {BATCH}) {{"]
    lines += [f"    return {' + '.join(f'({s} + 15) / 16 * 16' for s in sizes) or '0'};", "}", ""]
    lines.append(f"static double gradients(long {last}, long {BATCH}, real *memory, const void *const *given) {{")
    for place, name in enumerate(inputs):
        lines.append(f"    const real *restrict {name} = given[{place}];")
    for place, name in enumerate(outputs, len(inputs)):
        lines.append(f"    real *restrict {name} = (real *)given[{place}];")
    for name, size in storage.items():
        lines.append(f"    real *restrict {name} = memory;")
        lines.append(f"    memory += ({size} + 8 + 15) / 16 * 16;")
    lines += [f"#define {name} {owner}" for name, owner in together.items()]  # one pointer: `restrict` stays true
    lines += [f"    real {name};" for name in printer.scalars]
    lines += [f"    {line}" for line in printer.packed.values()]
    for quantity in program.initial:
        if quantity.name in program.compiled.quantities:
            name = word[quantity.name]
            size = " * ".join(printer.size(axis) for axis in quantity.axes) or "1"
            lines.append(f"    if (state_{name}) memcpy({name}, state_{name}, ({size}) * sizeof(real));")
            lines.append(f"    else memset({name}, 0, ({size}) * sizeof(real));")
    lines += printer.lines
    lines += [f"    return (double){word[program.loss]};", "}", *(f"#undef {name}" for name in together)]
    return "\n".join([C_HEAD, "/* SIZES */", _tables(program, printer), *lines, C_TAIL])


def _tables(program: Program, printer: CPrinter) -> str:
    """The arrays that are given, by name and axes."""
    given = [(program.plain[n], program.quantity(n)) for n in (*program.parameters, *program.data)]
    states = [(f"{program.plain.get(q.name, q.name)}_{q.first}", q) for q in program.initial]
    rows = [_extent(program, printer, q, bool(q.letter)) for _, q in given] + [_extent(program, printer, q, False) for _, q in states]
    spelled = [*(name for name, _ in (*given, *states)), program.last_step]
    most = max(1, *(len(row[0]) for row in rows))
    table = [
        f"    {{{len(axes)}, {batch}, {{{', '.join(c for c, _ in axes) or '0'}}}, {{{', '.join(s for _, s in axes) or '0'}}}}},"
        for axes, batch in rows
    ]
    counts = {
        "INPUTS": len(rows),
        "NEEDED": len(given),
        "OUTPUTS": len(program.parameters),
        "ARRAYS": len(rows) + len(program.parameters),
        "STEPS_ALONE": int(program.counts_steps),
    }
    return "\n".join(
        [
            f"enum {{ {', '.join(f'{name} = {count}' for name, count in counts.items())} }};",
            "/* An array's axes: which one is of sequences (-1: none), and the lengths of the others, the number of steps left out. */",
            f"typedef struct {{ int count, batch; long constant[{most}]; int steps[{most}]; }} Extent;",
            f"static const Extent extents[INPUTS + 1] = {{  // {', '.join(spelled[:-1])}",
            *table,
            "};",
            f"static const char *const spelled[INPUTS + 1] = {{{', '.join(json.dumps(name) for name in spelled)}}};",
            "static size_t numbers_of(int i, long T, long B) {",
            "    size_t size = 1;",
            "    for (int k = 0; k < extents[i].count; k++)",
            "        size *= k == extents[i].batch ? B : extents[i].constant[k] + (extents[i].steps[k] ? T : 0);",
            "    return size;",
            "}",
        ]
    )


def _extent(program: Program, printer: CPrinter, q: Quantity, stepped: bool) -> tuple[list[tuple[str, str]], int]:
    """Length without steps and whether the steps are added, for each axis; the place of the axis of sequences."""
    axes = [*([q.upper - q.lower + Affine.of(1)] if stepped else []), *q.axes]
    found, batch = [], -1
    for place, axis in enumerate(axes):
        if program.batch and axis == Affine.of(BATCH):
            batch = place
            found.append(("0", "0"))
            continue
        steps = dict(axis.terms).get(program.last_step, 0) if program.last_step else 0
        if steps not in (0, 1):
            raise NotExported(f"an axis of `{q.latex}` is {steps} times the number of steps; that is not exported to C yet")
        found.append((printer.size(axis - Affine.of(program.last_step)) if steps else printer.size(axis), str(steps)))
    return found, batch
