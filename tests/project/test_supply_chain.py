"""The lock file, the licences and the advisories agree with ``pyproject.toml``, without a network."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import supply_chain
from packaging.utils import canonicalize_name
from packaging.version import Version

LOCKED = supply_chain.locked()
VERSIONS = {name: version for name, (version, _) in LOCKED.items()}
DEMANDING = re.compile(r"GPL|Affero|Proprietary|not stated", re.IGNORECASE)
ACCEPTED = {
    "docutils": "of what it is made of only the mode for Emacs is under the GPL",
    "pebble": "LGPL: used as a library, unchanged",
    "python-flint": "LGPL: used as a library, unchanged",
    "nvidia-cuda-nvrtc": "for development and for running CuPy kernels, never part of symcheck",
    "nvidia-cuda-runtime": "for development and for running CuPy kernels, never part of symcheck",
}


def test_every_requirement_is_locked_within_its_bounds() -> None:
    for wanted in supply_chain.asked_for():
        if wanted.marker is None or wanted.marker.evaluate():
            name = canonicalize_name(wanted.name)
            assert name in VERSIONS, f"{name} is not in requirements-dev.lock"
            assert VERSIONS[name] in wanted.specifier, (
                f"{name} {VERSIONS[name]} is outside {wanted.specifier}"
            )


def test_every_package_has_a_hash() -> None:
    assert len(LOCKED) > 60
    assert [name for name, (_, hashes) in LOCKED.items() if not hashes] == []


def test_a_line_that_pins_nothing_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for line in ("numpy>=1", "numpy==1.0 \\\n    --hash=md5:00", "-e ."):
        (tmp_path / "lock").write_text(line + "\n")
        monkeypatch.setattr(supply_chain, "LOCK", tmp_path / "lock")
        with pytest.raises(ValueError):
            supply_chain.locked()


def test_every_run_time_dependency_has_an_upper_bound() -> None:
    for wanted in supply_chain.asked_for(("dask", "report")):
        bounded = any(s.operator in ("<", "<=", "==", "~=") for s in wanted.specifier)
        assert bounded, f"{wanted} has no upper bound"


def test_nothing_is_known_against_what_is_locked() -> None:
    assert list(supply_chain.affected(VERSIONS)) == []


def test_what_is_known_is_found() -> None:
    old = {"jinja2": "3.1.2", "pyyaml": "6.0", "torch": "2.5.1"}
    assert [x.split(":")[0] for x in supply_chain.affected(old)] == [
        "jinja2 3.1.2",
        "jinja2 3.1.2",
        "torch 2.5.1",
    ]


def test_the_bounds_admit_nothing_that_is_known_to_be_bad() -> None:
    """The least version that a bound admits is not an affected one."""
    for wanted in supply_chain.asked_for():
        least = [Version(s.version.rstrip(".*")) for s in wanted.specifier if s.operator in (">=", "==")]
        for advisory in supply_chain.advisories():
            if advisory.package == canonicalize_name(wanted.name) and least:
                assert max(least) not in advisory.affected, f"{wanted} admits {advisory.id}"


def rows() -> list[tuple[str, str, str]]:
    """Package, version and licence of each row of the page."""
    text = supply_chain.PAGE.read_text().split("|---|---|---|\n")[1]
    return re.findall(r"^\| (?:\*\*|· )?([a-z0-9-]+)(?:\*\*)? \| (\S+) \| (.+) \|$", text, re.M)


def test_the_page_of_licences_lists_what_is_locked() -> None:
    assert {name: version for name, version, _ in rows()} == VERSIONS
    assert {name for name, _, text in rows() if DEMANDING.search(text)} == set(ACCEPTED)


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the lock is of CPython 3.11")
def test_the_licences_are_those_of_the_packages_here() -> None:
    stated = {name: text for name, _, text in rows()}
    here = supply_chain.closure()
    same = [name for name, version in here.items() if VERSIONS.get(name) == version]
    assert same, "no package is installed in the version of the lock"
    for name in same:
        assert supply_chain.licence(name).replace("|", "/") == stated[name]


def test_dependencies_are_justified() -> None:
    text = (supply_chain.ROOT / "docs" / "dependencies.md").read_text().lower()
    for wanted in supply_chain.asked_for(()):
        assert canonicalize_name(wanted.name) in text or wanted.name in text, (
            f"{wanted.name}: what is it for?"
        )
