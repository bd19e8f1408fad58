"""Every printed line of the sheet is held by the catalog, made precise, or said to be no mathematics."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from formulas import catalog
from formulas.sheet import DIGEST, SAID, Kind
from symcheck.gate.run import check_paths

SHEET = Path(__file__).parents[3] / "shared" / "cheatsheet" / "CHEATSHEET.md"
with_sheet = pytest.mark.skipif(not SHEET.exists(), reason=f"the sheet is not here: {SHEET}")


def text() -> list[str]:
    return SHEET.read_text(encoding="utf-8").splitlines()


def is_layout(line: str, following: str) -> bool:
    """Blank lines, rules, headings, heads of tables: nothing is said there."""
    bare = line.strip().lstrip(">").strip()
    if not bare or bare == "---" or bare.startswith("#") or set(bare) <= set("|-: "):
        return True
    head = set(following.strip()) <= set("|-: ") and bool(following.strip())
    return bare.startswith("|") and head


def stated() -> dict[int, set[str]]:
    """The numbers of the lines on which something is said, and who accounts for them."""
    out: dict[int, set[str]] = {}
    for formula in catalog().values():
        for n in formula.source.lines if formula.source else ():
            out.setdefault(n, set()).add(formula.id)
    for said in SAID:
        for n in said.lines:
            out.setdefault(n, set()).add(said.kind.name)
    return out


@with_sheet
def test_it_is_the_sheet_that_was_read() -> None:
    assert hashlib.sha256(SHEET.read_bytes()).hexdigest() == DIGEST


def unaccounted(lines: list[str], by: dict[int, set[str]]) -> set[int]:
    following = [*lines[1:], ""]
    return {n for n, pair in enumerate(zip(lines, following, strict=True), 1) if not is_layout(*pair)} - set(
        by
    )


@with_sheet
def test_no_line_is_unaccounted_for() -> None:
    missing = unaccounted(text(), stated())
    assert not missing


@with_sheet
def test_a_line_that_is_left_out_is_noticed() -> None:
    by = stated()
    assert unaccounted([*text(), "One more sentence."], by) - unaccounted(text(), by) == {len(text()) + 1}
    del by[153]
    assert 153 in unaccounted(text(), by)


@with_sheet
def test_nothing_is_said_of_lines_that_are_not_there() -> None:
    lines = text()
    for n, by in stated().items():
        assert 1 <= n <= len(lines), (n, by)
        assert not is_layout(lines[n - 1], ""), (n, by)


def bare(latex: str) -> str:
    return re.sub(r"\s|\$", "", latex)


@with_sheet
def test_what_an_entry_calls_printed_is_printed_there() -> None:
    """In the lines of the entry, in the section of the entry, character by character but for spaces."""
    lines = text()
    section = 0
    sections = []
    for line in lines:
        heading = re.match(r"## (\d+) ", line)
        section = int(heading[1]) if heading else section
        sections.append(section)
    wrong = []
    for formula in catalog().values():
        if formula.source is None:
            continue
        there = re.sub(r"\s", "", "".join(lines[n - 1] for n in formula.source.lines))
        wrong += [
            (formula.id, p)
            for p in formula.source.printed
            if re.sub(r"\s|\$", "", p) not in there.replace("$", "")
        ]
        wrong += [(formula.id, n) for n in formula.source.lines if sections[n - 1] != formula.source.section]
    assert not wrong


def test_the_claims_that_are_named_exist() -> None:
    for said in SAID:
        for name in said.claims:
            formula, _, claim = name.partition("/")
            assert formula in catalog(), name
            if claim:
                catalog()[formula].claim(claim)


def test_each_entry_says_why() -> None:
    for said in SAID:
        assert said.lines
        if said.kind is Kind.CLAIM:
            assert said.claims and said.why
        if said.kind in (Kind.REMARK, Kind.NAMES, Kind.USE, Kind.CODE, Kind.RENDERING):
            assert said.why
        assert (said.kind is Kind.RENDERING) == bool(said.rule)


@with_sheet
@pytest.mark.slow
def test_what_does_not_render_is_what_the_gate_finds() -> None:
    report = check_paths([SHEET])
    found = {(f.rule, f.line) for f in report.findings if f.rule.startswith("SC1")}
    assert found == {(s.rule, n) for s in SAID if s.kind is Kind.RENDERING for n in s.lines}
