"""Ways in which notes write a quantity, a derivative or the end of a proof; each with a false twin."""

from __future__ import annotations

from typing import Any

import pytest

import symbptt

LAYER: dict[str, Any] = {
    "given": ["z = W x", r"L = \ell(z)"],
    "shapes": {"z": "n", "W": "n×m", "x": "m", "L": "scalar"},
    "functions": {r"\ell": "scalar"},
}


def verdict(problem: dict[str, Any], claim: str, **more: Any) -> str:
    return symbptt.check({**problem, "claim": claim, **more}, suggest=0).verdict


@pytest.mark.parametrize("mark", [r"\square", r"\quad \blacksquare", r"\Box", r"\qed", r"\qquad \checkmark", "∎"])
def test_the_end_of_a_proof_says_nothing(mark: str) -> None:
    assert verdict(LAYER, rf"\frac{{\partial z}}{{\partial x}} = W {mark}") == "proved"
    assert verdict(LAYER, rf"\frac{{\partial z}}{{\partial x}} = 2 W {mark}") == "refuted"


def test_a_variation_is_a_derivative_where_nothing_is_called_delta() -> None:
    assert verdict(LAYER, r"\frac{\delta L}{\delta W} = \frac{\delta L}{\delta z} x^T") == "proved"
    assert verdict(LAYER, r"\frac{\delta L}{\delta W} = -\frac{\delta L}{\delta z} x^T") == "refuted"
    named = {**LAYER, "given": [*LAYER["given"], r"\delta = \frac{\partial L}{\partial z}"], "shapes": {**LAYER["shapes"], r"\delta": "n"}}
    assert verdict(named, r"\frac{\delta L}{\delta W} = \frac{\delta L}{\delta z} x^T") not in ("proved", "verified")


@pytest.mark.parametrize(("whole", "entry"), [(r"\hat{\mathbf{p}}", r"\hat{p}"), (r"\hat{p}", r"\hat{\mathbf{p}}"), (r"\mathbf{p}", "p")])
def test_fonts_under_accents(whole: str, entry: str) -> None:
    problem = {
        "given": [rf"{entry}_i = \sigma(z_i)", rf"L = \sum_i a_i {entry}_i"],
        "shapes": {whole: "n", "z": "n", "a": "n", "L": "scalar"},
    }
    right = rf"\frac{{\partial L}}{{\partial z}} = a \odot {whole} \odot (1 - {whole})"
    assert verdict(problem, right) == "proved"
    assert verdict(problem, right.replace("1 -", "1 +")) == "refuted"


@pytest.mark.parametrize("letters", ["ic", "ij", "nk", "bc"])
def test_entries_whose_letters_look_like_a_word(letters: str) -> None:
    row, column = letters
    problem = {
        "given": [
            rf"P_{{{letters}}} = \frac{{e^{{Z_{{{letters}}}}}}}{{\sum_{{q=1}}^C e^{{Z_{{{row}q}}}}}}",
            rf"L = -\sum_{{{row}=1}}^N \sum_{{{column}=1}}^C Y_{{{letters}}} \log P_{{{letters}}}",
        ],
        "shapes": {"Z": "N×C", "P": "N×C", "Y": "N×C", "L": "scalar"},
        "assume": [{"one_hot": "Y"}],
    }
    assert verdict(problem, r"\frac{\partial L}{\partial Z} = P - Y") == "proved"
    assert verdict(problem, r"\frac{\partial L}{\partial Z} = Y - P") == "refuted"


def test_letters_in_a_row_in_an_exponent() -> None:
    problem = {"given": [r"L = \log(1 + e^{-yz})"], "shapes": {"y": "scalar", "z": "scalar", "L": "scalar"}}
    assert verdict(problem, r"\frac{\partial L}{\partial z} = -y \sigma(-yz)") == "verified"
    assert verdict(problem, r"\frac{\partial L}{\partial z} = -\sigma(-yz)") == "refuted"


def test_a_size_before_a_bracket_is_a_number() -> None:
    problem = {"given": [r"L = \frac{1}{H (s + 1)} \sum_{i=1}^H x_i"], "shapes": {"x": "H", "s": "scalar", "L": "scalar"}}
    assert verdict(problem, r"\frac{\partial L}{\partial s} = -\frac{L}{s + 1}") == "proved"
    assert verdict(problem, r"\frac{\partial L}{\partial x_i} = \frac{1}{H s + 1}") == "refuted"


def test_a_name_of_a_gradient_has_its_stated_shape_whatever_the_layout() -> None:
    named = {**LAYER, "given": [*LAYER["given"], r"\delta = \frac{\partial L}{\partial z}"], "shapes": {**LAYER["shapes"], r"\delta": "n"}}
    stated = {"layout": "numerator"}
    assert verdict(named, r"\delta^T W = \frac{\partial L}{\partial x}", notation=stated) == "proved"
    assert verdict(named, r"2 \delta^T W = \frac{\partial L}{\partial x}", notation=stated) == "refuted"
    # where δ is used as the row that the layout makes of it, nobody knows which of the two is meant
    assert verdict(named, r"\frac{\partial L}{\partial x} = \delta W", notation=stated) == "unknown"
