"""A run of the gate: find the documents, read them, judge every formula, put the report together.

A document is read once, in a worker.  Its formulas are judged in batches over all cores, and what was found
is kept as soon as the last of them is done; an unchanged document is not even read again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from symcheck.cache.store import Store
from symcheck.cluster import crew
from symcheck.gate import baseline, macro_files, own_catalog
from symcheck.gate.config import Config
from symcheck.gate.context import attach_definitions
from symcheck.gate.documents import (
    STDIN,
    Document,
    DocumentError,
    Flaw,
    Passage,
    decode,
    find_documents,
    load,
    read_text,
)
from symcheck.gate.documents.macros import Macros
from symcheck.gate.judge import judge
from symcheck.gate.kept import Found, Memory, Row, digest
from symcheck.gate.mentions import Told, settled, told
from symcheck.gate.model import Checked, Finding, Judgement, Report, Status, unchecked
from symcheck.gate.rules import rule
from symcheck.gate.sentences import known_sentences
from symcheck.latex import Reason
from symcheck.workers import DOCUMENTS, INTERNAL, Failure, Workers

READING_SECONDS = 60.0  # for one document

Progress = Callable[[int, int], None]


def check_paths(
    paths: Iterable[str | Path],
    *,
    config: Config | None = None,
    jobs: int | None = None,
    scheduler: str | None = None,
    store: Store | None = None,
    progress: Progress | None = None,
    named: bool = False,
) -> Report:
    """Check the documents under ``paths`` (files, folders, ``-``).

    ``jobs``      worker processes, by default one per core; with 0 the work is done here, without limits;
    ``scheduler``  address of a Dask cluster that does the work instead (``ClusterError`` if it cannot);
    ``store``     where results are looked up and kept, if anywhere;
    ``progress``  is told how many formulas are done, of how many;
    ``named``     whether ``include`` and ``exclude`` hold for files that are named outright, too.

    Documents that cannot be read are in the report's ``errors``; nothing is raised for them.  What is wrong
    with the configuration raises ``ConfigError``.
    """
    began = time.perf_counter()
    config = config or Config()
    catalogs = [str(config.path(name)) for name in config.catalog]
    own_catalog.use(catalogs)
    macros = macro_files.read(config.path(name) for name in config.macros)
    known = baseline.read(config.path(config.baseline)) if config.baseline is not None else None
    files, errors = find_documents(paths, takes=config.takes, enters=config.enters, named=named)
    memory = Memory(store, macros, own_catalog.digest(catalogs), config.time_limit)
    with crew(scheduler, jobs, time_limit=config.time_limit, preload=DOCUMENTS) as workers:
        run = _Run(workers, memory, macros, tuple(catalogs), progress)
        found = run.documents(files, errors)
    return _report(found, errors, config, known, time.perf_counter() - began)


def check_text(
    text: str, *, file: str = "text.md", config: Config | None = None, jobs: int = 0, time_limit: float = 10.0
) -> Report:
    """Check one text, in the format that the name of its file says, in this process unless ``jobs`` says
    otherwise."""
    began = time.perf_counter()
    config = config or Config(time_limit=time_limit)
    macros = Macros()
    with Workers(jobs, time_limit=config.time_limit, preload=DOCUMENTS) as workers:
        run = _Run(workers, Memory(None, macros, "", config.time_limit), macros, (), None)
        work = _Work(file, b"", document=_with_definitions(read_text(text, file, remarks=known_sentences)))
        found = run.judged([work])
    return _report(found, [], config, None, time.perf_counter() - began)


@dataclass
class _Work:
    """A document on its way: what was read, or what is known of it from earlier.  ``data`` are the bytes of
    standard input; a file is read again by the worker, so that many large ones do not fill the memory."""

    file: str
    digest: bytes
    data: bytes | None = None
    document: Document | None = None
    known: Found | None = None
    passages: list[Passage] = field(default_factory=list)


class _Run:
    """The way of the documents through the workers."""

    def __init__(
        self,
        workers: Workers,
        memory: Memory,
        macros: Macros,
        catalogs: tuple[str, ...],
        progress: Progress | None,
    ) -> None:
        self.workers = workers
        self.memory = memory
        self.macros = macros
        self.judge = partial(_judge, catalogs)
        self.progress = progress

    def documents(self, files: Sequence[str], errors: list[DocumentError]) -> dict[str, Found]:
        """What is found in each file that can be read; for the others ``errors`` gets an entry."""
        work: list[_Work] = []
        for file in files:
            try:
                data = load(file)
            except DocumentError as error:
                errors.append(error)
                continue
            kept = data if file == STDIN else None
            work.append(_Work(file, digest(data), kept, known=self.memory.get(file, digest(data))))
        to_read = [w for w in work if w.known is None or not w.known.whole]
        read = partial(_read, self.macros)
        tasks = ((w.file, _bytes_of(w) if self.workers.remote else w.data) for w in to_read)
        answers = self.workers.each(read, tasks, batch=1, seconds=READING_SECONDS)
        for w, answer in zip(to_read, answers, strict=True):
            if isinstance(answer, Failure):
                why = f"cannot be read: {answer.why}; split it or leave it out (the key 'exclude')"
                errors.append(DocumentError(w.file, why))
            elif isinstance(answer, DocumentError):
                errors.append(answer)
            else:
                w.document, now = answer
                if now != w.digest:  # it was changed meanwhile
                    w.digest, w.known = now, None
        return self.judged([w for w in work if w.document is not None or (w.known and w.known.whole)])

    def judged(self, work: Sequence[_Work]) -> dict[str, Found]:
        for w in work:
            if w.document is not None:
                kept = [p for p in w.document.passages if p.directives.ignore != frozenset()]
                w.passages = kept
                if w.known is None or len(w.known.rows) != len(kept):
                    rows = [Row(*p.fragment.start, p.fragment.source) for p in kept]
                    w.known = Found(tuple(rows), tuple(_flaws(w.document)))
        todo = [(w, at) for w in work for at, row in enumerate(_rows(w)) if _open(row)]
        total = sum(len(_rows(w)) for w in work)
        done = total - len(todo)
        answers = self.workers.each(self.judge, [w.passages[at] for w, at in todo])
        found: dict[str, Found] = {}
        for w in work:
            rows = list(_rows(w))
            tales: list[Told | None] = [None] * len(rows)
            fresh = w.document is not None
            for at, row in enumerate(rows):
                if _open(row):
                    answer = next(answers)
                    if isinstance(answer, Failure):
                        rows[at] = _judged(row, w.passages[at], answer)
                    else:
                        judgement, tales[at] = answer
                        rows[at] = _judged(row, w.passages[at], judgement)
                    done += 1
                    if self.progress is not None:
                        self.progress(done, total)
            assert w.known is not None
            if fresh:
                by_mention = settled(w.passages, [row.judgement for row in rows], tales)
                rows = [replace(r, judgement=j) for r, j in zip(rows, by_mention, strict=True)]
            found[w.file] = replace(w.known, rows=tuple(rows))
            if fresh:
                self.memory.put(w.file, w.digest, _lasting(found[w.file]))
        if self.progress is not None:
            self.progress(total, total)
        return found


def _rows(work: _Work) -> tuple[Row, ...]:
    return work.known.rows if work.known is not None else ()


def _open(row: Row) -> bool:
    return row.judgement is None and not row.silenced


# what workers do


def _bytes_of(work: _Work) -> bytes | DocumentError:
    """For a worker that does not see the file."""
    try:
        return load(work.file) if work.data is None else work.data
    except DocumentError as error:
        return error


def _read(
    macros: Macros, given: tuple[str, bytes | DocumentError | None]
) -> tuple[Document, bytes] | DocumentError:
    file, data = given
    if isinstance(data, DocumentError):
        return data
    try:
        data = load(file) if data is None else data
        return _with_definitions(read_text(decode(data, file), file, macros, known_sentences)), digest(data)
    except DocumentError as error:
        return error


def _with_definitions(document: Document) -> Document:
    return replace(document, passages=tuple(attach_definitions(document.passages)))


def _judge(catalogs: tuple[str, ...], passage: Passage) -> tuple[Judgement, Told]:
    own_catalog.use(catalogs)
    judgement = judge(passage)
    return judgement, told(passage, judgement)


# from answers to rows

_GIVEN_UP = "given up: "
_TOO_LONG = "too long: "


def _judged(row: Row, passage: Passage, answer: Judgement | Failure) -> Row:
    if isinstance(answer, Failure):
        reason = Reason.TIME if answer.timed_out or "worker died" in answer.why else Reason.THEORY
        how = _TOO_LONG if answer.timed_out else _GIVEN_UP
        why = answer.why if answer.why.startswith(INTERNAL) else how + answer.why
        return replace(row, judgement=unchecked(reason, why))
    kept = _silenced(passage, answer)
    if kept is None:
        return replace(row, silenced=True)
    context = " | ".join(w for w in (*passage.headings[-1:], passage.row_label, passage.column) if w)
    findings = tuple(replace(f, context=context) for f in kept.findings)
    return replace(row, judgement=replace(kept, findings=findings))


def _lasting(found: Found) -> Found:
    """Without the judgements that another run could make: those given up for lack of memory, or with their
    worker.  What took longer than the time limit is kept as such: it would take that long in every run, and
    the limit is part of the key."""
    rows = (
        replace(r, judgement=None) if r.judgement is not None and _failed(r.judgement.detail) else r
        for r in found.rows
    )
    return replace(found, rows=tuple(rows))


def _failed(detail: str) -> bool:
    return detail.startswith((_GIVEN_UP, INTERNAL))


def _silenced(passage: Passage, judgement: Judgement) -> Judgement | None:
    """The judgement less the findings that the author does not want; ``None`` if nothing else was said."""
    codes = passage.directives.ignore
    return _without(judgement, lambda f: f.rule not in codes) if codes else judgement


def _without(judgement: Judgement, wanted: Callable[[Finding], bool]) -> Judgement | None:
    if not judgement.findings:
        return judgement
    kept = tuple(f for f in judgement.findings if wanted(f))
    if judgement.status is Status.ERRATA and not kept:
        return None
    return replace(judgement, findings=kept)


def _flaws(document: Document) -> Iterator[tuple[Finding, bool]]:
    for flaw in document.flaws:
        codes = flaw.directives.ignore
        if codes is None or (codes and flaw.rule not in codes):
            yield _flaw(document.file, flaw), flaw.is_formula


def _flaw(file: str, flaw: Flaw) -> Finding:
    return rule(flaw.rule).finding(
        file,
        flaw.fragment,
        expected=flaw.expected,
        values=flaw.values,
        formula=flaw.formula,
        counterexample=flaw.counterexample,
    )


def _report(
    found: dict[str, Found],
    errors: list[DocumentError],
    config: Config,
    known: baseline.Baseline | None,
    seconds: float,
) -> Report:
    formulas: list[Checked] = []
    findings: list[Finding] = []
    for file, document in found.items():
        for checked in document.checked(file):
            judgement = _without(checked.judgement, config.wants)
            if judgement is not None:
                same = judgement is checked.judgement
                formulas.append(checked if same else replace(checked, judgement=judgement))
        findings += [f for f in document.findings() if config.wants(f)]
    order = {file: at for at, file in enumerate(found)}
    findings.sort(key=lambda f: (order[f.file], f.line, f.column, f.rule))
    formulas.sort(key=lambda c: (order[c.file], c.line, c.column))
    new, stale = known.new(findings) if known is not None else (findings, 0)
    return Report(
        files=tuple(found),
        formulas=tuple(formulas),
        findings=tuple(new),
        errors=tuple(errors),
        defects=tuple(
            f"{c.file}:{c.line}:{c.column}: {c.judgement.detail}"
            for c in formulas
            if c.judgement.detail.startswith(INTERNAL)
        ),
        known=len(findings) - len(new),
        stale=stale,
        seconds=seconds,
    )
