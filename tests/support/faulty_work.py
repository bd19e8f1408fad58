"""What a worker does for a claim, with real faults for some: a module, so that workers can import it."""

from __future__ import annotations

import os
import signal
import time

from symcheck.gate.documents import Passage
from symcheck.gate.model import Judgement as Verdict
from symcheck.gate.run import _judge
from symcheck.prover import Proof
from symcheck.run import Found, Task, task


def hangs(given: Task) -> Found:
    if given.claim == "jacobian":
        while True:
            pass
    return task(given)


def judge_or_die(catalogs: tuple[str, ...], passage: Passage) -> Verdict:
    if "KILL" in passage.latex:
        os.kill(os.getpid(), signal.SIGKILL)
    return _judge(catalogs, passage)


def judge_or_wait(catalogs: tuple[str, ...], passage: Passage) -> Verdict:
    if "WAIT" in passage.latex:
        time.sleep(600)
    return _judge(catalogs, passage)


def slowly(given: Task) -> Found:
    time.sleep(1.0)
    return task(given)


def hangs_outside_python(given: Task) -> Found:
    """In one operation of the integers, where no signal is looked at."""
    if given.claim == "jacobian":
        pow(7, 10**9)
    return task(given)


def eats_memory(given: Task) -> Found:
    if given.claim == "jacobian":
        eaten = []
        while True:
            eaten.append(bytearray(64 << 20))
    return task(given)


def eats_memory_outside_python(given: Task) -> Found:
    """In one allocation of FLINT, which ends the process."""
    if given.claim == "jacobian":
        from flint import fmpz_mat

        fmpz_mat(30_000, 30_000)
    return task(given)


def is_killed(given: Task) -> Found:
    if given.claim == "jacobian":
        os.kill(os.getpid(), signal.SIGKILL)
    return task(given)


def ends(given: Task) -> Found:
    if given.claim == "jacobian":
        os._exit(3)
    return task(given)


def recurses(given: Task) -> Found:
    if given.claim == "jacobian":
        return recurses(given)
    return task(given)


def contradicts(given: Task) -> Found:
    """A falsifier that contradicts the prover."""
    if given.claim == "jacobian":
        from formulas import get
        from symcheck.judge import judge

        formula = get(given.formula)
        judge(formula, formula.claim(given.claim), prover=lambda _: _some_proof())
    return task(given)


def _some_proof() -> Proof:
    raise AssertionError("a defect of the prover")


def takes_its_time(given: Task) -> Found:
    if given.claim == "sums_to_one":
        time.sleep(600)
    return task(given)
