"""Judging many claims: in worker processes, each claim with a time limit, results in catalog order."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import replace

from pebble import ProcessExpired, ProcessPool

from formulas.catalog import get
from formulas.schema import Claim, Formula, Verdict
from symcheck.judge import Judgement, judge
from symcheck.prove import prove_equivalent
from symcheck.refute.falsify import Falsification
from symcheck.refute.mutate import judge_mutants

SECONDS_PER_CLAIM = 60.0
MUTANTS_PER_CLAIM = 25


def run(
    chosen: Sequence[tuple[Formula, Claim]],
    *,
    jobs: int | None = None,
    mutants: bool = False,
    on_result: Callable[[Judgement], None] = lambda _: None,
) -> list[Judgement]:
    """Judge the chosen claims.  Raises ``Contradiction`` if prover and falsifier disagree anywhere.

    ``jobs``: worker processes, by default one per core; 1 runs in this process.
    """
    jobs = jobs or os.cpu_count() or 1
    source = _serial(chosen, mutants) if jobs == 1 or len(chosen) == 1 else _parallel(chosen, mutants, jobs)
    out = []
    for judgement in source:
        on_result(judgement)
        out.append(judgement)
    return out


def _serial(chosen: Sequence[tuple[Formula, Claim]], mutants: bool) -> Iterator[Judgement]:
    for formula, claim in chosen:
        yield _one(formula, claim, mutants)


def _one(formula: Formula, claim: Claim, mutants: bool) -> Judgement:
    judgement = judge(formula, claim)
    if mutants and judgement.proof is not None:
        report = judge_mutants(claim, prove_equivalent, MUTANTS_PER_CLAIM)
        counts = {
            "tried": report.tried,
            "refuted": report.refuted,
            "equivalent": report.equivalent,
            "survived": len(report.survived),
        }
        judgement = replace(judgement, mutants=counts)
    return judgement


def _task(formula_id: str, name: str, mutants: bool) -> Judgement:
    formula = get(formula_id)
    return _one(formula, formula.claim(name), mutants)


def _parallel(chosen: Sequence[tuple[Formula, Claim]], mutants: bool, jobs: int) -> Iterator[Judgement]:
    limit = SECONDS_PER_CLAIM * (3 if mutants else 1)
    with ProcessPool(max_workers=jobs, max_tasks=60) as pool:
        futures = [pool.schedule(_task, args=(f.id, c.name, mutants), timeout=limit) for f, c in chosen]
        for (formula, claim), future in zip(chosen, futures, strict=True):
            try:
                yield future.result()
            except FutureTimeout:
                yield _undecided(formula, claim, f"time limit of {limit:.0f} s")
            except ProcessExpired as error:
                yield _undecided(formula, claim, f"the worker died: {error}")


def _undecided(formula: Formula, claim: Claim, reason: str) -> Judgement:
    nothing = Falsification(points=0, shapes=(), counterexample=None, vacuous=False, reason=reason)
    return Judgement(formula, claim, Verdict.UNDECIDED, nothing, reason=reason)
