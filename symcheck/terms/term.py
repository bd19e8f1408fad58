"""Terms in index notation: small immutable trees, interned so that equality is identity.

==========  =====================  ==================================================================
op          args                   meaning
==========  =====================  ==================================================================
``num``     (Fraction,)            a rational number
``dim``     (name,)                the size of an axis, a positive integer
``var``     (name, *indices)       an entry of a tensor; a scalar symbol has no indices.  An axis without
                                   end takes a term instead, which stands for an integer
``array``   (name, size)           a whole tensor with two axes of this size, as an argument
``ord``     (i,)                   the value of an index, an integer from 1
``delta``   (i, j)                 Kronecker's delta
``add``     terms                  n-ary sum
``mul``     terms                  n-ary product
``pow``     (base, exponent)       power; the exponent is a term
``sum``     (i, body)              sum of the body over the whole axis of i, which it binds
``fold``    (join, i, high, body)  sum or product (``join``) of the body over all integers i with
                                   1 <= i <= high, of which there may be none; the high end is outside.
                                   i is endless, or in a product the index of an axis with this end
``fn``      (name, *terms)         a named function
``vec``     (i, body)              the vector of the bodies for all i over the axis, which it binds: the first
                                   argument of an undefined function of a vector; ``ord`` arguments
                                   after it are its component and, one per prime in its name, the
                                   coordinates by which it is differentiated
``d``       (body, var)            partial derivative of the body by an entry of a tensor
``mean``    (body,)                expectation of the body over the random quantities in it
``meta``    (name, *indices)       metavariable of a rule, a function of the indices (or integers) given
==========  =====================  ==================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple
from weakref import ref

Path = tuple[int, ...]
ENDLESS = "oo"
"""The size of an axis without end: its indices are all integers from 1."""
_OPENED = "abcdefgh"
_FRESH = "!"
_given = 0
BINDERS = {"sum": 0, "fold": 1, "vec": 0}
"""Operations that bind an index, and its place among their arguments; the body comes last."""


class Index(NamedTuple):
    """An index variable, or the constant ``#k``; ``size`` names its range, ``"n"`` or a numeral."""

    name: str
    size: str

    @property
    def constant(self) -> bool:
        return self.name.startswith("#")

    def __str__(self) -> str:
        """The name for people: opened binders are called a, b, c ... by depth."""
        if self.name.startswith("~") and (depth := int(self.name[1:])) <= len(_OPENED):
            return _OPENED[depth - 1]
        return self.name.removeprefix("#")


class Term:
    """One interned node.  Never construct directly: use the functions of this module."""

    __slots__ = ("__weakref__", "_free", "_names", "args", "children", "op")
    op: str
    args: tuple[Any, ...]
    children: tuple[Term, ...]
    _free: frozenset[Index] | None
    _names: frozenset[str] | None

    def __new__(cls, op: str, *args: Any) -> Term:
        key = (op, *args)
        kept = _TABLE.get(key)
        found = None if kept is None else kept()
        if found is None:
            found = object.__new__(cls)
            found.op, found.args, found._free, found._names = op, args, None, None
            found.children = tuple([a for a in args if type(a) is cls])
            _TABLE[key] = _Kept(found, key)
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return Term, (self.op, *self.args)

    @property
    def binding(self) -> tuple[Index, Term]:
        """The index that a sum or fold binds, and its body."""
        return self.args[BINDERS[self.op]], self.args[-1]

    @property
    def free(self) -> frozenset[Index]:
        """Free index variables."""
        if self._free is None:
            if self.op in BINDERS:
                i, body = self.binding
                out = set(body.free) - {i}
                if self.op == "fold":
                    out |= self.args[2].free
            else:
                out = {a for a in self.args if isinstance(a, Index) and not a.constant}
                for c in self.children:
                    out |= c.free
            self._free = frozenset(out)
        return self._free

    def __repr__(self) -> str:
        from symcheck.terms.printing import plain

        return plain(self)

    def __add__(self, other: Term | int) -> Term:
        return Term("add", self, _term(other))

    def __radd__(self, other: int) -> Term:
        return Term("add", _term(other), self)

    def __sub__(self, other: Term | int) -> Term:
        return Term("add", self, Term("mul", num(-1), _term(other)))

    def __rsub__(self, other: int) -> Term:
        return Term("add", _term(other), Term("mul", num(-1), self))

    def __neg__(self) -> Term:
        return Term("mul", num(-1), self)

    def __mul__(self, other: Term | int) -> Term:
        return Term("mul", self, _term(other))

    def __rmul__(self, other: int) -> Term:
        return Term("mul", _term(other), self)

    def __pow__(self, other: Term | int) -> Term:
        return Term("pow", self, _term(other))


