"""What TeX is made of, as tables: signs, environments that hold no words, commands that are none."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final


def _words(words: str) -> tuple[str, ...]:
    return tuple(words.split())


SIGNS: Final = (
    r"(?P<comment>%[^\n]*)"
    r"|\\(?P<edge>begin|end)\s{0,9}\{(?P<environment>[^{}\n]{1,60})\}"
    r"|(?P<command>\\(?:[A-Za-z{AT}]+|.))"
    r"|(?P<dollars>\$\$)|(?P<dollar>\$)|(?P<open>\{)|(?P<close>\})|(?P<blank>\n[ \t]*(?=\n))"
)
#: What the scan stops at, in a document and where `@` is a letter.
TOKEN: Final = re.compile(SIGNS.replace("{AT}", ""), re.S)
TOKEN_AT: Final = re.compile(SIGNS.replace("{AT}", "@"), re.S)
#: What no sign begins in.
PLAIN: Final = re.compile(r"[^%\\$\n{}]*+(?:\n(?![ \t]*\n)[^%\\$\n{}]*+)*+")
BEGIN_DOCUMENT: Final = re.compile(r"^[^%\n]*\\begin\s*\{document\}", re.M)

HIDDEN: Final = frozenset(
    _words(
        "verbatim verbatim* Verbatim lstlisting minted comment tikzpicture pspicture picture pgfpicture filecontents filecontents* asy "
        "alltt spverbatim forest tikzcd"
    )
)
HEADINGS: Final = (
    "\\part", "\\chapter", "\\section", "\\subsection", "\\subsubsection", "\\paragraph", "\\subparagraph", "\\frametitle",
)  # fmt: skip
#: Commands of the text whose options and so many groups are no words; in formulas they are left to the parser.
SILENT: Final = MappingProxyType(
    {
        **dict.fromkeys(
            _words(
                "label ref eqref cref Cref autoref nameref pageref vref cite citep citet citealp citealt citeauthor citeyear parencite "
                "textcite nocite includegraphics vspace hspace vskip bibliography bibliographystyle index glossary hypersetup pagestyle "
                "thispagestyle setlist url path href color scalebox raisebox textcolor colorbox parbox cline cmidrule theoremstyle "
                "geometry graphicspath usetikzlibrary tikzset lstset pgfplotsset newlength newcounter usetheme usecolortheme "
                "setbeamertemplate counterwithin includepdf bibitem"
            ),
            1,
        ),
        **dict.fromkeys(
            _words(
                "setlength addtolength setcounter addtocounter newtheorem newcolumntype definecolor multicolumn multirow resizebox rule"
            ),
            2,
        ),
        "hyperref": 0,
    }
)
#: Environments with arguments that are no words.
COLUMNED: Final = MappingProxyType(
    {"tabular": 1, "array": 1, "longtable": 1, "tabu": 1, "tabular*": 2, "tabularx": 2, "minipage": 1, "multicols": 1, "wrapfigure": 2}
)
PICKED: Final = re.compile(r"\\(?:verb|lstinline|mintinline)\*?(?:\[[^\]\n]{0,200}\])?")
CONDITIONS: Final = _words(
    "if ifcat ifx ifnum ifdim ifodd ifvmode ifhmode ifmmode ifinner ifvoid ifhbox ifvbox ifeof ifcase ifdefined ifcsname iffontchar "
    "ifpdf ifxetex ifluatex ifPDFTeX ifXeTeX ifLuaTeX iftrue iffalse"
)
BRANCH: Final = re.compile(r"%[^\n]*|\\(?:(?P<branch>if[A-Za-z@]*|else(?![A-Za-z@])|fi(?![A-Za-z@]))|.)", re.S)
FILE_NAME: Final = re.compile(r"[ \t]*(?P<name>[^\s{}\\%]{1,200})")
MARK: Final = re.compile(r"%+\s*symbptt\s*(?P<colon>:)?\s*(?P<words>.*)")
MARK_WORD: Final = re.compile(r"(?:expect|skip|claim|definition|for|id)\b")
NOTHING: Final = re.compile(r"(?:\s|%[^\n]*(?:\n|\Z)|\\label\s*\{[^{}]*\}|\\nonumber|\\notag)*+")
#: What in a formula only comments, or sets a slide or a page: blanked before it is given out, so that no place moves.
BLANKED: Final = re.compile(
    r"\\(?:onslide|uncover|visible|alert|action)\s*<[^<>{}\n]{0,60}>|\\onslide\*?(?![A-Za-z])|\\(?:pause|IEEEyesnumber|IEEEnonumber"
    r"|IEEEeqnarraynumspace|displaybreak|allowdisplaybreaks)(?![A-Za-z])(?:\[\d\])?"
    r"|\\.|%[^\n]*",
    re.S,
)
BLANKABLE: Final = re.compile(r"%|\\(?:onslide|uncover|visible|alert|action|pause|IEEE|(?:allow)?displaybreak)")
#: Commands that read in a file from a folder of its own.
IMPORTS: Final = frozenset({"\\import", "\\subimport", "\\includefrom", "\\subincludefrom", "\\inputfrom", "\\subinputfrom"})
ARGUMENTS: Final = re.compile(r"\s*\[(\d)\]")
NEW_IF: Final = re.compile(r"\s*\\if([A-Za-z@]+)")
NOTE: Final = re.compile(r"\\(?:thanks|footnote)(?![A-Za-z])")
SHOWN_ON: Final = re.compile(r"\s*<[^<>\n]{0,60}>")
#: Errors that are told of one document.
MOST_ERRORS: Final = 100
