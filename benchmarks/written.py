"""The derivations of `derivations/written/`, made again: `python -m benchmarks.written`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import symbptt
from symbptt.derivation.derivation import Derivation

FOLDER = Path(__file__).resolve().parent.parent / "derivations" / "written"
#: Page of `derivations/` → the model it is about, by what (none: all parameters), and the steps.
PAGES: Mapping[str, tuple[str, tuple[str, ...], str | int]] = {
    "mlp": ("mlp", (), "all"),
    "mlp-four-layers": ("mlp", (), 4),
    "siso": ("rnn-siso", (), "all"),
    "siso-three-steps": ("rnn-siso", (), 3),
    "simo": ("rnn-simo", (), "all"),
    "simo-three-steps": ("rnn-simo", (), 3),
    "mimo": ("rnn-mimo", (), "all"),
    "seq2vec": ("rnn-seq2vec", (), "all"),
    "seq2vec-three-steps": ("rnn-seq2vec", ("W_{h1}", "\\beta_1"), 3),
    "seq2seq": ("rnn-seq2seq", (), "all"),
    "seq2seq-three-steps": ("rnn-seq2seq", ("W_{h1}",), 3),
    "hello": ("hello", (), "all"),
    "hello-four-steps": ("hello", ("w_{aa}", "w_{ya}"), 4),
}
#: Pages whose model another notation has the names of: those of the notes about h_t, z_t, ŷ_t.
NAMED: Mapping[str, tuple[str, tuple[str, ...], str | int, str]] = {
    "bptt-explicit-implicit": ("hello", ("w_{aa}",), 3, "subscripts"),
    "softmax-cross-entropy": ("hello", ("w_{ya}",), "all", "subscripts"),
}


def tasks() -> dict[str, tuple[str, tuple[str, ...], str | int, str]]:
    """All pages with model, by what, steps and notation."""
    return {page: (*row, "") for page, row in PAGES.items()} | dict(NAMED)


def files(page: str, derivation: Derivation) -> dict[str, str]:
    """The files of a page by name: Markdown with the figure beside it, TeX, the figure."""
    figure = f"{page}.svg"
    return {
        f"{page}.md": derivation.to_markdown(figure),
        f"{page}.tex": derivation.to_latex(),
        figure: derivation.to_svg(),
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for page, (model, wrt, steps, notation) in tasks().items():
        for name, text in files(page, symbptt.derive(model, wrt=wrt, steps=steps, notation=notation)).items():
            (FOLDER / name).write_text(text, encoding="utf-8")
