"""Documents with nothing added: what is found in them, and what is said of their formulas.

Which formulas are right is textbook knowledge (Nielsen's BP1–BP4, Goodfellow et al. section 10.2.2); each wrong one is a right one
with one thing changed.
"""

from __future__ import annotations

import pytest

from symbptt.documents.check import check_items
from symbptt.documents.formulas import InputError
from symbptt.documents.reader import read_items
from symbptt.verdict import Verdict

LAYERS = r"""
A network computes
$$ z^l = w^l a^{l-1} + b^l, \qquad a^l = \sigma(z^l) $$
and we call
$$ \delta^l = \frac{\partial C}{\partial z^l} $$
the error of a layer.
"""
COLUMNS = r"""
The hidden state is
$$ h_t = \tanh(W h_{t-1} + U x_t + b) $$
the output
$$ o_t = V h_t $$
and the loss
$$ L = \sum_{t=1}^{T} \ell(o_t, y_t). $$
"""
ROWS = r"""
The hidden state is
$$ a_t = h_{t-1} W + x_t U $$
$$ h_t = \tanh(a_t) $$
$$ o_t = h_t V $$
$$ L = \sum_{t=1}^{T} \ell(o_t, y_t) $$
$$ \delta_t = \frac{\partial L}{\partial a_t} $$
"""
WEIGHTS = r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} "
ERROR = r"\delta_t = (\delta_{t+1} W^T + \frac{\partial L}{\partial o_t} V^T) \odot "


def verdicts(text: str, suffix: str = ".md") -> list[Verdict]:
    read = read_items(text, f"notes{suffix}", suffix)
    assert not [item for item in read if isinstance(item, InputError)], read
    return list(check_items([item for item in read if not isinstance(item, InputError)], workers=0))


def words(text: str) -> list[str]:
    """The verdicts of all that has one."""
    return [found.verdict for found in verdicts(text) if found.verdict]


def last(text: str) -> Verdict:
    return verdicts(text)[-1]


@pytest.mark.parametrize(
    ("document", "claim", "verdict"),
    [
        (LAYERS, r"\delta^L = \nabla_a C \odot \sigma'(z^L)", "proved"),
        (LAYERS, r"\delta^l = ((w^{l+1})^T \delta^{l+1}) \odot \sigma'(z^l)", "proved"),
        (LAYERS, r"\frac{\partial C}{\partial b^l_j} = \delta^l_j", "proved"),
        (LAYERS, r"\frac{\partial C}{\partial w^l_{jk}} = a^{l-1}_k \delta^l_j", "proved"),
        (LAYERS, r"\delta^l = ((w^{l})^T \delta^{l+1}) \odot \sigma'(z^l)", "refuted"),
        (LAYERS, r"\frac{\partial C}{\partial w^l_{jk}} = a^{l}_k \delta^l_j", "refuted"),
        (LAYERS, r"\delta^L = (a^L - y) \odot \sigma'(z^L)", "unknown"),
        (COLUMNS, r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} \frac{\partial L}{\partial o_t} h_t^T", "proved"),
        (COLUMNS, WEIGHTS + r"\left((1 - h_t^2) \odot \frac{\partial L}{\partial h_t}\right) h_{t-1}^T", "proved"),
        (COLUMNS, WEIGHTS + r"\left((1 - h_t^2) \odot \frac{\partial L}{\partial h_t}\right) h_t^T", "refuted"),
        (COLUMNS, r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} \frac{\partial L}{\partial h_t} h_{t-1}^T", "refuted"),
        (ROWS, r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} h_{t-1}^T \delta_t", "proved"),
        (ROWS, ERROR + r" (1 - h_t^2) \quad \text{for } t < T", "proved"),
        (ROWS, ERROR + r" (1 - h_{t+1}^2) \quad \text{for } t < T", "refuted"),
        ("", r"\tanh'(x) = 1 - \tanh^2(x)", "proved"),
        ("", r"\sigma'(x) = \sigma(x) (1 + \sigma(x))", "refuted"),
    ],
)  # fmt: skip
def test_claims(document: str, claim: str, verdict: str) -> None:
    found = last(f"{document}\n$$ {claim} $$\n")
    assert (found.role, found.verdict) == ("claim", verdict), found.message


