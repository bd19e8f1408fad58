"""The pages of the rules are those that the rules make, and the gate has nothing to say about them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from symcheck.gate.outputs import render_text
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


NOTES = """# Activations

| Function | Formula | Derivative |
|---|---|---|
| Tanh | $\\tanh(x)$ | $1 - \\tanh^2(x)$ |
| Softmax | $\\frac{e^{z_i}}{\\sum_j e^{z_j}}$ | $s_i(\\delta_{ij} + s_j)$ |

The logistic function has $\\sigma'(x) = \\sigma(x)(1 + \\sigma(x))$.
"""
LOSSES = '''def entropy(p):
    """Entropy :math:`H(p) = -\\sum_i p_i \\log p_i`, see also $\\frac{1}{2}$."""
'''


def test_the_output_in_the_guide_is_what_comes_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "notes.md").write_text(NOTES)
    (tmp_path / "docs" / "losses.py").write_text(LOSSES)
    monkeypatch.chdir(tmp_path)
    text = render_text(check_paths(["docs"], jobs=0))
    guide = (FOLDER.parent / "gate.md").read_text(encoding="utf-8")
    shown = [re.sub(r"\(\d+\.\d s\)", "", line) for line in guide.splitlines()]
    for line in text.splitlines():
        assert not line or "   " + re.sub(r"\(\d+\.\d s\)", "", line) in shown
