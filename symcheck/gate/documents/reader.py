"""What a reader is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from symcheck.gate.documents.located import Source
from symcheck.gate.documents.page import Page


@dataclass(frozen=True, kw_only=True)
class Reader:
    """A document format: its name, the endings of its files, and what reads a text into a page."""

    name: str
    endings: tuple[str, ...]
    read: Callable[[Source, Page], None]
