"""Which of several networks a claim speaks of, by its words and headings.

PLAIN is ∂h_t/∂h_{t-1} of h_t = tanh(W h_{t-1} + U x_t), RESIDUAL of h_t = h_{t-1} + tanh(W h_{t-1} + U x_t): by hand, and below by central
differences. Each is false of the other network.
"""

from __future__ import annotations

import numpy as np
import pytest

from symbptt.documents.references import Mention, mentions_in, tokens_of
from tests.documents.test_recalled import verdicts

PLAIN = r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W"
RESIDUAL = r"\frac{\partial h_t}{\partial h_{t-1}} = I + \mathrm{diag}(1 - (h_t - h_{t-1})^2) W"
#: In which of the two networks the claims are, and what may be said of the right and the false one then.
FIRST, SECOND, OPEN = "the first", "the second", "either"
TRUE = ("proved", "verified")

ONE = "# Plain RNN\n\nFor $t = 1, \\dots, T$ let $h_t = \\tanh(W h_{t-1} + U x_t)$ and $L = \\sum_{t=1}^T \\ell(h_t)$.\n\n"
TWO = "# Residual RNN\n\n$h_t = h_{t-1} + \\tanh(W h_{t-1} + U x_t)$.\n\n"
BOTH = ONE + TWO
NEW = f"{BOTH}# Comparison\n\n"
NUMBERED = NEW.replace("# Plain", "# 1. Plain").replace("# Residual", "# 2. Residual")
THIRD = "# Linear RNN\n\n$h_t = 2 h_{t-1} + U x_t$.\n\n# Remarks\n\n"
COUNTED = ONE.replace("Plain RNN", "First network") + TWO.replace("Residual RNN", "Second network") + THIRD.replace("Linear", "Third")
STATED = "---\nsymbptt:\n  shapes: {h_t: n, x_t: m, W: n×n, U: n×m, L: scalar}\n  ranges: {t: 1..T}\n  functions: {\\ell: scalar}\n---\n"
NESTED = BOTH.replace("# ", "## ")


def test_the_claims_by_central_differences() -> None:
    rng = np.random.default_rng(0)
    w, u, x, before = rng.normal(size=(3, 3)), rng.normal(size=(3, 2)), rng.normal(size=2), rng.normal(size=3)

    def plain(h: np.ndarray) -> np.ndarray:
        return np.tanh(w @ h + u @ x)

    def residual(h: np.ndarray) -> np.ndarray:
        return h + plain(h)

    said = {
        plain: np.diag(1 - plain(before) ** 2) @ w,
        residual: np.eye(3) + np.diag(1 - (residual(before) - before) ** 2) @ w,
    }
    for step, jacobian in said.items():
        columns = [(step(before + e) - step(before - e)) / 2e-6 for e in 1e-6 * np.eye(3)]
        assert np.allclose(np.stack(columns, axis=1), jacobian, atol=1e-8)
    assert not np.allclose(said[plain], said[residual], atol=1e-2)


