"""Points and entries in the document's own letters."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from .engines.refute import Difference
from .index import Family
from .latex import syntax as s
from .latex.parser import ParseError, parse_expression
from .latex.printer import to_latex
from .reading.claim import ReadClaim
from .reading.infer import size_label
from .reading.tidy import filled
from .unrolled import Key, Setting
from .verdict import Counterexample

#: A letter by which a function is counted: `_{t}`, `^{(l)}`.
LETTER = re.compile(r"([_^])(?:\{\(?[A-Za-z]\)?\}|[A-Za-z](?![A-Za-z]))")


def entry_latex(family: Family, slots: tuple[int, ...], components: tuple[int, ...]) -> str:
    """`h_t` at t=2, entry 1 as `h_{2}[1]`."""
    text = family.latex
    if slots:
        try:
            tree = parse_expression(text)
        except ParseError:
            text = f"{text}({', '.join(f'{a}={b}' for a, b in zip(family.letters, slots, strict=True))})"
        else:
            text = to_latex(filled(tree, {a: s.Number(str(b)) for a, b in zip(family.letters, slots, strict=True)}))
            hidden = [f"{a}={b}" for a, b in zip(family.letters, slots, strict=True) if a not in family.latex]
            text += f"({', '.join(hidden)})" if hidden else ""
    return text + (f"[{','.join(map(str, components))}]" if components else "")


def key_latex(claim: ReadClaim, key: Any) -> str:
    if isinstance(key, tuple) and len(key) == 3 and key[0] in claim.computation.families:
        typed: Key = key
        return entry_latex(claim.computation.families[typed[0]], typed[1], typed[2])
    return str(key)


def counterexample(claim: ReadClaim, setting: Setting, difference: Difference) -> Counterexample:
    """The point in the terms of the public contract."""
    steps = {name: setting[name] for name in claim.computation.last_steps}
    sizes = {size_label(str(k)): v for k, v in setting.items() if k not in steps and isinstance(k, str)}
    return Counterexample(
        steps=steps,
        sizes=sizes,
        values={key_latex(claim, key): str(value) for key, value in difference.values.items()},
        functions={at_step(name): text.replace(name, at_step(name), 1) for name, text in difference.functions.items()},
        entry=instance_text(claim, setting, difference.entry).removeprefix(" at "),
        left=difference.left,
        right=difference.right,
        difference=difference.difference,
    )


def at_step(name: str) -> str:
    """A function at a step as it is written: `\\ell_{1}` for `\\ell_{t}@1`."""
    base, *slots = name.split("@")
    for slot in slots:
        base = LETTER.sub(rf"\g<1>{{{slot}}}", base, count=1)
    return base


def instance_text(claim: ReadClaim, setting: Setting, where: Any) -> str:
    """` at T=2, t=1, entry (1,2)`."""
    free, entry = where
    parts = [f"{name}={setting[name]}" for name in claim.computation.last_steps]
    parts += [f"{name}={value}" for name, value in free]
    if entry:
        parts.append(f"entry ({','.join(map(str, entry))})")
    return f" at {', '.join(parts)}" if parts else ""


def short_number(text: str) -> str:
    """A number for a sentence: short rationals as they are, long ones and balls to six digits."""
    if text.startswith("[+/-"):
        return "≈ 0"
    if text.startswith("["):
        text = text[1:].split(" ")[0]
    if len(text) <= 9:
        return text
    try:
        return f"≈ {float(Fraction(text) if '/' in text else text):.6g}"
    except (ValueError, OverflowError, ZeroDivisionError):
        return text[:16] + "…"
