"""What a result depends on besides its question: the sources that found it, and the libraries below them.

The hash of these goes into every key, so that what another version found is not even looked at.
"""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIBRARIES = ("sympy", "python-flint")
ENGINE = (
    "formulas/language.py", "formulas/check.py", "formulas/schema.py", "symcheck/terms", "symcheck/prover",
    "symcheck/refute", "symcheck/cache",
)  # fmt: skip
"""Definitions, rules, prover, checker and falsifier: all on which the judgement of a claim depends."""


@cache
def fingerprint(*paths: str) -> str:
    """A hash of the Python sources under ``paths`` (relative to the packages' folder) and of the versions
    of what they are built on.  ``FileNotFoundError`` for a path without sources."""
    found = hashlib.blake2b(digest_size=16)
    found.update(f"python {sys.version_info[:2]}".encode())
    for name in LIBRARIES:
        found.update(f"{name} {version(name)}".encode())
    for path in paths:
        files = sorted((ROOT / path).rglob("*.py")) if (ROOT / path).is_dir() else [ROOT / path]
        if not files:
            raise FileNotFoundError(f"no sources under {path}")
        for file in files:
            found.update(f"\n{file.relative_to(ROOT).as_posix()}\n".encode())
            found.update(file.read_bytes())
    return found.hexdigest()


def engine() -> str:
    """The fingerprint of prover, checker and falsifier."""
    return fingerprint(*ENGINE)
