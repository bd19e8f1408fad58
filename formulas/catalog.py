"""All entries, in the order of the sheet, and look-up by id."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import formulas
from formulas.compiled import ENTRIES
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
def modules() -> tuple[str, ...]:
    """The modules ``formulas.sNN_*``, in the order of the sheet."""
    names = sorted(info.name for info in pkgutil.iter_modules(formulas.__path__))
    return tuple(name for name in names if name.startswith("s") and name[1:3].isdigit())


@cache
def entries(module: str) -> tuple[Formula, ...]:
    """The tuple ``FORMULAS`` of one module.  What an entry says is built when its module is imported, unless
    it is there in compiled form: who needs a few of them leaves the others alone."""
    name = f"formulas.{module}"
    found: tuple[Formula, ...] | None = None if name in sys.modules else ENTRIES.load(module)
    if found is None:
        found = importlib.import_module(name).FORMULAS
        ENTRIES.keep(module, found)
    for entry in found:
        if entry.section != int(module[1:3]):
            raise FormulaError(f"{entry.id} ({entry.place}): section {entry.section} belongs elsewhere")
    return found


@cache
def catalog() -> dict[str, Formula]:
    """Every formula by id: those of all modules, and what was added."""
    found: dict[str, Formula] = {}
    for module in modules():
        for entry in entries(module):
            if entry.id in found:
                raise FormulaError(f"{entry.id} ({entry.place}): this id is taken by {found[entry.id].place}")
            found[entry.id] = entry
    found |= {entry.id: entry for entry in _OWN}
    for entry in found.values():
        for other in entry.see_also:
            if other not in found:
                raise FormulaError(f"{entry.id} ({entry.place}): see_also names {other}, which is missing")
    return found


def get(formula_id: str) -> Formula:
    """The formula with this id; ``KeyError`` naming the nearest ids if there is none."""
    for entry in _OWN:
        if entry.id == formula_id:
            return entry
    module = home(formula_id)
    if module is not None:
        return next(entry for entry in entries(module) if entry.id == formula_id)
    near = difflib.get_close_matches(formula_id, catalog(), n=3, cutoff=0.4)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    raise KeyError(f"no formula {formula_id!r}{hint}")


@cache
def home(formula_id: str) -> str | None:
    """The module that has the formula with this id: those in whose text it stands are asked first."""
    likely = sorted(modules(), key=lambda module: formula_id not in _text(module))
    return next((m for m in likely if any(entry.id == formula_id for entry in entries(m))), None)


@cache
def _text(module: str) -> str:
    return (Path(__file__).parent / f"{module}.py").read_text(encoding="utf-8")


def size(module: str) -> int:
    """How long its text is, in characters: about how long it takes to work through its claims."""
    return len(_text(module)) if module else 0


def claims() -> Iterator[tuple[Formula, Claim]]:
    """Every claim with the formula it belongs to."""
    for entry in catalog().values():
        for claim in entry.claims:
            yield entry, claim
