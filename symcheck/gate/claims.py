"""Relations of a document as claims of their own."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import sympy as sp
from sympy.core.function import AppliedUndef

from formulas.catalog import catalog
from formulas.chance import Covariance, Expectation, Law, Variance
from formulas.check import ShapeError
from formulas.language import DEFINITIONS, Expr, Partial
from formulas.schema import Formula, Relation
from symcheck.gate.decide import Decision, Verdict, confirmed, decide, proved
from symcheck.gate.forms import difference, usual
from symcheck.gate.identify import Candidate
from symcheck.gate.renaming import Signature, bindings, merged, renamed
from symcheck.latex import Link

RELATION_OF = {
    "=": Relation.EQ, ":=": Relation.EQ, "equiv": Relation.EQ, "<=": Relation.LE, "<": Relation.LT,
    ">=": Relation.GE, ">": Relation.GT,
}  # fmt: skip


@dataclass(frozen=True)
class LinkOutcome:
    """What is known of one relation; ``formula`` if a catalog claim lent its conditions."""

    decision: Decision
    identity: bool = False
    formula: Formula | None = None


def judge_link(
    link: Link,
    text: str,
    *,
    defines: bool,
    posed: bool = False,
    for_all: bool = False,
    given: Sequence[sp.Basic],
    candidates: Sequence[Candidate],
    distributions: Collection[str] = (),
) -> LinkOutcome | None:
    """Decide a relation both sides of which have a meaning; ``None`` if one has none.

    ``identity``: the relation can only be meant as true for all values (and not as an equation to be
    solved, or as a property that some objects have), so a counterexample makes it wrong.  ``text`` is the
    LaTeX of the formula, ``defines`` says that the relation may define the name on its left side,
    ``posed`` that the words ask where it holds or suppose it, ``for_all`` that they state it for all values,
    and ``distributions`` are the names of vectors of probabilities.
    """
    relation = RELATION_OF.get(link.operator)
    left, right = link.left.expr, link.right.expr
    if relation is None or left is None or right is None or _AMBIGUOUS.search(text):
        return None
    if isinstance(left, sp.MatrixBase) and isinstance(right, sp.MatrixBase):
        if left == right and text[slice(*link.left.span)] != text[slice(*link.right.span)]:
            return LinkOutcome(Decision(Verdict.PROVED))  # a calculation
        return _entry_by_entry(left, right, relation)
    if any(isinstance(e, sp.MatrixBase) or e.has(sp.MatrixExpr) for e in (left, right)):
        return None
    if left == right and _atomic(left):
        if left.is_number and text[slice(*link.left.span)] != text[slice(*link.right.span)]:
            return LinkOutcome(Decision(Verdict.PROVED))  # a calculation
        return None  # the same letter with two marks, of which the reading kept one
    try:
        signature = Signature.of(left, right)
        sides = Signature.of(left), Signature.of(right)
    except ShapeError:
        return None
    unknown = left.has(AppliedUndef) or right.has(AppliedUndef)  # what holds for all functions can be shown
    meant = relation is Relation.EQ and not (defines or posed or unknown or _CHANCE.search(text))
    meant = meant and _free(signature, distributions)
    meant = meant and (_identity(left, right, sides, for_all=for_all) or _never(left, right))
    counted = _counted(left, right, relation)
    if counted is not None:
        return LinkOutcome(counted)
    exact = relation is Relation.EQ
    readings = _conditions(left, right, signature, candidates) if exact else ()
    decision = decide(left, right, relation, given=given, readings=readings, search=meant)
    return LinkOutcome(decision, meant)


def _entry_by_entry(left: sp.MatrixBase, right: sp.MatrixBase, relation: Relation) -> LinkOutcome | None:
    """Two matrices that are written out: shown if all entries are; what is wrong is not told here."""
    if relation is not Relation.EQ or left.shape != right.shape or left == right:
        return None
    pairs = zip(left, right, strict=True)
    shown = all(a == b or (not a.has(AppliedUndef) and confirmed(a, b)) for a, b in pairs)
    return LinkOutcome(Decision(Verdict.PROVED)) if shown else None


def _counted(left: Expr, right: Expr, relation: Relation) -> Decision | None:
    """A relation about sums of numbers, shown for every end of the sums: 0, 1, 2, ..., or from 1 on."""
    sums = [s for e in (left, right) for s in e.atoms(sp.Sum)]
    if not sums or any(e.has(sp.Indexed) for e in (left, right)):
        return None
    ends = {s for total in sums for limit in total.limits for s in limit[2].free_symbols}
    if not ends or not all(s.is_integer for s in ends):
        return None
    numbers = {s: sp.Symbol(s.name, integer=True, nonnegative=True) for s in ends}
    for step in (0, 1):
        back = {s: n + step for s, n in numbers.items()}
        if confirmed(left.xreplace(back), right.xreplace(back), relation):
            return Decision(Verdict.PROVED)
    return None


def _atomic(expr: Expr) -> bool:
    return bool(expr.is_Atom) or isinstance(expr, sp.Indexed)


def _identity(left: Expr, right: Expr, sides: tuple[Signature, Signature], *, for_all: bool) -> bool:
    """Whether an equation that defines nothing must be an identity: both sides speak of the same symbols,
    neither is a lone symbol or a number, and the words say so or one of the sides is a derivative, a sum or
    a function value that the other works out.
    """
    if any(_atomic(e) or not e.free_symbols for e in (left, right)):
        return False
    one, two = (set(s.tensors) | set(s.scalars) for s in sides)
    if one != two or set(sides[0].indices) != set(sides[1].indices):
        return False
    if for_all:
        return True
    works_out = (Partial, sp.Sum, sp.exp, sp.log, sp.tanh, sp.sin, sp.cos, *DEFINITIONS)
    return any(a.free_symbols for e in (left, right) for a in e.atoms(*works_out))


def _never(left: Expr, right: Expr) -> bool:
    """Whether the sides differ by the same number wherever they have values, so that no value of the letters
    solves the equation.  A lone symbol on the left may be the name of a place in memory (``n = n + 1``)."""
    letters = sorted(left.free_symbols | right.free_symbols, key=str)
    if _atomic(left) or not letters or not all(isinstance(s, sp.Symbol) for s in letters):
        return False
    if any(e.has(sp.Sum, sp.Product, sp.Integral, Partial, sp.Piecewise) for e in (left, right)):
        return False
    gaps = {_gap(left, right, letters, first) for first in (2, 5)}
    gap = gaps.pop()
    return not gaps and gap is not None and gap != 0 and proved(left, right + gap)


def _gap(left: Expr, right: Expr, letters: Sequence[sp.Symbol], first: int) -> sp.Rational | None:
    """The difference of the sides at a point, if it looks like a fraction with a small denominator."""
    at = {s: sp.Rational(first + k, 7 + 2 * k) for k, s in enumerate(letters)}
    value = sp.N((left - right).subs(at), 30)
    if not value.is_Float:
        return None
    found = sp.Rational(value).limit_denominator(_SMALL)
    return found if abs(found - value) < _EXACT else None


_SMALL = 1000
_EXACT = 1e-20

# letters that often are no free real numbers: imaginary units, infinitesimals, dual units
_BOUND_LETTERS = frozenset({"i", "j", "I", "J", "h", "epsilon", "varepsilon", "delta"})
_LETTER = re.compile(r"[A-Za-z]|(?:var)?[a-z]{2,7}|[A-Z][a-z]{1,6}")


def _free(signature: Signature, distributions: Collection[str]) -> bool:
    """Whether the symbols may take any value: plain letters and distributions.

    A matrix may be orthogonal or symmetric, vectors may be orthogonal, and a letter with a mark (a mean,
    a fixed point) is defined somewhere else: what fails for all values may be right for these.
    """
    if any(str(t) not in distributions for t in signature.tensors):
        return False
    return all(_LETTER.fullmatch(s.name) and s.name not in _BOUND_LETTERS for s in signature.scalars)


# a star may be a convolution, and the inverse of a function is no reciprocal
_AMBIGUOUS = re.compile(r"(?<![\^_{])\*(?!\})|(?<![A-Za-z\\])[fghT]\s*\^\s*\{-1\}")

# probabilities and moments: such relations hold under conditions (independence, say) that words state
# far away, so they can be proved but not refuted here
_CHANCE = re.compile(
    r"(?:\\mathbb\s*\{?\s*[EPV]\b|\\(?:operatorname|mathrm|text|textrm)\s*\{\s*(?:Var|Cov|Pr|E)\s*\}|\\Pr\b"
    r"|(?<![A-Za-z\\])(?:E|P|Pr|Var|Cov)\s*(?:\\left|\\big|\\Big)?\s*[(\[{_]|\\mid\b)"
    r"|(?<![A-Za-z\\])[pqf]\s*\([^()]*\|"
)


def _conditions(
    left: Expr, right: Expr, signature: Signature, candidates: Sequence[Candidate]
) -> Iterator[tuple[sp.Basic, ...]]:
    """Hypotheses under which the catalog states the same relation, in the document's symbols."""
    for candidate in candidates:
        for claim in catalog()[candidate.formula.id].claims:
            hypotheses = (*claim.hypotheses, *claim.conditions)
            if (
                not hypotheses
                or any(h.has(Expectation, Variance, Covariance, Law) for h in hypotheses)
                or claim.relation is not Relation.EQ
                or not usual(candidate.formula, hypotheses)
            ):
                continue
            target = Signature.of(claim.lhs, claim.rhs)
            for names in bindings(signature, target):
                ours, theirs = merged(names)
                if {str(s) for s in theirs} < {str(s) for h in hypotheses for s in h.free_symbols}:
                    continue
                mine = renamed(left, ours), renamed(right, ours)
                back = {image: name for name, image in ours.items()}
                stated = tuple(renamed(h, theirs) for h in hypotheses)
                if any(_is_itself(h, *mine) for h in stated):
                    continue  # the property that the line states, supposed
                if proved(*mine, given=stated):
                    yield tuple(renamed(h, back) for h in stated)


def _is_itself(hypothesis: sp.Basic, left: Expr, right: Expr) -> bool:
    """Whether a hypothesis says of a side of the relation what it is."""
    if not isinstance(hypothesis, sp.Eq):
        return False
    said = [s for s in (hypothesis.lhs, hypothesis.rhs) if s.has(sp.Sum)]
    return any(difference(a, side) == 0 for a in said for side in (left, right))


__all__ = ["RELATION_OF", "LinkOutcome", "Verdict", "judge_link"]
