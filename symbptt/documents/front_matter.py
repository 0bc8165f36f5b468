"""What is said of a document as a whole, in YAML: front matter under the key `symbptt:`, or a sidecar."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

import yaml

from symbptt.documents.formulas import InputError, Mark, expectation, parse_mark
from symbptt.problem import FIELDS as PROBLEM_FIELDS
from symbptt.problem import Given, Problem, ProblemError

BLOCK = re.compile(
    r"(?:[ \t]*\n|[ \t]*<!--(?!\s*symbptt:).*?-->[ \t]*\n)*---[ \t]*\n(?P<yaml>.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S | re.M
)
#: A sidecar may be front matter taken over as it is.
FENCE_AT_END = re.compile(r"^(?:---|\.\.\.)[ \t]*\s*\Z", re.M)
OURS = re.compile(r"^symbptt[ \t]*:", re.M)
#: Fields besides those of a problem: whether the rest is inferred, what holds from a section on, what holds for one formula.
WIDER = ("infer", "sections", "formulas")
FIELDS = (*(name for name in PROBLEM_FIELDS if name not in ("path", "line")), *WIDER)
#: Fields of the document alone, or of a single claim.
NOT_IN_SECTIONS = ("claim", "expect", "id", "sections", "formulas")
ABOUT = ("name", "parameters", "source", "title")
LISTS = ("given", "assume", "sections")
MAPPINGS = ("shapes", "ranges", "functions", "notation", "formulas")
#: Those that give a text for each name.
OF_TEXTS = ("shapes", "ranges", "functions")
#: Lists that may also be written as one text.
TEXTS = ("given",)
#: What stands between the equations of such a text; `\\;` is a space.
BETWEEN = re.compile(r"(?<!\\);|\n")
#: Characters of YAML that are read, and how many sections and formulas it may speak of.
LONGEST = 300_000
MOST_SECTIONS, MOST_FORMULAS = 200, 10_000
#: What `formulas:` may say of a formula; `role` is one of `ROLES`.
SAID = ("expect", "for", "given", "id", "role")
ROLES = ("claim", "definition", "update", "text", "skip")


@dataclass(frozen=True)
class Frame(Problem):
    """What front matter or a sidecar states: the fields of a problem (`stated` names those that are there), and `WIDER`."""

    stated: frozenset[str] = frozenset()
    infer: bool | None = None
    sections: tuple[Section, ...] = ()
    formulas: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Section:
    """What holds from a place on: a line or the words of a heading; `path` and `line` say where this is stated."""

    start: str
    frame: Frame
    path: str = ""
    line: int = 0
    keep: bool = False  # what holds before still holds, but for what is said anew


@dataclass(frozen=True)
class Note:
    """What is said of the formula at a place, `12` or `12:40`; `path` and `line` say where."""

    place: str
    mark: Mark
    path: str = ""
    line: int = 0


@dataclass(frozen=True)
class FrontMatter:
    """`problem` holds the fields that apply to the whole document; `end` is the offset behind the block."""

    problem: Frame = field(default_factory=Frame)
    about: Mapping[str, str] = field(default_factory=dict)
    end: int = 0


@dataclass(frozen=True)
class _Read:
    """Reads YAML nodes as text, lists and mappings; every scalar is the text written (`no` stays `no`)."""

    path: str
    first: int  # line of the document on which the YAML text starts
    what: str = "the front matter"

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
    frame, about = _under_our_key(root, read)
    return FrontMatter(frame, about, block.end())


def read_fields(text: str, *, path: str) -> tuple[Frame, Mapping[str, str]]:
    """The fields of a sidecar, under `symbptt:` or by themselves, and what they say about the document.

    Raises `InputError` for YAML or fields that cannot be read.
    """
    read = _Read(path, 1, "the sidecar")
    root = _compose(FENCE_AT_END.sub("", text), read)
    if root is None or (isinstance(root, yaml.ScalarNode) and root.value == ""):
        return Frame(), {}
    if not isinstance(root, yaml.MappingNode):
        raise read.error("the sidecar must be `key: value` lines, such as `shapes:`", root)
    if any(isinstance(key, yaml.ScalarNode) and key.value == "symbptt" for key, _ in root.value):
        return _under_our_key(root, read)
    entries = read.entries(root)
    return _frame(entries, read), _about({name: (key, node) for name, key, node in entries})


def _under_our_key(root: yaml.MappingNode, read: _Read) -> tuple[Frame, Mapping[str, str]]:
    outer = {name: (key, value) for name, key, value in read.entries(root)}
    key, node = outer["symbptt"]
    if isinstance(node, yaml.ScalarNode) and node.value == "":
        return Frame(), _about(outer)
    if not isinstance(node, yaml.MappingNode):
        raise read.error("`symbptt:` must hold the fields of a problem, such as `given:` and `shapes:`", key)
    entries = read.entries(node)
    return _frame(entries, read), _about(outer) | _about({n: (k, v) for n, k, v in entries})


class _Loader(yaml.SafeLoader):
    """Without aliases, for a few of them can stand for a text without end."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "an alias such as `*name`", self.peek_event().start_mark)  # type: ignore[no-untyped-call]
        return super().compose_node(parent, index)


