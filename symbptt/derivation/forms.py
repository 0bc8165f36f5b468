"""The formats a derivation is written in."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from types import MappingProxyType

from .derivation import Derivation

#: Seconds for one run of pdflatex.
PATIENCE = 60


class NoForm(ValueError):
    """A format that is not known, or that cannot be made here: says what to do."""


def to_pdf(derivation: Derivation) -> bytes:
    """The TeX document, compiled by the pdflatex that is installed. Raises `NoForm` where there is none, or where it fails."""
    program = shutil.which("pdflatex")
    if program is None:
        raise NoForm(
            "there is no pdflatex here; install a TeX (Debian: texlive-latex-recommended), or write --format tex and compile it elsewhere"
        )
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "derivation.tex").write_text(derivation.to_latex(), encoding="utf-8")
        command = [program, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "derivation.tex"]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, timeout=PATIENCE, check=False)
        except subprocess.TimeoutExpired:
            raise NoForm(f"pdflatex did not end within {PATIENCE} s") from None
        made = Path(folder) / "derivation.pdf"
        if done.returncode or not made.exists():
            told = [line for line in done.stdout.decode(errors="replace").splitlines() if line.startswith("!")]
            raise NoForm(f"pdflatex failed: {told[0] if told else 'see its log'}")
        return made.read_bytes()


FORMS: Mapping[str, Callable[[Derivation], str | bytes]] = MappingProxyType(
    {
        "html": Derivation.to_html,
        "ipynb": Derivation.to_notebook,
        "md": Derivation.to_markdown,
        "pdf": to_pdf,
        "tex": Derivation.to_latex,
    }
)


def form_of(stated: str | None, output: str | None) -> str:
    """The format asked for, else that of the file's ending, else Markdown."""
    if stated is not None:
        return stated
    ending = PurePath(output or "").suffix.lstrip(".").lower()
    if not ending:
        return "md"
    if ending not in FORMS:
        raise NoForm(f"no format is known for `.{ending}`; use --format {'|'.join(sorted(FORMS))}")
    return ending
