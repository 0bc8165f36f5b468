"""What is inferred for equations that nobody annotated: written down by hand for each model."""

from __future__ import annotations

import pytest

from symbptt.inference.frame import Inferred, Stated, infer_frame
from symbptt.inference.quantities import Names
from symbptt.latex.parser import parse
from symbptt.latex.syntax import Formula


def formulas(*texts: str) -> list[Formula]:
    return [formula for text in texts for formula in parse(text)]


def inferred(*definitions: str, claims: tuple[str, ...] = (), **stated: dict[str, str]) -> Inferred:
    return infer_frame(formulas(*definitions), formulas(*claims), Stated(**stated))


def sizes(shape: str) -> list[str]:
    return shape.split("×")


def test_an_elman_network_in_columns() -> None:
    shapes = inferred(r"h_t = \tanh(W h_{t-1} + U x_t + b)", r"o_t = V h_t + c").shapes
    (n,), (m,), (q,) = sizes(shapes["h_{t}"]), sizes(shapes["x_{t}"]), sizes(shapes["o_{t}"])
    assert len({n, m, q}) == 3
    assert shapes == {"h_{t}": n, "W": f"{n}×{n}", "U": f"{n}×{m}", "x_{t}": m, "b": n, "o_{t}": q, "V": f"{q}×{n}", "c": q}


def test_the_same_in_rows() -> None:
    shapes = inferred(r"h_t = \tanh(h_{t-1} W + x_t U)", r"o_t = h_t V").shapes
    n, m = shapes["h_{t}"].removeprefix("1×"), shapes["x_{t}"].removeprefix("1×")
    assert shapes["h_{t}"] == f"1×{n}" and shapes["W"] == f"{n}×{n}" and shapes["U"] == f"{m}×{n}" and n != m


def test_a_batch_in_rows_with_a_bias_for_each_column() -> None:
    shapes = inferred(r"H_t = \tanh(H_{t-1} W + X_t U + \beta)").shapes
    batch, n = sizes(shapes["H_{t}"])
    assert batch != n and shapes["\\beta"] == f"1×{n}" and shapes["W"] == f"{n}×{n}"


def test_a_column_of_biases_has_the_stated_length_of_the_rows() -> None:
    stated = Stated(shapes={"X": "q×m", "W": "p×q", "b": "p"})
    assert infer_frame(formulas(r"Z = W X + b", r"H = \sigma(Z)"), (), stated).shapes == {"Z": "p×m", "H": "p×m"}


def test_a_sign_that_is_said_to_be_entry_by_entry() -> None:
    parsed = formulas(r"C = F * B", r"F = \sigma(W A)")
    stated = Stated(shapes={"B": "p×m", "W": "p×q", "A": "q×m"}, signs={"*": ("elementwise",)})
    assert infer_frame(parsed, (), stated).shapes == {"C": "p×m", "F": "p×m"}


def test_layers_have_sizes_of_their_own() -> None:
    found = inferred(r"z^l = w^l a^{l-1} + b^l", r"a^l = \sigma(z^l)", r"C = \frac{1}{2} \sum_j (y_j - a^L_j)^2")
    name = found.shapes["a^{l}"].removesuffix("_{l}")
    assert found.shapes["w^{l}"] == f"{name}_{{l}}×{name}_{{l-1}}" and found.shapes["y"] == f"{name}_{{L}}"
    assert found.shapes["C"] == "scalar" and found.ranges == {"l": "1..L"}


def test_what_is_compared_with_the_last_of_equal_layers_is_as_long_as_all_of_them() -> None:
    shapes = inferred(r"h^l = h^{l-1} + \tanh(W^l h^{l-1})", r"E = \frac12 \|h^L - y\|^2").shapes
    (n,) = sizes(shapes["h^{l}"])
    assert shapes["y"] == n and shapes["W^{l}"] == f"{n}×{n}" and "_" not in n


def test_what_is_made_a_diagonal_matrix_is_no_cost() -> None:
    claims = (r"\frac{\partial h_2}{\partial x_1} = \mathrm{diag}(1 - h_2^2) W", r"\frac{\partial h_1}{\partial x_1} = I")
    shapes = inferred(r"h_t = \tanh(W h_{t-1} + U x_t)", "h_1 = x_1", claims=claims).shapes
    (n,) = sizes(shapes["h_{t}"])
    assert shapes == {"h_{t}": n, "x_{t}": n, "U": f"{n}×{n}", "W": f"{n}×{n}"}


