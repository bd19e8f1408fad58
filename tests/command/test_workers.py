"""A hang, a crash or a greedy formula costs that formula and nothing else."""

from __future__ import annotations

import math
import os
import time

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
    with Workers(1, time_limit=20.0) as workers:
        (outcome,) = workers.each(bytearray, [64 << 30])
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
