"""The wheel and the sdist, built, installed as a user would, and used in a folder of their own.

The new environment sees the dependencies that are installed here through a ``.pth`` file, so that nothing is
downloaded; symcheck itself it can only have from the wheel.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = r"For the sigmoid, $\sigma'(x) = \sigma(x)(1 + \sigma(x))$."


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel made from it."""
    out = tmp_path_factory.mktemp("dist")
    ran = run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, ROOT, cwd=out)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return out


@pytest.fixture(scope="module")
def environment(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` folder of a new environment with the wheel."""
    place = tmp_path_factory.mktemp("venv")
    venv.create(place, with_pip=True)
    (wheel,) = built.glob("*.whl")
    python = place / "bin" / "python"
    ran = run(python, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet", wheel, cwd=place)
    assert ran.returncode == 0, ran.stderr
    (packages,) = place.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return place / "bin"


def test_the_wheel_holds_the_four_rooms_and_their_data(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for wanted in (
        "formulas/catalog.py", "symcheck/cli.py", "codegen/commands.py",
        "generated/numpy_kernels/__init__.py",
        "generated/c_kernels/__init__.py", "codegen/c/accuracy_table.json",
        "generated/cupy_kernels/__init__.py", "codegen/accuracy_table.json",
    ):  # fmt: skip
        assert wanted in names
    assert any(n.startswith("codegen/") and n.endswith((".j2", ".jinja")) for n in names), "templates"
    assert any(n.endswith("licenses/LICENSE") for n in names)
    assert not [n for n in names if n.startswith(("tests/", "docs/", "benchmarks/"))]


def test_the_sdist_can_be_tested(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {n.partition("/")[2] for n in archive.getnames()}
    assert {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "Makefile",
        "CHANGELOG.md",
        "tests/conftest.py",
    } <= names
    assert not [n for n in names if n.startswith((".venv", ".git/", "build/", "shared"))]


def test_commands_work_outside_the_repository(environment: Path, tmp_path: Path) -> None:
    where = run(environment / "python", "-c", "import symcheck; print(symcheck.__file__)", cwd=tmp_path)
    assert str(environment.parent) in where.stdout, "it must be the wheel's"
    proved = run(environment / "symcheck", "prove", "act.softmax/jacobian", cwd=tmp_path)
    assert proved.returncode == 0 and "1 proved" in proved.stdout, proved.stderr
    (tmp_path / "notes.md").write_text(TEXT)
    checked = run(environment / "symcheck", "check", "notes.md", cwd=tmp_path)
    assert checked.returncode == 1 and "SC201" in checked.stdout, checked.stderr
    explained = run(environment / "symcheck", "check", "--explain", "SC201", cwd=tmp_path)
    assert explained.returncode == 0 and "SC201" in explained.stdout, explained.stderr
    listed = run(environment / "symcheck", "list", cwd=tmp_path)
    assert listed.returncode == 0 and "formulas" in listed.stdout


def test_an_exported_file_needs_numpy_alone(environment: Path, tmp_path: Path) -> None:
    wanted = ("act.softmax", "loss.cross_entropy", "--target", "numpy", "-o", "k.py")
    exported = run(environment / "symcheck", "export", *wanted, cwd=tmp_path)
    assert exported.returncode == 0, exported.stderr
    script = (
        "import sys\n"
        "refused = ('sympy', 'symcheck', 'formulas', 'codegen', 'generated', 'scipy')\n"
        "class Refuse:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name.partition('.')[0] in refused:\n"
        "            raise ImportError(name)\n"
        "sys.meta_path.insert(0, Refuse())\n"
        "import numpy, k\n"
        "print(k.softmax(numpy.array([0.0, 0.0])))\n"
    )
    ran = run(environment / "python", "-c", script, cwd=tmp_path)
    assert ran.stdout.strip() == "[0.5 0.5]", ran.stderr
