"""The pre-commit hook and the GitHub action, against a git repository that the test makes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WRONG = "The derivative: $\\sigma'(x) = \\sigma(x)(1 + \\sigma(x))$.\n"
RIGHT = "The derivative: $\\sigma'(x) = \\sigma(x)(1 - \\sigma(x))$.\n"


def run(
    *command: str | Path, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    here = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    here |= {
        f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    here["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{here['PATH']}"
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        here.pop(name, None)
    return subprocess.run(
        [str(c) for c in command],
        cwd=cwd,
        env={**here, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def repository(folder: Path, files: Mapping[str, str]) -> str:
    """A repository with one commit; returns its hash."""
    folder.mkdir()
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "all")):
        done = run("git", *command, cwd=folder)
        assert done.returncode == 0, done.stderr
    return run("git", "rev-parse", "HEAD", cwd=folder).stdout.strip()


# pre-commit


def test_the_hooks_are_valid() -> None:
    done = run(sys.executable, "-m", "pre_commit", "validate-manifest", ".pre-commit-hooks.yaml", cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_hooks_stop_a_commit(tmp_path: Path) -> None:
    manifest = (ROOT / ".pre-commit-hooks.yaml").read_text()
    assert manifest.count("language: python") == 2
    # symcheck as it is installed here: building an environment for it would need the network
    manifest = manifest.replace("language: python", "language: system")
    revision = repository(tmp_path / "hooks", {".pre-commit-hooks.yaml": manifest})
    config = {
        "repos": [
            {
                "repo": str(tmp_path / "hooks"),
                "rev": revision,
                "hooks": [{"id": "symcheck"}, {"id": "symcheck-docstrings"}],
            }
        ]
    }
    project = tmp_path / "project"
    repository(
        project, {".pre-commit-config.yaml": yaml.safe_dump(config), "docs/a.md": RIGHT, "b.txt": WRONG}
    )
    env = {"PRE_COMMIT_HOME": str(tmp_path / "home"), "SYMCHECK_CACHE_DIR": str(tmp_path / "cache")}
    done = run(sys.executable, "-m", "pre_commit", "install", cwd=project, env=env)
    assert done.returncode == 0, done.stdout + done.stderr

    def commit(name: str, text: str) -> subprocess.CompletedProcess[str]:
        (project / name).write_text(text)
        run("git", "add", "-A", cwd=project, env=env)
        return run("git", "commit", "-m", "x", cwd=project, env=env)

    stopped = commit("docs/a.md", WRONG)
    assert stopped.returncode == 1
    assert "docs/a.md:1:18: error SC201" in stopped.stdout + stopped.stderr
    passed = commit("docs/a.md", RIGHT + "\nMore.\n")
    assert passed.returncode == 0, passed.stdout + passed.stderr
    stopped = commit("m.py", 'def f():\n    """A $\\frac{a}{b}$."""\n')
    assert stopped.returncode == 1 and "m.py:2:11: error SC105" in stopped.stdout + stopped.stderr


# the action


class Action:
    """Runs the ``run`` steps of ``action.yml`` as GitHub does: expressions filled in, bash, environment."""

    def __init__(self, temp: Path) -> None:
        self.data: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
        self.temp = temp

    def _filled(self, text: str, inputs: Mapping[str, str]) -> str:
        defaults = {name: str(i.get("default", "")) for name, i in self.data["inputs"].items()}
        known = {f"inputs.{name}": value for name, value in {**defaults, **inputs}.items()}
        known |= {"github.action_path": str(ROOT), "runner.temp": str(self.temp), "runner.os": "Linux"}
        return re.sub(r"\$\{\{\s*([\w.-]+)\s*\}\}", lambda m: known[m[1]], text)

    def check(self, cwd: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
        assert set(inputs) <= set(self.data["inputs"])
        (step,) = [s for s in self.data["runs"]["steps"] if s.get("id") == "check"]
        env = {name: self._filled(value, inputs) for name, value in step["env"].items()}
        assert "${{" not in step["run"], "an input in a script would be run"
        return run("bash", "-e", "-o", "pipefail", "-c", step["run"], cwd=cwd, env=env)


@pytest.fixture
def action(tmp_path: Path) -> Action:
    return Action(tmp_path)


def test_the_action_is_complete(action: Action) -> None:
    steps = action.data["runs"]["steps"]
    assert action.data["runs"]["using"] == "composite"
    assert [s.get("id") or s["uses"].split("@")[0] for s in steps] == [
        "actions/setup-python", "install", "actions/cache", "check",
    ]  # fmt: skip
    assert all("description" in i for i in action.data["inputs"].values())
    assert all(s.get("shell") == "bash" for s in steps if "run" in s)


def test_the_action_annotates_and_fails(action: Action, tmp_path: Path) -> None:
    project = tmp_path / "project"
    repository(project, {"docs/a.md": WRONG, "docs/b.md": RIGHT, "notes/c.md": RIGHT})
    failed = action.check(project, paths="docs notes", sarif="out.sarif")
    assert failed.returncode == 1
    assert "::error file=docs/a.md,line=1,endLine=1,col=18," in failed.stdout
    assert len(json.loads((project / "out.sarif").read_text())["runs"][0]["results"]) == 1
    assert action.check(project, paths="docs/b.md\nnotes").returncode == 0
    assert action.check(project, paths="missing.md").returncode == 2
    assert action.check(project, paths="$(touch x) docs/b.md; touch y").returncode == 2
    assert not (project / "x").exists() and not (project / "y").exists()


def test_the_action_takes_a_baseline(action: Action, tmp_path: Path) -> None:
    project = tmp_path / "project"
    repository(project, {"docs/a.md": WRONG})
    symcheck = Path(sys.executable).parent / "symcheck"
    done = run(symcheck, "check", "docs", "--baseline", "known.json", "--write-baseline", cwd=project)
    assert done.returncode == 0, done.stderr
    assert action.check(project, paths="docs", baseline="known.json").returncode == 0
    (project / "docs" / "a.md").write_text("Line.\n\n" + WRONG + "\n$\\frac{1$\n")
    failed = action.check(project, paths="docs", baseline="known.json")
    assert failed.returncode == 1 and "SC101" in failed.stdout and "SC201" not in failed.stdout
