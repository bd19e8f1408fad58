"""One self-contained file with chosen kernels, to drop into another project."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from codegen.generate import kernel_programs
from codegen.licences import Licensing
from codegen.procedures import procedures_of
from codegen.targets import UnsupportedError, targets
from formulas.catalog import catalog
from formulas.kernels import kernels
from symcheck.files import write_whole


class NothingToExport(ValueError):
    """The chosen formulas have no kernels, or the target is unknown; the message says which."""


def export(ids: Sequence[str], target: str, licensing: Licensing | None = None) -> str:
    """The text of one module with the kernels of the formulas ``ids``; it needs no SymPy.

    Raises ``KeyError`` naming near ids for an unknown formula, ``NothingToExport`` otherwise.
    """
    known = {name: t for name, t in targets().items() if t.standalone}
    if target not in known:
        raise NothingToExport(f"nothing to export for {target!r}; the targets are {', '.join(sorted(known))}")
    ids = list(dict.fromkeys(ids))
    kernels, procedures = kernel_programs(ids, licensing), procedures_of(ids)
    if not kernels and not procedures:
        raise NothingToExport(_without_kernels(ids))
    missing = dict(known[target].not_yet(kernels))
    missing |= {name: known[target].without[name] for name in procedures if name in known[target].without}
    if missing:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in missing.items())
        raise NothingToExport(f"{target} has no form yet of {reasons} (the target numpy has all)")
    try:
        return known[target].single_file(kernels, procedures)
    except UnsupportedError as error:
        raise NothingToExport(str(error)) from None


def _without_kernels(ids: Sequence[str]) -> str:
    """What to say of formulas from which no kernel is derived: whose kernels may be meant."""
    entries, with_kernels = catalog(), kernels()
    near = dict.fromkeys(other for i in ids for other in entries[i].see_also if other in with_kernels)
    hint = f"; see {', '.join(near)}" if near else ""
    return f"{', '.join(ids)}: no kernels to export{hint}"


def export_file(ids: Sequence[str], target: str, place: Path, licensing: Licensing | None = None) -> None:
    """Writes ``export(...)`` to ``place``, whole or not at all."""
    write_whole(place, export(ids, target, licensing))
