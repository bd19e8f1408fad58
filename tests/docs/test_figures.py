"""Figures that a page repeats are those of the page that measured them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMPARISON = (ROOT / "docs" / "comparison.md").read_text(encoding="utf-8")


def test_the_comparison_in_the_readme_is_that_of_its_page() -> None:
    rows = re.findall(r"^\| ([\w ,]+) \| (\d+[^|]*?) \| (\d+) of 100 \|$", README, re.MULTILINE)
    assert len(rows) == 3
    for name, found, alarms in rows:
        if name == "symcheck":
            assert f"| all | {found} |" in COMPARISON
            assert f"| right formulas of the same texts flagged | {alarms} of 100 |" in COMPARISON
        else:
            ((count, share),) = re.findall(r"^(\d+) of 220 \((\S+)%\)$", found)
            assert f"| {name} | {count} ({share} %) | {alarms} |" in COMPARISON


def test_the_number_of_rules_is_told_right() -> None:
    rules = len(list((ROOT / "docs" / "rules").glob("SC*.md")))
    (told,) = re.findall(r"(\d+) rules", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert int(told) == rules
