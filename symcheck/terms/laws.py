"""What a statement assumes of random quantities, in terms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import sympy as sp

from formulas import chance as words
from formulas.check import check_law
from symcheck.terms.lower import Lowering
from symcheck.terms.printing import latex, latex_name
from symcheck.terms.term import Index, Term, names


@dataclass(frozen=True)
class Normal:
    """A joint Gaussian law: ``mean`` of the entry at ``at``, its ``covariance`` with that at ``other``."""

    at: tuple[Index, ...]
    mean: Term
    other: tuple[Index, ...]
    covariance: Term


@dataclass(frozen=True)
class Laws:
    """``random``: the names that expectations average over; ``independent``: families of mutually
    independent ones."""

    random: frozenset[str] = frozenset()
    independent: tuple[frozenset[str], ...] = ()
    normal: Mapping[str, Normal] = field(default_factory=dict)
    symmetric: frozenset[str] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        """The tensors and scalars in the moments that are assumed."""
        return frozenset(
            name for n in self.normal.values() for t in (n.mean, n.covariance) for name in names(t)
        )

    def are_independent(self, some: Iterable[str], others: Iterable[str]) -> bool:
        """Whether random quantities of disjoint names are declared independent of each other."""
        a, b = frozenset(some), frozenset(others)
        return not a & b and (not a or not b or any(a | b <= family for family in self.independent))

    def described_latex(self) -> list[str]:
        """The same as LaTeX: words in ``\\text``, names and moments as formulas."""
        out = []
        for family in self.independent:
            out.append(rf"{', '.join(map(latex_name, sorted(family)))} \text{{ independent}}")
        for name, law in sorted(self.normal.items()):
            moments = rf"{latex(law.mean)} \text{{ and covariance }} {latex(law.covariance)}"
            out.append(rf"{latex_name(name)} \text{{ jointly Gaussian with mean }} {moments}")
        for name in map(latex_name, sorted(self.symmetric)):
            out.append(rf"{name} \text{{ distributed like }} -{name}")
        return out

    def described(self, written: Callable[[Term], str]) -> list[str]:
        """Each assumption in words; moments that are equations are not among them."""
        out = [f"{', '.join(sorted(family))} independent" for family in self.independent]
        for name, law in sorted(self.normal.items()):
            moments = f"mean {written(law.mean)} and covariance {written(law.covariance)}"
            out.append(f"{name} jointly Gaussian with {moments}")
        return out + [f"{name} distributed like -{name}" for name in sorted(self.symmetric)]


def laws_of(laws: Iterable[words.Law], lower: Lowering, *sides: sp.Basic) -> Laws:
    """The laws among the hypotheses of a statement.  Raises ``ShapeError`` for one that is ill formed."""
    independent: list[frozenset[str]] = []
    normal: dict[str, Normal] = {}
    symmetric: set[str] = set()
    for law in laws:
        ranges = check_law(law, *sides)
        name = str(law.subject)
        if isinstance(law, words.Independent):
            independent.append(frozenset(str(words.label_of(a)) for a in law.args))
        elif isinstance(law, words.Symmetric):
            symmetric |= {str(words.label_of(a)) for a in law.args}
        elif isinstance(law, words.Gaussian):
            own = Lowering({**lower.ranges, **ranges}, lower.signs, lower.integers, lower.random)
            one, mean, other, covariance = law.args
            at, there = (_indices(own(entry)) for entry in (one, other))
            normal[name] = Normal(at, own(mean), there, own(covariance))
    return Laws(frozenset(lower.random), tuple(independent), normal, frozenset(symmetric))


def _indices(entry: Term) -> tuple[Index, ...]:
    return tuple(i for i in entry.args if isinstance(i, Index))


__all__ = ["Laws", "Normal", "laws_of"]
