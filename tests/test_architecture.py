"""One way through: a module imports only from earlier stages, and nothing of a document is evaluated as code."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "symbptt"

#: Stages in order; a name stands for a module or a folder. Modules of one stage may import one another.
STAGES = (
    ("recheck", "certificate_text"),
    ("functions", "graph"),
    ("latex", "problem", "verdict"),
    ("index",),
    ("engines", "corner", "unroll", "unrolled"),
    ("reading", "specification", "partial", "inequalities", "adjoint", "witness"),
    ("inference",),
    ("settings", "trial", "show"),
    ("proof",),
    ("evaluate", "conjecture", "lettered", "undifferentiated", "first_order", "path_sums"),
    ("repair",),
    ("certificate",),
    ("meant",),
    ("judge",),
    ("workers", "rules", "cache"),
    ("documents", "report"),
    ("derivation",),
    ("api", "export", "train"),
    ("config",),
    ("testing", "commands", "cli"),
    ("__main__",),
)

#: Files that may be longer than others: the checker of certificates runs alone, and so is one file.
LONGER = {"recheck.py": 1300}


def stage(module: str) -> int:
    return next(i for i, names in enumerate(STAGES) if module.split(".")[0] in names)


def imports(path: Path) -> set[str]:
    """The modules of the package that a file imports, without the package's name."""
    package = path.relative_to(PACKAGE).parent.parts
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            if node.level:
                base = package[: len(package) - node.level + 1]
                found.add(".".join([*base, node.module] if node.module else [*base, node.names[0].name]))
            elif node.module and node.module.startswith("symbptt."):
                found.add(node.module.removeprefix("symbptt."))
    return found


def test_a_module_imports_only_from_its_own_stage_or_earlier_ones() -> None:
    for path in sorted(PACKAGE.rglob("*.py")):
        own = ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
        if own == "__init__":
            continue
        for module in imports(path):
            assert stage(module) <= stage(own), f"{own} imports {module}, which comes later in the way"


def test_the_checker_of_certificates_imports_nothing_of_the_package() -> None:
    tree = ast.parse((PACKAGE / "recheck.py").read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_no_text_is_ever_evaluated() -> None:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"eval", "exec", "sympify", "parse_expr"}, path


def test_files_can_be_read_in_one_sitting() -> None:
    for path in PACKAGE.rglob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGER.get(path.relative_to(PACKAGE).as_posix(), 600), path
