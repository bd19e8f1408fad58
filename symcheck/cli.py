"""The ``symcheck`` command: which commands there are.

What a command needs is imported when it is called, and the server from which its workers are forked
imports what they need at the same time.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points

import click

from symcheck.workers import CLAIMS, DOCUMENTS, start_server

_OWN = {
    "cache": "symcheck.cache.command",
    "check": "symcheck.gate.command",
    "docs": "symcheck.pages.command",
    "list": "symcheck.commands",
    "prove": "symcheck.commands",
    "show": "symcheck.commands",
}
"""Commands of this package, by the module that has them."""
_WORKERS = {"check": DOCUMENTS, "prove": CLAIMS, "show": CLAIMS}


class _Commands(click.Group):
    """Commands of this package, and those that other packages register under ``symcheck.commands``
    (code generation does: nothing in symcheck may import it)."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        registered = [e.name for e in entry_points(group="symcheck.commands")]
        return sorted({*super().list_commands(ctx), *registered, *_OWN})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _OWN:
            module = import_module(_OWN[cmd_name])
            command = getattr(module, cmd_name, None) or getattr(module, f"{cmd_name}_")
            assert isinstance(command, click.Command)
            return command
        for entry in entry_points(group="symcheck.commands", name=cmd_name):
            command = entry.load()
            assert isinstance(command, click.Command)
            return command
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] in _WORKERS and "--help" not in args:
            start_server(_WORKERS[args[0]])
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands)
@click.version_option(package_name="symcheck")
def main() -> None:
    """Prove machine-learning formulas, check documents for math errata, generate kernels."""
