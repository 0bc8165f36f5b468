"""The derivations of `derivations/written/`, made again: `python -m benchmarks.written`."""

from __future__ import annotations

from pathlib import Path

import symbptt

FOLDER = Path(__file__).resolve().parent.parent / "derivations" / "written"
#: Page of `derivations/` → the model it is about.
PAGES = {
    "mlp": "mlp",
    "siso": "rnn-siso",
    "simo": "rnn-simo",
    "mimo": "rnn-mimo",
    "seq2vec": "rnn-seq2vec",
    "seq2seq": "rnn-seq2seq",
    "hello": "hello",
}

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for page, model in PAGES.items():
        (FOLDER / f"{page}.md").write_text(symbptt.derive(model).to_markdown(), encoding="utf-8")
