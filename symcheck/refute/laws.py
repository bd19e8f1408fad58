"""Distributions with few outcomes that meet the laws of a statement, for expectations as finite sums.

Moments are met exactly: a random vector is ``mean + L D^(1/2) s`` where ``L D L^T`` is its covariance and
the entries of s are uncorrelated with variance 1 (but dependent).  A Gaussian one has independent entries s
on a few points with the moments of the normal law up to the 9th, so that expectations of polynomials up to
that degree are exact.  Quantities that are not declared independent of each other are coupled: their laws
are laid along one line, so that a rule that takes them for independent is seen to be wrong.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

import sympy as sp
from flint import arb, fmpq

from formulas import chance
from formulas.chance import AVERAGES, Expectation, RandomSymbol, label_of
from symcheck.refute import draw
from symcheck.refute.evaluate import Evaluator
from symcheck.refute.values import ONE, ZERO, Plain, Undecided, Undefined, Unsupported, sign

Quantity: TypeAlias = sp.Symbol | sp.IndexedBase
Values: TypeAlias = dict[tuple[int, ...], Plain]
Outcome: TypeAlias = tuple[Plain, dict[Quantity, Values]]
Atoms: TypeAlias = list[tuple[Any, Values]]
"""The law of one quantity: weights and what it is then."""

MOST_OUTCOMES: Final = 1200
MOST_OF_CUMULANTS: Final = 81
"""Outcomes of a law with given cumulants, of which all moments are verified."""
NODES: Final = {
    9: ((fmpq(115, 288), 0), (fmpq(29, 120), 1), (fmpq(29, 120), -1), (fmpq(13, 240), 2), (fmpq(13, 240), -2),
        (fmpq(11, 2520), 3), (fmpq(11, 2520), -3), (fmpq(1, 6720), 4), (fmpq(1, 6720), -4)),
    7: ((fmpq(35, 90), 0), (fmpq(1, 4), 1), (fmpq(1, 4), -1), (fmpq(1, 20), 2), (fmpq(1, 20), -2),
        (fmpq(1, 180), 3), (fmpq(1, 180), -3)),
    5: ((fmpq(2, 9), 0), (fmpq(3, 8), 1), (fmpq(3, 8), -1), (fmpq(1, 72), 3), (fmpq(1, 72), -3)),
    3: ((fmpq(1, 2), 1), (fmpq(1, 2), -1)),
}  # fmt: skip
"""By degree: points with the moments of the standard normal law up to that degree."""


K = TypeVar("K")
V = TypeVar("V")


class Impossible(Exception):
    """No law of this kind was found for these data."""


def quantities(tensors: Sequence[sp.IndexedBase], scalars: Sequence[sp.Symbol]) -> list[Quantity]:
    """The random ones among a statement's tensors and scalars."""
    return [q for q in (*tensors, *scalars) if isinstance(label_of(q), RandomSymbol)]


def averages(e: sp.Basic) -> bool:
    """Whether random quantities occur in ``e``."""
    return any(isinstance(s, RandomSymbol) for s in e.free_symbols)