@pytest.mark.parametrize(
    ("text", "of"),
    [
        # a phrase in the sentence
        (f"{NEW}In the plain RNN, $%s$.", FIRST),
        (f"{NEW}In the residual RNN, $%s$.", SECOND),
        (f"{BOTH}In the plain RNN, $%s$.", FIRST),
        (f"{BOTH}In the residual RNN, $%s$.", SECOND),
        (f"{BOTH}We have $%s$.", SECOND),
        (f"{BOTH.replace('$h_t = h', '$$h_t = h').replace('x_t)$.', 'x_t)$$')}In the plain RNN,\n\n$$%s$$", FIRST),
        (f"{NEW}In plain RNNs, $%s$.", FIRST),
        (f"{NEW}In a plain RNN, $%s$.", FIRST),
        (f"{NEW}In the plain recurrent network, it holds that\n\n$$%s$$", FIRST),
        (f"{NEW}The Jacobian of the plain RNN is $%s$.", FIRST),
        (f"{NEW}In the plain case, $%s$, and in the residual case it is not.", FIRST),
        (f"{NEW}$$%s$$ in the plain RNN.", FIRST),
        (f"{NEW}We get $%s$ for the residual RNN, and less for the plain one.", SECOND),
        (f"{NEW}In the plain RNN $1 = 1$, whereas in the residual RNN $%s$.", SECOND),
        (f"{NEW}While the residual RNN passes the error on, in the plain RNN $%s$.", FIRST),
        (f"{NEW}Unlike the residual RNN, the plain RNN has $%s$.", FIRST),
        (f"{NEW}In the plain RNN, as opposed to the residual RNN, $%s$.", FIRST),
        (f"{NEW.replace('Plain RNN', 'Elman network').replace('Residual', 'Jordan')}In the Elman network, $%s$.", FIRST),
        # an order, a number, a letter
        (f"{NEW}For the first network we get\n\n$$%s$$", FIRST),
        (f"{NEW}For the second network we get\n\n$$%s$$", SECOND),
        (f"{NEW}For the previous network we get\n\n$$%s$$", FIRST),
        (f"{NUMBERED}In the model of Section 1, $%s$.", FIRST),
        (f"{NUMBERED}In Section 2 we had $%s$.", SECOND),
        (f"{BOTH}In the previous section we had $%s$.", FIRST),
        (f"{NEW}In the previous section we had $%s$.", SECOND),
        (f"{NEW.replace('Plain RNN', 'Model A').replace('Residual RNN', 'Model B')}For model A, $%s$.", FIRST),
        (f"{COUNTED}For the first network, $%s$.", FIRST),
        (f"{COUNTED}For the second network, $%s$.", SECOND),
        (f"{BOTH}{THIRD}For the residual network, $%s$.", SECOND),
        (f"{BOTH}{THIRD}For the vanilla network, $%s$.", FIRST),
        # a heading, an earlier sentence, a label
        (f"{BOTH}# Gradients of the plain RNN\n\n$$%s$$", FIRST),
        (f"{BOTH}# Gradients of the residual RNN\n\n$$%s$$", SECOND),
        (f"{BOTH}# Plain RNN: backward pass\n\nWe have\n\n$$%s$$", FIRST),
        (f"# Networks\n\n{NESTED}## Vanishing gradients in the plain RNN\n\n### By $h$\n\n$$%s$$", FIRST),
        (f"{STATED}{BOTH}# Gradients of the plain RNN\n\n$$%s$$", FIRST),
        (f"{STATED}{NEW}In the plain RNN, $%s$.", FIRST),
        (f"{NEW}Recall the vanilla RNN of section 1. There we have\n\n$$%s$$", FIRST),
        (f"{NEW}Recall the vanilla RNN. For all $t$ we have\n\n$$%s$$", FIRST),
        (f"{NEW}Back to the vanilla network.\n\n$$%s$$", FIRST),
        (f"{NEW}Take the plain RNN. The error satisfies $1 = 1$, and $%s$.", FIRST),
        (f"{NEW}We now return to the plain RNN of the beginning.\n\nThe Jacobian is\n\n$$%s$$", FIRST),
        (f"{NEW}Consider again the plain RNN. With $\\delta_t = \\frac{{\\partial L}}{{\\partial h_t}}$, we have\n\n$$%s$$", FIRST),
        (f"{NEW}- **Plain RNN:** $%s$.\n- **Residual RNN:** the other.", FIRST),
        (f"{NEW}**Plain RNN.** We have $%s$.", FIRST),
        (f"{NEW}Residual RNN:\n\n$$%s$$", SECOND),
        (f"{BOTH}# Plain RNN once more\n\nLet $h_t = \\tanh(W h_{{t-1}} + U x_t)$ again. Then\n\n$$%s$$", FIRST),
        (f"{BOTH}# Loss at the end\n\n$L = \\ell(h_T)$.\n\nIn the plain RNN, $%s$.", FIRST),
        # it may be either
        (f"{NEW}For the network of Section 1 we have\n\n$$%s$$", OPEN),
        (f"{BOTH}# Comparison with the plain RNN\n\n$$%s$$", OPEN),
        (f"{NEW}For the gated network we get\n\n$$%s$$", OPEN),
        (f"{NEW}Adding a skip connection to the plain RNN gives $%s$.", OPEN),
        (f"{NEW}In the plain RNN the error shrinks. We have $%s$.", OPEN),
        (f"{NEW}In the model of Section 1, $%s$.", OPEN),
        (f"{NEW}Both the plain and the residual RNN have $%s$.", OPEN),
        (f"{NEW}If the plain RNN is used, $%s$.", OPEN),
        (f"{BOTH}# From the plain to the residual RNN\n\n$$%s$$", OPEN),
        (f"{BOTH}{THIRD}For the second network, $%s$.", OPEN),
        (f"{NEW.replace('Plain RNN', 'Model A').replace('Residual RNN', 'Model B')}In the plain model, $%s$.", OPEN),
        (f"{NEW.replace('Plain RNN', 'RNN')}In the RNN, $%s$.", OPEN),
    ],
)  # fmt: skip
def test_a_claim_is_of_the_network_that_words_name(text: str, of: str) -> None:
    found = [next(one for one in verdicts(text.replace("%s", claim)) if "frac{\\partial h_t" in one.latex) for claim in (PLAIN, RESIDUAL)]
    said = [one.verdict for one in found]
    if of == OPEN:
        assert not {"proved", "verified", "refuted"} & set(said), [one.message for one in found]
        return
    right, false = said if of == FIRST else reversed(said)
    assert right in TRUE, [one.message for one in found]
    assert false == "refuted", [one.message for one in found]


