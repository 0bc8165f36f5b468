"""Sidecars: the fields of front matter beside a document, by section and for single formulas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

import symbptt
from symbptt.documents.item import DocumentItem
from symbptt.documents.reader import Reading, read_path
from symbptt.documents.sidecar import headings
from symbptt.documents.tex import read_tex
from symbptt.verdict import Verdict

LINEAR = r"""# A linear net

$$y = W x$$

$$C = \ell(y)$$

$$\frac{\partial C}{\partial x} = W^T \frac{\partial C}{\partial y}$$
"""
#: Two models under clashing names: columns first, rows then.
TWO = r"""# Notes

## Columns

$$y = W x$$

$$C = \ell(y)$$

$$\frac{\partial C}{\partial x} = W^T \frac{\partial C}{\partial y}$$

## Rows and $x W$

$$y = x W$$

$$C = \ell(y)$$

$$\frac{\partial C}{\partial x} = \frac{\partial C}{\partial y} W^T$$
"""
SHAPES = "shapes: {x: m, y: n, W: n×m, C: scalar}\nfunctions: {\\ell: scalar}\n"


def put(folder: Path, files: Mapping[str, str]) -> str:
    """Write the files; the path of the first."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return str(folder / next(iter(files)))


def read(path: str) -> Reading:
    found = read_path(path)
    assert not found.errors, [str(error) for error in found.errors]
    return found


def shapes(item: DocumentItem) -> Mapping[str, str]:
    assert item.problem is not None
    return item.problem.shapes


def claims(path: str) -> list[DocumentItem]:
    return [item for item in read(path).items if item.role == "claim"]


def error(path: str) -> str:
    (found,) = read_path(path).errors
    return str(found).removeprefix(str(Path(path).parent) + "/")


@pytest.mark.parametrize("sidecar", ["a.symbptt.yaml", "a.md.symbptt.yaml"])
@pytest.mark.parametrize("text", [SHAPES, "symbptt:\n  " + SHAPES.replace("\nf", "\n  f"), f"---\n{SHAPES}---\n"])
def test_fields_may_stand_under_our_key_or_by_themselves(tmp_path: Path, sidecar: str, text: str) -> None:
    (claim,) = claims(put(tmp_path, {"a.md": LINEAR, sidecar: text}))
    assert shapes(claim)["W"] == "n×m"
    assert claim.problem is not None and claim.problem.functions == {"\\ell": "scalar"}


def test_the_longer_name_wins_and_the_other_is_not_read(tmp_path: Path) -> None:
    path = put(tmp_path, {"a.md": LINEAR, "a.md.symbptt.yaml": SHAPES, "a.symbptt.yaml": "no: [yaml"})
    assert shapes(claims(path)[0])["W"] == "n×m"


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "symbptt:\n", "title: Notes\n"])
def test_an_empty_sidecar_says_nothing(tmp_path: Path, text: str) -> None:
    (claim,) = claims(put(tmp_path, {"a.md": LINEAR, "a.symbptt.yaml": text}))
    assert claim.problem is not None and claim.problem.inferred


def test_front_matter_goes_before_field_by_field_and_key_by_key(tmp_path: Path) -> None:
    front = "---\nsymbptt:\n  shapes: {x: 3}\n  assume: []\n---\n"
    beside = "shapes: {x: m, y: n}\nassume: [{nonzero: y}]\nfor: t > 1\nranges: {t: 1..T}\n"
    (claim,) = claims(put(tmp_path, {"a.md": front + LINEAR, "a.symbptt.yaml": beside}))
    assert claim.problem is not None
    assert claim.problem.shapes["x"] == "3" and claim.problem.shapes["y"] == "n"
    assert claim.problem.assume == () and claim.problem.for_ == "t > 1" and claim.problem.ranges == {"t": "1..T"}


