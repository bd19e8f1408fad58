"""``symcheck cache``: how large it is and where, and to forget it."""

from __future__ import annotations

import json

import click

from symcheck.cache.store import Store


@click.group("cache")
def cache() -> None:
    """Results of earlier runs.  They save time and are never believed: proofs are replayed."""


@cache.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def info(as_json: bool) -> None:
    """Where it is, how many entries it has, how large it is and may become."""
    found = Store().info()
    if as_json:
        data = {"path": str(found.path), "entries": found.entries, "bytes": found.bytes,
                "max_bytes": found.max_bytes, "trouble": found.trouble or None}  # fmt: skip
        click.echo(json.dumps(data, indent=1))
        return
    click.echo(f"{found.path} (chosen by SYMCHECK_CACHE_DIR)")
    click.echo(
        f"{found.entries} entries, {found.bytes / 1e6:.1f} MB of at most {found.max_bytes / 1e6:.0f} MB"
    )
    if found.trouble:
        click.echo(f"trouble: {found.trouble}")


@cache.command()
def clear() -> None:
    """Forget all entries."""
    store = Store()
    before = store.info().entries
    store.clear()
    click.echo(f"{before} entries forgotten")
    if store.trouble:
        raise click.ClickException(f"{store.path}: {store.trouble}")
