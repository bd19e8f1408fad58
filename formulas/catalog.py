"""All entries, in the order of the sheet, and look-up by id."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from functools import cache

import formulas
from formulas.schema import Claim, Formula, FormulaError

_OWN: list[Formula] = []


def add(entries: Iterable[Formula]) -> None:
    """Take in entries of another catalog, for this process.  ``FormulaError`` if an id is taken."""
    taken = dict(catalog())
    for entry in entries:
        if entry.id in taken:
            raise FormulaError(f"{entry.id} ({entry.place}): this id is taken by {taken[entry.id].place}")
        taken[entry.id] = entry
        _OWN.append(entry)
    catalog.cache_clear()


@cache
def catalog() -> dict[str, Formula]:
    """Every formula by id: the tuple ``FORMULAS`` of each module ``formulas.sNN_*``, and what was added."""
    found: dict[str, Formula] = {}
    for info in sorted(pkgutil.iter_modules(formulas.__path__), key=lambda m: m.name):
        if not info.name.startswith("s") or not info.name[1:3].isdigit():
            continue
        module = importlib.import_module(f"formulas.{info.name}")
        for entry in module.FORMULAS:
            if entry.id in found:
                raise FormulaError(f"{entry.id} ({entry.place}): this id is taken by {found[entry.id].place}")
            if entry.section != int(info.name[1:3]):
                raise FormulaError(f"{entry.id} ({entry.place}): section {entry.section} belongs elsewhere")
            found[entry.id] = entry
    found |= {entry.id: entry for entry in _OWN}
    for entry in found.values():
        for other in entry.see_also:
            if other not in found:
                raise FormulaError(f"{entry.id} ({entry.place}): see_also names {other}, which is missing")
    return found


def get(formula_id: str) -> Formula:
    """The formula with this id; ``KeyError`` naming the nearest ids if there is none."""
    entries = catalog()
    if formula_id in entries:
        return entries[formula_id]
    near = difflib.get_close_matches(formula_id, entries, n=3, cutoff=0.4)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    raise KeyError(f"no formula {formula_id!r}{hint}")


def claims() -> Iterator[tuple[Formula, Claim]]:
    """Every claim with the formula it belongs to."""
    for entry in catalog().values():
        for claim in entry.claims:
            yield entry, claim
