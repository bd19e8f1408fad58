"""Renders the pages and puts the site in place as a whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from codegen.site.documents import DocumentPage, document_pages
from codegen.site.mathml import mathml, prose
from codegen.site.pages import Page, by_section, claim, kernels, pages
from codegen.site.plots import plots
from symcheck.gate.model import Report
from symcheck.judge import Judgement

MARKER = ".symcheck-report"
"""Says that a folder is ours to replace."""


class NotOurs(ValueError):
    """The folder holds something that this command did not write."""


def write_site(place: Path, judgements: Sequence[Judgement], checked: Report | None = None) -> int:
    """Write the site to ``place``; returns the number of pages.

    Raises ``NotOurs`` if the folder exists, is not empty and was not written by this function, and
    ``OSError`` if the site cannot be written; then what was there before is there still."""
    if place.exists() and any(place.iterdir()) and not (place / MARKER).exists():
        raise NotOurs(f"{place} holds other files; choose an empty folder or one written by this command")
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent) as made:
        new = Path(made) / "site"
        count = _render(new, judgements, checked)
        old = Path(made) / "old"
        if place.exists():
            place.rename(old)
        try:
            new.rename(place)
        except BaseException:
            if old.exists():
                old.rename(place)
            raise
    return count


def _render(place: Path, judgements: Sequence[Judgement], checked: Report | None) -> int:
    place.mkdir()
    (place / MARKER).write_text("written by symcheck report\n")
    templates = Environment(
        loader=PackageLoader("codegen.site"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    templates.filters["mathml"] = mathml
    templates.filters["prose"] = prose
    found = pages(judgements)
    documents = document_pages(checked) if checked is not None else []

    def put(name: str, template: str, **values: object) -> None:
        text = templates.get_template(template).render(documents=documents, **values)
        (place / name).write_text(text, encoding="utf-8")

    style = Path(__file__).parent / "templates" / "style.css"
    shutil.copyfile(style, place / "style.css")
    put("index.html", "index.html", sections=by_section(found), totals=_totals(judgements))
    titles = {p.formula.id: p.formula.title for p in found}
    for page in found:
        put(page.file, "formula.html", page=page, **_formula(page), titles=titles)
    for document in documents:
        put(document.file, "document.html", document=document, known=titles)
    return 1 + len(found) + len(documents)


def _formula(page: Page) -> dict[str, object]:
    return {
        "claims": [claim(j) for j in page.judgements],
        "kernels": kernels(page.formula),
        "plots": plots(page.formula),
    }


def _totals(judgements: Sequence[Judgement]) -> list[tuple[str, int]]:
    verdicts = [j.verdict.value for j in judgements]
    return [(v, verdicts.count(v)) for v in dict.fromkeys(verdicts)]


__all__ = ["DocumentPage", "NotOurs", "write_site"]
