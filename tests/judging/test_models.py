"""The backward passes in the documents of the built-in models hold, and their likely mistakes do not."""

from __future__ import annotations

import pytest

import symbptt
from symbptt.documents.model import load_model

#: Of the variants of the LSTM, one; `symbptt check` on the folder of models has them all.
DOCUMENTS = {"attention": 13, "seq2seq": 10, "lstm-coupled": 11}


@pytest.mark.parametrize(("name", "claims"), DOCUMENTS.items())
def test_every_claim_of_a_model_holds(name: str, claims: int) -> None:
    verdicts = [v for v in symbptt.check_document(load_model(name).path) if v.role == "claim"]
    assert len(verdicts) == claims
    assert {v.verdict for v in verdicts} == {"proved"}, [(v.line, v.verdict) for v in verdicts if v.verdict != "proved"]


#: Model, mistake: softmax taken entry by entry; keys for queries; the scale forgotten; an encoder whose error comes from every step …
WRONG = [
    ("attention", r"\frac{\partial L}{\partial S} = A \odot (1 - A) \odot \frac{\partial L}{\partial A}"),
    ("attention", r"\frac{\partial L}{\partial Q} = \frac{1}{\sqrt{d}} \frac{\partial L}{\partial S} Q"),
    ("attention", r"\frac{\partial L}{\partial K} = \left( \frac{\partial L}{\partial S} \right)^T Q"),
    ("seq2seq", r"\frac{\partial L}{\partial h_S} = W^T \left( (1 - s_1^2) \odot \frac{\partial L}{\partial s_1} \right)"),
    ("seq2seq", r"\frac{\partial L}{\partial P} = \sum_{t=1}^{T} \left( (1 - s_t^2) \odot \frac{\partial L}{\partial s_t} \right) y_t^T"),
    ("lstm-coupled", r"\frac{\partial L}{\partial i_t} = \frac{\partial L}{\partial c_t} \odot g_t"),
    (
        "lstm-peephole",
        r"\frac{\partial L}{\partial w_o} = \sum_{t=1}^{T} o_t \odot (1 - o_t) \odot \frac{\partial L}{\partial o_t} \odot c_{t-1}",
    ),
    ("lstm-no-output-activation", r"\frac{\partial L}{\partial o_t} = \frac{\partial L}{\partial h_t} \odot \tanh(c_t)"),
]


@pytest.mark.parametrize(("name", "claim"), WRONG)
def test_a_mistake_about_a_model_is_refuted(name: str, claim: str) -> None:
    assert symbptt.check(load_model(name).problem(claim)).verdict == "refuted"
