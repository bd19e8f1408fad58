"""The nodes of a program: what each kind of subexpression computes, and what it depends on.

A node knows which index variables it reads and at which entries it reads which tensor, so that a run can
remember its value per (values of its indices, derivatives that concern it): nested sums and Jacobians stay
cheap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Protocol, TypeAlias

from flint import fmpq

from symcheck.refute import values as v
from symcheck.refute.values import Kink, Plain, Undecided, Undefined, Unsupported, Value

Direction: TypeAlias = tuple[int, int, tuple[int, ...], int]
"""An active derivative: level, source, entry (one-based; ``()`` for a scalar), +1 or -1."""
State: TypeAlias = tuple[Direction, ...]
Pattern: TypeAlias = tuple[int | None, ...]
"""Which entry is read, axis by axis: a slot (>= 0), a constant k as -k, or ``None`` for any."""
Reads: TypeAlias = dict[int, frozenset[Pattern]]


class Run(Protocol):
    """What nodes need of an evaluation (see ``evaluate.Evaluator``)."""

    env: list[int | None]
    state: State
    data: dict[int, Mapping[tuple[int, ...], Plain]]
    memo: dict[Any, Value]
    slopes: dict[Any, Value]
    outcome: int

    @property
    def outcomes(self) -> Sequence[tuple[Plain, Mapping[int, Mapping[tuple[int, ...], Plain]]]]: ...

    def spend(self, steps: int) -> None: ...
    def missing(self, source: int, entry: tuple[int, ...]) -> Exception: ...


class Node:
    """One subexpression.  ``free``: slots of its free indices; ``reads``: entries it depends on;
    ``chancy``: it is different at each outcome of the random quantities."""

    __slots__ = ("chancy", "free", "number", "reads")
    remembered: ClassVar[bool] = True

    def __init__(self, number: int, parts: Iterable[Node] = ()) -> None:
        self.number = number
        parts = tuple(parts)
        self.chancy: bool = any(p.chancy for p in parts)
        free: set[int] = set()
        reads: Reads = {}
        for p in parts:
            free |= set(p.free)
            for source, patterns in p.reads.items():
                reads[source] = reads.get(source, frozenset()) | patterns
        self.free: tuple[int, ...] = tuple(sorted(free))
        self.reads: Reads = reads

    def compute(self, run: Run) -> Value:
        raise NotImplementedError

    def value(self, run: Run) -> Value:
        """The value at the run's indices, with duals for the active derivatives."""
        env, state = run.env, run.state
        live = self.live(env, state) if state else state
        key: Any = (self.number, live, *[env[slot] for slot in self.free])
        if self.chancy:
            key = (run.outcome, *key)
        memo = run.slopes if live else run.memo
        found = memo.get(key)
        if found is None:
            run.spend(1)
            if live == state:
                found = self.compute(run)
            else:
                run.state = live
                try:
                    found = self.compute(run)
                finally:
                    run.state = state
            memo[key] = found
        return found

    def live(self, env: list[int | None], state: State) -> State:
        """The active derivatives that this node depends on."""
        return tuple(d for d in state if self._touches(env, d))

    def _touches(self, env: list[int | None], direction: Direction) -> bool:
        for pattern in self.reads.get(direction[1], ()):
            for p, k in zip(pattern, direction[2], strict=True):
                if p is not None and (env[p] if p >= 0 else -p) != k:
                    break
            else:
                return True
        return False


class Constant(Node):
    __slots__ = ("known",)

    def __init__(self, number: int, known: Plain) -> None:
        super().__init__(number)
        self.known = known

    def value(self, run: Run) -> Value:
        return self.known


class Computed(Node):
    """A constant that depends on the precision, such as pi."""

    __slots__ = ("make",)

    def __init__(self, number: int, make: Callable[[], Plain]) -> None:
        super().__init__(number)
        self.make = make

    def compute(self, run: Run) -> Value:
        return self.make()


class IndexValue(Node):
    """An index variable used as a number."""

    __slots__ = ("name", "slot")

    def __init__(self, number: int, slot: int, name: str) -> None:
        super().__init__(number)
        self.slot, self.name, self.free = slot, name, (slot,)

    def value(self, run: Run) -> Value:
        k = run.env[self.slot]
        if k is None:
            raise KeyError(f"no value for the index {self.name}")
        return fmpq(k)


