"""Faults that are really injected: disks that are full, processes that are killed in the middle.

Outputs are whole or absent, the other results are kept, the exit status tells, and the next run mends what
is left.  Faults of claims are in ``tests/command/test_run_limits.py``, those of the cache in ``tests/cache``.
"""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import faulty_work
import pytest
from click.testing import CliRunner

import symcheck.run
from codegen.generate import ROOT as GENERATED
from codegen.generate import generate
from codegen.site.command import report as report_command
from codegen.site.write import MARKER
from formulas import get
from symcheck.files import write_whole
from symcheck.gate import run as gate_run
from symcheck.gate.model import Status
from symcheck.gate.run import check_paths
from symcheck.judge import judge
from symcheck.workers import BATCH

ROOT = Path(__file__).parents[2]
WRONG = "| Name | Derivative |\n|---|---|\n| Softmax | $s_i(\\delta_{ij} + s_j)$ |\n"
BROKEN = "Text $\\frac{1}{2$.\n"


def command(*order: str, code: str = "", **env: str) -> subprocess.Popen[str]:
    start = f"{code}\nfrom symcheck.cli import main\nmain({list(order)!r})\n"
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")])
    return subprocess.Popen(
        [sys.executable, "-c", start], env={**os.environ, "PYTHONPATH": paths, **env}, cwd=ROOT, text=True,
        start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


INTO = """
import pathlib, codegen.generate as g
g.generate.__kwdefaults__['root'] = pathlib.Path({root!r})
"""

# a full disk


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with 12 kB left and a file ``old`` on it."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(place)], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("a small file system cannot be mounted here (needs root)")
    try:
        (place / "old").write_text("what was there before")
        with (place / "ballast").open("wb") as stream:
            stream.write(bytes(128 * 1024 - 4 * 4096 - 4096))
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_leaves_what_was_there(full_disk: Path) -> None:
    write_whole(full_disk / "small", "x" * 100)
    for name in ("old", "new"):
        with pytest.raises(OSError, match=f"No space left.*{name}"):
            write_whole(full_disk / name, "x" * 100_000)
    assert (full_disk / "old").read_text() == "what was there before"
    assert sorted(p.name for p in full_disk.iterdir()) == ["ballast", "old", "small"]


def test_a_report_that_does_not_fit_is_said_so_and_the_old_one_stays(full_disk: Path, tmp_path: Path) -> None:
    document = tmp_path / "a.md"
    document.write_text(BROKEN * 400)
    order = ("check", str(document), "--format", "json", "--no-cache", "--output", str(full_disk / "old"))
    status, _, err = ended(command(*order))
    assert status == 2 and "old cannot be written: No space left" in err, err
    assert (full_disk / "old").read_text() == "what was there before"
    assert sorted(p.name for p in full_disk.iterdir()) == ["ballast", "old"]


def test_a_baseline_that_does_not_fit(full_disk: Path, tmp_path: Path) -> None:
    document = tmp_path / "a.md"
    document.write_text("".join(f"Text $\\frac{{{n}}}{{2$.\n\n" for n in range(400)))
    order = ("check", str(document), "--no-cache", "--write-baseline", "--baseline", str(full_disk / "new"))
    status, _, err = ended(command(*order))
    assert status == 2 and "cannot be written: No space left" in err, err
    assert sorted(p.name for p in full_disk.iterdir()) == ["ballast", "old"]


@pytest.mark.parametrize("order", [["generate"], ["export", "act.softmax", "--target", "numpy", "-o"]])
def test_kernels_that_do_not_fit(full_disk: Path, order: list[str]) -> None:
    code = INTO.format(root=str(full_disk))
    (full_disk / "more").write_bytes(bytes(4096))
    if order[0] == "export":
        order = [*order, str(full_disk / "old")]
    status, out, err = ended(command(*order, code=code))
    assert status == 1 and "No space left" in err and "Traceback" not in err, (out, err)
    for place in full_disk.rglob("*.py"):
        assert place.read_bytes() == (GENERATED / place.relative_to(full_disk)).read_bytes(), (
            "whole or absent"
        )
    assert (full_disk / "old").read_text() == "what was there before"
    assert not [p for p in full_disk.rglob(".*") if p.is_file()]


def test_a_site_that_does_not_fit_leaves_the_one_before(
    full_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = full_disk / "site"
    site.mkdir()
    (site / MARKER).touch()
    (site / "index.html").write_text("before")
    monkeypatch.setattr(
        symcheck.run, "run", lambda **_: [judge(get("act.softmax"), get("act.softmax").claims[0])]
    )
    done = CliRunner().invoke(report_command, ["-o", str(site)])
    assert done.exit_code == 1 and f"{site} cannot be written: No space left" in done.stderr
    assert (site / "index.html").read_text() == "before"
    assert sorted(p.name for p in full_disk.iterdir()) == ["ballast", "old", "site"]


# interrupted


KILLS_ITSELF = (
    INTO
    + """
import os
before, done = os.fsync, []
def fsync(handle):
    done.append(handle)
    if len(done) == 4:
        os.ftruncate(handle, 100)  # the half that had reached the disk
        os.kill(os.getpid(), {number})
        import time; time.sleep(60)
    before(handle)
os.fsync = fsync
"""
)


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGKILL, -9), (signal.SIGTERM, 143), (signal.SIGINT, 130)]
)
def test_generate_that_is_stopped_leaves_whole_files_and_goes_on(
    tmp_path: Path, number: int, status: int
) -> None:
    code = KILLS_ITSELF.format(root=str(tmp_path), number=int(number))
    found, out, err = ended(command("generate", code=code))
    assert found == status, (out, err)
    written = [p for p in tmp_path.rglob("*.py") if not p.name.startswith(".")]
    assert len(written) == 3
    for place in written:
        assert place.read_bytes() == (GENERATED / place.relative_to(tmp_path)).read_bytes()
    assert [p for p in tmp_path.rglob(".*") if p.is_file()] or number != signal.SIGKILL
    if number == signal.SIGKILL:
        missing = generate(root=tmp_path)
        assert len(missing) > 10, "what is missing is seen, and written"
        assert not generate(check=True, root=tmp_path)
        assert not [p for p in tmp_path.rglob(".*") if p.is_file()], "halves are cleared away"


