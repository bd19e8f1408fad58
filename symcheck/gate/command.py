"""``symcheck check``: the gate on the command line."""

from __future__ import annotations

import re
import sys

import click

from symcheck.gate.model import Severity
from symcheck.gate.outputs import FORMATS
from symcheck.gate.rules import rule, rules
from symcheck.gate.run import check_paths

_EACH = "each"  # what --explain without a code means: explain each rule that was found


def explanation(code: str) -> str:
    """The page of a rule, as Markdown.  ``KeyError`` naming the known codes if there is none."""
    entry = rule(code)
    return (
        f"# {entry.code} · {entry.title}\n\nSeverity: {entry.severity.value}\n\n{entry.explanation}\n\n"
        f"## Wrong\n\n```markdown\n{entry.wrong.strip()}\n```\n\n"
        f"## Right\n\n```markdown\n{entry.right.strip()}\n```\n"
    )


@click.command("check")
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option(
    "--format", "format_name", type=click.Choice(list(FORMATS)), default="text", show_default=True,
    help="Form of the report.",
)  # fmt: skip
@click.option(
    "--fail-on", type=click.Choice([s.value for s in Severity]), default=Severity.ERROR.value,
    show_default=True, help="Least severity of a finding that makes the exit status 1.",
)  # fmt: skip
@click.option(
    "--explain", is_flag=False, flag_value=_EACH, metavar="[RULE]",
    help="Explain each rule that was found; with a code, print its page and stop.",
)  # fmt: skip
@click.option("--jobs", type=click.IntRange(1), help="Worker processes.  [default: one per core]")
@click.option(
    "--time-limit", type=click.FloatRange(0.1), default=10.0, show_default=True, metavar="SECONDS",
    help="Time for one formula; after it, the formula is unchecked.",
)  # fmt: skip
def check(
    paths: tuple[str, ...],
    format_name: str,
    fail_on: str,
    explain: str | None,
    jobs: int | None,
    time_limit: float,
) -> None:
    """Check the formulas of documents: files, folders, or - for standard input (Markdown).

    Exit status: 0 clean, 1 findings, 2 unreadable input or wrong usage.
    """
    if explain is not None and explain != _EACH:
        if re.fullmatch(r"SC\d+", explain, re.IGNORECASE):
            try:
                click.echo(explanation(explain.upper()), nl=False)
            except KeyError as error:
                raise click.UsageError(str(error.args[0])) from None
            return
        paths, explain = (explain, *paths), _EACH  # it was a path: --explain stood before it
    if not paths:
        raise click.UsageError("name at least one file or folder, or - for standard input")
    report = check_paths(paths, jobs=jobs, time_limit=time_limit)
    click.echo(FORMATS[format_name](report), nl=False)
    if explain is not None:
        found = {f.rule for f in report.findings}
        for code in (c for c in rules() if c in found):
            click.echo("\n" + explanation(code), nl=False, err=format_name != "text")
    for defect in report.defects:
        click.echo(f"{defect} (a defect of symcheck: please report it)", err=True)
    for unreadable in report.errors:
        click.echo(f"error: {unreadable}", err=True)
    if not report.files and not report.errors:
        click.echo(f"error: no documents under {', '.join(paths)}", err=True)
    sys.exit(report.exit_code(Severity(fail_on)))
