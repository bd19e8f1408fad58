"""The package and the single file: what is exported builds and runs alone, drift is found."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from codegen.c.modules import RUNTIME as OURS
from codegen.generate import ROOT
from codegen.numpy.emit import RUNTIME as BELOW
from codegen.single_file import NothingToExport, export

USE = """
import sys, warnings
warnings.simplefilter("error" if sys.argv[1] == "compiled" else "ignore")
import numpy as np, k
x = np.linspace(-2, 2, 15, dtype="f4").reshape(3, 5)
assert np.abs(k.softmax(x).sum(-1) - 1).max() < 1e-6
assert abs(float(k.cross_entropy(np.zeros(4), 1)) - np.log(4)) < 1e-15
try:
    k.cross_entropy(x, np.array([0, 1, 5]))
except ValueError as error:
    print(error)
print(sorted(m for m in ("sympy", "codegen", "symcheck", "formulas") if m in sys.modules))
print(k._SOFTMAX_C.loaded["f"] is not None)
"""


@pytest.fixture(scope="module")
def text() -> str:
    return export(["act.softmax", "loss.cross_entropy"], "c")


@pytest.mark.parametrize("how", ["compiled", "not compiled"])
def test_an_exported_file_needs_numpy_alone(how: str, text: str, tmp_path: Path) -> None:
    """Built where it runs; without a compiler the same functions, whose NumPy kernels stand in it too."""
    (tmp_path / "k.py").write_text(text, encoding="utf-8")
    environment = {**os.environ, "SYMCHECK_C_CACHE": str(tmp_path / "objects"), "PYTHONPATH": ""}
    if how == "not compiled":
        environment["CC"] = "false"
    found = subprocess.run(
        [sys.executable, "-c", USE, how], capture_output=True, text=True, cwd=tmp_path, env=environment
    )
    assert found.stderr == ""
    assert found.stdout.splitlines() == [
        "cross_entropy: target holds 5, expected 0 <= target < 5",
        "[]",
        str(how == "compiled"),
    ]
    assert "C compiler" in text[:600] and "$SYMCHECK_C_CACHE" in text[:600]  # how to use it


def test_kernels_that_c_has_not_cannot_be_exported_alone() -> None:
    with pytest.raises(NothingToExport, match="c has no form yet of rope: the angles are the same"):
        export(["llm.rope"], "c")


def test_the_parts_of_a_single_file_do_not_share_names() -> None:
    """A name of the compiled part that the NumPy part uses would change what that does."""

    def names(text: str) -> set[str]:
        found: set[str] = set()
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                found |= {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
        return found - {"__all__", "ndarray"}

    parts = [ROOT / "c_kernels" / f"_{p}.py" for p in OURS]
    parts += [ROOT / "numpy_kernels" / f"_{p}.py" for p in BELOW]
    seen: dict[str, Path] = {}
    for part in parts:
        for name in names(part.read_text(encoding="utf-8")):
            if part.parent.name == "c_kernels" or seen.get(name, part).parent.name == "c_kernels":
                assert name not in seen, (name, part, seen[name])
            seen.setdefault(name, part)
    assert len(seen) > 100
