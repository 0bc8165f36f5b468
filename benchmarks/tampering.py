"""Random tampering with certificates: whatever the checker still accepts must still be true.

    python -m benchmarks.tampering [--seed N] [--count N] [FOLDER]

Certificates are made from the documents of FOLDER (default: derivations). Each is changed at a random place: a number, an index, a
family, a relation, a term, an equation, a condition, a side, the verdict, the point, a type. What `recheck` accepts of these is
judged by the engines, which read the certificate back into index notation: exact algebra at its settings, Arb balls at its point.
"""

from __future__ import annotations

import argparse
import copy
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

import flint

from symbptt import index as ix
from symbptt.certificate import Unwritable, _side
from symbptt.config import find_config
from symbptt.documents.reader import read_path
from symbptt.engines.refute import Point, Stand, certainly_nonzero
from symbptt.index import Affine, Condition, Indexed
from symbptt.judge import judge_with_certificate
from symbptt.latex.syntax import Symbol
from symbptt.reading.choices import ReadingError, ShapeClash
from symbptt.reading.claim import ReadClaim
from symbptt.reading.claim import Side as ReadSide
from symbptt.reading.model import fitted
from symbptt.reading.scope import FreeIndex
from symbptt.reading.tensors import Names, Tensor, add, elementwise, identity_like, matrix_product
from symbptt.recheck import check
from symbptt.trial import Trial
from symbptt.unroll import WideProduct
from symbptt.unrolled import Meaningless, Setting, TooLarge, Undefined

Json = Any
Path = tuple[Any, ...]
#: Size or step up to which exact algebra judges what the checker accepts.
LARGEST = 8
MEMORY = 4 * 1024**3  # bytes; an axis may be made as long as numbers go


# -- tampering ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tampered:
    """A changed certificate and what was done to it."""

    certificate: Json
    what: str


def places(data: Json, path: Path = ()) -> Iterator[Path]:
    """Where something stands in a piece of JSON."""
    yield path
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from places(value, (*path, key))


def at(data: Json, path: Path) -> Json:
    for key in path:
        data = data[key]
    return data


def tampered(certificate: Json, random: Random) -> Tampered:
    """A certificate with one to three random changes of what it means."""
    done: list[str] = []
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        made = _changed(certificate, random)
        certificate, done = made.certificate, [*done, made.what]
    return Tampered(certificate, "; ".join(done))


def _changed(certificate: Json, random: Random) -> Tampered:
    changed = copy.deepcopy(certificate)
    evidence = changed["evidence"] if isinstance(changed["evidence"], list) else []
    proofs = [("evidence", i, "proofs") for i, part in enumerate(evidence) if isinstance(part, dict) and part.get("proofs")]
    rest = [("verdict",), ("scope",), ("assumptions",), ("readings",), ("clashes",)]
    part = random.choice([("models",), ("evidence",), random.choice(rest), *proofs[:2]])
    inner = "proofs" if part == ("evidence",) else "latex"
    told = {"latex", "rule", "detail", inner}  # texts; and proofs have their own turn
    found = [(*part, *path) for path in places(at(changed, part)) if not any(key in told for key in path if isinstance(key, str))]
    for _ in range(50):
        path = random.choice(found)
        parent, key, old = at(changed, path[:-1]), path[-1], at(changed, path)
        for name, change in random.sample(list(CHANGES.items()), len(CHANGES)):
            if name == "type" and random.random() < 0.95:  # most of these only cannot be read
                continue
            new = change(old, certificate, random)
            if new is not None and new != old:
                parent[key] = new
                return Tampered(changed, f"{name} at {'/'.join(map(str, path))}: {json.dumps(old)[:80]} -> {json.dumps(new)[:80]}")
    return Tampered(changed, "nothing")


def _number(old: Json, certificate: Json, random: Random) -> Json:
    if type(old) is int:
        return random.choice([old + 1, old - 1, -old, 0, 1, 2, 10**9])
    if isinstance(old, str) and len(old) < 100 and old.lstrip("-").replace("/", "", 1).isdigit() and not old.endswith("/0"):
        return random.choice(
            [str(Fraction(old) + 1), str(-Fraction(old)), str(Fraction(old) / 2), "0", "1", str(Fraction(old) + Fraction(1, 10**30))]
        )
    return None


