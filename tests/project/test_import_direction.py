"""formulas <- symcheck <- codegen, and generated knows none of them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("formulas", "symcheck", "codegen", "generated")
MAY_IMPORT = {
    "formulas": {"formulas"},
    "symcheck": {"formulas", "symcheck"},
    "codegen": {"formulas", "symcheck", "codegen", "generated"},
    "generated": {"generated"},
}
OUTSIDE_FOR_GENERATED = {"numpy", "scipy", "cupy", "cupy_backends", "cupyx"}
OUTSIDE_FOR_GENERATED |= {"__future__", "typing", "collections"}


def imported(source: str) -> set[str]:
    """Top-level names of all modules that a source imports, wherever the import stands."""
    out: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            out |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            out.add(node.module.split(".")[0])
    return out


def violations(room: str, source: str) -> set[str]:
    return (imported(source) & set(ROOMS)) - MAY_IMPORT[room]


@pytest.mark.parametrize("room", ROOMS)
def test_imports_follow_the_arrows(room: str) -> None:
    files = sorted((ROOT / room).rglob("*.py"))
    assert files, f"{room} has no modules"
    bad = {str(f.relative_to(ROOT)): v for f in files if (v := violations(room, f.read_text()))}
    assert not bad


def test_formulas_import_nothing_but_sympy_and_the_standard_library() -> None:
    for file in (ROOT / "formulas").rglob("*.py"):
        heavy = imported(file.read_text()) & {"numpy", "scipy", "flint", "jinja2", "torch", "cupy", "mpmath"}
        assert not heavy, file


def test_generated_needs_only_numpy_scipy_or_cupy() -> None:
    import sys

    for file in (ROOT / "generated").rglob("*.py"):
        allowed = OUTSIDE_FOR_GENERATED | {"generated"}
        allowed |= {"torch"} if file.parent.name == "torch_ops" else set()
        outside = imported(file.read_text()) - set(sys.stdlib_module_names) - allowed
        assert not outside, (file, outside)


def test_a_forbidden_import_is_noticed() -> None:
    assert violations("formulas", "def f():\n    from symcheck.prover import prove") == {"symcheck"}
    assert violations("symcheck", "import codegen.ir as ir") == {"codegen"}
    assert violations("generated", "import sympy, formulas") == {"formulas"}
