"""``symcheck list``, ``show`` and ``prove``."""

from __future__ import annotations

import json
import sys
from collections import Counter
from importlib.metadata import entry_points
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from formulas import catalog
from formulas.schema import Formula, Verdict
from symcheck.cache.store import Store
from symcheck.cluster import ClusterError
from symcheck.explain import explain, lines
from symcheck.interrupt import exit_status, stoppable
from symcheck.judge import (
    Contradiction,
    Judgement,
    definition,
    facts_plain,
    select,
    statement_latex,
    statement_plain,
)
from symcheck.run import run
from symcheck.terms.printing import plain

COLOURS = {"proved": "green", "conditional": "yellow", "refuted": "magenta", "supported": "cyan"}
BAD_ID = 2
PIPED_WIDTH = 1_000  # characters: a row stays on its line where grep reads it


def _chosen(ids: tuple[str, ...]) -> list[Any]:
    try:
        return list(select(ids))
    except KeyError as error:
        click.echo(f"error: {error.args[0]}", err=True)
        sys.exit(BAD_ID)


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """Every formula: id, title, section, claims and kernels; with --json also what they state."""
    entries = list(catalog().values())
    if as_json:
        rows = [
            {
                "id": f.id,
                "title": f.title,
                "section": f.section,
                "statement": definition(f),
                "kernels": [k.name for k in f.kernels],
                "claims": [
                    {"id": f"{f.id}/{c.name}", "statement": statement_latex(c), "expected": c.expected.value}
                    for c in f.claims
                ],
            }
            for f in entries
        ]
        click.echo(json.dumps({"formulas": rows}, indent=1, ensure_ascii=False))
        return
    table = Table("id", "title", "section", "claims", "kernels", box=None, pad_edge=False)
    for f in entries:
        table.add_row(f.id, f.title, str(f.section), str(len(f.claims)), " ".join(k.name for k in f.kernels))
    Console(width=None if sys.stdout.isatty() else PIPED_WIDTH).print(table)
    click.echo(f"{len(entries)} formulas, {sum(len(f.claims) for f in entries)} claims")


@click.command()
@click.argument("formula_id", metavar="ID")
def show(formula_id: str) -> None:
    """One formula (or one claim, as ID/CLAIM) for reading, with the derivations of its claims."""
    chosen = _chosen((formula_id,))
    formula = chosen[0][0]
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[bold]{formula.title}[/bold]  {formula.id}, section {formula.section}")
    console.print(definition(formula, plain), markup=False)
    for name, meaning in formula.symbols.items():
        console.print(f"  {name}: {meaning}", markup=False)
    for line in _about(formula):
        console.print(line, markup=False)
    for judgement in _judged((formula_id,), jobs=None, mutants=False, no_cache=False):
        _print_judgement(console, judgement, derivation=True)


def _about(formula: Formula) -> list[str]:
    out = [f"kernel: {k.name}" + (f" (as {k.peer})" if k.peer else "") for k in formula.kernels]
    out += [f"reference: {r}" for r in formula.references]
    for entry in entry_points(group="symcheck.about"):  # what code generation knows of its kernels
        out += entry.load()(formula.id)
    return out


def _print_judgement(console: Console, j: Judgement, *, derivation: bool) -> None:
    mark = "" if j.holds else "  [red]expected " + j.about.expected.value + "[/red]"
    colour = COLOURS.get(j.verdict.value, "red")
    console.print(f"\n[bold]{j.id}[/bold]  [{colour}]{j.verdict.value}[/{colour}]{mark}")
    console.print(f"  {statement_plain(j.claim)}", markup=False)
    for fact in facts_plain(j.claim):
        console.print(f"  where {fact}", markup=False)
    if j.claim.note:
        console.print(f"  {j.claim.note}", markup=False)
    if j.proof is not None:
        trivial = ", trivial: both sides are the same expression" if j.proof.trivial else ""
        console.print(
            f"  {j.proof.method}, {j.proof.steps} step{'s'[j.proof.steps == 1 :]} replayed,"
            f" rests on: {j.proof.trust}{trivial}"
        )
        if derivation:
            for line in lines(explain(j.proof.derivation, j.proof.statement)):
                console.print("    " + line, markup=False)
    if j.reason:
        console.print(f"  {j.reason}", markup=False)
    if j.mutants.tried:
        m = j.mutants
        console.print(
            f"  mutants: {m.tried} tried, {m.refuted} refuted, {m.equivalent} shown true, "
            f"{len(m.survived)} survived"
        )
    for survivor in j.mutants.survived:
        console.print(f"  mutant that survived: {survivor}", markup=False)
    if j.counterexample:
        label = "without the conditions" if j.verdict is Verdict.CONDITIONAL else "counterexample"
        console.print(f"  {label}: {j.counterexample}", markup=False)
    f = j.falsification
    console.print(f"  falsifier: {f.points} points, {len(f.shapes)} shape{'s'[len(f.shapes) == 1 :]}")


