"""`symbptt recheck`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import click

from symbptt.certificate_text import shown
from symbptt.certificate_text import steps as proof_steps
from symbptt.problem import Problem, ProblemError
from symbptt.recheck import report


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILE...")
@click.option("--show", is_flag=True, help="Print each claim as it is checked, in index notation.")
@click.option("--steps", "-v", is_flag=True, help="Print the lines of each proof.")
@click.option("--seed", default="", metavar="TEXT", help="Take other random points.")
@click.option("--reread", is_flag=True, help="Read the LaTeX of each problem again, and compare.")
def recheck(paths: tuple[str, ...], show: bool, steps: bool, seed: str, reread: bool) -> None:
    """Verify certificates without the engines: files, or folders of them, written by `symbptt check --certificates FOLDER`.

    What is checked is the claim in index notation; with --reread also that it is what symbptt reads in the LaTeX.
    The checker is one file of its own, symbptt/recheck.py, which runs alone too.

    Exit status: 0 all accepted, 1 one rejected or undecided, 2 one unreadable.
    """
    tellers = [teller for teller, asked in ((shown, show), (proof_steps, steps)) if asked]

    def tell(data: Mapping[str, Any]) -> Iterator[str]:
        return (line for teller in tellers for line in teller(data))

    sys.exit(report(paths, seed, click.echo, tell if tellers else None, reading_differs if reread else None))


def reading_differs(data: Mapping[str, Any]) -> str:
    """Where a certificate is not what its problem says; empty if it is."""
    judge, certificate = import_module("symbptt.judge"), import_module("symbptt.certificate")  # they take long to import
    stated = {**data["problem"], **data["judged"]}
    inferred = stated.pop("inferred", {})
    try:
        problem = Problem.from_dict(stated)
        if inferred:
            problem = certificate.replace(problem, inferred=inferred)
        claims = judge.read_anew(problem)
    except (ProblemError, judge.ReadingError, judge.ParseError) as error:
        return f"its problem cannot be read: {error}"
    if data["verdict"] == "refuted" and data["method"] == "shapes":
        if any(claims):
            return "its problem has a reading with consistent shapes"
        again = judge.judge_with_certificate(problem).evidence
        return "" if again is not None and list(again["clashes"]) == data["clashes"] else "its clashes are not those of its problem"
    return str(certificate.mismatch(data, claims))
