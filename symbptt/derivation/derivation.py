"""What `symbptt.derive` gives: the parts of a derivation, and its forms."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..problem import Problem
from . import html, markdown, notebook, tex
from .drawing import ABOUT, svg, tikz
from .figure import Figure
from .steps import STATED, Part, Step


@dataclass(frozen=True)
class Derivation:
    """A derivation whose every line was judged before it was written.

    `problem` holds the model with all names that were introduced; `wrt` the quantities as they are spelled; `depth` is `all` or a
    number of steps.
    """

    title: str
    wrt: tuple[str, ...]
    depth: str
    problem: Problem
    parts: tuple[Part, ...]
    source: str = ""
    lead: str = ""
    figure: Figure = field(default_factory=Figure)

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps in order."""
        return tuple(step for part in self.parts for step in part.steps)

    @property
    def checked(self) -> int:
        """How many lines claim something; each of them was found true."""
        return sum(step.verdict not in STATED for step in self.steps)

    def to_latex(self) -> str:
        """A document for pdflatex."""
        return tex.document([self.to_latex_body()], "\\usepackage{tikz}\n")

    def to_latex_body(self) -> str:
        """The same without its preamble, to be put into a document with amsmath and tikz."""
        return tex.body(self.title, self.lead, self.parts, tikz(self.figure))

    def to_markdown(self, figure: str = "") -> str:
        """A document that `symbptt check` reads back; `figure` is the file that shows the unrolled computation, where there is one."""
        shown = f"![{ABOUT}]({figure})" if figure and self.figure.nodes else ""
        return markdown.document(self.title, self.lead, self.parts, self.problem, shown, self.source)

    def to_html(self) -> str:
        """One page that needs nothing else."""
        return html.document(self.title, self.lead, self.parts, svg(self.figure))

    def to_svg(self) -> str:
        """The figure as a file of its own; empty where there is none."""
        return svg(self.figure, alone=True)

    def to_notebook(self) -> str:
        """A notebook, as JSON, that checks its formulas again when it is run."""
        return notebook.document(self.title, self.lead, self.parts, self.problem, self.to_svg())

    def _repr_html_(self) -> str:
        return self.to_html()

    def _repr_latex_(self) -> str:
        """The formulas alone, for a notebook."""
        rows = " \\\\ ".join(
            f"{step.before} &{step.relation} {step.after}{step.range_latex}" for step in self.steps if step.verdict not in STATED
        )
        return f"$\\begin{{aligned}} {rows} \\end{{aligned}}$"