def _name(old: Json, certificate: Json, random: Random) -> Json:
    if not isinstance(old, str):
        return None
    words = sorted({x for path in places(certificate["models"]) if isinstance(x := at(certificate["models"], path), str) and len(x) < 20})
    return random.choice(words or ["n", "m", "T"])


def _word(old: Json, certificate: Json, random: Random) -> Json:
    groups = (
        ["=", "!=", "<", "<="],
        ["add", "mul"],
        ["sum", "prod"],
        ["verified", "conditional", "refuted", "proved"],
        ["tanh", "sigmoid", "exp"],
    )
    kin = next((group for group in groups if old in group), None) if isinstance(old, str) else None
    return random.choice(kin) if kin else None


def _without(old: Json, certificate: Json, random: Random) -> Json:
    if isinstance(old, list) and old:
        i = random.randrange(len(old))
        return old[:i] + old[i + 1 :]
    if isinstance(old, dict) and old:
        gone = random.choice(sorted(old))
        return {key: value for key, value in old.items() if key != gone}
    return None


def _exchanged(old: Json, certificate: Json, random: Random) -> Json:
    if not isinstance(old, list) or len(old) < 2:
        return None
    i, j = random.sample(range(len(old)), 2)
    new = list(old)
    new[i], new[j] = new[j], new[i]
    return new


def _twice(old: Json, certificate: Json, random: Random) -> Json:
    return [*old, random.choice(old)] if isinstance(old, list) and old else None


def _other_part(old: Json, certificate: Json, random: Random) -> Json:
    """Another expression of the same certificate in its place."""
    if not isinstance(old, list) or not old or not isinstance(old[0], str):
        return None
    alike = [
        x
        for path in places(certificate["models"])
        if isinstance(x := at(certificate["models"], path), list) and x and isinstance(x[0], str) and x[0] in FORMS
    ]
    return copy.deepcopy(random.choice(alike)) if alike and old[0] in FORMS else None


def _shifted(old: Json, certificate: Json, random: Random) -> Json:
    """`t` becomes `t-1`."""
    return ["lin", random.choice([-1, 1]), [[old, 1]]] if isinstance(old, str) and len(old) < 4 and old not in FORMS else None


def _type(old: Json, certificate: Json, random: Random) -> Json:
    return random.choice([None, True, 1.5, "x", [], {}, [[]], 10**400, "9" * 5000, -1])


CHANGES: dict[str, Callable[[Json, Json, Random], Json]] = {
    "number": _number,
    "name": _name,
    "word": _word,
    "without": _without,
    "exchanged": _exchanged,
    "twice": _twice,
    "other part": _other_part,
    "shifted": _shifted,
    "type": _type,
}
FORMS = frozenset({"num", "index", "at", "add", "mul", "pow", "sum", "prod", "chain", "cases", "apply", "d"})


# -- reading back -----------------------------------------------------------------------------------------------------------


def index_of(e: Json) -> Affine:
    if not isinstance(e, list):
        return Affine.of(e)
    total = Affine.of(e[1])
    for atom, count in e[2]:
        total = total + Affine.of(atom if isinstance(atom, str) else Indexed(atom[0], indices_of(atom[1]))).scaled(count)
    return total


def indices_of(found: Sequence[Json]) -> tuple[Affine, ...]:
    return tuple(map(index_of, found))


def conditions_of(found: Json) -> tuple[Condition, ...]:
    words = {"!=": "\\ne", "<=": "\\le"}
    return tuple(Condition(index_of(a), words.get(relation, relation), index_of(b)) for a, relation, b in found)


