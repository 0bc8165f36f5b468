"""A whole module for the C backend: the NumPy module, and its gradients compiled for the sizes that are met."""

from __future__ import annotations

from symbptt.adjoint import adjoint_name

from .c_code import CPrinter
from .c_runtime import C_HEAD, C_TAIL, WRAPPER
from .interface import BATCH, Program, size_name, sizes_of
from .numpy_file import numpy_source
from .runtime import CHECK

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
from concurrent.futures import ThreadPoolExecutor

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
    names = [*([BATCH] if program.batch else []), *map(size_name, sizes_of(program))]
    everything = [*([program.last_step] if program.last_step else []), *names]
    places = [everything.index(name) for name in names]
    wrapper = WRAPPER.format(
        key=f"sizes[{places[0]}:]" if places else "()",
        key_names="{" + ", ".join(f"{name!r}: sizes[{place}]" for name, place in zip(names, places, strict=True)) + "}",
        count=len(program.parameters),
        batch=everything.index(BATCH) if program.batch else 0,
        last="sizes[0]" if program.last_step else "1",
    )
    code = f'C_SOURCE = r"""{_code(program)}"""'
    return "\n\n\n".join([before, code, wrapper.strip("\n"), check]) + "\n"


def _code(program: Program) -> str:
    results = [adjoint_name(name) for name in program.parameters]
    printer = CPrinter(program.gradients, program.names, frozenset(results))
    printer.write()
    word = program.names
    inputs = [word.get(n, program.plain[n]) for n in (*program.parameters, *program.data)]
    states = [f"state_{word[q.name]}" for q in program.initial]
    outputs = [word[name] for name in results]
    step = f"long {program.last_step}" if program.last_step else "long unused"
    sizes = [f"{count} + 8" for count in printer.storage.values()]
    lines = [f"static size_t workspace({step}) {{", f"    return {' + '.join(f'({s} + 7) / 8 * 8' for s in sizes) or '0'};", "}", ""]
    lines.append(f"static double gradients({step}, real *memory, const void *const *given) {{")
    for place, name in enumerate([*inputs, *states]):
        lines.append(f"    const real *restrict {name} = given[{place}];")
    for place, name in enumerate(outputs, len(inputs) + len(states)):
        lines.append(f"    real *restrict {name} = (real *)given[{place}];")
    for name, size in printer.storage.items():
        lines.append(f"    real *restrict {name} = memory;")
        lines.append(f"    memory += ({size} + 8 + 7) / 8 * 8;")
    lines += [f"    real {name};" for name in printer.scalars]
    for name, (source, shape) in printer.transposed.items():
        lines.append(f"    transpose({source}, {shape}, {name});")
    for quantity in program.initial:
        if quantity.name in program.gradients.quantities:
            name = word[quantity.name]
            size = " * ".join(printer.size(axis) for axis in quantity.axes) or "1"
            lines.append(f"    if (state_{name}) memcpy({name}, state_{name}, ({size}) * sizeof(real));")
            lines.append(f"    else memset({name}, 0, ({size}) * sizeof(real));")
    lines += printer.lines
    lines += [f"    return (double){word[program.loss]};", "}"]
    counts = f"enum {{ INPUTS = {len(inputs) + len(states)}, ARRAYS = {len(inputs) + len(states) + len(outputs)} }};"
    return "\n".join([C_HEAD, "/* SIZES */", counts, *lines, C_TAIL])
