"""From a problem to its verdict: all readings, each tried by the engines, the best of them reported."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from symbptt.meant import (
    FALSE_AS_READ,
    as_read,
    as_respelled,
    before_differentiating,
    in_order,
    unless_immediate,
    where_supposed,
    with_equal_sizes,
    without_stale,
)

from .certificate import Shown, certificate
from .conjecture import Conjecture, conjectures
from .evaluate import Evaluation, LinkResult, evaluate, fails_for_scalars, special_case
from .first_order import BY_DEFINITION, ROUGHER, to_first_order
from .latex.parser import ParseError
from .latex.printer import to_latex
from .latex.syntax import Add, Derivative, Formula, Node, Number, Product, Symbol, walk
from .lettered import for_every_size, lettered
from .path_sums import NOTE, over_paths
from .problem import Problem, ProblemError
from .proof.prove import EFFORTS, Proof, Search
from .reading.choices import Choices, Outcome, ReadingError, ShapeClash, UnknownName, readings
from .reading.claim import ReadClaim, read_claim, read_model, with_sizes
from .reading.declare import Parsed, parse_problem
from .reading.factors import UNSHOWN
from .reading.infer import SHAPE_CHOICE
from .reading.longer_sums import with_longer_sums
from .reading.notation import canonical
from .reading.products import TURNED
from .reading.reader import CONSTANTS
from .reading.scope import Scope, script_items
from .repair.search import Budget, suggest
from .unroll import circular
from .unrolled import Meaningless, TooLarge
from .verdict import RANK, Link, Verdict, verdict_of

#: The layout that may be taken for granted where nothing else fits: ∂L/∂v as a row. ∂L/∂W in the shape of Wᵀ, or the
#: transpose of a Jacobian, is always told as an assumption.
ROWS = "layout of a scalar by a vector"
#: The scope of a proof.
ALL = {"steps": "all", "sizes": "all"}
EVERYWHERE = "for every number of steps and every size"
EQUAL_EVERYWHERE = f"equal {EVERYWHERE}"
#: Marks, inside, a claim whose inferred shapes clash.
CLASH = "clash"
#: Why a side that shows a part of a derivative of an array by an array is not judged.
IN_PART = "{}; true of the entries that it shows, with all others zero: write it for an entry, or with `\\mathrm{{diag}}`"
#: More readings of one formula than this are not tried; a claim is then never refuted.
MOST_READINGS = 96


def judge(problem: Problem) -> Verdict:
    """Judge one claim. Never raises for a wrong or unreadable claim: that is a verdict."""
    return replace(judged(problem), evidence=None)


def judge_as_stated(problem: Problem) -> Verdict:
    """`proved` or `verified` where `judge` says so; of any other claim it only says that it is not, and looks for no reason."""
    unsaid = verdict_of(problem, "unknown")
    if problem.respelled or problem.readings or problem.supposed or problem.order[0] or problem.stale or lettered(problem) is not None:
        return judge(problem)
    try:
        parsed = parse_problem(problem)
        tried = [_as_stated(parsed, _compared(parsed, formula), unsaid, refutes=False) for formula in parsed.claim if formula.relations]
    except (ParseError, ProblemError, ReadingError):
        return unsaid
    verdict = _worst([one if isinstance(one, Verdict) else unsaid for one in tried]) if tried else unsaid
    return before_differentiating(problem, verdict, _judged) if verdict.verdict == "unknown" and problem.inferred else verdict


def judge_with_certificate(problem: Problem) -> Verdict:
    """The same, with a certificate as `evidence` where the claim is decided."""
    verdict = judged(problem)
    return replace(verdict, evidence=certificate(problem, verdict))


def judged(problem: Problem) -> Verdict:
    """The verdict with what was found, reading by reading, as `evidence`."""
    started = time.perf_counter()
    verdict = _to_first_order(problem) or _over_paths(problem) or for_every_size(problem, _judged) or _judged(problem)
    if problem.respelled:
        verdict = as_respelled(problem, verdict)
    return replace(verdict, reading=(*problem.noted, *verdict.reading), seconds=round(time.perf_counter() - started, 3))


def _to_first_order(problem: Problem) -> Verdict | None:
    """What an approximation says of the linear parts; it is never called wrong, for something rougher may be meant."""
    found = to_first_order(problem) if problem.role == "claim" else None
    if found is None:
        return None
    verdict = judged(found.problem)
    if verdict.verdict == "refuted":
        return verdict_of(problem, "unknown", ROUGHER)
    if verdict.verdict == "unknown" and found.by_definition:
        verdict = replace(verdict, verdict="proved", method="proof", scope=ALL, message=BY_DEFINITION, links=(), evidence=())
    return replace(verdict, latex=problem.claim, reading=(found.note, *verdict.reading))


def _over_paths(problem: Problem) -> Verdict | None:
    """A claim with a sum over all paths, whose letters dots stand for: what it is as a product of matrices."""
    found = over_paths(problem) if problem.role == "claim" else None
    if found is None:
        return None
    verdict = for_every_size(found, _judged) or _judged(found)
    return replace(verdict, latex=problem.claim, reading=(NOTE, *verdict.reading))


def _judged(problem: Problem) -> Verdict:
    base = verdict_of(problem)
    try:
        parsed = parse_problem(problem)
        if problem.role == "definition":
            return _judge_definition(parsed, base)
        found = [_judge_sums(parsed, formula, base) for formula in parsed.claim if formula.relations]
        verdict = replace(base, verdict="unknown", message="the claim states nothing: it has no `=`") if not found else _worst(found)
    except ParseError as error:
        verdict = replace(base, verdict="unknown", message=f"not read: {error.message} (column {error.position + 1})")
    except (ProblemError, ReadingError) as error:
        verdict = replace(base, verdict="unknown", message=f"not read: {error}")
    if verdict.method == CLASH:
        verdict = with_equal_sizes(problem, verdict, judged)
    if verdict.verdict == "refuted" and problem.inferred and "derivative" not in problem.notation:
        verdict = unless_immediate(problem, verdict, judged)
    if problem.stale and verdict.verdict == "unknown" and verdict.message.startswith(FALSE_AS_READ):
        verdict = without_stale(problem, verdict, _judged)
    if problem.order[0] and not problem.for_ and verdict.verdict in ("refuted", "unknown"):
        verdict = in_order(problem, verdict, _judged)
    if verdict.verdict != "refuted" and problem.supposed:
        verdict = where_supposed(problem, verdict, judged)
    if verdict.verdict == "unknown" and problem.inferred:
        verdict = before_differentiating(problem, verdict, _judged)
    return as_read(problem, verdict) if problem.readings else verdict


def is_proved(problem: Problem, efforts: Sequence[int] = EFFORTS, seconds: float = math.inf, rows: bool = True) -> bool:
    """Whether a claim is `proved` as it stands: what `judge` asks of it, without the exact algebra that a proof makes superfluous.

    No other reading is tried than the first one that fits, no hypothesis is added, and no proof begun after so many seconds. Without
    `rows`, a claim that fits only with gradients as rows is not.
    """
    deadline = time.thread_time() + seconds
    try:
        parsed = parse_problem(problem)
        formulas = [_compared(parsed, formula) for formula in parsed.claim if formula.relations]
        if not formulas or problem.supposed or problem.readings or problem.order[0]:
            return bool(formulas) and judged(problem).verdict == "proved"
        return all(_has_proof(parsed, formula, efforts, deadline, rows) for formula in formulas)
    except (ParseError, ProblemError, ReadingError, Meaningless, TooLarge, RecursionError):
        return False


def _has_proof(parsed: Parsed, formula: Formula, efforts: Sequence[int], deadline: float, rows: bool) -> bool:
    if _only_declared(parsed, formula.sides[0], formula.sides[1:]) or (parsed.problem.inferred and formula.sides[-1] == Number("0")):
        return False
    outcome = next((o for o in _readings(parsed, formula) if o.result), None)
    if outcome is None or outcome.result is None or (ROWS in outcome.departures and not rows):
        return False
    search = Search(efforts, lambda: time.thread_time() > deadline)
    candidate = Candidate(outcome.result, outcome.made, outcome.departures, evaluate(outcome.result, exact=False, search=search))
    return candidate.evaluation.holds and not _turned(candidate) and all(_proofs(candidate))


def mended(problem: Problem, verdict: Verdict, seconds: float = Budget.seconds) -> Verdict:
    """The verdict of a claim, with the formula that was meant where it is refuted and an edit or two make it true."""
    if verdict.verdict != "refuted" or problem.role == "definition" or verdict.method == "circular" or verdict.suggestion:
        return verdict
    rows = f"{ROWS}: numerator" in verdict.reading
    large = lettered(problem)
    if large is not None and not large.too_large:
        large = None
    found = suggest(large.problem if large else problem, partial(is_proved, rows=rows), Budget(seconds))
    if found is None:
        return verdict
    latex, edit = (large.with_numbers(text) if large else text for text in (found.latex, found.edit))
    return replace(verdict, suggestion=latex, edit=edit)


def _judge_definition(parsed: Parsed, base: Verdict) -> Verdict:
    """A definition has no verdict, unless it defines nothing: then it is refuted."""
    try:
        reader, model = with_sizes(Choices(), lambda choices, sizes: read_model(parsed, choices, sizes))
    except (ReadingError, ProblemError):
        return base
    names = [reader.names.find(formula.sides[0], Scope(reader.letters)) for formula in parsed.claim]
    wanted = {found[0].template.key for found in names if found}
    loop = circular(model, wanted)
    if not loop:
        return base
    message = f"circular: {loop} is defined by itself, through no earlier step"
    return replace(base, verdict="refuted", method="circular", message=message)


def _worst(found: list[Verdict]) -> Verdict:
    """Several formulas in one claim: as good as the worst, with the links of all."""
    worst = min(found, key=lambda v: RANK.index(v.verdict))
    if len(found) == 1:
        return worst
    links = tuple(link for v in found for link in (v.links or (Link(v.latex, v.verdict, v.message),)))
    wrong = next((i for i, link in enumerate(links) if link.verdict == "refuted"), None)
    evidence = worst.evidence
    if worst.verdict in ("conditional", "verified"):
        evidence = tuple(shown for v in (worst, *(v for v in found if v is not worst)) for shown in v.evidence)
    return replace(worst, links=links, first_wrong=wrong, evidence=evidence)


@dataclass(frozen=True)
class Candidate:
    """One reading that fits, with what the engines found."""

    claim: ReadClaim
    made: Mapping[str, str]
    departures: tuple[str, ...]
    evaluation: Evaluation


def _judge_sums(parsed: Parsed, formula: Formula, base: Verdict) -> Verdict:
    """`\\sum_t a_t + b_t` is not refuted where the sum of both is meant; the brackets are suggested."""
    verdict = _judge_formula(parsed, formula, base)
    if verdict.verdict != "refuted":
        return verdict
    longer, letter = with_longer_sums(formula)
    true = next((one for one in longer if _judge_formula(parsed, one, base).verdict in ("proved", "verified", "conditional")), None)
    if true is None:
        return verdict
    message = f"false as it stands, true with the terms behind the sum over {letter} inside it; put them in brackets"
    text = " = ".join(map(to_latex, true.sides))
    return replace(base, verdict="unknown", message=message, suggestion=text)


def _compared(parsed: Parsed, formula: Formula) -> Formula:
    """The formula without sides that only name the others."""
    formula = _without_names_at_the_end(parsed, formula)
    if len(formula.sides) > 2 and _only_declared(parsed, formula.sides[0], formula.sides[1:]):
        formula = replace(formula, sides=formula.sides[1:], relations=formula.relations[1:])
    return formula


def read_anew(problem: Problem) -> list[list[ReadClaim]]:
    """For each formula of a claim its readings, the default one first.

    Raises `ProblemError`, `ParseError` or `ReadingError` where nothing can be read.
    """
    parsed = parse_problem(problem)
    found = (_readings(parsed, _compared(parsed, formula)) for formula in parsed.claim if formula.relations)
    return [[o.result for o in outcomes if o.result is not None] for outcomes in found]


def _judge_formula(parsed: Parsed, formula: Formula, base: Verdict) -> Verdict:
    formula = _compared(parsed, formula)
    tried = _as_stated(parsed, formula, base)
    if isinstance(tried, Verdict):
        return tried
    complete = len(tried.outcomes) < MOST_READINGS
    if not tried.candidates:
        return _no_reading(tried.outcomes, complete, parsed, base)
    assumed = None if parsed.problem.corner else _with_assumptions(parsed, formula, base)
    return assumed or _not_true(tried.candidates, complete, base, parsed, formula)


@dataclass(frozen=True)
class _Tried:
    """The readings of a formula, and what the engines found of those that fit."""

    outcomes: list[Outcome[ReadClaim]]
    candidates: list[Candidate]


def _as_stated(parsed: Parsed, formula: Formula, base: Verdict, *, refutes: bool = True) -> Verdict | _Tried:
    """The verdict of a formula that a reading makes true, or that states nothing; else what was tried.

    Unless it `refutes`, nothing is found out of a reading that does not make it true.
    """
    if _only_declared(parsed, formula.sides[0], formula.sides[1:]):
        message = f"`{to_latex(formula.sides[0])}` is declared, but no given equation says what it is"
        return replace(base, verdict="unknown", message=message)
    tried = _Tried([], [])
    best: Candidate | None = None
    for outcome in _readings(parsed, formula):
        tried.outcomes.append(outcome)
        if outcome.result is not None:
            found = Candidate(outcome.result, outcome.made, outcome.departures, _evaluate(outcome.result, refutes))
            if UNSHOWN in outcome.departures:
                if found.evaluation.holds:
                    error = next(one.error for one in tried.outcomes if one.error is not None)
                    return replace(base, verdict="unknown", message=IN_PART.format(error.message))
                continue  # what is false of the entries that it shows may be meant of others
            tried.candidates.append(found)
            if found.evaluation.holds:
                best = found
                break
    if best is None:
        return tried
    if _may_be_unconnected(parsed, formula) and not _ends_there(parsed, formula):
        message = "zero, for in the equations that were found nothing connects it; is one missing?"
        return replace(base, verdict="unknown", message=message)
    return _true(best, tried.candidates[0], best is tried.candidates[0] and not _turned(best), base, parsed.problem)


def _may_be_unconnected(parsed: Parsed, formula: Formula) -> bool:
    """Whether what is zero may be so since an equation was not found: a derivative, or what one names."""
    trees = (formula, *(given.formula for given in parsed.given))
    derived = any(isinstance(node, Derivative) for node in walk(*trees))
    return bool(parsed.problem.inferred) and formula.sides[-1] == Number("0") and derived


def _ends_there(parsed: Parsed, formula: Formula) -> bool:
    """Whether `F_n = 0` is of a quantity `F_t` that is not zero elsewhere, so that no missing equation makes it so."""
    left = formula.sides[0]
    if not isinstance(left, Symbol) or len(formula.sides) != 2:
        return False
    kinds = [script.kind for script in left.scripts]
    for general in (given.formula.sides[0] for given in parsed.given):
        if not isinstance(general, Symbol) or general.name != left.name or general == left:
            continue
        if [script.kind for script in general.scripts] != kinds:
            continue
        outcome = next(iter(_readings(parsed, replace(formula, sides=(general, Number("0"))))))
        return outcome.result is not None and _evaluate(outcome.result).refuted
    return False


def _turned(candidate: Candidate) -> bool:
    return any(key.startswith(("layout", "outer product", TURNED)) and key != ROWS for key in candidate.departures)


def _readings(parsed: Parsed, formula: Formula) -> Iterator[Outcome[ReadClaim]]:
    return readings(lambda choices: read_claim(parsed, formula, choices), MOST_READINGS)


def _evaluate(claim: ReadClaim, refutes: bool = True) -> Evaluation:
    try:
        return evaluate(claim, refutes=refutes)
    except (Meaningless, TooLarge, ReadingError) as error:
        return Evaluation(trouble=str(error))
    except RecursionError:
        return Evaluation(trouble="the equations are nested too deeply to be unrolled")


def _is_spoken_of(parsed: Parsed, name: Symbol, others: tuple[Node, ...]) -> bool:
    """Whether a symbol, fonts aside, occurs in anything that the problem states or in the rest of the claim."""
    stated = [*parsed.problem.shapes, *parsed.problem.shapes.values(), *parsed.problem.ranges, *parsed.problem.ranges.values()]
    stated += [*parsed.problem.functions, *map(str, parsed.problem.assume), *CONSTANTS, "e", "\\mathbf{0}", "\\boldsymbol{0}", "\\vec{0}"]
    plain = name.name[name.name.index("{") + 1 : -1] if name.name.endswith("}") else name.name
    used = {n.name for n in walk(*(g.formula for g in parsed.given), *others) if isinstance(n, Symbol)}
    return any(plain in text for text in (*stated, *used))


def _only_declared(parsed: Parsed, side: Node, others: tuple[Node, ...]) -> bool:
    """A lone name that has a shape, but that nothing else speaks of, given or claimed: it stands for what follows it."""
    if not isinstance(side, Symbol):
        return False
    used = {n.name for n in walk(*(g.formula for g in parsed.given), *others) if isinstance(n, Symbol)}
    assumed = " ".join(map(str, parsed.problem.assume))
    return side.name not in used and side.name not in assumed and any(side.name in key for key in parsed.problem.shapes)


def _without_names_at_the_end(parsed: Parsed, formula: Formula) -> Formula:
    """A last side that is a single name which nothing declares only names the result."""
    if len(formula.sides) < 3:
        return formula
    last = formula.sides[-1]
    if not isinstance(last, Symbol):
        return formula
    if _is_spoken_of(parsed, last, formula.sides[:-1]):
        return formula
    return replace(formula, sides=formula.sides[:-1], relations=formula.relations[:-1])


# -- verdicts -----------------------------------------------------------------------------------------------------------


def _reading_notes(candidate: Candidate) -> tuple[str, ...]:
    """How ambiguities were read; what is the default of the contract is marked so."""
    notes = list(candidate.claim.notes)
    for key, answer in candidate.made.items():
        if key in candidate.departures:
            notes.append(f"{key}: {answer}")
        else:
            notes.append(f"{key}: {answer} (default)")
    notes += candidate.evaluation.notes
    return tuple(dict.fromkeys(notes))


def _links(candidate: Candidate, proofs: Sequence[Proof | None] = ()) -> tuple[Link, ...]:
    sides = candidate.claim.sides
    results = candidate.evaluation.links
    if len(results) < 2:
        return ()
    proved = [bool(proofs) and proofs[i] is not None for i in range(len(results))]
    texts = [f"{sides[i].latex} = {sides[i + 1].latex}" for i in range(len(results))]
    return tuple(
        Link(text, "proved", EQUAL_EVERYWHERE) if by_proof else Link(text, r.verdict, r.message)
        for text, r, by_proof in zip(texts, results, proved, strict=True)
    )


def _true(best: Candidate, default: Candidate, is_default: bool, base: Verdict, problem: Problem) -> Verdict:
    evaluation = best.evaluation
    assumptions = list(evaluation.assumptions)
    departures = [k for k in best.departures if best.made[k] != default.made.get(k)]
    if not is_default:
        assumptions += [f"reading: {key}: {best.made[key]}" for key in departures or best.departures]
    proofs = _proofs(best)
    proved = all(proofs)
    verdict = "conditional" if assumptions else "proved" if proved else "verified"
    where = _everywhere(proofs) if proved else evaluation.scope_text()
    message = f"equal {where}" if proved else f"equal by exact algebra {where}"
    if assumptions:
        message = f"true {where} if {'; '.join(assumptions)}"
    return replace(
        base,
        verdict=verdict,
        scope=ALL if proved else evaluation.scope,
        method="proof" if proved else "exact",
        assumptions=tuple(assumptions),
        reading=_reading_notes(best),
        links=_links(best, proofs),
        message=message,
        evidence=(Shown(problem, best.claim, evaluation, proofs),),
    )


def _proofs(candidate: Candidate) -> list[Proof | None]:
    """For each link its proof for all steps and sizes, where one was found and nothing was assumed on the way."""
    evaluation = candidate.evaluation
    return [None if evaluation.assumptions else link.proof for link in evaluation.links]


def _everywhere(proofs: Sequence[Proof | None]) -> str:
    """`for every number of steps and every size`, or from how many steps on."""
    limits = dict.fromkeys(limit for proof in proofs if proof is not None for limit in proof.limits)
    return f"{EVERYWHERE}, where {' and '.join(limits)}" if limits else EVERYWHERE


def _with_assumptions(parsed: Parsed, formula: Formula, base: Verdict) -> Verdict | None:
    """Try the missing hypotheses that count as conditional: normalised or one-hot targets, a named activation."""
    for guess in conjectures(parsed):
        assumed = guess.apply(parsed)
        default: Mapping[str, str] | None = None
        for outcome in _readings(assumed, formula):
            if outcome.result is None:
                continue
            default = outcome.made if default is None else default
            evaluation = _evaluate(outcome.result)
            if evaluation.holds:
                candidate = Candidate(outcome.result, outcome.made, outcome.departures, evaluation)
                readings = [k for k in candidate.departures if candidate.made[k] != default.get(k)] if outcome.made is not default else []
                readings = readings or (list(candidate.departures) if _turned(candidate) else [])
                return _conditional(candidate, guess, readings, base, assumed.problem)
    return None


def _conditional(candidate: Candidate, guess: Conjecture, departures: Sequence[str], base: Verdict, problem: Problem) -> Verdict:
    named = [f"reading: {key}: {candidate.made[key]}" for key in departures]
    assumptions = (guess.latex, *candidate.evaluation.assumptions, *named)
    proofs = _proofs(candidate)
    proved = all(proofs)
    return replace(
        base,
        verdict="conditional",
        scope=ALL if proved else candidate.evaluation.scope,
        method="proof" if proved else "exact",
        assumptions=assumptions,
        reading=_reading_notes(candidate),
        links=_links(candidate, proofs),
        message=f"true {_everywhere(proofs) if proved else candidate.evaluation.scope_text()} if {'; '.join(assumptions)}",
        evidence=(Shown(problem, candidate.claim, candidate.evaluation, proofs),),
    )


def _holds_for_a_number(choice: str, made: Mapping[str, str], parsed: Parsed, formula: Formula) -> bool:
    """Whether what was taken for a vector or a matrix, with no shape stated, fits as a number too, and the claim is not refuted then."""
    if not choice.startswith(SHAPE_CHOICE) or made[choice] == "scalar":
        return False
    try:
        claim = read_claim(parsed, formula, Choices(preset={**made, choice: "scalar"}))
    except ReadingError:
        return False
    return not _evaluate(claim).refuted


def _doubtful(parsed: Parsed, formula: Formula, candidates: list[Candidate]) -> str:
    """Why what was inferred cannot carry a refutation: a cost nobody gives, or shapes that are a guess where scalars do not refute too."""
    if parsed.problem.doubt:
        return f"{FALSE_AS_READ}{parsed.problem.doubt}"
    multiple = _multiple(parsed)
    if multiple:
        return f"false as it was read, but {multiple}"
    if parsed.problem.inferred and any(_vanishes(c.evaluation) for c in candidates):
        return "one side is zero where the other is not: in the equations that were found nothing connects it; is one missing?"
    inferred = parsed.problem.inferred
    used = {name for c in candidates for name in c.claim.computation.families}
    unsure = [key for key, sure in inferred.items() if not sure and canonical(key) in used]
    unsure += [
        key[len(SHAPE_CHOICE) :].strip("`") for c in candidates for key in c.made if _holds_for_a_number(key, c.made, parsed, formula)
    ]
    if not unsure or all(_single(c.claim) for c in candidates):
        return ""
    return f"false for the shapes that were inferred, but that of {unsure[0]} is a guess; state it"


def _multiple(parsed: Parsed) -> str:
    """`h_{2k}` of a family `h_t` may be a multiple of the step, which is not read, as well as step 2 and component k."""
    for node in walk(*parsed.claim, *(g.formula for g in parsed.given)):
        if not isinstance(node, Symbol) or not any(_is_multiple(script.body) for script in node.scripts if script.kind == "sub"):
            continue
        for key in parsed.problem.shapes:
            name = parsed.expression(key)
            if isinstance(name, Symbol) and name.name == node.name and [len(script_items(script)) for script in name.scripts] == [1]:
                return f"`{to_latex(node)}` may be a multiple of the index; two indices are written with a comma"
    return ""


def _is_multiple(body: Node) -> bool:
    first = body.terms[0][1] if isinstance(body, Add) else body
    return isinstance(first, Product) and isinstance(first.factors[0], Number) and first.factors[0].text not in ("0", "1")


def _vanishes(evaluation: Evaluation) -> bool:
    return any(link.hollow for link in evaluation.links)


def _special(candidate: Candidate) -> str:
    try:
        return special_case(candidate.claim, candidate.evaluation)
    except (Meaningless, TooLarge, ReadingError, RecursionError):
        return ""


def _single(claim: ReadClaim) -> bool:
    try:
        return fails_for_scalars(claim)
    except (Meaningless, TooLarge, ReadingError, RecursionError):
        return False


def _not_true(candidates: list[Candidate], complete: bool, base: Verdict, parsed: Parsed, formula: Formula) -> Verdict:
    """Refuted if every reading is, else unknown with the first reason."""
    default = candidates[0]
    refuted = all(c.evaluation.refuted for c in candidates) and complete
    doubt = _doubtful(parsed, formula, candidates) if refuted else ""
    refuted = refuted and not doubt
    found = default.evaluation
    common: dict[str, Any] = {"reading": _reading_notes(default), "links": _links(default)}
    if refuted:
        wrong = next((i for i, link in enumerate(found.links) if link.verdict == "refuted"), None)
        link: LinkResult = found.links[wrong] if wrong is not None else LinkResult("refuted")
        special = _special(default)
        return replace(
            base,
            verdict="refuted",
            scope=found.scope,
            method="enclosure",
            counterexample=link.counterexample,
            first_wrong=wrong if len(found.links) > 1 else None,
            message=f"{link.message}; {special}" if special else link.message,
            evidence=tuple(Shown(parsed.problem, c.claim, c.evaluation) for c in candidates),
            **common,
        )
    reason = next((c.evaluation.reason() for c in candidates if not c.evaluation.refuted), "")
    reason = doubt or reason
    if not complete:
        reason = "too many readings to try them all"
    return replace(base, verdict="unknown", message=reason or "not decided", **common)


def _no_reading(outcomes: list[Outcome[ReadClaim]], complete: bool, parsed: Parsed, base: Verdict) -> Verdict:
    """No reading has a meaning: refuted for stated shapes that clash under every reading, else unknown."""
    errors = [o.error for o in outcomes if o.error is not None]
    errors = [e for e in errors if not (isinstance(e, ShapeClash) and e.in_model)] or errors
    clash = all(isinstance(e, ShapeClash) and not e.in_model for e in errors)
    first = next((e for e in errors if not isinstance(e, ShapeClash)), errors[0])
    place = f" (column {first.span[0] + 1})" if first.span != (0, 0) else ""
    inferred = any(key.startswith(SHAPE_CHOICE) for o in outcomes for key in o.made)
    if clash and _multiple(parsed):
        return replace(base, verdict="unknown", message=_multiple(parsed))
    if clash and complete and parsed.problem.shapes and not inferred and not parsed.problem.inferred:
        message = f"no reading has consistent shapes: {errors[0].message}{place}"
        return replace(base, verdict="refuted", method="shapes", message=message, evidence=tuple(errors))
    method = CLASH if parsed.problem.inferred and not any(isinstance(e, UnknownName) for e in errors) else ""
    return replace(base, verdict="unknown", method=method, message=f"{first.message}{place}")
