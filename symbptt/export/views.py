"""Views of buffers that are the same in every call, made once with the buffers.

d_z.reshape(-1, n).T.dot(x, out)   ⇒   d_z_flat_T.dot(x, out), with d_z_flat_T = d_z.reshape(-1, n).T beside the buffer
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence


def with_views(lines: Sequence[str], stored: Collection[str], sizes: Collection[str]) -> tuple[list[str], dict[str, str]]:
    """The lines with names for the views in them, and the code of each name. `stored` names the buffers, `sizes` what is constant."""
    names: dict[str, str] = {}
    taken = {word for line in lines for word in re.findall(r"\w+", line)} | set(stored)
    found = []
    for line in lines:
        text = line.strip()
        if text.startswith("#") or text.endswith(":") or not text:
            found.append(line)
            continue
        indent = line[: len(line) - len(line.lstrip())]
        for start, end in sorted(_views(ast.parse(text), stored, sizes), reverse=True):
            code = text.encode()[start:end].decode()
            if code not in names:
                names[code] = _name(code, taken)
                taken.add(names[code])
            text = (text.encode()[:start] + names[code].encode() + text.encode()[end:]).decode()
        found.append(indent + text)
    return found, {name: code for code, name in names.items()}


def _name(code: str, taken: Collection[str]) -> str:
    word = re.sub(r"\W+", "_", code.replace(".reshape", ".flat").replace("-", "")).strip("_")
    word = re.sub(r"_flat_1(_\w+?)?(_T)?$", r"_flat\2", word).replace("_None", "_1")
    while word in taken:
        word += "_"
    return word


def _views(tree: ast.AST, stored: Collection[str], sizes: Collection[str]) -> Iterator[tuple[int, int]]:
    """Where the largest views are in a line."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.expr) and not isinstance(node, ast.Name) and _is_view(node, stored, sizes):
            assert node.end_col_offset is not None
            yield node.col_offset, node.end_col_offset
        else:
            yield from _views(node, stored, sizes)


def _is_view(node: ast.expr, stored: Collection[str], sizes: Collection[str]) -> bool:
    """Whether an expression is the same part of the same memory in every call."""
    if isinstance(node, ast.Name):
        return node.id in stored
    if isinstance(node, ast.Attribute):
        return node.attr == "T" and _is_view(node.value, stored, sizes)
    if isinstance(node, ast.Subscript):
        return isinstance(node.ctx, ast.Load) and _is_view(node.value, stored, sizes) and _constant(node.slice, sizes)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.keywords:
        inside = node.func.value
        if not _is_view(inside, stored, sizes) or not all(_constant(a, sizes) for a in node.args):
            return False
        return node.func.attr == "transpose" or (node.func.attr == "reshape" and _in_one_piece(inside))
    return False


def _in_one_piece(node: ast.expr) -> bool:
    """Whether a view is contiguous, so that another shape of it is a view too: a buffer, or some of its rows."""
    return isinstance(node, ast.Name) or (
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and isinstance(node.slice, ast.Slice)
        and node.slice.step is None
    )


def _constant(node: ast.expr, sizes: Collection[str]) -> bool:
    return all(inner.id in sizes for inner in ast.walk(node) if isinstance(inner, ast.Name))
