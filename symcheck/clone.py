"""The clone of the repository that symcheck runs from: some commands write into it."""

from __future__ import annotations

from pathlib import Path

import click

ROOT = Path(__file__).parents[1]


def required(command: str) -> None:
    """Raise ``UsageError`` where symcheck is an installed copy, whose folder is no place to write to."""
    if not (ROOT / "pyproject.toml").is_file():
        raise click.UsageError(
            f"symcheck {command} is for a clone of symcheck's repository; this is a copy installed in {ROOT}"
        )