def notebook(*cells: str) -> str:
    return json.dumps({"cells": [{"cell_type": "markdown", "source": cell} for cell in cells], "metadata": {}, "nbformat": 4})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.tex", LINEAR.replace("# A linear net", "\\section{A linear net}")),
        ("a.ipynb", notebook(*LINEAR.split("\n\n"))),
        ("a.txt", LINEAR),
        ("a.rst", "Title\n=====\n\n.. math:: y = W x\n\n.. math:: C = \\ell(y)\n\n.. math:: \\frac{\\partial C}{\\partial x} = W^T C\n"),
    ],
)
def test_every_format_has_sidecars(tmp_path: Path, name: str, text: str) -> None:
    (claim,) = claims(put(tmp_path, {name: text, "a.symbptt.yaml": SHAPES}))
    assert shapes(claim)["W"] == "n×m"


def test_a_folder_does_not_take_sidecars_for_documents_and_one_alone_is_told(tmp_path: Path) -> None:
    put(tmp_path, {"a.md": LINEAR, "a.symbptt.yaml": SHAPES})
    assert len(read(str(tmp_path)).items) == 3
    assert error(str(tmp_path / "a.symbptt.yaml")) == "a.symbptt.yaml: a sidecar is read with its document; give the document"


def test_included_files_belong_to_the_sidecar_of_the_document(tmp_path: Path) -> None:
    tex = LINEAR.replace("# A linear net", "\\input{parts/model}")
    files = {"a.tex": tex, "parts/model.tex": "$$z = V x$$\n", "parts/model.symbptt.yaml": "no: [yaml", "a.symbptt.yaml": SHAPES}
    files["a.symbptt.yaml"] += "formulas: {parts/model.tex:1: skip, 7: {id: main}}\n"
    items = read(put(tmp_path, files)).items
    assert [item.role for item in items] == ["text", "definition", "definition", "claim"]
    assert items[-1].problem is not None and items[-1].problem.id == "main"


def test_a_link_that_leads_away_is_not_followed(tmp_path: Path) -> None:
    path = put(tmp_path, {"here/a.md": LINEAR, "there/secret.yaml": SHAPES})
    (tmp_path / "here/a.symbptt.yaml").symlink_to(tmp_path / "there/secret.yaml")
    assert error(path) == "a.symbptt.yaml: a link that leads to another folder is not followed; put the file here"


def test_the_python_name_reads_sidecars(tmp_path: Path) -> None:
    path = put(tmp_path, {"a.md": LINEAR, "a.symbptt.yaml": SHAPES + "formulas: {7: {expect: verified, id: input}}\n"})
    (verdict,) = [found for found in symbptt.check_document(path, workers=1) if found.role == "claim"]
    assert (verdict.verdict, verdict.expect, verdict.id) == ("proved", "verified", "input")


SECTIONS = r"""
functions: {\ell: scalar}
shapes: {C: scalar, W: n×m}
sections:
  - from: columns
    shapes: {x: m, y: n}
  - from: Rows and x W
    shapes: {x: 1×m, y: 1×n, W: m×n}
"""


def test_frames_by_section(tmp_path: Path) -> None:
    path = put(tmp_path, {"a.md": TWO, "a.symbptt.yaml": SECTIONS})
    first, second = claims(path)
    assert shapes(first) == {"C": "scalar", "x": "m", "y": "n", "W": "n×m"}
    assert shapes(second) == {"C": "scalar", "x": "1×m", "y": "1×n", "W": "m×n"}
    assert [len(claim.problem.given) for claim in (first, second) if claim.problem] == [2, 2]
    assert first.model != second.model
    assert [verdict.verdict for verdict in symbptt.check_document(path, workers=1) if verdict.role == "claim"] == ["proved"] * 2


def test_sections_in_front_matter_and_by_line(tmp_path: Path) -> None:
    front = "---\nsymbptt:" + SECTIONS.replace("\n", "\n  ").replace("Rows and x W", "25").replace("columns", "14") + "\n---\n"
    first, second = claims(put(tmp_path, {"a.md": front + TWO}))
    assert first.line < 25 < second.line
    assert (shapes(first)["x"], shapes(second)["x"]) == ("m", "1×m")


