"""Configuration: what each key does, where it is found, and that a mistake is named with file and key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from symcheck.gate.command import check
from symcheck.gate.config import KEYS, Config, ConfigError, find, from_table, load
from symcheck.gate.macro_files import read as read_macros

BROKEN = "$$\\frac{1}{2$$\n"
TANH = "| Function | Formula | Derivative |\n|---|---|---|\n| Tanh | $\\tanh(x)$ | $1 + \\tanh^2(x)$ |\n"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(check, [*map(str, arguments), "--jobs", "1"])


def rules_found(*arguments: str | Path) -> list[tuple[str, str]]:
    result = run(*arguments, "--format", "json")
    assert result.exit_code in (0, 1), result.stderr
    return [(Path(f["file"]).name, f["rule"]) for f in json.loads(result.stdout)["findings"]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "docs" / "drafts").mkdir(parents=True)
    (tmp_path / "docs" / "a.md").write_text(BROKEN + "\n" + TANH)
    (tmp_path / "docs" / "b.rst").write_text(":math:`\\frac{1}{2`\n")
    (tmp_path / "docs" / "drafts" / "c.md").write_text(BROKEN)
    return tmp_path


def configure(project: Path, text: str) -> None:
    (project / ".symcheck.toml").write_text(text)


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ("", [("a.md", "SC101"), ("a.md", "SC203"), ("b.rst", "SC101"), ("c.md", "SC101")]),
        ('exclude = ["docs/drafts/"]', [("a.md", "SC101"), ("a.md", "SC203"), ("b.rst", "SC101")]),
        ('exclude = ["drafts/", "*.rst"]', [("a.md", "SC101"), ("a.md", "SC203")]),
        ('include = ["*.rst"]', [("b.rst", "SC101")]),
        ('select = ["SC2"]', [("a.md", "SC203")]),
        ('ignore = ["SC101"]', [("a.md", "SC203")]),
        ('per-file-ignores = { "docs/drafts/*" = ["SC1"], "*.rst" = ["SC1"] }',
         [("a.md", "SC101"), ("a.md", "SC203")]),
    ],
)  # fmt: skip
def test_what_is_checked_and_reported(project: Path, config: str, found: list[tuple[str, str]]) -> None:
    configure(project, config)
    assert rules_found(project / "docs") == found
    assert (run(project / "docs").exit_code == 1) is bool(found)


def test_a_file_that_is_named_is_checked_even_if_excluded(project: Path) -> None:
    configure(project, 'exclude = ["docs/drafts/"]')
    file = project / "docs" / "drafts" / "c.md"
    assert rules_found(file) == [("c.md", "SC101")]
    assert rules_found(file, project / "docs" / "a.md", "--force-exclude") == [
        ("a.md", "SC101"),
        ("a.md", "SC203"),
    ]
    assert run(file, "--force-exclude").exit_code == 0


def test_where_the_configuration_is_found(project: Path) -> None:
    pyproject = project / "pyproject.toml"
    pyproject.write_text("[tool.other]\nx = 1\n")
    assert find([project / "docs"]).file is None
    pyproject.write_text('[tool.symcheck]\nignore = ["SC101"]\n')
    assert find([project / "docs" / "a.md"]).ignore == ("SC101",)
    (project / "docs" / ".symcheck.toml").write_text('ignore = ["SC203"]\n')
    assert find([project / "docs" / "a.md"]).ignore == ("SC203",)
    assert find([project / "docs", project]).ignore == ("SC101",)
    (project / "docs" / ".symcheck.toml").write_text('[tool.symcheck]\nignore = ["SC301"]\n')
    assert find([project / "docs"]).ignore == ("SC301",)


def test_the_search_ends_at_the_repository(project: Path) -> None:
    inner = project / "docs" / "inner"
    (inner / ".git").mkdir(parents=True)
    configure(project, 'ignore = ["SC101"]')
    assert find([inner]).ignore == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('ingore = ["SC101"]', "no key 'ingore'; did you mean 'ignore'?"),
        ('fail_on = "error"', "no key 'fail_on'; did you mean 'fail-on'?"),
        ("zzzz = 1", "no key 'zzzz'; the keys are include, exclude"),
        ('ignore = ["SC199"]', "ignore: no rule 'SC199'; did you mean SC"),
        ('select = "SC1"', "select: a list of strings is expected"),
        ('fail-on = "none"', "fail-on: one of 'error', 'warning' is expected"),
        ("time-limit = true", "time-limit: a number of seconds"),
        ('per-file-ignores = ["x"]', "per-file-ignores: a table"),
        ("= 3", "is not TOML"),
        ('macros = ["missing.sty"]', "missing.sty: cannot be read"),
        ('catalog = ["missing.py"]', "missing.py: there is no such file"),
        ('baseline = "missing.json"', "missing.json: there is no such baseline"),
    ],
)
def test_a_mistake_is_named(project: Path, text: str, message: str) -> None:
    configure(project, text)
    result = run(project / "docs")
    assert result.exit_code == 2
    assert message in result.stderr and "Traceback" not in result.output
    assert ".symcheck.toml" in result.stderr or "missing" in text


def test_the_example_of_each_key_is_right(tmp_path: Path) -> None:
    for key in KEYS:
        file = tmp_path / "pyproject.toml"
        file.write_text(f"[tool.symcheck]\n{key.example}\n")
        config = load(file)
        assert config is not None
        assert getattr(config, key.name.replace("-", "_")) != getattr(Config(), key.name.replace("-", "_"))
    with pytest.raises(ConfigError, match=r"tool\.symcheck\.inclde.*'include'"):
        from_table({"inclde": []}, Path("pyproject.toml"), "tool.symcheck.")


def test_fail_on(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "| Function | Formula | Derivative |\n|---|---|---|\n"
        "| ReLU | $\\max(0, x)$ | $\\begin{cases}1 & x > 0 \\\\ 0 & x \\leq 0\\end{cases}$ |\n"
    )
    assert run(tmp_path).exit_code == 0
    configure(tmp_path, 'fail-on = "warning"')
    assert run(tmp_path).exit_code == 1
    assert run(tmp_path, "--fail-on", "error").exit_code == 0


# macro files


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("m.sty", "\\newcommand{\\R}{\\mathbb{R}}\n"
                  "\\newcommand{\\pd}[2]{\\frac{\\partial #1}{\\partial #2}}\n"),
        ("m.json", '{"\\\\R": "\\\\mathbb{R}", "\\\\pd": "\\\\frac{\\\\partial #1}{\\\\partial #2}"}'),
        ("m.json", '{"tex": {"macros": {"R": "\\\\mathbb{R}",'
                   ' "pd": ["\\\\frac{\\\\partial #1}{\\\\partial #2}", 2]}}}'),
        ("m.yml", "parse:\n  mathjax:\n    macros:\n      R: \\mathbb{R}\n"
                  "      pd: ['\\frac{\\partial #1}{\\partial #2}', 2]\n"),
        ("m.js", "// macros\nwindow.MathJax = {tex: {macros: { /* reals */ R: \"\\\\mathbb{R}\", // {\n"
                 "\tpd: ['\\frac{\\partial #1}{\\partial #2}', 2]}}};\n"),
    ],
)  # fmt: skip
def test_macro_files(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    macros = read_macros([tmp_path / name])
    assert macros.expanded("\\R \\pd{f}{x}").text == "\\mathbb{R} \\frac{\\partial f}{\\partial x}"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("m.json", "{", "cannot be read"),
        ("m.json", '{"macros": {"a": 5}}', "macro 'a'"),
        ("m.yml", "&a [*a]", "defines no macros"),
        ("m.js", "alert(1)", "defines no macros"),
        ("m.txt", "x", "macro files end in"),
        ("m.sty", "\\relax", "defines no macros"),
    ],
)
def test_a_macro_file_that_is_wrong_is_named(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError, match=message) as error:
        read_macros([tmp_path / name])
    assert str(tmp_path / name) in str(error.value)


def test_macros_of_the_project_are_expanded(tmp_path: Path) -> None:
    (tmp_path / "macros.sty").write_text("\\newcommand{\\sig}[1]{\\sigma(#1)}\n")
    (tmp_path / "a.md").write_text("$\\sigma'(x) = \\sig{x} (1 + \\sig{x})$\n")
    assert rules_found(tmp_path) == []
    configure(tmp_path, 'macros = "macros.sty"')
    assert rules_found(tmp_path) == [("a.md", "SC201")]


# a catalog of one's own

OWN = """
from sympy import exp
from formulas.language import Partial, real
from formulas.schema import Claim, Definition, Formula