def expression_of(e: Json) -> ix.Expression:
    match e:
        case ["num", value]:
            return ix.Number(Fraction(value))
        case ["index", i]:
            return ix.IndexValue(index_of(i))
        case ["at", name, slots, components]:
            return ix.Entry(name, indices_of(slots), indices_of(components))
        case ["add", terms]:
            return ix.Add(tuple(map(expression_of, terms)))
        case ["mul", factors]:
            return ix.Multiply(tuple(map(expression_of, factors)))
        case ["pow", base, exponent]:
            return ix.Power(expression_of(base), index_of(exponent))
        case [("sum" | "prod") as kind, letter, low, high, where, body]:
            made = ix.Sum if kind == "sum" else ix.ScalarProduct
            return made(letter, index_of(low), index_of(high), expression_of(body), conditions_of(where))
        case ["chain", letter, low, high, rows, columns, sizes, body, row, column, latest]:
            ends = index_of(low), index_of(high)
            names = tuple(rows), tuple(columns), indices_of(sizes)
            return WideProduct(letter, *ends, *names, expression_of(body), indices_of(row), indices_of(column), latest)
        case ["cases", branches, otherwise]:
            found = tuple((conditions_of(where), expression_of(body)) for where, body in branches)
            return ix.Branches(found, None if otherwise is None else expression_of(otherwise))
        case ["apply", name, arguments, component, partial, order, slots]:
            given = tuple(ix.Argument(tuple(letters), indices_of(sizes), expression_of(body)) for letters, sizes, body in arguments)
            by = tuple((position, indices_of(where)) for position, where in partial)
            return ix.Apply(name, given, indices_of(component), by, order, False, indices_of(slots))
        case ["d", numerator, by, holding]:
            wrt = expression_of(by)
            assert isinstance(wrt, ix.Entry)
            return ix.Differentiate(expression_of(numerator), wrt, "", "total" if holding == ["total"] else "immediate")
    raise ValueError(f"no expression: {e}")


def claim_of(certificate: Json, part: Json) -> ReadClaim:
    """A part of the evidence as the engines have it."""
    model = certificate["models"][part["model"]]
    families = {
        name: ix.Family(
            name,
            name,
            tuple(None if r is None else ix.Range(*indices_of(r)) for r in f["slots"]),
            tuple(f["letters"]),
            indices_of(f["axes"]),
            (),
        )
        for name, f in model["families"].items()
    }
    equations = {
        name: tuple(
            ix.Equation(
                name, tuple(map(Affine.of, q["letters"])), tuple(q["components"]), expression_of(q["body"]), conditions_of(q["where"]), ""
            )
            for q in found
        )
        for name, found in model["equations"].items()
    }
    definitions = {name: ix.Definition(d["variable"], expression_of(d["body"]), "") for name, d in model["definitions"].items()}
    facts = model["facts"]
    assumed = tuple(
        ix.AssumedEquation(
            tuple((name, index_of(low), index_of(high)) for name, low, high in fact["free"]),
            expression_of(fact["left"]),
            expression_of(fact["right"]),
            "",
        )
        for fact in facts["equations"]
    )
    kinds = (tuple(facts[kind]) for kind in ("normalised", "one_hot", "columnwise", "positive", "nonzero"))
    labels = {name: (index_of(low), index_of(high)) for name, (low, high) in model["labels"].items()}
    computation = ix.Computation(families, equations, definitions, tuple(model["last_steps"]), labels, ix.Assumptions(*kinds, assumed))
    sides = tuple(
        ReadSide(
            "side", Tensor(indices_of(s["axes"]), (), lambda i, j: ix.Number(Fraction(0))), tuple(s["variables"]), expression_of(s["body"])
        )
        for s in part["sides"]
    )
    free = {name: FreeIndex(index_of(low), index_of(high), role) for name, low, high, role, _ in part["free"]}
    wide = tuple(Condition(Affine.of(name), "=", Affine.of(name)) for name, *_, wide in part["free"] if wide)
    return ReadClaim(computation, sides, free, conditions_of(part["where"]), wide, (), frozenset(free))


def setting_of(setting: Json, computation: ix.Computation) -> Setting:
    values = setting["values"]
    labels = {name: (low.value(values), high.value(values)) for name, (low, high) in computation.labels.items()}
    return Setting(values, labels, setting["turn"])


