"""The soundness campaign: claims about random models, right and changed, judged by symbptt and decided apart from it.

    python -m benchmarks.soundness [--seed N] [--count N] [--output FILE.jsonl] [--truth torch|forward|both] [--false FOLDER]
    python -m benchmarks.soundness --table FILE.jsonl ...

A case is one random model with claims that the chain rule gives and changes of them. Truth is float64 arithmetic on the generator's own
structured form, never on the LaTeX: with PyTorch's reverse mode, or with forward-mode duals in NumPy. Results are appended to
FILE, one line a case; what is in it is not judged again. The certificate of each verdict is checked by `symbptt recheck`, too. Exit
status 1 where a verdict is false or its certificate is rejected.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.campaign import terms as tm
from benchmarks.campaign.changes import changed
from benchmarks.campaign.claims import Made, NoClaim, problem_of, random_claim
from benchmarks.campaign.nets import Net, random_net
from benchmarks.campaign.numbers import Forward, Torch
from benchmarks.campaign.terms import Clash
from benchmarks.campaign.truth import Model, NearKink, Points, fitted, in_rows, multiples, truth
from benchmarks.mutations import assumption_holds
from symbptt import recheck
from symbptt.problem import Problem
from symbptt.verdict import Verdict
from symbptt.workers import CERTIFIED, check_all

WAYS = {"torch": (Torch,), "forward": (Forward,), "both": (Torch, Forward)}
#: Claims of a model, and changes of each.
CLAIMS, CHANGES = 2, 4
#: Models that are decided and judged before their results are written.
CHUNK = 80
#: The points of one model, for each way to compute.
Known = Sequence[Points]
BELIEVED = ("proved", "verified")
REJECTED = ("rejected", "unreadable")
ACTIVATIONS = {"tanh": r"\tanh", "sigmoid": r"\sigma"}
#: Truths of which the contract leaves the verdict to the reading: shown, not counted as false.
LEFT_OPEN = ("above", "inside", "multiple", "rows", "loose")
#: What may be read into shapes that do not fit: a multiple for ⊙ with a number, derivatives as rows, products that fit.
LOOSER = (("multiple", multiples), ("rows", multiples), ("loose", fitted))
ZERO_ABOVE = "quantities above their range are 0"


@dataclass(frozen=True)
class Case:
    """One claim: by which change of the table it came about ("" for none), its problem and its truth."""

    number: int
    kind: str
    change: str
    problem: Mapping[str, Any]
    truth: str
    detail: str = ""


def claims_of(seed: int, number: int) -> Iterator[tuple[Net, str, str, Made]]:
    """A random model with claims and changes of them, some twice changed; the same ones for the same numbers."""
    chance = Random(f"{seed} {number}")
    net = random_net(chance)
    for _ in range(CLAIMS):
        with suppress(NoClaim):
            kind, made = random_claim(net, chance)
            yield net, kind, "", made
            for _ in range(CHANGES):
                found = changed(net, made, chance)
                if found is not None:
                    again = changed(net, found[1], chance) if chance.random() < 0.15 else None
                    yield net, kind, f"{found[0]}, {again[0]}" if again else found[0], (again or found)[1]


def decided(net: Net, made: Made, ways: Sequence[Any], seed: int, zero_above: bool = False, known: Known | None = None) -> str:
    """The truth of a claim; `disputed` where two ways to compute disagree. `known` are the points of the model, one a way."""
    known = known if known is not None else [Points(net.model, way) for way in ways]
    try:
        answers = {truth(net.model, made[0], p.numbers, seed, zero_above=zero_above, points=p) for p in known}
    except NearKink:
        return "between"
    if len(answers) > 1 and "between" in answers:
        return "between"
    return answers.pop() if len(answers) == 1 else "disputed"


def decided_loosely(net: Net, made: Made, ways: Sequence[Any], seed: int, known: Known | None = None) -> str:
    """As `decided`; of what fits no shapes `loose` where it is true with products that fit, `rows` with derivatives as rows.

    The contract leaves both to the reading where nothing is stated: a product of what does not fit is element-wise.
    """
    answer = decided(net, made, ways, seed, known=known)
    if answer != "clash":
        return answer
    claim = made[0]
    stated = "juxtaposition" in net.problem.get("notation", {})
    found: dict[str, str] = {}
    for name, change in LOOSER:
        for left, right in ((False, False), (False, True), (True, False), (True, True)):
            if ((name == "rows") != (left or right) and name != "loose") or (name == "loose" and stated):
                continue
            with suppress(Clash):
                new = replace(claim, left=in_rows(claim.left) if left else claim.left, right=in_rows(claim.right) if right else claim.right)
                found.setdefault(decided(net, (replace(new, right=change(new.right)), *made[1:]), ways, seed, known=known), name)
                if "true" in found:
                    return name
    if any(isinstance(node, tm.Ones) for node in tm.walk((claim.left, claim.right))):
        return "loose"  # ones are written without their length
    return "between" if "between" in found else "clash"


def cases(seed: int, way: str, number: int) -> list[Case]:
    """The claims of one model with their truths, no two alike."""
    found: dict[str, Case] = {}
    known: Known | None = None
    for net, kind, change, made in claims_of(seed, number):
        problem = problem_of(net, made)
        key = json.dumps(problem, sort_keys=True)
        if key not in found:
            known = known or [Points(net.model, numbers) for numbers in WAYS[way]]
            found[key] = Case(number, kind, change, problem, decided_loosely(net, made, WAYS[way], seed * 1000 + number, known))
    return list(found.values())


def supposed(model: Model, assumptions: Sequence[str]) -> Model | None:
    """The model with the facts that a verdict adds; None where one of them is not known here."""
    for text in assumptions:
        if text.startswith("\\sum_k ") and text.endswith("[k] = 1"):
            model = replace(model, targets={**model.targets, _bare(text.removeprefix("\\sum_k ").removesuffix("[k] = 1")): "normalised"})
        elif text.endswith(" is one-hot"):
            model = replace(model, targets={**model.targets, _bare(text.removesuffix(" is one-hot")): "one_hot"})
        elif text.split(" is ")[-1] in ACTIVATIONS:
            model = replace(model, named={**model.named, text.split(" is ")[0]: ACTIVATIONS[text.split(" is ")[1]]})
        elif text != ZERO_ABOVE:
            return None
    return model


def _bare(name: str) -> str:
    return name.partition("_")[0]


def holds_if(case: Case, assumptions: Sequence[str], seed: int, way: str) -> bool | None:
    """Whether a claim is true once the named assumptions are added; None where that cannot be told."""
    assumptions = [part for text in assumptions for part in ([text] if text.startswith("reading: ") else text.split("; "))]
    if any(text.startswith("reading: ") for text in assumptions):
        try:
            return assumption_holds(Problem.from_dict({**case.problem}), assumptions)
        except Exception:  # that reading belongs to symbptt, and so do its crashes
            return None
    for net, _, _, made in claims_of(seed, case.number):
        if problem_of(net, made) == case.problem:
            model = supposed(net.model, assumptions)
            if model is None:
                return None
            answer = decided(replace(net, model=model), made, WAYS[way], seed * 1000 + case.number, ZERO_ABOVE in assumptions)
            return None if answer in ("between", "nothing") else answer in ("true", "inside", "above")
    return None


def assessed(case: Case, verdict: Verdict, seed: int, way: str) -> str:
    """What is false of a verdict, or what is to be looked at (in brackets); empty for neither."""
    said, real = verdict.verdict, case.truth
    if said == "unknown" or real in ("between", "nothing", "unbound", "disputed"):
        return "(disputed)" if real == "disputed" else ""
    if said in BELIEVED:
        return "" if real == "true" else f"({said} of `{real}`)" if real in LEFT_OPEN else f"{said}, although it is `{real}`"
    if said == "refuted":
        return "refuted, although it is `true`" if real == "true" else f"(refuted of `{real}`)" if real in LEFT_OPEN else ""
    holds = holds_if(case, verdict.assumptions, seed, way)
    if holds is False:
        return f"conditional on {'; '.join(verdict.assumptions)}, which does not make it true"
    return (
        f"(conditional on {'; '.join(verdict.assumptions)}{'' if holds else ', not checked'}; `{real}`)"
        if real == "true" or holds is None
        else ""
    )


def row_of(case: Case, verdict: Verdict, seed: int, way: str) -> dict[str, Any]:
    """A line of the results; `verdict` has its certificate as evidence."""
    status, reason = recheck.check(json.loads(json.dumps(verdict.evidence))) if verdict.evidence else ("", "")
    return {
        "kind": case.kind,
        "change": case.change,
        "truth": case.truth,
        "verdict": verdict.verdict,
        "false": assessed(case, verdict, seed, way) or ("the certificate is rejected" if status in REJECTED else ""),
        "certificate": f"{status}: {reason}" if status not in ("", "accepted") else status,
        "message": verdict.message,
        "assumptions": list(verdict.assumptions),
        "seconds": verdict.seconds,
        "problem": dict(case.problem),
    }


def run(seed: int, numbers: Sequence[int], way: str, jobs: int, timeout: float) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """The results of the cases, a chunk at a time."""
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for start in range(0, len(numbers), CHUNK):
            chunk = numbers[start : start + CHUNK]
            found = list(pool.map(partial(cases, seed, way), chunk, chunksize=4))
            flat = [case for group in found for case in group]
            verdicts = check_all(
                [Problem.from_dict(dict(c.problem)) for c in flat], timeout=timeout, workers=jobs, judge=CERTIFIED, suggest=0
            )
            rows = [row_of(case, verdict, seed, way) for case, verdict in zip(flat, verdicts, strict=True)]
            for number, group in zip(chunk, found, strict=True):
                yield number, [rows.pop(0) for _ in group]


# -- report ---------------------------------------------------------------------------------------------------------------


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Verdict by truth, the commonest reasons for unknown, and what is to be looked at."""
    truths = sorted({r["truth"] for r in rows})
    counts = Counter((r["verdict"], r["truth"]) for r in rows)
    lines = ["| verdict | " + " | ".join(truths) + " | all |", "| --- |" + " ---: |" * (len(truths) + 1)]
    for verdict in sorted({r["verdict"] for r in rows}):
        numbers = [counts[verdict, t] for t in truths]
        lines.append(f"| {verdict} | " + " | ".join(map(str, [*numbers, sum(numbers)])) + " |")
    unknown = [r for r in rows if r["verdict"] == "unknown"]
    lines += ["", f"{len(rows)} claims, {len(unknown)} unknown ({len(unknown) / max(1, len(rows)):.1%}), of which"]
    lines += [f"  {count:6}  {reason}" for reason, count in Counter(_reason(r) for r in unknown).most_common(12)]
    checked = Counter(str(r.get("certificate", "")).partition(":")[0] for r in rows)
    lines += [f"certificates: {', '.join(f'{count} {status}' for status, count in checked.most_common() if status)}"]
    looked = Counter(r["false"] for r in rows if r["false"].startswith("("))
    lines += [f"to be looked at: {sum(looked.values())}", *(f"  {count:6}  {what}" for what, count in looked.most_common(12))]
    return "\n".join(lines)