def _compose(text: str, read: _Read) -> yaml.Node | None:
    if len(text) > LONGEST:
        raise InputError(f"{read.what} is {len(text):,} characters long; the limit is {LONGEST:,}", path=read.path, line=read.first)
    try:
        return yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = read.first + (int(mark.line) if mark else 0)
        what = " ".join(str(error.problem).split())
        raise InputError(f"{read.what} is not YAML ({what}); put LaTeX in single quotes", path=read.path, line=where) from None
    except yaml.YAMLError as error:
        raise InputError(f"{read.what} is not YAML ({' '.join(str(error).split())})", path=read.path, line=read.first) from None
    except RecursionError:
        raise InputError(f"{read.what} is nested too deeply", path=read.path, line=read.first) from None


def _about(entries: Mapping[str, tuple[yaml.Node, yaml.Node]]) -> dict[str, str]:
    return {name: str(entries[name][1].value) for name in ABOUT if name in entries and isinstance(entries[name][1], yaml.ScalarNode)}


def _frame(entries: list[tuple[str, yaml.Node, yaml.Node]], read: _Read) -> Frame:
    values: dict[str, Any] = {}
    for name, key, node in entries:
        if name in ABOUT or (isinstance(node, yaml.ScalarNode) and node.value == ""):
            continue
        if name not in FIELDS:
            raise read.error(f"unknown field `{name}`; {_hint(name, FIELDS, 'fields')}", key)
        wanted = "a list" if name in LISTS else "`name: value` lines" if name in MAPPINGS else "text"
        kind = yaml.SequenceNode if name in LISTS else yaml.MappingNode if name in MAPPINGS else yaml.ScalarNode
        if not isinstance(node, kind) and not (name in TEXTS and isinstance(node, yaml.ScalarNode)):
            raise read.error(f"field `{name}` must be {wanted}", node)
        for entry, _, inner in read.entries(node) if name in OF_TEXTS and isinstance(node, yaml.MappingNode) else ():
            if not isinstance(inner, yaml.ScalarNode):
                raise read.error(f"field `{name}`: the value of `{entry}` must be text", inner)
        values["for_" if name == "for" else name] = SPECIAL[name](node, read) if name in SPECIAL else read.value(node)
        if name == "claim":
            values |= {"line": read.line(node), "column": int(node.start_mark.column) + 1}
    stated = frozenset("for" if name == "for_" else name for name in values)
    return Frame(path=read.path, stated=stated, **values)


def _hint(name: str, known: tuple[str, ...], what: str) -> str:
    close = get_close_matches(name, known, 1)
    return f"did you mean `{close[0]}`?" if close else f"the {what} are {', '.join(sorted(known))}"


