"""Writes derivations down while a tactic works.

An ``int`` stands for a recorded line; ``None`` for an equation that holds by ring laws alone and so
needs no line (the checker compares sides up to these).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from symcheck.prover.canonical import Canonical, Poly
from symcheck.prover.derivation import Equation, Line, Substitution
from symcheck.prover.instantiate import instantiate
from symcheck.prover.rules import RULES
from symcheck.prover.steps import put
from symcheck.terms.statement import Fact
from symcheck.terms.term import Index, Path, Term

Ref = int | None


class Recorder:
    def __init__(self) -> None:
        self.lines: list[Line] = []

    def _add(self, line: Line) -> int:
        self.lines.append(line)
        return len(self.lines) - 1

    def rule(self, name: str, subst: Substitution, shown: Iterable[int] = ()) -> tuple[Term, int]:
        """An instance of a rule; returns its right side and its line."""
        rule = RULES[name]
        left, right = instantiate(rule.lhs, subst), instantiate(rule.rhs, subst)
        return right, self._add(Line(left, right, "rule", name, subst, shown=tuple(sorted(shown))))

    def ring(self, lhs: Term, rhs: Term) -> int:
        """An explicit line that holds by ring laws, for where a line has to be cited."""
        return self._add(Line(lhs, rhs, "within"))

    def restated(self, lhs: Term, rhs: Term, ref: Ref) -> int:
        """A line that shows ``lhs = rhs`` as ``ref`` does, with these very sides: in ``lhs`` a sign may show
        that does not in what is equal to it by ring laws."""
        if ref is None:
            return self.ring(lhs, rhs)
        if self.lines[ref].lhs is lhs and self.lines[ref].rhs is rhs:
            return ref
        return self._add(Line(lhs, rhs, "chain", uses=(((), ref),)))

    def fact(self, n: int, fact: Fact, to: Mapping[Index, Index | Term]) -> int:
        indices = {p.name: v for p, v in to.items() if isinstance(v, Index)}
        steps = {p.name: ((), v) for p, v in to.items() if isinstance(v, Term)}
        return self._add(
            Line(put(fact.left, to), put(fact.right, to), "fact", str(n), Substitution(steps, indices))
        )

    def within(self, lhs: Term, rhs: Term, uses: Iterable[tuple[Path, Ref]]) -> Ref:
        """``lhs = rhs`` after rewriting the subterms of lhs at the given positions."""
        kept = tuple((p, r) for p, r in uses if r is not None)
        if not kept:
            return None
        if kept[0][0] == () and len(kept) == 1:
            return kept[0][1]
        return self._add(Line(lhs, rhs, "within", uses=kept))

    def chain(self, lhs: Term, rhs: Term, refs: Iterable[Ref]) -> Ref:
        kept = [r for r in refs if r is not None]
        if len(kept) <= 1:
            return kept[0] if kept else None
        return self._add(Line(lhs, rhs, "chain", uses=tuple(((), r) for r in kept)))

    def sym(self, ref: Ref) -> Ref:
        if ref is None:
            return None
        line = self.lines[ref]
        return self._add(Line(line.rhs, line.lhs, "sym", uses=(((), ref),)))

    def finish(self, ref: Ref) -> Equation:
        """The derivation that ends with ``ref``: only the lines it needs, each equation once."""
        return Equation(()) if ref is None else Equation(_needed_of(self._each_once(ref)))

    def _each_once(self, ref: int) -> list[Line]:
        same = Canonical()
        number: dict[int, int] = {}
        known: dict[tuple[Poly | Term, Poly], int] = {}
        out: list[Line] = []
        needed = sorted(_needed(self.lines, ref))
        shown = {n for k in needed for n in self.lines[k].shown}
        for old in needed:
            line = self.lines[old]
            # whose sign is to show has to stand as it is
            equation = (line.lhs if old in shown else same(line.lhs), same(line.rhs))
            if equation in known:
                number[old] = known[equation]
                continue
            uses = tuple((p, number[n]) for p, n in line.uses)
            evidence = tuple(sorted({number[n] for n in line.shown}))
            number[old] = known[equation] = len(out)
            out.append(replace(line, uses=uses, shown=evidence))
        return out[: number[ref] + 1]


def _needed(lines: list[Line], ref: int) -> set[int]:
    """The lines on which one of them rests, itself among them."""
    needed: set[int] = set()
    todo = [ref]
    while todo:
        k = todo.pop()
        if k not in needed:
            needed.add(k)
            todo += [n for _, n in lines[k].uses]
            todo += lines[k].shown
    return needed


def _needed_of(lines: list[Line]) -> tuple[Line, ...]:
    """Those that the last line rests on: where an equation came up twice, the second way to it is left."""
    kept = sorted(_needed(lines, len(lines) - 1))
    number = {old: new for new, old in enumerate(kept)}
    return tuple(
        replace(
            line,
            uses=tuple((p, number[n]) for p, n in line.uses),
            shown=tuple(number[n] for n in line.shown),
        )
        for line in (lines[k] for k in kept)
    )
