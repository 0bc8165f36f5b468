"""What was read of a document, for a person: each model with where its parts come from, and the role of each formula."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from symbptt.documents.body import ModelRead
from symbptt.documents.formulas import FormulaSource
from symbptt.documents.item import DocumentItem, Entry
from symbptt.documents.prose_teller import Fact
from symbptt.documents.reader import DocumentRead
from symbptt.documents.sidecar import headings
from symbptt.problem import Given
from symbptt.reading.notation import canonical

#: How far something is to be trusted, from the author's own word to a guess.
STATED, SAID, INFERRED, GUESS, GRANTED = "stated", "said", "inferred", "a guess", "taken for granted"
LONGEST: Final = 100
WIDEST: Final = 60
#: Roles that are listed; text is counted.
STATING: Final = ("claim", "definition", "update")


@dataclass(frozen=True)
class Origin:
    """Where something in a model comes from: `word` is one of those above, `fact` what the words say."""

    word: str
    fact: Fact | None = None

    def __str__(self) -> str:
        return f"said in line {self.fact.line}: {one_line(self.fact.words)}" if self.fact is not None else self.word


def one_line(text: str, longest: int = LONGEST) -> str:
    """Without breaks and signs that would command a terminal, cut where it is long."""
    text = "".join(letter if letter.isprintable() else " " for letter in text[: 8 * longest])
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def explain(read: DocumentRead) -> Iterator[str]:
    """The lines of an explanation."""
    yield one_line(read.path, 1000)
    starts = _starts(read)
    for number, model in enumerate(read.models, 1):
        yield from _indented(1, _model(number, model, starts))
    found = [item for item in read.items if item.role in STATING]
    yield f"  formulas: {len(found)} of {len(read.items)}; the others state nothing"
    rows = [(_place(item), item.role, one_line(item.latex, WIDEST), _why(item)) for item in found]
    yield from _indented(2, _columns(rows))


def _indented(depth: int, lines: Iterable[str]) -> Iterator[str]:
    return (f"{'  ' * depth}{line}".rstrip() for line in lines)


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Rows whose columns are set below one another, except for the last."""
    widths = [min(max(len(row[at]) for row in rows), WIDEST) for at in range(len(rows[0]) - 1)] if rows else []
    for row in rows:
        yield "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()


def _model(number: int, read: ModelRead, starts: Mapping[int, str]) -> Iterator[str]:
    model = read.model
    first = opening(read)
    how = "what nobody states is inferred" if model.infers else "as stated; no more is inferred than it needs"
    heading = starts.get(first.section, "")
    yield f"model {number}, from {_place(first.item)}{f' ({heading})' if heading else ''}; {how}"
    equations = [*((given, STATED) for given in model.frame.given), *((given, _line(given)) for given in model.given)]
    if model.cost is not None:
        equations = [(given, "an arbitrary cost, for no equation gives it" if given == model.cost else why) for given, why in equations]
    yield from _part("equations", [(why, f"{one_line(g.equation)}{f'  for {one_line(g.for_)}' if g.for_ else ''}") for g, why in equations])
    aside = [(_line(given), one_line(given.equation), one_line(why, 3 * LONGEST)) for given, why in model.dropped.items()]
    yield from _part("set aside", aside)
    twice = [(_line(given), one_line(given.equation), f"as {_line(other)}") for given, other in model.restated.items()]
    yield from _part("said again", twice)
    for name in ("shapes", "ranges", "functions", "notation"):
        values: Mapping[str, Any] = getattr(model.frame, name)
        yield from _part(name, [(one_line(key), one_line(str(value)), str(origin(name, key, read))) for key, value in values.items()])
    facts = [(one_line(_fact(fact)), str(_of_assumption(fact, read))) for fact in model.frame.assume]
    yield from _part("assumptions", facts)


def opening(read: ModelRead) -> Entry:
    """The first formula of a model that states something."""
    return next((entry for entry in read.entries if entry.item.role != "text"), read.entries[0])


def _part(name: str, rows: list[Any]) -> Iterator[str]:
    if rows:
        yield f"  {name}"
        yield from _indented(2, _columns(rows))


def origin(field: str, key: str, read: ModelRead) -> Origin:
    """Where an entry of `shapes`, `ranges`, `functions` or `notation` of a model comes from."""
    spelled = canonical(key)
    if any(canonical(stated) == spelled for stated in getattr(read.stated, field)):
        return Origin(STATED)
    if read.model.infers:
        said = [fact for fact in read.facts.at(_section(read)).facts if fact.field == field and canonical(fact.key) == spelled]
        if said and not (field == "ranges" and read.stated.ranges):
            return Origin(SAID, said[-1])
    inferred = read.model.inferred
    found = {"shapes": inferred.shapes, "ranges": inferred.ranges, "functions": inferred.functions}.get(field, {})
    if field == "notation" or key in found:
        return Origin(GUESS if field == "shapes" and key in inferred.doubtful else INFERRED)
    return Origin(GRANTED)


def _section(read: ModelRead) -> int:
    return max(entry.section for entry in read.entries)


def _of_assumption(fact: str | Mapping[str, str], read: ModelRead) -> Origin:
    if fact in read.stated.assume:
        return Origin(STATED)
    said = [one for one in read.facts.facts if one.field == "assume" and isinstance(fact, Mapping) and fact.get(one.value) == one.key]
    return Origin(SAID, said[-1]) if said else Origin(INFERRED)


def _fact(fact: str | Mapping[str, str]) -> str:
    return fact if isinstance(fact, str) else ", ".join(f"{kind}: {name}" for kind, name in fact.items())


def _starts(read: DocumentRead) -> Mapping[int, str]:
    """The heading over each section that holds formulas."""
    items = read.document.items
    titles = headings(items)
    places = [title.at for title in titles]
    found: dict[int, str] = {}
    for at, item in enumerate(items):
        if isinstance(item, FormulaSource) and item.section not in found:
            above = bisect_right(places, at)
            found[item.section] = one_line(titles[above - 1].words) if above else ""
    return found


def _line(given: Given) -> str:
    return f"line {given.line}" if given.line else STATED


def _place(item: DocumentItem) -> str:
    told = item.problem or item.verdict
    cell = told.cell if told is not None else 0
    return f"{f'cell {cell}:' if cell else ''}{item.line}:{item.column}"


def _why(item: DocumentItem) -> str:
    """Why a formula has its role, or why it cannot be judged, as far as it is known."""
    if item.verdict is not None and item.verdict.message:
        return one_line(item.verdict.message, 3 * LONGEST)
    if item.role == "definition":
        names = ", ".join(f"`{one_line(given.equation.partition(' = ')[0])}`" for given in item.defines)
        return f"defines {names}" if names else "says again what is defined"
    if item.role == "update":
        return "assigns"
    given = item.problem.given if item.problem is not None else ()
    lines = [str(one.line) for one in given if one.line]
    stated = ["what is stated"] if len(lines) < len(given) else []
    rests = [*([f"line{'s' * (len(lines) > 1)} {', '.join(lines)}"] if lines else []), *stated]
    return f"rests on {' and '.join(rests)}" if rests else "rests on no equation"