# -- truth ------------------------------------------------------------------------------------------------------------------


def truth(certificate: Json, lines: bool = False) -> str:
    """`true`, `false: …` or `unclear: …`, by the engines, with `lines` of the lines of its proofs too."""
    try:
        for part in certificate["evidence"]:
            claim = claim_of(certificate, part)
            if [_side(claim, side, ())["body"] for side in claim.sides] != [side["body"] for side in part["sides"]]:
                return "unclear: what an immediate derivative holds was changed"
            model = certificate["models"][part["model"]]
            above, proved = model["above"] == "zero", certificate["verdict"] == "proved"
            answer = _point_differs(claim, part["point"]) if "point" in part else _equal(claim, part, above, proved)
            if answer == "true" and lines and part.get("proofs"):
                answer = _lines_hold(claim, part, above)
            if answer != "true":
                return answer
        if not all(map(_clash_holds, certificate["clashes"])):
            return "false: shapes that fit"
    except (Meaningless, TooLarge, Undefined, Unwritable, ReadingError) as error:
        return f"unclear: {error}"
    except MemoryError:
        return "unclear: too large for exact algebra"
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, AssertionError) as error:
        return f"malformed: {type(error).__name__} {error}"
    return "true"


def _equal(claim: ReadClaim, part: Json, zero_above: bool, proved: bool) -> str:
    """Whether the sides are equal at the stated settings; of what is proved, instances are counted whether they have values or not."""
    with_value = 0
    for setting in part["settings"]:
        if max(setting["values"].values(), default=0) > LARGEST:
            return "unclear: a setting is too large for exact algebra"
        trial = Trial(claim, setting_of(setting, claim.computation), zero_above)
        with_value += len(trial.instances)
        counted = len(trial.instances) + (trial.skipped + trial.outside if proved and not setting["undefined"] else 0)
        if counted != setting["instances"]:
            return f"false: {counted} instances, not {setting['instances']}"
        first = trial.side(0)
        for position in range(1, len(claim.sides)):
            if trial.exactly_equal(first, trial.side(position)):
                continue
            return (
                "unclear: not shown" if trial.difference(first, trial.side(position)) is None else f"false: the sides differ at {setting}"
            )
    return "true" if with_value else "unclear: no instance has a value at the stated settings"


def _lines_hold(claim: ReadClaim, part: Json, zero_above: bool) -> str:
    """Whether each line of the proofs is the one before it (times its factor) where its conditions hold, by exact algebra."""
    for setting in part["settings"]:
        trial = Trial(claim, setting_of(setting, claim.computation), zero_above)
        for proof in part["proofs"]:
            left, right = trial.side(proof["left"]), trial.side(proof["right"])
            before = {-1: {where: trial.graph.sub(left[where], right[where]) for where in left}}
            for number, line in enumerate(proof["lines"]):
                before[number] = {}
                for where in before[line["from"]]:
                    local = trial.setting.copy()
                    local.update(dict(where[0]))
                    local.update(zip(proof["variables"], where[1], strict=True))
                    if all(c.holds(local) for c in conditions_of(line["where"])):
                        before[number][where] = trial.unroller.value(expression_of(line["terms"]), local)
                wanted = {where: before[line["from"]][where] for where in before[number]}
                if line["times"] is not None:
                    return "unclear: a factor"
                if not trial.exactly_equal(trial._assumed(before[number]), trial._assumed(wanted)):
                    return f"false: line {number} at {setting}"
    return "true"


def _clash_holds(clash: Json) -> bool:
    """Whether the operation raises on tensors of these shapes."""
    rule, *shapes = clash
    a, b = (Tensor(indices_of(rows), indices_of(columns), lambda i, j: ix.Number(Fraction(1))) for rows, columns in shapes)
    try:
        if rule == "sides":
            fitted(b, a.rows, a.columns, Symbol("x"))
        elif rule == "sum":
            add([a, b], lambda text: None)
        elif rule == "one index":
            return a.shape != b.shape
        elif rule == "identity":
            identity_like(a, a.shape)
        else:
            (elementwise(a, b) if rule != "matrix product" else matrix_product(a, b, Names()))
    except ShapeClash:
        return True
    return False