def test_lists_of_a_section_replace_those_of_the_document(tmp_path: Path) -> None:
    text = "given: ['z = q']\nassume: [{nonzero: C}]\nfor: t < 3\n"
    text += "sections: [{from: 11, given: [], for: t < 2, shapes: {x: 1×m, y: 1×n, W: m×n}}]\n"
    first, second = claims(put(tmp_path, {"a.md": TWO, "a.symbptt.yaml": text}))
    assert first.problem is not None and second.problem is not None
    assert first.problem.given[0].equation == "z = q" and second.problem.given[0].equation != "z = q"
    assert (first.problem.for_, second.problem.for_) == ("t < 3", "t < 2")
    assert second.problem.assume == ({"nonzero": "C"},)


def test_sections_of_a_notebook_by_cell(tmp_path: Path) -> None:
    cells = TWO.split("\n\n## ")
    text = SECTIONS.replace("columns", "cell 2").replace("Rows and x W", "'cell 3:2'")
    first, second = claims(put(tmp_path, {"a.ipynb": notebook(cells[0], "## " + cells[1], "## " + cells[2]), "a.symbptt.yaml": text}))
    assert (shapes(first)["x"], shapes(second)["x"]) == ("m", "1×m")


def test_repeated_headings_are_taken_in_order(tmp_path: Path) -> None:
    twice = TWO.replace("Columns", "Model").replace("Rows and $x W$", "Model")
    text = SECTIONS.replace("columns", "Model").replace("Rows and x W", "Model")
    first, second = claims(put(tmp_path, {"a.md": twice, "a.symbptt.yaml": text}))
    assert (shapes(first)["x"], shapes(second)["x"]) == ("m", "1×m")


def test_marks_before_a_section_stay_with_their_formula(tmp_path: Path) -> None:
    text = TWO.replace("## Rows and $x W$\n", "<!-- symbptt: id rows -->")
    (_, last) = claims(put(tmp_path, {"a.md": text, "a.symbptt.yaml": "sections: [{from: 13, shapes: {x: 1×m}}]"}))
    assert last.problem is not None
    ids = [item.problem.id for item in read(str(tmp_path / "a.md")).items if item.problem]
    assert "rows" in ids


def test_headings_with_formulas() -> None:
    found = headings(read_tex("\\section{The $x$ of\n a net}\ntext $a=b$\n\\subsection{B}\\section{C}").items)
    assert [heading.words for heading in found] == ["The $x$ of\n a net", "B", "C"]


DISPLAY = r"""
$a = b$ and $z$ or $c = d$

$$\begin{aligned}
p &= q \\
r &= s \\
u &= v
\end{aligned}$$
"""


def verdicts(path: str) -> dict[tuple[int, int], Verdict | str]:
    return {(item.line, item.column): item.role for item in read(path).items}  # type: ignore[misc]


@pytest.mark.parametrize(
    ("formulas", "roles"),
    [
        (
            "",
            {
                (2, 2): "definition",
                (2, 14): "text",
                (2, 21): "definition",
                (5, 1): "definition",
                (6, 1): "definition",
                (7, 1): "definition",
            },
        ),
        ("2: update", {(2, 2): "update", (2, 14): "text", (2, 21): "update"}),
        ("2:21: skip", {(2, 2): "definition", (2, 14): "text", (2, 21): "text"}),
        ("2:22: text", {(2, 2): "definition", (2, 21): "text"}),
        ("2:14: claim", {(2, 14): "claim"}),
        ("6: {role: update}", {(5, 1): "definition", (6, 1): "update", (7, 1): "definition"}),
        ("6:1: {role: claim}, 7: skip", {(5, 1): "definition", (6, 1): "claim", (7, 1): "text"}),
        ("4: claim", {(5, 1): "claim", (6, 1): "definition"}),
        ("8: claim", {(5, 1): "definition", (7, 1): "claim"}),
    ],
)
def test_marks_of_places(tmp_path: Path, formulas: str, roles: dict[tuple[int, int], str]) -> None:
    found = verdicts(put(tmp_path, {"a.md": DISPLAY, "a.symbptt.yaml": f"formulas: {{{formulas}}}\n"}))
    assert {place: found[place] for place in roles} == roles


