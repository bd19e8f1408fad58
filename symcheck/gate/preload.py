"""Imported once by the server from which workers are forked: what every worker needs is made here, so
that a worker starts with it."""

import gc
from importlib import import_module

from symcheck.gate.documents.markdown_syntax import markdown_parser
from symcheck.gate.forms import head_owners, words
from symcheck.gate.identify import names
from symcheck.gate.identities import forms_by_left
from symcheck.gate.known import forms_by_make
from symcheck.gate.lines import lines_by_left
from symcheck.gate.rules import rules
from symcheck.gate.standard_names import standards_by_name, standards_by_spelling

gc.disable()  # next to nothing of what is made here is garbage
for _name in ("scipy.integrate", "symcheck.gate.run"):
    import_module(_name)
for _make in (
    markdown_parser, rules, names, head_owners, words, standards_by_name, standards_by_spelling,
    forms_by_make, forms_by_left, lines_by_left,
):  # fmt: skip
    _make()
gc.freeze()  # nor will it be: workers leave it alone, and share it
gc.set_threshold(20_000, 20, 20)  # expressions come and go by the thousand and are hardly ever in circles
gc.enable()
