"""`symbptt.derive`: a model and names in, a derivation out."""

from __future__ import annotations

from collections.abc import Iterable

from ..documents.model import Model, load_model
from ..problem import Problem
from .derivation import Derivation
from .derive import Task, written
from .notation import load_notation

ALL = "all"


def derive(model: Model | Problem | str, wrt: str | Iterable[str] = (), steps: int | str = ALL, notation: str = "") -> Derivation:
    """The derivation of the gradient of a model's loss, every line judged before it is written.

    `wrt` names one or several quantities as the model or the notation spells them (none: all parameters). `steps` is `all`, or a
    number of steps that is unrolled term by term. `notation` is one of `list_notations()` or a file; none: that of the model.
    Raises `Underivable` for a model beyond the rules, `DerivationError` where a line is not found true, `NotationError` for a
    notation that does not fit, `InputError` for a model that cannot be read.
    """
    found = load_model(model) if isinstance(model, str) else model
    problem = found.problem("0 = 0") if isinstance(found, Model) else found
    names = (wrt,) if isinstance(wrt, str) else tuple(wrt)
    title = found.title if isinstance(found, Model) else found.id
    source = found.source if isinstance(found, Model) else ""
    style = load_notation(notation, found.name if isinstance(found, Model) else found.id) if notation else None
    learned = found.parameters if isinstance(found, Model) else ()
    return written(Task(problem, title or "the model", names, source, steps if steps == ALL else int(steps), style, learned))
