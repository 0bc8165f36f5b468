"""Private macros, those that are known everywhere, and derivatives in the style of `physics`."""

from __future__ import annotations

import time

import pytest

from symbptt.latex.macros import _body
from symbptt.latex.parser import ParseError, parse, words_from
from symbptt.latex.printer import to_latex

MACROS = {
    "\\vy": "{\\bm{y}}",
    "\\mW": "{\\bm{W}}",
    "\\rx": "{\\textnormal{x}}",
    "\\reta": "{\\textnormal{$\\eta$}}",
    "\\tens": "\\bm{\\mathsfit{#1}}",
    "\\tX": "{\\tens{X}}",
    "\\argmax": "\\operatorname*{arg\\,max}",
    "\\up": "\\mathrm{#1}",
    "\\said": "\\text{#1}",
    "\\broken": "\\text{",
    "\\self": "\\self",
    "named": "\\mathbf{n}",
    "\\R": "\\mathcal{R}",
}
MEANINGS = {
    "\\hat{\\vy}": "\\hat{\\boldsymbol{y}}",
    "\\vy^\\top \\mW": "\\boldsymbol{y}^{\\top} \\boldsymbol{W}",
    "\\hat{\\vy}_t = \\mW \\rx": "\\hat{\\boldsymbol{y}}_{t} = \\boldsymbol{W} x",
    "\\reta \\tX_{i}": "\\eta \\boldsymbol{X}_{i}",
    "\\argmax_k y": "\\mathrm{argmax}_{k}{y}",
    "\\up{net}_j = x_\\up{out}": "\\mathrm{net}_{j} = x_{out}",
    "\\up{\\hat y}": "\\hat{y}",
    "a = b \\said{ if $t = 1$}": "a = b, \\quad \\text{for } t = 1",
    "\\named": "\\mathbf{n}",
    "a \\in \\R": "a \\in \\mathcal{R}",
    "a \\in \\N": "a \\in \\mathbb{N}",
    "\\norm{x}^2 + \\abs{y}": "\\left\\| x \\right\\|^{2} + \\left| y \\right|",
    # derivatives
    "\\pdv{f}{x}": "\\frac{\\partial f}{\\partial x}",
    "\\pdv*{L}{W^{(l)}}": "\\frac{\\partial L}{\\partial W^{(l)}}",
    "\\dv{f}{x}": "\\frac{d f}{d x}",
    "\\pdv[2]{f}{x}": "\\frac{\\partial^{2} f}{\\partial x^{2}}",
    "\\pdv{f}{x}{y}": "\\frac{\\partial^{2} f}{\\partial x \\partial y}",
    "\\pdv{x} f + g": "\\frac{\\partial}{\\partial x} f + g",
    "\\pdv{L}{h_t} \\pdv{h_t}{W}": "\\frac{\\partial L}{\\partial h_{t}} \\frac{\\partial h_{t}}{\\partial W}",
}


@pytest.mark.parametrize("text", MEANINGS)
def test_meaning(text: str) -> None:
    assert [to_latex(formula) for formula in parse(text, words_from([], MACROS))] == [MEANINGS[text]]


ERRORS = {
    "a = \\broken": "the meaning of the macro \\broken cannot be read: a `{` is never closed; add the missing `}`",
    "a = \\self": "the macro \\self expands without end or too far; check its definition",
    "\\pdv f": "\\pdv needs its arguments in braces; write \\frac{\\partial L}{\\partial W}",
    "\\pdv[n]{f}{x}": "the order of \\pdv must be a number; write the derivative as a fraction",
    "\\pdv{x} + f": "what the derivative operator acts on was expected",
}


@pytest.mark.parametrize("text", ERRORS)
def test_error(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(text, words_from([], MACROS))
    assert ERRORS[text] in caught.value.message


def test_a_body_that_cannot_be_read_fails_only_where_it_is_used() -> None:
    assert parse("a = b", words_from([], MACROS))


def test_letters_under_one_font_are_one_name_where_they_are_declared() -> None:
    words = words_from(["\\mathbf{dr}_t"])
    assert words.names == {"\\mathbf{dr}"}
    assert to_latex(parse("\\mathbf{dr}_t = \\mathbf{dr_1} \\mathbf{Wx}", words)[0]) == (
        "\\mathbf{dr}_{t} = \\mathbf{dr}_{1} \\mathbf{W} \\mathbf{x}"
    )
    assert words_from(["\\mathbf{W}\\mathbf{x}"]).names == frozenset()


def test_thousands_of_macros_cost_nothing_where_they_do_not_occur() -> None:
    names = ["\\x" + "".join("abcdefghij"[int(digit)] for digit in str(number)) for number in range(5_000)]
    words = words_from([], dict.fromkeys(names, "\\frac{\\partial #1}{\\partial #2}"))
    _body.cache_clear()
    start = time.perf_counter()
    for number in range(200):
        parse(f"a_{{{number}}} = \\xa{{L}}{{W}}", words)
    assert time.perf_counter() - start < 10
    assert _body.cache_info().misses == 1