def test_what_a_mark_of_a_place_can_say(tmp_path: Path) -> None:
    text = SHAPES + "formulas:\n  7: {expect: refuted, for: t < T, id: wrong, role: claim}\n  3: expect verified; id y\n"
    items = read(put(tmp_path, {"a.md": LINEAR, "a.symbptt.yaml": text})).items
    claim, definition = items[-1].problem, items[0].problem
    assert claim is not None and (claim.expect, claim.for_, claim.id) == ("refuted", "t < T", "wrong")
    assert definition is not None and (definition.expect, definition.id) == ("verified", "y")


def test_the_comment_of_the_document_goes_before(tmp_path: Path) -> None:
    text = LINEAR.replace("$$\\frac", "<!-- symbptt: id own -->\n$$\\frac")
    (claim,) = claims(put(tmp_path, {"a.md": text, "a.symbptt.yaml": "formulas: {8: {id: beside, expect: verified}}"}))
    assert claim.problem is not None and (claim.problem.id, claim.problem.expect) == ("own", "verified")


def test_an_expectation_of_text_is_missed(tmp_path: Path) -> None:
    path = put(tmp_path, {"a.md": "$x$", "a.symbptt.yaml": "formulas: {1: expect verified}"})
    (verdict,) = symbptt.check_document(path, workers=1)
    assert (verdict.role, verdict.verdict, verdict.expect) == ("text", "", "verified")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "shapes: {a: n\n",
            "a.symbptt.yaml:2: the sidecar is not YAML (expected ',' or '}', but got '<stream end>'); put LaTeX in single quotes",
        ),
        ("- a\n", "a.symbptt.yaml:1: the sidecar must be `key: value` lines, such as `shapes:`"),
        ("symbptt:\n  shape: {}\n", "a.symbptt.yaml:2: unknown field `shape`; did you mean `shapes`?"),
        ("claim: a = b\n", "a.symbptt.yaml: field `claim` belongs to one claim; write it under `formulas:`, or in the document"),
        ("infer: maybe\n", "a.symbptt.yaml:1: field `infer` must be true or false"),
        (
            "notation: &a {call: [x]}\nshapes: *a\n",
            "a.symbptt.yaml:2: the sidecar is not YAML (an alias such as `*name`); put LaTeX in single quotes",
        ),
        ("\nsections: {a: b}\n", "a.symbptt.yaml:2: field `sections` must be a list"),
        (
            "sections:\n  - shapes: {x: n}\n",
            "a.symbptt.yaml:2: a section is `{from: LINE or heading, shapes: …}`; say where it begins",
        ),
        (
            "sections:\n  - {from: 3, claim: a}\n",
            "a.symbptt.yaml:2: field `claim` does not belong to a section; put it before `sections:`",
        ),
        (
            "sections:\n  - {from: Colums}\n",
            "a.symbptt.yaml:2: no heading behind the section above it reads `Colums`; did you mean `columns`?",
        ),
        (
            "sections:\n  - {from: Rows and x W}\n  - {from: Columns}\n",
            "a.symbptt.yaml:3: no heading behind the section above it reads `Columns`; give the line where the section begins",
        ),
        (
            "sections:\n  - {from: 13}\n  - {from: 5}\n",
            "a.symbptt.yaml:3: `5` stands before the section above it; put them in the order of the document",
        ),
        (
            "sections:\n  - {from: 99}\n",
            "a.symbptt.yaml:2: no formula stands at or behind `99`; the nearest formula stands at 17:3: "
            "\\frac{\\partial C}{\\partial x} = \\frac{\\partial C}{\\partial y",
        ),
        ("formulas:\n  8: skip\n", "a.symbptt.yaml:2: no formula stands at `8`; the nearest formula stands at 7:3: C = \\ell(y)"),
        ("formulas:\n  cell 2:8: skip\n", "a.symbptt.yaml:2: no formula stands at `cell 2:8`; no formula was found there"),
        (
            "formulas:\n  loss: skip\n",
            "a.symbptt.yaml:2: `loss` is no place of a formula; write its line, or line:column as the report has it",
        ),
        ("formulas: {7: [a]}\n", "a.symbptt.yaml:1: say of a formula what a mark says, such as `skip`, or `{expect: refuted, for: t < T}`"),
        (
            "formulas: {7: {role: proof}}\n",
            "a.symbptt.yaml:1: no role is called `proof`; the roles are claim, definition, update, text, skip",
        ),
        ("formulas: {7: {expects: a}}\n", "a.symbptt.yaml:1: unknown field `expects` of a formula; did you mean `expect`?"),
        (
            "formulas: {7: {expect: wrong}}\n",
            "a.symbptt.yaml:1: cannot expect `wrong`; expect one of proved, verified, conditional, unknown, refuted",
        ),
        ("a" * 300_001, "a.symbptt.yaml:1: the sidecar is 300,001 characters long; the limit is 300,000"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, message: str) -> None:
    assert error(put(tmp_path, {"a.md": TWO, "a.symbptt.yaml": text})) == message


