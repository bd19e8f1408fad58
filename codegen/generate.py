"""Writes ``generated/`` from the catalog, or compares it with what it should be.

The output is a pure function of the catalog, the rewrites, the accuracy table and this package: no
timestamps, no machine.  ``manifest.json`` holds the hash of each file and of the claims behind it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from codegen.licences import Licensing, catalog_licensing
from codegen.pipeline import KernelPrograms, programs
from codegen.quick import EVERY
from codegen.rewriting import license_rewrites
from codegen.sections import MODULES
from codegen.targets import targets
from formulas.catalog import catalog, get
from formulas.kernels import kernels, section_of
from symcheck.files import write_whole

VERSION = 1
ROOT = Path(__file__).parent.parent / "generated"
MANIFEST = "manifest.json"
REMEDY = "symcheck generate"


@dataclass(frozen=True)
class Difference:
    """A file of ``generated/`` that is not what the catalog gives."""

    path: str
    what: str
    remedy: str = REMEDY

    def __str__(self) -> str:
        return f"generated/{self.path}: {self.what}; run `{self.remedy}`"


def kernel_programs(
    ids: Sequence[str] | None = None, licensing: Licensing | None = None
) -> list[KernelPrograms]:
    """The realised programs of the kernels of the formulas ``ids`` (of all, if ``None``).

    Raises ``KeyError`` naming near ids for an unknown one, ``RewriteRefused`` for an unlicensed rewrite.
    """
    licensing = licensing or catalog_licensing()
    rules = license_rewrites(licensing.claim_of, licensing.verdict_of, EVERY)
    known = kernels()
    chosen = known if ids is None else {i: known[i] if i in known else get(i).kernels for i in ids}
    return [
        programs(k, rules, formula=i, section=section_of(i), title=_title(i, k.name, len(listed)))
        for i, listed in chosen.items()
        for k in listed
    ]


def _title(formula: str, kernel: str, count: int) -> str:
    title = catalog()[formula].title if formula in catalog() else formula
    return title if count == 1 else f"{title} ({kernel})"


def files(licensing: Licensing | None = None) -> dict[str, str]:
    """Everything that belongs into ``generated/``: path -> text."""
    licensing = licensing or catalog_licensing()
    programs_ = kernel_programs(None, licensing)
    found: dict[str, str] = {}
    for target in targets().values():
        found.update(target.emit(programs_))
    found[MANIFEST] = _manifest(found, programs_, licensing)
    return found


def _manifest(found: Mapping[str, str], kernels: Sequence[KernelPrograms], licensing: Licensing) -> str:
    claims = sorted(
        {c for k in kernels for p in (k.forward, k.backward) if p is not None for c in p.licences}
    )
    content = {
        "version": VERSION,
        "claims": {c: _hash(_statement(licensing, c)) for c in claims},
        "not_yet": {name: dict(target.not_yet(kernels)) for name, target in targets().items()},
        "files": {path: _hash(text) for path, text in sorted(found.items())},
    }
    return json.dumps(content, indent=2) + "\n"


def _statement(licensing: Licensing, claim_id: str) -> str:
    claim = licensing.claim_of(claim_id)
    return f"{claim.lhs} {claim.relation} {claim.rhs}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def generate(
    ids: Sequence[str] | None = None,
    check: bool = False,
    *,
    root: Path = ROOT,
    licensing: Licensing | None = None,
) -> list[Difference]:
    """Brings ``root`` up to date and returns what was different; with ``check`` it only compares.

    ``ids`` restricts the comparison to the modules in which these formulas have kernels.  Files of a
    target's folder that nothing generates are differences too (and are removed).  ``KeyError`` naming near
    ids for an unknown one.
    """
    chosen = None if ids is None else {MODULES[get(i).section] for i in ids}
    wanted = files(licensing)
    found = [d for d in _compare(wanted, root) if chosen is None or Path(d.path).stem in chosen]
    if not check:
        for difference in found:
            if difference.path in wanted:
                write_whole(root / difference.path, wanted[difference.path])
            else:
                (root / difference.path).unlink()
        if found and chosen is not None:
            write_whole(root / MANIFEST, wanted[MANIFEST])
    return found


def _compare(wanted: Mapping[str, str], root: Path) -> list[Difference]:
    found = []
    for path, text in sorted(wanted.items()):
        place = root / path
        if not place.exists():
            found.append(Difference(path, "is missing"))
        elif place.read_text(encoding="utf-8") != text:
            found.append(Difference(path, "differs from what the catalog gives"))
    for target in targets().values():
        folder = root / target.folder
        for place in sorted(folder.rglob("*")) if folder.exists() else ():
            path = place.relative_to(root).as_posix()
            if place.is_file() and "__pycache__" not in path and path not in wanted:
                found.append(Difference(path, "is not generated by anything"))
    return found
