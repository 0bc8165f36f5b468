"""Roles of formulas in a document, and the problems of its claims."""

from __future__ import annotations

import pytest

from symbptt.documents.formulas import InputError
from symbptt.documents.item import DocumentItem
from symbptt.documents.reader import read_items
from symbptt.judge import judge

FRONT = r"""---
symbptt:
  given:
    - 'h_t = \tanh(W h_{t-1} + U x_t)'
    - 'L = \sum_{t=1}^T l_t'
  shapes: {h_t: n, x_t: m, L: scalar}
  ranges: {t: 1..T}
  assume: ['\sum_k y_k = 1']
  notation: {layout: gradient}
---
"""


def items(text: str) -> list[DocumentItem]:
    read = read_items(text, "dir/a.md", ".md")
    assert not [item for item in read if isinstance(item, InputError)], read
    return [item for item in read if isinstance(item, DocumentItem)]


def roles(text: str) -> list[str]:
    return [item.role for item in items(text)]


def claims(text: str) -> list[DocumentItem]:
    return [item for item in items(text) if item.role == "claim"]


@pytest.mark.parametrize(
    "latex",
    [
        "h",
        "h_t",
        r"\delta_{t+1}^\top",
        r"n \times m",
        r"W \in \mathbb{R}^{n \times m}",
        r"1 \le t \le T",
        "t = 1",
        "t > 1",
        r"\frac{\partial L}{\partial W}",
    ],
)
def test_text(latex: str) -> None:
    assert roles(f"{FRONT}${latex}$") == ["text"]


@pytest.mark.parametrize(
    "latex",
    [
        r"W \leftarrow W - \alpha \frac{\partial L}{\partial W}",
        r"W = W - \alpha \frac{\partial L}{\partial W}",
        r"W_t = W_t + \Delta",
        r"W := W - \alpha D",
        r"W -= \alpha D",
        r"W += D",
    ],
)
def test_updates(latex: str) -> None:
    assert roles(f"{FRONT}$${latex}$$") == ["update"]


@pytest.mark.parametrize(
    "latex",
    [
        r"z_t = W h_{t-1}",
        r"\delta_t = \frac{\partial L}{\partial h_t}",
        r"a(t) = W h_t",
        "h_0 = 0",
        r"h_{T+1} = 0",
        r"h_t = \tanh(W h_{t-1} + U x_t)",
        r"h_t=\tanh( W h_{t - 1} + U x_t)",
        r"o_t = y_t = V h_t",
        "b_h = c",
    ],
)
def test_definitions(latex: str) -> None:
    assert roles(f"{FRONT}$${latex}$$") == ["definition"]


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{\partial L}{\partial W} = \sum_t \delta_t h_{t-1}^T",
        "h_t = W h_{t-1}",
        "h_{k} = W h_{k-1}",
        "h_T = W h_{T-1}",
        "h_2 = W h_1",
        "h_{t+1} = W h_t",
        "L = 0",
    ],
)
def test_claims(latex: str) -> None:
    assert roles(f"{FRONT}$k$ $$\\sum_{{k=1}}^T k$$ $${latex}$$")[2:] == ["claim"]


def test_a_definition_is_given_to_later_claims_only() -> None:
    text = FRONT + "$$z_t = W h_{t-1}$$\n$$z_t = 0$$\n$$q_t = z_t$$\n$$q_t = 0$$\n"
    first, second = claims(text)
    assert first.problem is not None and second.problem is not None
    assert [given.equation for given in first.problem.given[2:]] == ["z_{t} = W h_{t - 1}"]
    assert [given.equation for given in second.problem.given[2:]] == ["z_{t} = W h_{t - 1}", "q_{t} = z_{t}"]
    assert [given.line for given in second.problem.given] == [4, 5, 11, 13]


