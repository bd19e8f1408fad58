"""Documents made to do harm, all in one folder with an honest one: each costs itself and nothing else."""

from __future__ import annotations

import json
import pickle
import re
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from symcheck.gate import run as gate_run
from symcheck.gate.documents import DocumentError, page, read_text
from symcheck.gate.documents.macros import Macros
from symcheck.gate.mentions import settled
from symcheck.gate.model import Judgement, Report, Status, unchecked
from symcheck.gate.run import _with_definitions, check_paths
from symcheck.latex import Reason
from symcheck.workers import BATCH

N = 100_000
HONEST = "| Name | Derivative |\n|---|---|\n| Softmax | $s_i(\\delta_{ij} + s_j)$ |\n"


def notebook(*sources: str) -> str:
    return json.dumps({"cells": [{"cell_type": "markdown", "source": s} for s in sources]})


REFUSED: dict[str, tuple[str | bytes, str]] = {
    "nested.ipynb": ("[" * N + "]" * N, r"nested\.ipynb: is nested too deeply to be read; leave it out"),
    "objects.ipynb": ('{"cells":' * N + "1" + "}" * N, "nested too deeply to be read; leave it out"),
    "half.ipynb": ('{"cells": [{"cell_type": "markdown",\n "source": ', r"half\.ipynb:2:\d+: is not JSON"),
    "parens.py": (f'"""$x$"""\nx = {"(" * N}{")" * N}\n', r"parens\.py:2:\d+: is not Python"),
    "minus.py": (f'"""$x$"""\nx = {"-" * N}1\n', "nested too deeply to be read; leave it out"),
    "bullets.rst": ("\n\n".join("  " * k + "* a" for k in range(600)) + "\n", "nested too deeply"),
    "latin.md": (b"text\ncaf\xe9 $x$\n", r"latin\.md:2:4: byte 0xe9 is not UTF-8; save the file as UTF-8"),
    "nul.md": (b"a\n b\0 $x$\n", r"nul\.md:2:3: holds a NUL byte, .*; save it as UTF-8"),
    "wide.tex": ("$x$".encode("utf-16"), r"wide\.tex:1:\d: .*; save it as UTF-8"),
    "big.md": (
        b"$x$ " * (9 << 20),
        r"big\.md: has more than 33,554,432 bytes; split it or leave it out",
    ),
}
"""Files that cannot be read, with what is said of them."""

