"""A proof checker for the mathematics of backpropagation.

    import symbptt
    symbptt.check({"given": [...], "shapes": {...}, "claim": "..."})   # -> Verdict
    symbptt.check_document("notes.md")                                # -> list[Verdict]

Names are loaded on first use, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symbptt.api import check
    from symbptt.derivation.api import derive
    from symbptt.derivation.derivation import Derivation
    from symbptt.documents.check import check_document
    from symbptt.documents.model import Model, list_models, load_model
    from symbptt.export.build import lambdify
    from symbptt.problem import Problem, ProblemError
    from symbptt.train.trainer import Trainer
    from symbptt.verdict import Verdict

#: Public name → the module that holds it.
_PLACES = {
    "Derivation": "symbptt.derivation.derivation",
    "Model": "symbptt.documents.model",
    "Problem": "symbptt.problem",
    "ProblemError": "symbptt.problem",
    "Trainer": "symbptt.train.trainer",
    "Verdict": "symbptt.verdict",
    "check": "symbptt.api",
    "check_document": "symbptt.documents.check",
    "derive": "symbptt.derivation.api",
    "lambdify": "symbptt.export.build",
    "list_models": "symbptt.documents.model",
    "load_model": "symbptt.documents.model",
    "testing": "symbptt.testing",
}

__all__ = [
    "Derivation",
    "Model",
    "Problem",
    "ProblemError",
    "Trainer",
    "Verdict",
    "check",
    "check_document",
    "derive",
    "lambdify",
    "list_models",
    "load_model",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'symbptt' has no attribute {name!r}")
    module = import_module(_PLACES[name])
    return module if name == "testing" else getattr(module, name)


def __dir__() -> list[str]:
    return sorted(_PLACES)