def test_a_claim_compared_with_an_earlier_network_is_of_the_one_at_hand() -> None:
    """What is true of the earlier one alone may still have been meant so."""
    found = [verdicts(f"{NEW}Unlike the plain RNN, we get ${claim}$.")[-1].verdict for claim in (RESIDUAL, PLAIN)]
    assert found == ["verified", "conditional"]


GATED = r"""
# LSTM

$$f_t = \sigma(W_f h_{t-1} + U_f x_t), \quad i_t = \sigma(W_i h_{t-1} + U_i x_t), \quad o_t = \sigma(W_o h_{t-1} + U_o x_t)$$

$$c_t = f_t \odot c_{t-1} + i_t \odot \tanh(W_g h_{t-1} + U_g x_t), \qquad h_t = o_t \odot \tanh(c_t)$$

"""
RNN = r"""
# RNN

$$h_t = \tanh(W h_{t-1} + U x_t), \qquad L = \sum_{t=1}^T \ell(h_t)$$
"""
ERROR = r"$$\delta_t = \frac{\partial L}{\partial h_t}$$"
OF_W = r"$$\frac{\partial L}{\partial W} = \sum_{t=1}^T (\delta_t \odot (1 - h_t^2)) h_{t-1}^T$$"
OF_DELTA = r"$$\delta_t = \frac{\partial \ell(h_t)}{\partial h_t} + W^T (\delta_{t+1} \odot (1 - h_{t+1}^2))$$"


@pytest.mark.parametrize(
    "text",
    [
        f"{RNN}\n{ERROR}\n{GATED}\n# Gradients of the RNN\n\n%s",
        f"{RNN}\n{ERROR}\n{GATED}\nIn the RNN,\n\n%s",
        f"{RNN}\n{GATED}\n# Back to the RNN\n\nLet\n\n{ERROR}\n\nThen\n\n%s",
    ],
)
@pytest.mark.parametrize(("claim", "change"), [(OF_W, ("h_{t-1}^T", "h_t^T")), (OF_DELTA, ("h_{t+1}^2", "h_t^2"))])
def test_gradients_of_the_first_network_behind_another_one(text: str, claim: str, change: tuple[str, str]) -> None:
    """Textbook formulas of the plain recursion; each wrong one has one step changed."""
    assert verdicts(text.replace("%s", claim))[-1].verdict == "proved"
    assert verdicts(text.replace("%s", claim.replace(*change)))[-1].verdict == "refuted"


