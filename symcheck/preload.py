"""Imported once by the server from which workers for claims are forked: all that each of them needs."""

from formulas.catalog import catalog
from symcheck.run import task

__all__ = ["task"]

catalog()