def test_the_problem_of_a_claim() -> None:
    (item,) = claims(FRONT + "\nSo\n$$ \\frac{\\partial L}{\\partial W} = 0 $$\n")
    problem = item.problem
    assert problem is not None
    assert (problem.claim, problem.id, problem.path) == (r"\frac{\partial L}{\partial W} = 0", "a.md:13", "dir/a.md")
    assert (problem.line, problem.column) == (item.line, item.column) == (13, 4)
    assert problem.shapes == {"h_t": "n", "x_t": "m", "L": "scalar", "W": "n×n", "U": "n×m", "l_{t}": "scalar"}
    assert problem.inferred.keys() == {"W", "U", "l_{t}"} and problem.inferred["W"] and problem.inferred["U"]
    assert (problem.ranges, problem.notation, problem.assume) == ({"t": "1..T"}, {"layout": "gradient"}, (r"\sum_k y_k = 1",))


def test_marks() -> None:
    mark = r"<!-- symbptt: expect refuted; for 2 \le t \le T; id siso-w -->"
    (item,) = claims(f"{FRONT}{mark}\nFor all $t$ it is\n$$h_t = 0$$\n")
    assert item.problem is not None
    assert (item.problem.expect, item.problem.for_, item.problem.id) == ("refuted", r"2 \le t \le T", "siso-w")


@pytest.mark.parametrize(
    ("mark", "latex", "role"),
    [
        ("claim", "z_t = h_t", "claim"),
        ("definition", "h_t = z_t", "definition"),
        ("skip", "h_t = z_t", "text"),
        ("claim", "h_t", "claim"),
    ],
)
def test_marks_of_roles(mark: str, latex: str, role: str) -> None:
    assert roles(f"{FRONT}<!-- symbptt: {mark} -->\n$${latex}$$\n") == [role]


def test_two_marks_before_one_formula() -> None:
    (item,) = claims(f"{FRONT}<!-- symbptt: id a -->\n<!-- symbptt: expect refuted -->\n$$h_t = 0$$\n")
    assert item.problem is not None
    assert (item.problem.id, item.problem.expect) == ("a", "refuted")


def test_an_expectation_of_a_definition_is_kept() -> None:
    (item,) = items(f"{FRONT}<!-- symbptt: expect refuted -->\n$$z_t = 0$$\n")
    assert item.problem is not None
    assert (item.role, item.problem.role, item.problem.expect) == ("definition", "definition", "refuted")


def test_a_formula_that_cannot_be_read() -> None:
    (item,) = items(FRONT + "$$h_t = \\frac{a$$\n")
    assert item.verdict is not None and item.problem is None
    assert (item.role, item.verdict.verdict) == ("claim", "unknown")
    assert item.verdict.message.startswith("cannot be read at line 11, column ")


def test_several_formulas_of_one_display() -> None:
    text = FRONT + "$$\\begin{align}\nz_t &= W h_{t-1} \\\\\n  \\frac{\\partial L}{\\partial W} &= 0 \\\\\n &= 1\n\\end{align}$$\n"
    first, second = items(text)
    assert (first.role, first.line, first.column) == ("definition", 12, 1)
    assert (second.role, second.line, second.column) == ("claim", 13, 3)
    assert second.problem is not None
    assert second.problem.claim.startswith(r"\frac{\partial L}{\partial W} &= 0")
    assert second.problem.claim.endswith("&= 1")


def test_a_condition_behind_a_formula() -> None:
    _, item = items(FRONT + "$$z_t = W h_{t-1}, \\quad t \\ge 2$$\n$$z_t = 0$$")
    assert item.problem is not None
    assert item.problem.given[-1].for_ == r"t \ge 2"
    # the definition holds from step 2 on, so step 1 is another
    assert roles(FRONT + "$$z_t = W h_{t-1}, \\quad t \\ge 2$$\n$$z_1 = 0$$\n$$z_2 = 0$$") == ["definition", "definition", "claim"]


def test_a_name_first_met_at_the_end_of_a_claim_is_defined_there() -> None:
    text = FRONT + r"$$\frac{\partial L}{\partial h_t} = W = \gamma_t$$" + "\n" + r"$$\frac{\partial L}{\partial x_t} = \gamma_t$$"
    first, second = claims(text)
    assert first.problem is not None and second.problem is not None
    assert second.problem.given[len(first.problem.given) :] and second.problem.given[-1].equation == r"\gamma_{t} = W"