def test_a_definition_that_cannot_be_read_spoils_only_what_rests_on_it() -> None:
    text = (
        COLUMNS
        + "$$ q = \\int_0^1 h_t \\, dt $$\n$$ q = 2 h_t $$\n"
        + r"$$ \frac{\partial L}{\partial V} = \sum_{t=1}^{T} \frac{\partial L}{\partial o_t} h_t^T $$"
    )
    found = verdicts(text)
    assert found[-1].verdict == "proved" and found[-2].verdict in ("", "unknown")


def test_a_definition_with_a_mistyped_index_is_an_arbitrary_function() -> None:
    """The sum over j does not mention j; what holds for any p holds for the softmax that is meant."""
    head = COLUMNS.replace(r"$$ o_t = V h_t $$", r"$$ z_t = V h_t $$ $$ o_{t,i} = \frac{e^{z_{t,i}}}{\sum_{j} e^{z_{t,i}}} $$")
    right = r"$$ \frac{\partial L}{\partial V} = \sum_{t=1}^{T} \frac{\partial L}{\partial z_t} h_t^T $$"
    assert last(head + right).verdict == "proved"
    assert last(head + r"$$ \frac{\partial L}{\partial z_t} = o_t - y_t $$").verdict == "unknown"


def test_copies_of_a_parameter() -> None:
    head = COLUMNS + "Let $W^{(t)}$ be copies of it:\n$$ W^{(t)} = W $$\n"
    assert last(head + r"$$ \frac{\partial L}{\partial W} = \sum_{k=1}^{T} \frac{\partial L}{\partial W^{(k)}} $$").verdict == "proved"
    wrong = r"$$ \frac{\partial L}{\partial W} = \sum_{k=2}^{T} \frac{\partial L}{\partial W^{(k)}} $$"
    assert last(head + wrong).verdict in ("refuted", "unknown")


def test_a_definition_said_again_in_components_changes_nothing() -> None:
    again = "$$ z^l_j = \\sum_k w^l_{jk} a^{l-1}_k + b^l_j $$\n"
    claim = r"$$ \delta^l = ((w^{l+1})^T \delta^{l+1}) \odot \sigma'(z^l) $$"
    found = verdicts(LAYERS + again + claim)
    assert (found[-2].role, found[-1].verdict) == ("definition", "proved")


def test_a_definition_that_contradicts_an_earlier_one_starts_a_new_model() -> None:
    """What else was said holds in the new model: the loss, of which only h is another."""
    term = r"\left((1 - h_t^2) \odot \frac{\partial L}{\partial h_t}\right)"
    wrong = rf"$$ \frac{{\partial L}}{{\partial W}} = \sum_{{t=1}}^{{T}} {term} h_{{t-1}}^T $$"
    right = rf"$$ \frac{{\partial L}}{{\partial W}} = \sum_{{t=1}}^{{T}} {term} (h_{{t-1}} + h_{{t-2}})^T $$"
    found = verdicts(COLUMNS + f"{wrong}\nNow\n$$ h_t = \\tanh(W h_{{t-1}} + U x_t + W h_{{t-2}}) $$\n{wrong}\n{right}")
    assert [said.verdict for said in found[-4:]] == ["proved", "", "refuted", "proved"]


@pytest.mark.parametrize(
    ("again", "judged"), [("$$ L = \\frac{1}{2} \\|o - y\\|^2 $$\n", ["proved", "refuted"]), ("", ["proved", "unknown"])]
)
def test_a_section_says_again_what_it_changes_alone(again: str, judged: list[str]) -> None:
    """What the second section does not repeat holds; what is false with a loss from before the change may be meant otherwise."""
    loss = "$$ L = \\frac{1}{2} \\|o - y\\|^2 $$\n"
    first = f"# One\n$$ a = W x $$\n$$ h = \\tanh(a) $$\n$$ o = V h $$\n{loss}"
    second = f"# Two\n$$ a = W x $$\n$$ o = V h + S x $$\n{again}"
    right = r"$$ \frac{\partial L}{\partial x} = S^\top (o - y) + W^\top \left(V^\top (o - y) \odot (1 - h^2)\right) $$"
    wrong = r"$$ \frac{\partial L}{\partial x} = W^\top \left(V^\top (o - y) \odot (1 - h^2)\right) $$"
    found = verdicts(f"{first}{wrong}\n{second}{right}\n{wrong}")
    assert [said.verdict for said in found if said.role == "claim"] == ["proved", *judged]


