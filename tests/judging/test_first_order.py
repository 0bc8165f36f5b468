"""`\\approx` between a small change and what causes it: the linear parts are equal, or nothing is said."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import symbptt
from symbptt.documents.check import check_items
from symbptt.documents.reader import read_path
from symbptt.judge import judge_with_certificate
from symbptt.recheck import check as rechecked

NEURON = symbptt.Problem(
    given=(r"y = \sigma(w^T x + b)", r"C = \frac{1}{2} (y - s)^2"),
    shapes={"w": "n", "x": "n", "b": "scalar", "y": "scalar", "s": "scalar", "C": "scalar"},
)
LAYERS = symbptt.Problem(
    given=(r"z^l = W^l a^{l-1}", r"a^l = \sigma(z^l)", r"C = \frac{1}{2} \sum_j (a^L_j)^2"),
    shapes={"W^l": "n_l×n_{l-1}", "a^l": "n_l", "z^l": "n_l", "C": "scalar"},
    ranges={"l": "1..L"},
)

Numbers = Sequence[float]
X, S = (0.3, -1.1, 0.7), 0.4


def _y(w: Numbers, b: float) -> float:
    return 1 / (1 + math.exp(-sum(p * q for p, q in zip(w, X, strict=True)) - b))


def _dot(a: Numbers, b: Numbers) -> float:
    return sum(p * q for p, q in zip(a, b, strict=True))


#: A claim of the neuron, the quantity that changes, what the claim says its change is, and whether that is so to first order.
CLAIMS: tuple[tuple[str, Callable[[float], float], Callable[[float, Numbers, float], float], bool], ...] = (
    (r"\Delta y \approx y (1 - y) (x^T \Delta w + \Delta b)", lambda y: y, lambda y, dw, db: y * (1 - y) * (_dot(X, dw) + db), True),
    (r"\Delta y \approx y (1 + y) (x^T \Delta w + \Delta b)", lambda y: y, lambda y, dw, db: y * (1 + y) * (_dot(X, dw) + db), False),
    (
        r"\Delta C \approx \sum_j \frac{\partial C}{\partial w_j} \Delta w_j + \frac{\partial C}{\partial b} \Delta b",
        lambda y: (y - S) ** 2 / 2,
        lambda y, dw, db: (y - S) * y * (1 - y) * (_dot(X, dw) + db),
        True,
    ),
    (
        r"\Delta C \approx (y - s) y (1 - y) (x^T \Delta w - \Delta b)",
        lambda y: (y - S) ** 2 / 2,
        lambda y, dw, db: (y - S) * y * (1 - y) * (_dot(X, dw) - db),
        False,
    ),
    (
        r"\Delta C \approx (\nabla_w C)^T \Delta w + (y - s) y (1 - y) \Delta b",
        lambda y: (y - S) ** 2 / 2,
        lambda y, dw, db: (y - S) * y * (1 - y) * (_dot(X, dw) + db),
        True,
    ),
    (
        r"\Delta y \approx y (1 - y) x^T \Delta w + (\Delta b)^2",
        lambda y: y,
        lambda y, dw, db: y * (1 - y) * _dot(X, dw) + db**2,
        False,
    ),
)


@pytest.mark.parametrize(("claim", "changes", "said", "right"), CLAIMS)
def test_what_is_linear(claim: str, changes: Callable[[float], float], said: Callable[[float, Numbers, float], float], right: bool) -> None:
    w, b, direction, up = (0.2, 0.5, -0.4), 0.1, (1.3, 0.4, -0.9), 0.8

    def remainder(step: float) -> float:
        dw, db = [step * d for d in direction], step * up
        after = _y([p + d for p, d in zip(w, dw, strict=True)], b + db)
        return abs(changes(after) - changes(_y(w, b)) - said(_y(w, b), dw, db)) / step

    assert (remainder(1e-4) < 0.02 * remainder(1e-2)) is right  # of second order, or not
    verdict = symbptt.check(symbptt.Problem(claim=claim, given=NEURON.given, shapes=NEURON.shapes))
    assert verdict.verdict == ("proved" if right else "unknown"), verdict.message
    assert any("to first order" in line for line in verdict.reading) is right


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"\Delta C \approx \frac{\partial C}{\partial W^l_{jk}} \Delta W^l_{jk}", "proved"),
        (
            r"\Delta a^{l+1}_q \approx \frac{\partial a^{l+1}_q}{\partial a^l_j} \frac{\partial a^l_j}{\partial W^l_{jk}} \Delta W^l_{jk}",
            "proved",
        ),
        (
            r"\Delta a^{l+1}_q \approx \frac{\partial a^{l+1}_q}{\partial a^l_j} \frac{\partial a^l_k}{\partial W^l_{kj}} \Delta W^l_{jk}",
            "unknown",
        ),
        (r"\Delta C \approx \sum_{l=1}^L \sum_{jk} \frac{\partial C}{\partial W^l_{jk}} \Delta W^l_{jk}", "proved"),
        (r"\Delta C \approx \sum_m \frac{\partial C}{\partial a^L_m} \frac{\partial a^L_m}{\partial W^L_{jk}} \Delta W^L_{jk}", "proved"),
        # one path of several
        (r"\Delta C \approx \frac{\partial C}{\partial a^{l+1}_m} \frac{\partial a^{l+1}_m}{\partial W^l_{jk}} \Delta W^l_{jk}", "unknown"),
        # a change of one layer causes those of the next: added up, they are counted twice
        (r"\Delta C \approx \sum_{l=1}^L \sum_j \frac{\partial C}{\partial a^l_j} \Delta a^l_j", "unknown"),
        (r"C \approx \frac{1}{2} \sum_j (a^L_j)^2", "unknown"),
    ],
)
def test_layers(claim: str, expected: str) -> None:
    verdict = symbptt.check(symbptt.Problem(claim=claim, given=LAYERS.given, shapes=LAYERS.shapes, ranges=LAYERS.ranges))
    assert verdict.verdict == expected, verdict.message


def test_a_product_that_fits_entry_by_entry_is_no_change() -> None:
    claim = r"\Delta C \approx \nabla_w C \odot \Delta w"
    assert symbptt.check(symbptt.Problem(claim=claim, given=NEURON.given, shapes=NEURON.shapes)).verdict == "unknown"


def test_its_certificate_is_accepted() -> None:
    verdict = judge_with_certificate(symbptt.Problem(claim=CLAIMS[0][0], given=NEURON.given, shapes=NEURON.shapes))
    assert rechecked(verdict.evidence)[0] == "accepted"


def test_in_a_document(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_text(
        "Each layer computes $z^l_j = \\sum_k w^l_{jk} a^{l-1}_k + b^l_j$ and $a^l_j = \\sigma(z^l_j)$.\n\n"
        "A little more weight moves the cost $C$ by\n$$\\Delta C \\approx \\frac{\\partial C}{\\partial w^l_{jk}} \\Delta w^l_{jk}.$$\n"
        "It moves one activation by\n$$\\Delta a^l_j \\approx \\sigma'(z^l_j) a^{l-1}_k \\Delta w^l_{jk}$$\nand not by\n"
        "$$\\Delta a^l_j \\approx \\sigma'(z^l_j) a^{l}_k \\Delta w^l_{jk}.$$\n",
        encoding="utf-8",
    )
    verdicts = [v.verdict for v in check_items(read_path(str(path)).items, workers=1) if v.role == "claim"]
    assert verdicts == ["proved", "proved", "unknown"]