def test_a_mistake_in_one_place_leaves_the_rest(tmp_path: Path) -> None:
    found = read_path(put(tmp_path, {"a.md": LINEAR, "a.symbptt.yaml": SHAPES + "formulas: {99: skip, 3: skip}\n"}))
    assert len(found.errors) == 1 and [item.role for item in found.items] == ["text", "definition", "claim"]


@pytest.mark.parametrize("text", ["[" * 5000, "a: " + "{b: " * 5000, "formulas: {" + ", ".join(f"{n}: skip" for n in range(10_001)) + "}"])
def test_hostile_sidecars_end_in_one_line(tmp_path: Path, text: str) -> None:
    assert "\n" not in error(put(tmp_path, {"a.md": LINEAR, "a.symbptt.yaml": text}))


def test_infer_fills_in_beside_what_is_stated(tmp_path: Path) -> None:
    path = put(tmp_path, {"a.md": LINEAR, "a.symbptt.yaml": "infer: true\nshapes: {x: 3}\n"})
    (claim,) = claims(path)
    assert claim.problem is not None and shapes(claim)["x"] == "3" and claim.problem.inferred["x"]
    assert shapes(claim)["W"].endswith("×3")


#: Two squared errors of one layer, and a name for a gradient that no formula explains.
COSTS = r"""# A layer

$$z = W x + b$$

$$a = \tanh(z)$$

$$C = \ell(a)$$

$$g = \frac{\partial C}{\partial a} \odot (1 - a^2)$$

For example,

$$\begin{aligned}
\frac{\partial C}{\partial z} &= 2 (a - y) \odot (1 - a^2) \\
\frac{\partial C}{\partial z} &= (a - y) \odot (1 - a^2)
\end{aligned}$$

and in general

$$\frac{\partial C}{\partial W} = g x^T$$
"""
GRADIENTS = "infer: true\nfunctions: {\\ell: scalar}\nnotation: {gradients: {C: {g: z}}}\n"


def verdicts_of(path: str) -> list[str]:
    return [verdict.verdict for verdict in symbptt.check_document(path, workers=1) if verdict.role == "claim"]


def test_equations_as_one_text(tmp_path: Path) -> None:
    for text in ("given: y = W x; C = \\ell(y)\\;\n", "given: |\n  y = W x\n  C = \\ell(y)\\;\n"):
        (claim,) = claims(put(tmp_path, {"a.md": LINEAR.split("$$y")[0] + "$$C = 0$$\n", "a.symbptt.yaml": text}))
        assert claim.problem is not None and [given.equation for given in claim.problem.given] == ["y = W x", "C = \\ell(y)\\;"]