def test_two_equations_side_by_side_are_alternatives() -> None:
    """Neither is taken: what holds for any cost is verified, what holds for one of the two is not judged."""
    head = "$$ z = W x $$\n$$ a = \\sigma(z) $$\nFor instance\n$$ C = \\frac{1}{2} \\|a - y\\|^2 $$\nor\n"
    head += "$$ C = -\\sum_k y_k \\ln a_k $$\n"
    one = r"$$ \frac{\partial C}{\partial a} = a - y $$"
    any_ = r"$$ \frac{\partial C}{\partial W} = \frac{\partial C}{\partial z} x^T $$"
    assert [said.verdict for said in verdicts(f"{head}{one}\n{any_}") if said.role == "claim"] == ["unknown", "proved"]


@pytest.mark.parametrize(("between", "judged"), [("", ["unknown"]), ("Hence\n$$ h = z^2 $$\n", ["proved", "unknown"])])
def test_a_second_equation_without_a_word_is_a_mistake_or_a_new_model(between: str, judged: list[str]) -> None:
    """What is right by the first equation is not refuted by the second one."""
    head = f"Let $f(u) = u^2$, $z = W x$, $h = f(z)$ and $L = \\ell(h)$.\n\n{between}\n$$ h = z^3 $$\n\n"
    found = verdicts(f"{head}$$ \\frac{{\\partial L}}{{\\partial z}} = \\frac{{\\partial L}}{{\\partial h}} \\odot 2z $$\n")
    assert [said.verdict for said in found if said.role == "claim"] == judged


def test_a_name_that_is_defined_further_down_refutes_nothing() -> None:
    head = "$$ z = W x $$\n$$ h = \\sigma(z) $$\n$$ L = \\frac{1}{2} \\|h - y\\|^2 $$\n"
    claim = r"$$ \frac{\partial L}{\partial W} = \delta x^\top $$"
    late = r"$$ \delta = (h - y) \odot h \odot (1-h) $$"
    found = [said for said in verdicts(f"{head}{claim}\nwith\n{late}\n{claim}") if said.role == "claim"]
    assert (found[0].verdict, found[-1].verdict) == ("unknown", "proved")


@pytest.mark.parametrize("words", ["If", "Whenever", "when"])
def test_a_condition_is_no_claim(words: str) -> None:
    found = verdicts(COLUMNS + f"\n{words} $o_t = y_t$, nothing is learnt.\n")
    assert found[-1].role == "text"


def test_an_assumption_is_no_claim_and_is_used() -> None:
    found = verdicts(
        COLUMNS
        + "\nAssuming $\\frac{\\partial L}{\\partial o_t} = o_t - y_t$, the output layer has\n"
        + r"$$ \frac{\partial L}{\partial V} = \sum_{t=1}^{T} (o_t - y_t) h_t^T $$"
    )
    assert found[-2].role == "definition" and found[-1].verdict != "refuted"


def test_the_layout_that_other_formulas_show() -> None:
    """∂h/∂z with columns for the entries of h: the transpose of the usual Jacobian. Two formulas need it, so it is the notation."""
    head = r"""
$$ z_t = W h_{t-1} $$
$$ h_t = f(z_t) $$
$$ L = \sum_{t=1}^{T} \ell(h_t) $$
"""
    one = r"$$ \frac{\partial h_t}{\partial h_{t-1}} = W^T \frac{\partial h_t}{\partial z_t} $$"
    two = r"$$ \frac{\partial z_t}{\partial h_{t-1}} = W^T $$"
    assert last(head + two).verdict == "conditional"
    assert [v.verdict for v in verdicts(head + one + "\n" + two)][-2:] == ["proved", "proved"]


