"""docs/trust.md says what the checker uses, no more and no less."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from symcheck.prover.listing import PAGE, page
from symcheck.prover.rules import RULES

ROOT = Path(__file__).parents[2]
START = "symcheck.prover.checker"
DATA = {"symcheck.prover.derivation", "symcheck.prover.report"}
"""What a derivation and a report are: there is nothing in them to believe."""
WORDS = re.compile(r"formulas\b(?!\.check)|symcheck\.terms\.printing|symcheck\.(prover|terms)(\.kinds)?$")
"""The vocabulary of statements, how they are shown, and what packages say of themselves."""
REASONING = {
    "simplify", "nsimplify", "factor", "expand", "diff", "doit", "solve", "limit", "integrate", "series",
    "evalf", "subs", "cancel", "together", "equals", "refine", "is_zero", "N",
}  # fmt: skip


def source(module: str) -> Path | None:
    path = ROOT / module.replace(".", "/")
    return next((p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()), None)


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def trusted() -> dict[str, ast.Module]:
    """The modules that the checker is made of."""
    found: dict[str, ast.Module] = {}
    todo = [START]
    while todo:
        module = todo.pop()
        path = source(module)
        if module not in found and path is not None and module != "symcheck.prover":
            found[module] = ast.parse(path.read_text(encoding="utf-8"))
            todo += imports(found[module])
    return found


def test_the_page_is_what_the_rules_are() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m symcheck.prover.listing"


def test_every_rule_is_on_the_page() -> None:
    assert all(f"`{name}`" in page() for name in RULES)


def test_every_module_of_the_checker_is_named() -> None:
    modules = {m for m in trusted() if m not in DATA and not WORDS.match(m)}
    assert len(modules) > 20
    named = {m for m in modules if f"{m.rpartition('.')[2]}.py`" in page() or ".kinds." in m}
    assert named == modules


def test_the_checker_has_nothing_of_the_search() -> None:
    """None of the modules that find derivations, and nothing of SymPy that reasons."""
    modules = trusted()
    searching = {
        "tactics",
        "normalise",
        "polynomial",
        "templates",
        "search",
        "recorder",
        "analysis",
        "branches",
    }
    assert not searching & {m.rpartition(".")[2] for m in modules}
    for module, tree in modules.items():
        if module.startswith("formulas"):
            continue
        called = {
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
        }
        assert not called & REASONING, (module, called & REASONING)
