"""What was found in a document, kept for the next run under the hash of all that it depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from importlib.metadata import version
from pathlib import PurePath
from typing import Any

from symcheck.cache.fingerprint import fingerprint
from symcheck.cache.store import Store
from symcheck.gate.documents.macros import Macros
from symcheck.gate.model import Checked, Finding, Judgement, Severity, Status
from symcheck.latex import Reason

_SOURCES = (
    "formulas", "symcheck/gate", "symcheck/latex", "symcheck/terms", "symcheck/prover", "symcheck/refute",
    "symcheck/workers.py",
)  # fmt: skip
_READERS = ("markdown-it-py", "mdit-py-plugins", "docutils", "pylatexenc")
_FINDING = tuple(f.name for f in fields(Finding) if f.name != "file")


@dataclass(frozen=True)
class Row:
    """A formula of a document: its place, and what became of it.  ``judgement`` is ``None`` as long as it is
    not known, and ``silenced`` says that the author wants to hear nothing of it."""

    line: int
    column: int
    latex: str
    judgement: Judgement | None = None
    silenced: bool = False


@dataclass(frozen=True)
class Found:
    """A document as the gate saw it: its formulas, and findings about the document itself."""

    rows: tuple[Row, ...]
    flaws: tuple[tuple[Finding, bool], ...] = ()  # whether the finding stands for a formula

    @property
    def whole(self) -> bool:
        return all(row.judgement is not None or row.silenced for row in self.rows)

    def checked(self, file: str) -> list[Checked]:
        out = [
            Checked(file=file, line=r.line, column=r.column, latex=r.latex, judgement=r.judgement)
            for r in self.rows
            if r.judgement is not None and not r.silenced
        ]
        for finding, is_formula in self.flaws:
            if is_formula:
                judgement = Judgement(status=Status.ERRATA, findings=(finding,))
                line, column, latex = finding.line, finding.column, finding.latex
                out.append(Checked(file=file, line=line, column=column, latex=latex, judgement=judgement))
        return out

    def findings(self) -> list[Finding]:
        rows = [
            f for r in self.rows if r.judgement is not None and not r.silenced for f in r.judgement.findings
        ]
        return rows + [finding for finding, _ in self.flaws]


def digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=24).digest()


class Memory:
    """Looks up and keeps what was found in documents; without a store it knows nothing."""

    def __init__(self, store: Store | None, macros: Macros, catalogs: str, time_limit: float) -> None:
        self.store = store
        self._base = b""
        if store is not None:
            parts = [fingerprint(*_SOURCES), catalogs, f"{time_limit:g}"]
            parts += [f"{name} {version(name)}" for name in _READERS]
            parts += [repr(macro) for macro in macros]
            self._base = "\0".join(parts).encode()

    def key(self, file: str, digest: bytes) -> str:
        found = hashlib.blake2b(digest_size=24)
        found.update(self._base + b"\0" + PurePath(file).suffix.lower().encode() + b"\0" + digest)
        return f"document {found.hexdigest()}"

    def get(self, file: str, digest: bytes) -> Found | None:
        """What is known of the file whose bytes have this ``digest``."""
        if self.store is None:
            return None
        key = self.key(file, digest)
        kept = self.store.get(key)
        if kept is None:
            return None
        try:
            return _decoded(json.loads(kept), file)
        except (ValueError, LookupError, TypeError, RecursionError):
            self.store.drop(key)
            return None

    def put(self, file: str, digest: bytes, found: Found) -> None:
        if self.store is not None:
            text = json.dumps(_encoded(found), separators=(",", ":"))
            self.store.put(self.key(file, digest), text.encode())


def _encoded(found: Found) -> dict[str, Any]:
    rows = [
        [r.line, r.column, r.latex, _judgement(r.judgement) if r.judgement is not None else None, r.silenced]
        for r in found.rows
    ]
    return {"rows": rows, "flaws": [[_finding(f), is_formula] for f, is_formula in found.flaws]}


def _judgement(judgement: Judgement) -> list[Any]:
    reason = judgement.reason.value if judgement.reason is not None else None
    findings = [_finding(f) for f in judgement.findings]
    return [judgement.status.value, judgement.formula, reason, judgement.detail, findings]


def _finding(finding: Finding) -> list[Any]:
    return [getattr(finding, name) for name in _FINDING]


def _decoded(data: dict[str, Any], file: str) -> Found:
    rows = tuple(
        Row(line, column, latex, _as_judgement(judgement, file) if judgement is not None else None, silenced)
        for line, column, latex, judgement, silenced in data["rows"]
    )
    return Found(rows, tuple((_as_finding(f, file), bool(is_formula)) for f, is_formula in data["flaws"]))


def _as_judgement(data: Sequence[Any], file: str) -> Judgement:
    status, formula, reason, detail, findings = data
    return Judgement(
        status=Status(status),
        formula=formula,
        reason=Reason(reason) if reason is not None else None,
        detail=detail,
        findings=tuple(_as_finding(f, file) for f in findings),
    )


def _as_finding(data: Iterable[Any], file: str) -> Finding:
    values = dict(zip(_FINDING, data, strict=True))
    values["severity"] = Severity(values["severity"])
    return Finding(file=file, **values)
