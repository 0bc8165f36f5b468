"""Commands of TeX that are read in a way of their own: a row of the table at the end for each."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from symbptt.documents.formulas import InputError
from symbptt.documents.tex_macros import DEFINITIONS, GLOBAL, IF_NEW, LONGEST, Macro
from symbptt.documents.tex_scan import Frame, Scan
from symbptt.documents.tex_tables import ARGUMENTS, BRANCH, FILE_NAME, HEADINGS, IMPORTS, NEW_IF, NOTE, PICKED
from symbptt.documents.tex_words import spoken


def _heading(scan: Scan, token: re.Match[str]) -> int:
    if scan.math is not None:
        return token.end() if scan.math.closing == "$" else scan.abandon(scan.math, token.start())
    return scan.heading_at(token.start(), scan.groups.behind(token.end(), 0), HEADINGS.index(token[0].rstrip("*")) + 1)


def _definition(scan: Scan, token: re.Match[str]) -> int:
    kind = scan.all.macros.definers.get(token[0], token[0])
    macro, end = DEFINITIONS[kind](scan.text, token.end(), scan.groups)
    if macro is None:
        return token.end()
    macros = scan.all.macros
    if kind not in IF_NEW or macro.name not in macros.current:
        if scan.frames and kind not in GLOBAL:
            frame = scan.frames[-1]
            frame.saved = frame.saved or {}
            frame.saved.setdefault(macro.name, macros.current.get(macro.name))
        macros.define(macro.name, macro, len(scan.all.items))
    return scan.hide(token.start(), end)


def _new_environment(scan: Scan, token: re.Match[str]) -> int:
    at = token.end() + scan.text.startswith("*", token.end())
    name = scan.groups.group(at)
    begin = scan.groups.group(scan.groups.behind(name[1] + 1, 0)) if name else None
    end = scan.groups.group(begin[1] + 1) if begin else None
    if name is None or begin is None or end is None:
        return token.end()
    count = ARGUMENTS.match(scan.text, name[1] + 1)
    macro = Macro("", scan.text[slice(*begin)][:LONGEST], int(count[1]) if count else 0)
    structure = scan.all.macros.structure(macro)
    spelled = scan.text[slice(*name)].strip()
    scan.all.macros.environments.pop(spelled, None)
    if structure is not None and structure.kind in ("open", "toggle"):
        scan.all.macros.environments[spelled] = structure
    return scan.hide(token.start(), end[1] + 1)


def _condition(scan: Scan, token: re.Match[str]) -> int:
    holds = scan.all.conditions[token[0][1:]]
    if holds is False:
        end, branch = _branch(scan, token.end())
        if branch == "else":
            scan.branches.append(True)
        elif not branch:
            scan.error(f"`{token[0]}` is never closed; write `\\fi` behind what it takes out", token.start())
        return scan.hide(token.start(), end)
    scan.branches.append(holds)
    return token.end()


def _branch(scan: Scan, at: int) -> tuple[int, str]:
    """The end of a branch that is left out, and whether `else` or `fi` ends it."""
    depth = 0
    for found in BRANCH.finditer(scan.text, at):
        branch = found["branch"]
        if (branch == "fi" and depth == 0) or (branch == "else" and depth == 0):
            return found.end(), branch
        depth += 1 if branch in scan.all.conditions else -1 if branch == "fi" else 0
    return len(scan.text), ""


def _else(scan: Scan, token: re.Match[str]) -> int:
    if scan.branches and scan.branches[-1]:
        scan.branches.pop()
        at, branch = _branch(scan, token.end())
        while branch == "else":
            at, branch = _branch(scan, at)
        return scan.hide(token.start(), at)
    return token.end()


def _fi(scan: Scan, token: re.Match[str]) -> int:
    if scan.branches:
        scan.branches.pop()
    return token.end()


def _new_if(scan: Scan, token: re.Match[str]) -> int:
    """`\\newif\\ifshort`, then `\\shorttrue`: a condition that is known."""
    name = NEW_IF.match(scan.text, token.end())
    if name is None:
        return token.end()
    scan.all.conditions["if" + name[1]] = False
    scan.all.switches |= {f"\\{name[1]}true": ("if" + name[1], True), f"\\{name[1]}false": ("if" + name[1], False)}
    return scan.hide(token.start(), name.end())


def _scope(scan: Scan, token: re.Match[str]) -> int:
    scan.push(Frame("\\endgroup", token.start(), token.end()))
    return token.end()


def _end_of_scope(scan: Scan, token: re.Match[str]) -> int:
    if scan.frames and scan.frames[-1].closing == "\\endgroup":
        scan.pop()
    return token.end()


def _bracket(scan: Scan, token: re.Match[str]) -> int:
    return scan.formula_opens(token, {"\\[": "\\]", "\\(": "\\)"}[token[0]], token.end(), token[0] == "\\[")


def _ensured(scan: Scan, token: re.Match[str]) -> int:
    inner = scan.groups.group(token.end())
    if scan.math is not None or scan.quiet or inner is None:
        return token.end()
    scan.flush(token.start())
    scan.add(*inner, False, ())
    scan.words_at = inner[1] + 1
    return inner[1] + 1


def _picked(scan: Scan, token: re.Match[str]) -> int:
    """`\\verb|…|`, `\\lstinline{…}`."""
    found = PICKED.match(scan.text, token.start())
    at = found.end() if found else token.end()
    at = scan.groups.behind(at, 1) if token[0] == "\\mintinline" else at
    if scan.text.startswith("{", at):
        return scan.hide(token.start(), scan.groups.behind(at, 1))
    line_end = scan.text.find("\n", at)
    end = scan.text.find(scan.text[at : at + 1], at + 1, line_end if line_end >= 0 else len(scan.text))
    return scan.hide(token.start(), end + 1) if end > at else token.end()


def _words_between(scan: Scan, token: re.Match[str]) -> int:
    """`\\intertext{…}`: the rows before and behind it are displays of their own."""
    words = scan.groups.group(token.end())
    math = scan.math
    if math is None or scan.frames[-1] is not math or words is None:
        return token.end()
    math.whole = False
    scan.formula_ends(math.closing, token.start(), words[0])
    scan.push(Frame("}", words[0] - 1, words[0], resumes=math))
    return words[0]


def _two_spellings(scan: Scan, token: re.Match[str]) -> int:
    """`\\texorpdfstring{$W$}{W}`: the second is for places without formulas."""
    first = scan.groups.group(token.end())
    second = scan.groups.group(first[1] + 1) if first else None
    if second:
        scan.jumps[second[0] - 1] = second[1] + 1
    return token.end()


def _title(scan: Scan, token: re.Match[str]) -> int:
    title = scan.groups.group(scan.groups.behind(token.end(), 0))
    if title is None or scan.math is not None:
        return token.end()
    scan.all.title = scan.all.title or " ".join(spoken(NOTE.split(scan.text[slice(*title)][:500])[0], scan.all.macros.words).split())
    return scan.hide(token.start(), title[1] + 1)


def _input(scan: Scan, token: re.Match[str]) -> int:
    """`\\input{name}`, `\\input name`, `\\import{folder}{name}`."""
    if scan.math is not None:
        return token.end()
    first = scan.groups.group(token.end())
    bare = FILE_NAME.match(scan.text, token.end()) if first is None else None
    name = scan.text[slice(*first)].strip() if first else bare["name"] if bare else ""
    end = first[1] + 1 if first else bare.end() if bare else token.end()
    folders = [""]
    if token[0] in IMPORTS:
        second = scan.groups.group(end)
        if second is None:
            return token.end()
        name, end = posixpath.join(name, scan.text[slice(*second)].strip()), second[1] + 1
    here = posixpath.dirname(_beside(scan))
    folders = [here] if token[0].startswith("\\sub") and token[0] in IMPORTS else ["", here] if here else [""]
    scan.flush(token.start())
    scan.words_at = end
    spelled = [name] if name.endswith(".tex") else [name + ".tex", name]
    _include(scan, token, name, [posixpath.join(folder, spelling) for folder in folders for spelling in spelled], quiet=False)
    return end


def _package(scan: Scan, token: re.Match[str]) -> int:
    """`\\usepackage{local}`: the macros of one that lies below the document's folder."""
    at = scan.groups.behind(token.end(), 0)
    names = scan.groups.group(at)
    if names is None or scan.math is not None:
        return at
    suffix = ".cls" if "lass" in token[0] else ".sty"
    for name in scan.text[slice(*names)][:2000].split(","):
        if name.strip():
            _include(scan, token, name.strip(), [name.strip() + suffix], quiet=True)
    return scan.hide(token.start(), names[1] + 1)


