"""Imported once by the server from which workers are forked: what every worker needs is made here, so
that a worker starts with it."""

from symcheck.gate.documents import READERS
from symcheck.gate.documents.markdown_syntax import markdown_parser
from symcheck.gate.forms import head_owners, words
from symcheck.gate.identify import names
from symcheck.gate.judge import judge
from symcheck.gate.rules import rules

__all__ = ["READERS", "judge"]

for _make in (markdown_parser, rules, names, head_owners, words):
    _make()