class Entry(Node):
    """A scalar or an entry of a tensor."""

    __slots__ = ("computed", "pattern", "source")

    def __init__(
        self, number: int, source: int, pattern: Pattern, computed: tuple[Node, ...], random: bool = False
    ) -> None:
        super().__init__(number, computed)
        self.chancy = self.chancy or random
        self.source, self.pattern, self.computed = source, pattern, computed
        self.free = tuple(sorted({*self.free, *(p for p in pattern if p is not None and p >= 0)}))
        self.reads = {**self.reads, source: frozenset({pattern})}

    def where(self, run: Run) -> tuple[int, ...]:
        """The entry meant at the run's indices."""
        env, out, computed = run.env, [], iter(self.computed)
        for p in self.pattern:
            k = whole(next(computed).value(run)) if p is None else env[p] if p >= 0 else -p
            if k is None:
                raise KeyError("an index of a tensor has no value")
            out.append(k)
        return tuple(out)

    def value(self, run: Run) -> Value:
        return entry_of(run, self.source, self.where(run) if self.pattern else ())


def entry_of(run: Run, source: int, entry: tuple[int, ...]) -> Value:
    """An entry of the data, moving along the active derivatives by it."""
    try:
        found = run.data[source][entry]
    except KeyError:
        raise run.missing(source, entry) from None
    for level, moving, at, way in run.state:
        if moving == source and at == entry:
            found = v.Dual(found, fmpq(way), level)
    return found


class Sum(Node):
    """A sum (or, with ``unit`` 1, a product) over one index."""

    __slots__ = ("body", "high", "join", "low", "slot", "unit")

    def __init__(
        self,
        number: int,
        body: Node,
        slot: int,
        bounds: tuple[Node, Node],
        join: Callable[[Value, Value], Value],
        unit: Plain,
    ) -> None:
        super().__init__(number, (body, *bounds))
        self.body, self.slot, self.join, self.unit = body, slot, join, unit
        self.low, self.high = bounds
        if slot not in {*self.low.free, *self.high.free}:
            self.free = tuple(s for s in self.free if s != slot)
        self.reads = {
            source: frozenset(tuple(None if p == slot else p for p in pattern) for pattern in patterns)
            for source, patterns in self.reads.items()
        }

    def compute(self, run: Run) -> Value:
        low, high = whole(self.low.value(run)), whole(self.high.value(run))
        run.spend(max(0, high - low))
        if run.state and not run.state[-1][0] & 1 and self.join is v.add:
            few = self._moving(run.state[-1])
            if few is not None:
                return self._at_few(run, [k for k in few if low <= k <= high])
        out, env, slot = self.unit, run.env, self.slot
        before = env[slot]
        try:
            for k in range(low, high + 1):
                env[slot] = k
                out = self.join(out, self.body.value(run))
        finally:
            env[slot] = before
        return v.tidy(out)

    def _moving(self, direction: Direction) -> set[int] | None:
        """The values of the index at which the summand moves along ``direction``; ``None``: perhaps all."""
        out: set[int] = set()
        for pattern in self.body.reads.get(direction[1], ()):
            if self.slot not in pattern:
                return None
            out.add(direction[2][pattern.index(self.slot)])
        return out

    def _at_few(self, run: Run, moving: list[int]) -> Value:
        """The sum when only few summands move: the others enter through the (remembered) value."""
        state = run.state
        level = state[-1][0]
        run.state = state[:-1]
        try:
            real = self.value(run)
        finally:
            run.state = state
        slope: Value = v.ZERO
        before = run.env[self.slot]
        try:
            for k in moving:
                run.env[self.slot] = k
                slope = v.add(slope, v.part(self.body.value(run), level)[1])
        finally:
            run.env[self.slot] = before
        return v.Dual(real, slope, level)


class Determinant(Node):
    """The determinant of a tensor, row by row; without a division, so that exact and dual values stay so."""

    __slots__ = ("size", "source")

    def __init__(self, number: int, source: int, size: Node, random: bool) -> None:
        super().__init__(number, (size,))
        self.source, self.size = source, size
        self.chancy = random
        self.reads = {**self.reads, source: frozenset({(None, None)})}

    def compute(self, run: Run) -> Value:
        n = whole(self.size.value(run))
        run.spend(n * 2**n)
        minors: dict[frozenset[int], Value] = {frozenset(): v.ONE}
        for row in range(1, n + 1):
            larger: dict[frozenset[int], Value] = {}
            for columns, minor in minors.items():
                for c in range(1, n + 1):
                    if c not in columns:
                        behind = sum(1 for other in columns if other > c)
                        part = v.mul(entry_of(run, self.source, (row, c)), minor)
                        part = v.neg(part) if behind % 2 else part
                        joined = columns | {c}
                        larger[joined] = v.add(larger[joined], part) if joined in larger else part
            minors = larger
        return v.tidy(minors[frozenset(range(1, n + 1))])


class Delta(Node):
    __slots__ = ("left", "right")

    def __init__(self, number: int, left: Node, right: Node) -> None:
        super().__init__(number, (left, right))
        self.left, self.right = left, right

    def value(self, run: Run) -> Value:
        return v.ONE if self.left.value(run) == self.right.value(run) else v.ZERO


