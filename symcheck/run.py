"""Judging many claims: in worker processes with limits, results in catalog order, found ones kept.

First what was found earlier is looked up, a module of the catalog at a time: replaying a derivation takes a
few milliseconds, and so the module is what takes time.  Then the other claims are judged one by one.

A claim that hangs, eats memory or takes its worker with it is undecided and says so; the others are not
touched.  What is found is put into the store at once, so that an interrupted run has not worked in vain.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from formulas.catalog import entries, get, home, modules, size
from formulas.schema import Claim, Formula, Verdict
from symcheck.cache.questions import Question, questions
from symcheck.cache.results import NotKept, Recall
from symcheck.cache.store import Store
from symcheck.cluster import crew
from symcheck.judge import Contradiction, Judgement, Subject, judge, select
from symcheck.prover import prove_equivalent
from symcheck.refute.falsify import Falsification
from symcheck.refute.weigh import judge_mutants
from symcheck.workers import CLAIMS, INTERNAL, MEMORY_BYTES, Failure, Workers

SECONDS_PER_CLAIM = 60.0
MUTANTS_PER_CLAIM = 25
MUTANTS_TAKE = 3.0
"""So many times as long may a claim take with its mutants."""


@dataclass(frozen=True)
class Group:
    """Claims of one module of the catalog, by formula and name: all of them if none are given."""

    module: str
    claims: tuple[tuple[str, str], ...] = ()
    store: Store | None = None

    def members(self) -> Iterator[tuple[Formula, Claim]]:
        """The claims themselves."""
        if self.claims:
            yield from ((get(formula), get(formula).claim(name)) for formula, name in self.claims)
        else:
            yield from ((formula, claim) for formula in entries(self.module) for claim in formula.claims)


@dataclass(frozen=True)
class Row:
    """A claim and what was found of it earlier, if that stands; ``refused``: it did not."""

    about: Subject
    found: Judgement | None = None
    refused: bool = False


@dataclass(frozen=True)
class Task:
    """One claim for a worker, by name: what is sent there and back is small."""

    formula: str
    claim: str
    mutants: bool = False
    store: Store | None = None


@dataclass(frozen=True)
class Found:
    """A judgement, and what is to be kept in the store."""

    judgement: Judgement
    fresh: dict[str, bytes]


def run(
    ids: Sequence[str] = (),
    *,
    jobs: int | None = None,
    scheduler: str | None = None,
    mutants: bool = False,
    store: Store | None = None,
    on_start: Callable[[int], None] = lambda _: None,
    on_result: Callable[[Judgement], None] = lambda _: None,
    seconds: float = SECONDS_PER_CLAIM,
    memory: int = MEMORY_BYTES,
    work: Callable[[Task], Found] | None = None,
) -> list[Judgement]:
    """Judge the claims that ``ids`` name, as ``select`` reads them; all claims if there are none.

    Raises ``Contradiction`` if prover and falsifier disagree anywhere, ``KeyError`` for an unknown id.

    ``jobs``     worker processes, by default one per core; with 0 the work is done here, without limits;
    ``scheduler``  address of a Dask cluster that does the work instead (``ClusterError`` if it cannot);
    ``store``    where results are looked up and kept, if anywhere;
    ``on_start`` is told how many claims there are, ``on_result`` each judgement in the order of the catalog;
    ``seconds``, ``memory``  what one claim may take (bytes of address space);
    ``work``     what a worker does, for tests of the limits.
    """
    limit = seconds * (MUTANTS_TAKE if mutants else 1)
    out = []
    with crew(scheduler, jobs, time_limit=limit, memory=memory, preload=CLAIMS) as workers:
        rows = _rows(workers, ids, None if mutants else store)
        on_start(len(rows))
        left = [row.about for row in rows if row.found is None]
        tasks = [Task(s.formula_id, s.name, mutants, store) for s in left]
        answers = workers.each(work or task, tasks, batch=1)
        for row in rows:
            judgement = row.found or _judgement(row, next(answers), store)
            on_result(judgement)
            out.append(judgement)
    return out


def _rows(workers: Workers, ids: Sequence[str], store: Store | None) -> list[Row]:
    """The claims, with what is known of them already.  The largest modules come first, so that no worker is
    left alone with one at the end."""
    groups = _groups(ids, store)
    largest = sorted(groups, key=lambda group: size(group.module), reverse=True)
    answers = dict(zip(largest, workers.each(look_up, largest, batch=1), strict=True))
    rows: list[Row] = []
    for group in groups:
        answer = answers[group]
        rows += look_up(replace(group, store=None)) if isinstance(answer, Failure) else answer
    if not ids:
        return rows
    known = {(row.about.formula_id, row.about.name): row for row in rows}
    return [known[formula.id, claim.name] for formula, claim in select(ids)]


def _groups(ids: Sequence[str], store: Store | None) -> list[Group]:
    if not ids:
        return [Group(module, (), store) for module in modules()]
    found: dict[str, list[tuple[str, str]]] = {}
    for formula, claim in select(ids):
        found.setdefault(home(formula.id) or "", []).append((formula.id, claim.name))
    return [Group(module, tuple(claims), store) for module, claims in found.items()]


def look_up(group: Group) -> list[Row]:
    """What a worker does for the claims of a module: read the store, and replay what lies there."""
    pausing = gc.isenabled()
    gc.disable()  # next to nothing of what is built here is garbage
    try:
        asked = questions(group.module) if group.store is not None and group.module else {}
        return [
            _looked_up(group.store, formula, claim, asked.get((formula.id, claim.name)))
            for formula, claim in group.members()
        ]
    finally:
        if pausing:
            gc.enable()


def _looked_up(store: Store | None, formula: Formula, claim: Claim, question: Question | None) -> Row:
    about = Subject.of(formula, claim)
    if store is None:
        return Row(about)
    recall = Recall(store, only_kept=True, asked=(claim, question) if question is not None else None)
    try:
        judgement = judge(formula, claim, prover=recall.prove, falsifier=recall.falsify)
    except (NotKept, Contradiction, RecursionError, MemoryError):
        return Row(about, refused=bool(recall.refused))
    if recall.said != "replayed":
        return Row(about, refused=bool(recall.refused))
    return Row(about, replace(judgement, cached=recall.said))


def _judgement(row: Row, answer: Found | Failure, store: Store | None) -> Judgement:
    if isinstance(answer, Failure):
        if answer.why.startswith(INTERNAL):
            name = f"{row.about.formula_id}/{row.about.name}"
            raise Contradiction(f"{name}: {answer.why.removeprefix(INTERNAL + ': ')}")
        return _undecided(row.about, answer.why)
    if store is not None:
        for key, value in answer.fresh.items():
            store.put(key, value)
    return replace(answer.judgement, cached="refused") if row.refused else answer.judgement


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
    return Found(judgement, fresh)


def _undecided(about: Subject, reason: str) -> Judgement:
    nothing = Falsification(points=0, shapes=(), counterexample=None, vacuous=False, reason=reason)
    return Judgement(about, Verdict.UNDECIDED, nothing, reason=reason)
