"""What documents say, as a table: one row a wording, in the flattened text of `prose_text`.

Between the fixed words of a row a few others may stand, never one of `STOP`: a wording that is not understood says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

#: Words that turn a wording into another statement.
STOP = (
    r"(?:not|no|nor|never|if|unless|whether|when|than|times|by|into|from|row|rows|column|columns|element|elements|entry|entries|component|"
    r"components|coordinate|sequence|sequences|list|set|sets|batch|batches|sum|product|products|gradient|gradients|derivative|derivatives|jacobian|"
    r"inverse|transpose|identity|and|or|but|where|which|function|functions|multiplication|number|would|could|might|can|like|such|e\.g|"
    r"typically|usually|often|commonly|generally|either|norm|trace|rank|diagonal|concatenation|basis|block|collection|sub-matrix|submatrix)"
)
WORD = rf"(?!{STOP}(?![\w-]))[a-z][a-z'’-]*\s+"
SOME = rf"(?:{WORD}){{0,4}}?"
NAME = r"⟨[slm]\d+⟩"
AND = r"(?:\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or|&)\s+)"
NAMES = rf"(?P<names>{NAME}(?:{AND}{NAME}){{0,12}})"
FUNCTIONS = rf"(?P<names>⟨[sf]\d+⟩(?:{AND}⟨[sf]\d+⟩){{0,6}})"
ARTICLE = r"(?:(?:an?|the|some|our|its|their|this|that)\s+)?"
SIZE = r"(?:⟨[sz]\d+⟩|\d{1,6})"
TWO = rf"(?:⟨d\d+⟩|{SIZE}\s*(?:×|x|by|-\s*by\s*-)\s*{SIZE}|[(\[]\s*{SIZE}\s*,\s*{SIZE}\s*[)\]])"
ONE = rf"(?P<sizes>{SIZE}(?!\s*(?:×|x\b|by\b|-\s*by\b)))"
LONG = rf"{ONE}\s*-\s*(?:(?P<row>row)[\s-]+)?(?:column[\s-]+)?vectors?\b"
ANY = rf"(?P<sizes>{TWO}|\(\s*{SIZE}\s*,\s*\)|{SIZE}(?!\s*(?:×|x\b|by\b|-\s*by\b)))"
MORE = rf"(?!\s*(?:,|and|or|/)\s*(?:an?\s+)?(?:⟨d\d+⟩|{SIZE}\s*(?:×|x\b|by\b)|[(\[]\s*{SIZE}\s*,))"
SIZES = rf"(?P<sizes>\(?\s*{TWO}\s*\)?){MORE}"
IS = r"(?:is|are|be|being|denotes?|represents?|refers\s+to|denoting|:|=|->|→|—|–|as)"
#: "each row", of which nothing else is said: "each row of Y is one-hot".
EACH = rf"\b(?:each|every)\s+{{0}}\b(?!\s+of\s+{NAME}\s+(?:{IS}|has|sums|adds)\b)"
ARRAY = r"(?:(?P<row>row[\s-]+)?(?:column[\s-]+)?vectors?|matrix|matrices|array|arrays|tensors?)"
EXTENT = r"(?:dimensions?|dimensionality|dimensionalities|sizes?|shapes?|lengths?|dim)"
ELEMENTWISE = r"(?:element|component|entry|point|coordinate)(?:\s+|-|\s?-\s?)?wise(?:ly)?"
BEHIND = (
    r"(?![\s-]*(?:function|valued|product|multipl|calculus|space|norm|length|dimension|size|notation|form"
    r"|field|or\b|of\s+⟨|operation|algebra|derivative|add))"
)
#: "a real number", "numbers"; not "the number", nor "a natural number", which may count.
NUMBERS = (
    r"(?:an?\s+|some\s+|fixed\s+|given\s+|small\s+|positive\s+|negative\s+|nonnegative\s+|constant\s+)*"
    r"(?:real\s+numbers?|(?<=\ba\s)number|numbers)"
)
SIGN = r"⟨o\d+⟩"
PRODUCT = (
    rf"(?P<what>hadamard(?:\s*\([a-z -]{{1,30}}\))?|schur|{ELEMENTWISE}(?:\s*\([a-z -]{{1,30}}\))?|matrix"
    rf"(?:\s*[-–]?\s*(?:vector|matrix))?|(?:vector\s+)?outer)"
)
MULTIPLICATION = r"(?:vector\s+|matrix\s+)?(?:products?|multiplications?|multiply(?:ing)?)"
#: A sign with a verb behind it is spoken of in the next words: "the elementwise product, and `*` is …".
NOT_ITS_SUBJECT = (
    r"(?!\s*[\"”’]?\s*(?:denotes?|denoting|is|are|means?|represents?|stands?|refers?|corresponds?|for"
    r"|hadamard|element|matrix|point|outer)\b)"
)
#: Activations, each with the words that call a function so.
ACTIVATIONS: Mapping[str, str] = {
    "sigmoid": r"(?:logistic\s+)?sigmoid(?:al)?|logistic", "tanh": r"tanh|hyperbolic\s+tangents?",
    "relu": r"relu|rectified\s+linear|rectifiers?", "identity": "identity", "softplus": "softplus",
}  # fmt: skip
ACTIVATION = "|".join(ACTIVATIONS.values())
FUNCTION = rf"(?P<what>{ACTIVATION}|softmax)"
LOSS = r"(?:loss|cost|objective|error)"
#: Gradients in general, and what they are said to be.
GRADIENTS = (
    r"\b(?:all|every|each|the|our|an?)?\s*(?:gradients?|(?:partial\s+)?derivatives?)"
    r"(?:\s+(?:with\s+respect\s+to|by)\s+(?:an?|any|each|every)\s+(?:\w+\s+)?\w+)?"
)
AS = r"(?:(?:here|all|always|is|are|taken|treated|regarded|considered|written|as|to|be|thus|an?)\s+)+"


def function_called(words: str) -> str:
    """The known function that words name; empty if none."""
    known = {**ACTIVATIONS, "softmax": "softmax"}
    return next((name for name, called in known.items() if re.fullmatch(called, words, re.I)), "")


@dataclass(frozen=True)
class Rule:
    """A wording and what it says; `value` where that is always the same."""

    says: str
    pattern: re.Pattern[str]
    value: str = ""


def _rule(says: str, pattern: str, value: str = "") -> Rule:
    return Rule(says, re.compile(pattern, re.I), value)


RULES: tuple[Rule, ...] = (
    # --- shapes
    _rule("shape", rf"{NAMES}\s*\)?,?\s*(?:{IS}|has|have|will\s+be|must\s+be)\s+(?:both\s+|all\s+|each\s+|also\s+)?{ARTICLE}{SOME}{SIZES}"),
    _rule("shape", rf"{NAMES}\s*(?::|=|->|→|—|–)\s*{ARTICLE}{SOME}{SIZES}"),
    _rule("shape", rf"{NAMES}\s*,?\s*\(\s*{SIZES}"),
    _rule("shape", rf"{NAMES}\s*,?\s*(?:an?|the)\s+{SOME}{SIZES}[\s-]*(?:matrix|array)\b"),
    _rule("shape", rf"{NAMES}\s*,?\s*\(\s*(?:of\s+)?{EXTENT}\s*[:=]?\s*{ANY}\s*\)"),
    _rule(
        "shape",
        rf"{NAMES}\s*,?\s*\(?(?:(?:which|that|{IS}|has|have|having|with|will|must|should|also|both|all|each|an?|the|its|their|whose|(?P<square>square)|"
        rf"(?:weight|bias|real|hidden|state|input|output|parameter|embedding|error|word|learnable|trainable|gate|cell|memory|dense|binary)s?|{ARRAY}|of)"
        rf"[\s,:]+){{1,8}}(?:same\s+)?{EXTENT}\s*(?:of|is|are|=|:|equal\s+to)?\s*{ANY}",
    ),
    _rule("shape", rf"{EXTENT}\s+of\s+(?:{ARTICLE}{SOME}){NAMES}\s*(?:is|are|will\s+be|must\s+be|=|:)\s*(?:also\s+)?{ANY}"),
    _rule("shape", rf"(?P<sizes>{TWO}){MORE}(?:[\s-]*(?:dimensional|sized))?\s+{SOME}{ARRAY}\s+{NAMES}"),
    _rule(
        "shape",
        rf"{ONE}\s*-?\s*(?:dimensional|dim|D|d)(?![\w⟨])\s+{SOME}(?P<row>row[\s-]+)?(?:column[\s-]+)?"
        rf"(?:vectors?|input|output|hidden\s+state|state)\s+{NAMES}",
    ),
    _rule(
        "shape",
        rf"{NAMES}\s*,?\s*(?:{IS}|,)\s*{ARTICLE}{SOME}{ONE}\s*-?\s*(?:dimensional|dim|D)(?![\w⟨])(?!\s+"
        rf"{SOME}(?:vectors?|input|output|state)\s+⟨)(?:\s+{SOME}(?P<row>row[\s-]+)?)?",
    ),
    _rule("shape", rf"{NAMES}\s*,?\s*(?:{IS}|,)\s*(?:both\s+|all\s+|each\s+)?{ARTICLE}{SOME}{LONG}(?!\s+{NAME}){BEHIND}"),
    _rule("shape", rf"{LONG}\s*{NAMES}"),
    _rule(
        "shape",
        rf"{NAMES}\s*,?\s*(?:{IS}|,)?\s*{ARTICLE}{SOME}(?P<row>row[\s-]+)?(?:column[\s-]+)?vectors?\s+(?:"
        rf"(?:with|of|has|have|having|containing)\s+){{1,2}}{ONE}\s*{SOME}(?:elements|entries|components|dimensions"
        rf"|units|rows|features|coordinates)\b",
    ),
    _rule(
        "shape",
        rf"(?:vectors?|hidden\s+states?|states?|input|output)\s+{NAMES}\s*,?\s*(?:has|have|with|having|contains"
        rf"|consists\s+of)\s+{ONE}\s*{SOME}(?:units|elements|entries|components|dimensions|neurons|features)\b",
    ),
    _rule(
        "shape",
        rf"(?P<row>row[\s-]+)?vectors?\s+{NAMES}\s*,?\s*(?:is\s+|are\s+)?(?:of|with|has|have|having)\s+"
        rf"{EXTENT}\s*(?:of|is|=)?\s*{ANY}",
    ),
    _rule(
        "shape",
        rf"{NAMES}\s*,?\s*(?:{IS}\s+)?{ARTICLE}{SOME}matri(?:x|ces)\s+(?:with|of|having)\s+(?P<sizes>{SIZE}\s+rows\s+and\s+"
        rf"{SIZE})\s+columns",
    ),
    _rule(
        "shape",
        rf"{NAMES}\s*,?\s*(?:(?:{IS}|an?|real|column|lies?|lives?|belongs?|to|(?P<row>row)|vectors?|matrix|matrices"
        rf"|taken|elements?|of)[\s,]+){{1,6}}(?:in|from|of)\s+(?P<sizes>⟨d\d+⟩)",
    ),
    _rule("shape", rf"{NAMES}\s*,?\s*(?:{IS})\s+{ARTICLE}{SOME}scalars?\b{BEHIND}", "scalar"),
    _rule("shape", rf"{NAMES}\s*,?\s*(?:{IS})\s+{NUMBERS}(?!\s+of\b){BEHIND}", "scalar"),
    _rule("shape", rf"(?:^|\s|\(){NUMBERS}\s+{NAMES}", "scalar"),
    _rule(
        "shape",
        rf"(?:^|\s|\()scalars?\s+(?:(?:loss|cost|weights?|bias|biases|parameters?|inputs?|outputs?|values?|quantity|temperature|scale|gain"
        rf"|scaling|learning|rate|coefficient|factor|constant|strength|slope|offset|shift|threshold|margin|score|gate"
        rf"|quantities|variables?)\s+){{0,2}}{NAMES}",
        "scalar",
    ),
    _rule(
        "shape",
        rf"{NAMES}\s*,?\s*(?:{IS}\s+)?{ARTICLE}{SOME}"
        r"(?:shared\s+by|common\s+to|the\s+same\s+for)\s+(?:all|every|each)\s+(?:the\s+|of\s+the\s+)?"
        r"(?:units?|neurons?|components?|entries|coordinates?|dimensions?|features?|classes|outputs?)\b",
        "scalar",
    ),
    _rule("shape", rf"{NAMES}\s*,?\s*{IS}\s*(?:an?|the)\s+intercept\b", "scalar"),
    _rule("shape", rf"\bintercept\s+{NAMES}", "scalar"),
    _rule("shape", rf"(?:learning\s+rate|step\s+size|regularization\s+(?:parameter|coefficient|strength|constant))s?\s+{NAMES}", "scalar"),
    _rule(
        "shape",
        rf"{NAMES}\s*,?\s*{IS}\s*{ARTICLE}(?:small\s+|positive\s+|constant\s+|global\s+)?(?:learning\s+rate"
        rf"|step\s+size|regularization\s+(?:parameter|coefficient|strength|constant))",
        "scalar",
    ),
    # --- losses: `loss` asks how the formulas use the name
    _rule("loss", rf"{LOSS}(?:\s+function)?s?\s+(?P<names>⟨[sfmq]\d+⟩)(?!\s*(?:layers|times|steps))"),
    _rule(
        "loss",
        rf"(?P<names>⟨[sf]\d+⟩)\s*,?\s*{IS}\s*{ARTICLE}(?:(?:total|overall|scalar|final|global|average|mean"
        rf"|squared|training|cross[\s-]?entropy|quadratic|per-step|differentiable|whole|entire|sum(?:med)?|instantaneous"
        rf"|scalar-valued|generic|given|chosen|some)\s+){{0,3}}{LOSS}(?:\s+function)?\b(?!\s*(?:vector|signal"
        rf"|term|of\s+(?:{ARTICLE})(?:(?:{WORD}){{0,2}})?(?:neuron|unit|node|layer)))",
    ),
    _rule("loss", rf"denote\s+by\s+(?P<names>⟨[sf]\d+⟩)\s+{ARTICLE}{SOME}{LOSS}\b"),
    # --- kinds: where only that is said
    _rule(
        "kind",
        rf"{NAMES}\s*,?\s*{IS}\s*(?:both\s+|all\s+|each\s+|called\s+)?{ARTICLE}{SOME}(?:real\s+)?(?P<kind>matrix"
        rf"|matrices){BEHIND}",
        "matrix",
    ),
    _rule(
        "kind",
        rf"{NAMES}\s*,?\s*{IS}\s*(?:both\s+|all\s+|each\s+|called\s+)?{ARTICLE}{SOME}(?P<row>row[\s-]+)?"
        rf"(?:column[\s-]+)?(?P<kind>vectors?){BEHIND}",
        "vector",
    ),
    _rule("kind", rf"\b(?P<kind>matrix|matrices)\s*(?:->|→|:)?\s*{NAMES}", "matrix"),
    _rule("kind", rf"\b(?P<row>row[\s-]+)?(?P<kind>vectors?)\s*(?:->|→|:)?\s*{NAMES}", "vector"),
    # --- functions
    _rule(
        "function",
        rf"{FUNCTIONS}\s*,?\s*(?:(?:is|are|be|being|acts?|acting|operates?|works?|works|applied|evaluated|computed"
        rf"|taken|understood|to|an?|which|that|also|always|both|the|function|functions|(?:non-?linear\s+)?activation"
        rf"|apply|applies)\s+){{1,5}}{ELEMENTWISE}(?!\s+(?:product|multipl))",
        "elementwise",
    ),
    _rule(
        "function",
        rf"{ELEMENTWISE}\s+{SOME}(?:functions?|non-?linearity|non-?linearities|activations?|nonlinear)\s+"
        rf"(?:function\s+)?{FUNCTIONS}",
        "elementwise",
    ),
    _rule("function", rf"appl(?:y|ies|ying)\s+{ARTICLE}{SOME}(?:functions?\s+)?{FUNCTIONS}\s+{ELEMENTWISE}", "elementwise"),
    _rule("activation", rf"{FUNCTIONS}\s*,?\s*{IS}\s*{ARTICLE}{SOME}(?:activation|transfer|squashing)\s+functions?\b", "elementwise"),
    _rule(
        "arbitrary",
        rf"{FUNCTIONS}\s*,?\s*(?:{IS}|can\s+be|may\s+be|stands?\s+for)\s*(?:any|an?\s+(?:arbitrary|generic|general|unspecified)|some)\s+{SOME}"
        r"(?:activations?|non-?\s?linearit(?:y|ies)|functions?)\b",
        "any",
    ),
    _rule("activation", rf"{FUNCTIONS}\s*,?\s*{IS}\s*{ARTICLE}{SOME}non-?\s?linearit(?:y|ies)\b", "elementwise"),
    _rule(
        "activation",
        rf"(?:activation|transfer)\s+functions?\s+(?:is\s+|are\s+|given\s+by\s+|denoted\s+by\s+|,\s*)?"
        rf"{FUNCTIONS}",
        "elementwise",
    ),
    _rule("activation", rf"non-?\s?linearit(?:y|ies)\s+{FUNCTIONS}", "elementwise"),
    _rule(
        "known",
        rf"{FUNCTIONS}\s*(?:\([a-z ]{{1,20}}\)\s*)?,?\s*(?:{IS}|to\s+be|stands?\s+for|indicates?)\s*{ARTICLE}(?:"
        rf"{WORD}){{0,2}}?{FUNCTION}\b(?:\s+(?:activation|transfer|non-?linearity|function|functions|unit|map"
        rf"|mapping|linear|units|curve|or)){{0,3}}(?!\s*(?:,|or|/)\s*(?:{ARTICLE})"
        rf"{FUNCTION.replace('what', 'other')})(?!\s*(?:layer|output|of|\())",
    ),
    _rule(
        "known",
        rf"(?<!derivative of the )\b{FUNCTION}\s+(?:(?:activation|transfer|non-?linearity|function|functions)\s+){{1,2}}"
        rf"(?:denoted\s+(?:by|as)\s+)?(?P<names>⟨[sf]\d+⟩)",
    ),
    _rule(
        "known",
        rf"{FUNCTIONS}\s*,?\s*(?:is|=|be|being)\s*{ARTICLE}(?:{WORD}){{0,2}}?(?P<what>⟨s\d+⟩)(?!\s*(?:,|or|/)\s*"
        rf"(?:{ARTICLE})⟨)",
    ),
    # --- facts that may be used
    _rule(
        "one_hot_columns",
        rf"\bcolumns?\s+of\s+{NAMES}\s*,?\s*(?:{IS}|,)\s*{ARTICLE}(?:also\s+|all\s+)?{SOME}one[\s-]hot\b",
    ),
    *(
        _rule(says, rf"{NAMES}\s*,?\s*(?:{IS}|,|\(|with|has|have|contains)?\s*{ARTICLE}{SOME}one[\s-]hot(?:[\s-]encoded)?\s+{axis}s?\b")
        for says, axis in (("one_hot_columns", "column"), ("one_hot", "row"))
    ),
    _rule("one_hot", rf"\brows?\s+of\s+{NAMES}\s*,?\s*(?:{IS}|,)\s*{ARTICLE}(?:also\s+|all\s+)?{SOME}one[\s-]hot\b"),
    _rule("one_hot_columns", rf"\bone[\s-]hot(?:[\s-]encoded)?\s+columns?\s+of\s+{NAMES}"),
    _rule(
        "one_hot",
        rf"(?<!\bcolumn of )(?<!\bcolumns of ){NAMES}\s*,?\s*(?:{IS}|,)\s*{ARTICLE}(?:also\s+|all\s+)?{SOME}one[\s-]hot\b"
        rf"(?!\s*(?:columns?\b|encoding\s+of\s+the\s+predicted))",
    ),
    _rule(
        "one_hot",
        rf"one[\s-]hot(?:[\s-](?:encoded|encoding|coded))?\s+(?:{SOME}(?:vectors?|targets?|labels?|input|inputs"
        rf"|encodings?|word|words|representations?)\s+)?{NAMES}",
    ),
    _rule(
        "positive",
        rf"{NAMES}\s*(?:is|are)\s+(?:always\s+|strictly\s+|all\s+)?(?:{ARTICLE})(?:strictly\s+)?positive\b"
        rf"(?!\s*(?:,?\s*(?:or|and|semi|definite|if|when|otherwise)))",
    ),
    # --- sizes
    _rule(
        "size",
        rf"{NAMES}\s*,?\s*{IS}\s*{ARTICLE}(?:total\s+|maximum\s+|maximal\s+)?(?:number|count|dimension|dimensionality"
        rf"|size|length|\#)s?\s+of\s+(?P<what>(?:[a-z'’-]+\s*){{1,6}})",
    ),
    _rule(
        "size",
        rf"{NAMES}\s*,?\s*{IS}\s*{ARTICLE}(?P<what>(?:(?:hidden|vocabulary|vocab|embedding|input|output|state"
        rf"|batch|layer|sequence|final|last)\s+){{1,2}}(?:size|dimension|dimensionality|length|time\s+step|step"
        rf"|layer))\b",
    ),
    _rule(
        "size",
        r"\b(?P<what>(?:hidden|vocabulary|embedding|input|output|batch|mini-?batch)\s+(?:layer\s+)?(?:size"
        r"|dimension))\s+(?:of\s+|is\s+|=\s*)?(?P<names>⟨s\d+⟩)",
    ),
    _rule("size", r"\b(?P<what>(?:sequence|sequences)\s+(?:of\s+)?length)\s+(?:of\s+)?(?P<names>⟨s\d+⟩)"),
    _rule("size", r"(?P<names>⟨s\d+⟩)\s+(?P<what>(?:discrete\s+)?time[\s-]?steps)\b"),
    # --- notation
    _rule(
        "sign",
        rf"(?P<names>{SIGN})\s*[\"”’]?\s*(?:symbol|operator|sign|notation)?\s*(?:,|\()?\s*(?:(?:{IS}|means?|meaning|stands?\s+for"
        rf"|correspond(?:s)?\s+to|indicates?|for|used|to|denote|represent|indicate|mean|describes?|performs?"
        rf"|here|the|an?|usual|standard|ordinary|so-called)\s+|[:=→]\s*){{1,6}}{PRODUCT}[\s-]*"
        rf"{MULTIPLICATION}?",
    ),
    _rule(
        "sign",
        rf"{PRODUCT}[\s-]*{MULTIPLICATION}(?:\s*\([a-z -]{{1,40}}\))?\s*(?:(?:is|are|as|by|with|denoted|represented"
        rf"|written|indicated|expressed|operator|operation|symbol|using|sign|the|[(:—–-])[\s]*){{0,6}}"
        rf"(?P<names>{SIGN}){NOT_ITS_SUBJECT}",
    ),
    _rule(
        "signs",
        rf"(?P<names>{SIGN}\s*(?:and|,)\s*{SIGN})\s*(?:(?:{IS}|refer|stand|for|to|denote|mean|represent|indicate)\s+){{1,4}}"
        rf"(?:the\s+)?(?P<first>[a-z-]+)\s+(?:(?:product|multiplication)\s+)?and\s+(?:the\s+)?(?P<second>[a-z-]+"
        rf"(?:\s+wise)?)\s+(?:product|multiplication)s?,?\s+respectively",
    ),
    _rule(
        "layout",
        r"(?<!than )(?<!than the )\b(?:use|uses|using|used|adopt|adopts|adopting|follow|follows|following|assume"
        r"|assuming|employ|employing|stick\s+(?:to|with)|prefer|work\s+(?:in|with))\s+(?:the\s+|a\s+)?"
        r"(?:so-called\s+)?(?P<what>numerator|denominator)(?:\s+|-)layout",
    ),
    _rule(
        "layout",
        r"\b(?P<what>numerator|denominator)(?:\s+|-)layout\s+(?:convention\s+|notation\s+)?(?:is|will\s+be)\s+"
        r"(?:used|adopted|followed|assumed)",
    ),
    *(
        _rule("layout", rf"{GRADIENTS}\s+{words}", value)
        for value, words in (
            ("rows", rf"{AS}row\s+vectors?\b{BEHIND}"),
            ("gradient", rf"{AS}column\s+vectors?\b{BEHIND}"),
            (
                "gradient",
                r"(?:(?:always|also)\s+)?(?:has|have|takes?|is\s+of|are\s+of)\s+(?:always\s+|also\s+)?(?:the\s+)?(?:same\s+)?"
                r"(?:shape|dimensions?|size)s?\s+(?:as|of)\s+(?:the|its|their|that)\s+(?:\w+\s+)?"
                r"(?:variables?|parameters?|matri(?:x|ces)|quantit(?:y|ies)|arguments?|tensors?|arrays?|weights?|vectors?)\b",
            ),
        )
    ),
    _rule(
        "transpose",
        r"(?:superscripts?\s+|symbol\s+)?(?P<names>⟨[sui]\d+⟩)\s*,?\s*(?:such\s+as\s+in\s+⟨s\d+⟩\s*,?\s*)?"
        r"(?:denotes?|implies|means?|indicates?|is|represents?|stands?\s+for|refers\s+to)\s+(?:the\s+)?"
        r"(?:matrix\s+)?transpos(?:e|ed|ition)\b",
    ),
    _rule(
        "superscript",
        r"\bsuperscripts?\s+(?:(?P<names>⟨[sui]\d+⟩)\s*)?(?:in\s+[a-z]+\s+)?(?:denotes?|indicates?|index|refers?\s+to"
        r"|represents?|stands?\s+for|is|are|means?)\s+(?:(?:the|an?|value|object|associated|with|index|number"
        r"|of|at|layer|time|current)[\s-]+){0,6}(?:layers?|time|steps?|time-?steps?)\b",
        "index",
    ),
    _rule(
        "vectors",
        r"\b(?:use|adopt|assume|follow|work\s+with|treat\s+(?:all\s+)?vectors\s+as|(?:all\s+|our\s+|the\s+)?vectors\s+are"
        r"(?:\s+(?:assumed|taken|understood|considered)\s+(?:to\s+be|as))?(?:\s+always|\s+all)?)\s+(?:the\s+"
        r"|a\s+)?(?P<what>row|column)[\s-]+vectors?\b(?!\s*⟨)",
    ),
    _rule(
        "scalars",
        r"\b(?:consider|study|take|look\s+at|start\s+with|have)\s+(?:the\s+case\s+of\s+)?(?:a|an|the)\s+(?:simple\s+|linear\s+|vanilla\s+)*"
        r"(?:univariate|scalar(?:[\s-]valued)?|one[\s-]dimensional)\s+(?:[\w-]+\s+){0,2}?(?:RNN|LSTM|GRU|network|model)\b",
    ),
    _rule(
        "scalars",
        r"\b(?:all|every)\s+(?:of\s+)?(?:the\s+|our\s+|other\s+)?(?:quantit(?:y|ies)|variables?|symbols?)\s*(?:\([^()]{0,200}\)\s*)?(?:here\s+|below\s+)?"
        r"(?:are|is)\s+(?:an?\s+|plain\s+|just\s+)?(?:real\s+)?(?:scalars?|numbers?)\b(?!\s*(?:,|or|and|except|unless|but))",
    ),
    _rule(
        "scalars", r"(?:\A|[,(;:–—]\s*)\s*all\s+(?:of\s+(?:them|these|which)\s+)?(?:are\s+)?(?:real\s+)?(?:scalars|numbers)\s*(?:[.,;)]|\Z)"
    ),
    _rule(
        "scalars",
        r"\b(?:one|a\s+single|only\s+one|just\s+one)\s+(?:hidden\s+)?(?:neuron|unit|node)\s+per\s+layer\b"
        r"|\b(?:each|every)\s+layer\s+(?:has|with|contains|consists\s+of)\s+(?:only\s+|just\s+|exactly\s+)?(?:one|a\s+single)"
        r"\s+(?:neuron|unit|node)\b",
    ),
    *(
        _rule(
            "softmax",
            rf"\bsoftmax\b[^.;]{{0,50}}{EACH.format(word)}|\b{word}[\s-]*wise\s+softmax\b|\bsoftmax\b[^.;]{{0,40}}\b{word}[\s-]*wise\b",
            word,
        )
        for word in ("row", "column")
    ),
    *(
        _rule(
            "softmax_shown",
            rf"\b{word}[\s-]*wise\b|\b{word}\s+by\s+{word}\b|{EACH.format(word)}|\b(?:over|along|on|to)\s+(?:the\s+)?{word}s\b"
            rf"|\b(?:over|along)\s+(?:the\s+)?(?:{axis})\b",
            word,
        )
        for word, axis in (("column", r"first\s+axis|axis\s+0"), ("row", r"second\s+axis|last\s+axis|axis\s+-?1"))
    ),
    _rule("vectors", r"\b(?P<what>row|column)[\s-]+(?:vector\s+)?(?:convention|notation)\b"),
    _rule(
        "derivative",
        r"\bonly\s+total\s+derivatives?\b|\b(?:all|every)\s+derivatives?\s+(?:[a-z]+\s+){0,3}(?:is|are)\s+(?:an?\s+|the\s+)?total\b",
        "total",
    ),
)

#: What needs no formula beside it.
WORDLESS = frozenset({"derivative", "layout", "superscript", "vectors", "scalars", "softmax"})
#: Words before a wording that take it back.
HYPOTHETICAL = re.compile(
    r"\b(?:if|unless|whether|when|instead|rather|not|would|could|might|e\.?g|for example|for instance|imagine|unlike)\b", re.I
)
#: What a shape may not be said of: `the transpose of W is m×n`.
PART_OF = re.compile(
    r"\b(?:gradients?|derivatives?|jacobians?|transpose|inverse|product|sum|norm|rows?|columns?|entry|entries|elements?|components?|number|rank|trace|"
    r"diagonal|function|update|updates|copies|copy|slice|respect\s+to|w\s*r\s*t)\s+(?:of|to|with\s+respect\s+to|in|wrt)?\s*(?:(?!(?:and|or|is|are|where|with)\b)(?:[a-z-]+|⟨[a-z]\d+⟩)\s+){0,5}\Z",
    re.I,
)