def test_shapes_that_are_said_in_words() -> None:
    text = r"Let $x \in \mathbb{R}^{m}$ and $W \in \mathbb{R}^{n \times m}$. Then" + "\n$$ y = W x $$\n$$ y = x W $$\n"
    assert last(text).verdict != "proved"


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (".tex", LAYERS.replace("$$", "$$") + r"\[ \delta^l = ((w^{l+1})^T \delta^{l+1}) \odot \sigma'(z^l) \]"),
        (".txt", LAYERS + r"\[ \delta^l = ((w^{l+1})^T \delta^{l+1}) \odot \sigma'(z^l) \]"),
    ],
)
def test_other_formats(suffix: str, text: str) -> None:
    assert verdicts(text, suffix)[-1].verdict == "proved"


@pytest.mark.parametrize(
    "words",
    [
        "If the loss were linear in $h_t$, we would get",
        "For a linear unit,",
        "Suppose that the loss is taken at the last step only. Then",
        "With $b = 0$ for the moment. Hence",
        "The part that comes from the output of the same step is",
    ],
)
def test_false_under_words_that_are_not_understood_is_not_refuted(words: str) -> None:
    claim = r"$$ \frac{\partial L}{\partial V} = \frac{\partial L}{\partial o_T} h_T^T $$"
    assert last(COLUMNS + f"\nIt follows that\n{claim}").verdict == "refuted"
    found = last(COLUMNS + f"\n{words}\n{claim}")
    assert found.verdict == "unknown" and found.code == "S311", found.message


def test_what_is_added_to_elsewhere_is_not_refuted() -> None:
    first = r"$$ \frac{\partial L}{\partial h_t} = V^T \frac{\partial L}{\partial o_t} $$"
    more = r"$$ \frac{\partial L}{\partial h_t} += W^T \frac{\partial L}{\partial h_{t+1}} $$"
    assert last(COLUMNS + first).verdict == "refuted"
    assert next(found for found in verdicts(COLUMNS + first + "\n" + more) if found.role == "claim").verdict == "unknown"


def test_a_defined_name_that_is_called_a_target() -> None:
    model = COLUMNS.replace(r"\ell(o_t, y_t)", r"\frac{1}{2} \|o_t - d_t\|^2") + "$$ d_t = A x_t $$\n"
    claim = r"$$ \frac{\partial L}{\partial A} = 0 x^T + \sum_{t=1}^T o_t x_t^T $$"
    assert "target" not in last(model + claim).message
    assert last(model + "\nHere $d_t$ is the target.\n" + claim).verdict != "refuted"


def test_a_cost_at_the_end_in_words() -> None:
    head = "$$ h_t = \\tanh(W h_{t-1} + U x_t) $$\n"
    claim = r"$$ \frac{\partial L}{\partial h_t} = W^T ( \frac{\partial L}{\partial h_{t+1}} \odot (1 - h_{t+1}^2) ) \quad t < T $$"
    assert last(head + "The loss $L$ depends on the last state $h_T$.\n" + claim).verdict != "refuted"


@pytest.mark.parametrize(
    "words",
    [
        r"$$ \frac{\partial L}{\partial U} = \sum_{t=1}^T (\underbrace{\frac{\partial L}{\partial h_t}}_{g_t} \odot (1 - h_t^2) ) x_t^T $$",
        r"The gradient $\frac{\partial L}{\partial h_t}$ (denoted by $g_t$ from here on) is known. Then",
    ],
)
def test_a_name_that_is_given_on_the_spot(words: str) -> None:
    claim = r"$$ \frac{\partial L}{\partial W} = \sum_{t=1}^T ( g_t \odot (1 - h_t^2) ) h_{t-1}^T $$"
    assert last(COLUMNS + f"\n{words}\n{claim}").verdict == "proved"
    assert last(COLUMNS + f"\n{words}\n" + claim.replace("h_{t-1}", "h_t")).verdict == "refuted"
    assert last(COLUMNS + claim).verdict == "unknown"