class Fold(Node):
    """A combination of several values: +, *, Max, Min."""

    __slots__ = ("join", "parts")

    def __init__(self, number: int, parts: tuple[Node, ...], join: Callable[[Value, Value], Value]) -> None:
        super().__init__(number, parts)
        self.parts, self.join = parts, join

    def compute(self, run: Run) -> Value:
        join, parts = self.join, self.parts
        out = parts[0].value(run)
        for p in parts[1:]:
            out = join(out, p.value(run))
        return v.tidy(out)


class Call(Node):
    """A function of the values of ``parts``."""

    __slots__ = ("function", "parts")

    def __init__(self, number: int, parts: tuple[Node, ...], function: Callable[..., Value]) -> None:
        super().__init__(number, parts)
        self.parts, self.function = parts, function

    def compute(self, run: Run) -> Value:
        return v.tidy(self.function(*[p.value(run) for p in self.parts]))


class Mean(Node):
    """The average over all outcomes of the random quantities ``over``."""

    __slots__ = ("body",)

    def __init__(self, number: int, body: Node, over: frozenset[int]) -> None:
        super().__init__(number, (body,))
        self.body = body
        self.chancy = False
        self.reads = {source: found for source, found in self.reads.items() if source not in over}

    def compute(self, run: Run) -> Value:
        if not self.body.chancy:
            return self.body.value(run)
        if not run.outcomes:
            raise Unsupported("an expectation without a law")
        run.spend(len(run.outcomes))
        before, now = run.data, run.outcome
        out: Value = v.ZERO
        try:
            for k, (weight, data) in enumerate(run.outcomes):
                run.outcome, run.data = k, {**before, **data}
                out = v.add(out, v.mul(weight, self.body.value(run)))
        finally:
            run.data, run.outcome = before, now
        return v.tidy(out)


class Cases(Node):
    """The value of the first case whose condition holds; the others are not looked at."""

    __slots__ = ("cases",)

    def __init__(self, number: int, cases: tuple[tuple[Node, Node], ...]) -> None:
        super().__init__(number, (node for case in cases for node in case))
        self.cases = cases

    def compute(self, run: Run) -> Value:
        for value, condition in self.cases:
            if condition.value(run):
                return value.value(run)
        raise Undefined("no case applies")


class Slope(Node):
    """A partial derivative, two-sided; at a tie from either side, defined only where both agree."""

    __slots__ = ("by", "end", "of")

    def __init__(self, number: int, of: Node, by: Entry, end: bool) -> None:
        super().__init__(number, (of, *by.computed))
        self.of, self.by, self.end = of, by, end
        slots = {p for p in by.pattern if p is not None and p >= 0}
        self.free = tuple(sorted({*self.free, *slots}))

    def compute(self, run: Run) -> Value:
        entry = self.by.where(run) if self.by.pattern else ()
        if entry not in run.data.get(self.by.source, {}):
            raise run.missing(self.by.source, entry)
        order = (run.state[-1][0] >> 1) + 1 if run.state else 1
        try:
            return self._along(run, (2 * order, self.by.source, entry, 1))[1]
        except Kink as kink:
            if kink.level != 2 * order:
                raise
        return self._from_either_side(run, order, entry)

    def _along(self, run: Run, direction: Direction) -> tuple[Value, Value]:
        state = run.state
        run.state = (*state, direction)
        try:
            return v.part(self.of.value(run), direction[0])
        finally:
            run.state = state

    def _from_either_side(self, run: Run, order: int, entry: tuple[int, ...]) -> Value:
        here = self.of.value(run)
        found: list[tuple[Value, Value]] = []
        undecidable: Undecided | None = None
        for way in (1, -1):
            try:
                limit, slope = self._along(run, (2 * order + 1, self.by.source, entry, way))
                found.append((limit, slope if way > 0 else v.neg(slope)))
            except Undecided as error:
                undecidable = error
            except Undefined:
                raise self._no_derivative(run, entry) from None
        jumps = [v.same(limit, here) for limit, _ in found]
        if False in jumps:
            raise self._no_derivative(run, entry)
        if undecidable is not None or None in jumps:
            raise undecidable or Undecided("a possible jump")
        (_, right), (_, left) = found
        agree = v.same(right, left)
        if agree is False:
            raise self._no_derivative(run, entry)
        if agree is None:
            raise Undecided("slopes from either side that may agree")
        return right

    def _no_derivative(self, run: Run, entry: tuple[int, ...]) -> ArithmeticError:
        """At the end of the variable's range (a nonnegative one at 0) one side decides nothing."""
        here = run.data[self.by.source][entry]
        if self.end and v.sign(here) == 0:
            return Undecided("a derivative at the end of the variable's range")
        return Undefined("no derivative at a kink or jump")


def whole(value: Value) -> int:
    if type(value) is not fmpq or value.q != 1:
        raise Unsupported(f"{value} stands where a whole number is needed")
    return int(value.p)
