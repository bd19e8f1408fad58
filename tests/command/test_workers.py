"""A hang, a crash or a greedy formula costs that formula and nothing else."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import time
from pathlib import Path

from symcheck.workers import Failure, Workers


def test_a_hang_costs_one_item_of_its_batch() -> None:
    began = time.perf_counter()
    with Workers(2, time_limit=1.0) as workers:
        outcomes = list(workers.each(time.sleep, [0, 60, 0, 0]))
    assert [isinstance(o, Failure) and o.timed_out for o in outcomes] == [False, True, False, False]
    assert time.perf_counter() - began < 20


def test_a_crash_is_a_failure() -> None:
    with Workers(1, time_limit=5.0) as workers:
        (outcome,) = workers.each(os._exit, [3])
        assert isinstance(outcome, Failure) and not outcome.timed_out
        assert list(workers.each(math.sqrt, [4.0, 9.0])) == [2.0, 3.0]


def test_memory_is_bounded() -> None:
    """By us: 64 GiB would be refused by the system as well, half a gigabyte is not."""
    with Workers(1, time_limit=20.0, memory=512 << 20) as workers:
        small, outcome = workers.each(bytearray, [1, 512 << 20], batch=1)
    assert small == bytearray(1)
    assert outcome == Failure(timed_out=False, why="out of memory")


def test_an_exception_is_a_failure_that_names_it() -> None:
    with Workers(1) as workers:
        good, bad = workers.each(math.sqrt, [1.0, -1.0])
    assert good == 1.0
    assert isinstance(bad, Failure) and "ValueError" in bad.why


def test_results_come_in_order() -> None:
    numbers = [float(k) for k in range(100)]
    with Workers(2) as workers:
        assert list(workers.each(math.sqrt, numbers, batch=7)) == [math.sqrt(k) for k in numbers]
    with Workers(0) as workers:
        assert list(workers.each(math.sqrt, numbers)) == [math.sqrt(k) for k in numbers]


LATE = """
import itertools, os, time
from multiprocessing.util import Finalize

forks = itertools.count()
os.register_at_fork(before=lambda: next(forks), after_in_child=lambda: time.sleep(0.5 * (next(forks) > 1)))

def slow_to_end(x):
    Finalize(None, time.sleep, args=(1,), exitpriority=1)
    return x

if __name__ == "__main__":
    from symcheck.workers import Workers
    import late
    with Workers(2, preload=["late"]) as workers:
        print(list(workers.each(late.slow_to_end, [1])))
"""


def test_a_worker_that_starts_while_the_pool_ends_says_nothing(tmp_path: Path) -> None:
    """The second begins half a second late; the first takes a second to go."""
    (tmp_path / "late.py").write_text(LATE)
    path = os.pathsep.join((str(Path(__file__).parents[2]), str(tmp_path)))
    run = subprocess.run(
        [sys.executable, "late.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (run.stdout, run.stderr) == ("[1]\n", "")
