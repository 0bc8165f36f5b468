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
CAPITALISED: Final = {
    "Softmax": "softmax", "SoftMax": "softmax", "Sigmoid": "sigmoid", "Tanh": "tanh", "Relu": "relu", "RELU": "relu",
    "Softplus": "softplus", "SoftPlus": "softplus", "Diag": "diag", "Logistic": "logistic", "Sigm": "sigm", "TanH": "tanh", "TANH": "tanh",
}  # fmt: skip
FUNCTIONS: Final = frozenset(CAPITALISED) | _words(
    "tanh sigmoid sigm expit softmax logistic relu ReLU LeakyReLU leaky exp log ln softplus diag max min argmax argmin sign sgn vec tr Tr "
    "rank prod identity sech cosh sinh sin cos tan sqrt det"
)
# Too short to be told from a product inside a longer run of letters.
SHORT_FUNCTIONS: Final = frozenset({"ln", "tr", "Tr"})
FUNCTION_MACROS: Final = _words("tanh exp log ln max min cosh sinh sin cos tan det")

INDEX_LETTERS: Final = frozenset("ijklmnpqrstuTLNK")
# Labels that consist of letters of indices.
LABELS: Final = _words("init input unit split")

FONTS: Final = {
    "\\mathbf": "\\mathbf", "\\bf": "\\mathbf", "\\boldsymbol": "\\boldsymbol", "\\bm": "\\boldsymbol", "\\pmb": "\\boldsymbol",
    "\\mathcal": "\\mathcal", "\\cal": "\\mathcal", "\\mathscr": "\\mathscr", "\\mathbb": "\\mathbb", "\\mathds": "\\mathbb",
    "\\mathbbm": "\\mathbb", "\\mathfrak": "\\mathfrak", "\\vec": "\\vec", "\\bold": "\\mathbf", "\\symbf": "\\mathbf",
    "\\mathbold": "\\boldsymbol", "\\boldmath": "\\boldsymbol", "\\symbfit": "\\boldsymbol", "\\mathbfit": "\\boldsymbol",
    "\\symcal": "\\mathcal", "\\symscr": "\\mathscr", "\\Bbb": "\\mathbb", "\\symbb": "\\mathbb", "\\frak": "\\mathfrak",
    "\\vect": "\\mathbf", "\\mat": "\\mathbf", "\\vb": "\\mathbf", "\\va": "\\vec", "\\vv": "\\vec",
}  # fmt: skip
ACCENTS: Final = {
    "\\hat": "\\hat", "\\widehat": "\\hat", "\\tilde": "\\tilde", "\\widetilde": "\\tilde", "\\bar": "\\bar", "\\overline": "\\bar",
    "\\dot": "\\dot", "\\ddot": "\\ddot", "\\check": "\\check", "\\breve": "\\breve", "\\acute": "\\acute", "\\grave": "\\grave",
    "\\mathring": "\\mathring", "\\overrightarrow": "\\overrightarrow", "\\overleftarrow": "\\overleftarrow",
}  # fmt: skip

# Macros whose argument is words, and those whose argument may be one upright word.
TEXTUAL: Final = _macros("text textrm textit textbf textsf texttt textnormal textup textsc mbox hbox textmd emph")
UPRIGHT: Final = _macros(
    "mathrm operatorname operatornamewithlimits mathit mathsf mathsfit mathtt mathnormal mathup symrm symup symit symsf rm it sf tt"
)

SPACES: Final = _macros(
    "limits nolimits displaystyle textstyle scriptstyle scriptscriptstyle nonumber notag hline noindent centering space "
    "thinspace medspace thickspace negthinspace enspace hfill hfil relax allowbreak nobreak strut mathstrut bigskip medskip smallskip "
    "tiny scriptsize small large Large LARGE huge Huge normalsize footnotesize scriptsize displaylimits"
) | {"\\,", "\\;", "\\:", "\\!", "\\ ", "\\>", "\\/", "\\\n", "\\-"}
# Macros dropped together with their (last) argument, and those that only dress it.
DROPPED: Final = _macros(
    "tag label hspace vspace color phantom hphantom vphantom eqref ref footnote cite note mspace require cline noalign rule nonscript"
)
# Spaces of a stated length.
DIMENSIONS: Final = _macros("hskip vskip mskip kern mkern")
# Macros that make what follows them on their row a number of the equation.
NUMBERS: Final = _macros("eqno leqno")
# Macros that say what kind of sign their argument is.
CLASSES: Final = _macros("mathop mathrel mathbin mathord mathopen mathclose mathpunct mathinner")
DRESSING: Final = CLASSES | _macros("boxed fbox bbox underline uline smash ensuremath rlap llap mathrlap mathllap mathclap clap")
# Macros whose first argument does not show.
COLOURED: Final = _macros("textcolor colorbox htmlClass htmlId htmlStyle htmlData class cssId style href")
# Dressings in which text holds a formula between dollars.
TEXT_BOXES: Final = _macros("fbox colorbox")
BRACED_OVER: Final = {"\\underbrace": "_", "\\overbrace": "^", "\\underset": "", "\\overset": "", "\\stackrel": ""}
# What makes a definition of the `=` it stands on.
DEFINING: Final = frozenset({"def", "\\Delta", "\\triangle", "\\vartriangle"})