x = real("x")
blob = exp(-x**2) / 2
FORMULAS = (
    Formula(
        id="own.blob", title="Blob function", section=0, names=("blob",), symbols={"x": "any number"},
        definition=Definition(latex=r"\\mathrm{blob}(x)", expr=blob),
        claims=(Claim(name="derivative", lhs=Partial(blob, x), rhs=-2 * x * blob),),
    ),
)
"""


def test_a_catalog_of_ones_own(tmp_path: Path) -> None:
    from subprocess import run as start
    from sys import executable

    (tmp_path / "own.py").write_text(OWN)
    row = "| Function | Formula |\n|---|---|\n| Blob | ${}$ |\n"
    (tmp_path / "right.md").write_text(row.format("\\frac{1}{2} e^{-x^2}"))
    (tmp_path / "wrong.md").write_text(row.format("\\frac{1}{2} e^{x^2}"))

    def found(*extra: str) -> list[tuple[str, str, str]]:
        # a process of its own: a catalog cannot be taken back
        command = [executable, "-c", "from symcheck.cli import main; main()", "check", str(tmp_path)]
        done = start([*command, "--format", "json", *extra], capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stderr
        data = json.loads(done.stdout)
        rules = {f["file"]: f["rule"] for f in data["findings"]}
        return [(Path(f["file"]).name, f["status"], rules.get(f["file"], "")) for f in data["formulas"]]

    assert [status for _, status, _ in found()] == ["unchecked", "unchecked"]
    expected = [("right.md", "matched", ""), ("wrong.md", "errata", "SC202")]
    assert found("--catalog", str(tmp_path / "own.py")) == expected
    configure(tmp_path, 'catalog = "own.py"\nexclude = ["own.py"]')
    assert found() == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [("1/0", "ZeroDivisionError"), ("x = 1", "has no FORMULAS"), ("FORMULAS = (1,)", "has no FORMULAS")],
)
def test_a_catalog_that_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "own.py").write_text(text)
    (tmp_path / "a.md").write_text("$x$")
    result = run(tmp_path / "a.md", "--catalog", tmp_path / "own.py")
    assert result.exit_code == 2 and message in result.stderr and "own.py" in result.stderr


def test_the_reference_has_every_key() -> None:
    text = (Path(__file__).parents[2] / "docs" / "gate.md").read_text(encoding="utf-8")
    for key in KEYS:
        assert f"| `{key.name}` | {key.meaning} | `{key.example}` |" in text, "docs/gate.md"
