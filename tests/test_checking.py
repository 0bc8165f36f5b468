"""The benchmark of checking: every contender finds a claim true at a small size, and what stands in the table."""

from __future__ import annotations

import argparse
import re
import sys

import pytest

from benchmarks.checking import CLAIMS, CONTENDERS, NET, Cell, NotDone, asked, cell, first_reading, growth, ratio, report, tenfold, work
from symbptt.engines.directional import screen


@pytest.mark.parametrize("name", [name for name in CONTENDERS if name != "sympy-simplify"])
@pytest.mark.parametrize("claim", CLAIMS)
def test_every_contender_finds_the_claims_true(name: str, claim: str) -> None:
    last, n = (2, 2) if claim == "recursion" or not name.startswith("sympy") else (1, 1)
    if name == "sympy-expand" and claim == "recursion":
        n = 1
    assert work(name, claim, last, n, 1).get("seconds", 0) > 0


def test_the_claims_are_not_true_of_anything() -> None:
    for claim in CLAIMS.values():
        wrong = {**NET, **claim, "claim": claim["claim"].replace("_{t-1}", "_t").replace("W^\\top", "W")}
        assert not screen(asked(first_reading(wrong), {"n": 3, "m": 2, "q": 4, "T": 3})).equal


def test_what_has_no_instance_says_so() -> None:
    with pytest.raises(NotDone, match="no instance"):
        CONTENDERS["exact"]("recursion", 1, 2)()


def test_a_cell_is_killed_when_its_time_is_over() -> None:
    assert cell([sys.executable, "-c", "import time; time.sleep(60)"], 0.5) == Cell(None, "> 0.5 s")
    assert cell([sys.executable, "-c", "raise SystemExit(3)"], 30) == Cell(None, "failed")
    assert cell([sys.executable, "-c", "print('{\"seconds\": 2.0}')"], 30) == Cell(2.0, "")
    assert cell([sys.executable, "-c", "print('{\"seconds\": 2.0}')"], 1, 30) == Cell(None, "> 1 s")


def test_growth_and_ratio() -> None:
    cells = {1: Cell(1.0), 2: Cell(3.0), 4: Cell(12.0), 10: Cell(None, "> 20 s")}
    assert growth(cells) == "×2"
    assert tenfold({1: Cell(1.0), 10: Cell(1.0), 100: Cell(3.0), 1000: Cell(27.0)}) == "×9"
    assert tenfold(cells) == ""
    assert ratio({1: Cell(0.5), 2: Cell(0.5)}, cells) == "6 (T=2)"
    assert ratio({100: Cell(1.0)}, cells) == growth({1: Cell(1.0)}) == ""


def test_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    options = argparse.Namespace(steps=[1], sizes=[1], repeat=1, timeout=60.0, tensorgrad="", only=["proof"], processor=True)
    report("weights", options)
    lines = capsys.readouterr().out.splitlines()
    assert lines[3].startswith("| contender | n | T=1 | growth a step | ten times the steps | times the peer |")
    assert re.fullmatch(r"\| proof \| any \| [\d.]+ m?s \|.*", lines[-1]), lines