def test_gradients_have_names_and_a_section_keeps_the_model(tmp_path: Path) -> None:
    squared = "  - {from: For example, keep: true, given: 'C = \\sum_i (a_i - y_i)^2', shapes: {y: n}}\n"
    headed = COSTS.replace("For example,", "## For example").replace("and in general", "## In general")
    sidecar = GRADIENTS + "sections:\n" + squared + "  - {from: In general, keep: true, given: C = \\ell(a)}\n"
    path = put(tmp_path, {"a.md": headed, "a.symbptt.yaml": sidecar})
    assert verdicts_of(path) == ["proved", "proved", "refuted", "proved"]
    alone = put(tmp_path / "alone", {"a.md": headed, "a.symbptt.yaml": sidecar.replace("In general, keep: true, ", "In general, ")})
    assert verdicts_of(alone)[-1] == "unknown"


def test_what_is_given_for_one_formula_alone(tmp_path: Path) -> None:
    own = "shapes: {W: n×m, y: n}\nformulas:\n  14: {given: 'C = \\sum_i (a_i - y_i)^2'}\n"
    own += "  15: {given: ['C = \\frac{1}{2} \\sum_i (a_i - y_i)^2']}\n"
    path = put(tmp_path, {"a.md": COSTS, "a.symbptt.yaml": GRADIENTS + own})
    assert verdicts_of(path) == ["proved"] * 4
    wrong = put(tmp_path / "wrong", {"a.md": COSTS, "a.symbptt.yaml": GRADIENTS + own.replace("\\frac{1}{2} ", "")})
    assert verdicts_of(wrong) == ["proved", "proved", "refuted", "proved"]


def test_a_section_may_begin_within_a_display(tmp_path: Path) -> None:
    for line in (13, 14, 15, 16):
        path = put(tmp_path, {"a.md": COSTS, "a.symbptt.yaml": f"infer: true\nsections: [{{from: {line}, ranges: {{t: 1..T}}}}]\n"})
        ranges = {item.line: dict(item.problem.ranges) for item in claims(path) if item.problem is not None}
        assert "t" in ranges[14] and "t" in ranges[15]


def test_keys_within_a_key_of_the_notation_are_merged(tmp_path: Path) -> None:
    text = "notation: {star: matrix, aliases: {c: C, q: y}}\nsections: [{from: Rows and x W, notation: {aliases: {q: x}}}]\n"
    first, second = claims(put(tmp_path, {"a.md": TWO, "a.symbptt.yaml": text}))
    assert first.problem is not None and second.problem is not None
    assert first.problem.notation == {"star": "matrix", "aliases": {"c": "C", "q": "y"}}
    assert second.problem.notation == {"star": "matrix", "aliases": {"c": "C", "q": "x"}}


def test_numbered_gradients_of_a_graph(tmp_path: Path) -> None:
    text = "$$\\delta 2 = \\delta 1 \\cdot (1 - h^2)$$\n\n$$\\delta 3 = \\delta 2 * W^T$$\n\n$$\\delta 3 = \\delta 1 * W^T$$\n"
    sidecar = "notation: {star: matrix, dot: elementwise, gradients: {L: {\\delta 1: h, \\delta 2: z, \\delta 3: x}}}\n"
    sidecar += "infer: true\nshapes: {x: 1×m, W: m×n}\ngiven: z = x * W; h = \\tanh(z); L = \\ell(h)\n"
    assert verdicts_of(put(tmp_path, {"a.md": text, "a.symbptt.yaml": sidecar})) == ["proved", "proved", "refuted"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sections: [{from: 3, keep: perhaps}]\n", "a.symbptt.yaml:1: field `keep` must be true or false"),
        ("formulas: {7: {given: {a: b}}}\n", "a.symbptt.yaml:1: field `given` of a formula must be text"),
    ],
)
def test_mistakes_of_what_is_kept_and_given(tmp_path: Path, text: str, message: str) -> None:
    assert error(put(tmp_path, {"a.md": TWO, "a.symbptt.yaml": text})) == message


def test_a_gradient_by_nothing_is_told(tmp_path: Path) -> None:
    path = put(tmp_path, {"a.md": LINEAR, "a.symbptt.yaml": "notation: {gradients: {C: x}}\n"})
    (verdict,) = (verdict for verdict in symbptt.check_document(path, workers=1) if verdict.role == "claim")
    assert verdict.verdict == "unknown" and "`notation.gradients` of `C` must be an object" in verdict.message