def test_a_second_model_under_another_heading() -> None:
    text = """# One
$$h_t = \\tanh(W h_{t-1})$$
$$h_t = 0$$
# Two
$$c_t = \\sigma(V h_{t-1})$$
$$h_t = c_t \\odot q$$
$$h_t = 1$$
"""
    assert roles(text) == ["definition", "claim", "definition", "definition", "claim"]
    last = claims(text)[-1].problem
    assert last is not None
    assert [given.equation for given in last.given] == [r"c_{t} = \sigma(V h_{t - 1})", r"h_{t} = c_{t} \odot q"]


def test_ids_are_different() -> None:
    assert [item.verdict.id for item in items("$a$ and $b$\n$c$") if item.verdict] == ["a.md:1", "a.md:1:10", "a.md:2"]


@pytest.mark.parametrize("latex", ["{" * 10_000 + "x" + "}" * 10_000 + "= 1", "x + " * 100_000 + "= 1", r"\frac{" * 5000 + "= 1"])
def test_monstrous_formulas_are_unknown(latex: str) -> None:
    read = items(f"$${latex}$$\n\n$$\\frac{{a}}{{b}} = 1$$")
    assert read[0].verdict is not None and read[0].verdict.verdict == "unknown"
    assert read[-1].problem is not None


def test_a_claim_rests_on_what_it_needs() -> None:
    text = "$$a_t = b_t$$\n$$c_t = q_t a_t$$\n$$d_t = e_t$$\n$$c_t = 0$$"
    (item,) = claims(text)
    assert item.problem is not None
    assert [given.equation for given in item.problem.given] == ["a_{t} = b_{t}", "c_{t} = q_{t} a_{t}"]


def test_a_chain_may_begin_with_a_definition() -> None:
    text = FRONT + "$$\\delta_t = \\frac{\\partial L}{\\partial h_t} = 0$$\n$$\\delta_t = 1$$"
    first, second = claims(text)
    assert first.problem is not None and second.problem is not None
    assert first.problem.claim == "\\delta_t = \\frac{\\partial L}{\\partial h_t} = 0"
    assert first.problem.given == second.problem.given
    assert first.problem.given[-1].equation == r"\delta_{t} = \frac{\partial L}{\partial h_{t}}"


def test_a_list_of_what_a_loss_depends_on() -> None:
    text = r"$$L(x_1, \ldots, x_T) = \sum_{t=1}^T x_t$$ $$L = 0$$"
    assert roles(text) == ["definition", "claim"]
    (item,) = claims(text)
    assert item.problem is not None
    assert item.problem.given[0].equation == r"L = \sum_{t = 1}^{T} x_{t}"


def test_fonts_belong_to_formulas() -> None:
    rows = [r"\mathbf{h}_t &= \mathbf{W} \mathbf{x}, \\", r"\mathbf{h}_t &= \mathbf{\hat{o}} \\", r"\mathbf{y}_t &= 0"]
    text = "\n".join([r"$$\begin{align}", *rows, r"\end{align}$$"])
    read = items(text)
    assert [(item.latex, item.line, item.column) for item in read] == [
        ("\\mathbf{h}_t &= \\mathbf{W} \\mathbf{x}", 2, 1),
        ("\\mathbf{h}_t &= \\mathbf{\\hat{o}}", 3, 1),
        ("\\mathbf{y}_t &= 0", 4, 1),
    ]


@pytest.mark.parametrize("name", ["dW_{ax}", "db", r"d\Gamma_o", r"\delta 4", r"\Delta w"])
def test_differentials_are_names(name: str) -> None:
    assert roles(f"$${name} = x$$ $${name} = y$$ $${name} = {name} + x$$") == ["definition", "claim", "update"]


def test_a_circular_definition_is_refuted_and_what_rests_on_it_unknown() -> None:
    front = "---\nsymbptt:\n  shapes: {s_t: n, z_t: n, W: n×n}\n  ranges: {t: 1..T}\n---\n"
    text = front + "$$z_t = W s_t$$\n\n$$s_t = \\tanh(z_t)$$\n\n$$\\frac{\\partial s_t}{\\partial z_t} = 0$$\n"
    verdicts = [judge(item.problem) for item in items(text) if item.problem is not None]
    assert [(v.role, v.verdict, v.method) for v in verdicts] == [
        ("definition", "", ""),
        ("definition", "refuted", "circular"),
        ("claim", "unknown", ""),
    ]
