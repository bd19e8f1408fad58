"""``symcheck check``: exit status, formats, what a broken file does to the others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from symcheck.gate.command import check

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "check.schema.json"
BROKEN = "Text.\n\n$$\\frac{1}{1 + e^{-x}$$\n"
CLEAN = "Nothing but prose, $5 and `$code$`.\n"


def run(*arguments: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(check, list(arguments), input=stdin)


def test_clean_is_0_and_a_finding_is_1(tmp_path: Path) -> None:
    (tmp_path / "clean.md").write_text(CLEAN)
    assert run(str(tmp_path)).exit_code == 0
    (tmp_path / "broken.md").write_text(BROKEN)
    result = run(str(tmp_path))
    assert result.exit_code == 1
    assert "broken.md:3:11: error SC101" in result.output
    lines = result.output.splitlines()
    formula = next(n for n, line in enumerate(lines) if "frac" in line)
    assert lines[formula][lines[formula + 1].index("^")] == "{"


def test_nothing_to_check_is_2(tmp_path: Path) -> None:
    assert run().exit_code == 2
    result = run(str(tmp_path))
    assert result.exit_code == 2 and ".rst" in result.stderr
    result = run(str(tmp_path / "missing.md"))
    assert result.exit_code == 2 and "missing.md: cannot be read" in result.stderr


def test_a_broken_file_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"caf\xe9 $x$")
    (tmp_path / "b.md").write_text(BROKEN)
    result = run(str(tmp_path), "--format", "json")
    assert result.exit_code == 2
    assert "a.md:1:4: byte 0xe9 is not UTF-8" in result.stderr
    assert [f["rule"] for f in json.loads(result.stdout)["findings"]] == ["SC101"]


def test_standard_input() -> None:
    result = run("-", "--format", "json", stdin=BROKEN)
    assert result.exit_code == 1
    assert json.loads(result.stdout)["findings"][0]["file"] == "-"
    assert run("-", stdin=b"\xff").exit_code == 2


def test_the_json_form_is_the_published_one(tmp_path: Path) -> None:
    schema = json.loads(SCHEMA.read_text())
    Draft202012Validator.check_schema(schema)
    (tmp_path / "a.md").write_text(BROKEN + "\n" + CLEAN + "\n| a | b |\n|-|-|\n| x | $|x|$ |\n\n$y$\n")
    data = json.loads(run(str(tmp_path / "a.md"), "--format", "json").stdout)
    Draft202012Validator(schema).validate(data)
    summary = data["summary"]
    assert summary["formulas"] == len(data["formulas"]) == 3
    statuses = ("verified", "matched", "conditional", "errata", "unchecked")
    assert sum(summary[s] for s in statuses) == summary["formulas"]
    assert [f["status"] for f in data["formulas"]] == ["errata", "errata", "unchecked"]
    place = {k: data["findings"][0][k] for k in ("line", "column", "end_line", "end_column")}
    assert place == {"line": 3, "column": 11, "end_line": 3, "end_column": 12}


def test_the_schema_refuses_another_shape() -> None:
    validator = Draft202012Validator(json.loads(SCHEMA.read_text()))
    assert not validator.is_valid({"summary": {}, "formulas": [], "findings": []})


@pytest.mark.parametrize("order", [("--explain", "sc101"), ("--explain", "SC101", "x.md")])
def test_explain_a_rule(order: tuple[str, ...]) -> None:
    result = run(*order)
    assert result.exit_code == 0
    assert "SC101" in result.output and "## Wrong" in result.output and "## Right" in result.output


def test_explain_each_finding_and_an_unknown_rule(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(BROKEN)
    for order in ((str(path), "--explain"), ("--explain", str(path))):
        result = run(*order)
        assert result.exit_code == 1 and "## Right" in result.output
    result = run("--explain", "SC999")
    assert result.exit_code == 2 and "SC101" in result.stderr


def test_ignored_formulas_are_not_listed(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(f"<!-- symcheck: ignore=SC101 -->\n\n{BROKEN.split('Text.')[1]}")
    assert run(str(path)).exit_code == 0
    path.write_text(f"<!-- symcheck: ignore=SC102 -->\n\n{BROKEN.split('Text.')[1]}")
    assert run(str(path)).exit_code == 1


def test_a_failure_of_our_own_is_not_clean() -> None:
    from symcheck.gate.model import Report

    clean = Report(files=("a.md",), formulas=(), findings=())
    failed = Report(files=("a.md",), formulas=(), findings=(), defects=("a.md:1:1: proved and refuted",))
    assert clean.exit_code() == 0
    assert failed.exit_code() == 2


def test_hostile_documents_hide_nothing(tmp_path: Path) -> None:
    hostile = {
        "a.md": b"\xff\xfe\x00", "b.md": b"$a\0b$", "c.ipynb": b"[" * 100_000, "d.ipynb": b'{"cells": 1}',
        "e.py": b"def f(:\n  '$x$'", "f.tex": b"\\begin{" * 50_000, "g.rst": b"* " * 3_000 + b":math:`x`",
        "h.md": b"$$" + b"x + " * 100_000 + b"$$", "i.md": b"[" * 20_000 + b"$x$",
        "j.md": b"> " * 5_000 + b"$x$", "k.tex": b"\\def\\a{\\a\\a}$\\a$",
        "l.ipynb": b'{"cells": [{"cell_type": "markdown", "source": "\\ud800 $x$"}]}',
        "m.rst": b".. include:: /etc/passwd\n\n.. raw:: html\n   :file: /etc/passwd\n",
    }  # fmt: skip
    for name, data in hostile.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "z.md").symlink_to(tmp_path / "z.md")
    (tmp_path / "good.md").write_text(BROKEN)
    result = run(str(tmp_path), "--format", "json", "--time-limit", "20")
    assert (result.exit_code == 2 and result.exception is None) or isinstance(result.exception, SystemExit)
    data = json.loads(result.stdout)
    found = {(Path(f["file"]).name, f["rule"]) for f in data["findings"]}
    assert {("good.md", "SC101"), ("k.tex", "SC106")} <= found
    assert "root:" not in result.stdout
    for name in ("a.md", "b.md", "c.ipynb", "d.ipynb", "e.py", "z.md"):
        assert f"{name}:" in result.stderr, name
    assert "Traceback" not in result.stderr and "internal error" not in result.stderr
