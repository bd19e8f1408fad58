"""The pages of the rules are those that the rules make, and the gate has nothing to say about them."""

from __future__ import annotations

from symcheck.gate.pages import FOLDER, index, page, pages
from symcheck.gate.rules import rules
from symcheck.gate.run import check_paths


def test_the_pages_are_up_to_date() -> None:
    written = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.md")}
    assert written == pages(), "run `python -m symcheck.gate.pages`"


def test_every_rule_has_a_page_and_is_in_the_index() -> None:
    for code, entry in rules().items():
        assert f"[{code}]({code}.md)" in index()
        text = page(code)
        assert entry.wrong.strip() in text and entry.right.strip() in text and entry.explanation in text


def test_examples_on_pages_are_no_findings_of_the_pages() -> None:
    report = check_paths([FOLDER], jobs=0)
    assert len(report.files) == len(rules()) + 1
    assert report.findings == () and report.errors == ()