SLOW_GATE = """
import faulty_work, symcheck.gate.run as r
r._judge = faulty_work.judge_or_wait
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_check_that_is_stopped_keeps_finished_documents(tmp_path: Path, number: int, status: int) -> None:
    from symcheck.cache.store import Store

    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.md").write_text("".join(f"$x = {k}$\n\n" for k in range(BATCH - 1)) + WRONG)
    (docs / "b.md").write_text("$WAIT = 1$\n")
    cache, report = tmp_path / "cache", tmp_path / "report.json"
    order = ("check", str(docs), "--jobs", "1", "--time-limit", "600", "--output", str(report))
    process = command(*order, code=SLOW_GATE, SYMCHECK_CACHE_DIR=str(cache))
    until = time.monotonic() + 200
    while Store(cache).info().entries < 1 and time.monotonic() < until and process.poll() is None:
        time.sleep(0.2)
    os.killpg(process.pid, number)
    found, _, err = ended(process)
    assert found == status and "finished documents are kept" in err and "Traceback" not in err, err
    assert not report.exists()
    assert Store(cache).info().entries == 1


# a killed worker, a broken file


def test_a_killed_worker_costs_its_formula_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.md").write_text("$x = x$\n\n$KILL = 1$\n\n" + WRONG)
    (tmp_path / "b.md").write_text(BROKEN)
    monkeypatch.setattr(gate_run, "_judge", faulty_work.judge_or_die)
    report = check_paths([tmp_path], jobs=2)
    killed = [c for c in report.formulas if "KILL" in c.latex]
    assert [c.judgement.status for c in killed] == [Status.UNCHECKED]
    assert "worker died" in killed[0].judgement.detail
    assert sorted(f.rule for f in report.findings) == ["SC101", "SC203"]


# writing


def test_links_modes_and_devices(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    write_whole(link, "new")
    assert link.is_symlink() and real.read_text() == "new" and stat.S_IMODE(real.stat().st_mode) == 0o640
    write_whole(Path("/dev/null"), "gone")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    before = os.umask(0o077)
    try:
        write_whole(tmp_path / "a" / "private", "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a" / "private").stat().st_mode) == 0o600
    with pytest.raises(OSError, match="dir"):
        (tmp_path / "dir").mkdir()
        write_whole(tmp_path / "dir" / "", "x")