@dataclass
class Maker:
    """Draws joint laws for one statement.  ``degrees``: of what is averaged, by name of Gaussian quantity."""

    laws: Sequence[chance.Law]
    of: Sequence[Quantity]
    degrees: dict[sp.Symbol, int]

    @classmethod
    def for_statement(
        cls, laws: Sequence[chance.Law], of: Sequence[Quantity], sides: Sequence[sp.Basic]
    ) -> Maker:
        """Raises ``Unsupported`` where an expectation under a Gaussian law is not of a polynomial."""
        degrees: dict[sp.Symbol, int] = {}
        for law in laws:
            if isinstance(law, chance.Gaussian):
                found = [degree(e, law.subject) for e in sides]
                if None in found or max(d for d in found if d is not None) > max(NODES):
                    raise Unsupported(f"the expectation of what is no polynomial of {law.subject}")
                degrees[law.subject] = max(2, *(d for d in found if d is not None))
        return cls(laws, of, degrees)

    def marginals(
        self,
        ev: Evaluator,
        shape: Callable[[sp.IndexedBase], tuple[int, ...]],
        rng: random.Random,
        mood: draw.Mood,
    ) -> dict[Quantity, Atoms]:
        """A law for each quantity.  Raises ``Impossible``."""
        own: dict[Quantity, Atoms] = {}
        for quantity in self.of:
            sizes = shape(quantity) if isinstance(quantity, sp.IndexedBase) else ()
            own[quantity] = self._law(quantity, list(draw.cells(sizes)), ev, rng, mood)
        return own

    def joint(self, own: dict[Quantity, Atoms]) -> list[Outcome]:
        """The laws put together: independent where that is declared, else coupled.

        Raises ``Unsupported`` if there would be too many outcomes."""
        groups: list[list[Outcome]] = []
        left = list(self.of)
        for law in self.laws:
            if isinstance(law, chance.Independent):
                names = {label_of(a) for a in law.args}
                family = [q for q in left if label_of(q) in names]
                left = [q for q in left if q not in family]
                groups.append(_product([_alone(q, own[q]) for q in family]))
        groups += [_alone(q, own[q]) for q in left]
        joint = groups[0] if groups else [(ONE, {})]
        for group in groups[1:]:
            joint = _coupled(joint, group)
        return joint

    def _law(
        self,
        quantity: Quantity,
        cells: list[tuple[int, ...]],
        ev: Evaluator,
        rng: random.Random,
        mood: draw.Mood,
    ) -> Atoms:
        label = label_of(quantity)
        about = [law for law in self.laws if label in {label_of(a) for a in _subjects(law)}]
        moments = next((law for law in about if isinstance(law, chance.Moments)), None)
        bernoulli = next((law for law in about if isinstance(law, chance.Bernoulli)), None)
        if bernoulli is not None:
            return _masks(bernoulli, cells, ev, rng)
        one_hot = next((law for law in about if isinstance(law, chance.OneHot)), None)
        if one_hot is not None:
            return _one_hot(one_hot, cells, ev)
        cumulants = next((law for law in about if isinstance(law, chance.Cumulants)), None)
        if cumulants is not None:
            return _with_cumulants(cumulants, cells, ev)
        if moments is not None:
            atoms = _with_moments(moments, cells, ev, self.degrees.get(label), rng)
        else:
            count = rng.choice((2, 3))
            weights = [rng.randint(1, 4) for _ in range(count)]
            shape = tuple(map(max, zip(*cells, strict=True))) if cells[0] else ()
            atoms = [(fmpq(w, sum(weights)), draw.tensor(rng, label, shape, mood)) for w in weights]
        if any(isinstance(law, chance.Symmetric) for law in about) and label not in self.degrees:
            flipped = [(w, {at: -x for at, x in values.items()}) for w, values in atoms]
            atoms = [(w / 2, values) for w, values in (*atoms, *flipped)]
        for _, values in atoms:
            if any(type(x) is fmpq and not draw.admits(label, x) for x in values.values()):
                raise Impossible
        return atoms


def _subjects(law: chance.Law) -> tuple[sp.Basic, ...]:
    return law.args[:1] if isinstance(law, _OF_ONE) else law.args


_OF_ONE: Final = (chance.Moments, chance.Bernoulli, chance.OneHot, chance.Cumulants)


def _alone(quantity: Quantity, atoms: Atoms) -> list[Outcome]:
    return [(w, {quantity: values}) for w, values in atoms]


def _product(laws: list[list[Outcome]]) -> list[Outcome]:
    out: list[Outcome] = [(ONE, {})]
    for law in laws:
        if len(out) * len(law) > MOST_OUTCOMES:
            raise Unsupported("a law with too many outcomes")
        out = [(w * v, {**a, **b}) for (w, a), (v, b) in itertools.product(out, law)]
    return out


def _coupled(
    one: list[tuple[Any, dict[K, V]]], other: list[tuple[Any, dict[K, V]]]
) -> list[tuple[Any, dict[K, V]]]:
    """A joint law with these marginals in which each outcome of one goes with few of the other."""
    out: list[tuple[Any, dict[K, V]]] = []
    i = j = 0
    left, right = one[0][0], other[0][0]
    while True:
        w = min(left, right)
        if w > 0:
            out.append((w, {**one[i][1], **other[j][1]}))
        left, right = left - w, right - w
        if left == 0:
            i += 1
            left = one[i][0] if i < len(one) else ZERO
        if right == 0:
            j += 1
            right = other[j][0] if j < len(other) else ZERO
        if i == len(one) or j == len(other):
            return out


