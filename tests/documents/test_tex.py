"""TeX: which formulas are found and where, what their macros mean, and the words between them."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from symbptt.documents.formulas import FormulaSource, Mark, Prose
from symbptt.documents.tex import read_tex
from symbptt.latex.parser import ParseError, parse, words_from
from symbptt.latex.printer import to_latex


def formulas(text: str) -> list[FormulaSource]:
    document = read_tex(text, path="a.tex")
    assert document.errors == ()
    return [item for item in document.items if isinstance(item, FormulaSource)]


def found(text: str) -> list[tuple[str, int, int]]:
    return [(item.latex, item.line, item.column) for item in formulas(text)]


def meant(text: str) -> list[str]:
    """What the parser makes of each formula; an error for those it does not read."""
    document = read_tex(text, path="a.tex")
    words = words_from([], document.macros)
    return [_read(item.latex, words) for item in document.items if isinstance(item, FormulaSource)]


def _read(latex: str, words: object) -> str:
    try:
        return "; ".join(map(to_latex, parse(latex, words)))  # type: ignore[arg-type]
    except ParseError:
        return "unread"


def prose(text: str) -> list[str]:
    return [item.text for item in read_tex(text).items if isinstance(item, Prose)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("An $a = b$ here", [("a = b", 1, 5)]),
        ("$$a = b$$", [("a = b", 1, 3)]),
        ("$$\n  a = b\n$$", [("a = b", 2, 3)]),
        ("$a$$b$", [("a", 1, 2), ("b", 1, 5)]),
        (r"in \(a\) and \[b\]", [("a", 1, 6), ("b", 1, 16)]),
        ("\\begin{align}\n a &= b\n\\end{align}", [("\\begin{align}\n a &= b\n\\end{align}", 1, 1)]),
        ("x \\begin{equation*}a\\end{equation*}", [("\\begin{equation*}a\\end{equation*}", 1, 3)]),
        (
            "\\begin{subequations}\n\\begin{gather}a\\end{gather}\n\\end{subequations}",
            [("\\begin{gather}a\\end{gather}", 2, 1)],
        ),
        ("\\begin{equation}\\begin{aligned}a\\end{aligned}\\end{equation}", None),
        ("\\[\\begin{align}a\\end{align}\\]", [("\\begin{align}a\\end{align}", 1, 3)]),
        ("\\begin{IEEEeqnarray}{rCl}\n a &=& b\n\\end{IEEEeqnarray}", [("a &=& b", 2, 2)]),
        ("\\begin{dmath}[label=x] a = b \\end{dmath}", [("a = b", 1, 24)]),
        (r"$a\$b$ and \$c", [(r"a\$b", 1, 2)]),
        (r"$a = b \text{ if $c$ holds}$", [(r"a = b \text{ if $c$ holds}", 1, 2)]),
        (r"\[a \mbox{ for } b \\[2pt] c\]", [(r"a \mbox{ for } b \\[2pt] c", 1, 3)]),
        ("$a % $5\n b$", [("a     \n b", 1, 2)]),
        ("\\[ % note\n a\\]", [("a", 2, 2)]),
        (r"\footnote{See $a$.} \caption{The $b$}", [("a", 1, 16), ("b", 1, 35)]),
        (r"\only<2>{$a$} \uncover<3->{\[b\]} \pause $c$", [("a", 1, 11), ("b", 1, 30), ("c", 1, 43)]),
        (r"\[a \pause = \uncover<2->{b}\]", [("a" + " " * 8 + "=" + " " * 13 + "{b}", 1, 3)]),
        (r"\ensuremath{a_{1}} is", [("a_{1}", 1, 13)]),
        (r"\section{On \texorpdfstring{$W$}{$V$}}", [("W", 1, 30)]),
        ("\\begin{tabular}{>{$}l<{$} r} $a$ & b\\end{tabular}", [("a", 1, 31)]),
        ("ä ∂ $x$", [("x", 1, 6)]),
        ("\\\\[2pt] $x$", [("x", 1, 10)]),
        ("{\\bf if} \\begin{theorem}[Of $f$]\n$$g$$\n\\end{theorem}", [("f", 1, 30), ("g", 2, 3)]),
    ],
)
def test_found(text: str, expected: list[tuple[str, int, int]] | None) -> None:
    assert found(text) == (expected if expected is not None else [(text, 1, 1)])


@pytest.mark.parametrize(
    "text",
    [
        "% $a$",
        "a \\% % $a$",
        "\\verb|$a$| and \\verb*+$b$+ and \\lstinline[language=C]{$c$}",
        "\\begin{verbatim}\n$a$ \\end{x} %\n\\end{verbatim}",
        "\\begin{lstlisting}[language=Python]\nx = '$a$'\n\\end{lstlisting}",
        "\\begin{minted}{python}\n$a$\n\\end{minted}",
        "\\begin{comment}\n\\begin{align}a\\end{align}\n\\end{comment}",
        "\\begin{tikzpicture}\\node {$a$};\\end{tikzpicture}",
        "\\begin{document}\\end{document} $a$",
        "\\documentclass{article}\\title{The $a$}\\begin{document}\\end{document}",
        "\\iffalse $a$ \\ifx b $c$ \\fi $d$ \\fi",
        "\\iftrue b \\else $a$ \\fi",
        "\\newif\\ifdraft \\ifdraft $a$ \\fi",
        "\\newcommand{\\x}{$a$}\\def\\y{\\[b\\]}",
        "\\label{$a$}\\cite[$b$]{c}\\url{d$e$}",
        "costs 5 \\$ and \\(\\)",
        "$$$$",
        "",
    ],
)
def test_not_found(text: str) -> None:
    assert found(text) == []


def test_words_between_rows_part_a_display() -> None:
    text = "\\begin{align}\n a &= b \\\\\n\\intertext{and, as $c$,}\n d &= e\n\\end{align} $f$"
    items = read_tex(text).items
    assert [item if isinstance(item, Prose) else (item.latex, item.line, item.column) for item in items if not isinstance(item, Mark)] == [
        ("a &= b \\\\", 2, 2),
        Prose("and, as", 3),
        ("c", 3, 21),
        Prose(",", 3),
        ("d &= e", 4, 2),
        ("f", 5, 14),
    ]


def test_conditions() -> None:
    text = "\\newif\\iflong\\longtrue \\iflong $a$ \\else $b$ \\fi \\iffalse $c$ \\else $d$ \\fi \\ifx\\p\\q $e$ \\else $f$ \\fi $g$"
    assert [latex for latex, _, _ in found(text)] == ["a", "d", "e", "f", "g"]
    assert found("\\[a \\iffalse + b \\fi = c\\]") == [("a" + " " * 18 + "= c", 1, 3)]


def test_display_or_inline() -> None:
    text = "$a$ $$b$$ \\(c\\) \\[d\\] \\begin{math}e\\end{math} \\begin{displaymath}f\\end{displaymath}"
    assert [item.display for item in formulas(text)] == [False, True, False, True, False, True]


def test_sections() -> None:
    text = (
        "$a$\n\\section{One $b$}\n$c$\n\\subsection*[short]{Two}\n$d$\n\\begin{frame}[t]{Three}$e$\\end{frame}"
        "\\begin{frame}\\frametitle{Four}$f$\\end{frame}\\paragraph{Five.} $g$"
    )
    assert [item.section for item in formulas(text)] == [0, 1, 1, 2, 3, 4, 5]
    headings = [item for item in read_tex(text).items if isinstance(item, Prose) and item.heading]
    assert [(item.text, item.line) for item in headings] == [("One", 2), ("Two", 4), ("Three", 6), ("Four", 6), ("Five.", 6)]


def test_preamble_and_title() -> None:
    preamble = "\\documentclass{article}\n\\usepackage{amsmath}\n\\title{Of \\emph{nets}\\thanks{Us}}\nno words $x$\n"
    text = preamble + "\\begin{document}\nSome $y$\n\\end{document}"
    document = read_tex(text)
    assert document.about == {"title": "Of nets"}
    assert document.items == (Prose("Some", 6), FormulaSource("y", 6, 7, False))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (r"The \emph{error} of a~step, 5\,\% of \textbf{all}.", "The error of a step, 5 % of all."),
        ("for % not this\n all", "for all"),
        (r"as in \cite{x} and Section~\ref{y}, so", "as in  and Section , so"),
        (r"``quoted'' Schr\"odinger, Fran\c{c}ois, \'{e}t\'e", "“quoted” Schrödinger, François, été"),
        (r"{\it old} \noindent style\footnote{Really.}", "old style Really."),
        ("\\begin{itemize}[a]\\item one\\end{itemize}", "one"),
        (r"\newcommand{\bptt}{BPTT}\bptt{} by \LaTeX", "BPTT by LaTeX"),
        (r"an $m$", "an"),
        (r"see \verb|x_1| there", "see  there"),
    ],
)
def test_words(text: str, words: str) -> None:
    assert prose(text) == [words]


def test_order_of_items() -> None:
    document = read_tex("Let $W$ be an\n$m$ matrix\n% symbptt: expect refuted\n$$a = b$$")
    assert document.items == (
        Prose("Let", 1),
        FormulaSource("W", 1, 6, False),
        Prose("be an", 1),
        FormulaSource("m", 2, 2, False),
        Prose("matrix", 2),
        Mark("refuted", line=3),
        FormulaSource("a = b", 4, 3, True),
    )


def test_a_mark_behind_the_opening_of_a_formula_is_before_it() -> None:
    document = read_tex("\\begin{equation}\\label{x}\n% symbptt: skip\na\n\\end{equation}")
    assert [type(item) for item in document.items] == [Mark, FormulaSource]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x $ a = b\n\n$c$", "a.tex:1: `$` is never closed; write `$` behind the formula"),
        ("\n$$ a\n\n", "a.tex:2: `$$` is never closed; write `$$` behind the formula"),
        ("\\[ a $x$", "a.tex:1: `\\[` is never closed; write `\\]` behind the formula"),
        ("\\begin{align} a", "a.tex:1: `\\begin{align}` is never closed; write `\\end{align}` behind the formula"),
        ("\\[ a\n\\section{B}", "a.tex:1: `\\[` is never closed; write `\\]` behind the formula"),
        ("\\begin{verbatim} a", "a.tex:1: `\\begin{verbatim}` is never closed; write `\\end{verbatim}` behind it"),
        ("\\iffalse a", "a.tex:1: `\\iffalse` is never closed; write `\\fi` behind what it takes out"),
        ("% symbptt expect refuted\n$a$", "a.tex:1: a mark lacks its colon; write % symbptt: …"),
        ("\\[a\n% symbptt: skip\n= b\\]", "a.tex:2: the mark stands inside a formula; put it before the formula"),
        (
            "\n% symbptt: wrong",
            "a.tex:2: unknown mark `wrong`; the marks are "
            "`expect VERDICT`, `for RANGE`, `id NAME`, `claim`, `definition`, `skip`, separated by `;`",
        ),
    ],
)
def test_errors(text: str, message: str) -> None:
    assert [str(error) for error in read_tex(text, path="a.tex").errors] == [message]


@pytest.mark.parametrize(
    "text", ["\\[ a $x$ \\section{B} $y$ \\[z\\]", "\\begin{align} a $x$\n\n$y$ \\[z\\] \\begin{align}", "\\[ a $x$ $y$ $z$"]
)
def test_what_follows_an_open_formula_is_still_read(text: str) -> None:
    assert [item.latex for item in read_tex(text).items if isinstance(item, FormulaSource)] == ["x", "y", "z"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\\newcommand{\\vh}{\\mathbf{h}} $\\vh = x$", ["\\mathbf{h} = x"]),
        ("\\newcommand*\\vh{\\mathbf{h}} $\\vh = x$", ["\\mathbf{h} = x"]),
        ("\\newcommand % note\n {\\q} [2] {\\frac{#1}{#2}} $\\q{L}{w} = x$", ["\\frac{L}{w} = x"]),
        ("\\newcommand{\\nc}{\\newcommand}\\nc{\\q}[1]{(#1)} $\\q{L} = x$", ["\\left( L \\right) = x"]),
        ("\\def\\pd#1#2{\\frac{\\partial #1}{\\partial #2}} $\\pd L w = x$", ["\\frac{\\partial L}{\\partial w} = x"]),
        ("\\DeclareMathOperator*{\\sm}{softmax} $p = \\sm(z)$", ["p = \\mathrm{softmax}(z)"]),
        ("\\let\\eps=\\varepsilon $\\eps = x$", ["\\varepsilon = x"]),
        ("\\newcommand{\\a}{x}\\let\\b\\a $\\b = y$", ["x = y"]),
        ("\\NewDocumentCommand{\\vx}{m m}{x_{#1 #2}} $\\vx{i}{j} = y$", ["x_{i j} = y"]),
        ("\\DeclarePairedDelimiter{\\p}{(}{)} $\\p*{x} = \\p[\\big]{y}$", ["\\left( x \\right) = \\left( y \\right)"]),
        ("\\newcommand{\\pd}[2][L]{\\frac{\\partial #1}{\\partial #2}} $\\pd{w} = x$", ["\\frac{\\partial L}{\\partial w} = x"]),
        ("\\newcommand{\\pd}[2][L]{\\frac{#1}{\\nabla#2}} $\\pd[C]{w} = x$", ["\\frac{C}{\\nabla w} = x"]),
        ("\\newcommand{\\pd}[2][L]{\\frac{#1}{#2}} $\\pd[C]{w} = \\pd w$", ["\\frac{C}{w} = \\frac{L}{w}"]),
        ("\\newcommand{\\hide}[2]{#1} $\\hide{a}{b} = c$", ["a = c"]),
        ("\\providecommand{\\a}{x}\\providecommand{\\a}{y} $\\a = z$", ["x = z"]),
        ("\\newcommand{\\a}{x}\\renewcommand{\\a}{y} $\\a = z$", ["y = z"]),
        ("\\newcommand{\\a}{x}{\\renewcommand{\\a}{y}} $\\a = z$", ["x = z"]),
        ("\\newcommand{\\R}{\\ensuremath{\\mathbb{R}}\\xspace} in \\R{} and $\\R$", ["\\mathbb{R}", "\\mathbb{R}"]),
        ("\\newcommand{\\later}{x} $\\later = y$ \\newcommand{\\more}{z}", ["x = y"]),
    ],
)  # fmt: skip
def test_macros(text: str, expected: Sequence[str]) -> None:
    assert meant(text) == list(expected)


@pytest.mark.parametrize(
    "text",
    [
        "\\newcommand{\\a}{x} $\\a = z$ \\renewcommand{\\a}{y} $\\a = z$",
        "\\newcommand{\\a}{x}\\newcommand{\\b}{\\a} $\\b = z$ \\renewcommand{\\a}{y} $\\b = z$",
        "$\\vec a = z$ \\renewcommand{\\vec}[1]{#1} $\\vec a = z$",
        "\\newcommand{\\a}{x} {\\renewcommand{\\a}{y} $\\a = z$} $\\a = z$",
        "\\let\\old\\vec \\renewcommand{\\vec}[1]{\\old{b}} $\\vec a = z$ $\\vec a = z$",
        "\\def\\a#1.{x} $\\a y. = z$ $\\a y. = z$",
        "\\def\\a{\\a} $\\a = z$ $\\a = z$",
        "\\newcommand{\\a}{x #2} $\\a = z$ $\\a = z$",
        "\\newcommand{\\a}{\\x@y} $\\a = z$ $\\a = z$",
    ],
)
def test_what_a_macro_means_twice_or_cannot_say_is_not_read(text: str) -> None:
    assert meant(text) == ["unread", "unread"]


def test_only_macros_in_use_are_given_out() -> None:
    text = "\\newcommand{\\a}{\\b}\\newcommand{\\b}{x}\\newcommand{\\c}{y}\\newcommand{\\d}{\\bad@x} $\\a = 1$"
    assert read_tex(text).macros == {"\\a": "\\b", "\\b": "x"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\\newcommand{\\be}{\\begin{equation}}\\newcommand{\\ee}{\\end{equation}}\n\\be a = b \\ee", [("a = b", 2, 5)]),
        ("\\def\\ba{\\begin{eqnarray}}\\def\\ea{\\end{eqnarray}}\n\\ba\na &=& b \\\\\n c &=& d\\ea", [("a &=& b \\\\\n c &=& d", 3, 1)]),
        ("\\newcommand{\\beq}[1]{\\begin{equation}\\label{#1}}\\newcommand{\\eeq}{\\end{equation}}\n\\beq{x} a\\eeq", [("a", 2, 9)]),
        ("\\def\\b{\\[}\\def\\e{\\]}\\def\\bs{\\b\\begin{split}}\\def\\es{\\end{split}\\e}\n\\bs a\\es", [("a", 2, 5)]),
        ("\\def\\ba#1\\ea{\\begin{align}#1\\end{align}}\n\\ba a \\ea", [("a", 2, 5)]),
        ("\\def\\dd{$$}\n\\dd a \\dd and \\dd b \\dd", [("a", 2, 5), ("b", 2, 19)]),
        ("\\newcommand{\\eqn}[1]{\\begin{equation}#1\\end{equation}}\n\\eqn{a = b}", [("\\eqn{a = b}", 2, 1)]),
        ("\\newcommand{\\m}[1]{$#1$}\nthe \\m{x}", [("\\m{x}", 2, 5)]),
        ("\\newenvironment{eqn}[1][x]{\\begin{equation}}{\\end{equation}}\n\\begin{eqn}a\\end{eqn}", [("a", 2, 12)]),
    ],
)  # fmt: skip
def test_private_openings(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "$x$ " * 100_000,
        "a" * 5_000_000,
        "the \\emph{error} of $x_t$, a step\n" * 30_000,
        "$$" * 100_000,
        "${" * 200_000,
        "\\[" * 200_000,
        "\\[ $x$ " * 50_000,
        "\\begin{align}" * 50_000,
        "\\begin{verbatim}" * 50_000,
        "\\iffalse" * 100_000,
        "\\newcommand{\\x}{" * 100_000,
        "\\newcommand{\\x}[1][" * 50_000,
        "\\section[" * 100_000,
        "\\verb|" * 100_000,
        "\\def\\x" * 100_000,
        "{" * 1_000_000,
        "}" * 1_000_000,
        "\\begin{a}" * 100_000 + "\\end{b}" * 100_000,
        "% symbptt: wrong\n" * 50_000,
        "\\[" + "% symbptt: skip\n" * 20_000 + "\\]",
        "\\[" + "\\iffalse\\fi" * 20_000 + "\\]",
        "".join(f"\\def\\m{'abcdefghij'[i % 10]}{'abcdefghij'[i // 10 % 10]}{{\\x}}" for i in range(50_000)) + "$\\x$",
        "\\def\\a{\\b\\b}\\def\\b{\\a\\a}" + "$\\a$" * 20_000,
        "\\cite{" * 100_000,
        "\\begin " * 100_000,
        "\\item[" * 100_000,
    ],
)
def test_long_texts_are_read_in_time(text: str) -> None:
    started = time.process_time()
    read_tex(text)
    assert time.process_time() - started < 20
