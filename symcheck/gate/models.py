"""Formulas in numbers: letters become random numbers, vectors and matrices.

What is false in every model is false; that it is true in some says nothing.  Matrices are square, so that
everything that can be multiplied by its neighbours is; whether sizes fit is another question.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product as pairs

import numpy as np
from numpy.typing import NDArray

from symcheck.latex import tree
from symcheck.latex.tree import Node

SIZE = 3
STEP = 1e-5
MAX_WORK = 40_000
_INDICES = frozenset("abcdijklmnpqrst")
ELEMENTARY = {
    "exp": math.exp, "log": math.log, "ln": math.log, "sin": math.sin, "cos": math.cos, "tan": math.tan,
    "tanh": math.tanh, "sinh": math.sinh, "cosh": math.cosh, "sqrt": math.sqrt,
}  # fmt: skip

Array = NDArray[np.float64]
Number = float | Array


class NoNumber(Exception):
    """Notation that has no value here."""


@dataclass(frozen=True)
class Reading:
    """How to take what a page leaves open: matrices that are symmetric, and the norm that ``||A||_2`` is."""

    symmetric: bool = False
    operator_norm: bool = False


READINGS = (Reading(), Reading(symmetric=True), Reading(operator_norm=True))


@dataclass(frozen=True)
class Letters:
    """What the letters of a formula are, by the way it uses them."""

    matrices: frozenset[str]
    vectors: frozenset[str]
    indices: frozenset[str]
    indexed: frozenset[str]  # letters with entries, so that a number below them is a place and no label

    @classmethod
    def of(cls, *nodes: Node) -> Letters:
        matrices: set[str] = set()
        vectors: set[str] = set()
        indices: set[str] = set()
        indexed: set[str] = set()
        for n in (n for node in nodes for n in tree.walk(node)):
            match n:
                case tree.Symbol(name=name, style="bold") if len(name) == 1 or name.islower():
                    (matrices if name.isupper() or name[0].isupper() else vectors).add(name)
                case tree.Transpose(base=tree.Symbol(name=name)) if name not in vectors and name.isupper():
                    matrices.add(name)
                case tree.Nabla(variable=tree.Symbol(name=name)) if name.islower():
                    vectors.add(name)
                case tree.Subscript(items=items):
                    for item in (i for whole in items for i in tree.walk(whole)):
                        if isinstance(item, tree.Symbol) and item.name in _INDICES:
                            indices.add(item.name)
                            if isinstance(n.base, tree.Symbol):
                                indexed.add(n.base.name)
        for n in (n for node in nodes for n in tree.walk(node)):
            if isinstance(n, tree.Sum) and any(_image(t, matrices, vectors) for t in n.terms):
                vectors |= {t.name for t in n.terms if isinstance(t, tree.Symbol) and t.name.islower()}
        return cls(frozenset(matrices), frozenset(vectors), frozenset(indices), frozenset(indexed))


def _image(node: Node, matrices: set[str], vectors: set[str]) -> bool:
    """``A x``: what is added to it is a vector."""
    match node:
        case tree.Product(factors=(tree.Symbol(name=one), tree.Symbol(name=other)), operators=("",)):
            return one in matrices and other in vectors
    return False


@dataclass
class Model:
    """Values for the letters of a formula, made up when they are asked for."""

    letters: Letters
    reading: Reading = Reading()
    seed: int = 0
    values: dict[str, Number] = field(default_factory=dict)
    work: int = 0

    def random(self, name: str, shape: tuple[int, ...]) -> Number:
        key = _key(name, len(shape))
        if key not in self.values:
            digits = [ord(c) for c in key]
            noise = np.random.default_rng([self.seed, len(shape), *digits])
            found = noise.uniform(0.3, 1.4, shape)
            if len(shape) == 2 and shape[0] == shape[1]:
                found = found - 0.5 + np.eye(shape[0])
                found = (found + found.T) / 2 if self.reading.symmetric else found
            self.values[key] = found if shape else float(found)
        return self.values[key]

    def array(self, name: str, rank: int) -> Array:
        """The entries of something with ``rank`` indices: those of the matrix or vector of that letter."""
        known = next((n for n in (name, name.upper()) if n in self.letters.matrices), None)
        if rank == 2:
            return np.asarray(self.random(known or name, (SIZE, SIZE)))
        if rank == 1:
            return np.asarray(self.random(name, (SIZE, 1)))[:, 0]
        raise NoNumber

    # the value of a part of a formula

    def value(self, node: Node, at: Mapping[str, int]) -> Number:
        self.work += 1
        if self.work > MAX_WORK:
            raise NoNumber
        match node:
            case tree.Number():
                return float(node.text)
            case tree.Symbol():
                return self._symbol(node, at)
            case tree.Subscript():
                return self._entry(node, at)
            case tree.Delimited(items=(inner,), opening="(" | "[" | "{" | ""):
                return self.value(inner, at)
            case tree.Delimited(items=(inner,), opening="|"):
                return abs(self.number(inner, at))
            case tree.Delimited(items=(inner,), opening="||"):
                return self._norm(inner, at)
            case tree.Sum() if set(node.signs) <= {"+", "-", ""}:
                terms = [self.value(t, at) for t in node.terms]
                return self._sum(terms, node.signs)
            case tree.Product():
                return self._product(node, at)
            case tree.Fraction():
                return self._times(self.value(node.numerator, at), 1 / self.number(node.denominator, at))
            case tree.Power():
                return self._power(node, at)
            case tree.Transpose():
                return np.transpose(self.value(node.base, at))
            case tree.Root(degree=None):
                return math.sqrt(self.number(node.radicand, at))
            case tree.Call():
                return self._call(node, at)
            case tree.BigOperator(operator="sum" | "prod"):
                return self._big(node, at)
            case tree.Derivative(variables=(variable,), order=None):
                return self._derivative(node.body, variable, at)
            case tree.Nabla(operator="nabla", variable=tree.Node() as variable, order=None):
                return self._derivative(node.body, variable, at)
        raise NoNumber

    def number(self, node: Node, at: Mapping[str, int]) -> float:
        found = self.value(node, at)
        if isinstance(found, np.ndarray):
            if found.size != 1:
                raise NoNumber
            found = float(found.reshape(()))
        return found

    def _symbol(self, node: tree.Symbol, at: Mapping[str, int]) -> Number:
        name = "_".join((node.name, *node.accents))
        if (
            node.name in at
            or node.style in ("calligraphic", "blackboard")
            or node.name in ("E", "P", "infty")
        ):
            raise NoNumber
        if node.name == "pi":
            return math.pi
        if node.name == "e":
            return math.e
        if node.name in self.letters.matrices:
            return np.eye(SIZE) if node.name == "I" else self.random(name, (SIZE, SIZE))
        if node.name in self.letters.vectors:
            return self.random(name, (SIZE, 1))
        return self.random(name, ())

    def _entry(self, node: tree.Subscript, at: Mapping[str, int]) -> Number:
        if isinstance(node.base, tree.Delimited) and node.base.opening == "||":
            return self.value(node.base, at)  # the index says which norm
        places = self._places(node, at)
        known = [p for p in places if p is not None]
        if isinstance(node.base, tree.Symbol):
            name = "_".join((node.base.name, *node.base.accents))
            if len(known) == len(places):
                return float(self.array(name, len(known))[tuple(known)])
            if known or not all(isinstance(i, tree.Number | tree.Symbol) for i in node.items):
                raise NoNumber
            label = "_".join((name, *(str(getattr(i, "text", getattr(i, "name", ""))) for i in node.items)))
            vector = node.base.style == "bold"
            if vector and name.isupper():
                return self.random(label, (SIZE, SIZE))
            return self.random(label, (SIZE, 1) if vector else ())
        whole = self.value(node.base, at)
        if isinstance(whole, np.ndarray) and len(known) == len(places) == whole.ndim:
            return float(whole[tuple(known)])
        raise NoNumber

    def _places(self, node: tree.Subscript, at: Mapping[str, int]) -> list[int | None]:
        """Where in an array an entry stands; ``None`` for what is no index."""
        base = node.base.name if isinstance(node.base, tree.Symbol) else ""
        found: list[int | None] = []
        for item in node.items:
            place = at.get(item.name) if isinstance(item, tree.Symbol) else None
            if isinstance(item, tree.Number) and base in self.letters.indexed:
                if not item.text.isdigit() or int(item.text) > SIZE:
                    raise NoNumber
                place = max(int(item.text), 1) - 1
            found.append(place)
        return found

    def _norm(self, inner: Node, at: Mapping[str, int]) -> float:
        found = self.value(inner, at)
        if not isinstance(found, np.ndarray):
            raise NoNumber
        matrix = found.shape[1] > 1 and self.reading.operator_norm
        return float(np.linalg.norm(found, 2 if matrix else None))

    @staticmethod
    def _sum(terms: list[Number], signs: tuple[str, ...]) -> Number:
        if len({np.shape(t) for t in terms}) > 1:
            raise NoNumber
        signed = [-t if s == "-" else t for t, s in zip(terms, signs, strict=True)]
        total = signed[0]
        for term in signed[1:]:
            total = total + term
        return total

    def _product(self, node: tree.Product, at: Mapping[str, int]) -> Number:
        out = self.value(node.factors[0], at)
        for operator, factor in zip(node.operators, node.factors[1:], strict=True):
            other = self.value(factor, at)
            if operator == "odot" and np.shape(out) == np.shape(other):
                out = out * other
            elif operator in ("", "cdot", "times"):
                out = self._times(out, other)
            else:
                raise NoNumber
        return out

    @staticmethod
    def _times(one: Number, other: Number) -> Number:
        if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
            if one.shape[1] != other.shape[0]:
                if 1 in (one.size, other.size):
                    return np.asarray(one * other)
                raise NoNumber
            return np.asarray(one @ other)
        return one * other

    def _power(self, node: tree.Power, at: Mapping[str, int]) -> Number:
        base, exponent = self.value(node.base, at), self.number(node.exponent, at)
        if isinstance(base, np.ndarray):
            if base.size == 1:
                return float(base.reshape(())) ** exponent
            if base.shape[0] != base.shape[1] or not exponent.is_integer() or abs(exponent) > 4:
                raise NoNumber
            return np.asarray(np.linalg.matrix_power(base, int(exponent)))
        found = base**exponent
        if isinstance(found, complex) or not math.isfinite(found):
            raise NoNumber
        return found

    def _call(self, node: tree.Call, at: Mapping[str, int]) -> Number:
        if isinstance(node.function, tree.Power):
            inner = tree.Call(node.span, node.function.base, node.arguments, node.guessed)
            return self._power(tree.Power(node.span, inner, node.function.exponent), at)
        if not isinstance(node.function, tree.Symbol) or len(node.arguments.items) != 1:
            raise NoNumber
        name, argument = node.function.name, node.arguments.items[0]
        if name in ("tr", "Tr", "trace", "det"):
            matrix = self.value(argument, at)
            if not isinstance(matrix, np.ndarray) or matrix.shape[0] != matrix.shape[1]:
                raise NoNumber
            return float(np.linalg.det(matrix) if name == "det" else np.trace(matrix))
        if name in ELEMENTARY:
            return ELEMENTARY[name](self.number(argument, at))
        raise NoNumber

    def _big(self, node: tree.BigOperator, at: Mapping[str, int]) -> Number:
        letters = list(_bound(node.lower))
        if not letters or len(letters) > 2 or any(x in at for x in letters):
            raise NoNumber
        terms = [
            self.value(node.body, {**at, **dict(zip(letters, places, strict=True))})
            for places in pairs(range(SIZE), repeat=len(letters))
        ]
        if node.operator == "sum":
            return self._sum(terms, ("+",) * len(terms))
        out = terms[0]
        for term in terms[1:]:
            out = self._times(out, term)
        return out

    def _derivative(self, body: Node, variable: Node, at: Mapping[str, int]) -> Number:
        """Central differences, entry by entry."""
        name, places = self._variable(variable, at)
        old = self.values[name]

        def there(change: Number) -> Number:
            moved = replace(self, values={**self.values, name: change})
            found = moved.value(body, at)
            self.values = {**moved.values, name: old}
            self.work = moved.work
            return found

        if not isinstance(old, np.ndarray):
            return (there(old + STEP) - there(old - STEP)) / (2 * STEP)
        out = np.zeros(old.shape)
        for place in [places] if places is not None else list(np.ndindex(*old.shape)):
            bump = np.zeros(old.shape)
            bump[place] = STEP
            change = there(old + bump), there(old - bump)
            if any(isinstance(c, np.ndarray) and c.size > 1 for c in change):
                raise NoNumber
            out[place] = float(np.asarray(change[0] - change[1]).reshape(())) / (2 * STEP)
        return float(out[places]) if places is not None else out

    def _variable(self, variable: Node, at: Mapping[str, int]) -> tuple[str, tuple[int, ...] | None]:
        if isinstance(variable, tree.Symbol):
            key = _key("_".join((variable.name, *variable.accents)), np.ndim(self._symbol(variable, at)))
            if key in self.values:
                return key, None
        if isinstance(variable, tree.Subscript) and isinstance(variable.base, tree.Symbol):
            self._entry(variable, at)
            name = variable.base.name
            places = self._places(variable, at)
            known = tuple(p for p in places if p is not None)
            if len(known) == len(places) == 2:
                name = name.upper() if name.upper() in self.letters.matrices else name
                return _key(name, 2), known
            if len(known) == len(places) == 1:
                return _key(name, 2), (*known, 0)
            label = "_".join(
                (name, *(str(getattr(i, "text", getattr(i, "name", ""))) for i in variable.items))
            )
            for rank in (0, 2):
                if _key(label, rank) in self.values:
                    return _key(label, rank), None
        raise NoNumber


def _key(name: str, rank: int) -> str:
    return f"{name}:{rank}"


def _bound(lower: Node | None) -> Iterator[str]:
    match lower:
        case tree.Symbol(name=name):
            yield name
        case tree.Relation(sides=(tree.Symbol(name=name), tree.Number()), operators=("=",)):
            yield name
        case tree.Sequence(items=items):
            for item in items:
                if isinstance(item, tree.Symbol):
                    yield item.name


def free_indices(letters: Letters, *nodes: Node) -> list[str]:
    """The indices that no sum binds."""
    bound = {
        b
        for node in nodes
        for n in tree.walk(node)
        if isinstance(n, tree.BigOperator)
        for b in _bound(n.lower)
    }
    return sorted(letters.indices - bound)


def _summed_over(node: Node) -> bool:
    """Whether a product has an index twice that no sum binds: it may be summed over by convention."""
    bound = {b for n in tree.walk(node) if isinstance(n, tree.BigOperator) for b in _bound(n.lower)}
    for product in (n for n in tree.walk(node) if isinstance(n, tree.Product)):
        found = [
            i.name
            for f in product.factors
            if isinstance(f, tree.Subscript)
            for i in f.items
            if isinstance(i, tree.Symbol) and i.name in _INDICES - bound
        ]
        if len(found) > len(set(found)):
            return True
    return False


def agree(left: Node, right: Node, seeds: range = range(3)) -> bool | None:
    """Whether two sides have one value in some reading of the page; ``None`` if they have none at all."""
    letters = Letters.of(left, right)
    free = free_indices(letters, left, right)
    if len(free) > 3 or any(map(_summed_over, (left, right))):
        return None
    places = [dict(zip(free, p, strict=False)) for p in ((0, 1, 2), (2, 0, 1))] if free else [{}]
    seen = False
    for reading in READINGS if letters.matrices else READINGS[:1]:
        outcomes: list[tuple[bool, bool]] = []
        try:
            for seed in seeds:
                for at in places:
                    model = Model(letters, reading, seed)
                    outcomes.append(_compared(model.value(left, at), model.value(right, at)))
        except (NoNumber, ArithmeticError, ValueError, LookupError, np.linalg.LinAlgError):
            continue
        seen = True
        if all(same for same, _ in outcomes) or all(turned for _, turned in outcomes):
            return True
    return False if seen else None


def _compared(one: Number, other: Number) -> tuple[bool, bool]:
    """Whether two values are the same, and whether they are in the other layout of a derivative."""
    a, b = np.asarray(one, float), np.asarray(other, float)
    if a.size == b.size == 1:
        same = math.isclose(float(a.reshape(())), float(b.reshape(())), rel_tol=1e-4, abs_tol=1e-6)
        return same, same
    if a.shape != b.shape and a.shape != b.T.shape:
        raise NoNumber
    near = a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-4, atol=1e-6))
    turned = a.shape == b.T.shape and bool(np.allclose(a, b.T, rtol=1e-4, atol=1e-6))
    return near, turned


__all__ = ["ELEMENTARY", "agree"]
