"""Is it true?  Proofs, counterexamples, and the gate for documents.

``prove``, ``check_text`` and ``check_paths`` are what scripts and notebooks call (``symcheck.api``).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symcheck.api import Judgements, check_paths, check_text, prove

__all__ = ["Judgements", "check_paths", "check_text", "prove"]


def __getattr__(name: str) -> Any:
    """The API, imported when it is first used: a worker or a command needs no more than its own part."""
    if name in __all__:
        return getattr(import_module("symcheck.api"), name)
    raise AttributeError(f"module 'symcheck' has no attribute {name!r}")
