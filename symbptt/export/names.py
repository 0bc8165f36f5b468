"""Plain names for a model's quantities: `\\tilde{h}_{t}` is `h_tilde`, `W_{h 1}` is `W_h1`."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping

from symbptt.index import Computation, Family

#: Names that the exported files use themselves.
_WORDS = """np sys params data sizes seed loss forward init check example ws dtype batched arrays states out top tmp results
loss_and_gradients"""
_C_WORDS = """auto break case char const continue default do double else enum extern float for goto if inline int long register restrict
return short signed sizeof static struct switch typedef union unsigned void volatile while exp log sqrt sin cos sinh cosh
log1p memcpy memset isfinite real wide whole natural given memory total reduced exponential hyperbolic_tangent sigmoid
absolute softplus gemm pack block copy work run fits workspace gradients extents spelled words kept parts lock busy begun
done wanted taken finished workers worker"""
RESERVED = frozenset((*_WORDS.split(), *_C_WORDS.split()))
_ACCENT = re.compile(r"\\(hat|tilde|bar|dot|vec|overline|widehat|widetilde)\s*\{?([A-Za-z])\}?")
_COMMAND = re.compile(r"\\(?:mathrm|mathbf|text|operatorname|boldsymbol|mathit|mathsf)\b")


def plain_names(computation: Computation) -> Mapping[str, str]:
    """Family → an identifier of its own, made of its LaTeX without its step letters."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name, family in sorted(computation.families.items(), key=lambda item: (bool(item[1].slots), len(item[1].latex))):
        word = plain_name(family, computation.last_steps)
        if word in taken:  # L_t beside L
            word = _identifier(family.latex, ())
        while word in taken:
            word += "_"
        taken.add(word)
        found[name] = word
    return {name: found[name] for name in computation.families}


def plain_name(family: Family, last_steps: Iterable[str] = ()) -> str:
    """The identifier of one family; may clash with another's."""
    letters = [*family.letters, *(last_steps if not family.slots else ())]
    word = _identifier(family.latex, letters)
    return word + "_" if keyword.iskeyword(word) else word


def _identifier(latex: str, letters: Iterable[str]) -> str:
    text = re.sub(r"\(([^()]*)\)", "", latex)
    text = _ACCENT.sub(r"\2_\1", _COMMAND.sub("", text))
    for letter in letters:
        text = re.sub(rf"(?<![A-Za-z\\]){re.escape(letter)}(?![A-Za-z])", "", text)
    text = re.sub(r"\\([A-Za-z]+)", r"\1", text)
    text = re.sub(r"[_^]\s*\{?", "_", text)
    text = re.sub(r"[^0-9A-Za-z_]+", "", text)
    text = re.sub(r"_+", "_", text).strip("_")
    return text if text and not text[0].isdigit() else f"q_{text}"
