"""Rows, columns and layouts as they are stated or written: true claims hold under them, and false ones under none."""

from __future__ import annotations

from typing import Any

import pytest

import symbptt

LAYER: dict[str, Any] = {"given": ["z = W x", r"L = \ell(z)"], "shapes": {"z": "n", "W": "n×m", "x": "m", "L": "scalar"}}
FUNCTIONS = {r"\ell": "scalar", "f": "elementwise"}
RECURRENT: dict[str, Any] = {
    "given": ["z_t = U h_{t-1} + W x_t", "h_t = f(z_t)", "o_t = V h_t", r"L = \sum_{t=1}^T \ell(o_t)"],
    "shapes": {"z_t": "n", "h_t": "n", "x_t": "m", "o_t": "q", "U": "n×n", "W": "n×m", "V": "q×n", "L": "scalar"},
    "ranges": {"t": "1..T"},
}


def verdict(problem: dict[str, Any], claim: str, **more: Any) -> str:
    return symbptt.check({**problem, "functions": FUNCTIONS, "claim": claim, **more}, suggest=0).verdict


@pytest.mark.parametrize("spelling", [r"\mathrm{T}", r"\mathsf{T}", r"\text{T}", r"{\rm T}", "^T", r"\top", r"^\top", r"\intercal"])
def test_a_transpose_is_stated_as_it_is_written(spelling: str) -> None:
    claim = rf"\frac{{\partial L}}{{\partial x}} = W^{{{spelling.removeprefix('^')}}} \frac{{\partial L}}{{\partial z}}"
    stated = {"transpose": [spelling]}
    assert verdict(LAYER, claim, notation=stated) == "proved"
    assert verdict(LAYER, claim.replace("= W", "= -W"), notation=stated) == "refuted"


@pytest.mark.parametrize("layout", ["numerator", "gradient"])
@pytest.mark.parametrize(
    ("claim", "wrong"),
    [
        (r"\frac{\partial L}{\partial U} = \sum_{t=1}^T A_t B_t", r"\frac{\partial L}{\partial U} = A_T B_T"),
        (r"\frac{\partial L}{\partial W} = \sum_{t=1}^T A_t C_t", r"\frac{\partial L}{\partial W} = 2 \sum_{t=1}^T A_t C_t"),
    ],
)
def test_a_chain_over_a_matrix_has_the_layout_of_its_gradient(layout: str, claim: str, wrong: str) -> None:
    """∂L/∂z_t as a row times the three-index ∂z_t/∂U is no row of n·n numbers. The last derivative is the immediate one."""
    notation = {"layout": layout, "transpose": ["T"]}
    for text, expected in ((claim, "proved"), (wrong, "refuted")):
        for name, by in (("B", "U"), ("C", "W")):
            for step in ("t", "T"):
                text = text.replace(f"{name}_{step}", rf"\frac{{\partial z_{step}}}{{\partial {by}}}")
        for step in ("t", "T"):
            text = text.replace(f"A_{step}", rf"\frac{{\partial L}}{{\partial z_{step}}}")
        assert verdict(RECURRENT, text, notation=notation) == expected, text


def test_a_chain_of_two_columns_by_an_entry() -> None:
    right = r"\frac{\partial L}{\partial U_{ij}} = \sum_{t=1}^T \frac{\partial L}{\partial z_t} \frac{\partial z_t}{\partial U_{ij}}"
    assert verdict(RECURRENT, right, notation={"layout": "gradient"}) == "proved"
    assert verdict(RECURRENT, right.replace("= ", "= 2 ", 1), notation={"layout": "gradient"}) == "refuted"


@pytest.mark.parametrize("letter", ["j", "k", "s"])
def test_a_declared_error_of_two_indices_is_no_kronecker_delta(letter: str) -> None:
    problem = {
        **RECURRENT,
        "given": [*RECURRENT["given"], r"\delta_{z,t} = \frac{\partial L}{\partial z_t}"],
        "shapes": {**RECURRENT["shapes"], r"\delta_{z,t}": "n"},
    }
    right = rf"\frac{{\partial L}}{{\partial U}} = \sum_{{{letter}=1}}^T \delta_{{z,{letter}}} h_{{{letter}-1}}^T"
    assert verdict(problem, right) == "proved"
    assert verdict(problem, right.replace("-1}^T", "}^T")) == "refuted"


def test_a_row_and_a_column_entry_by_entry_is_a_reading() -> None:
    problem = {
        "given": ["z = W x", "h = f(z)", r"L = \ell(h)", r"\delta = \frac{\partial L}{\partial h}"],
        "shapes": {"z": "n", "W": "n×m", "x": "m", "h": "n", r"\delta": "n"},
    }
    assert verdict(problem, r"\frac{\partial L}{\partial z} = \delta \odot f'(z)") == "proved"
    assert verdict(problem, r"\left(\frac{\partial L}{\partial z}\right)^T = \delta^T \odot f'(z)") == "conditional"
    assert verdict(problem, r"\left(\frac{\partial L}{\partial z}\right)^T = \delta^T \odot f(z)") == "refuted"


def test_a_list_is_not_taken_for_its_first_entry() -> None:
    problem = {"given": ["h = f(z)"], "shapes": {"h": "n", "z": "n"}}
    assert verdict(problem, r"\frac{\partial h}{\partial z} = \operatorname{diag}(f'(z_1), f'(z_2))") == "unknown"
    assert verdict(problem, r"\frac{\partial h}{\partial z} = \operatorname{diag}(f'(z))") == "proved"


@pytest.mark.parametrize("entries", [r"f'(z_1), \ldots, f'(z_n)", r"f'(z_1), f'(z_2), \dots, f'(z_n)", "f'(z_i)"])
def test_entries_on_a_diagonal(entries: str) -> None:
    problem = {"given": ["h = f(z)"], "shapes": {"h": "n", "z": "n"}}
    assert verdict(problem, rf"\frac{{\partial h}}{{\partial z}} = \operatorname{{diag}}({entries})") == "proved"
    without_primes = entries.replace("'", "")
    assert verdict(problem, rf"\frac{{\partial h}}{{\partial z}} = \operatorname{{diag}}({without_primes})") == "refuted"


def test_a_running_entry_on_a_diagonal_is_no_entry_of_the_other_side() -> None:
    problem = {"given": ["h = f(z)"], "shapes": {"h": "n", "z": "n"}}
    assert verdict(problem, r"\frac{\partial h_i}{\partial z_j} = \operatorname{diag}(f'(z_i))") == "unknown"


def test_a_kronecker_product_is_not_read() -> None:
    assert verdict(LAYER, r"\frac{\partial z}{\partial \mathrm{vec}(W)} = x^T \otimes I") == "unknown"