def _beside(scan: Scan) -> str:
    """The path of this file from the document's folder; empty for the document."""
    return posixpath.relpath(scan.shown, scan.all.files.shown or ".") if scan.shown else ""


def _include(scan: Scan, token: re.Match[str], name: str, names: list[str], *, quiet: bool) -> None:
    line = scan.lines.place(token.start())[0]
    files = scan.all.files
    try:
        found = files.read(f"{token[0]}{{{name[:80]}}}", names, path=scan.path, line=line, quiet=quiet)
    except InputError as error:
        scan.all.error(error)
        return
    if found is None:
        return
    files.open.append(found.place)
    Scan(scan.all, found.text, found.path, found.path, quiet=quiet or scan.quiet).run()
    files.open.pop()


#: A command of TeX to how it is read.
COMMANDS: Final[Mapping[str, Callable[[Scan, re.Match[str]], int]]] = MappingProxyType(
    {
        **dict.fromkeys(DEFINITIONS, _definition),
        **dict.fromkeys(("\\[", "\\("), _bracket),
        **dict.fromkeys(HEADINGS, _heading),
        **dict.fromkeys(("\\verb", "\\lstinline", "\\mintinline"), _picked),
        **dict.fromkeys(("\\input", "\\include", "\\subfile", "\\subfileinclude", "\\InputIfFileExists", *IMPORTS), _input),
        **dict.fromkeys(("\\usepackage", "\\RequirePackage", "\\documentclass", "\\documentstyle", "\\LoadClass"), _package),
        **dict.fromkeys(("\\newenvironment", "\\renewenvironment"), _new_environment),
        **dict.fromkeys(("\\begingroup", "\\bgroup"), _scope),
        **dict.fromkeys(("\\endgroup", "\\egroup"), _end_of_scope),
        "\\ensuremath": _ensured,
        "\\texorpdfstring": _two_spellings,
        "\\intertext": _words_between,
        "\\shortintertext": _words_between,
        "\\title": _title,
        "\\endinput": Scan.end_of_input,
        "\\newif": _new_if,
        "\\if": _condition,  # stands for every condition
        "\\else": _else,
        "\\fi": _fi,
    }
)
