"""The documentation builds without a warning, and its notebooks show what they show when they are run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from notebooks import executed, notebooks, outputs

ROOT = Path(__file__).parents[2]


def build(source: Path, out: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-j", "2", str(source), str(out)],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def test_the_documentation_builds(tmp_path: Path) -> None:
    ran = build(ROOT / "docs", tmp_path)
    assert ran.returncode == 0, ran.stderr
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "tutorial/proof.html" in index and "commands.html" in index
    commands = " ".join(
        re.sub("<[^>]+>", " ", (tmp_path / "commands.html").read_text(encoding="utf-8")).split()
    )
    for name in ("list", "show", "prove", "check", "generate", "export", "report"):
        assert f"symcheck {name} [" in commands
    assert "Raises" in (tmp_path / "api.html").read_text(encoding="utf-8")


def test_a_page_that_nobody_links_breaks_the_build(tmp_path: Path) -> None:
    source = tmp_path / "docs"
    source.mkdir()
    (source / "conf.py").write_text('extensions = ["myst_nb"]\n')
    (source / "index.md").write_text("# Title\n")
    (source / "lost.md").write_text("# Lost\n")
    assert build(source, tmp_path / "out").returncode != 0


def test_links_between_pages_lead_somewhere() -> None:
    lost = []
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                lost.append(f"{page.relative_to(ROOT)}: {target}")
    assert not lost


@pytest.mark.parametrize("place", notebooks(), ids=lambda p: p.stem)
def test_a_notebook_shows_what_running_it_shows(place: Path) -> None:
    committed = json.loads(place.read_text(encoding="utf-8"))
    ran = executed(place)
    for cell in committed["cells"]:
        for o in cell.get("outputs", []):
            o["data"] = {k: "".join(v) for k, v in o.get("data", {}).items()}
            o["text"] = "".join(o["text"]) if "text" in o else None
    got = outputs(ran)
    wanted = [
        [{"name": o.get("name"), "text": o["text"], "data": o["data"]} for o in cell.get("outputs", [])]
        for cell in committed["cells"]
    ]
    assert got == wanted, "run: python tests/support/notebooks.py"
    assert sum(map(len, got)) >= 4
