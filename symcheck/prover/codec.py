"""Derivations as JSON and back: the form in which they are published and kept.

Terms are a table of nodes that refer to earlier nodes, since steps share most of their terms.  The fields
of a derivation follow from its dataclass, so that a new kind needs nothing here.  What is read is input
from anywhere: it is taken apart by type, bounded in size, and means nothing until the checker has it.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from symcheck.prover.derivation import Derivation
from symcheck.prover.kinds import KINDS
from symcheck.terms.term import Index, Term, fresh_index

MAX_NODES = 200_000
MAX_DEPTH = 300
MAX_TREE = 200_000
"""Nodes of a term written out, where the table would make it exponentially long."""
FRESH = "!"

Json: TypeAlias = Any


class Unreadable(ValueError):
    """JSON that is not a derivation; the message says what is wrong."""


def encode(derivation: Derivation) -> dict[str, Json]:
    """A derivation as JSON: ``{"terms": [[op, arg, ...], ...], "derivation": {...}}``.

    An argument of a node is a number (an earlier node), a string, ``[name, size]`` (an index), or
    ``{"number": "2/3"}``.  Wherever a field holds a term, its number in the table stands."""
    writer = _Writer()
    body = writer.value(derivation)
    return {"terms": writer.nodes, "derivation": body}


def decode(data: Json) -> Derivation:
    """The derivation that ``encode`` wrote.  Raises ``Unreadable``."""
    try:
        reader = _Reader(data["terms"])
        found = _kind(data["derivation"], reader)
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(f"{type(error).__name__}: {error}") from None
    except RecursionError:
        raise Unreadable("nested too deeply") from None
    return found


class _Writer:
    def __init__(self) -> None:
        self.nodes: list[list[Json]] = []
        self._number: dict[Term, int] = {}

    def term(self, t: Term) -> int:
        if t not in self._number:
            node = [t.op, *map(self._argument, t.args)]
            self._number[t] = len(self.nodes)
            self.nodes.append(node)
        return self._number[t]

    def _argument(self, a: Any) -> Json:
        match a:
            case Term():
                return self.term(a)
            case Index():
                return [a.name, a.size]
            case Fraction():
                return {"number": str(a)}
            case str():
                return a
        raise TypeError(f"a term with {type(a).__name__} in it has no JSON form")

    def value(self, v: Any) -> Json:
        match v:
            case Term():
                return self.term(v)
            case Index():
                return [v.name, v.size]
            case None | str() | int():
                return v
            case Fraction():
                return str(v)
            case tuple() | list():
                return [self.value(x) for x in v]
            case frozenset():
                return [self.value(x) for x in sorted(v)]
            case Mapping():
                return [[self.value(k), self.value(x)] for k, x in sorted(v.items())]
            case Derivation():
                return {"kind": type(v).__name__, **self._fields(v)}
        if dataclasses.is_dataclass(v):
            return self._fields(v)
        raise TypeError(f"{type(v).__name__} has no JSON form")

    def _fields(self, v: Any) -> dict[str, Json]:
        return {f.name: self.value(getattr(v, f.name)) for f in dataclasses.fields(v)}


class _Reader:
    """The table of terms, each built once."""

    def __init__(self, nodes: Json) -> None:
        _require(isinstance(nodes, list) and len(nodes) <= MAX_NODES, "the table of terms is too long")
        self.terms: list[Term] = []
        self._fresh: dict[tuple[str, str], Index] = {}
        terms, depths, sizes = self.terms, list[int](), list[int]()
        for op, *args in nodes:
            if type(op) is not str:
                raise Unreadable("a node without its kind")
            depth = size = 0
            for k, a in enumerate(args):
                if type(a) is int:
                    if not 0 <= a < len(terms):
                        raise Unreadable(f"no term {a}")
                    args[k] = terms[a]
                    size += sizes[a]
                    if depths[a] > depth:
                        depth = depths[a]
                elif type(a) is not str:
                    args[k] = self._argument(a)
            if depth >= MAX_DEPTH or size >= MAX_TREE:
                raise Unreadable("a term is too large")
            terms.append(Term(op, *args))
            depths.append(depth + 1)
            sizes.append(size + 1)

    def _argument(self, a: Json) -> Term | Index | Fraction:
        match a:
            case list():
                return self.index(a)
            case {"number": str(text)}:
                _require(len(text) < 4000, "a number is too long")
                return Fraction(text)
        raise Unreadable(f"{a} is no part of a term")

    def index(self, data: Json) -> Index:
        """Names that occur nowhere else were new in another process: here they have to be so again."""
        name, size = data
        _require(isinstance(name, str) and isinstance(size, str), "an index is a name and a size")
        if not name.startswith(FRESH):
            return Index(name, size)
        if (name, size) not in self._fresh:
            self._fresh[name, size] = fresh_index(size)
        return self._fresh[name, size]


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Unreadable(otherwise)


_Read = Callable[[Json, _Reader], Any]
_KINDS = {kind.__name__: kind for kind in KINDS}


def _kind(data: Json, reader: _Reader) -> Derivation:
    _require(isinstance(data, dict) and data.get("kind") in _KINDS, "no kind of derivation")
    rest = {name: value for name, value in data.items() if name != "kind"}
    hint: Any = _KINDS[data["kind"]]
    found = _reader_of(hint)(rest, reader)
    assert isinstance(found, Derivation)
    return found


@cache
def _reader_of(hint: Any) -> _Read:
    """How a field with this type is read."""
    origin, args = get_origin(hint), get_args(hint)
    if hint is Term:
        return _term
    if hint is Index:
        return lambda data, reader: reader.index(data)
    if hint is Derivation:
        return _kind
    if hint is Fraction:
        return lambda data, reader: Fraction(_checked(data, str))
    if hint in (str, int, bool, type(None)):
        return lambda data, reader: _checked(data, hint)
    if origin is Literal:
        return lambda data, reader: _one_of(data, args)
    if origin in (Union, types.UnionType):
        if len(args) == 2 and type(None) in args:
            (inner,) = (_reader_of(a) for a in args if a is not type(None))
            return lambda data, reader: None if data is None else inner(data, reader)
    elif origin is tuple and args == (int, ...):
        return _path
    elif origin is tuple and args[1:] == (...,):
        each = _reader_of(args[0])
        return lambda data, reader: tuple([each(x, reader) for x in _checked(data, list)])
    elif origin is frozenset:
        member = _reader_of(args[0])
        return lambda data, reader: frozenset(member(x, reader) for x in _checked(data, list))
    elif origin is tuple:
        readers = [_reader_of(a) for a in args]
        return lambda data, reader: tuple(
            [read(x, reader) for read, x in zip(readers, _checked(data, list), strict=True)]
        )
    elif origin is Mapping:
        key, item = map(_reader_of, args)
        return lambda data, reader: (
            {} if data == [] else {key(k, reader): item(x, reader) for k, x in _checked(data, list)}
        )
    elif dataclasses.is_dataclass(hint):
        hints = get_type_hints(hint)
        inside = {f.name: _reader_of(hints[f.name]) for f in dataclasses.fields(hint)}
        blank = _blank(hint)
        return lambda data, reader: blank[1] if data == blank[0] else _made(hint, inside, data, reader)
    raise TypeError(f"a field of type {hint} has no JSON form")


def _blank(kind: Any) -> tuple[Json, Any]:
    """An instance that says nothing, which most steps have in one field, and its JSON form; ``None`` for a
    kind whose instances always say something."""
    if any(f.default is f.default_factory is dataclasses.MISSING for f in dataclasses.fields(kind)):
        return _NOTHING, None
    return _Writer().value(kind()), kind()


_NOTHING = object()


def _made(kind: Any, inside: Mapping[str, _Read], data: Json, reader: _Reader) -> Any:
    if not isinstance(data, dict) or data.keys() != inside.keys():
        raise Unreadable(f"not the fields of {kind.__name__}")
    found = object.__new__(kind)  # its fields all at once: a frozen class sets them one by one
    found.__dict__.update([(name, read(data[name], reader)) for name, read in inside.items()])
    return found


def _term(data: Json, reader: _Reader) -> Term:
    terms = reader.terms
    if type(data) is not int or not 0 <= data < len(terms):
        raise Unreadable(f"no term {data}")
    return terms[data]


def _path(data: Json, reader: _Reader) -> tuple[int, ...]:
    for step in _checked(data, list):
        if type(step) is not int:
            raise Unreadable("int expected")
    return tuple(data)


def _checked(data: Json, kind: type) -> Any:
    if type(data) is not kind:
        raise Unreadable(f"{kind.__name__} expected")
    return data


def _one_of(data: Json, allowed: tuple[Any, ...]) -> Any:
    if not isinstance(data, str) or data not in allowed:
        raise Unreadable(f"one of {', '.join(map(str, allowed))} expected")
    return data