def test_components_tell_vectors_and_matrices() -> None:
    shapes = inferred(r"z_i = \sum_{j=1}^{m} w_{ij} x_j + b_i").shapes
    (n,) = sizes(shapes["z"])
    assert shapes == {"z": n, "w": f"{n}×m", "x": "m", "b": n}


@pytest.mark.parametrize("sum_", [r"\sum_{i=1}^{K}", r"\sum_{i=0}^{K-1}"])
def test_the_end_of_a_sum_names_a_size(sum_: str) -> None:
    assert inferred(rf"L = -{sum_} y_i \log p_i").shapes == {"L": "scalar", "y": "K", "p": "K"}


def test_functions_of_several_arguments() -> None:
    found = inferred(
        r"h_t = f(x_t, h_{t-1}, w)", r"L = \frac{1}{T} \sum_{t=1}^T \ell(y_t, h_t)", claims=(r"\frac{\partial L}{\partial w} = 0",) * 2
    )
    assert found.functions == {"f": "map", "\\ell": "scalar"} and found.ranges == {"t": "1..T"}


def test_products_of_derivatives() -> None:
    claim = r"\frac{\partial L}{\partial h} = \mathrm{prod}(\frac{\partial L}{\partial o}, \frac{\partial o}{\partial h})"
    assert inferred(r"o = V h", claims=(claim,)).functions["\\mathrm{prod}"] == "chain"


def test_stated_shapes_are_kept_and_name_the_sizes_of_others() -> None:
    found = inferred(r"h_t = \tanh(W h_{t-1} + U x_t)", shapes={"h_t": "D_h", "x_t": "d"})
    assert found.shapes == {"W": "D_h×D_h", "U": "D_h×d"}


def test_stated_signs() -> None:
    found = infer_frame(formulas(r"c_t = f_t * g_t"), [], Stated(signs={"*": ("elementwise",)}))
    assert len(set(found.shapes.values())) == 1


def test_gates_are_labels_and_components_are_not() -> None:
    names = Names(formulas(r"i_t = \sigma(W_i x_t)", r"f_t = \sigma(W_f x_t)", r"o_t = \sigma(W_o x_t)", r"z_i = \sum_j V_{ij} x_j"))
    keys = {key for formula in formulas(r"W_i x_t", r"W_f x_t", r"V_{ij} z_i") for side in formula.sides for key in names.keys_in(side)}
    assert keys == {"W_{i}", "x_{t}", "W_{f}", "V", "z"}


def test_steps_in_calls_and_brackets() -> None:
    names = Names(formulas(r"a(t) = \tanh(w a(t-1) + u x(t))", r"y(1 - y) = 0"))
    assert names.calls == {"a", "x"}
    names = Names(formulas(r"h^{(t)} = \tanh(W h^{(t-1)})", r"\frac{\partial L}{\partial h^{\langle T \rangle}} = 0"))
    keys = {key for side in formulas(r"h^{\langle T \rangle} = h^{(t)}")[0].sides for key in names.keys_in(side)}
    assert len(keys) == 1


def test_the_letter_that_ends_a_range_does_not_run() -> None:
    found = inferred(r"L = \sum_{t=1}^n L_t", r"s_t = f(s_{t-1})", r"d_{n-1} = s_n")
    assert found.ranges["t"] == "1..n" and "n" not in found.ranges


def test_a_guess_is_told() -> None:
    found = inferred(r"c = a \odot b", r"h_t = \tanh(W h_{t-1})")
    assert "W" not in found.doubtful


@pytest.mark.parametrize("gate", [r"W_f [h_{t-1}, x_t]", r"W_f \cdot [h_{t-1}, x_t]", r"W_f \begin{bmatrix} h_{t-1} \\ x_t \end{bmatrix}"])
def test_what_is_stacked_is_as_long_as_all_of_it(gate: str) -> None:
    shapes = inferred(rf"f_t = \sigma({gate} + b_f)", r"h_t = f_t \odot h_{t-1}").shapes
    n, m = shapes["h_{t}"], shapes["x_{t}"]
    assert n != m and shapes["W_{f}"] == f"{n}×{n}+{m}" and shapes["b_{f}"] == n