class _Kept(ref[Term]):
    """A term in the table, for as long as somebody else has it.  ``WeakValueDictionary`` is the same thing,
    at twice the time for what is asked most often of all."""

    __slots__ = ("key",)
    key: tuple[Any, ...]

    def __new__(cls, term: Term, key: tuple[Any, ...]) -> _Kept:
        self = super().__new__(cls, term, _forget)
        self.key = key
        return self


_TABLE: dict[tuple[Any, ...], _Kept] = {}


def _forget(kept: ref[Term]) -> None:
    assert isinstance(kept, _Kept)
    if _TABLE.get(kept.key) is kept:
        del _TABLE[kept.key]


def _term(value: Term | int) -> Term:
    return num(value) if isinstance(value, int) else value


@lru_cache(maxsize=1 << 12)
def num(value: int | Fraction) -> Term:
    return Term("num", Fraction(value))


ZERO, ONE = num(0), num(1)


def dim(name: str) -> Term:
    return num(int(name)) if name.isdigit() else Term("dim", name)


def var(name: str, *indices: Index | Term) -> Term:
    return Term("var", name, *indices)


def array(name: str, size: str) -> Term:
    return Term("array", name, size)


def value_of(i: Index) -> Term:
    """The value of an index as a number."""
    return num(int(i.name[1:])) if i.constant else Term("ord", i)


def delta(i: Index, j: Index) -> Term:
    return Term("delta", i, j)


def add(*terms: Term) -> Term:
    if not terms:
        return ZERO
    return terms[0] if len(terms) == 1 else Term("add", *terms)


def mul(*terms: Term) -> Term:
    if not terms:
        return ONE
    return terms[0] if len(terms) == 1 else Term("mul", *terms)


def neg(t: Term) -> Term:
    return mul(num(-1), t)


def sub(a: Term, b: Term) -> Term:
    return add(a, neg(b))


def power(base: Term, exponent: Term | int | Fraction) -> Term:
    return Term("pow", base, exponent if isinstance(exponent, Term) else num(exponent))


def fn(name: str, *terms: Term) -> Term:
    return Term("fn", name, *terms)


def sum_over(i: Index, body: Term) -> Term:
    return Term("sum", i, body)


def fold(join: str, i: Index, high: Term, body: Term) -> Term:
    return Term("fold", join, i, high, body)


def vector(i: Index, body: Term) -> Term:
    return Term("vec", i, body)


def partial(body: Term, by: Term) -> Term:
    return Term("d", body, by)


def mean(body: Term) -> Term:
    return Term("mean", body)


def meta(name: str, *indices: Index | Term) -> Term:
    return Term("meta", name, *indices)


def number(t: Term) -> Fraction | None:
    """The value of a ``num`` node, else None."""
    return t.args[0] if t.op == "num" else None


def rebuild(t: Term, children: Iterable[Term]) -> Term:
    """``t`` with its child terms replaced, in order."""
    new = iter(children)
    return Term(t.op, *[next(new) if isinstance(a, Term) else a for a in t.args])


def subterms(t: Term) -> Iterator[Term]:
    """``t`` and all below it, from left to right, as often as each stands there."""
    todo = [t]
    while todo:
        s = todo.pop()
        yield s
        todo += s.children[::-1]


