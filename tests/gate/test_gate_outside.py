"""A check reaches for nothing outside its documents: no network, no file that is only named, no process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOOK = """
import os, sys

def hook(event, arguments):
    said = repr(arguments)
    outside = event.startswith(("urllib.", "http.", "ftplib.", "socket.getaddrinfo", "socket.gethost"))
    outside |= event in ("socket.connect", "socket.sendto", "socket.bind") and isinstance(arguments[1], tuple)
    outside |= event in ("os.system", "os.startfile", "pty.spawn", "subprocess.Popen")
    outside |= event == "open" and "canary" in said
    if outside:
        handle = os.open(os.environ["SEEN"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, f"{event} {said}\\n".encode())
        os.close(handle)

sys.addaudithook(hook)
"""
URL = "http://127.0.0.1:9/canary"
WRONG = "| Name | Derivative |\n|---|---|\n| Softmax | $s_i(\\delta_{ij} + s_j)$ |\n"
DOCUMENTS = {
    "a.md": f"![x]({URL}) <{URL}> [y]: {URL}\n\n<img src='{URL}'>\n\n```{{include}} canary.md\n```\n\n"
    f"```{{literalinclude}} {URL}\n```\n\n{WRONG}",
    "b.rst": f".. raw:: html\n   :url: {URL}\n\n.. csv-table::\n   :url: {URL}\n\n.. include:: canary.rst\n\n"
    f".. image:: {URL}\n\n.. literalinclude:: canary.py\n\n:math:`\\mine x`\n",
    "c.tex": f"\\input{{canary}}\\include{{canary}}\\includegraphics{{{URL}}}\\write18{{cat canary}}\n"
    "\\usepackage{canary}\\bibliography{canary}\n$\\mine x$\n",
    "d.ipynb": json.dumps({"cells": [
        {"cell_type": "code", "source": f"from urllib.request import *\nurlopen('{URL}')\n!cat canary"},
        {"cell_type": "markdown", "source": f"![x]({URL}) $x = x$"},
    ]}),
    "e.py": f'"""$x = x$"""\nimport urllib.request\nurllib.request.urlopen("{URL}")\nopen("canary.py")\n',
}  # fmt: skip


def started(folder: Path, *order: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """A Python in ``folder`` that, like all that it starts, writes down what it does outside."""
    (folder / "hook").mkdir()
    (folder / "hook" / "sitecustomize.py").write_text(HOOK)
    seen = folder / "seen"
    paths = os.pathsep.join([str(folder / "hook"), str(ROOT)])
    env = {**os.environ, "PYTHONPATH": paths, "SEEN": str(seen)}
    done = subprocess.run(
        [sys.executable, *order], env=env, cwd=folder / "docs",
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    return done, seen.read_text().splitlines() if seen.exists() else []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    for name, text in DOCUMENTS.items():
        (tmp_path / "docs" / name).write_text(text)
    (tmp_path / "docs" / "pyproject.toml").write_text("[tool.symcheck]\nexclude = ['canary*']\n")
    for name in ("canary.tex", "canary.md", "canary.rst", "canary.py"):
        (tmp_path / "docs" / name).write_text("\\newcommand{\\mine}{2}\n")
    return tmp_path


def test_documents_make_the_gate_reach_for_nothing(folder: Path) -> None:
    code = (
        "from symcheck.cli import main; main(['check', '.', '--no-cache', '--jobs', '1', '--format', 'json'])"
    )
    done, seen = started(folder, "-c", code)
    report = json.loads(done.stdout)
    assert done.returncode == 1 and [f["rule"] for f in report["findings"]] == ["SC203"], done.stderr
    assert {Path(f["file"]).name for f in report["formulas"]} == set(DOCUMENTS)
    assert seen == []


def test_what_reaches_out_is_seen(folder: Path) -> None:
    """The same watch over the code of the documents, run on purpose, and in a process started by it."""
    code = (
        "import multiprocessing as m, sys\n"
        "def work():\n"
        "    open('canary.py').close()\n"
        f"    import urllib.request\n    urllib.request.urlopen('{URL}')\n"
        "if __name__ == '__main__':\n"
        "    p = m.get_context('forkserver').Process(target=work); p.start(); p.join()\n"
    )
    (folder / "docs" / "canary_run.py").write_text(code)
    _, seen = started(folder, "canary_run.py")
    events = {line.split()[0] for line in seen}
    assert {"open", "urllib.Request", "socket.connect"} <= events
