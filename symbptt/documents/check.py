"""Documents → verdicts: read, judge, and put both back in the order of the documents."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from concurrent.futures import Executor
from os import PathLike, fspath

from symbptt.documents.body import DocumentItem
from symbptt.documents.reader import read_path
from symbptt.verdict import Verdict
from symbptt.workers import MEMORY, Progress, check_all


def check_items(
    items: Iterable[DocumentItem],
    *,
    timeout: float = 20.0,
    workers: int | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
    memory: int = MEMORY,
) -> Generator[Verdict, None, None]:
    """The verdict of each item, in order; what is no claim keeps the one it was read with."""
    items = tuple(items)
    problems = [item.problem for item in items if item.problem is not None]
    judged = check_all(problems, timeout=timeout, workers=workers, progress=progress, executor=executor, memory=memory)
    for item in items:
        yield next(judged) if item.verdict is None else item.verdict


def check_document(
    path: str | PathLike[str], *, timeout: float = 20.0, workers: int | None = None, executor: Executor | None = None
) -> list[Verdict]:
    """The verdicts of a document, a problem file or a folder, in order.

    Raises `InputError` for the first thing that cannot be read.
    """
    reading = read_path(fspath(path))
    if reading.errors:
        raise reading.errors[0]
    return list(check_items(reading.items, timeout=timeout, workers=workers, executor=executor))