def fresh_index(size: str) -> Index:
    """An index whose name occurs nowhere else."""
    global _given
    _given += 1
    return Index(f"{_FRESH}{_given}", size)


def is_to_come(i: Index) -> bool:
    """Whether ``fresh_index`` may still give this name: whoever has it already could be captured."""
    return i.name.startswith(_FRESH) and int(i.name[1:]) > _given


def rename(t: Term, mapping: Mapping[Index, Index]) -> Term:
    """Replace free indices; a binder that would capture one is renamed out of the way."""
    todo = {i: j for i, j in mapping.items() if i in t.free and i != j}
    if not todo:
        return t
    if t.op in BINDERS:
        i, body = t.binding
        if i in todo.values():
            new = fresh_index(i.size)
            body, i = rename(body, {i: new}), new
        inner = {j: k for j, k in todo.items() if j != i}
        high = [rename(t.args[2], todo)] if t.op == "fold" else []
        return Term(t.op, *t.args[: BINDERS[t.op]], i, *high, rename(body, inner))
    args = [
        todo.get(a, a) if isinstance(a, Index) else rename(a, todo) if isinstance(a, Term) else a
        for a in t.args
    ]
    return Term(t.op, *args)


def place(t: Term, values: Mapping[Index, Term]) -> Term:
    """Put terms for the values of free endless indices; a binder that would capture is renamed."""
    todo = {i: v for i, v in values.items() if i in t.free}
    if not todo:
        return t
    if t.op == "ord":
        return todo[t.args[0]]
    if t.op in BINDERS:
        i, body = t.binding
        if any(i in v.free for v in todo.values()):
            new = fresh_index(i.size)
            body, i = rename(body, {i: new}), new
        inner = {j: v for j, v in todo.items() if j != i}
        high = [place(t.args[2], todo)] if t.op == "fold" else []
        return Term(t.op, *t.args[: BINDERS[t.op]], i, *high, place(body, inner))
    if any(a in todo for a in t.args if isinstance(a, Index)):
        raise ValueError("a number is put for the index of an axis")
    return rebuild(t, [place(c, todo) for c in t.children])


def at(t: Term, path: Path) -> Term:
    """The subterm at ``path``: positions among ``args``."""
    for k in path:
        t = t.args[k]
        if not isinstance(t, Term):
            raise IndexError(f"no subterm at {path}")
    return t


def replace_at(t: Term, path: Path, new: Term) -> Term:
    """``t`` with the subterm at ``path`` replaced, as it stands: binders above may bind into it."""
    if not path:
        return new
    k, rest = path[0], path[1:]
    args = list(t.args)
    if not isinstance(args[k], Term):
        raise IndexError(f"no subterm at {path}")
    args[k] = replace_at(args[k], rest, new)
    return Term(t.op, *args)


def replace_var(t: Term, x: Term, new: Term) -> Term:
    """``t`` with the scalar symbol x replaced by a term without bound indices."""
    if t is x:
        return new
    return rebuild(t, [replace_var(c, x, new) for c in t.children]) if t.children else t


def names(t: Term) -> frozenset[str]:
    """Names of the tensors and scalar symbols in ``t``."""
    if t._names is None:
        own = frozenset({t.args[0]}) if t.op in ("var", "array") else _NONE
        t._names = own.union(*map(names, t.children))
    return t._names


_NONE: frozenset[str] = frozenset()


AVERAGES = frozenset({"Variance", "Covariance"})
"""Functions that are constants of the law, like expectations."""


def varying(t: Term, random: frozenset[str]) -> frozenset[str]:
    """The random names on whose outcome ``t`` depends: those outside of expectations."""
    own = random & {t.args[0]} if t.op in ("var", "array") else frozenset[str]()
    if not random or t.op == "mean" or (t.op == "fn" and t.args[0] in AVERAGES):
        return frozenset()
    return own | {name for c in t.children for name in varying(c, random)}