def test_a_jacobian_of_matrices_does_not_make_a_scalar_of_a_matrix() -> None:
    """∂h/∂W has three axes; the matrix that only a scalar would fit stays a matrix."""
    head = (
        r"Let $$ h_t = \tanh(W h_{t-1} + U x_t) $$ with $h_t \in \mathbb{R}^n$, $x_t \in \mathbb{R}^m$ and $$ L = \sum_{t=1}^T \ell(h_t) $$"
    )
    paths = (
        r"$$ \frac{\partial L}{\partial W} = \sum_{t=1}^{T} \sum_{k=1}^t "
        r"\frac{\partial L}{\partial h_t}\frac{\partial h_t}{\partial h_k}\frac{\partial h_k}{\partial W} $$"
    )
    right, wrong = r"$$ \frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W $$", r"W \mathrm{diag}(1 - h_t^2)"
    found = verdicts(head + paths + right + right.replace(r"\mathrm{diag}(1 - h_t^2) W", wrong))
    assert [v.verdict for v in found][-2:] == ["proved", "refuted"]


@pytest.mark.parametrize(
    "words",
    [
        "From now on we let $g_t$ stand for something else.",
        "We now detach the state between the steps. The gradient becomes",
        "Below we swap the activation for another.",
        "If the loss is averaged over the steps rather than summed, then",
        "Weight decay adds one more term to the loss. Then",
        "Teacher forcing replaces $h_{t-1}$ by $y_{t-1}$, so that",
    ],
)
def test_what_words_change_is_not_decided(words: str) -> None:
    right = r"$$ \frac{\partial L}{\partial V} = \sum_{t=1}^{T} \frac{\partial L}{\partial o_t} h_t^T $$"
    found = verdicts(COLUMNS + f"\n{right}\n{words}\n{right}\n{right.replace('h_t^T', '2 h_t^T')}\n")
    assert [v.verdict for v in found if v.role == "claim"] == ["proved", "unknown", "unknown"]


def test_a_derivative_that_may_hold_other_paths() -> None:
    """∂c_t/∂c_{t-1} along the cell alone: not the whole derivative, for the gates rest on c_{t-1} too."""
    cell = (
        r"$$ f_t = \sigma(W h_{t-1} + b) $$ $$ c_t = f_t \odot c_{t-1} + x_t $$ $$ h_t = \tanh(c_t) $$"
        r"$$ L = \sum_{t=1}^T \ell(h_t) $$ with vectors $x_t, h_t \in \mathbb{R}^n$."
    )
    assert last(cell + r"$$ \frac{\partial c_t}{\partial c_{t-1}} = \mathrm{diag}(f_t) $$").verdict == "unknown"
    assert last(cell + r"$$ \frac{\partial c_t}{\partial c_{t-1}} = \mathrm{diag}(1 - f_t) $$").verdict == "refuted"


def claims(document: str) -> list[str]:
    """The verdicts of the claims of a document, in order."""
    return [said.verdict for said in verdicts(document) if said.role == "claim"]


def test_a_special_case_in_the_middle_is_over_in_the_next_section() -> None:
    """The third section has its own h, not that of the first; the loss stands before the change, and refutes nothing."""
    head = "## Tanh\n$$ h = \\tanh(W x + b) $$\n$$ y = V h $$\n$$ L = \\frac{1}{2} \\|y - t\\|^2 $$\n"
    middle = "## Linear\n$$ h = W x $$\n## Sigmoid\n$$ h = \\sigma(W x + b) $$\n"
    of_tanh = r"$$ \frac{\partial L}{\partial b} = (1 - h^2) \odot V^T (y - t) $$"
    of_sigmoid = r"$$ \frac{\partial L}{\partial b} = h \odot (1 - h) \odot V^T (y - t) $$"
    assert claims(f"{head}{middle}{of_tanh}\n{of_sigmoid}") == ["unknown", "proved"]


