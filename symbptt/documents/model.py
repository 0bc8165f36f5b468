"""Models: equations with their shapes, read from a Markdown or problem file; the built-in ones live in `symbptt/models`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from importlib import resources
from pathlib import PurePath
from typing import Any

from symbptt.documents.body import read_body
from symbptt.documents.files import read_text
from symbptt.documents.formulas import InputError
from symbptt.documents.front_matter import read_front_matter
from symbptt.documents.item import DocumentItem
from symbptt.documents.markdown import read_markdown
from symbptt.documents.reader import read_path
from symbptt.problem import Given, Problem

FIELDS = ("given", "shapes", "ranges", "functions", "assume", "notation")


@dataclass(frozen=True)
class Model:
    """A computation: its equations, and what a problem says besides its claim; `parameters` are what it learns, where that is said."""

    name: str
    title: str = ""
    source: str = ""
    path: str = ""
    given: tuple[Given, ...] = ()
    shapes: Mapping[str, str] = field(default_factory=dict)
    ranges: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    assume: tuple[str | Mapping[str, str], ...] = ()
    notation: Mapping[str, Any] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()

    def problem(self, claim: str, **overrides: Any) -> Problem:
        """The problem of a claim about this model; `overrides` are fields of a problem (`for_="t \\ge 2"`)."""
        return Problem(**{name: getattr(self, name) for name in FIELDS} | {"path": self.path, "claim": claim} | overrides)


def list_models() -> list[str]:
    """The names of the built-in models."""
    folder = resources.files("symbptt") / "models"
    if not folder.is_dir():
        return []
    return sorted(PurePath(file.name).stem for file in folder.iterdir() if file.name.endswith(".md"))


def load_model(name_or_path: str) -> Model:
    """The built-in model of that name, or the model that a file holds (Markdown, or a problem as JSON).

    Raises `InputError` for an unknown name or a file that cannot be read.
    """
    names = list_models()
    if name_or_path in names:
        return _load_file(str(resources.files("symbptt") / "models" / f"{name_or_path}.md"))
    if PurePath(name_or_path).suffix:
        return _load_file(name_or_path)
    close = get_close_matches(name_or_path, names, 1)
    hint = f"did you mean `{close[0]}`?" if close else "`symbptt models` lists the built-in ones; a file needs its suffix"
    raise InputError(f"no model is called `{name_or_path}`; {hint}")


def stated_names(name: str) -> list[str]:
    """The names that a built-in model declares, without its equations being read."""
    path = resources.files("symbptt") / "models" / f"{name}.md"
    return list(read_front_matter(path.read_text(encoding="utf-8"), path=str(path)).problem.shapes)


def _load_file(path: str) -> Model:
    if PurePath(path).suffix.lower() in (".md", ".markdown"):
        return _from_markdown(read_text(path), path)
    reading = read_path(path)
    if reading.errors:
        raise reading.errors[0]
    problems = [item.problem for item in reading.items if item.problem is not None]
    if not problems:
        raise InputError("holds no problem, so no model", path=path)
    return _of_problem(problems[0], {}, path)


def _from_markdown(text: str, path: str) -> Model:
    document = read_markdown(text, path=path)
    errors = list(document.errors)
    frame = document.frame
    items = read_body(replace(document, frame=Problem(**_fields(frame), path=path)), errors)
    if errors:
        raise errors[0]
    unread = next((item.verdict for item in items if item.role == "claim" and item.problem is None and item.verdict), None)
    if unread is not None:
        raise InputError(unread.message, path=path, line=unread.line)
    return _of_problem(_with_definitions(frame, items), document.about, path)


def _fields(problem: Problem) -> dict[str, Any]:
    return {name: getattr(problem, name) for name in FIELDS}


def _with_definitions(frame: Problem, items: list[DocumentItem]) -> Problem:
    given = tuple(equation for item in items for equation in item.defines)
    return Problem(**_fields(frame) | {"given": (*frame.given, *given)})


def _of_problem(problem: Problem, about: Mapping[str, str], path: str) -> Model:
    name = about.get("name") or PurePath(path).stem
    parameters = tuple(word.strip() for word in about.get("parameters", "").split(";") if word.strip())
    return Model(name, about.get("title", ""), about.get("source", ""), path, **_fields(problem), parameters=parameters)
