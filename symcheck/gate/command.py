"""``symcheck check``: the gate on the command line."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from symcheck.cache.store import Store
from symcheck.cluster import ClusterError
from symcheck.files import write_whole
from symcheck.gate import baseline as baselines
from symcheck.gate.config import Config, ConfigError, find, load
from symcheck.gate.documents import ENDINGS
from symcheck.gate.model import Report, Severity
from symcheck.gate.outputs import FORMATS
from symcheck.gate.outputs.printable import on_one_line, printable
from symcheck.gate.pages import page
from symcheck.gate.rules import rules
from symcheck.gate.run import check_paths
from symcheck.interrupt import exit_status, stoppable

_EACH = "each"  # what --explain without a code means: explain each rule that was found
USAGE = 2


@click.command("check")
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option(
    "--format", "format_name", type=click.Choice(list(FORMATS)), default="text", show_default=True,
    help="Form of the report.",
)  # fmt: skip
@click.option("--output", "-o", type=click.Path(dir_okay=False), help="Write the report to a file.")
@click.option(
    "--fail-on", type=click.Choice([s.value for s in Severity]),
    help="Least severity of a finding that makes the exit status 1.  [default: error]",
)  # fmt: skip
@click.option("--baseline", type=click.Path(dir_okay=False), help="File with findings not to report.")
@click.option(
    "--write-baseline", is_flag=True, help="Write all findings to the baseline file and end with status 0."
)
@click.option(
    "--explain", is_flag=False, flag_value=_EACH, metavar="[RULE]",
    help="Explain each rule that was found; with a code, print its page and stop.",
)  # fmt: skip
@click.option(
    "--config", "config_file", type=click.Path(exists=True, dir_okay=False),
    help="Configuration.  [default: .symcheck.toml or pyproject.toml above PATH]",
)  # fmt: skip
@click.option(
    "--catalog", multiple=True, type=click.Path(exists=True, dir_okay=False),
    help="Python file with FORMULAS of your own; it is run, so trust it.",
)  # fmt: skip
@click.option(
    "--force-exclude", is_flag=True,
    help="Let include and exclude hold for files that are named outright, too (for pre-commit).",
)  # fmt: skip
@click.option("--jobs", type=click.IntRange(1), help="Worker processes.  [default: one per core]")
@click.option(
    "--scheduler", metavar="ADDRESS", help="Do the work on the Dask cluster there (tcp://host:8786)."
)
@click.option(
    "--time-limit", type=click.FloatRange(0.1), metavar="SECONDS",
    help="Time for one formula; after it, the formula is unchecked.  [default: 10]",
)  # fmt: skip
@click.option("--no-cache", is_flag=True, help="Neither look up nor keep results of other runs.")
def check(
    paths: tuple[str, ...],
    format_name: str,
    output: str | None,
    fail_on: str | None,
    baseline: str | None,
    write_baseline: bool,
    explain: str | None,
    config_file: str | None,
    catalog: tuple[str, ...],
    force_exclude: bool,
    jobs: int | None,
    scheduler: str | None,
    time_limit: float | None,
    no_cache: bool,
) -> None:
    """Check the formulas of documents: files, folders, or - for standard input (Markdown).

    Exit status: 0 clean, 1 findings, 2 unreadable input or wrong usage.
    """
    if explain is not None and explain != _EACH:
        if re.fullmatch(r"SC\d+", explain, re.IGNORECASE):
            try:
                click.echo(page(explain.upper()), nl=False)
            except KeyError as error:
                raise click.UsageError(str(error.args[0])) from None
            return
        paths, explain = (explain, *paths), _EACH  # it was a path: --explain stood before it
    if not paths:
        raise click.UsageError("name at least one file or folder, or - for standard input")
    try:
        config = load(Path(config_file)) if config_file is not None else find(paths)
        config = _overridden(config or Config(), fail_on, baseline, catalog, time_limit)
        if write_baseline and config.baseline is None:
            raise click.UsageError("--write-baseline needs --baseline FILE, or the key 'baseline'")
        file = config.path(config.baseline) if config.baseline is not None else None
        used = replace(config, baseline=None) if write_baseline else config
        report = _checked(paths, used, jobs, scheduler, no_cache, force_exclude)
        if write_baseline and file is not None and not report.errors:
            click.echo(f"{baselines.write(file, report.findings)} entries in {file}", err=True)
    except (ConfigError, ClusterError) as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(USAGE)
    _show(report, format_name, output, explain is not None)
    if write_baseline and report.errors:
        click.echo(f"error: {file} is not written: a document could not be read", err=True)
    if not report.files and not report.errors:
        if force_exclude:
            sys.exit(0)
        where = ", ".join(paths)
        click.echo(f"error: no documents under {where} that are to be checked; read are {ENDINGS}", err=True)
    status = report.exit_code(config.fail_on)
    sys.exit(0 if write_baseline and status == 1 else status)


def _overridden(
    config: Config,
    fail_on: str | None,
    baseline: str | None,
    catalog: tuple[str, ...],
    time_limit: float | None,
) -> Config:
    """What the command line says outranks the file; its paths are relative to where one stands."""
    if fail_on is not None:
        config = replace(config, fail_on=Severity(fail_on))
    if baseline is not None:
        config = replace(config, baseline=str(Path(baseline).absolute()))
    if catalog:
        config = replace(config, catalog=(*config.catalog, *(str(Path(c).absolute()) for c in catalog)))
    if time_limit is not None:
        config = replace(config, time_limit=time_limit)
    return config


def _checked(
    paths: tuple[str, ...],
    config: Config,
    jobs: int | None,
    scheduler: str | None,
    no_cache: bool,
    force_exclude: bool,
) -> Report:
    """The report, with a bar on a terminal while it is made.  Ends the command if it is stopped."""
    console = Console(stderr=True)
    store = None if no_cache else Store()
    seen = (0, 0)
    try:
        with (
            stoppable(),
            Progress(
                TextColumn("checking"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("formulas"),
                TimeElapsedColumn(),
                console=console,
                transient=True,
                disable=not console.is_terminal,
            ) as bar,
        ):
            task = bar.add_task("", total=None)

            def progress(done: int, total: int) -> None:
                nonlocal seen
                seen = done, total
                bar.update(task, completed=done, total=total)

            report = check_paths(
                paths, config=config, jobs=jobs, scheduler=scheduler, store=store, progress=progress,
                named=force_exclude,
            )  # fmt: skip
    except KeyboardInterrupt as stopped:
        kept = "" if no_cache else "; finished documents are kept for the next run"
        click.echo(f"stopped after {seen[0]} of {seen[1]} formulas{kept}", err=True)
        sys.exit(exit_status(stopped))
    if store is not None and store.trouble:
        click.echo(f"cache: {store.path}: {store.trouble}", err=True)
    return report


def _show(report: Report, format_name: str, output: str | None, explain: bool) -> None:
    text = FORMATS[format_name](report)
    if output is None:
        click.echo(text, nl=False)
    else:
        try:
            write_whole(Path(output), text)
        except OSError as error:
            raise click.UsageError(f"{output} cannot be written: {error.strerror}") from None
    if explain:
        found = {f.rule for f in report.findings}
        for code in (c for c in rules() if c in found):
            click.echo("\n" + page(code), nl=False, err=format_name != "text")
    if report.known:
        click.echo(f"{_findings(report.known)} not shown", err=True)
    if report.stale:
        click.echo(f"{_findings(report.stale)} gone; --write-baseline takes out what is gone", err=True)
    for defect in report.defects:
        click.echo(printable(f"{on_one_line(defect)} (a defect of symcheck: please report it)"), err=True)
    for unreadable in report.errors:
        click.echo(f"error: {on_one_line(str(unreadable))}", err=True)


def _findings(number: int) -> str:
    return "1 finding of the baseline is" if number == 1 else f"{number} findings of the baseline are"
