"""The generated pages are what the catalog gives, and pass our own gate."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from formulas.catalog import claims
from formulas.schema import Verdict
from formulas.sheet import SAID, Kind
from symcheck.cli import main
from symcheck.gate.run import check_paths
from symcheck.judge import facts_latex, statement_latex
from symcheck.pages.cheatsheet import cheatsheet
from symcheck.pages.command import DOCS, PAGES, differences
from symcheck.pages.errata import errata, subjects
from symcheck.run import run
from symcheck.terms.printing import letters
from symcheck.terms.statement import of_claim


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {name: text() for name, text in PAGES.items()}


def test_the_pages_are_up_to_date(pages: dict[str, str]) -> None:
    """`symcheck docs` writes them."""
    stale = [n for n, text in pages.items() if (DOCS / n).read_text(encoding="utf-8") != text]
    assert not stale


def test_a_changed_or_missing_page_is_noticed(tmp_path: Path, pages: dict[str, str]) -> None:
    for name, text in pages.items():
        (tmp_path / name).write_text(text)
    assert differences(tmp_path) == []
    (tmp_path / "errata.md").write_text(pages["errata.md"] + "\n")
    (tmp_path / "cheatsheet.md").unlink()
    assert set(differences(tmp_path)) == {"errata.md", "cheatsheet.md"}


@pytest.mark.slow
def test_the_pages_pass_our_own_gate(tmp_path: Path, pages: dict[str, str]) -> None:
    for name in ("cheatsheet.md", "errata.md"):
        (tmp_path / name).write_text(pages[name])
    report = check_paths([tmp_path])
    assert not report.findings and not report.errors and not report.defects
    assert len(report.formulas) > 100, "it was read"


def test_the_sheet_states_nothing_that_is_not_expected_to_be_proved() -> None:
    from formulas import catalog
    from symcheck.pages.cheatsheet import shown

    for formula in catalog().values():
        assert all(c.expected is Verdict.PROVED for c in shown(formula))
    assert cheatsheet().count("\n### ") == len(catalog())


def test_the_gate_finds_in_the_sheet_what_the_errata_list() -> None:
    sheet = Path(__file__).parents[3] / "shared" / "cheatsheet" / "CHEATSHEET.md"
    if not sheet.exists():
        pytest.skip(f"the sheet is not here: {sheet}")
    found = {f.line for f in check_paths([sheet]).findings}
    listed = {n for lines, _, _ in subjects() for n in lines}
    listed |= {n for s in SAID if s.kind is Kind.RENDERING for n in s.lines}
    # line 189 is the title of the formula on line 191: CLIP is named there
    assert listed - found == {189}
    assert found <= listed


def test_conditions_are_said_in_words() -> None:
    for _, formula, claim in subjects():
        if claim.conditions:
            assert claim.needs, f"{formula.id}/{claim.name}"


def test_errata_are_written_from_verdicts_that_hold_only() -> None:
    (lines, formula, claim), *_ = subjects()
    (judged,) = run([f"{formula.id}/{claim.name}"], jobs=0)
    page = errata([(lines, judged)])
    assert judged.counterexample is not None and judged.counterexample in page
    with pytest.raises(ValueError, match="expected"):
        errata([(lines, replace(judged, verdict=Verdict.UNDECIDED))])


def test_formulas_on_the_pages_can_be_typeset(pages: dict[str, str]) -> None:
    """No control characters, no letters outside ASCII, no commands or subscripts inside of words."""
    for name in ("cheatsheet.md", "errata.md"):
        for formula in re.findall(r"\$\$\n(.*?)\n\$\$|(?<![`$])\$([^$\n`]+)\$(?!\$)", pages[name]):
            text = "".join(formula)
            assert text.isascii() and text.isprintable(), text
            assert not re.search(r"\\text\{[^{}]*[\\_]", text), text


def test_no_sum_runs_over_a_letter_that_stands_for_something_else() -> None:
    for _, claim in claims():
        s = of_claim(claim)
        own = letters(s.lhs, s.rhs)
        bound = re.findall(r"\\(?:sum|prod)_\{(\w+)", statement_latex(claim))
        assert not own & set(bound), statement_latex(claim)


def test_a_fact_is_written_with_two_sides() -> None:
    facts = {f for _, c in claims() for f in facts_latex(c)}
    assert r"1 + w + x \ne 0" in facts  # -1 - w - x
    assert r"m > 1" in facts and r"\alpha \le 1" in facts
    assert r"\operatorname{f''}\left(u\right) \ge 0 \text{ for all } u" in facts
    assert r"\hat{y}_{k} \ne y_{k} \text{ for one } k" in facts
    assert not [f for f in facts if f.startswith("-") and f.endswith(" 0")]


@pytest.mark.parametrize("command", ["docs", "generate", "verify"])
def test_an_installed_copy_is_not_written_to(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("symcheck.clone.ROOT", tmp_path)
    result = CliRunner().invoke(main, [command])
    assert result.exit_code == 2 and f"a copy installed in {tmp_path}" in result.output
    assert not list(tmp_path.iterdir())
