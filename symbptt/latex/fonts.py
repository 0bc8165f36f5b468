"""Fonts and accents folded into the names they are put on: `\\mathbf{x_t}` ⇒ `\\mathbf{x}` with the script `t`."""

from __future__ import annotations

from symbptt.latex import tables
from symbptt.latex.tokens import ParseError, Token
from symbptt.latex.words import Words


def with_font(font: str, content: list[Token], words: Words) -> list[Token]:
    """The font put on every letter of the group outside scripts: `\\mathbf{x_t}` is `\\mathbf{x}_t`."""
    letters = next((index for index, token in enumerate(content) if token.kind != "name" or len(token.text) > 1), len(content))
    name = _font_name(font, "".join(token.text for token in content[:letters]))
    if letters > 1 and name in words.names:
        return [content[0]._replace(text=name, end=content[letters - 1].end), *content[letters:]]
    done: list[Token] = []
    depth = 0
    for index, token in enumerate(content):
        marked = index > 0 and content[index - 1].kind in ("^", "_")
        depth += {"{": 1, "}": -1}.get(token.kind, 0) if depth or marked else 0
        in_script = depth > 0 or marked
        letter = token.kind == "name" and (len(token.text) == 1 or token.text.startswith("\\"))
        if in_script or not (letter or token.kind == "number"):
            done.append(token)
        else:
            done.append(token._replace(kind="name", text=_font_name(font, token.text)))
    return done


def _font_name(font: str, name: str) -> str:
    accent = name.partition("{")[0]
    if accent in tables.ACCENTS:
        return f"{accent}{{{_font_name(font, name[len(accent) + 1 : -1])}}}"
    return f"{font}{{{name}}}"


def with_accent(accent: str, content: list[Token], token: Token) -> list[Token]:
    if [token.kind for token in content[:3]] == ["{", "name", "}"]:
        content = [content[1], *content[3:]]
    if not content or content[0].kind != "name" or not _only_scripts(content[1:]):
        raise ParseError(
            f"{accent} over an expression is not understood; put it on one letter", content[0].start if content else token.start
        )
    return [content[0]._replace(text=f"{accent}{{{content[0].text}}}"), *content[1:]]


def _only_scripts(tokens: list[Token]) -> bool:
    depth, expects = 0, False
    for token in tokens:
        if depth == 0 and not expects and token.kind not in ("^", "_", "'"):
            return False
        depth += {"{": 1, "}": -1}.get(token.kind, 0)
        expects = depth == 0 and token.kind in ("^", "_")
    return not expects and depth == 0


def bare(tokens: list[Token]) -> list[Token]:
    """The tokens without the braces around all of them: `{{y}}` ⇒ `y`."""
    while len(tokens) > 1 and tokens[0].kind == "{" and tokens[-1].kind == "}" and _is_one_group(tokens):
        tokens = tokens[1:-1]
    return tokens


def _is_one_group(tokens: list[Token]) -> bool:
    """Whether the first brace is closed by the last one."""
    depth = 0
    for token in tokens[:-1]:
        depth += {"{": 1, "}": -1}.get(token.kind, 0)
        if depth == 0:
            return False
    return True
