"""Workers: whatever a claim does, the next one is answered, and what went wrong is said."""

from __future__ import annotations

import concurrent.futures
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from symbptt.problem import Problem
from symbptt.verdict import Verdict
from symbptt.workers import check_all, judge_here

MIB = 1024**2
STUB = """
import ctypes, os, time
from dataclasses import replace
from symbptt.verdict import Verdict

kept = []

def deep():
    return deep()

def judge(problem):
    match problem.claim:
        case "sleep":
            time.sleep(1000)
        case "block":
            ctypes.CDLL(None).pause() if os.name == "posix" else time.sleep(1000)
        case "eat":
            while True:
                kept.append(bytearray(10_000_000))
        case "keep":
            kept.append(bytearray(150_000_000))
        case "raise":
            raise ValueError("no\\nway")
        case "deep":
            deep()
        case "exit":
            os._exit(3)
        case "leave":
            raise SystemExit(4)
        case "crash":
            ctypes.string_at(0)
        case "nothing":
            return None
        case "nonsense":
            return Verdict(verdict="fine")
        case "print":
            print("words")
            os.write(1, b"more words")
        case "pid":
            return Verdict(verdict="proved", message=str(os.getpid()))
        case wrong if wrong.startswith("wrong"):
            return Verdict(verdict="refuted", method="stub")
    return Verdict(verdict="proved", method="stub")

def mended(problem, verdict, seconds):
    match problem.claim:
        case "wrong, slow to mend":
            time.sleep(1000)
        case "wrong, raises when mended":
            raise ValueError("no way")
        case "wrong, exits when mended":
            os._exit(3)
        case "wrong, eats when mended":
            while True:
                kept.append(bytearray(10_000_000))
        case "wrong, nothing when mended":
            return None
    return replace(verdict, suggestion="right", edit=f"within {seconds} s")
"""


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "stub_of_workers.py").write_text(STUB)
    monkeypatch.syspath_prepend(str(tmp_path))
    return "stub_of_workers:judge"


def ask(claims: list[str], stub: str, *, timeout: float = 20.0, workers: int = 1, memory: int = 600 * MIB) -> list[Verdict]:
    problems = [Problem(claim=claim, id=str(at), path="p.jsonl", line=at + 1) for at, claim in enumerate(claims)]
    return list(check_all(problems, timeout=timeout, workers=workers, memory=memory, judge=stub))


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ("raise", "internal error: ValueError: no way"),
        ("deep", "the formula is nested too deeply"),
        ("nothing", "internal error: the judge returned None"),
        ("exit", "internal error: the checker stopped (exit status 3: no message)"),
        ("leave", "internal error: the checker stopped (exit status 4: no message)"),
        ("crash", "internal error: the checker stopped (signal 11: no message)"),
        ("eat", "the checker ran out of memory (limit 600 MiB)"),
        ("x" * 200_001, "the claim is 200,001 characters long; the limit is 200,000"),
    ],
)
def test_what_goes_wrong_is_unknown_and_the_next_claim_is_answered(claim: str, message: str, stub: str) -> None:
    wrong, right = ask([claim, "fine"], stub)
    assert (wrong.verdict, wrong.message) == ("unknown", message)
    assert (right.verdict, right.id, right.line) == ("proved", "1", 2)


def test_an_unknown_word_is_no_verdict(stub: str) -> None:
    (verdict,) = ask(["nonsense"], stub)
    assert verdict.verdict == "unknown"
    assert verdict.message.startswith("internal error: the judge returned Verdict(")


@pytest.mark.parametrize("claim", ["sleep", "block"])
def test_a_claim_that_never_ends_is_stopped_in_time(claim: str, stub: str) -> None:
    started = time.monotonic()
    late, right = ask([claim, "fine"], stub, timeout=0.5)
    assert time.monotonic() - started < 8
    assert (late.verdict, late.message) == ("unknown", "stopped after 0.5 s; raise --timeout")
    assert 0.5 <= late.seconds < 5
    assert right.verdict == "proved"


def test_memory_left_by_one_claim_does_not_fail_the_next(stub: str) -> None:
    assert [verdict.verdict for verdict in ask(["keep"] * 8, stub)] == ["proved"] * 8


def test_what_an_engine_prints_does_not_mix_with_answers(stub: str) -> None:
    assert [verdict.verdict for verdict in ask(["print", "print"], stub)] == ["proved"] * 2


def test_order_is_that_of_the_problems(stub: str) -> None:
    claims = ["fine", "sleep", *["fine"] * 20]
    verdicts = ask(claims, stub, timeout=0.5, workers=3)
    assert [(verdict.id, verdict.latex) for verdict in verdicts] == [(str(at), claim) for at, claim in enumerate(claims)]


