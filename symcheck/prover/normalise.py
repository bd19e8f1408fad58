"""The index normal form: every term becomes a polynomial over atoms, every step a recorded line.

``Normaliser.norm(t)`` returns the normal form and the line that shows ``t`` equal to it.  The work
by kind of node is in ``products``, ``powers``, ``functions``, ``sums`` and ``calculus``; this module
holds what they share.  Nothing here is trusted: the checker replays the lines.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction

from symcheck.prover import calculus, folds, functions, means, powers, products, sums
from symcheck.prover import polynomial as po
from symcheck.prover.canonical import Canonical
from symcheck.prover.canonical import Poly as CanonicalPoly
from symcheck.prover.derivation import Substitution
from symcheck.prover.instantiate import instantiate
from symcheck.prover.polynomial import Poly
from symcheck.prover.recorder import Recorder, Ref
from symcheck.prover.rules import RULES
from symcheck.prover.signs import Signs
from symcheck.terms import term as tm
from symcheck.terms.statement import Statement
from symcheck.terms.term import Index, Term

Normal = tuple[Poly, Ref]
MAX_RENAMED = 3


class OutOfBudget(Exception):
    """The normal form took more steps than allowed."""


class Normaliser:
    """Normal forms under the facts of one statement.

    ``peel``: whether the ``last``, the ``first`` or no member (``none``) is taken off a range that ends at
    b + 1; ``steps``: maxima, minima and absolute values of unknown sign are written with step functions."""

    def __init__(
        self,
        statement: Statement,
        recorder: Recorder,
        budget: int = 100_000,
        peel: str = "none",
        *,
        steps: bool = False,
    ) -> None:
        self.peel = peel
        self.statement = statement
        self.steps = steps
        self.recorder = recorder
        self.budget = budget
        self.canonical = Canonical()
        self.frozen: frozenset[str] = frozenset()
        self.stuck: dict[Term, None] = {}
        self.oriented: set[Term] = set()
        self._memo: dict[tuple[Term, frozenset[str]], Normal] = {}
        self._bare: dict[tuple[Term, frozenset[str]], Normal] = {}
        self.regrouped: set[Term] = set()
        self._shown: dict[CanonicalPoly, int] = {}
        self._sources: list[tuple[Term, Term]] = []
        self._strange: set[tuple[Term, frozenset[str], int]] = set()
        self._under: dict[CanonicalPoly, frozenset[str]] = {}
        self._depth = 0
        self._signs = Signs(self.canonical, statement)
        self.rewrites: list[products.Rewrite] = []
        self._of_sums = any(
            f.kind != "equal" and any(s.op == "sum" for s in tm.subterms(f.left)) for f in statement.facts
        )
        products.prepare(self)
        for fact in statement.facts:
            if fact.kind != "equal" and any(s.op == "sum" for s in tm.subterms(fact.left)):
                # so that its sign is seen again in the normal form, which may not look like it
                self.norm(fact.left)
        for fact in statement.facts:
            if fact.kind != "equal":
                self.norm(fact.left)  # so that its sign is known of the normal form too

    def norm(self, t: Term) -> Normal:
        """The normal form of ``t`` and the line ``t = normal form``."""
        where = (t, self.frozen)
        found = self._memo.get(where)
        if found is None:
            self.budget -= 1
            if self.budget < 0:
                raise OutOfBudget
            found = self._memo[where] = self._norm(t)
            if t.op in ("add", "sum") or (t.op == "fn" and t.args[0] in tm.AVERAGES):
                self._note_sign(t, *found)
        return found

    def _norm(self, t: Term) -> Normal:
        match t.op:
            case "num":
                return po.constant(t.args[0]), None
            case "dim":
                return Poly.of({((t, Fraction(1)),): Fraction(1)}), None
            case "ord":
                return self.closed(t)
            case "fold":
                return folds.normal_fold(self, t)
            case "var":
                return products.normal_entry(self, t)
            case "array":
                return self.atom(t), None
            case "delta":
                i, j = sorted(t.args, key=po.index_key)
                return products.normal_product(self, [(tm.delta(i, j), Fraction(1))])
            case "add":
                parts = [self.norm(a) for a in t.args]
                total = po.plus((Fraction(1), p) for p, _ in parts)
                return total, self.recorder.within(
                    t, total.term, [((k,), ref) for k, (_, ref) in enumerate(parts)]
                )
            case "mul":
                return products.normal_mul(self, t)
            case "pow":
                return powers.normal_pow(self, t)
            case "sum":
                return sums.normal_sum(self, t)
            case "vec":
                return functions.normal_vector(self, t)
            case "fn":
                return functions.normal_fn(self, t)
            case "d":
                return calculus.normal_derivative(self, t)
            case "mean":
                return means.normal_mean(self, t)
        raise AssertionError(t.op)

    def atom(self, t: Term) -> Poly:
        """``t`` taken as it stands."""
        return Poly.of({((t, Fraction(1)),): Fraction(1)})

    def atom_power(self, t: Term, e: Fraction) -> Poly:
        """A power of ``t`` taken as it stands."""
        return Poly.of({((t, e),): Fraction(1)})

    def closed(self, t: Term) -> Normal:
        """``t`` as an atom to which hypotheses may apply."""
        return products.normal_product(self, [(t, Fraction(1))])

    def divided(self, p: Poly, c: Fraction, common: list[po.Factor]) -> tuple[Term, Term, Ref] | None:
        """``p`` as ``outside * inside`` with outside = c times the common factors, and the line
        ``outside * inside = p``."""
        outside = po.scaled(c, po.product_term(common))
        quotient = Poly.of({po.monomial(po.without(m, common)): d / c for m, d in p.terms})
        inside = self.norm(quotient.term)[0].term
        product, shown = self.norm(tm.mul(outside, inside))
        return (outside, inside, shown) if product == p else None

    def instance(self, name: str, subst: Substitution, evidence: Iterable[int] = ()) -> tuple[Term, int]:
        """Record an instance of a rule, citing the lines that show the signs it needs, and ``evidence``."""
        shown = set(evidence)
        for condition in RULES[name].conditions:
            if condition.kind in ("positive", "nonnegative", "nonzero"):
                shown |= self._lines_for(condition.kind, instantiate(condition.of[0], subst))  # type: ignore[arg-type]
        if self._signs.known:
            for condition in RULES[name].conditions:
                if condition.kind in ("positive", "nonnegative", "nonzero"):
                    self._signs.cited.clear()
                    self._signs.sign(instantiate(condition.of[0], subst))  # type: ignore[arg-type]
                elif condition.kind == "smooth":
                    self._signs.cited.clear()
                    of, by = (instantiate(t, subst) for t in condition.of[:2])  # type: ignore[arg-type]
                    self._signs.smooth(of, by.args[0])
                else:
                    continue
                shown |= {self._shown[p] for p in self._signs.cited}
        return self.recorder.rule(name, subst, shown)

    def _lines_for(self, kind: str, t: Term) -> set[int]:
        """Where only the normal form shows the sign: the line that says so."""
        if t.op not in ("add", "mul") or self._shows(kind, t):
            return set()
        p, ref = self.norm(t)
        if not self._shows(kind, p.term):
            return set()
        line = self.recorder.ring(p.term, t) if ref is None else self.recorder.sym(ref)
        return set() if line is None else {line}

    def _note_sign(self, source: Term, p: Poly, ref: Ref) -> None:
        """Expansion can hide a sign that the source shows, and so can another order of sums in it: remember
        the source's form and why it is equal."""
        expanded = p.term
        swapped = self._of_sums and source.op == expanded.op == "sum" and source is not expanded
        if len(p.terms) < 2 and not swapped:
            return
        where = self.canonical(expanded)
        if where in self._shown and self.frozen <= self._under[where]:
            return
        known = self._signs.known.pop(where, None)
        before, after = self._signs.sign(expanded), self._signs.sign(source)
        if known is not None:
            self._signs.known[where] = known
        if before != frozenset({1}) and after < before:
            line = self.recorder.restated(source, expanded, ref)
            self._signs.known[where], self._shown[where] = source, line
            self._under[where] = self.frozen
            self._sources.append((source, expanded))

    def then(self, lhs: Term, ref: Ref, rhs: Term) -> Normal:
        """Continue with ``rhs``, to which ``ref`` has brought ``lhs``."""
        p, rest = self.norm(rhs)
        return p, self.recorder.chain(lhs, p.term, [ref, rest])

    def rule(self, lhs: Term, name: str, subst: Substitution, evidence: Iterable[int] = ()) -> Normal:
        """Apply a rule to the whole of ``lhs`` and go on from its right side."""
        right, ref = self.instance(name, subst, evidence)
        return self.then(lhs, ref, right)

    def smooth(self, t: Term, x: Term) -> bool:
        """Whether ``t`` is visibly differentiable in the variable x."""
        name = x.args[0]
        return self._signs.smooth(t, name) or (self._recalled(t) and self._signs.smooth(t, name))

    def shows(self, kind: str, t: Term) -> bool:
        """Whether the sign (or integrality) of ``t`` shows, by facts that may be used here."""
        return self._shows(kind, t) or (self._recalled(t) and self._shows(kind, t))

    def _shows(self, kind: str, t: Term) -> bool:
        self._signs.used.clear()
        self._signs.leaned.clear()
        self._signs.integral.clear()
        self._signs.cited.clear()
        if not getattr(self._signs, kind)(t):
            return False
        closed = {n for f in self._signs.used if not f.open for n in tm.names(f.left)}
        closed |= {n for n in self._signs.leaned if 0 in self.statement.signs[n]} | self._signs.integral
        seen_elsewhere = any(not self.frozen <= self._under[p] for p in self._signs.cited)
        return not (closed & self.frozen or seen_elsewhere)

    def _recalled(self, t: Term) -> bool:
        """Whether a sign was seen of a part of ``t`` under other names of its indices; it is then shown
        for these names too."""
        found = False
        for part in tm.subterms(t):
            if part.op != "add" or (part, self.frozen, len(self._sources)) in self._strange:
                continue
            where = self.canonical(part)
            if where in self._shown and self.frozen <= self._under[where]:
                continue
            self._strange.add((part, self.frozen, len(self._sources)))
            for source, expanded in list(self._sources):
                to = self._renaming(expanded, part)
                if to is not None:
                    self.norm(tm.rename(source, to))
                    found = True
                    break
        return found

    def _renaming(self, known: Term, wanted: Term) -> dict[Index, Index] | None:
        """Names for the free indices of ``known`` that make it a multiple of ``wanted``."""
        ours, theirs = sorted(known.free), sorted(wanted.free)
        target = self.canonical(wanted)
        if len(ours) != len(theirs) or len(ours) > MAX_RENAMED:
            return None
        for order in itertools.permutations(theirs):
            to = dict(zip(ours, order, strict=True))
            fits = all(i.size == j.size for i, j in to.items())
            if fits and self._signs.ratio(target, self.canonical(tm.rename(known, to))):
                return to
        return None

    @contextmanager
    def opened(self, i: Index, body: Term) -> Iterator[tuple[Index, Term]]:
        """The body of a binder with its index made free under a name of this depth."""
        self._depth += 1
        try:
            v = Index(f"~{self._depth}", i.size)
            yield v, tm.rename(body, {i: v})
        finally:
            self._depth -= 1

    def deeper(self, k: int) -> int:
        """The name of a binder that would be opened k levels further in."""
        return self._depth + k

    @contextmanager
    def deepened(self, k: int) -> Iterator[None]:
        """Binders opened inside get names beyond the next k."""
        self._depth += k
        try:
            yield
        finally:
            self._depth -= k

    @contextmanager
    def without_hypotheses(self) -> Iterator[None]:
        """Equalities among the facts are not used for rewriting inside."""
        kept, memo = self.rewrites, self._memo
        self.rewrites, self._memo = [], self._bare
        try:
            yield
        finally:
            self.rewrites, self._memo = kept, memo

    @contextmanager
    def freezing(self, names: frozenset[str]) -> Iterator[None]:
        """Under a derivative by one of ``names`` only open facts about them may be used."""
        before = self.frozen
        self.frozen = before | names
        try:
            yield
        finally:
            self.frozen = before