READ: dict[str, tuple[str, str]] = {
    "tower.md": ("$9^{9^{9^9}}$\n", "unchecked"),
    "braces.md": ("$" + "{" * N + "x" + "}" * N + "$\n", "unchecked"),
    "long.md": ("$$\n" + "x + " * 2_500_000 + "x\n$$\n", "unchecked"),
    "import.md": (r"$\operatorname{__import__}(\text{'os'}).\operatorname{system}(1)$" + "\n", "unchecked"),
    "endless.tex": ("\\def\\a{\\a\\a}\ntext $\\a$\n", "SC106"),
    "mutual.tex": ("\\def\\a{\\b}\\def\\b{\\a}\ntext $\\a$\n", "SC106"),
    "laughs.tex": (
        "".join(f"\\def\\{a}{{{f'{chr(92)}{b}' * 10}}}\n" for a, b in pairwise("abcdefghijk"))
        + "$\\a$\n", "SC106",
    ),
    "input.tex": ("\\input{input.tex}\\input{/etc/passwd}\n$9^{9^{9}}$\n", "unchecked"),
    "include.rst": (
        ".. include:: /etc/passwd\n\n.. raw:: html\n   :file: /etc/passwd\n\n:math:`\\nope x`\n", "unchecked"
    ),
    "substitutions.rst": (
        "".join(f".. |{k}| replace:: |{k + 1}| |{k + 1}|\n" for k in range(30)) + "\n|0| :math:`\\nope x`\n",
        "unchecked",
    ),
    "digits.ipynb": (
        '{"n": ' + "9" * 1_000_000 + ', "cells": [{"cell_type": "markdown", "source": "$\\\\nope x$"}]}',
        "unchecked",
    ),
    "spaces.ipynb": (notebook(" " * 10_000_000, "$\\nope x$"), "unchecked"),
    "links.md": ("[" * 20_000 + "$\\nope x$\n", "unchecked"),
    "quotes.md": (">" * N + " $x$\n", "nothing"),
    "environments.tex": ("\\begin{align}" * N, "SC1"),
}  # fmt: skip
"""Files that are read: a status of their formulas, the rule of a finding, or nothing in them."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("bombs")
    for name, (content, _) in {**REFUSED, **READ}.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(data + b"$" * (name == "big.md"))
    (folder / "honest.md").write_text(HONEST)
    (folder / "self.md").symlink_to(folder / "self.md")
    (folder / "loop").symlink_to(folder)
    (folder / "below").mkdir()
    (folder / "below" / "up").symlink_to(folder)
    return check_paths([folder], jobs=2)


def test_the_honest_document_is_judged_beside_them(report: Report) -> None:
    assert [f.rule for f in report.findings if f.file.endswith("honest.md")] == ["SC203"]
    assert report.exit_code() == 2 and not report.defects


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_cannot_be_read_says_where_and_what_to_do(report: Report, name: str) -> None:
    (error,) = (str(e) for e in report.errors if name in str(e))
    assert re.search(REFUSED[name][1], error), error


@pytest.mark.parametrize("name", sorted(READ))
def test_what_can_be_read_is_unchecked_or_found(report: Report, name: str) -> None:
    assert not [e for e in report.errors if name in str(e)]
    found = [c.judgement for c in report.formulas if c.file.endswith(name)]
    rules = [f.rule for f in report.findings if f.file.endswith(name)]
    expected = READ[name][1]
    if expected == "unchecked":
        assert [j.status for j in found] == [Status.UNCHECKED] and found[0].detail and found[0].reason
    elif expected == "nothing":
        assert not found and not rules
    else:
        assert rules and all(code.startswith(expected) for code in rules)
        finding = next(f for f in report.findings if f.file.endswith(name))
        assert finding.line >= 1 and finding.column >= 1


def test_links_in_a_circle_are_not_followed(report: Report) -> None:
    (error,) = (str(e) for e in report.errors if "self.md" in str(e))
    assert "cannot be read" in error
    assert sum(f.endswith("honest.md") for f in report.files) == 1


def test_a_document_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_run, "READING_SECONDS", 4.0)
    (tmp_path / "columns.md").write_text(
        "|" + "a|" * 20_000 + "\n|" + "-|" * 20_000 + ("\n|" + "a|" * 20_000) * 30
    )
    (tmp_path / "honest.md").write_text(HONEST)
    found = check_paths([tmp_path], jobs=2)
    (error,) = map(str, found.errors)
    assert "columns.md: cannot be read: took more than 4 s; split it or leave it out" in error
    assert [f.rule for f in found.findings] == ["SC203"]


GROWING: dict[str, Callable[[int], tuple[str, str]]] = {
    "a wide row": lambda n: ("|" + "a|" * n + "\n|" + "-|" * n + "\n|" + "$x$|" * n + "\n", "t.md"),
    "a wide row of TeX": lambda n: (
        "\\begin{tabular}{c}\n" + "$x$ & " * n + "\\\\\n\\end{tabular}\n", "t.tex"
    ),
    "a full cell": lambda n: ("|a|b|\n|-|-|\n|" + "$x$ " * n + "|$y$|\n", "t.md"),
    "a long heading": lambda n: ("# " + "word " * n + "\n\n" + "$x$\n\n" * n, "t.md"),
    "a long label": lambda n: ("**" + "word " * n + "** " + "$x$ " * n + "\n", "t.md"),
    "a long definition": lambda n: (
        "$\\sigma(x) = " + "x + " * n + "x$\n\n" + "$\\sigma$\n\n" * n, "t.md"
    ),
    "one long line": lambda n: ("a $x$ " * n + "\n", "t.md"),
    "assumptions": lambda n: ("a <!-- symcheck: assume x>0 --> $x$ " * n + "\n", "t.md"),
    "an assumption": lambda n: (
        "<!-- symcheck: assume " + "x>0," * n + "x>1 -->\n\n" + "$x$\n" * n, "t.md"
    ),
    "many macros": lambda n: ("".join(
        f"\\newcommand{{\\m{''.join(chr(97 + int(d)) for d in str(k))}}}{{x}}\n" for k in range(n)
    ) + "$x$ " * n, "t.tex"),
}  # fmt: skip
"""Documents that grow with a number, of which something stands near every formula."""


@pytest.mark.parametrize("name", sorted(GROWING))
def test_work_grows_with_the_document_and_no_faster(name: str) -> None:
    """Formulas travel to workers with what stands around them: that is bounded, whatever stands there."""

    def cost(n: int, times: int = 1) -> tuple[float, int]:
        """The least CPU seconds of some turns, as others on the machine slow down one or another; bytes."""
        found = [once(n) for _ in range(times)]
        return min(seconds for seconds, _ in found), found[0][1]

    def once(n: int) -> tuple[float, int]:
        text, file = GROWING[name](n)
        began = time.process_time()
        passages = _with_definitions(read_text(text, file, Macros())).passages
        settled(passages, [unchecked(Reason.THEORY, "")] * len(passages), [None] * len(passages))
        seconds = time.process_time() - began
        batches = (passages[at : at + BATCH] for at in range(0, len(passages), BATCH))
        return seconds, sum(len(pickle.dumps(b)) for b in batches)

    cost(10)
    few, many = cost(800), cost(6_400, times=2)
    assert many[1] <= 10 * few[1], f"{few[1]:,} and {many[1]:,} bytes for eight times as much"
    assert many[0] <= 24 * few[0] + 0.5, f"{few[0]:.2f} s and {many[0]:.2f} s for eight times as much"


def test_mentions_are_settled_in_linear_time() -> None:
    """Every other formula is a recognised one with names of its own, the others are compared with them."""

    def seconds(n: int) -> float:
        text = "# t\n\n## u\n\n" + "".join(
            f"### v{k % 7}\n\n$s_{{{k}}} = x$\n\n$x_{{{k}}}$\n\n" for k in range(n)
        )
        passages = read_text(text, "t.md").passages
        one, other = Judgement(status=Status.MATCHED, formula="act.softmax"), unchecked(Reason.THEORY, "")
        began = time.process_time()
        settled(passages, [one, other] * n, [None] * (2 * n))
        return time.process_time() - began

    seconds(10)
    few, many = seconds(300), seconds(2_400)
    assert many <= 24 * few + 0.5, f"{few:.2f} s and {many:.2f} s for eight times as much"


def test_a_document_of_too_many_formulas_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MAX_FORMULAS", 10)
    assert len(read_text("$x$ " * 10, "t.md").passages) == 10
    with pytest.raises(DocumentError, match=r"t\.md: has more than 10 formulas; split it or leave it out"):
        read_text("$x$ " * 11, "t.md")