def _masks(law: chance.Bernoulli, cells: list[tuple[int, ...]], ev: Evaluator, rng: random.Random) -> Atoms:
    entry, p = law.args
    single: list[Atoms] = []
    for at in cells:
        chance_of_one = _number(ev, p, _indices(entry), at)
        if type(chance_of_one) is not fmpq or not 0 <= chance_of_one <= 1:
            raise Impossible
        single.append([(w, {at: x}) for w, x in ((chance_of_one, ONE), (1 - chance_of_one, ZERO)) if w > 0])
    if 2 ** len(cells) > 32:
        raise Impossible
    joined: Atoms = [(ONE, {})]
    together = rng.random() < 0.5
    for atoms in single:
        if together:
            joined = _coupled(joined, atoms)
        else:
            joined = [(w * v, {**a, **b}) for (w, a), (v, b) in itertools.product(joined, atoms)]
    return joined


def _one_hot(law: chance.OneHot, cells: list[tuple[int, ...]], ev: Evaluator) -> Atoms:
    entry, p, _ = law.args
    out: Atoms = []
    for at in cells:
        w = _number(ev, p, _indices(entry), at)
        if type(w) is not fmpq or w < 0:
            raise Impossible
        out.append((w, {cell: ONE if cell == at else ZERO for cell in cells}))
    if sum((w for w, _ in out), ZERO) != 1:
        raise Impossible
    return [(w, values) for w, values in out if w > 0]


def _with_cumulants(law: chance.Cumulants, cells: list[tuple[int, ...]], ev: Evaluator) -> Atoms:
    """Independent entries, each the mean plus ``a`` or ``-b`` or, with what probability is left, nothing.

    Of such a law with mean 0 the second to fourth moments m2, m3, m4 determine a - b = m3/m2, and a b times
    the probability of not being 0 is m2.  What is assumed of none of the four is chosen."""
    _, *values = law.args
    if len(values) > 4:
        raise Unsupported("cumulants beyond the fourth")
    mean, m2, m3, *fourth = ([_number(ev, c, (), ()) for c in values] + [ZERO] * 3)[: max(3, len(values))]
    if _zero(m2) or _sign(m2) < 0:
        raise Impossible
    skew = m3 / m2
    least = skew * skew * m2 + m2 * m2
    m4 = fourth[0] + 3 * m2 * m2 if fourth else 2 * least
    if _zero(m4) or _sign(m4 - least) < 0:
        raise Impossible
    moved = m2 * m2 / (m4 - skew * skew * m2)
    product = m2 / moved
    spread = _root(skew * skew + 4 * product)
    a, b = (spread + skew) / 2, (spread - skew) / 2
    single = [(moved * b / spread, a), (moved * a / spread, -b), (1 - moved, ZERO)]
    single = [(w, x) for w, x in single if not _zero(w)]
    if len(single) ** len(cells) > MOST_OF_CUMULANTS:
        raise Impossible
    out: Atoms = [(ONE, {})]
    for at in cells:
        out = [(w * p, {**rest, at: mean + x}) for (w, rest), (p, x) in itertools.product(out, single)]
    return out


def _with_moments(
    law: chance.Moments, cells: list[tuple[int, ...]], ev: Evaluator, degree: int | None, rng: random.Random
) -> Atoms:
    one, mean, other, covariance = law.args
    first, second = _indices(one), _indices(other)
    centre = [_number(ev, mean, first, at) for at in cells]
    matrix = [[_number(ev, covariance, (*first, *second), (*at, *there)) for there in cells] for at in cells]
    lower, diagonal = factored(matrix)
    rank = [k for k, d in enumerate(diagonal) if not (type(d) is fmpq and d == 0)]
    standard = _points(len(rank), degree, rng, [diagonal[k] for k in rank])
    out: Atoms = []
    for w, s in standard:
        values = {}
        for r, at in enumerate(cells):
            x = centre[r]
            for k, step in zip(rank, s, strict=True):
                x = x + lower[r][k] * step
            values[at] = x
        out.append((w, values))
    return out


def _points(
    count: int, degree: int | None, rng: random.Random, variances: list[Any]
) -> list[tuple[Any, list[Any]]]:
    """Uncorrelated numbers of mean 0 with these variances; independent and with the moments of the normal law
    up to ``degree`` if there is one."""
    if degree is None and count <= 3 and all(type(v) is fmpq for v in variances) and rng.random() < 0.6:
        out: list[tuple[Any, list[Any]]] = [(ONE, [])]
        for v in variances:
            a = rng.choice((fmpq(1), fmpq(2), fmpq(1, 2), fmpq(3)))
            two = ((v / (a * a + v), a), (a * a / (a * a + v), -v / a))
            out = [(w * p, [*s, x]) for (w, s), (p, x) in itertools.product(out, two)]
        return out
    roots = [_root(v) for v in variances]
    if degree is None:
        size = 1
        while size <= count:
            size *= 2
        signs = [[-1 if (row & (k + 1)).bit_count() % 2 else 1 for k in range(count)] for row in range(size)]
        return [(fmpq(1, size), [x * r for x, r in zip(s, roots, strict=True)]) for s in signs]
    enough = [NODES[d] for d in sorted(NODES) if d >= degree and len(NODES[d]) ** count <= MOST_OUTCOMES]
    if not enough:
        raise Impossible
    nodes = rng.choice(enough[:2])  # not always the fewest: those of degree 3 all have the square 1
    points = []
    for chosen in itertools.product(nodes, repeat=count):
        w = ONE
        for p, _ in chosen:
            w = w * p
        points.append((w, [fmpq(x) * r for (_, x), r in zip(chosen, roots, strict=True)]))
    return points