# Macros that are known without a definition, and the marks of derivatives with one argument each for quantity and denominators.
PREDEFINED: Final = {
    "\\R": "\\mathbb{R}", "\\N": "\\mathbb{N}", "\\Z": "\\mathbb{Z}", "\\reals": "\\mathbb{R}", "\\norm": "\\left\\|#1\\right\\|",
    "\\abs": "\\left|#1\\right|", "\\dd": "\\mathrm{d}{#1}",
}  # fmt: skip
DERIVATIVES: Final = {
    "\\pdv": "\\partial", "\\partialderivative": "\\partial", "\\dv": "d", "\\odv": "d", "\\derivative": "d",
    "\\pd": "\\partial", "\\diffp": "\\partial", "\\pderiv": "\\partial",
}  # fmt: skip

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
    "\\otimes": "\\otimes", "\\bullet": "\\odot", "@": "\\cdot", ".*": "\\odot", "\\oslash": "\\oslash", "\\star": "\\star",
}  # fmt: skip
RELATIONS: Final = {
    "=": "=", "==": "=", ":=": ":=", "\\coloneqq": ":=", "\\triangleq": ":=", "\\defeq": ":=", "\\eqdef": ":=",
    "\\coloneq": ":=", "\\colonequals": ":=", "\\doteq": ":=", "\\equiv": "\\equiv",
    "\\leftarrow": "\\leftarrow", "\\gets": "\\leftarrow", "+=": "+=", "-=": "-=", "\\approx": "\\approx", "\\simeq": "\\approx",
    "\\propto": "\\propto", "\\sim": "\\sim", "<": "<", "\\lt": "<", ">": ">", "\\gt": ">", "<=": "\\le", "\\le": "\\le", "\\leq": "\\le",
    "\\leqslant": "\\le", ">=": "\\ge", "\\ge": "\\ge", "\\geq": "\\ge", "\\geqslant": "\\ge", "!=": "\\ne", "\\ne": "\\ne",
    "\\neq": "\\ne", "\\in": "\\in", "\\notin": "\\notin", "\\to": "\\to", "\\rightarrow": "\\to", "->": "\\to",
    "\\longrightarrow": "\\to", "\\longleftarrow": "\\leftarrow", "\\mapsto": "\\to", "\\hookrightarrow": "\\to",
    "\\ll": "\\ll", "\\gg": "\\gg",
}  # fmt: skip
IMPLICATIONS: Final = _macros("Rightarrow implies therefore Longrightarrow iff Leftrightarrow Longleftrightarrow because") | {"=>"}
# Letters that are operators where they carry a bound.
BOUNDED: Final = {"\\Sigma": "\\sum", "\\Pi": "\\prod"}
ELLIPSES: Final = _macros("dots ldots cdots dotsc dotsb dotsm dotsi dotso vdots ddots") | {"...", "..", "\\dotsb"}
QUADS: Final = _macros("quad qquad")
END_OF_PROOF: Final = _macros("square blacksquare Box qed qedhere qedsymbol checkmark") | {"□", "■", "∎", "✓", "✔"}
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
LINKING_WORDS: Final = _words(
    "where with and or so thus hence then also because since given as therefore that which we have get obtain gives yields implies namely "
    "ie eg i e g similarly finally likewise moreover furthermore consequently accordingly equivalently again now but while observe "
    "clearly"
)
# How a remark behind a formula begins.
REMARK_WORDS: Final = _words("by using via from see due applying")
FILLER_WORDS: Final = _words("for if when whenever where with all each every any and is the")
OTHERWISE_WORDS: Final = frozenset({"otherwise", "else", "elsewhere"})

# Words in a note that may restrict what is claimed: such a note is not dropped.
RESTRICTING_WORDS: Final = (
    CONDITION_WORDS
    | OTHERWISE_WORDS
    | _words(
        "where with given assuming assume provided unless except only iff case since because suppose let not no approximately "
        "plus minus times up constant proportional neglecting ignoring"
    )
)

