"""Output formats of ``symcheck check``, one file each; SARIF, JUnit and annotations become further lines."""

from __future__ import annotations

from collections.abc import Callable

from symcheck.gate.model import Report
from symcheck.gate.outputs.json_report import render_json
from symcheck.gate.outputs.text_report import render_text

FORMATS: dict[str, Callable[[Report], str]] = {"text": render_text, "json": render_json}

__all__ = ["FORMATS", "render_json", "render_text"]
