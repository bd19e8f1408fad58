"""``pytest --symcheck``: formulas as tests."""

from __future__ import annotations

from importlib.metadata import entry_points

import pytest

pytest_plugins = ["pytester"]

TEXT = (
    "# Notes\n\nThe derivative: $\\sigma'(x) = \\sigma(x)(1 + \\sigma(x))$.\n\n"
    "Right: $\\sigma'(x) = \\sigma(x)(1 - \\sigma(x))$, and $x$.\n\n"
    "| a | b |\n|---|---|\n| x | $|a|$ |\n"
)


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    registered = any(e.value == "symcheck.pytest_plugin" for e in entry_points(group="pytest11"))
    plugin = () if registered else ("-p", "symcheck.pytest_plugin")
    return pytester.runpytest_subprocess(*plugin, "-rs", "-p", "no:cacheprovider", *arguments)


def test_each_finding_is_a_failing_test(pytester: pytest.Pytester) -> None:
    docs = pytester.mkdir("docs")
    (docs / "a.md").write_text(TEXT)
    (docs / "b.rst").write_text("Right: :math:`\\sigma'(x) = \\sigma(x)(1 - \\sigma(x))`.\n")
    result = run(pytester, "--symcheck", "docs")
    result.assert_outcomes(failed=2, passed=2, skipped=1)
    out = result.stdout.str()
    assert "docs/a.md:3:18: error SC201: the two sides of" in out and "counterexample:" in out
    assert "docs/a.md:9:8: error SC104" in out or "docs/a.md:9:" in out
    assert "prose: states nothing by itself" in out


def test_one_formula_can_be_named(pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("a.md").write_text(TEXT)
    run(pytester, "--symcheck", "a.md::5:9").assert_outcomes(passed=1)
    run(pytester, "--symcheck", "a.md::3:18").assert_outcomes(failed=1)


def test_without_the_flag_nothing_is_collected(pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("a.md").write_text(TEXT)
    pytester.makepyfile("def test_one(): pass")
    run(pytester).assert_outcomes(passed=1)


def test_configuration_and_broken_documents(pytester: pytest.Pytester) -> None:
    for name in ("a.md", "old.md"):
        pytester.path.joinpath(name).write_text(TEXT)
    pytester.path.joinpath("bad.md").write_bytes(b"\xff")
    pytester.path.joinpath(".symcheck.toml").write_text('ignore = ["SC104", "SC201"]\nexclude = ["old.md"]\n')
    result = run(pytester, "--symcheck", "--continue-on-collection-errors")
    result.assert_outcomes(passed=3, skipped=1, errors=1)
    result.stdout.fnmatch_lines(["*bad.md:1:1: byte 0xff is not UTF-8*"])
    pytester.path.joinpath(".symcheck.toml").write_text("ignroe = 1\n")
    result = run(pytester, "--symcheck")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "did you mean 'ignore'" in result.stderr.str() + result.stdout.str()
