"""Documents → verdicts: read, judge, and put both back in the order of the documents."""

from __future__ import annotations

import queue
from collections.abc import Generator, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import replace
from os import PathLike, fspath
from typing import Any

from symbptt.cache import Cache
from symbptt.documents.item import DocumentItem
from symbptt.documents.profile import settled
from symbptt.documents.reader import read_path
from symbptt.documents.twice import defined_twice
from symbptt.problem import Problem
from symbptt.rules import code_of
from symbptt.verdict import Verdict
from symbptt.workers import CERTIFIED, MEMORY, SUGGEST, Progress, check_all

#: Verdicts on which a second reading of the document, with one spelling for one thing, has a say.
OPEN = ("unknown", "refuted")


def check_items(
    items: Iterable[DocumentItem],
    *,
    timeout: float = 20.0,
    workers: int | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
    memory: int = MEMORY,
    cache: Cache | None = None,
    suggest: float = SUGGEST,
    certificates: bool = False,
) -> Generator[Verdict, None, None]:
    """The verdict of each item, in order; what is no claim keeps the one it was read with. See `check_all` for the limits.

    With `certificates` each decided claim has one as `evidence`; then nothing is taken from the cache, which keeps none.
    """
    judge: dict[str, Any] = {"judge": CERTIFIED} if certificates else {}
    limits: dict[str, Any] = {"timeout": timeout, "workers": workers, "progress": progress, "executor": executor, "memory": memory}
    known: queue.SimpleQueue[tuple[DocumentItem, Verdict | None] | None] = queue.SimpleQueue()
    judged = check_all(_unjudged(items, None if certificates else cache, known), **limits, suggest=suggest, **judge)
    waiting: list[tuple[DocumentItem, Verdict]] = []  # those of one document, whose notation shows only at its end
    for item, verdict in iter(known.get, None):
        if verdict is None:
            verdict = next(judged)
            if cache is not None and item.problem is not None:
                cache.put(item.problem, verdict)
        if waiting and _document(item) != _document(waiting[-1][0]):
            yield from _settled(waiting, timeout, workers, cache, judge)
            waiting = []
        waiting.append((item, verdict))
        if not item.model:  # a problem that states its own notation
            yield from _settled(waiting, timeout, workers, cache, judge)
            waiting = []
    yield from judged  # nothing, unless the items could not be read to the end
    yield from _settled(waiting, timeout, workers, cache, judge)


def _unjudged(
    items: Iterable[DocumentItem], cache: Cache | None, known: queue.SimpleQueue[tuple[DocumentItem, Verdict | None] | None]
) -> Iterator[Problem]:
    """The claims that have to be judged; every item is put into `known` with the verdict that it has, and None behind the last."""
    try:
        for item in items:
            verdict = _known(item, cache)
            known.put((item, verdict))
            if verdict is None and item.problem is not None:
                yield item.problem
    finally:
        known.put(None)


def _document(item: DocumentItem) -> str:
    return item.model.rpartition("#")[0]


def _settled(
    waiting: list[tuple[DocumentItem, Verdict]], timeout: float, workers: int | None, cache: Cache | None, judge: Mapping[str, Any]
) -> Iterator[Verdict]:
    """The verdicts of a document; what is true under the notation that the rest of it shows is true."""
    verdicts = [verdict for _, verdict in waiting]
    again = settled([item for item, _ in waiting], verdicts)
    known = {at: cache.get(problem) if cache is not None and not judge else None for at, problem in again.items()}
    waiting_for = [again[at] for at, verdict in known.items() if verdict is None]
    judged = check_all(waiting_for, timeout=timeout, workers=workers, suggest=0, **judge)
    for at, problem in again.items():
        verdict = known[at] or next(judged)
        if cache is not None and known[at] is None:
            cache.put(problem, verdict)
        if verdict.verdict in ("verified", "proved"):
            verdicts[at] = verdict
    items = _as_meant([item for item, _ in waiting], verdicts, cache, {"timeout": timeout, "workers": workers, **judge})
    verdicts = defined_twice(items, verdicts)
    for (item, _), verdict in zip(waiting, verdicts, strict=True):  # as the document spells it, not as it was read
        yield replace(verdict, code=code_of(verdict), latex=item.latex or verdict.latex)


def _as_meant(items: list[DocumentItem], verdicts: list[Verdict], cache: Cache | None, limits: Mapping[str, Any]) -> list[DocumentItem]:
    """The items, those with the problem of a second reading that are true only in it; `verdicts` are put right."""
    found = list(items)
    open_ = [(at, problem) for at, item in enumerate(items) if verdicts[at].verdict in OPEN for problem in item.meant]
    known = [cache.get(problem) if cache is not None and "judge" not in limits else None for _, problem in open_]
    judged = check_all([problem for (_, problem), verdict in zip(open_, known, strict=True) if verdict is None], suggest=0, **limits)
    for (at, problem), verdict in zip(open_, known, strict=True):
        said = verdict or next(judged)
        if cache is not None and verdict is None:
            cache.put(problem, said)
        if said.verdict == "conditional" and verdicts[at].verdict in OPEN:
            verdicts[at], found[at] = said, replace(found[at], problem=problem)
    return found


def _known(item: DocumentItem, cache: Cache | None) -> Verdict | None:
    """The verdict of an item that need not be judged."""
    if item.verdict is not None or item.problem is None or cache is None:
        return item.verdict
    return cache.get(item.problem)


def check_document(
    path: str | PathLike[str],
    *,
    timeout: float = 20.0,
    workers: int | None = None,
    executor: Executor | None = None,
    suggest: float = SUGGEST,
) -> list[Verdict]:
    """The verdicts of a document, a problem file or a folder, in order.

    Raises `InputError` for the first thing that cannot be read.
    """
    reading = read_path(fspath(path))
    if reading.errors:
        raise reading.errors[0]
    return list(check_items(reading.items, timeout=timeout, workers=workers, executor=executor, suggest=suggest))
