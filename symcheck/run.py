"""Judging many claims: in worker processes with limits, results in catalog order, found ones kept.

A claim that hangs, eats memory or takes its worker with it is undecided and says so; the others are not
touched.  What is found is put into the store at once, so that an interrupted run has not worked in vain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from formulas.catalog import get
from formulas.schema import Claim, Formula, Verdict
from symcheck.cache.results import Recall
from symcheck.cache.store import Store
from symcheck.judge import Contradiction, Judgement, judge
from symcheck.prover import prove_equivalent
from symcheck.refute.falsify import Falsification
from symcheck.refute.weigh import judge_mutants
from symcheck.workers import INTERNAL, MEMORY_BYTES, Failure, Workers

SECONDS_PER_CLAIM = 60.0
MUTANTS_PER_CLAIM = 25
MUTANTS_TAKE = 3.0
"""So many times as long may a claim take with its mutants."""
PRELOAD = ("symcheck.preload",)
_KNOWN = ("formula", "claim")


@dataclass(frozen=True)
class Task:
    """One claim for a worker, by name: what is sent there and back is small."""

    formula: str
    claim: str
    mutants: bool = False
    store: Store | None = None


@dataclass(frozen=True)
class Found:
    """A judgement without what the other side knows already, and what is to be kept in the store."""

    judgement: dict[str, Any]
    fresh: dict[str, bytes]


def run(
    chosen: Sequence[tuple[Formula, Claim]],
    *,
    jobs: int | None = None,
    mutants: bool = False,
    store: Store | None = None,
    on_result: Callable[[Judgement], None] = lambda _: None,
    seconds: float = SECONDS_PER_CLAIM,
    memory: int = MEMORY_BYTES,
    work: Callable[[Task], Found] | None = None,
) -> list[Judgement]:
    """Judge the chosen claims.  Raises ``Contradiction`` if prover and falsifier disagree anywhere.

    ``jobs``     worker processes, by default one per core; with 0 the work is done here, without limits;
    ``store``    where results are looked up and kept, if anywhere;
    ``seconds``, ``memory``  what one claim may take (bytes of address space);
    ``work``     what a worker does, for tests of the limits.
    """
    tasks = [Task(f.id, c.name, mutants, store) for f, c in chosen]
    limit = seconds * (MUTANTS_TAKE if mutants else 1)
    out = []
    with Workers(jobs, time_limit=limit, memory=memory, preload=PRELOAD) as workers:
        found = workers.each(work or task, tasks, batch=1)
        for judgement in _judgements(chosen, found, store):
            on_result(judgement)
            out.append(judgement)
    return out


def _judgements(
    chosen: Sequence[tuple[Formula, Claim]], answers: Iterator[Found | Failure], store: Store | None
) -> Iterator[Judgement]:
    for (formula, claim), answer in zip(chosen, answers, strict=True):
        if isinstance(answer, Failure):
            if answer.why.startswith(INTERNAL):
                raise Contradiction(f"{formula.id}/{claim.name}: {answer.why.removeprefix(INTERNAL + ': ')}")
            yield _undecided(formula, claim, answer.why)
            continue
        if store is not None:
            for key, value in answer.fresh.items():
                store.put(key, value)
        yield Judgement(formula, claim, **answer.judgement)


def task(given: Task) -> Found:
    """What a worker does for one claim."""
    formula = get(given.formula)
    claim = formula.claim(given.claim)
    if given.store is None:
        judgement, fresh = judge(formula, claim), {}
    else:
        recall = Recall(given.store)
        judgement = judge(formula, claim, prover=recall.prove, falsifier=recall.falsify)
        fresh = recall.fresh
        judgement = replace(judgement, cached=recall.said)
    if given.mutants and judgement.proof is not None:
        report = judge_mutants(claim, prove_equivalent, MUTANTS_PER_CLAIM)
        judgement = replace(judgement, mutants=report)
    rest = {f.name: getattr(judgement, f.name) for f in fields(judgement) if f.name not in _KNOWN}
    return Found(rest, fresh)


def _undecided(formula: Formula, claim: Claim, reason: str) -> Judgement:
    nothing = Falsification(points=0, shapes=(), counterexample=None, vacuous=False, reason=reason)
    return Judgement(formula, claim, Verdict.UNDECIDED, nothing, reason=reason)
