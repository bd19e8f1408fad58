"""Files that the documentation and docstrings name are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = (
    "formulas",
    "symcheck",
    "codegen",
    "generated",
    "tests",
    "docs",
    "benchmarks",
    "prove",
    "latex",
    "gate",
)
PATH = re.compile(rf"`((?:{'|'.join(ROOMS)})/[\w./-]*)`")
MADE = ("benchmarks/results/", "docs/notes.md")
"""What a run on a GPU writes, and what an example writes."""


def missing(text: str) -> Iterator[str]:
    """The paths that ``text`` names from the top, or below ``symcheck``, and that are not there."""
    for m in PATH.finditer(text):
        if not m[1].startswith(MADE) and not any((ROOT / at / m[1]).exists() for at in ("", "symcheck")):
            yield m[1]


@pytest.mark.parametrize(
    "place", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs", *ROOMS[:3], "tests"]
)
def test_named_files_are_there(place: str) -> None:
    top = ROOT / place
    files = [top] if top.is_file() else [*top.rglob("*.md"), *top.rglob("*.py")]
    assert files
    lost = {
        f"{file.relative_to(ROOT)}: {path}"
        for file in files
        if not file.is_relative_to(ROOT / "tests" / "fuzz" / "corpus") and file != Path(__file__)
        for path in missing(file.read_text(encoding="utf-8"))
    }
    assert not lost


def test_a_lost_file_is_noticed() -> None:
    named = "`symcheck/judge.py`, ``prover/rules.py``, ``gate/judge.py``, `docs/lost.md`, ``tests/lost/``"
    assert list(missing(named)) == ["docs/lost.md", "tests/lost/"]
