"""The command ``symcheck report``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option(
    "-o", "--output", "place", required=True, type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="Folder of the site; replaced if this command wrote it.",
)  # fmt: skip
@click.option(
    "--check", "documents", multiple=True, metavar="PATH",
    help="Also a page for each of these documents, with findings in place.",
)  # fmt: skip
@click.option("--jobs", type=click.IntRange(1), help="Worker processes.  [default: one per core]")
def report(place: Path, documents: tuple[str, ...], jobs: int | None) -> None:
    """Write a static site: an index and a page per formula, with verdicts, derivations and kernels."""
    from codegen.site.write import NotOurs, write_site
    from symcheck.gate.run import check_paths
    from symcheck.judge import Contradiction
    from symcheck.run import run

    try:
        judgements = run(jobs=jobs)
    except Contradiction as error:
        raise click.ClickException(str(error)) from None
    checked = check_paths(documents, jobs=jobs) if documents else None
    try:
        count = write_site(place, judgements, checked)
    except NotOurs as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{place} cannot be written: {error.strerror or error}") from None
    for problem in checked.errors if checked else ():
        click.echo(f"warning: {problem}", err=True)
    click.echo(f"{place / 'index.html'}: {count} pages")
