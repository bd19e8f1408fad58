"""A run of the gate: find the documents, read them, judge every formula, put the report together."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from symcheck.gate.context import attach_definitions
from symcheck.gate.documents import (
    Document,
    DocumentError,
    Flaw,
    Passage,
    find_documents,
    read_document,
    read_text,
)
from symcheck.gate.judge import judge
from symcheck.gate.model import Checked, Finding, Judgement, Report, Status, unchecked
from symcheck.gate.rules import rule
from symcheck.latex import Reason
from symcheck.workers import INTERNAL, Failure, Workers

PRELOAD = ("symcheck.gate.preload",)

Progress = Callable[[int, int], None]


def check_paths(
    paths: Iterable[str | Path],
    *,
    jobs: int | None = None,
    time_limit: float = 10.0,
    progress: Progress | None = None,
) -> Report:
    """Check the documents under ``paths`` (files, folders, ``-``).

    Documents that cannot be read are in the report's ``errors``; nothing is raised for them.
    """
    began = time.perf_counter()
    files, errors = find_documents(paths)
    with Workers(jobs, time_limit=time_limit, preload=PRELOAD) as workers:
        documents: list[Document] = []
        read_here = [f for f in files if f == "-"]  # a worker has no standard input
        for file, outcome in zip(
            [*read_here, *(f for f in files if f != "-")],
            [*map(_read, read_here), *workers.each(_read, (f for f in files if f != "-"), batch=1)],
            strict=True,
        ):
            if isinstance(outcome, Failure):
                errors.append(DocumentError(file, f"cannot be read: {outcome.why}"))
            elif isinstance(outcome, DocumentError):
                errors.append(outcome)
            else:
                documents.append(outcome)
        checked = _judge_all(documents, workers, progress)
    return _report(documents, checked, errors, time.perf_counter() - began)


def check_text(text: str, *, file: str = "text.md", jobs: int = 0, time_limit: float = 10.0) -> Report:
    """Check one text, in the format that the name of its file says, in this process unless ``jobs`` says
    otherwise."""
    began = time.perf_counter()
    documents = [read_text(text, file)]
    with Workers(jobs, time_limit=time_limit, preload=PRELOAD) as workers:
        checked = _judge_all(documents, workers, None)
    return _report(documents, checked, [], time.perf_counter() - began)


def _read(file: str) -> Document | DocumentError:
    try:
        return read_document(file)
    except DocumentError as error:
        return error


def _judge_all(documents: list[Document], workers: Workers, progress: Progress | None) -> list[Checked]:
    passages = [
        passage
        for document in documents
        for passage in attach_definitions(document.passages)
        if passage.directives.ignore != frozenset()
    ]
    checked: list[Checked] = []
    for passage, outcome in zip(passages, workers.each(judge, passages), strict=True):
        if isinstance(outcome, Failure):
            reason = Reason.TIME if outcome.timed_out or "worker died" in outcome.why else Reason.THEORY
            outcome = unchecked(reason, outcome.why)
        kept = _silenced(passage, outcome)
        if kept is not None:
            checked.append(Checked(passage=passage, judgement=kept))
        if progress is not None:
            progress(len(checked), len(passages))
    return checked


def _place(passage: Passage) -> str:
    line, column = passage.fragment.start
    return f"{passage.file}:{line}:{column}"


def _failed(checked: Checked) -> bool:
    return checked.judgement.detail.startswith(INTERNAL)


def _silenced(passage: Passage, judgement: Judgement) -> Judgement | None:
    """The judgement less the findings that the author does not want; ``None`` if nothing else was said."""
    codes = passage.directives.ignore
    if not codes or not judgement.findings:
        return judgement
    kept = tuple(f for f in judgement.findings if f.rule not in codes)
    if judgement.status is Status.ERRATA and not kept:
        return None
    return replace(judgement, findings=kept)


def _flaw(document: Document, flaw: Flaw) -> Finding | None:
    codes = flaw.directives.ignore
    if codes is not None and (not codes or flaw.rule in codes):
        return None
    return rule(flaw.rule).finding(document.file, flaw.fragment, expected=flaw.expected, values=flaw.values)


def _report(
    documents: list[Document], checked: list[Checked], errors: list[DocumentError], seconds: float
) -> Report:
    formulas = list(checked)
    findings = [f for c in checked for f in c.judgement.findings]
    for document in documents:
        for flaw in document.flaws:
            finding = _flaw(document, flaw)
            if finding is None:
                continue
            findings.append(finding)
            if flaw.is_formula:
                judgement = Judgement(status=Status.ERRATA, findings=(finding,))
                passage = Passage(file=document.file, fragment=flaw.fragment)
                formulas.append(Checked(passage=passage, judgement=judgement))
    order = {document.file: at for at, document in enumerate(documents)}
    findings.sort(key=lambda f: (order[f.file], f.line, f.column, f.rule))
    formulas.sort(key=lambda c: (order[c.passage.file], c.passage.fragment.start))
    return Report(
        files=tuple(d.file for d in documents),
        formulas=tuple(formulas),
        findings=tuple(findings),
        errors=tuple(errors),
        defects=tuple(f"{_place(c.passage)}: {c.judgement.detail}" for c in formulas if _failed(c)),
        seconds=seconds,
    )