def _root(v: Any) -> Any:
    if type(v) is fmpq:
        p, q = sp.sqrt(int(v.p)), sp.sqrt(int(v.q))
        if p.is_Integer and q.is_Integer:
            return fmpq(int(p), int(q))
    return arb(v).sqrt()


def factored(matrix: list[list[Any]]) -> tuple[list[list[Any]], list[Any]]:
    """``L, d`` with matrix = L diag(d) L^T and d >= 0.  Raises ``Impossible`` if it is not symmetric and
    positive semidefinite."""
    n = len(matrix)
    lower = [[ONE if r == c else ZERO for c in range(n)] for r in range(n)]
    diagonal: list[Any] = []
    for r in range(n):
        for c in range(r):
            if not _zero(matrix[r][c] - matrix[c][r]):
                raise Impossible
    for k in range(n):
        d = matrix[k][k] - sum((lower[k][j] ** 2 * diagonal[j] for j in range(k)), ZERO)
        s = 0 if _zero(d) else _sign(d)
        if s < 0:
            raise Impossible
        diagonal.append(d if s else ZERO)
        for r in range(k + 1, n):
            rest = matrix[r][k] - sum((lower[r][j] * lower[k][j] * diagonal[j] for j in range(k)), ZERO)
            if s == 0 and not _zero(rest):
                raise Impossible
            lower[r][k] = rest / d if s else ZERO
    return lower, diagonal


def _zero(x: Any) -> bool:
    return bool(x == 0) if type(x) is fmpq else bool(x.contains(0))


def _sign(x: Any) -> int:
    try:
        return sign(x)
    except Undecided:
        raise Impossible from None


def _number(ev: Evaluator, expr: sp.Basic, indices: tuple[sp.Symbol, ...], at: tuple[int, ...]) -> Plain:
    try:
        return ev.number(expr, dict(zip(indices, at, strict=True)))
    except (Undefined, Undecided):
        raise Impossible from None


def _indices(entry: sp.Basic) -> tuple[sp.Symbol, ...]:
    return tuple(entry.indices) if isinstance(entry, sp.Indexed) else ()


def degree(e: sp.Basic, label: sp.Symbol) -> int | None:
    """The degree in a random quantity of what is averaged in ``e``; ``None`` if that is no polynomial."""
    if type(e) in AVERAGES:
        meaning = AVERAGES[type(e)]
        return degree(meaning.expr.xreplace(dict(zip(meaning.variables, e.args, strict=True))), label)
    if isinstance(e, Expectation):
        inner = _degree_of(e.args[0], label)
        nested = [degree(part, label) for part in e.args[0].atoms(Expectation, *AVERAGES)]
        return (
            None if inner is None or None in nested else max([inner, *(d for d in nested if d is not None)])
        )
    found = [degree(a, label) for a in e.args]
    return None if None in found else max((d for d in found if d is not None), default=0)


def _degree_of(e: sp.Basic, label: sp.Symbol) -> int | None:
    if e == label or (isinstance(e, sp.Indexed) and e.base.label == label):
        return 1
    if label not in e.free_symbols and all(a.base.label != label for a in e.atoms(sp.Indexed)):
        return 0
    if isinstance(e, Expectation) or type(e) in AVERAGES:
        return 0
    found = [_degree_of(a, label) for a in (e.args[:1] if isinstance(e, sp.Sum) else e.args)]
    if None in found:
        return None
    degrees = [d for d in found if d is not None]
    if isinstance(e, sp.Add | sp.Sum):
        return max(degrees)
    if isinstance(e, sp.Mul):
        return sum(degrees)
    if isinstance(e, sp.Pow) and e.exp.is_Integer and e.exp >= 0:
        return degrees[0] * int(e.exp)
    return None
