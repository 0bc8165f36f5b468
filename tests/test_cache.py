"""The cache: the same claim is judged once, and nothing that lies in the folder can make a verdict."""

from __future__ import annotations

import json
import multiprocessing
import os
from dataclasses import fields, replace
from pathlib import Path

import pytest

from symbptt import cache as caching
from symbptt.cache import FOLDER, SECRET, TAG, Cache, cache_of, clean, engine_digest, folder_of, user_folder
from symbptt.problem import Given, Problem
from symbptt.verdict import Counterexample, Link, Verdict

PROBLEM = Problem(claim="a = b", id="x", path="a.md", line=3, column=2, given=("b = c", Given("c = d", "t > 1", 5)), shapes={"a": "n"})
POINT = Counterexample({"T": 2}, {"n": 2}, {"a_{1}": "1/3"}, {"f": "x^2"}, "(1)", "1", "2", "[1, 1]")
REFUTED = Verdict(
    id="x",
    path="a.md",
    line=3,
    column=2,
    latex="a = b",
    verdict="refuted",
    scope={"steps": {"T": [1, 2]}, "sizes": "all"},
    method="enclosure",
    assumptions=("y",),
    reading=("* is the matrix product",),
    links=(Link("a = b", "refuted", "no"),),
    first_wrong=0,
    counterexample=POINT,
    suggestion="a = c",
    edit="c for b",
    message="the sides differ \ud800",
    seconds=1.5,
)
UNKNOWN = replace(REFUTED, verdict="unknown")
KEPT = replace(REFUTED, seconds=0.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / FOLDER


def opened(folder: Path) -> Cache:
    return Cache(folder, folder.parent / SECRET)


def stored(folder: Path, problem: Problem = PROBLEM, verdict: Verdict = REFUTED) -> Path:
    """The file that holds the verdict."""
    with opened(folder) as cache:
        cache.put(problem, verdict)
    return folder / cache.key(problem)[:2]


@pytest.mark.parametrize(
    "verdict", [REFUTED, Verdict(latex="a = b", verdict="verified"), replace(UNKNOWN, message="`a` is defined nowhere")]
)
def test_a_verdict_comes_back(verdict: Verdict, folder: Path) -> None:
    verdict = replace(verdict, id="x", path="a.md", line=3, column=2)
    stored(folder, PROBLEM, verdict)
    assert opened(folder).get(PROBLEM) == replace(verdict, seconds=0.0)


def test_a_definition_comes_back(folder: Path) -> None:
    problem = Problem(claim="a = b", role="definition")
    stored(folder, problem, Verdict(latex="a = b", role="definition"))
    assert opened(folder).get(problem) == Verdict(latex="a = b", role="definition")


def test_a_verdict_takes_the_place_of_the_problem(folder: Path) -> None:
    stored(folder)
    elsewhere = replace(PROBLEM, id="y", path="b.md", line=7, column=9, cell=2, expect="refuted", given=("b = c", Given("c = d", "t > 1")))
    found = opened(folder).get(elsewhere)
    assert found == replace(KEPT, id="y", path="b.md", line=7, column=9, cell=2, expect="refuted")


@pytest.mark.parametrize(
    "change",
    [
        {"claim": "a  = b"},
        {"given": ("b = c", "c = d")},
        {"given": (Given("c = d", "t > 1", 5), "b = c")},
        {"shapes": {"a": "m"}},
        {"ranges": {"t": "1..T"}},
        {"functions": {"f": "map"}},
        {"assume": ("a = 1",)},
        {"notation": {"product": "left"}},
        {"for_": "t > 1"},
        {"role": "definition"},
        {"inferred": {"a": True}},
        {"doubt": "the words"},
        {"stale": (Given("c = d"),)},
        {"supposed": ("a = 1",)},
        {"readings": ("`a` is `b`",)},
        {"order": ("k \\le t", "line 3")},
        {"noted": ("the dots",)},
        {"respelled": "reading"},
        {"corner": True},
        {"denied": ("targets",)},
    ],
)
def test_another_problem_has_another_key(change: dict[str, object], folder: Path) -> None:
    stored(folder)
    assert opened(folder).get(replace(PROBLEM, **change)) is None  # type: ignore[arg-type]


def test_every_field_that_is_not_of_the_place_is_in_the_key() -> None:
    assert {field.name for field in fields(Problem)} - caching.OF_THE_PLACE - caching.OF_THE_DOCUMENT == {
        *("claim", "given", "shapes", "ranges", "functions", "assume", "notation", "for_", "role", "inferred"),
        *("doubt", "stale", "supposed", "readings", "order", "noted", "respelled", "corner", "denied"),
    }, "a new field of a problem: is it of the place, and if not, is it tested above?"


def test_the_order_of_declarations_is_in_the_key(folder: Path) -> None:
    one, other = (Problem(claim="a = b", shapes=shapes) for shapes in ({"a": "n", "b": "n"}, {"b": "n", "a": "n"}))
    assert opened(folder).key(one) != opened(folder).key(other)


def test_another_version_has_another_key(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(folder)
    monkeypatch.setattr(caching, "engine_digest", lambda: "another")
    assert opened(folder).get(PROBLEM) is None


def test_the_digest_tells_sources_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "__file__", str(tmp_path / "cache.py"))
    assert engine_digest() == ""
    seen = set()
    for name, text in (("a.py", "x"), ("a.py", "y"), ("b.py", ""), ("models.md", "y")):
        (tmp_path / name).write_text(text)
        seen.add(engine_digest())
        assert engine_digest() in seen
    assert len(seen) == 4


def test_nothing_is_kept_of_a_program_that_changed_under_the_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(folder) as cache:
        cache.put(PROBLEM, REFUTED)
        monkeypatch.setattr(caching, "engine_digest", lambda: "another")
    monkeypatch.undo()
    assert not folder.exists()


@pytest.mark.parametrize(
    "message", ["stopped after 1 s; raise --timeout", "the checker ran out of memory", "internal error: KeyError", "stopped"]
)
def test_what_another_run_might_decide_is_not_kept(message: str, folder: Path) -> None:
    stored(folder, PROBLEM, replace(UNKNOWN, message=message))
    assert not folder.exists()


def test_what_would_not_come_back_the_same_is_not_kept(folder: Path) -> None:
    stored(folder, PROBLEM, replace(REFUTED, scope={"steps": {1: (1, 2)}}))
    stored(folder, PROBLEM, replace(REFUTED, message="x" * 40_000))
    stored(folder, PROBLEM, replace(REFUTED, latex="another"))
    assert not folder.exists()


def test_tampered_entries_are_not_believed(folder: Path) -> None:
    file = stored(folder)
    text = file.read_text()
    assert text.count('"refuted"') == 2
    file.write_text(text.replace('"refuted"', '"verified"'))
    assert opened(folder).get(PROBLEM) is None


def test_an_entry_of_another_problem_is_not_believed(folder: Path) -> None:
    other = replace(PROBLEM, claim="a = c")
    text = stored(folder).read_text()
    keys = [opened(folder).key(problem) for problem in (PROBLEM, other)]
    (folder / keys[1][:2]).write_text(text.replace(*keys))
    assert opened(folder).get(other) is None


def test_a_folder_that_came_from_elsewhere_is_not_believed(folder: Path) -> None:
    stored(folder)
    assert Cache(folder, folder.parent / "another").get(PROBLEM) is None


@pytest.mark.parametrize("content", [b"", b"\0\xff", b"x" * 10_000_000, b"\n" * 1000, b'{"verdict": "verified"}'])
def test_damaged_files_cost_only_what_they_held(content: bytes, folder: Path) -> None:
    file = stored(folder)
    text = file.read_bytes()
    for damaged in (content, text[: len(text) // 2], content[:1000] + text):
        file.write_bytes(damaged)
        assert opened(folder).get(PROBLEM) == (KEPT if damaged.endswith(text) else None)
        assert stored(folder) == file
        assert opened(folder).get(PROBLEM) == KEPT
        file.write_bytes(text)


def test_data_that_is_no_verdict(folder: Path) -> None:
    cache = opened(folder)
    key = cache.key(PROBLEM)
    folder.mkdir()
    bodies = ["", "[]", "{}", '{"verdict": "verified"}', "[" * 5000, '{"links": 1, "assumptions": [], "reading": []}']
    for body in bodies:  # signed, as only a defect of the program could do it
        (folder / key[:2]).write_text(f"{key} {cache._sign(key, body)} {body}\n")
        assert opened(folder).get(PROBLEM) is None


@pytest.mark.skipif(os.name != "posix", reason="links and pipes of Unix")
def test_links_and_pipes_are_left_alone(folder: Path, tmp_path: Path) -> None:
    file = stored(folder)
    file.unlink()
    os.mkfifo(file)
    assert stored(folder) == file and opened(folder).get(PROBLEM) is None
    file.unlink()
    (tmp_path / "precious").write_text("mine")
    file.symlink_to(tmp_path / "precious")
    assert stored(folder) == file and opened(folder).get(PROBLEM) is None
    assert (tmp_path / "precious").read_text() == "mine"
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "elsewhere")
    stored(tmp_path / "linked")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    stored(tmp_path / "file" / "below")
    assert opened(tmp_path / "file" / "below").get(PROBLEM) is None
    assert Cache(tmp_path, tmp_path / "file" / SECRET).get(PROBLEM) is None


def test_a_damaged_secret_is_made_anew(folder: Path) -> None:
    stored(folder)
    (folder.parent / SECRET).write_bytes(b"short")
    assert opened(folder).get(PROBLEM) is None
    stored(folder)
    assert opened(folder).get(PROBLEM) == KEPT
    assert len((folder.parent / SECRET).read_bytes()) == 32
    if os.name == "posix":
        assert (folder.parent / SECRET).stat().st_mode & 0o777 == 0o600


def test_the_folder_stays_out_of_sight(folder: Path) -> None:
    stored(folder)
    assert (folder / ".gitignore").read_text() == "*\n"
    assert (folder / TAG).read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")


def test_the_folder_stays_small(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "LARGEST_FILE", 4000)
    file = stored(folder)
    for at in range(20):
        cache = opened(folder)
        cache._new = {file.name: [f"{at:064} signature {'x' * 300}\n"]}
        cache.write()
        assert file.stat().st_size <= 4000
    lines = [line for line in file.read_text().split("\n") if line]
    assert lines[-1].startswith(f"{19:064}") and all(line.startswith("0" * 62) for line in lines)
    assert opened(folder).get(PROBLEM) is None


def _fill(folder: str, name: int) -> None:
    with opened(Path(folder)) as cache:
        for at in range(60):
            cache.put(replace(PROBLEM, claim=f"{name} = {at}"), replace(REFUTED, latex=f"{name} = {at}", message="x" * (at * 40)))
            if at % 7 == 0:
                cache.write()


def test_several_processes_share_a_folder(folder: Path) -> None:
    folder.mkdir()
    opened(folder)  # one secret for all
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pool.starmap(_fill, [(str(folder), name) for name in range(4)])
    cache = opened(folder)
    for name in range(4):
        for at in range(60):
            found = cache.get(replace(PROBLEM, claim=f"{name} = {at}"))
            assert found is not None and found.message == "x" * (at * 40)


def test_a_problem_without_a_key(folder: Path) -> None:
    deep: object = "x"
    for _ in range(100_000):
        deep = [deep]
    problem = replace(PROBLEM, notation={"macros": deep})
    cache = opened(folder)
    cache.put(problem, REFUTED)
    assert cache.key(problem) == "" and cache.get(problem) is None


def test_where_the_cache_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    own = user_folder()
    assert own == tmp_path / "user" / "symbptt"
    assert folder_of(str(tmp_path), own) == tmp_path / FOLDER
    assert folder_of(None, own) == own / "verdicts"
    assert folder_of(str(tmp_path / "missing"), own) == own / "verdicts"
    with cache_of(str(tmp_path)) or pytest.fail() as cache:
        cache.put(PROBLEM, REFUTED)
    assert (tmp_path / FOLDER / TAG).exists() and (own / SECRET).exists() and not (tmp_path / FOLDER / SECRET).exists()
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert folder_of(str(tmp_path), own) == own / "verdicts"


def test_clean_removes_the_cache_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    stored(folder)
    (folder / "mine.txt").write_text("")
    assert clean(folder) and [path.name for path in folder.iterdir()] == ["mine.txt"]
    assert not clean(folder)
    (folder / "mine.txt").unlink()
    stored(folder)
    assert clean(folder) and not folder.exists()
    assert not clean(tmp_path) and not clean(tmp_path / "missing")


def test_an_entry_is_json(folder: Path) -> None:
    key, _, body = stored(folder).read_text().strip().split(" ", 2)
    assert len(key) == 64 and json.loads(body)["verdict"] == "refuted"
