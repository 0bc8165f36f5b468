"""Curves of a run: the loss, and the norms of errors by step; as SVG for a notebook, as files with matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from .flow import Flow


class NoPictures(Exception):
    """The drawing library is not there."""


def needs_matplotlib() -> None:
    """Raises `NoPictures` where matplotlib is not installed."""
    if find_spec("matplotlib") is None:
        raise NoPictures("pictures need matplotlib, which is not installed here; `pip install 'symbptt[plot]'`")


def _figure() -> tuple[Any, Any]:
    needs_matplotlib()
    figure = import_module("matplotlib.figure").Figure(figsize=(6.4, 4.0), layout="constrained")
    return figure, figure.subplots()


def smoothed(values: Sequence[float], points: int = 300) -> tuple[list[float], list[float]]:
    """At most so many means of neighbours, each at the middle of its steps."""
    count = len(values)
    parts = np.array_split(np.arange(count), min(points, count)) if count else []
    array = np.asarray(values, float)
    return [float(part.mean()) + 1 for part in parts], [float(array[part].mean()) for part in parts]


def draw_loss(path: Path, losses: Sequence[float], held: Sequence[tuple[int, float]], unit: str, scale: float) -> None:
    """The mean loss of a prediction by step, and that of what is held out by epoch.

    Raises `NoPictures` without matplotlib, `OSError` where the file cannot be written.
    """
    figure, axes = _figure()
    steps, means = smoothed(losses)
    axes.plot(steps, [scale * mean for mean in means], label="learned")
    if held:
        axes.plot([step for step, _ in held], [scale * loss for _, loss in held], "o-", label="held out")
        axes.legend()
    axes.set_xlabel("step")
    axes.set_ylabel(unit)
    figure.savefig(path)


def draw_flows(path: Path, flows: Sequence[tuple[str, Sequence[Flow]]]) -> None:
    """Norms of ∂L/∂h_t by step, on a logarithmic scale; several moments of a run, each with a title.

    Errors as in `draw_loss`.
    """
    figure, axes = _figure()
    for title, found in flows:
        for flow in found:
            times = range(1, len(flow.whole) + 1)
            axes.plot(times, [norm or np.nan for norm in flow.whole], label=f"∂L/∂{flow.state}_t, {title}")
            if flow.last is not None:
                axes.plot(times, [norm or np.nan for norm in flow.last], "--", label=f"∂L_T/∂{flow.state}_t, {title}")
    axes.set_yscale("log")
    axes.set_xlabel("step t")
    axes.set_ylabel("norm")
    axes.legend(fontsize="small")
    figure.savefig(path)


WIDTH, HEIGHT = 480, 160


def svg_loss(losses: Sequence[float], held: Sequence[tuple[int, float]], scale: float) -> str:
    """The same curve as a small SVG; empty before the first step."""
    steps, means = smoothed(losses)
    if len(steps) < 2:
        return ""
    points = [(s, scale * m) for s, m in zip(steps, means, strict=True)]
    dots = [(float(step), scale * loss) for step, loss in held]
    low, high = (edge(y for _, y in points + dots) for edge in (min, max))
    span = (high - low) or 1.0
    right = max(1.0, float(len(losses)))

    def place(point: tuple[float, float]) -> str:
        return f"{40 + (WIDTH - 50) * point[0] / right:.1f},{10 + (HEIGHT - 30) * (high - point[1]) / span:.1f}"

    circles = "".join('<circle r="3" fill="#c50" cx="{}" cy="{}"/>'.format(*place(dot).split(",")) for dot in dots)
    labels = "".join(
        f'<text x="{x}" y="{y}" font-size="10" fill="currentColor" text-anchor="{anchor}">{escape(text)}</text>'
        for x, y, anchor, text in (
            (36, 14, "end", f"{high:.3g}"),
            (36, HEIGHT - 17, "end", f"{low:.3g}"),
            (WIDTH - 10, HEIGHT - 5, "end", f"step {len(losses)}"),
        )
    )
    line = f'<polyline fill="none" stroke="#06c" stroke-width="1.5" points="{" ".join(map(place, points))}"/>'
    return f'<svg width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="loss by step">{line}{circles}{labels}</svg>'
