"""Scripts in front of a name made part of it: `{}_S W^l` ⇒ the name `{}_{S}W` with the script `l`."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from symbptt.latex.tokens import Token

_SIGNS = frozenset({"_", "^"})
_BEGINS = _SIGNS | {"{"}
# What never carries a script itself, so that one behind it belongs to what follows.
_BEFORE = frozenset({"relation", "sign", "times", "open", "{", "row", "&", ",", ";", "quad", "implies"})
_LABELS = frozenset({"name", "number", ","})


def with_left_scripts(tokens: list[Token], declared: Collection[str]) -> list[Token]:
    """The tokens with each left script in the name behind it; `declared` are names that may also stand behind another quantity.

    Nothing else tells `a {}_S w` from `a_S w`, nor `{}^t A`, a transpose for some, from a name.
    """
    if not any(token.kind in _SIGNS for token in tokens):
        return tokens
    done: list[Token] = []
    at = 0
    while at < len(tokens):
        if tokens[at].kind not in _BEGINS:
            done.append(tokens[at])
            at += 1
            continue
        found = _left_scripted(tokens, at, done, declared)
        if found is None and _only_spaces(tokens, at, done):
            at += 2
        elif found is None:
            done.append(tokens[at])
            at += 1
        else:
            name, at = found
            done.append(name)
    return done


def _left_scripted(tokens: Sequence[Token], at: int, done: Sequence[Token], declared: Collection[str]) -> tuple[Token, int] | None:
    """The name whose left scripts begin here, and where it ends."""
    start = tokens[at]
    empty = start.kind == "{" and at + 1 < len(tokens) and tokens[at + 1].kind == "}"
    at += 2 if empty else 0
    first = at
    label = ""
    while at + 1 < len(tokens) and tokens[at].kind in _SIGNS:
        inner, behind = _script(tokens, at + 1)
        if not inner or not all(token.kind in _LABELS for token in inner):
            return None
        label += f"{tokens[at].kind}{{{''.join(_spelled(inner))}}}"
        at = behind
    if at == first or at >= len(tokens) or tokens[at].kind != "name":
        return None
    name = f"{{}}{label}{tokens[at].text}"
    free = not done or done[-1].kind in _BEFORE or done[-1].text == "\\partial" or _is_differential(done)
    if name not in declared and not (free and all(token.kind != "^" for token in tokens[first:at])):
        return None
    return (tokens[at]._replace(text=name, start=start.start), at + 1) if empty or free else None


def takes_argument(before: str) -> bool:
    """Whether `{}` may be an empty argument, or carry a script by itself."""
    return before in ("^", "_", "command", "}", "name")


def _only_spaces(tokens: Sequence[Token], at: int, done: Sequence[Token]) -> bool:
    """`{}` of `2{}_i`, which is `2_i`."""
    empty = [token.kind for token in tokens[at : at + 2]] == ["{", "}"]
    return empty and at + 2 < len(tokens) and tokens[at + 2].kind in _SIGNS and not takes_argument(done[-1].kind if done else "")


def _is_differential(done: Sequence[Token]) -> bool:
    """The d of `\\frac{d z}{d {}_T w}`."""
    return done[-1].text == "d" and len(done) > 1 and done[-2].kind == "{"


def _script(tokens: Sequence[Token], at: int) -> tuple[Sequence[Token], int]:
    """The tokens of a script, and where it ends."""
    if tokens[at].kind != "{":
        return tokens[at : at + 1], at + 1
    end = next((index for index in range(at, len(tokens)) if tokens[index].kind == "}"), at)
    return tokens[at + 1 : end], end + 1


def _spelled(tokens: Sequence[Token]) -> list[str]:
    """Names with a space behind a macro, so that it does not run into the next."""
    return [f"{token.text} " if token.text.startswith("\\") and token.text[-1:].isalpha() else token.text for token in tokens]
