"""Output formats of ``symcheck check``, one file each."""

from __future__ import annotations

from collections.abc import Callable

from symcheck.gate.model import Report
from symcheck.gate.outputs.github_report import render_github
from symcheck.gate.outputs.json_report import render_json
from symcheck.gate.outputs.junit_report import render_junit
from symcheck.gate.outputs.sarif_report import render_sarif
from symcheck.gate.outputs.text_report import render_text

FORMATS: dict[str, Callable[[Report], str]] = {
    "text": render_text,
    "json": render_json,
    "sarif": render_sarif,
    "junit": render_junit,
    "github": render_github,
}

__all__ = ["FORMATS", "render_github", "render_json", "render_junit", "render_sarif", "render_text"]