def test_what_an_earlier_network_does_not_have_is_not_judged_by_it() -> None:
    found = verdicts(f"{RNN}{GATED}In the RNN,\n\n$$\\frac{{\\partial c_t}}{{\\partial c_{{t-1}}}} = \\mathrm{{diag}}(f_t)$$\n")[-1]
    assert found.verdict == "unknown"
    assert "the words before it speak of `the RNN`, whose equations (line 4) do not say all that is in it" in found.message


def test_the_reading_says_which_network_is_meant() -> None:
    found = verdicts(f"{NEW}In the plain RNN, ${PLAIN}$.")[-1]
    assert r"`the plain RNN` is the one with `h_{t} = \tanh(W h_{t - 1} + U x_{t})` (line 3)" in found.reading


def test_sections_of_latex_have_ranks() -> None:
    text = r"""\documentclass{article}
\begin{document}
\section{Plain RNN}
\subsection{Forward pass}
For $t = 1, \dots, T$ let $h_t = \tanh(W h_{t-1} + U x_t)$.
\section{Sigmoid RNN}
\subsection{Forward pass}
$h_t = \sigma(W h_{t-1} + U x_t)$.
\subsection{Gradients}
In the %s, $\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W$.
\end{document}
"""
    named = {"plain RNN": "proved", "sigmoid RNN": "refuted", r"tanh network": "proved", r"$\tanh$ network": "proved"}
    assert {words: verdicts(text.replace("%s", words), ".tex")[-1].verdict for words in named} == named


def test_networks_without_headings() -> None:
    """diag(1 − h²) W is of tanh alone, diag(h ⊙ (1 − h)) W of the logistic function alone."""
    text = r"""
We start with a plain RNN.

$$h_t = \tanh(W h_{t-1} + U x_t), \qquad L = \sum_{t=1}^T \ell(h_t)$$

Next comes a sigmoid RNN:

$$h_t = \sigma(W h_{t-1} + U x_t)$$
"""
    jacobians = [
        rf"$\frac{{\partial h_t}}{{\partial h_{{t-1}}}} = \mathrm{{diag}}({slope}) W$" for slope in ("1 - h_t^2", r"h_t \odot (1 - h_t)")
    ]
    words = [f"In the {name} RNN, {claim}.\n\n" for name in ("plain", "sigmoid") for claim in jacobians]
    assert [one.verdict for one in verdicts(text + "\n" + "".join(words)) if one.role == "claim"] == [
        "proved",
        "refuted",
        "refuted",
        "proved",
    ]


@pytest.mark.parametrize(
    ("words", "tokens"),
    [
        ("the vanilla RNNs", {"plain", "rnn"}),
        ("a simple recurrent network", {"plain", "rnn"}),
        ("Long short-term memory", {"lstm"}),
        ("Gradients of the second model", set()),
        ("Model B", {"#B"}),
        ("Network 1: feed-forward", {"#1", "feedforward"}),
    ],
)
def test_words_that_tell_networks_apart(words: str, tokens: set[str]) -> None:
    assert tokens_of(words) == tokens


def test_a_network_that_another_one_is_compared_with_is_not_spoken_of() -> None:
    def named(sentence: str) -> list[Mention]:
        return [mention for _, mention, _ in mentions_in(sentence)]

    assert named("Unlike in the plain RNN, ") == []
    assert named("as in the plain RNN, ") == []
    assert [one.sure for one in named("In the plain RNN, ")] == [True]
    assert [one.sure for one in named("This extends the plain RNN, so ")] == [False]
    assert named("the outputs of this network and the weights of the network ") == []
