"""Compiled modules of the catalog: what is built from one, kept beside the module's bytecode.

Building the expressions of a module takes SymPy ten times as long as reading them back, since it compares,
sorts and asks for signs wherever two expressions meet.  A compiled module is for the catalog what a ``.pyc``
file is for its text: it lies in the same folder, whoever may write there may change the program itself, and
it is believed like the program.  It is used only if every source on which it depends and the versions of
Python and SymPy are what they were, and it is written only if what is read back is what was built, to the
last attribute.  Where Python keeps no bytecode, nothing is kept.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import io
import os
import pickle
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import sympy as sp
from sympy.core.function import UndefinedFunction

FOLDER = Path(__file__).parent
_DIGEST = 16
_LATER = frozenset({"_mhash", "_args", "_assumptions"})
"""Attributes of an expression that are its parts, or are worked out when they are asked for."""

More = tuple[tuple[str, Any], ...]


class Shelf:
    """One kind of thing that is built from a module of the catalog.

    ``kind``  ends the names of its files;
    ``folders``  besides those of the catalog, the folders of sources on which it depends.  It is to be made
    where these are imported: what a process builds is known by the sources that it found then.
    """

    def __init__(self, kind: str, *folders: Path) -> None:
        self.kind = kind
        self.folders = (FOLDER, *folders)
        self.key = self.sources()

    def load(self, module: str) -> Any:
        """What ``keep`` was given for ``formulas.MODULE``, or ``None`` if that is not to be had."""
        place = self.place(module)
        if place is None:
            return None
        try:
            data = place.read_bytes()
        except OSError:
            return None
        key, digest, body = data[:_DIGEST], data[_DIGEST : 2 * _DIGEST], data[2 * _DIGEST :]
        return pickle.loads(body) if (key, digest) == (self.key, _hash(body)) else None

    def keep(self, module: str, found: Any) -> bool:
        """Keep what was built from ``formulas.MODULE``.  False if it was not kept."""
        place = self.place(module)
        if place is None or sys.dont_write_bytecode or not (FOLDER / f"{module}.py").is_file():
            return False
        if self.sources() != self.key:  # somebody is writing them
            return False
        try:
            body = _dump(found)
            if not same(found, pickle.loads(body)):
                return False
        except (pickle.PicklingError, TypeError, AttributeError, ValueError, RecursionError):
            return False  # there is something in it that has no compiled form
        beside = place.with_name(f"{place.name}.{os.getpid()}")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(self.key + _hash(body) + body)
            beside.replace(place)
        except OSError:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            return False
        return True

    def place(self, module: str) -> Path | None:
        """Its file, beside the bytecode; ``None`` where this Python has no place for bytecode."""
        try:
            bytecode = importlib.util.cache_from_source(str(FOLDER / f"{module}.py"))
        except NotImplementedError:  # what Python raises where it has no tag for such files
            return None
        return Path(bytecode).with_suffix(f".{self.kind}")

    def sources(self) -> bytes:
        """A hash of all on which things of this kind depend."""
        found = hashlib.blake2b(f"{sys.version} sympy {sp.__version__}".encode(), digest_size=_DIGEST)
        for path in [p for folder in self.folders for p in sorted(folder.glob("*.py"))]:
            text = path.read_bytes()
            found.update(f"\n{path.name} {len(text)}\n".encode())
            found.update(text)
        return found.digest()


ENTRIES = Shelf("entries")
"""The tuples ``FORMULAS``."""


def _hash(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_DIGEST).digest()


def _dump(found: Any) -> bytes:
    out = io.BytesIO()
    _Pickler(out, protocol=5).dump(found)
    return out.getvalue()


class _Pickler(pickle.Pickler):
    """Expressions as their classes and parts, to be put together without being evaluated again."""

    def reducer_override(self, v: Any) -> Any:
        if isinstance(v, UndefinedFunction):
            return _undefined, (v.__name__, dict(v._kwargs))
        if isinstance(v, sp.Basic) and v.args and not isinstance(v, sp.IndexedBase | sp.Indexed):
            return _node, (type(v), v.args, _more(v))
        return NotImplemented


def _undefined(name: str, assumptions: Mapping[str, bool]) -> UndefinedFunction:
    return sp.Function(name, **assumptions)


def _node(kind: Any, args: tuple[Any, ...], more: More) -> sp.Basic:
    found = sp.Basic.__new__(kind, *args)
    for name, value in more:
        setattr(found, name, value)
    return found


def _more(v: sp.Basic) -> More:
    """The attributes of an expression besides its parts."""
    return tuple((name, getattr(v, name)) for name in _attributes(v))


def _attributes(v: sp.Basic) -> Iterator[str]:
    slots = [name for kind in type(v).__mro__ for name in vars(kind).get("__slots__", ())]
    for name in sorted({*slots, *getattr(v, "__dict__", ())} - _LATER):
        if hasattr(v, name):
            yield name


def same(a: Any, b: Any) -> bool:
    """Whether two values are of one make, through and through: SymPy takes expressions for equal that differ
    in attributes, and compares neither classes of parts nor assumptions everywhere."""
    return _same(a, b, set())


def _same(a: Any, b: Any, seen: set[tuple[int, int]]) -> bool:
    if isinstance(a, UndefinedFunction):
        return bool(a == b) and a._kwargs == b._kwargs
    if type(a) is not type(b) and not (isinstance(a, sp.Basic) and _same(type(a), type(b), seen)):
        return False
    if (id(a), id(b)) in seen:
        return True
    if isinstance(a, sp.Basic):
        alike = (
            a == b
            and _same(a.args, b.args, seen)
            and a.assumptions0 == b.assumptions0
            and _same(_more(a), _more(b), seen)
        )
    elif dataclasses.is_dataclass(a) and not isinstance(a, type):
        alike = all(_same(getattr(a, f.name), getattr(b, f.name), seen) for f in dataclasses.fields(a))
    elif isinstance(a, tuple | list):
        alike = len(a) == len(b) and all(_same(x, y, seen) for x, y in zip(a, b, strict=True))
    elif isinstance(a, Mapping):
        alike = _same(tuple(a.items()), tuple(b.items()), seen)
    else:
        alike = bool(a == b)
    if alike:
        seen.add((id(a), id(b)))
    return alike
