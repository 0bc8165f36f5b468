"""The fields of a verdict: what is reported, and that a counterexample can be worked out again without the program."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy

import symbptt
from symbptt.verdict import Counterexample, Verdict

CELL: dict[str, Any] = {
    "given": ["z_t = A s_{t-1} + u_t", "s_t = f(z_t)", r"E = \sum_{t=1}^T c^\top s_t"],
    "shapes": {"A": "n×n", "u_t": "n", "s_t": "n", "z_t": "n", "c": "n"},
    "ranges": {"t": "1..T"},
    "functions": {"f": "elementwise"},
}
SQUARE: dict[str, Any] = {"given": ["z = W x", r"E = \frac12 \|z\|^2"], "shapes": {"W": "m×n", "x": "n"}}


def check(model: Mapping[str, Any], claim: str, **more: Any) -> Verdict:
    return symbptt.check({**model, **more, "claim": claim})


# -- scope, method, reading ----------------------------------------------------------------------------------------------


def test_scope_of_a_verified_claim() -> None:
    """At least T = 1..4, every size at least 2; here n takes two values."""
    verdict = check(CELL, r"\frac{\partial E}{\partial s_T} = c")
    assert (verdict.verdict, verdict.role) in (("verified", "claim"), ("proved", "claim"))
    if verdict.verdict == "verified":
        assert {1, 2, 3, 4} <= set(verdict.scope["steps"]["T"])
        assert min(verdict.scope["sizes"]["n"]) >= 2 and len(verdict.scope["sizes"]["n"]) >= 2
        assert verdict.method == "exact" and verdict.counterexample is None


@pytest.mark.parametrize("model, claim", [(CELL, r"z_t = A s_{t-1} + u_t"), (SQUARE, r"\frac{\partial E}{\partial x} = W^\top z")])
def test_every_size_of_the_scope_takes_several_values_of_at_least_two(model: Mapping[str, Any], claim: str) -> None:
    verdict = check(model, claim)
    if verdict.scope["sizes"] != "all":
        assert verdict.scope["sizes"] and all(min(values) >= 2 and len(values) >= 2 for values in verdict.scope["sizes"].values())


def test_a_counterexample_has_sizes_of_at_least_two_that_differ() -> None:
    point = check(SQUARE, r"\frac{\partial E}{\partial x} = 2 W^\top z").counterexample
    assert point is not None and min(point.sizes.values()) >= 2 and len(set(point.sizes.values())) == 2


@pytest.mark.parametrize(
    "claim, more, method",
    [
        (r"\frac{\partial E}{\partial x} = W^\top z", {}, "exact"),
        (r"\frac{\partial E}{\partial x} = 2 W^\top z", {}, "enclosure"),
        (r"\frac{\partial E}{\partial x} = W z", {}, "shapes"),
        (r"\frac{\partial E}{\partial x} = Q z", {}, ""),
    ],
)
def test_method(claim: str, more: Mapping[str, Any], method: str) -> None:
    verdict = check(SQUARE, claim, **more)
    assert verdict.method == method or verdict.verdict == "proved"


def test_the_reading_tells_the_layout() -> None:
    verdict = check(SQUARE, r"\frac{\partial E}{\partial x} = W^\top z")
    assert any("layout of a scalar by a vector: gradient" in note for note in verdict.reading)


def test_the_reading_tells_an_immediate_derivative() -> None:
    model = {"given": ["h_t = w h_{t-1} + x_t"], "shapes": {"h_t": "scalar", "x_t": "scalar", "w": "scalar"}, "ranges": {"t": "1..T"}}
    claim = r"\frac{d h_t}{d w} = \frac{\partial h_t}{\partial w} + w \frac{d h_{t-1}}{d w}"
    verdict = check(model, claim)
    assert verdict.verdict in ("verified", "proved") and any("is immediate" in note for note in verdict.reading)


def test_the_reading_tells_where_a_missing_argument_was_taken_from() -> None:
    verdict = check(CELL, r"\frac{\partial s_t}{\partial z_t} = \operatorname{diag}(f')")
    assert verdict.verdict in ("verified", "proved") and "`f'` is taken at `z_{t}`" in verdict.reading


def test_the_reading_tells_of_broadcast_biases() -> None:
    model = {"given": ["Z = X W + b"], "shapes": {"X": "k×m", "W": "m×n", "b": "1×n", "Z": "k×n"}}
    verdict = check(model, "Z_{ij} = b_j + (X W)_{ij}")
    assert verdict.verdict in ("verified", "proved")
    assert any(re.search(r"added to every .*row", note) for note in check(model, "Z = X W + b").reading)


def test_assumptions_are_listed_with_conditional_only() -> None:
    model = {"given": [r"p = \operatorname{softmax}(o)", r"E = -\sum_k y_k \log p_k"], "shapes": {"o": "n", "p": "n", "y": "n"}}
    free = check(model, r"\frac{\partial E}{\partial o} = p - y")
    stated = check(model, r"\frac{\partial E}{\partial o} = p - y", assume=[r"\sum_k y_k = 1"])
    assert free.verdict == "conditional" and free.assumptions == (r"\sum_k y[k] = 1",)
    assert free.message.startswith("true ") and free.message.endswith(r"if \sum_k y[k] = 1")
    assert stated.verdict in ("verified", "proved") and stated.assumptions == ()


# -- chains --------------------------------------------------------------------------------------------------------------


def test_links_of_a_chain() -> None:
    verdict = check(
        CELL,
        r"\frac{\partial s_t}{\partial z_t} = \operatorname{diag}(f'(z_t)) = \operatorname{diag}(f(z_t)) = \operatorname{diag}(f'(z_t))",
    )
    assert verdict.verdict == "refuted" and verdict.first_wrong == 1
    assert [link.verdict for link in verdict.links][1:] == ["refuted", "refuted"]
    assert verdict.links[0].verdict in ("verified", "proved")
    assert all(link.message for link in verdict.links)
    assert [link.latex.count("=") for link in verdict.links] == [1, 1, 1]


def test_an_unknown_link_keeps_the_others() -> None:
    verdict = check(SQUARE, r"\frac{\partial E}{\partial x} = W^\top z = Q z")
    assert verdict.verdict == "unknown" and verdict.first_wrong is None
    assert [link.verdict for link in verdict.links] == ["verified", "unknown"] and "`Q`" in verdict.links[1].message


def test_a_refuted_link_outweighs_an_unknown_one() -> None:
    verdict = check(SQUARE, r"\frac{\partial E}{\partial x} = Q z = 2 W^\top z")
    assert verdict.verdict in ("refuted", "unknown") and verdict.links[0].verdict == "unknown"


def test_a_single_equation_has_no_links() -> None:
    verdict = check(SQUARE, r"\frac{\partial E}{\partial x} = 2 W^\top z")
    assert verdict.links == () and verdict.first_wrong is None


# -- counterexamples worked out again ------------------------------------------------------------------------------------


def entry(point: Counterexample, name: str, default: Fraction) -> sympy.Rational:
    value = Fraction(point.values.get(name, default))
    return sympy.Rational(value.numerator, value.denominator)


def polynomial(point: Counterexample, name: str, *arguments: str) -> sympy.Expr:
    """The printed polynomial of an abstract function."""
    head, _, body = point.functions[name].partition(" = ")
    assert head == f"{name}({', '.join(arguments)})"
    return sympy.parse_expr(body.replace("^", "**"), {x: sympy.Symbol(x) for x in arguments})


def exact(text: str) -> sympy.Rational:
    return sympy.Rational(Fraction(text).numerator, Fraction(text).denominator)


@pytest.mark.parametrize("default", [Fraction(0), Fraction(7, 3)])
def test_counterexample_with_an_abstract_function(default: Fraction) -> None:
    """The direct term alone is not ∂E/∂A; entries that are not listed do not matter."""
    point = check(CELL, r"\frac{\partial E}{\partial A} = \sum_{t=1}^T (c \odot f'(z_t)) s_{t-1}^\top").counterexample
    assert point is not None
    found = re.fullmatch(r"T=(\d+), entry \((\d+),(\d+)\)", point.entry)
    assert found is not None and point.steps == {"T": int(found[1])}
    steps, i, j = int(found[1]), int(found[2]) - 1, int(found[3]) - 1
    n = point.sizes["n"]
    x = sympy.Symbol("x")
    f = polynomial(point, "f", "x")
    turn = sympy.Symbol("a_ij")
    a = sympy.Matrix(n, n, lambda r, s: entry(point, f"A[{r + 1},{s + 1}]", default))
    value = a[i, j]
    a[i, j] = turn
    c = sympy.Matrix(n, 1, lambda r, _: entry(point, f"c[{r + 1}]", default))
    states = [sympy.Matrix(n, 1, lambda r, _: entry(point, f"s_{{0}}[{r + 1}]", default))]
    slopes = []
    for t in range(1, steps + 1):
        u = sympy.Matrix(n, 1, lambda r, _, t=t: entry(point, f"u_{{{t}}}[{r + 1}]", default))
        z = a * states[-1] + u
        states.append(z.applyfunc(lambda w: f.subs(x, w)))
        slopes.append(z.applyfunc(lambda w: sympy.diff(f, x).subs(x, w)))
    loss = sum((c.T * s)[0, 0] for s in states[1:])
    left = sympy.diff(loss, turn).subs(turn, value)
    right = sum(c[i] * slope[i] * s[j] for slope, s in zip(slopes, states, strict=False)).subs(turn, value)
    assert (left, right, sympy.nsimplify(left - right)) == (exact(point.left), exact(point.right), exact(point.difference))
    assert left != right


def test_counterexample_with_a_function_of_three_arguments() -> None:
    model = {
        "given": [r"h_t = f(x_t, h_{t-1}, w)"],
        "shapes": {"h_t": "scalar", "x_t": "scalar", "w": "scalar"},
        "functions": {"f": "map"},
        "ranges": {"t": "1..T"},
    }
    point = check(model, r"\frac{\partial h_t}{\partial w} = \frac{\partial f(x_t, h_{t-1}, w)}{\partial w}").counterexample
    assert point is not None and point.entry == "T=2, t=2"
    names = ("x1", "x2", "x3")
    f = polynomial(point, "f", *names)
    w = sympy.Symbol("w")
    h = entry(point, "h_{0}", Fraction(0))
    for t in (1, 2):
        earlier, arguments = h, dict(zip(names, (entry(point, f"x_{{{t}}}", Fraction(0)), h, w), strict=True))
        h = f.subs(arguments)
    at = {w: entry(point, "w", Fraction(0))}
    slot = sympy.diff(f, "x3").subs({"x1": entry(point, "x_{2}", Fraction(0)), "x2": earlier, "x3": w}).subs(at)
    assert sympy.diff(h, w).subs(at) == exact(point.left)
    assert slot == exact(point.right)
    assert exact(point.left) - exact(point.right) == exact(point.difference) != 0


def test_counterexample_of_a_vector_map() -> None:
    model = {"given": ["z = F(x)", r"E = c^\top z"], "shapes": {"z": "m", "x": "n", "c": "m"}, "functions": {"F": "map"}}
    point = check(model, r"\frac{\partial E}{\partial x} = 2 \left(\frac{\partial z}{\partial x}\right)^\top c").counterexample
    assert point is not None
    k = int(point.entry.removeprefix("entry (").removesuffix(")"))
    names = [f"x{i}" for i in range(1, point.sizes["n"] + 1)]
    at = {f"x{i}": entry(point, f"x[{i}]", Fraction(0)) for i in range(1, point.sizes["n"] + 1)}
    rows = range(1, point.sizes["m"] + 1)
    left = sum(entry(point, f"c[{i}]", Fraction(0)) * sympy.diff(polynomial(point, f"F[{i}]", *names), f"x{k}").subs(at) for i in rows)
    assert (left, 2 * left, -left) == (exact(point.left), exact(point.right), exact(point.difference))


def test_counterexample_with_tanh_by_finite_differences() -> None:
    model = {**CELL, "given": ["z_t = A s_{t-1} + u_t", r"s_t = \tanh(z_t)", CELL["given"][2]], "functions": {}}
    point = check(model, r"\frac{\partial E}{\partial u_t} = (1 - s_t^2) \odot c").counterexample
    assert point is not None and "+/-" in point.difference
    found = re.fullmatch(r"T=(\d+), t=(\d+), entry \((\d+)\)", point.entry)
    assert found is not None
    steps, step, i = (int(group) for group in found.groups())
    n = point.sizes["n"]

    def vector(name: str) -> np.ndarray:
        return np.array([float(Fraction(point.values.get(f"{name}[{r}]", 0))) for r in range(1, n + 1)])

    a = np.array([[float(Fraction(point.values.get(f"A[{r},{s}]", 0))) for s in range(1, n + 1)] for r in range(1, n + 1)])
    inputs, c = {t: vector(f"u_{{{t}}}") for t in range(1, steps + 1)}, vector("c")

    def loss(shift: float) -> tuple[float, np.ndarray]:
        s, total, seen = vector("s_{0}"), 0.0, np.zeros(n)
        for t in range(1, steps + 1):
            s = np.tanh(a @ s + inputs[t] + (shift * np.eye(n)[i - 1] if t == step else 0))
            total += c @ s
            seen = s if t == step else seen
        return total, seen

    left = (loss(1e-6)[0] - loss(-1e-6)[0]) / 2e-6
    right = ((1 - loss(0)[1] ** 2) * c)[i - 1]
    middle = {name: float(getattr(point, name).strip("[]").split(" ")[0]) for name in ("left", "right", "difference")}
    assert left == pytest.approx(middle["left"], abs=1e-8) and right == pytest.approx(middle["right"], abs=1e-12)
    assert left - right == pytest.approx(middle["difference"], abs=1e-8) and abs(middle["difference"]) > 1e-6


def test_a_counterexample_meets_the_assumptions() -> None:
    model = {"given": [r"p = \operatorname{softmax}(o)", r"E = -\sum_k y_k \log p_k"], "shapes": {"o": "n", "p": "n", "y": "n"}}
    point = check(model, r"\frac{\partial E}{\partial o} = p - 2 y", assume=[{"one_hot": "y"}]).counterexample
    assert point is not None
    given = [Fraction(value) for name, value in point.values.items() if name.startswith("y[")]
    assert set(given) <= {Fraction(0), Fraction(1)} and sum(given) <= 1


# -- messages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claim, more, message",
    [
        (r"\frac{\partial E}{\partial x} = Q z", {}, "`Q` is defined nowhere; add it to `shapes` or `given`"),
        (
            r"\frac{\partial E}{\partial x} = W z",
            {},
            "no reading has consistent shapes: the matrix product of m×n and m×1 does not fit (column 33)",
        ),
        (r"\frac{\partial E}{\partial x} = z", {}, "no reading has consistent shapes: one side is n×1, side 2 is m×1 (column 33)"),
        (r"\frac{\partial E}{\partial x}", {}, "the claim states nothing: it has no `=`"),
        (
            r"\frac{\partial E}{\partial x = z",
            {},
            "not read: the claim: a `{` is never closed; add the missing `}` (column 18)",
        ),
        (r"E = \phi(x)", {}, r"the function `\phi` is used by no given equation; declare it under `functions`"),
        (r"E \pm 1 = E", {}, r"`\pm` states two formulas at once (column 7)"),
        (
            r"\frac{\partial E}{\partial V} = z x^\top",
            {"shapes": {**SQUARE["shapes"], "V": "m×n"}},
            r"`\frac{\partial E}{\partial V}` is zero throughout: in the given equations the one does not depend on the other; "
            "is an equation missing?",
        ),
        ("E = E", {"notation": {"lay": "x"}}, "not read: unknown key `lay` in `notation`; did you mean `layout`?"),
        ("E = E", {"notation": {"product": "up"}}, "not read: `notation.product` is `up`; allowed: left, right"),
        ("E = E", {"ranges": {"t": "T"}}, "not read: range of `t` is `T`; write it as `1..T`"),
        ("E = E", {"assume": [{"positive": "q"}]}, "not read: assumption about `q`, which is declared nowhere"),
        (
            "E = E",
            {"functions": {"f": "odd"}},
            "not read: function `f` is `odd`; allowed: elementwise, scalar, map, chain, or a definition `f(x) = …`",
        ),
        ("x_i = 0", {}, "the sides differ at i=1: 1/2 against 0"),
    ],
)  # fmt: skip
def test_messages(claim: str, more: Mapping[str, Any], message: str) -> None:
    assert check(SQUARE, claim, **more).message == message


@pytest.mark.parametrize(
    "data, message",
    [
        ({"claims": "a = b"}, "unknown field `claims`; did you mean `claim`?"),
        ({"claim": "a = b", "fr": "t < T"}, "unknown field `fr`; did you mean `for`?"),
        ({"given": []}, "field `claim` is required: the LaTeX formula to judge"),
        ({"claim": "  "}, "field `claim` is required: the LaTeX formula to judge"),
        ([1], "a problem is an object with `claim` and `given`, not list"),
        ({"claim": "a = b", "given": "x = y"}, "field `given` must be a list, not str"),
        ({"claim": "a = b", "given": [3]}, 'an item of `given` is LaTeX text or {"equation": …, "for": …}, not 3'),
        ({"claim": "a = b", "shapes": ["x"]}, "field `shapes` must be an object (name to value), not list"),
        ({"claim": "a = b", "id": 3}, "field `id` must be text, not 3"),
    ],
)
def test_problem_errors(data: Any, message: str) -> None:
    with pytest.raises(symbptt.ProblemError) as caught:
        symbptt.check(data)
    assert str(caught.value) == message


# -- the public functions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claim", [r"\frac{\partial E}{\partial x} = W^\top z", r"\frac{\partial E}{\partial x} = 2 W^\top z = W^\top z", "E = Q", "E ="]
)
def test_json_and_back(claim: str) -> None:
    verdict = check(SQUARE, claim, id="one")
    data = verdict.to_dict()
    text = json.dumps(data)
    assert json.loads(text) == json.loads(json.dumps(json.loads(text))) and json.loads(text)["verdict"] == verdict.verdict
    assert (data["id"], data["latex"]) == ("one", claim)
    assert all(value not in ("", (), {}, None) for key, value in data.items() if key != "verdict")
    assert ("counterexample" in data) == (verdict.verdict == "refuted")


def test_a_problem_and_its_dictionary_are_judged_alike() -> None:
    data = {**SQUARE, "claim": r"\frac{\partial E}{\partial x} = 2 W^\top z", "id": "one", "for": "", "expect": "refuted"}
    first, second = (symbptt.check(form).to_dict() for form in (data, symbptt.Problem.from_dict(data)))
    assert {**first, "seconds": 0} == {**second, "seconds": 0} and first["expect"] == "refuted"


def test_given_as_objects_and_text() -> None:
    given = [{"equation": "z = W x"}, {"equation": SQUARE["given"][1], "for": ""}]
    assert check(SQUARE, r"\frac{\partial E}{\partial z} = z", given=given).verdict in ("verified", "proved")


@pytest.mark.parametrize(
    "claim", ["", "=", "= =", r"\frac{", "a" * 300, "W = ", r"\begin{align} E &= \end{align}", "☃ = ☃", "x^{x^{x}} = 1"]
)
def test_nonsense_never_raises_and_is_unknown(claim: str) -> None:
    assert symbptt.check(symbptt.Problem(claim=claim, **SQUARE)).verdict == "unknown"


def test_assert_derivation() -> None:
    right, wrong = ({**SQUARE, "claim": rf"\frac{{\partial E}}{{\partial x}} = {factor} W^\top z"} for factor in (1, 2))
    assert symbptt.testing.assert_derivation(right).verdict in ("verified", "proved")
    assert symbptt.testing.assert_derivation({**wrong, "expect": "refuted"}).verdict == "refuted"
    with pytest.raises(AssertionError) as caught:
        symbptt.testing.assert_derivation(wrong)
    lines = str(caught.value).splitlines()
    assert lines[0] == wrong["claim"]
    assert lines[1].startswith("is refuted, expected proved or verified: the sides differ at entry (1): ")
    assert lines[2] == "  reading: layout of a scalar by a vector: gradient (default)"
    assert lines[-2].startswith("  at m = 2, n = 3, W[1,1] = ") and re.fullmatch(r"  entry \(1\): \S+ against \S+", lines[-1])
    with pytest.raises(AssertionError, match="is proved, expected refuted"):
        symbptt.testing.assert_derivation({**right, "expect": "refuted"})


def test_assert_derivation_does_not_take_conditional_for_true() -> None:
    model = {"given": [r"p = \operatorname{softmax}(o)", r"E = -\sum_k y_k \log p_k"], "shapes": {"o": "n", "p": "n", "y": "n"}}
    with pytest.raises(AssertionError, match="is conditional, expected proved or verified"):
        symbptt.testing.assert_derivation({**model, "claim": r"\frac{\partial E}{\partial o} = p - y"})


def test_all_that_a_conditional_verdict_rests_on_is_named() -> None:
    """σ'(a) of a = σ(z) is right only as σ' written through its output, and p − y only where Σ y = 1: both are assumptions."""
    model = {
        "given": ["z = W x", r"a = \sigma(z)", r"p = \operatorname{softmax}(a)", r"L = -\sum_i y_i \ln p_i"],
        "shapes": {"W": "n×m", "x": "m", **dict.fromkeys("zapy", "n")},
    }
    claim = r"\frac{\partial L}{\partial x} = W^\top ((p - y) \odot \sigma'(a))"
    verdict = check(model, claim)
    assert verdict.verdict == "conditional"
    assert any("y" in text and "= 1" in text for text in verdict.assumptions)
    assert any(text.startswith("reading: ") and "of output" in text for text in verdict.assumptions)
    assert check(model, claim, notation={"prime": "of argument"}).verdict == "refuted"
    assert check(model, claim.replace("(a)", "(z)")).assumptions == tuple(t for t in verdict.assumptions if not t.startswith("reading"))


SPECIAL: dict[str, Any] = {
    "given": ["a_t = W h_{t-1} + U x_t", "h_t = \\tanh(a_t)", "J = \\sum_{t=1}^T \\ell(h_t)"],
    "shapes": {"a_t": "n", "h_t": "n", "x_t": "m", "W": "n×n", "U": "n×m", "J": "scalar"},
    "ranges": {"t": "1..T"},
    "functions": {"\\ell": "scalar"},
}


@pytest.mark.parametrize(
    ("claim", "told"),
    [
        ("\\frac{\\partial h_t}{\\partial h_{t-1}} = W \\operatorname{diag}(1 - h_t^2)", "it holds only for scalars, with every size 1"),
        (
            "\\frac{\\partial J}{\\partial a_1} = (1 - h_1^2) \\odot \\frac{\\partial \\ell(h_1)}{\\partial h_1}",
            "the sides agree at T = 1",
        ),
        (
            "\\frac{\\partial J}{\\partial h_1} = \\frac{\\partial \\ell(h_1)}{\\partial h_1} "
            "+ W^\\top ((1 - h_2^2) \\odot \\frac{\\partial \\ell(h_2)}{\\partial h_2})",
            "the sides agree at T = 2",
        ),
        ("\\frac{\\partial J}{\\partial W} = \\sum_{t=1}^T \\frac{\\partial J}{\\partial a_t} h_t^\\top", ""),
    ],
)
def test_a_special_case_is_told_and_refutes_all_the_same(claim: str, told: str) -> None:
    verdict = symbptt.check({**SPECIAL, "claim": claim})
    assert verdict.verdict == "refuted"
    assert verdict.message.partition("; ")[2] == told


def test_instances_without_a_value_are_told_where_a_range_is_stated() -> None:
    """∂a_1/∂a_0 has no value: no given equation uses a_0."""
    claim = "\\frac{\\partial a_t}{\\partial a_{t-1}} = W \\operatorname{diag}(1 - h_{t-1}^2)"
    told = [
        any(note.startswith("not judged where it needs a_{t} at 0") for note in verdict.reading)
        for verdict in (symbptt.check({**SPECIAL, "claim": claim, "for": f"{low} \\le t \\le T"}) for low in (1, 2))
        if verdict.verdict == "proved"
    ]
    assert told == [True, False]


def test_a_range_counted_from_the_last_step_does_not_reach_below_the_first() -> None:
    later = "W^\\top ((1 - h_{t+1}^2) \\odot \\frac{\\partial J}{\\partial h_{t+1}})"
    claim = f"\\frac{{\\partial J}}{{\\partial h_t}} = \\frac{{\\partial \\ell(h_t)}}{{\\partial h_t}} + {later}"
    for stated in ("t = T - 1", "t = T - 2", "T - 2 \\le t < T"):
        assert symbptt.check({**SPECIAL, "claim": claim, "for": stated}).verdict in ("proved", "verified")


def test_a_long_delay_is_tried_at_enough_steps() -> None:
    """With h_{t-6} nothing of the recursion shows before T = 7."""
    model = {**SPECIAL, "given": ["h_t = \\tanh(W h_{t-6} + U x_t)", SPECIAL["given"][2]]}
    wrong = "\\frac{\\partial J}{\\partial h_t} = \\frac{\\partial \\ell(h_t)}{\\partial h_t}"
    assert symbptt.check({**model, "claim": wrong}).verdict == "refuted"
    right = f"{wrong} + W^\\top ((1 - h_{{t+6}}^2) \\odot \\frac{{\\partial J}}{{\\partial h_{{t+6}}}})"
    assert symbptt.check({**model, "claim": right}).verdict == "proved"


def test_a_multiple_of_an_index_is_not_taken_for_two_indices() -> None:
    model = {**SPECIAL, "given": [*SPECIAL["given"][:2], "J = \\sum_{k=1}^K \\ell(h_{2k})"], "ranges": {"t": "1..2K", "k": "1..K"}}
    claim = "\\frac{\\partial J}{\\partial h_{2k+1}} = W^\\top ((1 - h_{2k+2}^2) \\odot \\frac{\\partial J}{\\partial h_{2k+2}})"
    verdict = symbptt.check({**model, "claim": claim, "for": "k < K"})
    assert (verdict.verdict, "multiple of the index" in verdict.message) == ("unknown", True)


def test_how_many_steps_a_claim_needs_is_told() -> None:
    verdict = symbptt.check({**SPECIAL, "claim": "\\sum_{t=1}^T x_t = x_1 + x_2 + \\sum_{t=3}^T x_t"})
    assert (verdict.verdict, verdict.message.endswith("where T ≥ 2")) == ("proved", True)


def test_a_function_of_a_step_is_shown_as_it_is_written() -> None:
    model = {
        "given": [r"h_t = \tanh(W h_{t-1})", r"L = \sum_{t=1}^T \ell_t(h_t)"],
        "shapes": {"h_t": "n", "W": "n×n", "L": "scalar"},
        "functions": {r"\ell_t": "scalar"},
        "ranges": {"t": "1..T"},
    }
    point = check(model, r"\frac{\partial L}{\partial h_T} = 0").counterexample
    assert point is not None
    name = rf"\ell_{{{point.steps['T']}}}"
    assert point.functions.keys() == {name} and point.functions[name].startswith(f"{name}(x1, x2")
