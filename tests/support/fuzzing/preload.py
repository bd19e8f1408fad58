"""Imported once by the server from which the workers are forked: all modules are loaded and all tables made,
so that an import or an opened file while an input is processed can only be the input's doing."""

from __future__ import annotations

import encodings.idna
import encodings.punycode  # for links to hosts with names of other alphabets
import importlib
import pkgutil

import docutils.languages.en
import docutils.parsers.rst.directives
import docutils.parsers.rst.languages.en

from fuzzing import forgeries
from fuzzing.campaign import source
from fuzzing.targets import TARGETS
from symcheck.prover import codec
from symcheck.prover.kinds import KINDS

_USED = (encodings.idna, encodings.punycode)
for _found in pkgutil.iter_modules(docutils.parsers.rst.directives.__path__):
    if _found.name != "html":  # docutils itself has done with it
        importlib.import_module(f"docutils.parsers.rst.directives.{_found.name}")
for _kind in KINDS:
    codec._reader_of(_kind)  # type: ignore[arg-type]  # looks up our own annotations, once
for _name in forgeries.SUBJECTS:
    forgeries.proof(_name)
for _target in TARGETS.values():
    for _seed in range(-12, 0):
        try:
            _target.process(_target.make(source(_target.name, _seed)))
        except Exception:  # what is wrong is found when it counts
            continue
