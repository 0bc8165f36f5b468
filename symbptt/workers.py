"""Claims judged in worker processes that can be killed: bounded time, bounded memory, answers in input order.

A worker is a fresh interpreter (`python -m symbptt.workers`) that imports the judge once and then answers
one problem after another over its standard input and output. A thread here feeds each worker. A worker that
runs past its time or dies is replaced, and its claim is `unknown`: nothing a claim does reaches the next one.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pickle
import queue
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import IO, Any, Final

from symbptt.problem import Problem
from symbptt.verdict import RANK, Verdict, verdict_of

Judge = Callable[[Problem], Verdict]
#: Called with the number of claims answered and of all that have come, at least every `TICK` seconds.
Progress = Callable[[int, int], None]

JUDGE: Final = "symbptt.judge:judge"
#: What looks for the formula that was meant, of the same module, and the seconds that it may take for a refuted claim.
MEND: Final = "mended"
SUGGEST: Final = 1.0
#: So many times longer a worker is waited for, which then is stopped; the verdict is there already.
PATIENCE: Final = 5.0
#: Leaves a certificate as the verdict's `evidence`.
CERTIFIED: Final = "symbptt.judge:judge_with_certificate"
#: Says of nothing but what is true as it stands that it is.
AS_STATED: Final = "symbptt.judge:judge_as_stated"
GIB: Final = 1024**3
#: Address space of a worker, in bytes.
MEMORY: Final = 4 * GIB
#: Characters of a claim; a longer one is not a formula.
LONGEST_CLAIM: Final = 200_000
TICK: Final = 0.2
START_UP: Final = 120.0
#: A worker that has used this share of its memory is replaced before the next claim.
WORN: Final = 0.25
#: New objects after which Python looks for cycles (its own value is 700); judging leaves few behind.
COLLECT_AFTER: Final = 2_000_000
#: One thread a worker, and the same order of sets in every run.
WORKER_ENVIRONMENT: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
FRAME: Final = struct.Struct("!Q")


def check_all(
    problems: Iterable[Problem],
    *,
    timeout: float = 20.0,
    workers: int | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
    memory: int = MEMORY,
    judge: str = JUDGE,
    suggest: float = SUGGEST,
) -> Iterator[Verdict]:
    """The verdict of each problem, in the order of the problems.

    `timeout` is in seconds a claim, `workers` the number of processes (default: one a core; 0: in this process,
    without a limit of time or memory), `memory` in bytes a worker. With an `executor` the claims are mapped
    over it, and the limits are its own. `judge` names the function that judges, as `module:function`.
    `suggest` is in seconds for the formula that was meant, in place of a refuted one; 0 looks for none.
    Worker processes judge what has come while a thread here takes the next of `problems`.
    """
    if executor is not None:
        return executor.map(partial(judge_here, judge=judge, suggest=suggest), tuple(problems))
    if workers == 0:
        return (judge_here(problem, judge=judge, suggest=suggest) for problem in tuple(problems))
    return _Pool(problems, _Limits(timeout, memory, judge, suggest), max(1, workers or os.cpu_count() or 1)).run(progress)


def judge_here(problem: Problem, *, judge: str = JUDGE, suggest: float = SUGGEST) -> Verdict:
    """Judge one problem in this process; whatever goes wrong is an `unknown` that says so."""
    started = time.monotonic()
    try:
        verdict = _guarded(problem, judge)
    except MemoryError:
        verdict = unknown(problem, "the checker ran out of memory")
    if _is_mendable(verdict, suggest):
        verdict = _mended(problem, verdict, judge, suggest)
    return _completed(problem, verdict, time.monotonic() - started)


def unknown(problem: Problem, message: str) -> Verdict:
    """The verdict `unknown` of a claim that was not judged."""
    return verdict_of(problem, "unknown", message)


def _guarded(problem: Problem, judge: str) -> Verdict:
    """Judge; only `MemoryError` gets out, because a worker can be replaced and the claim tried again."""
    if len(problem.claim) > LONGEST_CLAIM:
        return unknown(problem, f"the claim is {len(problem.claim):,} characters long; the limit is {LONGEST_CLAIM:,}")
    # The boundary: a defect of the checker costs its claim a verdict, never the run; and it is never a pass.
    try:
        verdict = load_judge(judge)(problem)
    except MemoryError:
        raise
    except RecursionError:
        return unknown(problem, "the formula is nested too deeply")
    except Exception as error:
        return unknown(problem, f"internal error: {_one_line(error)}")
    if not isinstance(verdict, Verdict) or (verdict.role == "claim" and verdict.verdict not in RANK):
        return unknown(problem, f"internal error: the judge returned {repr(verdict)[:80]}")
    return verdict


def _is_mendable(verdict: Verdict, suggest: float) -> bool:
    return suggest > 0 and verdict.verdict == "refuted" and verdict.role == "claim"


def _mended(problem: Problem, verdict: Verdict, judge: str, suggest: float) -> Verdict:
    """The verdict with a suggestion, where its judge has one; whatever goes wrong leaves it as it is."""
    mend = getattr(importlib.import_module(judge.partition(":")[0]), MEND, None)
    if mend is None:
        return verdict
    with contextlib.suppress(Exception):
        found = mend(problem, verdict, suggest)
        if isinstance(found, Verdict):
            return found
    return verdict


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _completed(problem: Problem, verdict: Verdict, seconds: float) -> Verdict:
    return replace(
        verdict,
        id=problem.id or verdict.id,
        path=problem.path or verdict.path,
        line=problem.line or verdict.line,
        column=problem.column or verdict.column,
        cell=problem.cell or verdict.cell,
        latex=verdict.latex or problem.claim,
        expect=problem.expect,
        seconds=verdict.seconds or round(seconds, 4),
    )


def load_judge(name: str) -> Judge:
    """The function `module:function`; imported here, at the first claim, because the engines take long to import."""
    module, _, function = name.partition(":")
    loaded: Judge = getattr(importlib.import_module(module), function)
    return loaded


# --- the side that asks ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Limits:
    timeout: float
    memory: int
    judge: str
    suggest: float = 0.0

    @property
    def timed_out(self) -> str:
        return f"stopped after {self.timeout:g} s; raise --timeout"

    @property
    def out_of_memory(self) -> str:
        size = f"{self.memory / GIB:g} GiB" if self.memory % GIB == 0 else f"{self.memory / 1024**2:.0f} MiB"
        return f"the checker ran out of memory (limit {size})"


@dataclass(frozen=True)
class _Reply:
    verdict: Verdict | None  # None: out of memory
    worn: bool = False  # the worker wants to be replaced
    more: bool = False  # another answer follows, with a suggestion


class _WorkerDied(Exception):
    """The worker gave no answer; the text says why."""


class _Worker:
    """One worker process; `ask` returns its answer or raises `_WorkerDied`."""

    def __init__(self, limits: _Limits) -> None:
        self._limits = limits
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed in `stop`)
        self._process = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.path[:] = sys.argv[1:]; from symbptt.workers import serve; serve()", *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=WORKER_ENVIRONMENT | os.environ,
        )
        self.served = 0
        self.worn = False

    def ask(self, message: object, timeout: float) -> Any:
        """The answer to a message."""
        return self._receive(message, timeout)

    def wait(self, timeout: float) -> Any:
        """The next answer to what was asked before."""
        return self._receive(None, timeout)

    def _receive(self, message: object, timeout: float) -> Any:
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        late = threading.Event()

        def stop_late() -> None:
            late.set()
            process.kill()

        clock = threading.Timer(min(timeout, threading.TIMEOUT_MAX), stop_late)
        clock.daemon = True
        clock.start()
        try:
            if message is not None:
                _send(process.stdin, message)
            return _receive(process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError):
            raise _WorkerDied(self._limits.timed_out if late.is_set() else self._epitaph()) from None
        finally:
            clock.cancel()
            self.worn = self.worn or late.is_set()

    def _epitaph(self) -> str:
        try:
            status = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        self._errors.seek(0)
        words = self._errors.read()[-4000:].decode("utf-8", "replace").strip()
        if "memory" in words.lower() or "bad_alloc" in words:
            return self._limits.out_of_memory
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        last = words.splitlines()[-1][:200] if words else "no message"
        return f"internal error: the checker stopped ({how}: {last})"

    def stop(self) -> None:
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        self._process.wait()
        self._errors.close()


class _Rota:
    """Which claim each seat takes next: claims of one model go to one worker as far as may be, since it keeps what it has unrolled."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._runs: list[deque[int]] = []
        self._fresh: deque[int] = deque()
        self._held: dict[int, int] = {}
        self._changed = threading.Condition()
        self._closed = False

    def add(self, problem: Problem) -> None:
        with self._changed:
            index = len(self.problems)
            if not index or problem.given != self.problems[-1].given:
                self._fresh.append(len(self._runs))
                self._runs.append(deque())
            self.problems.append(problem)
            self._runs[-1].append(index)
            self._changed.notify()

    def close(self) -> None:
        """No more claims come."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def is_over(self, index: int) -> bool:
        """Whether there is no claim of that number, and none comes."""
        with self._changed:
            return self._closed and index >= len(self.problems)

    def next(self, seat: int) -> int | None:
        """The number of a claim, when there is one; None where none is left."""
        with self._changed:
            while True:
                held = self._run_for(seat)
                if held is not None:
                    self._held[seat] = held
                    return self._runs[held].popleft()
                if self._closed:
                    return None
                self._changed.wait()

    def _run_for(self, seat: int) -> int | None:
        """The run that a seat has begun, a new one, or the longest that another one has begun."""
        held = self._held.get(seat)
        if held is not None and self._runs[held]:
            return held
        if self._fresh:
            return self._fresh.popleft()
        longest = max(self._held.values(), key=lambda run: len(self._runs[run]), default=None)
        return longest if longest is not None and self._runs[longest] else None


class _Pool:
    """A thread that takes the problems in, and threads that feed one worker each."""

    def __init__(self, problems: Iterable[Problem], limits: _Limits, count: int) -> None:
        self._problems = problems
        self._limits = limits
        self._count = count
        self._rota = _Rota()
        self._failure: BaseException | None = None
        self._done: queue.SimpleQueue[tuple[int, Verdict] | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._live: dict[int, _Worker] = {}
        self._lock = threading.Lock()

    def run(self, progress: Progress | None) -> Iterator[Verdict]:
        """The verdicts; the work begins at once, and ends with the iterator."""
        verdicts = self._run(progress)
        next(verdicts)
        return verdicts

    def _run(self, progress: Progress | None) -> Iterator[Any]:
        threads = [threading.Thread(target=self._take_in, daemon=True)]
        threads += [threading.Thread(target=self._feed, args=(seat,), daemon=True) for seat in range(self._count)]
        try:
            for thread in threads:
                thread.start()
            yield None
            yield from self._in_order(progress)
        finally:
            self._stopping.set()
            self._rota.close()
            with self._lock:
                for worker in self._live.values():
                    worker.stop()
                self._live.clear()

    def _take_in(self) -> None:
        try:
            for problem in self._problems:
                if self._stopping.is_set():
                    return
                self._rota.add(problem)
        except BaseException as failure:  # raised again where the verdicts are waited for
            self._failure = failure
        finally:
            self._rota.close()
            self._done.put(None)  # whoever waits for one more learns that there is none

    def _in_order(self, progress: Progress | None) -> Iterator[Verdict]:
        waiting: dict[int, Verdict] = {}
        answered = 0
        for index in count():
            while index not in waiting:
                if self._rota.is_over(index):
                    if self._failure is not None:
                        raise self._failure
                    return
                with contextlib.suppress(queue.Empty):
                    if (done := self._done.get(timeout=TICK)) is not None:
                        waiting[done[0]] = done[1]
                        answered += 1
                if progress is not None:
                    progress(answered, len(self._rota.problems))
            yield waiting.pop(index)

    def _feed(self, seat: int) -> None:
        while not self._stopping.is_set():
            index = self._rota.next(seat)
            if index is None:
                return
            problem = self._rota.problems[index]
            started = time.monotonic()
            # The boundary again: whatever fails here (a process that cannot start) must not leave a claim unanswered.
            try:
                verdict = self._answer(seat, problem)
            except Exception as error:
                verdict = unknown(problem, f"internal error: {_one_line(error)}")
            self._done.put((index, _completed(problem, verdict, time.monotonic() - started)))

    def _answer(self, seat: int, problem: Problem) -> Verdict:
        """Ask the worker of this seat; memory that an earlier claim left behind is no reason to fail this one."""
        while not self._stopping.is_set():
            try:
                worker = self._worker(seat)
                fresh = worker.served == 0
                worker.served += 1
                reply: _Reply = worker.ask(problem, self._limits.timeout)
                if reply.more:
                    reply = self._with_more(worker, reply)
                if reply.worn or worker.worn:
                    self._dismiss(seat)
                if reply.verdict is not None:
                    return reply.verdict
                message = self._limits.out_of_memory
            except _WorkerDied as death:
                self._dismiss(seat)
                message = str(death)
            if fresh or message != self._limits.out_of_memory:
                return unknown(problem, message)
        return unknown(problem, "stopped")

    def _with_more(self, worker: _Worker, reply: _Reply) -> _Reply:
        """The answer with a suggestion, or the one before where that one does not come."""
        try:
            later: _Reply = worker.wait(PATIENCE * self._limits.suggest)
            return later if later.verdict is not None else replace(reply, worn=True)
        except _WorkerDied:
            return replace(reply, worn=True)

    def _worker(self, seat: int) -> _Worker:
        if seat not in self._live:
            worker = _Worker(self._limits)
            with self._lock:
                if self._stopping.is_set():
                    worker.stop()
                    raise _WorkerDied("stopped")
                self._live[seat] = worker
            worker.ask((self._limits.judge, self._limits.memory, self._limits.suggest), START_UP)
        return self._live[seat]

    def _dismiss(self, seat: int) -> None:
        with self._lock:
            worker = self._live.pop(seat, None)
        if worker is not None:
            worker.stop()


def _send(stream: IO[bytes], message: object) -> None:
    data = pickle.dumps(message)
    stream.write(FRAME.pack(len(data)))
    stream.write(data)
    stream.flush()


def _receive(stream: IO[bytes]) -> Any:
    head = stream.read(FRAME.size)
    if len(head) < FRAME.size:
        raise EOFError
    (size,) = FRAME.unpack(head)
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return pickle.loads(data)


# --- the side that answers ------------------------------------------------------------------------------------


def serve() -> None:
    """Answer problems from standard input until it ends: what a worker process runs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what an engine prints must not mix with the answers
    _leave_with_parent(os.getppid())
    judge, memory, suggest = _receive(questions)
    _limit_memory(memory)
    with contextlib.suppress(Exception):
        load_judge(judge)  # an import that fails is reported with each claim, as an internal error
    gc.freeze()  # what is imported stays; graphs and terms are trees with few cycles, and looking for these took a quarter of the time
    gc.set_threshold(COLLECT_AFTER, 20, 20)
    _send(answers, _Reply(None))
    while True:
        try:
            problem = _receive(questions)
        except EOFError:
            return
        started = time.monotonic()
        try:
            verdict = _completed(problem, _guarded(problem, judge), time.monotonic() - started)
            if _is_mendable(verdict, suggest):
                _send(answers, _Reply(verdict, more=True))
                verdict = _mended(problem, verdict, judge, suggest)
            reply = _Reply(verdict, worn=_memory_used() > WORN * memory)
        except MemoryError:
            reply = _Reply(None, worn=True)
        _send(answers, reply)


def _resource() -> ModuleType | None:
    """The module `resource`, which only Unix has."""
    return importlib.import_module("resource") if os.name == "posix" else None


def _limit_memory(memory: int) -> None:
    resource = _resource()
    if resource is not None:
        with contextlib.suppress(OSError, ValueError):  # macOS takes no such limit
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _memory_used() -> int:
    """Bytes in use; the high-water mark only where nothing better is known, for a child inherits that of its parent."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        pages = 0
    if pages:
        return pages * os.sysconf("SC_PAGE_SIZE")
    resource = _resource()
    return 0 if resource is None else int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * 1024


def _leave_with_parent(parent: int) -> None:
    """End this process soon after `parent` has gone, however it went."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    if os.name == "posix":
        threading.Thread(target=watch, daemon=True).start()