def test_a_section_with_another_output_and_another_loss() -> None:
    head = "## Softmax\n$$ z = W x $$\n$$ y = \\mathrm{softmax}(z) $$\n$$ L = -\\sum_i t_i \\log y_i $$\n"
    linear = "## Linear\nFor regression $y = z$ and $L = \\frac{1}{2} \\|y - t\\|^2$.\n"
    right, wrong = r"$$ \frac{\partial L}{\partial z} = y - t $$", r"$$ \frac{\partial L}{\partial z} = (y - t) \odot y $$"
    assert claims(f"{head}{linear}{right}\n{wrong}") == ["proved", "refuted"]


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("The student has $z = W x$ and $p = \\mathrm{softmax}(z)$. The distribution of the teacher is $y$, and", "unknown"),
        ("The student has $z = W x$ and $p = \\mathrm{softmax}(z)$, and", "refuted"),
    ],
)
def test_words_that_say_anew_what_a_name_is(words: str, verdict: str) -> None:
    head = "## Two layers\n$$ h = f(W x) $$\n$$ y = U h $$\n$$ L = \\frac{1}{2} \\|y - t\\|^2 $$\n## Distillation\n"
    claim = "$$ L = -\\sum_i y_i \\log p_i $$\n$$ \\frac{\\partial L}{\\partial z} = p - y $$"
    assert claims(f"{head}{words}\n{claim}") == [verdict]


def test_what_is_held_fixed_refutes_nothing() -> None:
    head = "$$ h = W x $$\n$$ r = V h $$\n$$ L = \\frac{1}{2} \\|r - x\\|^2 $$\n"
    claim = r"$$ \frac{\partial L}{\partial x} = W^T V^T (r - x) $$"
    assert claims(f"{head}Holding the target fixed,\n{claim}") == ["unknown"]
    assert claims(f"{head}Hence\n{claim}") == ["refuted"]


def test_a_vector_that_was_taken_for_a_matrix_refutes_nothing() -> None:
    assert "refuted" not in claims("With $g = \\frac{\\partial L}{\\partial y}$ and $y = a^T b$: $\\frac{\\partial L}{\\partial a} = g b$.")


def test_what_words_suppose_is_a_condition() -> None:
    head = "$$ a = f(z) $$\n$$ z = W x $$\n$$ C = c(a) $$\nLet $y \\in \\mathbb{R}^n$ and $a \\in \\mathbb{R}^n$.\n"
    claim = r"$$ \frac{\partial C}{\partial W} = (a - y) x^T $$"
    found = verdicts(f"{head}Assuming that $\\frac{{\\partial C}}{{\\partial z}} = a - y$,\n{claim}")[-1]
    assert (found.verdict, found.assumptions) == ("conditional", (r"\frac{\partial C}{\partial z} = a - y",))


WORDS_NET = r"""
Let $h_t = \tanh(W h_{t-1} + U x_t)$, $y_t = V h_t$, $p_t = \mathrm{softmax}(y_t)$ for $t = 1, \dots, T$, with one-hot targets $q_t$ and the
loss $L = -\sum_{t=1}^T \sum_k q_{t,k} \log p_{t,k}$.
"""


@pytest.mark.parametrize(
    ("words", "proved"),
    [
        ("For $t = T$ we have", True),
        ("For $t = T$ and for all other $t$ we have", False),
        ("Not only for $t = T$ but for all $t$", False),
        ("Just as for $t = T$,", False),
        ("When $t = T$ or $t = 1$", False),
        ("Beginning with $t = T$,", False),
        ("For any $t$, for example for $t = T$,", False),
    ],
)
def test_one_step_that_is_only_an_example_restricts_nothing(words: str, proved: bool) -> None:
    claim = r"$$ \frac{\partial L}{\partial h_t} = V^T (p_t - q_t) $$"
    assert (last(f"{WORDS_NET}\n{words}\n{claim}").verdict == "proved") == proved


@pytest.mark.parametrize(
    "words",
    [
        "We drop the assumption that $q_t$ is one-hot.",
        "If the targets are not one-hot, then still",
        "Let $q_t$ be a vector of arbitrary real numbers.",
        "For multi-label targets,",
    ],
)
def test_targets_that_words_take_back_are_not_one_hot(words: str) -> None:
    claim = r"$$ \frac{\partial L}{\partial y_t} = p_t - q_t $$"
    assert last(f"{WORDS_NET}\n{words}\n{claim}").verdict == "conditional"
    assert last(f"{WORDS_NET}\nThen\n{claim}").verdict == "proved"