def _point_differs(claim: ReadClaim, point: Json) -> str:
    """Whether the sides differ at the point and lie in their enclosures, by Arb balls of 400 bits."""
    trial = Trial(claim, setting_of(point["setting"], claim.computation))
    where = next(
        (w for w in trial.side(0) if dict(w[0]) == point["indices"] and list(w[1]) == point["entry"]),
        None,
    )
    if where is None:
        return "false: no such entry"
    nodes = [trial.side(0)[where], trial.side(1)[where]]
    values = {(name, tuple(slots), tuple(components)): Fraction(x) for name, slots, components, x in point["values"]}
    stands = {(f, tuple(c), n): Stand(n, {tuple(e): Fraction(x) for e, x in terms}) for f, c, n, terms in point["functions"]}
    graph = trial.graph
    leaves = {node: values.get(key, Fraction(0)) for found in trial.unroller.leaves.values() for key, node in found.items()}
    support = sorted(graph.support(nodes))
    assumed = claim.computation.assumptions
    for node in (n for n in support if n in leaves and graph.data[n] not in values):  # the last of a group is 1 − the others
        name, slots, components = graph.data[node]
        others = [values.get((name, slots, (*components[:-1], i))) for i in range(1, (components or (0,))[-1])]
        if name in (*assumed.normalised, *assumed.one_hot) and others and None not in others:
            leaves[node] = values[name, slots, components] = 1 - sum(x for x in others if x is not None)
    missing = [graph.data[n] for n in support if n in leaves and graph.data[n] not in values]
    if missing:
        return f"false: no value of {missing[0]}"
    with flint.ctx.workprec(400):
        found = Point(leaves, "", stands=stands).evaluate(graph, support)
        left, right = (found[node] for node in nodes)
        if left is None or right is None or not certainly_nonzero(left - right):
            return "false: no difference at the point"
        for name, x in (("left", left), ("right", right), ("difference", left - right)):
            low, high = (flint.fmpq(f.numerator, f.denominator) for f in map(Fraction, point[name]))
            if not low <= x <= high:
                return f"false: {name} is not in its enclosure"
    return "true"


# -- running ----------------------------------------------------------------------------------------------------------------


def certificates(folder: str) -> list[Json]:
    """Those of the claims in the documents of a folder."""
    found = []
    for item in read_path(folder, walk=find_config((folder,)).walk).items:
        if item.problem is not None and item.role == "claim":
            made = judge_with_certificate(item.problem).evidence
            if made is not None and (made["evidence"] or made["clashes"]):
                found.append(json.loads(json.dumps(made)))
    return found


def proofs_of(certificate: Json) -> list[Json]:
    """The proofs in each part of the evidence."""
    return [part.get("proofs") for part in certificate["evidence"]]


def run(sources: Sequence[Json], count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """What became of `count` tampered certificates, and those that are accepted though false."""
    random = Random(seed)
    results: Counter[str] = Counter()
    wrong: list[str] = []
    for _ in range(count):
        source = random.choice(sources)
        made = tampered(source, random)
        outcome, reason = check(made.certificate)
        if outcome != "accepted":
            results[outcome] += 1
            continue
        answer = truth(made.certificate, lines=proofs_of(made.certificate) != proofs_of(source))
        results[f"accepted, {answer.partition(':')[0]}"] += 1
        if answer.startswith(("false", "malformed")):
            wrong.append(f"{made.what}\n    {reason}; but {answer}")
    return results, wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", default="derivations")
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sources = certificates(given.folder)
    started = time.perf_counter()
    plain = Counter(check(source)[0] for source in sources)
    seconds = time.perf_counter() - started
    print(f"{len(sources)} certificates: {dict(plain)}, {1000 * seconds / max(len(sources), 1):.1f} ms each")
    results, wrong = run(sources, given.count, given.seed)
    print(f"{given.count} tampered: {dict(results)}")
    for line in wrong:
        print(f"WRONG {line}")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
