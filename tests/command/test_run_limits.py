"""A claim that hangs, eats memory or kills its worker costs that claim; the others keep their results."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import faulty_work
import pytest

from formulas.schema import Verdict
from symcheck.cache.store import Store
from symcheck.interrupt import Terminated, exit_status, stoppable
from symcheck.judge import Contradiction, select
from symcheck.run import Found, Task, run

ROOT = Path(__file__).parents[2]
CHOSEN = [f"{f.id}/{c.name}" for f, c in select(("act.softmax",))]

FAULTS = {
    "hangs": (faulty_work.hangs, "took more than 3 s"),
    "hangs outside Python": (faulty_work.hangs_outside_python, "took more than 3 s"),
    "eats memory": (faulty_work.eats_memory, "out of memory"),
    "eats memory outside Python": (faulty_work.eats_memory_outside_python, "worker died"),
    "is killed": (faulty_work.is_killed, "worker died"),
    "ends its process": (faulty_work.ends, "worker died"),
    "recurses": (faulty_work.recurses, "nested too deeply"),
}


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_fault_costs_its_claim_alone(fault: str, tmp_path: Path) -> None:
    work, reason = FAULTS[fault]
    store = Store(tmp_path)
    seconds = 3.0 if "3 s" in reason else 60.0
    results = run(CHOSEN, jobs=2, seconds=seconds, memory=2 << 30, work=work, store=store)
    assert [j.id for j in results] == CHOSEN
    (bad,) = (j for j in results if not j.holds)
    assert bad.claim.name == "jacobian"
    assert bad.verdict is Verdict.UNDECIDED and reason in bad.reason
    again = run(CHOSEN, jobs=2, store=store)
    assert all(j.holds for j in again)
    assert [j.id for j in again if j.cached == "no"] == ["act.softmax/jacobian"], "the others were kept"


def test_a_defect_is_no_verdict() -> None:
    with pytest.raises(Contradiction, match=r"act\.softmax/jacobian: AssertionError: a defect"):
        run(CHOSEN, jobs=1, work=faulty_work.contradicts)


def test_workers_agree_with_one_process() -> None:
    here, there = run(CHOSEN, jobs=0), run(CHOSEN, jobs=2)
    # the order of sets differs between processes, and with it which of equal points is drawn first
    assert [(j.verdict, j.falsification.shapes, j.counterexample) for j in here] == [
        (j.verdict, j.falsification.shapes, j.counterexample) for j in there
    ]
    assert [j.proof.steps if j.proof else 0 for j in here] == [j.proof.steps if j.proof else 0 for j in there]


SLOW = (
    "import sys; sys.path.insert(0, 'tests/support')\n"
    "import faulty_work, symcheck.run as r\n"
    "from functools import partial\n"
    "r.run = partial(r.run, work=faulty_work.takes_its_time)\n"
    "from symcheck.cli import main\n"
    "main(['prove', 'act.softmax', '--json', '--jobs', '2'])\n"
)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_keeps_what_is_done(tmp_path: Path, number: int, status: int) -> None:
    """One claim takes ten minutes; the run is stopped when those before it are done."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "SYMCHECK_CACHE_DIR": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW], env=env, cwd=ROOT, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    first = CHOSEN.index("act.softmax/sums_to_one")
    assert first > 0
    until = time.monotonic() + 60
    while Store(tmp_path).info().entries < 2 * first and time.monotonic() < until:
        time.sleep(0.1)
    os.killpg(process.pid, number)  # as a terminal does: workers get it too
    out, err = process.communicate(timeout=30)
    assert process.returncode == status, err
    assert out == "", "the output is whole or absent"
    assert f"stopped after {first} of {len(CHOSEN)} claims" in err and "Traceback" not in err
    again = run(CHOSEN[:first], jobs=1, store=Store(tmp_path))
    assert [j.cached for j in again] == ["replayed"] * first


def test_a_full_disk_does_not_stop_a_run(tmp_path: Path) -> None:
    """Files may not grow: the verdicts are whole, and the command says that nothing was kept."""
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))\n"
        "from symcheck.cli import main\n"
        "main(['prove', 'act.softmax', '--json'])\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT), "SYMCHECK_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "cache: " in done.stderr
    assert json.loads(done.stdout)["summary"]["claims"] == len(CHOSEN)


def test_sigterm_is_an_exception_only_within() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt) as stopped, stoppable():
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
    assert isinstance(stopped.value, Terminated) and exit_status(stopped.value) == 143
    assert exit_status(KeyboardInterrupt()) == 130
    assert signal.getsignal(signal.SIGTERM) == before


_: Callable[[Task], Found] = faulty_work.hangs
