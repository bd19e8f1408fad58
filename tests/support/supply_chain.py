"""The packages that development stands on: their lock file, their licences, and what is known against them.

``python tests/support/supply_chain.py`` writes ``requirements-dev.lock`` and ``docs/licences.md`` from the
environment it runs in (with ``--hashes REPORT``, the report of ``pip install --dry-run --report``, which pip
makes of the pins).  The checks need no network.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements-dev.lock"
PAGE = ROOT / "docs" / "licences.md"
ADVISORIES = ROOT / "tests" / "project" / "advisories.toml"
EXTRAS = ("dev", "dask", "report")
_PIN = re.compile(r"^([a-z0-9-]+)==(\S+?)(?: \\)?$")
_HASH = re.compile(r"^    --hash=sha256:([0-9a-f]{64})(?: \\)?$")


@dataclass(frozen=True)
class Advisory:
    """Something published against versions of a package."""

    id: str
    package: str
    affected: SpecifierSet
    what: str


def project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return found


def asked_for(extras: tuple[str, ...] = EXTRAS) -> list[Requirement]:
    """What pyproject.toml asks for: at run time, and for these extras."""
    data = project()
    texts = [*data["dependencies"], *(r for e in extras for r in data["optional-dependencies"][e])]
    return [Requirement(text) for text in texts]


def closure() -> dict[str, str]:
    """Versions in this environment of all that is asked for, and of what that needs in turn."""
    found: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    todo = asked_for()
    while todo:
        wanted = todo.pop()
        name = canonicalize_name(wanted.name)
        if (name, frozenset(wanted.extras)) in seen:
            continue
        seen.add((name, frozenset(wanted.extras)))
        package = distribution(wanted.name)
        found[name] = package.version.partition("+")[0]
        for text in package.requires or []:
            below = Requirement(text)
            extras = ("", *wanted.extras)
            if below.marker is None or any(below.marker.evaluate({"extra": e}) for e in extras):
                todo.append(below)
    return dict(sorted(found.items()))


def lock_text(versions: dict[str, str], hashes: dict[str, str]) -> str:
    lines = [
        "# What development and CI are known to work with: CPython 3.11 on x86-64 Linux.",
        "# pip install --require-hashes -r requirements-dev.lock && pip install --no-deps --editable .",
        "# Written by tests/support/supply_chain.py; other platforms take the bounds of pyproject.toml.",
    ]
    for name, version in versions.items():
        lines.append(f"{name}=={version} \\")
        lines.append(f"    --hash=sha256:{hashes[name]}")
    return "\n".join(lines) + "\n"


def locked() -> dict[str, tuple[str, list[str]]]:
    """Version and hashes of each package in the lock file.  ``ValueError`` for a line of another form."""
    found: dict[str, tuple[str, list[str]]] = {}
    name = ""
    for line in LOCK.read_text().splitlines():
        if line.startswith("#"):
            continue
        if pin := _PIN.match(line):
            name = pin[1]
            found[name] = (pin[2], [])
        elif (digest := _HASH.match(line)) and name:
            found[name][1].append(digest[1])
        else:
            raise ValueError(line)
    return found


def advisories() -> list[Advisory]:
    rows = tomllib.loads(ADVISORIES.read_text())["advisory"]
    return [
        Advisory(r["id"], canonicalize_name(r["package"]), SpecifierSet(r["affected"]), r["what"])
        for r in rows
    ]


def affected(versions: dict[str, str]) -> Iterator[str]:
    """What is known against these very versions."""
    for a in advisories():
        if a.package in versions and Version(versions[a.package]) in a.affected:
            yield f"{a.package} {versions[a.package]}: {a.id}, {a.what}"


def licence(name: str) -> str:
    """What the package's metadata say."""
    data = distribution(name).metadata
    classified = [
        c.rsplit(" :: ", 1)[1] for c in data.get_all("Classifier") or [] if c.startswith("License ::")
    ]
    stated = data.get("License-Expression") or data.get("License") or ""
    short = stated.strip().splitlines()[0][:60] if stated.strip() else ""
    return short or ", ".join(c for c in classified if c != "OSI Approved") or "not stated"


def page_text(versions: dict[str, str]) -> str:
    runtime = {canonicalize_name(r.name) for r in asked_for(())}
    direct = {canonicalize_name(r.name) for r in asked_for()}
    lines = [
        "# Licences",
        "",
        "symcheck is under the MIT licence. This lists every package of `requirements-dev.lock` with the",
        "licence that its metadata state; `tests/support/supply_chain.py` writes it. Bold: for run time.",
        "Packages with a dot come with others; [dependencies](dependencies.md) says why the direct ones.",
        "",
        "| package | version | licence |",
        "|---|---|---|",
    ]
    for name, version in versions.items():
        shown = f"**{name}**" if name in runtime else name if name in direct else f"· {name}"
        lines.append(f"| {shown} | {version} | {licence(name).replace('|', '/')} |")
    return "\n".join(lines) + "\n"


def main(report: str | None) -> None:
    versions = closure()
    if report is not None:
        rows = json.loads(Path(report).read_text())["install"]
        hashes = {
            canonicalize_name(r["metadata"]["name"]): r["download_info"]["archive_info"]["hashes"]["sha256"]
            for r in rows
        }
        LOCK.write_text(lock_text(versions, hashes))
    PAGE.write_text(page_text(versions))


if __name__ == "__main__":
    main(sys.argv[2] if sys.argv[1:2] == ["--hashes"] else None)