UNICODE: Final = {
    "α": "\\alpha", "β": "\\beta", "γ": "\\gamma", "δ": "\\delta", "ε": "\\epsilon", "ζ": "\\zeta", "η": "\\eta", "θ": "\\theta",
    "ι": "\\iota", "κ": "\\kappa", "λ": "\\lambda", "μ": "\\mu", "ν": "\\nu", "ξ": "\\xi", "ο": "\\omicron", "π": "\\pi", "ρ": "\\rho",
    "σ": "\\sigma", "τ": "\\tau", "υ": "\\upsilon", "φ": "\\phi", "χ": "\\chi", "ψ": "\\psi", "ω": "\\omega",
    "Γ": "\\Gamma", "Δ": "\\Delta", "Θ": "\\Theta", "Λ": "\\Lambda", "Ξ": "\\Xi", "Π": "\\Pi", "Σ": "\\Sigma", "Υ": "\\Upsilon",
    "Φ": "\\Phi", "Ψ": "\\Psi", "Ω": "\\Omega",
    "ϕ": "\\phi", "ϵ": "\\epsilon", "ϑ": "\\vartheta", "ϱ": "\\varrho", "ς": "\\varsigma", "µ": "\\mu", "ɛ": "\\varepsilon",
    "∆": "\\Delta", "\u2126": "\\Omega", "ℓ": "\\ell", "∞": "\\infty", "∅": "\\emptyset", "†": "\\dagger",
    "∂": "\\partial", "𝜕": "\\partial", "∇": "\\nabla", "∑": "\\sum", "∏": "\\prod", "√": "\\sqrt",
    "⊙": "\\odot", "∘": "\\circ", "◦": "\\circ", "○": "\\circ", "⊗": "\\otimes", "·": "\\cdot", "⋅": "\\cdot", "∙": "\\cdot",
    "•": "\\cdot", "×": "\\times", "∗": "*", "÷": "/", "∕": "/", "⁄": "/", "−": "-", "–": "-", "±": "\\pm",
    "≤": "\\le", "⩽": "\\le", "≥": "\\ge", "⩾": "\\ge", "≠": "\\ne", "∈": "\\in", "∉": "\\notin", "≈": "\\approx", "∝": "\\propto",
    "≃": "\\simeq", "≅": "\\simeq", "≪": "\\ll", "≫": "\\gg", "⟵": "\\leftarrow", "⟺": "\\iff", "‐": "-", "‑": "-", "∥": "\\|",
    "⊺": "\\top",
    "≡": "\\equiv", "∼": "\\sim", "≔": ":=", "≜": "\\triangleq", "→": "\\to", "⟶": "\\to", "↦": "\\to", "←": "\\leftarrow",
    "⇒": "\\Rightarrow", "⟹": "\\Rightarrow", "⇔": "\\iff", "∴": "\\therefore", "∀": "\\forall",
    "…": "\\dots", "⋯": "\\dots", "⋮": "\\dots", "⋱": "\\dots", "‖": "\\|", "∣": "|", "⟨": "\\langle", "⟩": "\\rangle",
    "⊤": "\\top", "′": "'", "’": "'",
}  # fmt: skip
# Characters that stand for several signs.
UNICODE_RUNS: Final = {
    "″": "''", "‴": "'''", "½": "{\\frac{1}{2}}", "⅓": "{\\frac{1}{3}}", "⅔": "{\\frac{2}{3}}",
    "¼": "{\\frac{1}{4}}", "¾": "{\\frac{3}{4}}",
}  # fmt: skip
# Letters that carry a font in Unicode; the mathematical alphabets themselves are read from their Unicode names.
UNICODE_FONTS: Final = {
    "ℒ": ("\\mathcal", "L"), "ℋ": ("\\mathcal", "H"), "ℱ": ("\\mathcal", "F"), "ℰ": ("\\mathcal", "E"), "ℬ": ("\\mathcal", "B"),
    "ℛ": ("\\mathcal", "R"), "ℝ": ("\\mathbb", "R"), "ℕ": ("\\mathbb", "N"), "ℤ": ("\\mathbb", "Z"), "ℚ": ("\\mathbb", "Q"),
    "ℂ": ("\\mathbb", "C"), "ℙ": ("\\mathbb", "P"), "ℍ": ("\\mathbb", "H"), "ℐ": ("\\mathcal", "I"), "ℳ": ("\\mathcal", "M"),
    "ℎ": ("", "h"), "ℯ": ("\\mathcal", "e"), "ℊ": ("\\mathcal", "g"), "ℴ": ("\\mathcal", "o"), "𝟙": ("\\mathbb", "1"),
}  # fmt: skip
ALPHABETS: Final = {"BOLD": "\\mathbf", "BOLD ITALIC": "\\boldsymbol", "SCRIPT": "\\mathcal", "BOLD SCRIPT": "\\mathcal",
                    "DOUBLE-STRUCK": "\\mathbb", "FRAKTUR": "\\mathfrak", "ITALIC": "", "SANS-SERIF": "", "MONOSPACE": "",
                    "SANS-SERIF BOLD": "\\mathbf", "SANS-SERIF ITALIC": "", "SANS-SERIF BOLD ITALIC": "\\boldsymbol"}  # fmt: skip
COMBINING: Final = {"\u0302": "\\hat", "\u0303": "\\tilde", "\u0304": "\\bar", "\u0305": "\\bar", "\u0307": "\\dot", "\u20d7": "\\vec"}
SUPERSCRIPTS: Final = dict(
    zip(
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᶿᵠᵡ",
        "0123456789+-=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδθφχ",
        strict=True,
    )
)
SUBSCRIPTS: Final = dict(
    zip(
        "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ",
        "0123456789+-=()aehijklmnoprstuvxβγρφχ",
        strict=True,
    )
)