def test_one_worker_answers_many_claims(stub: str) -> None:
    assert len({verdict.message for verdict in ask(["pid"] * 50, stub)}) == 1


def test_workers_are_gone_when_reading_stops(stub: str) -> None:
    verdicts = check_all([Problem(claim="pid"), Problem(claim="sleep")], timeout=60, workers=1, judge=stub)
    pid = int(next(verdicts).message)
    verdicts.close()  # type: ignore[attr-defined]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_progress_counts_up_to_all(stub: str) -> None:
    seen: list[tuple[int, int]] = []
    list(check_all([Problem(claim="fine")] * 3, workers=1, judge=stub, progress=lambda done, total: seen.append((done, total))))
    assert seen[-1] == (3, 3)


def test_what_has_come_is_judged_while_the_next_is_taken(stub: str) -> None:
    first_is_there = threading.Event()

    def problems() -> Iterator[Problem]:
        yield Problem(claim="fine", id="first")
        assert first_is_there.wait(60)
        yield Problem(claim="fine", id="second")

    verdicts = check_all(problems(), timeout=60, workers=2, judge=stub)
    assert next(verdicts).id == "first"
    first_is_there.set()
    assert [verdict.id for verdict in verdicts] == ["second"]


def test_what_fails_in_the_problems_is_raised_behind_their_verdicts(stub: str) -> None:
    def problems() -> Iterator[Problem]:
        yield Problem(claim="fine")
        raise LookupError("no more")

    verdicts = check_all(problems(), timeout=60, workers=1, judge=stub)
    assert next(verdicts).verdict == "proved"
    with pytest.raises(LookupError, match="no more"):
        next(verdicts)


def test_nothing_to_check() -> None:
    assert list(check_all([], workers=2)) == []


def test_in_this_process(stub: str) -> None:
    problems = [Problem(claim="raise", expect="proved"), Problem(claim="pid")]
    wrong, right = check_all(problems, workers=0, judge=stub)
    assert (wrong.verdict, wrong.message, wrong.expect) == ("unknown", "internal error: ValueError: no way", "proved")
    assert right.message == str(os.getpid())


def test_an_executor_of_the_user(stub: str) -> None:
    with concurrent.futures.ThreadPoolExecutor(2) as executor:
        verdicts = list(check_all([Problem(claim="fine", id=str(at)) for at in range(5)], executor=executor, judge=stub))
    assert [verdict.id for verdict in verdicts] == list("01234")


def test_a_judge_that_cannot_be_imported() -> None:
    (verdict,) = check_all([Problem(claim="a")], workers=1, judge="no_such_module_here:judge")
    assert verdict.message == "internal error: ModuleNotFoundError: No module named 'no_such_module_here'"
    assert judge_here(Problem(claim="a"), judge="no_such_module_here:judge").verdict == "unknown"


def test_what_cannot_be_sent_is_unknown(stub: str) -> None:
    (verdict,) = check_all([Problem(claim="fine", notation={"star": lambda: 0})], workers=1, judge=stub)
    assert verdict.verdict == "unknown"
    assert verdict.message.startswith("internal error: ")


def test_a_refuted_claim_is_mended(stub: str) -> None:
    (there,) = check_all([Problem(claim="wrong")], workers=1, judge=stub, suggest=3)
    here = judge_here(Problem(claim="wrong"), judge=stub, suggest=3)
    assert [(v.verdict, v.suggestion, v.edit) for v in (there, here)] == [("refuted", "right", "within 3 s")] * 2


def test_what_is_right_is_not_mended(stub: str) -> None:
    assert [v.suggestion for v in ask(["fine", "raise"], stub)] == ["", ""]


def test_nothing_is_mended_where_nobody_asks_for_it(stub: str) -> None:
    (there,) = check_all([Problem(claim="wrong, slow to mend")], workers=1, judge=stub, suggest=0)
    here = judge_here(Problem(claim="wrong, slow to mend"), judge=stub, suggest=0)
    assert (there.verdict, there.suggestion, here.verdict) == ("refuted", "", "refuted")


@pytest.mark.parametrize("how", ["slow to mend", "raises when mended", "exits when mended", "eats when mended", "nothing when mended"])
def test_a_verdict_is_kept_whatever_becomes_of_its_suggestion(how: str, stub: str) -> None:
    problems = [Problem(claim=f"wrong, {how}", id="a"), Problem(claim="fine", id="b")]
    wrong, right = check_all(problems, workers=1, memory=600 * MIB, judge=stub, suggest=0.1)
    assert (wrong.verdict, wrong.method, wrong.suggestion) == ("refuted", "stub", "")
    assert right.verdict == "proved"