def _given(node: yaml.Node, read: _Read) -> tuple[Given, ...]:
    """A list of equations, or a text of them with `;` or the end of a line between two."""
    if isinstance(node, yaml.ScalarNode):
        return tuple(Given(equation, line=read.line(node)) for part in BETWEEN.split(node.value) if (equation := part.strip()))
    items = []
    for item in node.value:
        try:
            (given,) = Problem(given=(read.value(item),)).given
        except ProblemError as error:
            raise read.error(f"{error}; put LaTeX in single quotes", item) from None
        items.append(Given(given.equation, given.for_, read.line(item)))
    return tuple(items)


def _expect(node: yaml.Node, read: _Read) -> str:
    return expectation(str(node.value), path=read.path, line=read.line(node))


def _infer(node: yaml.Node, read: _Read) -> bool:
    return _truth(node, read, "infer")


def _truth(node: yaml.Node, read: _Read, name: str) -> bool:
    if node.value not in ("true", "false"):
        raise read.error(f"field `{name}` must be true or false", node)
    return bool(node.value == "true")


def _sections(node: yaml.Node, read: _Read) -> tuple[Section, ...]:
    if len(node.value) > MOST_SECTIONS:
        raise read.error(f"more than {MOST_SECTIONS} sections; make several documents", node)
    return tuple(_section(item, read) for item in node.value)


def _section(node: yaml.Node, read: _Read) -> Section:
    entries = read.entries(node) if isinstance(node, yaml.MappingNode) else []
    start = next((value for name, _, value in entries if name == "from"), None)
    if not isinstance(start, yaml.ScalarNode) or not str(start.value).strip():
        raise read.error("a section is `{from: LINE or heading, shapes: …}`; say where it begins", node)
    keep = any(_truth(value, read, "keep") for name, _, value in entries if name == "keep")
    rest = [entry for entry in entries if entry[0] not in ("from", "keep")]
    for name, key, _ in rest:
        if name in NOT_IN_SECTIONS:
            raise read.error(f"field `{name}` does not belong to a section; put it before `sections:`", key)
    return Section(str(start.value).strip(), _frame(rest, read), read.path, read.line(start), keep)


def _notes(node: yaml.Node, read: _Read) -> tuple[Note, ...]:
    if not isinstance(node, yaml.MappingNode) or len(node.value) > MOST_FORMULAS:
        raise read.error(f"field `formulas` speaks of more than {MOST_FORMULAS:,} formulas; use `sections:`", node)
    return tuple(Note(place.strip(), _mark(value, read), read.path, read.line(key)) for place, key, value in read.entries(node))


def _mark(node: yaml.Node, read: _Read) -> Mark:
    """`expect refuted; id a` as in a comment, or `{expect: refuted, id: a}`."""
    if isinstance(node, yaml.ScalarNode):
        return Mark(role=node.value) if node.value in ROLES else parse_mark(str(node.value), path=read.path, line=read.line(node))
    if not isinstance(node, yaml.MappingNode):
        raise read.error("say of a formula what a mark says, such as `skip`, or `{expect: refuted, for: t < T}`", node)
    values: dict[str, Any] = {}
    for name, key, value in read.entries(node):
        if name not in SAID:
            raise read.error(f"unknown field `{name}` of a formula; {_hint(name, SAID, 'fields')}", key)
        if name == "given" and isinstance(value, yaml.ScalarNode | yaml.SequenceNode):
            values["given"] = tuple(replace(equation, line=0) for equation in _given(value, read))
            continue
        if not isinstance(value, yaml.ScalarNode):
            raise read.error(f"field `{name}` of a formula must be text", value)
        values["for_" if name == "for" else name] = _expect(value, read) if name == "expect" else str(value.value)
        if name == "role" and value.value not in ROLES:
            raise read.error(f"no role is called `{value.value}`; the roles are {', '.join(ROLES)}", value)
    return Mark(**values)


#: What reads a field that is more than text, lists and mappings.
SPECIAL: Mapping[str, Callable[[yaml.Node, _Read], Any]] = {
    "given": _given,
    "expect": _expect,
    "infer": _infer,
    "sections": _sections,
    "formulas": _notes,
}
