"""Certificates: what a verdict rests on, as plain JSON that `recheck.py` verifies without the rest of the package.

docs/certificates.md has the format. Index notation is written out as it was read; only two things are made explicit that the
engines find out as they go: what an immediate derivative holds, and the argument behind an f' that is written through f's value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

from . import index as ix
from .evaluate import Evaluation, Failure
from .functions import FUNCTIONS
from .graph import Application, Kind
from .index import Affine, Condition, Indexed, parts_of
from .partial import substitute, substituted_condition
from .problem import FIELDS, Problem
from .proof.prove import Proof
from .proof.written import Unwritten, conditions, expression
from .reading.choices import ShapeClash
from .reading.claim import ReadClaim, Side
from .trial import Modes, Trial
from .unroll import WideProduct
from .unrolled import Setting
from .verdict import Verdict

FORMAT: Final = 3
#: Summed indices of a proof, numbered without end.
BOUND = re.compile(r"~\d+")
#: More readings of a refuted claim than this are counted, not written out.
MOST_READINGS: Final = 12
#: Digits to which the two sides of a counterexample are stated.
DIGITS: Final = 12
#: What is smaller may be 0 as it is stated; no difference of two sides is.
LEAST: Final = Fraction(1, 10**300)
MOST_PLACES: Final = 320

Json = Any


class Unwritable(Exception):
    """What a verdict rests on has no form in a certificate."""


@dataclass(frozen=True)
class Shown:
    """What was found of one reading of a problem."""

    problem: Problem
    claim: ReadClaim
    evaluation: Evaluation
    proofs: Sequence[Proof | None] = ()


def certificate(problem: Problem, verdict: Verdict) -> dict[str, Json] | None:
    """The certificate of a decided claim whose `evidence` is what was found; None for any other verdict."""
    if verdict.role != "claim" or verdict.verdict not in ("refuted", "verified", "conditional", "proved"):
        return None
    clashes: Sequence[ShapeClash] = verdict.evidence if verdict.method == "shapes" else ()
    shown: Sequence[Shown] = () if clashes else verdict.evidence or ()
    if not clashes and not shown:  # true by the meaning of its signs alone
        return None
    models: list[Json] = []
    evidence: list[Json] = []
    missing = ""
    for number, item in enumerate(shown[:MOST_READINGS]):
        try:
            found = _refutation(item, number, models) if verdict.verdict == "refuted" else [_equality(item, models)]
        except Unwritable as error:
            missing = str(error)
            continue
        evidence += found
    return {
        "format": FORMAT,
        "verdict": verdict.verdict,
        "method": verdict.method,
        "scope": shown[0].evaluation.scope if shown and verdict.verdict != "refuted" else verdict.scope,
        "assumptions": list(verdict.assumptions),
        "message": verdict.message,
        "problem": stated(problem),
        "judged": changed(problem, shown[0].problem) if shown else {},
        "reading": list(verdict.reading),
        "readings": len(clashes or shown),
        "models": models,
        "evidence": evidence,
        "clashes": [[c.rule, *([_indices(sizes) for sizes in shape] for shape in c.operands)] for c in clashes if c.rule],
    } | ({"missing": missing} if missing else {})


def stated(problem: Problem) -> dict[str, Json]:
    """The problem as given, in the fields of the public contract; without its place."""
    found: dict[str, Json] = {}
    for name in FIELDS:
        value = getattr(problem, "for_" if name == "for" else name)
        if value and name not in ("path", "line", "expect"):
            found[name] = dict(value) if isinstance(value, Mapping) else value
    found["given"] = [{"equation": g.equation, "for": g.for_} if g.for_ else g.equation for g in problem.given]
    found["assume"] = [dict(fact) if isinstance(fact, Mapping) else fact for fact in problem.assume]
    return found


def changed(problem: Problem, judged: Problem) -> dict[str, Json]:
    """The fields in which the problem that was judged differs from the one given: what was supposed."""
    before, after = stated(problem), stated(judged)
    return {name: value for name, value in after.items() if before.get(name) != value}


# -- evidence -------------------------------------------------------------------------------------------------------------


def _equality(shown: Shown, models: list[Json]) -> Json:
    """Sides that are equal, and the settings at which they were found so."""
    claim, evaluation = shown.claim, shown.evaluation
    modes = [(), *(link.modes[1] for link in evaluation.links)]
    return {
        "model": _placed(_model(claim, evaluation.zero_above), models),
        **_range(claim),
        "sides": [_side(claim, side, mode) for side, mode in zip(claim.sides, modes, strict=True)],
        "proofs": [
            _proof(claim, *link.compared, proof)
            for link, proof in zip(evaluation.links, shown.proofs, strict=False)
            if proof is not None and proof.lines
        ],
        "settings": [{**_setting(t.setting), "instances": t.instances, "undefined": t.undefined} for t in evaluation.tried],
    }


def _proof(claim: ReadClaim, left: int, right: int, proof: Proof) -> Json:
    """The lines of a proof, each with the conditions that the line before it does not have."""
    writer = _Writer(claim.computation, (), frozenset())
    lines = []
    for line in proof.lines:
        known = proof.lines[line.before].gaps if line.before >= 0 else ()
        where = _conditions(conditions(gap for gap in line.gaps if gap not in known))
        try:
            times = None if line.times is None else writer.write(expression(line.times))
            terms = writer.write(expression(line.terms))
        except Unwritten as error:
            raise Unwritable(str(error)) from None
        told = {"rule": line.step.rule, "detail": line.step.detail, "from": line.before}
        lines.append(_numbered({**told, "where": where, "times": times, "terms": terms}, {}))
    return {"left": left, "right": right, "variables": list(claim.sides[left].variables), "lines": lines}


def _numbered(data: Any, names: dict[str, str]) -> Any:
    """The same with summed indices numbered as they appear."""
    if isinstance(data, dict):
        return {key: _numbered(value, names) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_numbered(value, names) for value in data]
    return BOUND.sub(lambda found: names.setdefault(found[0], f"~{len(names) + 1}"), data) if isinstance(data, str) else data


def _refutation(shown: Shown, number: int, models: list[Json]) -> list[Json]:
    """A point for each meaning that the derivatives of the first wrong link may have."""
    claim = shown.claim
    if claim.corner:
        raise Unwritable("a point at sizes as large as these")
    link = next(link for link in shown.evaluation.links if link.verdict == "refuted")
    model = _placed(_model(claim, shown.evaluation.zero_above), models)
    return [
        {
            "reading": number,
            "model": model,
            **_range(claim),
            "sides": [_side(claim, claim.sides[i], mode) for i, mode in zip((f.against, f.position), f.modes, strict=True)],
            "point": _point(claim, f),
        }
        for f in link.failures
    ]


def _placed(model: Json, models: list[Json]) -> int:
    if model not in models:
        models.append(model)
    return models.index(model)


def _setting(setting: Setting) -> dict[str, Json]:
    return {
        "values": {str(name): value for name, value in setting.items()},
        "turn": setting.turn,
    }


def _range(claim: ReadClaim) -> dict[str, Json]:
    """The free indices, steps first: name, ends, role, and whether a stated condition may reach two further at either end."""
    free = []
    for name, found in sorted(claim.free.items(), key=lambda item: item[1].role == "component"):
        if found.lower is None or found.upper is None:
            raise Unwritable(f"the index {name} has no range")
        wide = found.role == "slot" and any(name in c.left.atoms() | c.right.atoms() for c in claim.stated)
        free.append([name, _index(found.lower), _index(found.upper), found.role, wide])
    return {"free": free, "where": _conditions(claim.conditions)}


def _point(claim: ReadClaim, failure: Failure) -> Json:
    """The point of a counterexample with a value for everything that the sides mention, whether they depend on it or not."""
    trial = Trial(claim, failure.setting)
    for position, modes in zip((failure.against, failure.position), failure.modes, strict=True):
        trial.side(position, modes)
    difference, one_hot = failure.difference, claim.computation.assumptions.one_hot
    values: dict[Any, Fraction] = {}
    for family, leaves in trial.unroller.leaves.items():
        values |= {key: difference.values.get(key, Fraction(int(family not in one_hot))) for key in leaves}
    graph = trial.graph
    for group in trial.constraints().one_hot:  # what the sides do not depend on makes a group one-hot
        keys = [graph.data[node] for node in group]
        free = [key for key in keys if key not in difference.values]
        if free and not any(values.get(key) for key in keys):
            values[free[0]] = Fraction(1)
    applied = [data for kind, data in zip(graph.kinds, graph.data, strict=True) if kind == Kind.APPLY and data.function not in FUNCTIONS]
    stands: dict[Any, Application] = {(data.function, data.component, len(data.args)): data._replace(orders=()) for data in applied}
    where: Any = difference.entry
    indices, entry = where
    return {
        "setting": _setting(failure.setting),
        "indices": dict(indices),
        "entry": list(entry),
        "values": [[family, list(slots), list(components), str(value)] for (family, slots, components), value in values.items()],
        "functions": [
            [name, list(component), arity, [[list(e), str(c)] for e, c in difference.point.stand(data).terms.items()]]
            for (name, component, arity), data in stands.items()
        ],
        "left": enclosure(difference.left),
        "right": enclosure(difference.right),
        "difference": enclosure(difference.difference),
    }


def enclosure(text: str) -> list[str]:
    """A rational or a ball (`[0.123 +/- 4e-5]`) as two rationals around it, rounded outwards but, from 1e-300 on, never across 0."""
    middle, _, radius = text.strip("[]").partition("+/-")
    value, around = Fraction(middle.strip() or "0"), Fraction(radius.strip() or "0")
    low, high = value - around, value + around
    largest = max(abs(low), abs(high))
    bits = largest.numerator.bit_length() - largest.denominator.bit_length()
    places = DIGITS - math.ceil((bits + 1) * math.log10(2)) if largest >= LEAST else MOST_PLACES
    unit = Fraction(10) ** -places
    inner = min(abs(low), abs(high)) if low * high > 0 else unit
    unit = min(unit, inner / 10**DIGITS) if LEAST <= inner < unit * 10 else unit
    return [str((low // unit - 1) * unit), str((high // unit + 2) * unit)]


# -- the model ------------------------------------------------------------------------------------------------------------


def _model(claim: ReadClaim, zero_above: bool) -> Json:
    computation = claim.computation
    facts = computation.assumptions
    writer = _Writer(computation, (), frozenset())
    return {
        "families": {
            name: {
                "latex": family.latex,
                "letters": list(family.letters),
                "slots": [None if r is None else [_index(r.lower), _index(r.upper)] for r in family.slots],
                "axes": _indices(family.axes),
            }
            for name, family in computation.families.items()
        },
        "equations": {
            name: [_equation(q, known_sizes(computation), writer) for q in computation.matched(name)] for name in computation.equations
        },
        "definitions": {
            name: {"variable": d.variable, "body": writer.write(d.body), "latex": d.latex} for name, d in computation.definitions.items()
        },
        "last_steps": list(computation.last_steps),
        "labels": {name: _indices(ends) for name, ends in computation.labels.items()},
        "above": "zero" if zero_above else "undefined",
        "facts": {
            **{name: list(getattr(facts, name)) for name in ("normalised", "one_hot", "columnwise", "positive", "nonzero")},
            "equations": [
                {
                    "free": [[name, _index(low), _index(high)] for name, low, high in fact.indices],
                    "left": writer.write(fact.left),
                    "right": writer.write(fact.right),
                    "latex": fact.latex,
                }
                for fact in facts.equations
            ],
        },
    }


def known_sizes(computation: ix.Computation) -> set[str]:
    """The names of sizes and last steps."""
    letters = {letter for family in computation.families.values() for letter in family.letters}
    found = [
        i for f in computation.families.values() for i in (*f.axes, *(end for r in f.slots if r is not None for end in (r.lower, r.upper)))
    ]
    return {*computation.last_steps, *(a for i in found for a in i.atoms() if isinstance(a, str) and a not in letters)}


def _equation(q: ix.Equation, sizes: set[str], writer: _Writer) -> Json:
    """An equation for all members of a family for which its conditions hold: `h_1` is where t = 1, `h_{t+1}` of what is one step before."""
    letters: list[str] = []
    conditions = list(q.conditions)
    moved: dict[str, Affine] = {}
    for position, slot in enumerate(q.slots):
        names = [a for a in slot.atoms() if isinstance(a, str) and a not in sizes]
        name = slot.as_variable()
        if name in names and name not in letters:
            letters.append(name)
            continue
        letter = Affine.of(f"slot {position + 1}")
        letters.append(str(letter))
        if names and (len(slot.terms) > 1 or slot.terms[0][1] != 1):
            raise Unwritable(f"an equation for {q.family} at {slot}")
        if names and names[0] not in moved and names[0] not in letters:
            moved[names[0]] = letter - Affine.of(slot.constant)
        else:
            conditions.append(Condition(letter, "=", slot))
    return {
        "letters": letters,
        "components": list(q.components),
        "where": _conditions([substituted_condition(c, moved) for c in conditions]),
        "body": writer.write(substitute(q.body, moved)),
        "latex": q.latex,
    }


def _side(claim: ReadClaim, side: Side, modes: Modes) -> Json:
    if side.tensor is None or side.body is None:
        raise Unwritable(side.error)
    held = frozenset(e.wrt.family for e in parts_of(side.body) if isinstance(e, ix.Differentiate) and not e.wrt.slots)
    writer = _Writer(claim.computation, modes, held)
    axes = _indices(side.tensor.rows + side.tensor.columns)
    return {"latex": side.latex, "variables": list(side.variables), "axes": axes, "body": writer.write(side.body)}


# -- index notation ---------------------------------------------------------------------------------------------------------


def _index(index: Affine) -> Json:
    if not index.terms:
        return index.constant
    return index.as_variable() or ["lin", index.constant, [[_atom(atom), count] for atom, count in index.terms]]


def _atom(atom: ix.Atom) -> Json:
    return [atom.name, _indices(atom.indices)] if isinstance(atom, Indexed) else atom


def _indices(indices: Iterable[Affine]) -> list[Json]:
    return [_index(i) for i in indices]


#: A relation, and whether its sides change places.
_RELATIONS: Final[Mapping[str, tuple[str, bool]]] = {
    "=": ("=", False),
    "\\ne": ("!=", False),
    "<": ("<", False),
    "\\le": ("<=", False),
    ">": ("<", True),
    "\\ge": ("<=", True),
}


def _conditions(conditions: Iterable[Condition]) -> list[Json]:
    found = []
    for c in conditions:
        relation, turned = _RELATIONS[c.relation]
        left, right = (c.right, c.left) if turned else (c.left, c.right)
        found.append([_index(left), relation, _index(right)])
    return found


@dataclass(frozen=True)
class _Writer:
    """Expressions as JSON; `modes` are the meanings of open derivatives, `held` the quantities without steps of the side in hand."""

    computation: ix.Computation
    modes: Modes
    held: frozenset[str]

    def write(self, e: ix.Expression) -> Json:
        return _FORMS[type(e)](self, e)

    def _entry(self, e: ix.Entry) -> Json:
        return ["at", e.family, _indices(e.slots), _indices(e.components)]

    def _folded(self, e: ix.Sum | ix.ScalarProduct) -> Json:
        kind = "sum" if isinstance(e, ix.Sum) else "prod"
        return [kind, e.variable, _index(e.lower), _index(e.upper), _conditions(e.conditions), self.write(e.body)]

    def _chain(self, e: ix.MatrixProduct) -> Json:
        names = (e.row_variable,), (e.column_variable,)
        return self._wide(WideProduct(e.variable, e.lower, e.upper, *names, (e.columns,), e.body, (e.row,), (e.column,), e.latest_first))

    def _wide(self, e: WideProduct) -> Json:
        ends = _index(e.lower), _index(e.upper)
        names = list(e.row_variables), list(e.column_variables), _indices(e.sizes)
        return ["chain", e.variable, *ends, *names, self.write(e.body), _indices(e.row), _indices(e.column), e.latest_first]

    def _cases(self, e: ix.Branches) -> Json:
        branches = [[_conditions(where), self.write(body)] for where, body in e.branches]
        return ["cases", branches, None if e.otherwise is None else self.write(e.otherwise)]

    def _apply(self, e: ix.Apply) -> Json:
        if e.of_output:
            e = replace(e, arguments=(replace(e.arguments[0], body=self._behind(e)),), of_output=False)
        arguments = [[list(a.variables), _indices(a.sizes), self.write(a.body)] for a in e.arguments]
        partial = [[position, _indices(at)] for position, at in e.partial]
        return ["apply", e.function, arguments, _indices(e.component), partial, e.order, _indices(e.slots)]

    def _behind(self, e: ix.Apply) -> ix.Expression:
        """The argument z of a quantity that is defined as f(z), by one equation for all its steps."""
        body = e.arguments[0].body
        while isinstance(body, ix.Entry) and len(self.computation.equations.get(body.family, ())) == 1:
            (equation,) = self.computation.equations[body.family]
            letters = [slot.as_variable() for slot in equation.slots]
            mapping = {name: value for name, value in zip(letters, body.slots, strict=True) if name is not None}
            if len(mapping) < len(letters):
                break
            body = substitute(equation.body, mapping | dict(zip(equation.components, body.components, strict=True)))
        while isinstance(body, (ix.Add, ix.Multiply)) and len(parts := body.terms if isinstance(body, ix.Add) else body.factors) == 1:
            body = parts[0]
        if isinstance(body, ix.Apply) and (body.function, body.slots, body.partial, body.order) == (e.function, e.slots, (), 0):
            return body.arguments[0].body
        raise Unwritable(f"the argument of {e.function}' is not seen to be a value of {e.function}")

    def _derivative(self, e: ix.Differentiate) -> Json:
        mode = e.mode if e.mode != "auto" else dict(self.modes).get(e.spelling, "total")
        return ["d", self.write(e.numerator), self._entry(e.wrt), self._holding(e) if mode == "immediate" else ["total"]]

    def _holding(self, e: ix.Differentiate) -> Json:
        """What an immediate derivative passes through: quantities of these steps, or all but some; as `Unroller._same_step`."""
        found = _steps(e.numerator, {})
        if isinstance(e.numerator, ix.Entry) and found:
            return ["steps", _indices(found)]
        if found:
            return ["latest", _indices(dict.fromkeys(found))]
        if e.wrt.slots:
            return ["latest" if not isinstance(e.numerator, ix.Entry) else "steps", _indices(e.wrt.slots)]
        return ["held", sorted(self.held - {e.wrt.family})]


def _steps(e: ix.Expression, at: Mapping[str, Affine]) -> list[Affine]:
    """The steps of the quantities that an expression names outside its sums over steps."""
    if isinstance(e, ix.Entry):
        return [slot.substitute(at) for slot in e.slots]
    if isinstance(e, (ix.Add, ix.Multiply)):
        return [step for part in (e.terms if isinstance(e, ix.Add) else e.factors) for step in _steps(part, at)]
    if isinstance(e, ix.Power):
        return _steps(e.base, at)
    if isinstance(e, ix.Sum) and e.variable.startswith("#"):
        return _steps(e.body, {**at, e.variable: ix.ONE})
    if isinstance(e, ix.Apply):
        return [step for a in e.arguments for step in _steps(a.body, {**at, **dict.fromkeys(a.variables, ix.ONE)})]
    return []


_FORMS: Final[Mapping[type[ix.Expression], Callable[[_Writer, Any], Json]]] = {
    ix.Number: lambda w, e: ["num", str(e.value)],
    ix.IndexValue: lambda w, e: ["index", _index(e.index)],
    ix.Entry: _Writer._entry,
    ix.Add: lambda w, e: ["add", [w.write(x) for x in e.terms]],
    ix.Multiply: lambda w, e: ["mul", [w.write(x) for x in e.factors]],
    ix.Power: lambda w, e: ["pow", w.write(e.base), _index(e.exponent)],
    ix.Sum: _Writer._folded,
    ix.ScalarProduct: _Writer._folded,
    ix.MatrixProduct: _Writer._chain,
    WideProduct: _Writer._wide,
    ix.Branches: _Writer._cases,
    ix.Apply: _Writer._apply,
    ix.Differentiate: _Writer._derivative,
}


# -- reading again ------------------------------------------------------------------------------------------------------------


def mismatch(data: Mapping[str, Json], claims: Sequence[Sequence[ReadClaim]]) -> str:
    """What in a certificate is none of these readings of its problem (for each formula, the default first); empty if nothing is.

    Whether a derivative is total or immediate is left out of the comparison: that is no matter of reading.
    """
    for at, item in enumerate(data["evidence"]):
        model = {**data["models"][item["model"]], "above": ""}
        found = [(i, j) for i, readings in enumerate(claims) for j, claim in enumerate(readings) if _is_of(model, item, claim)]
        if not found:
            return f"part {at + 1} of its evidence is no reading of its problem"
        if data["verdict"] in ("verified", "proved") and all(j for _, j in found):
            return "it is verified under a reading that is not the default, which makes it conditional"
    formulas = len(claims) if data["verdict"] in ("verified", "conditional", "proved") else 1
    return "" if len(data["evidence"]) >= formulas else "it has no evidence for one of the formulas of its claim"


def _is_of(model: Json, item: Mapping[str, Json], claim: ReadClaim) -> bool:
    """Whether a part of the evidence says what this reading says."""
    try:
        same = _plain({**_model(claim, False), "above": ""}) == _plain(model)
        sides = [_plain(_side(claim, side, ())) for side in claim.sides if side.tensor is not None]
        ends = _range(claim)
    except Unwritable:
        return False
    stated = [_plain(side) for side in item["sides"]]
    all_there = stated == sides if "settings" in item else all(side in sides for side in stated)
    return same and all_there and ends == {name: item[name] for name in ends}


def _plain(data: Json) -> Json:
    """JSON with what derivatives hold left out."""
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return ["d", *map(_plain, data[1:3])] if len(data) == 4 and data[0] == "d" else [_plain(x) for x in data]
    return data
