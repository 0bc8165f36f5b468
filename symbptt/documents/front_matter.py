"""The fields of a problem in a document's YAML front matter, under the key `symbptt:`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import yaml

from symbptt.documents.formulas import InputError, expectation
from symbptt.problem import FIELDS as PROBLEM_FIELDS
from symbptt.problem import Given, Problem, ProblemError

BLOCK = re.compile(
    r"(?:[ \t]*\n|[ \t]*<!--(?!\s*symbptt:).*?-->[ \t]*\n)*---[ \t]*\n(?P<yaml>.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S | re.M
)
OURS = re.compile(r"^symbptt[ \t]*:", re.M)
FIELDS = tuple(name for name in PROBLEM_FIELDS if name not in ("path", "line"))
ABOUT = ("name", "source", "title")
LISTS = ("given", "assume")
MAPPINGS = ("shapes", "ranges", "functions", "notation")


@dataclass(frozen=True)
class FrontMatter:
    """`problem` holds the fields that apply to the whole document; `end` is the offset behind the block."""

    problem: Problem = field(default_factory=Problem)
    about: Mapping[str, str] = field(default_factory=dict)
    end: int = 0


@dataclass(frozen=True)
class _Read:
    """Reads YAML nodes as text, lists and mappings; every scalar is the text written (`no` stays `no`)."""

    path: str
    first: int  # line of the document on which the YAML text starts

    def line(self, node: yaml.Node) -> int:
        return self.first + int(node.start_mark.line)

    def value(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.MappingNode):
            return {key: self.value(node) for key, _, node in self.entries(node)}
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item) for item in node.value]
        return node.value

    def entries(self, node: yaml.MappingNode) -> list[tuple[str, yaml.Node, yaml.Node]]:
        """The key, its node and the value's node of each entry."""
        found: dict[str, tuple[str, yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self.error("a key must be text; put it in quotes", key)
            if key.value in found:
                raise self.error(f"`{key.value}` is given twice; keep one", key)
            found[key.value] = (key.value, key, value)
        return list(found.values())

    def error(self, message: str, node: yaml.Node) -> InputError:
        return InputError(message, path=self.path, line=self.line(node))


def read_front_matter(text: str, *, path: str) -> FrontMatter:
    """The front matter at the start of a document (comments may stand before it); empty where there is none.

    Raises `InputError` for YAML or fields that cannot be read. Front matter without `symbptt:` is of no concern here.
    """
    block = BLOCK.match(text)
    if block is None:
        return FrontMatter()
    if not OURS.search(block["yaml"]):
        return FrontMatter(end=block.end())
    read = _Read(path, text.count("\n", 0, block.start("yaml")) + 1)
    root = _compose(block["yaml"], read)
    if not isinstance(root, yaml.MappingNode):
        raise InputError("the front matter must be `key: value` lines", path=path, line=read.first)
    outer = {name: (key, value) for name, key, value in read.entries(root)}
    key, node = outer["symbptt"]
    if isinstance(node, yaml.ScalarNode) and node.value == "":
        return FrontMatter(about=_about(outer), end=block.end())
    if not isinstance(node, yaml.MappingNode):
        raise read.error("`symbptt:` must hold the fields of a problem, such as `given:` and `shapes:`", key)
    entries = read.entries(node)
    return FrontMatter(_problem(entries, read), _about(outer) | _about({n: (k, v) for n, k, v in entries}), block.end())


def _compose(text: str, read: _Read) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = read.first + (int(mark.line) if mark else 0)
        what = " ".join(str(error.problem).split())
        raise InputError(f"the front matter is not YAML ({what}); put LaTeX in single quotes", path=read.path, line=where) from None
    except yaml.YAMLError as error:
        raise InputError(f"the front matter is not YAML ({' '.join(str(error).split())})", path=read.path, line=read.first) from None
    except RecursionError:
        raise InputError("the front matter is nested too deeply", path=read.path, line=read.first) from None


def _about(entries: Mapping[str, tuple[yaml.Node, yaml.Node]]) -> dict[str, str]:
    return {name: str(entries[name][1].value) for name in ABOUT if name in entries and isinstance(entries[name][1], yaml.ScalarNode)}


def _problem(entries: list[tuple[str, yaml.Node, yaml.Node]], read: _Read) -> Problem:
    values: dict[str, Any] = {}
    for name, key, node in entries:
        if name in ABOUT or (isinstance(node, yaml.ScalarNode) and node.value == ""):
            continue
        if name not in FIELDS:
            close = get_close_matches(name, FIELDS, 1)
            hint = f"did you mean `{close[0]}`?" if close else f"the fields are {', '.join(sorted(FIELDS))}"
            raise read.error(f"unknown field `{name}`; {hint}", key)
        wanted = "a list" if name in LISTS else "`name: value` lines" if name in MAPPINGS else "text"
        kind = yaml.SequenceNode if name in LISTS else yaml.MappingNode if name in MAPPINGS else yaml.ScalarNode
        if not isinstance(node, kind):
            raise read.error(f"field `{name}` must be {wanted}", node)
        values["for_" if name == "for" else name] = _given(node, read) if name == "given" else read.value(node)
        if name == "expect":
            expectation(node.value, path=read.path, line=read.line(node))
        if name == "claim":
            values |= {"line": read.line(node), "column": int(node.start_mark.column) + 1}
    return Problem(path=read.path, **values)


def _given(node: yaml.Node, read: _Read) -> tuple[Given, ...]:
    items = []
    for item in node.value:
        try:
            (given,) = Problem(given=(read.value(item),)).given
        except ProblemError as error:
            raise read.error(f"{error}; put LaTeX in single quotes", item) from None
        items.append(Given(given.equation, given.for_, read.line(item)))
    return tuple(items)
