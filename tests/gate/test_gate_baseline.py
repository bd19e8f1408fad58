"""The baseline: old findings are silent wherever they moved to, new ones are not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from symcheck.gate.command import check

ONE, TWO, THREE = "$$\\frac{1}{2$$\n", "$$\\sqrt{3$$\n", "$\\hat{x$\n"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(check, [*map(str, arguments), "--jobs", "1"])


def formulas(result: Result) -> list[str]:
    return [f["latex"] for f in json.loads(result.stdout)["findings"]]


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    (tmp_path / "a.md").write_text(f"# H\n\n{ONE}\n{TWO}")
    result = run(tmp_path / "a.md", "--baseline", tmp_path / "b.json", "--write-baseline")
    assert result.exit_code == 0 and "2 entries" in result.stderr
    return tmp_path / "b.json"


@pytest.mark.parametrize(
    ("text", "new"),
    [
        (f"# H\n\n{ONE}\n{TWO}", []),
        (f"# H\n\nMore.\n\n{TWO}\nand\n\n$$ \\frac{{1}}{{2 $$\n", []),  # moved, other spaces
        (f"# Other\n\n{ONE}\n{TWO}", []),  # other surroundings
        (f"# H\n\n{ONE}\n{TWO}\n{THREE}", ["\\hat{x"]),
        (f"# H\n\n{ONE}\n{ONE}", ["\\frac{1}{2"]),  # a second copy
        ("# H\n\n$$\\frac{2}{2$$\n", ["\\frac{2}{2"]),
    ],
)
def test_what_is_new(baseline: Path, text: str, new: list[str]) -> None:
    file = baseline.parent / "a.md"
    file.write_text(text)
    result = run(file, "--baseline", baseline, "--format", "json")
    assert formulas(result) == new and result.exit_code == bool(new)


def test_what_is_gone_is_said(baseline: Path) -> None:
    file = baseline.parent / "a.md"
    file.write_text(TWO)
    result = run(file, "--baseline", baseline)
    assert result.exit_code == 0
    assert (
        "1 finding of the baseline is not shown" in result.stderr
        and "1 finding of the baseline is gone" in result.stderr
    )
    run(file, "--baseline", baseline, "--write-baseline")
    assert len(json.loads(baseline.read_text())["findings"]) == 1


def test_another_file_is_another_finding(baseline: Path) -> None:
    (baseline.parent / "c.md").write_text(ONE)
    assert run(baseline.parent, "--baseline", baseline).exit_code == 1


def test_paths_are_relative_to_the_baseline(baseline: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {e["file"] for e in json.loads(baseline.read_text())["findings"]} == {"a.md"}
    monkeypatch.chdir(baseline.parent)
    assert run("a.md", "--baseline", "b.json").exit_code == 0
    Path(".symcheck.toml").write_text('baseline = "b.json"\n')
    assert run(".").exit_code == 0


@pytest.mark.parametrize(
    "text", ["", "[]", '{"version": 2}', '{"version": 1, "findings": [{"rule": 1}]}', "[" * 99999]
)
def test_a_file_that_is_no_baseline_is_an_error(baseline: Path, text: str) -> None:
    baseline.write_text(text)
    result = run(baseline.parent / "a.md", "--baseline", baseline)
    assert result.exit_code == 2 and "b.json" in result.stderr and "Traceback" not in result.output


def test_writing_needs_a_name(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(ONE)
    assert run(tmp_path, "--write-baseline").exit_code == 2


def test_a_baseline_that_would_lack_a_document_is_not_written(baseline: Path) -> None:
    kept = baseline.read_bytes()
    (baseline.parent / "b.md").write_bytes(b"\xff")
    result = run(baseline.parent, "--baseline", baseline, "--write-baseline")
    assert result.exit_code == 2 and f"{baseline} is not written" in result.stderr
    assert baseline.read_bytes() == kept
