"""Each promise of SECURITY.md names its tests, and these exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROMISED = (
    (ROOT / "SECURITY.md").read_text().split("## Promised for documents")[1].split("## Not promised")[0]
)
PROMISES = {m[1]: m[0] for m in re.finditer(r"^- \*\*(.+?)\.\*\*.*?(?=^- |\Z)", PROMISED, re.M | re.S)}

READERS = ("symcheck/gate", "symcheck/latex")
"""What the text of documents goes through."""
EVALUATES = frozenset({
    "eval", "exec", "compile", "sympify", "S", "parse_expr", "parse_latex", "__import__", "lambdify",
    "system", "popen", "Popen",
})  # fmt: skip
MODULES = frozenset(
    {"pickle", "marshal", "shelve", "subprocess", "ctypes", "socket", "urllib.request", "code"}
)


def test_there_are_promises() -> None:
    assert len(PROMISES) >= 6


@pytest.mark.parametrize("name", PROMISES)
def test_a_promise_names_tests_that_exist(name: str) -> None:
    _, tests = re.sub(r"\s+", " ", PROMISES[name]).split("Tests: ")
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", tests)
    assert named
    for file, function in named:
        text = (ROOT / file).read_text()
        assert f"def {function or 'test_'}" in text, f"{file} has no {function}"


def evaluations(text: str) -> list[str]:
    """Calls and imports in Python source that could run a text, or reach outside."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            # a method of ours or of ``re`` may have such a name
            plain = not isinstance(called, ast.Attribute) or ast.unparse(called.value) in (
                "sp",
                "sympy",
                "os",
                "builtins",
            )
            if name in EVALUATES and plain:
                found.append(f"{name} on line {node.lineno}")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            found += [
                f"import {n} on line {node.lineno}"
                for n in names
                if not MODULES.isdisjoint((n, n.split(".")[0]))
            ]
    return found


def test_readers_call_nothing_that_evaluates() -> None:
    files = [f for folder in READERS for f in (ROOT / folder).rglob("*.py")]
    assert len(files) > 60
    found = {str(f.relative_to(ROOT)): e for f in files if (e := evaluations(f.read_text()))}
    assert found == {}


@pytest.mark.parametrize(
    "text", ["eval(x)", "sp.sympify(x)", "sympify(x)", "import pickle", "os.system(x)",
             "from urllib.request import urlopen"]
)  # fmt: skip
def test_what_evaluates_is_noticed(text: str) -> None:
    assert evaluations(text)
