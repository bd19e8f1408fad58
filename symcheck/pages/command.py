"""``symcheck docs``: writes the generated pages, or says which of them are out of date."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from symcheck.cache.store import Store
from symcheck.clone import ROOT, required
from symcheck.files import write_whole
from symcheck.pages.cheatsheet import cheatsheet
from symcheck.pages.errata import errata, subjects
from symcheck.prover.listing import page as trust
from symcheck.run import run

DOCS = ROOT / "docs"


def _errata() -> str:
    rows = subjects()
    judged = run([f"{f.id}/{c.name}" for _, f, c in rows], store=Store())
    return errata([(lines, j) for (lines, *_), j in zip(rows, judged, strict=True)])


PAGES: dict[str, Callable[[], str]] = {"cheatsheet.md": cheatsheet, "errata.md": _errata, "trust.md": trust}


def differences(folder: Path = DOCS) -> list[str]:
    """Names of the pages in ``folder`` that are not what the catalog gives now."""
    out = []
    for name, text in PAGES.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text():
            out.append(name)
    return out


@click.command("docs")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a page is out of date.")
def docs(check: bool) -> None:
    """Write the pages of docs/ that are made from the catalog: sheet, errata, what one must believe."""
    required("docs")
    if check:
        found = differences()
        for name in found:
            click.echo(f"docs/{name} is out of date; `symcheck docs` writes it", err=True)
        sys.exit(1 if found else 0)
    for name, text in PAGES.items():
        write_whole(DOCS / name, text())
        click.echo(f"docs/{name}")