@click.command()
@click.argument("ids", nargs=-1, metavar="[ID...]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (docs/schemas/prove.schema.json).")
@click.option("--jobs", type=click.IntRange(1), help="Worker processes.  [default: one per core]")
@click.option(
    "--scheduler", metavar="ADDRESS", help="Do the work on the Dask cluster there (tcp://host:8786)."
)
@click.option("--no-cache", is_flag=True, help="Neither look up nor keep results of other runs.")
@click.option("--mutants", is_flag=True, help="Also mutate each proved claim and judge the mutants.")
@click.option("--derivations", is_flag=True, help="With --json: each claim with its derivation.")
@click.option(
    "--catalog", "catalogs", multiple=True, metavar="FILE",
    help="A catalog of your own, a Python file with FORMULAS: its claims, or those named. The file is run"
    " with your rights, and the work is done in one process.",
)  # fmt: skip
def prove(
    ids: tuple[str, ...],
    as_json: bool,
    jobs: int | None,
    scheduler: str | None,
    no_cache: bool,
    mutants: bool,
    derivations: bool,
    catalogs: tuple[str, ...],
) -> None:
    """Prove claims: all, those of formulas, or single ones as ID/CLAIM.

    Exit status: 0 every claim holds as stated, 1 not, 2 wrong usage.
    """
    if catalogs:
        if scheduler is not None or (jobs or 1) > 1:
            raise click.UsageError("--catalog works in one process: leave out --jobs and --scheduler")
        own = _taken_in(catalogs)
        ids, jobs, no_cache = ids or own, 0, True
    if ids:
        _chosen(ids)
    results = _judged(ids, jobs=jobs, scheduler=scheduler, mutants=mutants, no_cache=no_cache)
    if not results:
        click.echo("error: there are no claims to prove", err=True)
        sys.exit(1)
    if as_json:
        data = report(results, derivations=derivations or len(results) == 1)
        click.echo(json.dumps(data, indent=None if derivations else 1, ensure_ascii=False))
    else:
        out = Console(highlight=False, soft_wrap=True)
        for j in results:
            if len(results) == 1 or not j.holds or j.mutants.survived:
                _print_judgement(out, j, derivation=len(results) == 1)
        out.print(summary_line(results))
    sys.exit(0 if all(j.holds for j in results) else 1)


def _taken_in(catalogs: tuple[str, ...]) -> tuple[str, ...]:
    """The ids of the formulas that catalogs of the user add."""
    from symcheck.gate import own_catalog
    from symcheck.gate.config import ConfigError

    before = set(catalog())
    try:
        own_catalog.use(catalogs)
    except ConfigError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(BAD_ID)
    return tuple(i for i in catalog() if i not in before)


def _judged(
    ids: tuple[str, ...], *, jobs: int | None, mutants: bool, no_cache: bool, scheduler: str | None = None
) -> list[Judgement]:
    """The claims judged, all of them if there are no ids, with a bar on a terminal.  Ends the command if this
    cannot be finished."""
    console = Console(stderr=True)
    store = None if no_cache else Store()
    done: list[Judgement] = []
    expected: list[int] = []
    try:
        with (
            stoppable(),
            Progress(
                TextColumn("proving"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.fields[last]}"),
                console=console,
                transient=True,
                disable=not console.is_terminal,
            ) as progress,
        ):
            bar = progress.add_task("", total=None, last="")

            def started(claims: int) -> None:
                expected.append(claims)
                progress.update(bar, total=claims)

            def finished(j: Judgement) -> None:
                done.append(j)
                progress.update(bar, advance=1, last=j.id)

            run(
                ids, jobs=jobs, scheduler=scheduler, mutants=mutants, store=store, on_start=started,
                on_result=finished,
            )  # fmt: skip
    except ClusterError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(BAD_ID)
    except Contradiction as error:
        click.echo(f"internal error: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt as stopped:
        kept = "" if no_cache else "; what was found is kept for the next run"
        of = f" of {expected[0]}" if expected else ""
        click.echo(f"stopped after {len(done)}{of} claims{kept}", err=True)
        sys.exit(exit_status(stopped))
    refused = [j.id for j in done if j.cached == "refused"]
    if refused:
        click.echo(f"cache: entries for {', '.join(refused)} did not stand and were replaced", err=True)
    if store is not None and store.trouble:
        click.echo(f"cache: {store.path}: {store.trouble}", err=True)
    return done


def counts(results: list[Judgement]) -> Counter[str]:
    """Claims by verdict."""
    return Counter(j.verdict.value for j in results)


def summary_line(results: list[Judgement]) -> str:
    """Counts in one line."""
    found = counts(results)
    parts = [f"{found[v.value]} {v.value}" for v in Verdict if found[v.value]]
    odd = sum(not j.holds for j in results)
    many = "claim" if len(results) == 1 else "claims"
    text = f"{len(results)} {many}: {', '.join(parts)}; " + (
        f"{odd} not as expected" if odd else "all as expected"
    )
    trivial = [j.id for j in results if j.proof is not None and j.proof.trivial]
    if trivial:
        text += f"; {len(trivial)} trivial (the same by ring laws): {_few(trivial)}"
    replayed = sum(j.cached == "replayed" for j in results)
    if replayed:
        text += f"; {replayed} replayed from the cache"
    tried = sum(j.mutants.tried for j in results)
    if tried:
        refuted, shown = (sum(getattr(j.mutants, k) for j in results) for k in ("refuted", "equivalent"))
        share = (refuted + shown) / tried
        text += (
            f"; {tried} mutants: {refuted} refuted, {shown} shown true, {tried - refuted - shown} survived"
        )
        text += f" ({share:.1%} accounted for)"
    return text


def _few(names: list[str], most: int = 6) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def report(results: list[Judgement], *, derivations: bool) -> dict[str, Any]:
    """The published JSON of ``symcheck prove``."""
    found = counts(results)
    summary: dict[str, Any] = {"claims": len(results)}
    summary |= {v.value: found[v.value] for v in Verdict}
    summary["seconds"] = round(sum(j.seconds for j in results), 3)
    return {"summary": summary, "claims": [j.json(derivation=derivations) for j in results]}
