"""The vocabulary of mathematical LaTeX and Unicode as tables: a new macro is a row here, never a branch in the parser."""

from __future__ import annotations

from typing import Final


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _macros(words: str) -> frozenset[str]:
    return frozenset("\\" + word for word in words.split())


GREEK: Final = _macros(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa varkappa lambda mu nu xi omicron pi varpi rho varrho "
    "sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
LETTERS: Final = GREEK | _macros("ell infty top dagger imath jmath hbar emptyset aleph Re Im perp")

# Functions known by name: always one symbol, with or without backslash, and applied to what follows without brackets.
FUNCTIONS: Final = _words(
    "tanh sigmoid softmax logistic relu ReLU LeakyReLU leaky exp log ln softplus diag max min argmax argmin sign sgn vec tr Tr rank prod "
    "identity sech cosh sinh sin cos tan sqrt det"
)
# Too short to be told from a product inside a longer run of letters.
SHORT_FUNCTIONS: Final = frozenset({"ln", "tr", "Tr"})
FUNCTION_MACROS: Final = _words("tanh exp log ln max min cosh sinh sin cos tan det")

INDEX_LETTERS: Final = frozenset("ijklmnpqrstuTLNK")

FONTS: Final = {
    "\\mathbf": "\\mathbf", "\\bf": "\\mathbf", "\\boldsymbol": "\\boldsymbol", "\\bm": "\\boldsymbol", "\\pmb": "\\boldsymbol",
    "\\mathcal": "\\mathcal", "\\cal": "\\mathcal", "\\mathscr": "\\mathscr", "\\mathbb": "\\mathbb", "\\mathds": "\\mathbb",
    "\\mathbbm": "\\mathbb", "\\mathfrak": "\\mathfrak", "\\vec": "\\vec",
}  # fmt: skip
ACCENTS: Final = {
    "\\hat": "\\hat", "\\widehat": "\\hat", "\\tilde": "\\tilde", "\\widetilde": "\\tilde", "\\bar": "\\bar", "\\overline": "\\bar",
    "\\dot": "\\dot", "\\ddot": "\\ddot", "\\check": "\\check", "\\breve": "\\breve", "\\acute": "\\acute", "\\grave": "\\grave",
    "\\mathring": "\\mathring", "\\overrightarrow": "\\overrightarrow", "\\overleftarrow": "\\overleftarrow",
}  # fmt: skip

# Macros whose argument is words, and those whose argument may be one upright word.
TEXTUAL: Final = _macros("text textrm textit textbf textsf texttt textnormal textup textsc mbox hbox textmd emph")
UPRIGHT: Final = _macros("mathrm operatorname operatornamewithlimits mathit mathsf mathtt mathnormal rm it sf tt")

SPACES: Final = _macros(
    "limits nolimits displaystyle textstyle scriptstyle scriptscriptstyle nonumber notag hline noindent centering space "
    "thinspace medspace thickspace negthinspace enspace hfill hfil relax allowbreak nobreak strut mathstrut bigskip medskip smallskip "
    "small large Large normalsize footnotesize scriptsize"
) | {"\\,", "\\;", "\\:", "\\!", "\\ ", "\\>", "\\/", "\\\n", "\\-"}
# Macros dropped together with their (last) argument, and those that only dress it.
DROPPED: Final = _macros("tag label hspace vspace color phantom hphantom vphantom vskip hskip eqref ref footnote cite note mspace")
DRESSING: Final = _macros(
    "boxed fbox bbox cancel bcancel xcancel underline uline mathop mathrel mathbin mathord mathopen mathclose mathpunct smash "
    "ensuremath displaylimits"
)
COLOURED: Final = _macros("textcolor colorbox")
BRACED_OVER: Final = {"\\underbrace": "_", "\\overbrace": "^", "\\underset": "", "\\overset": "", "\\stackrel": ""}

SIZES: Final = _macros("big Big bigg Bigg bigl Bigl biggl Biggl bigr Bigr biggr Biggr bigm Bigm biggm Biggm middle")

OPENERS: Final = {
    "(": "(", "[": "[", "\\{": "\\{", "\\lbrace": "\\{", "\\langle": "<", "\\lbrack": "[", "\\lparen": "(", "\\lvert": "|",
    "\\lVert": "\\|",
}  # fmt: skip
CLOSERS: Final = {
    ")": "(", "]": "[", "\\}": "\\{", "\\rbrace": "\\{", "\\rangle": "<", "\\rbrack": "[", "\\rparen": "(", "\\rvert": "|",
    "\\rVert": "\\|",
}  # fmt: skip
BARS: Final = {"|": "|", "\\vert": "|", "\\|": "\\|", "\\Vert": "\\|", "||": "\\|"}
CLOSING: Final = {"(": ")", "[": "]", "\\{": "\\}", "<": "\\rangle", "|": "|", "\\|": "\\|"}
OPENING: Final = {"(": "(", "[": "[", "\\{": "\\{", "<": "\\langle", "|": "|", "\\|": "\\|"}

SIGNS: Final = {"+": "+", "-": "-", "\\pm": "\\pm"}
PRODUCTS: Final = {
    "*": "*", "\\ast": "*", "/": "/", "\\div": "/", "\\cdot": "\\cdot", "\\times": "\\times", "\\circ": "\\circ", "\\odot": "\\odot",
    "\\otimes": "\\otimes", "\\bullet": "\\odot",
}  # fmt: skip
RELATIONS: Final = {
    "=": "=", "==": "=", ":=": ":=", "\\coloneqq": ":=", "\\triangleq": ":=", "\\defeq": ":=", "\\equiv": "\\equiv",
    "\\leftarrow": "\\leftarrow", "\\gets": "\\leftarrow", "+=": "+=", "-=": "-=", "\\approx": "\\approx", "\\simeq": "\\approx",
    "\\propto": "\\propto", "\\sim": "\\sim", "<": "<", "\\lt": "<", ">": ">", "\\gt": ">", "<=": "\\le", "\\le": "\\le", "\\leq": "\\le",
    "\\leqslant": "\\le", ">=": "\\ge", "\\ge": "\\ge", "\\geq": "\\ge", "\\geqslant": "\\ge", "!=": "\\ne", "\\ne": "\\ne",
    "\\neq": "\\ne", "\\in": "\\in", "\\notin": "\\notin", "\\to": "\\to", "\\rightarrow": "\\to", "->": "\\to",
    "\\longrightarrow": "\\to", "\\mapsto": "\\to", "\\hookrightarrow": "\\to", "\\ll": "\\ll", "\\gg": "\\gg",
}  # fmt: skip
IMPLICATIONS: Final = _macros("Rightarrow implies therefore Longrightarrow iff Leftrightarrow Longleftrightarrow because") | {"=>"}
ELLIPSES: Final = _macros("dots ldots cdots dotsc dotsb dotsm dotsi dotso vdots ddots") | {"...", "..", "\\dotsb"}
QUADS: Final = _macros("quad qquad")
STRUCTURE: Final = _macros("frac sqrt sum prod partial nabla over forall")
FRACTIONS: Final = _macros("frac dfrac tfrac cfrac sfrac nicefrac")

MATRICES: Final = {
    "pmatrix": "(", "bmatrix": "[", "vmatrix": "|", "Vmatrix": "\\|", "Bmatrix": "\\{", "matrix": "", "smallmatrix": "", "array": "",
}  # fmt: skip
CASES: Final = frozenset({"cases", "dcases", "rcases"})
DISPLAYS: Final = frozenset(
    name + star
    for name in _words("align aligned alignat alignedat split gather gathered equation eqnarray multline flalign math displaymath")
    for star in ("", "*")
)
WITH_COLUMNS: Final = frozenset({"array", "alignat", "alignat*", "alignedat"})

CONDITION_WORDS: Final = _words("for if when whenever forall")
LINKING_WORDS: Final = _words("where with and or so thus hence then also because since given as")
FILLER_WORDS: Final = _words("for if when whenever where with all each every any and is the")
OTHERWISE_WORDS: Final = frozenset({"otherwise", "else", "elsewhere"})

# Words in a note that may restrict what is claimed: such a note is not dropped.
RESTRICTING_WORDS: Final = (
    CONDITION_WORDS
    | OTHERWISE_WORDS
    | _words("where with given assuming assume provided unless except only iff case since because suppose let not no approximately")
)

_GREEK_ORDER: Final = [
    "\\" + name
    for name in [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "omicron",
        "pi",
        "rho",
        "sigma",
        "tau",
        "upsilon",
        "phi",
        "chi",
        "psi",
        "omega",
    ]
]
_CAPITAL_ORDER: Final = [
    "\\" + name for name in ["Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega"]
]
UNICODE: Final = {
    **dict(zip("αβγδεζηθικλμνξοπρστυφχψω", _GREEK_ORDER, strict=True)),
    **dict(zip("ΓΔΘΛΞΠΣΥΦΨΩ", _CAPITAL_ORDER, strict=True)),
    "ϕ": "\\phi", "ϵ": "\\epsilon", "ϑ": "\\vartheta", "ϱ": "\\varrho", "ς": "\\varsigma", "µ": "\\mu", "ɛ": "\\varepsilon",
    "∆": "\\Delta", "Ω": "\\Omega", "ℓ": "\\ell", "∞": "\\infty", "∅": "\\emptyset", "†": "\\dagger",
    "∂": "\\partial", "𝜕": "\\partial", "∇": "\\nabla", "∑": "\\sum", "∏": "\\prod", "√": "\\sqrt",
    "⊙": "\\odot", "∘": "\\circ", "◦": "\\circ", "○": "\\circ", "⊗": "\\otimes", "·": "\\cdot", "⋅": "\\cdot", "∙": "\\cdot",
    "•": "\\cdot", "×": "\\times", "∗": "*", "÷": "/", "∕": "/", "⁄": "/", "−": "-", "–": "-", "±": "\\pm",
    "≤": "\\le", "⩽": "\\le", "≥": "\\ge", "⩾": "\\ge", "≠": "\\ne", "∈": "\\in", "∉": "\\notin", "≈": "\\approx", "∝": "\\propto",
    "≡": "\\equiv", "∼": "\\sim", "≔": ":=", "≜": "\\triangleq", "→": "\\to", "⟶": "\\to", "↦": "\\to", "←": "\\leftarrow",
    "⇒": "\\Rightarrow", "⟹": "\\Rightarrow", "⇔": "\\iff", "∴": "\\therefore", "∀": "\\forall",
    "…": "\\dots", "⋯": "\\dots", "⋮": "\\dots", "⋱": "\\dots", "‖": "\\|", "∣": "|", "⟨": "\\langle", "⟩": "\\rangle",
    "⊤": "\\top", "′": "'", "’": "'", "＝": "=", "（": "(", "）": ")", "，": ",", "：": ":",
}  # fmt: skip
# Letters that carry a font in Unicode; the mathematical alphabets themselves are read from their Unicode names.
UNICODE_FONTS: Final = {
    "ℒ": ("\\mathcal", "L"), "ℋ": ("\\mathcal", "H"), "ℱ": ("\\mathcal", "F"), "ℰ": ("\\mathcal", "E"), "ℬ": ("\\mathcal", "B"),
    "ℛ": ("\\mathcal", "R"), "ℝ": ("\\mathbb", "R"), "ℕ": ("\\mathbb", "N"), "ℤ": ("\\mathbb", "Z"), "ℚ": ("\\mathbb", "Q"),
    "ℂ": ("\\mathbb", "C"), "𝟙": ("\\mathbb", "1"),
}  # fmt: skip
ALPHABETS: Final = {"BOLD": "\\mathbf", "BOLD ITALIC": "\\boldsymbol", "SCRIPT": "\\mathcal", "BOLD SCRIPT": "\\mathcal",
                    "DOUBLE-STRUCK": "\\mathbb", "FRAKTUR": "\\mathfrak", "ITALIC": "", "SANS-SERIF": "", "MONOSPACE": ""}  # fmt: skip
COMBINING: Final = {"\u0302": "\\hat", "\u0303": "\\tilde", "\u0304": "\\bar", "\u0305": "\\bar", "\u0307": "\\dot", "\u20d7": "\\vec"}
SUPERSCRIPTS: Final = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵀᴸⁿⁱˡᵏʲᵗᵐᵒˢʰᵃᵇᶜᵈᵉᶠᵍᵖʳᵘᵛʷˣʸᶻᴺᵂ", "0123456789+-=()TLnilkjtmoshabcdefgpruvwxyzNW", strict=True))
SUBSCRIPTS: Final = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-=()aehijklmnoprstuvx", strict=True))
