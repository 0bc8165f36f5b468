"""A progress bar for those who wait."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

PATIENCE: Final = 2.0  # seconds before it is shown


@dataclass
class Bar:
    """A progress bar on a terminal's standard error, once a run takes longer than one cares to wait."""

    started: float
    bar: Progress | None = None
    task: int = 0

    def __call__(self, done: int, total: int) -> None:
        if self.bar is None and time.monotonic() - self.started > PATIENCE:
            columns = (TextColumn("checking"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self.bar = Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False)
            self.task = self.bar.add_task("checking", total=total)
            self.bar.start()
        if self.bar is not None:
            self.bar.update(self.bar.task_ids[0], completed=done)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.stop()