def _reason(row: Mapping[str, Any]) -> str:
    """The message without what it names."""
    words = [w if not any(c in w for c in "`\\_{}^[]") else "…" for w in str(row["message"]).split()]
    return f"[{row['truth']}] {' '.join(words)[:110]}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=200, help="models; each gives about seven claims")
    parser.add_argument("--output", type=Path, default=Path("soundness.jsonl"))
    parser.add_argument("--truth", choices=WAYS, default="torch" if find_spec("torch") else "")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=20.0, help="seconds a claim")
    parser.add_argument("--false", type=Path, help="folder to write false verdicts to, a JSON file each")
    parser.add_argument("--table", nargs="+", type=Path, metavar="FILE", help="judge nothing; the table of all seeds in these files")
    options = parser.parse_args(arguments)
    if options.table:
        lines = [json.loads(line) for file in options.table for line in file.read_text("utf-8").splitlines()]
        return reported([(line["seed"], row) for line in lines for row in line["rows"]], options.false)
    if not options.truth:
        print("PyTorch is not installed: `pip install torch`, or choose `--truth forward` (duals in NumPy)", file=sys.stderr)
        return 2
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    lines = [json.loads(line) for line in options.output.read_text("utf-8").splitlines()] if options.output.exists() else []
    known = {line["case"]: line["rows"] for line in lines if line["seed"] == options.seed}
    todo = [number for number in range(options.count) if number not in known]
    with options.output.open("a", encoding="utf-8") as file:
        for number, rows in run(options.seed, todo, options.truth, options.jobs, options.timeout):
            file.write(json.dumps({"seed": options.seed, "case": number, "rows": rows}, ensure_ascii=False) + "\n")
            file.flush()
            known[number] = rows
    return reported([(options.seed, row) for number in range(options.count) for row in known[number]], options.false)


def reported(found: Sequence[tuple[int, Mapping[str, Any]]], folder: Path | None) -> int:
    """Print the table and the false verdicts, of rows with their seeds; the exit status."""
    print(table([row for _, row in found]))
    false = [(seed, row) for seed, row in found if row["false"] and not row["false"].startswith("(")]
    print(f"false verdicts: {len(false)}")
    for place, (seed, row) in enumerate(false):
        text = json.dumps(row, ensure_ascii=False, indent=1)
        print(text)
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{seed}-{place}.json").write_text(text, encoding="utf-8")
    return 1 if false else 0


if __name__ == "__main__":
    sys.exit(main())
