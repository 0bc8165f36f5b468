"""Certificates printed for people: the claim as `recheck.py` checks it, and the lines of its proofs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any


def shown(certificate: Mapping[str, Any]) -> Iterator[str]:
    """The claim as it is checked."""
    yield f"{certificate['verdict']}: {certificate['problem']['claim']}"
    for number, model in enumerate(certificate["models"]):
        yield f"model {number}"
        for name, family in model["families"].items():
            ranges = ", ".join("any" if r is None else f"{text(r[0])}..{text(r[1])}" for r in family["slots"])
            yield f"  {name}: {' × '.join(map(text, family['axes'])) or 'scalar'}{' for ' + ranges if ranges else ''}"
            for q in model["equations"].get(name, ()):
                left = text(["at", name, q["letters"], q["components"]])
                yield f"    {left} = {text(q['body'])}{where(q['where'])}"
        yield from (f"  {name}({d['variable']}) = {text(d['body'])}" for name, d in model["definitions"].items())
        yield from (f"  assumed {kind}: {json.dumps(facts)}" for kind, facts in model["facts"].items() if facts)
    for claim in certificate["evidence"]:
        free = ", ".join(f"{name} = {text(low)}..{text(high)}" for name, low, high, *_ in claim["free"])
        at = ",".join(claim["sides"][0]["variables"])
        yield f"claim in model {claim['model']} for {free or 'all'}{where(claim['where'])}, entry [{at}]"
        yield from (f"  {'=' if number else ' '} {text(side['body'])}" for number, side in enumerate(claim["sides"]))


def where(conditions: Any) -> str:
    return f" where {', '.join(f'{text(a)} {relation} {text(b)}' for a, relation, b in conditions)}" if conditions else ""


def text(e: Any) -> str:
    """An index or an expression for a person."""
    match e:
        case ["num" | "index", value]:
            return text(value)
        case ["lin", constant, terms]:
            parts = [f"{k:+d}·{a if isinstance(a, str) else text(['at', *a, []])}" for a, k in terms]
            return "".join(parts).replace("+1·", "+").replace("-1·", "-").removeprefix("+") + (f"{constant:+d}" if constant else "")
        case ["at", name, slots, components]:
            return f"{name}" + "".join(f"{a}{','.join(map(text, x))}{b}" for x, a, b in ((slots, "_{", "}"), (components, "[", "]")) if x)
        case ["add" | "mul" as kind, parts]:
            return f"({(' + ' if kind == 'add' else ' · ').join(map(text, parts))})"
        case ["pow", base, exponent]:
            return f"({text(base)})^({text(exponent)})"
        case ["sum" | "prod" as kind, letter, lower, upper, conditions, body]:
            return f"{kind}({text(body)} for {letter} = {text(lower)}..{text(upper)}{where(conditions)})"
        case ["cases", branches, otherwise]:
            last = "nothing" if otherwise is None else text(otherwise)
            return f"{{{'; '.join(text(body) + where(c) for c, body in branches)}; else {last}}}"
        case ["apply", name, arguments, component, partial, order, slots]:
            by = "".join(f" by {i}:[{','.join(map(text, at))}]" for i, at in partial)
            given = ", ".join(text(body) + " over " * bool(letters) + ",".join(letters) for letters, _, body in arguments)
            return text(["at", name, slots, component]) + "'" * int(order) + f"{by}({given})"
        case ["d", numerator, by, held]:
            return f"∂({text(numerator)})/∂({text(by)})" + (f" {json.dumps(held)}" if held != ["total"] else "")
    return json.dumps(e) if isinstance(e, list) else str(e)


def steps(certificate: Mapping[str, Any]) -> Iterator[str]:
    """The lines of its proofs: number, the line that each comes from, the rule and what it was applied to, and the terms."""
    for part in certificate["evidence"]:
        for proof in part.get("proofs", ()):
            lines = proof["lines"]
            yield f"proof that side {proof['left'] + 1} = side {proof['right'] + 1}, at entry [{','.join(proof['variables'])}]"
            for number, line in enumerate(lines):
                origin = "the difference" if line["from"] < 0 else f"line {line['from'] + 1}"
                factor = "" if line["times"] is None else f" times {text(line['times'])}"
                conditions = where(line["where"]) if line["from"] >= 0 else ""
                yield f"  {number + 1}. {line['rule']} ({line['detail']}): {origin}{factor}{conditions} = {text(line['terms'])}"
                if not any(other["from"] == number for other in lines):
                    yield f"     cancel: the {len(line['terms'][1])} terms of line {number + 1} sum to 0"
