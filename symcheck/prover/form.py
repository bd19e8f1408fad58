"""Well-formed terms: what the checker looks at before it looks at meaning.

A derivation is input.  Its terms may only have the node kinds that exist, indices whose names cannot be
mistaken for another's, constants that lie inside their axis, and sizes that the goal has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields, is_dataclass
from fractions import Fraction

from symcheck.terms import term as tm
from symcheck.terms.lower import KNOWN_FUNCTIONS
from symcheck.terms.statement import Statement
from symcheck.terms.term import Index, Term

_NAME = re.compile(r"[^\W\d][\w'{}\\\\^*]*")
_INDEX = re.compile(r"[%~!][1-9]\d*|[^\W\d][\w'{}\\\\^*]*")
_CONSTANT = re.compile(r"#[1-9]\d*")
_PLAIN = frozenset({"add", "mul", "pow", "mean"})
"""Terms of which all parts are terms, and of which there is nothing else to say."""
_TERMS = {
    "add": None,
    "mul": None,
    "pow": 2,
    "d": 2,
    "sum": 1,
    "vec": 1,
    "fold": 2,
    "ord": 0,
    "mean": 1,
    "fn": None,
}


_SIZED = {"dim": 0, "array": 1}
"""Terms that name a size, and where."""


class IllFormed(Exception):
    """A term that no statement could contain."""


@dataclass(frozen=True)
class Form:
    """What terms beside a goal may be made of: the sizes of the goal, and numerals from 1."""

    sizes: frozenset[str]
    _accepted: set[Term] = field(default_factory=set, repr=False, compare=False)
    """Terms that were looked at before, with all of their parts: steps share most of theirs."""
    _known: set[Index] = field(default_factory=set, repr=False, compare=False)
    """Indices that were."""

    @classmethod
    def of(cls, goal: Statement) -> Form:
        found: set[str] = {tm.ENDLESS}
        todo = _terms(goal)
        seen = set(todo)
        while todo:
            s = todo.pop()
            found.update([a.size for a in s.args if isinstance(a, Index)])
            if s.op in _SIZED:
                found.add(s.args[_SIZED[s.op]])
            new = [c for c in s.children if c not in seen]
            seen.update(new)
            todo += new
        return cls(frozenset(found))

    def require_size(self, size: str) -> None:
        if size.isdigit():
            if int(size) < 1 or str(int(size)) != size:
                raise IllFormed(f"{size} is not the size of an axis")
        elif size not in self.sizes or not _NAME.fullmatch(size):
            raise IllFormed(f"{size} is not a size of the claim")

    def require_index(self, i: Index) -> None:
        if not isinstance(i, Index) or not isinstance(i.name, str) or not isinstance(i.size, str):
            raise IllFormed(f"{i!r} is not an index")
        if i in self._known:
            return
        self.require_size(i.size)
        if i.constant:
            # a symbolic size may be 1
            largest = int(i.size) if i.size.isdigit() else 1
            if not _CONSTANT.fullmatch(i.name) or int(i.name[1:]) > largest:
                raise IllFormed(f"the constant {i.name} is not inside 1..{i.size}")
        elif not _INDEX.fullmatch(i.name) or tm.is_to_come(i):
            raise IllFormed(f"{i.name!r} is not the name of an index")
        self._known.add(i)

    def require(self, t: Term) -> None:
        """Raise ``IllFormed`` unless ``t`` and all of its parts are well formed."""
        if not isinstance(t, Term):
            raise IllFormed(f"{t!r} is not a term")
        if t in self._accepted:
            return
        children = len(t.children)
        match "" if t.op in _PLAIN else t.op:
            case "num":
                ok = len(t.args) == 1 and type(t.args[0]) is Fraction
            case "dim":
                self.require_size(t.args[0])
                ok = len(t.args) == 1 and t.args[0] != tm.ENDLESS
            case "var":
                ok = bool(_NAME.fullmatch(t.args[0]))
                self._axes(tuple(a for a in t.args[1:] if not isinstance(a, Term)))
            case "array":
                self.require_size(t.args[1])
                ok = len(t.args) == 2 and bool(_NAME.fullmatch(t.args[0])) and t.args[1] != tm.ENDLESS
            case "delta":
                ok = len(t.args) == 2 and t.args[0].size == t.args[1].size
                self._axes(t.args)
            case "sum":
                self._axes(t.args[:1])
                ok = len(t.args) == 2 and not t.args[0].constant
            case "vec":
                self._axes(t.args[:1])
                ok = len(t.args) == 2 and not t.args[0].constant
            case "ord":
                self.require_index(t.args[0])
                ok = len(t.args) == 1 and not t.args[0].constant
            case "fold":
                join, i = t.args[:2]
                self.require_index(i)
                whole = i.size != tm.ENDLESS and join == "prod" and t.args[2] is tm.dim(i.size)
                ok = len(t.args) == 4 and join in ("sum", "prod") and not i.constant
                ok = ok and (i.size == tm.ENDLESS or whole)
            case "fn":
                ok = (
                    isinstance(t.args[0], str)
                    and not t.args[0].startswith("?")
                    and children == len(t.args) - 1
                )
            case "meta":
                raise IllFormed("a metavariable is left over")
            case _:
                ok = t.op in _TERMS and children == len(t.args)
        if not ok or _TERMS.get(t.op) not in (None, children):
            raise IllFormed(f"no term of the form {t.op} with {len(t.args)} parts")
        if t.op == "d" and t.args[1].op != "var":
            raise IllFormed(f"a derivative by {t.args[1]}, which is not a variable")
        for k, c in enumerate(t.children):
            if c.op == "vec" and not (
                t.op == "fn" and k == 0 and t.args[0].rstrip("'") not in KNOWN_FUNCTIONS
            ):
                raise IllFormed("a vector stands where a number is needed")
            if c not in self._accepted:
                self.require(c)
        self._accepted.add(t)

    def _axes(self, indices: tuple[Index, ...]) -> None:
        """Indices of axes that have an end."""
        for i in indices:
            self.require_index(i)
            if i.size == tm.ENDLESS:
                raise IllFormed(f"{i} has no end: it stands for a number")


def _terms(goal: Statement) -> list[Term]:
    certificate = goal.certificate
    own = [certificate] if isinstance(certificate, Term) else []
    for part in (certificate, goal.approach):
        if is_dataclass(part):
            values = [getattr(part, f.name) for f in fields(part)]
            flat = [v for value in values for v in (value if isinstance(value, tuple) else (value,))]
            own += [v for v in flat if isinstance(v, Term)]
    return [goal.lhs, goal.rhs, *own, *(t for f in goal.facts for t in (f.left, f.right))]


def well_formed(goal: Statement) -> None:
    """Raise ``IllFormed`` unless all terms of a statement are."""
    form = Form.of(goal)
    for t in _terms(goal):
        form.require(t)
