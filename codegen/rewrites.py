"""Stabilising rewrites as data: a pattern, its stable form, and the catalog claim that makes them equal.

A rewrite is used only after ``license_rewrites`` has seen that its claim exists, that the claim's two
sides are the rewrite's two sides (up to names), that it carries no hypotheses, and that its verdict is
``proved``.  A rewrite without a claim must hold by the definition of the operations in it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import sympy as sp
from sympy import Abs, Eq, Max, Min, Piecewise, exp, log, sqrt

from codegen.ir import BATCH, Argument, Builder, Kind, Load, Map, Output, Program, Reduce, Ref
from codegen.lower import Lowering, LoweringError, label
from codegen.match import Binding, Rule, replay, same_statement
from codegen.notation import fold, held_top, meaning, op
from codegen.passes.simplify import RULES, ring_rule
from codegen.passes.simplify import fold as fold_constants
from formulas.language import (
    DEFINITIONS,
    Phi,
    delta,
    dim,
    index,
    normal_density,
    positive,
    real,
    sigmoid,
    softplus,
    tensor,
    total,
)
from formulas.schema import Claim, Relation, Verdict


class RewriteRefused(ValueError):
    """A rewrite that nothing proved; the message names it, its claim and the reason."""


class Stage(StrEnum):
    """When a rewrite is used: on the forward program before it is differentiated, or when the operations
    that only name a function are replaced, first those that have a better form as part of a product.
    ``QUICK`` ones come before these where a target sees floating-point flags (``codegen.quick``), and
    ``QUICKEST`` ones before them in a program of their own."""

    STABILISE = "stabilise"
    PRODUCTS = "products"
    REALISE = "realise"
    QUICK = "quick"
    QUICKEST = "quickest"


@dataclass(frozen=True, kw_only=True)
class Rewrite:
    """``pattern`` is replaced by ``form``; both hold for all real values of their symbols.

    ``claim``   id of the claim "pattern = form" (in either order); empty where both are equal by definition.
    ``choose``  values for symbols that stand in ``form`` only: the claim holds for every value of them.
    ``fresh``   tensors that must not be shifted by a held maximum already.
    ``largest_is_one``  tensors that must be exponentials shifted by the (finite) maximum.
    ``varying`` symbols that must not be single numbers.
    ``given``   symbols that must be arguments of the kernel as they are.
    ``places``  free indices that stand for one place, given as an integer.
    """

    name: str
    pattern: sp.Expr
    form: sp.Expr
    stage: Stage
    claim: str = ""
    choose: Mapping[sp.Symbol, sp.Expr] = field(default_factory=dict)
    fresh: tuple[sp.IndexedBase, ...] = ()
    largest_is_one: tuple[sp.IndexedBase, ...] = ()
    places: tuple[sp.Symbol, ...] = ()
    varying: tuple[sp.Symbol, ...] = ()
    given: tuple[sp.Symbol, ...] = ()
    why: str = ""


n = dim("n")
i, k, t = index("i k t")
x, y, c = real("x"), real("y"), real("c")
p, q = positive("p"), positive("q")
half = sp.Rational(1, 2)
z, e, g = tensor("z", n), tensor("e", n, positive=True), tensor("g", n)
_each = (k, n)
_decay = exp(-Abs(x))
_share = op.div(e[i], total(e[k], _each))
_at_largest = fold("max", op.select(op.eq(e[k], 1), g[k], -sp.oo), _each)
_bent = Min(Abs(x), y)
_huber = _bent * (Abs(x) - _bent / 2)
_near = op.saturated(x)
_others = e[k] * (1 - delta(k, t))
_zero = Piecewise((1, Eq(x, 0)), (0, True))
_shift = held_top(z[k], _each, finite=False)
_finite_shift = held_top(z[k], _each, finite=True)
_rest = fold("max_rest", z[k], _each, component=1)
_lesser = sigmoid(-Abs(x))
_slope_left = op.mul(op.add(op.sub(1, Abs(x)), op.mul(Abs(x), _lesser)), _lesser)
SILU_SLOPE = Piecewise((1 - _slope_left, x >= 0), (_slope_left, True))

REWRITES: tuple[Rewrite, ...] = (
    Rewrite(
        name="logsumexp of shifted logits keeps the rest apart",
        pattern=log(total(exp(z[k] - _shift), _each)),
        form=op.log1p(_rest),
        stage=Stage.STABILISE,
        why="the largest term is exp(0) = 1; without it a small remainder is not rounded away",
    ),
    Rewrite(
        name="softmax shifted by the maximum",
        pattern=exp(z[i]) / total(exp(z[k]), _each),
        form=exp(z[i] + c) / total(exp(z[k] + c), _each),
        choose={c: -_finite_shift},
        fresh=(z,),
        stage=Stage.STABILISE,
        claim="act.softmax/shift_invariance",
        why="no exponential exceeds 1",
    ),
    Rewrite(
        name="mean with softmax weights shifted by the maximum",
        pattern=op.div(total(op.mul(exp(z[k]), g[k]), _each), total(exp(z[k]), _each)),
        form=op.div(total(op.mul(exp(z[k] + c), g[k]), _each), total(exp(z[k] + c), _each)),
        choose={c: -_finite_shift},
        fresh=(z,),
        stage=Stage.STABILISE,
        claim="act.softmax/weighted_mean_shift",
        why="no exponential exceeds 1",
    ),
    Rewrite(
        name="logsumexp shifted by the maximum",
        pattern=log(total(exp(z[k]), _each)),
        form=c + log(total(exp(z[k] - c), _each)),
        choose={c: _shift},
        fresh=(z,),
        stage=Stage.STABILISE,
        claim="act.logsumexp/shift",
        why="no exponential exceeds 1",
    ),
    Rewrite(
        name="one plus the rest is the sum",
        pattern=1 + _rest,
        form=total(exp(z[k] - _finite_shift), _each),
        stage=Stage.STABILISE,
    ),
    Rewrite(
        name="softmax cotangent taken from the largest entry",
        pattern=op.mul(_share, op.sub(g[i], op.div(total(op.mul(e[k], g[k]), _each), total(e[k], _each)))),
        form=op.mul(
            _share,
            op.sub(
                op.sub(g[i], c),
                op.div(total(op.mul(e[k], op.sub(g[k], c)), _each), total(e[k], _each)),
            ),
        ),
        choose={c: op.hold(op.select(op.le(total(e[k], _each), 2), _at_largest, 0))},
        fresh=(g,),
        largest_is_one=(e,),
        stage=Stage.STABILISE,
        claim="act.softmax/cotangent_shift",
        why="where one share is above 1/2, its cotangent as origin makes what cancels exactly 0",
    ),
    Rewrite(
        name="softmax less one at a place",
        pattern=op.sub(op.mul(op.div(y, total(e[k], _each)), e[i]), op.mul(y, delta(i, t))),
        form=op.sub(
            op.mul(op.div(y, total(_others, _each) + e[t]), e[i] * (1 - delta(i, t))),
            op.mul(op.mul(op.div(y, total(_others, _each) + e[t]), total(_others, _each)), delta(i, t)),
        ),
        places=(t,),
        stage=Stage.STABILISE,
        claim="loss.cross_entropy/gradient_by_the_others",
        why="1 minus a share close to 1 is the sum of the other shares",
    ),
    Rewrite(
        name="complement of the sigmoid",
        pattern=1 - sigmoid(x),
        form=sigmoid(-x),
        stage=Stage.STABILISE,
        claim="act.sigmoid/symmetry",
        why="no cancellation where the sigmoid is close to 1",
    ),
    Rewrite(
        name="slope of tanh by the slope of the sigmoid",
        pattern=1 - sp.tanh(x) ** 2,
        form=4 * op.sigmoid_slope(2 * x),
        stage=Stage.STABILISE,
        claim="act.tanh/slope_by_sigmoid",
        why="no cancellation where tanh is close to 1 or -1",
    ),
    Rewrite(
        name="slope of x times the sigmoid",
        pattern=op.add(sigmoid(x), op.mul(x, op.sigmoid_slope(x))),
        form=op.silu_slope(x),
        stage=Stage.STABILISE,
    ),
    Rewrite(
        name="GELU, tanh form, by the sigmoid",
        pattern=x / 2 * (1 + sp.tanh(sqrt(2 / sp.pi) * (x + sp.Rational(44715, 1000000) * x**3))),
        form=x * sigmoid(2 * (sqrt(2 / sp.pi) * (_near + sp.Rational(44715, 1000000) * _near**3))),
        stage=Stage.STABILISE,
        claim="act.gelu_tanh/as_sigmoid",
        why="no cancellation in 1 + tanh for negative x; the sigmoid is 0 or 1 before its cube overflows",
    ),
    Rewrite(name="Huber by its clipped slope", pattern=_huber, form=op.huber(x, y), stage=Stage.STABILISE),
    Rewrite(name="x log x with 0 log 0 = 0", pattern=p * log(p), form=op.xlogx(p), stage=Stage.STABILISE),
    Rewrite(name="x log y with 0 log 0 = 0", pattern=p * log(y), form=op.xlogy(p, y), stage=Stage.STABILISE),
    Rewrite(
        name="logarithm of a quotient", pattern=log(x / y), form=op.logratio(x, y), stage=Stage.STABILISE
    ),
    Rewrite(
        name="x log (x / y) with 0 log 0 = 0",
        pattern=p * op.logratio(p, y),
        form=op.xlogratio(p, y),
        stage=Stage.STABILISE,
    ),
    Rewrite(
        name="one minus a power",
        pattern=1 - op.pow(p, y),
        form=-op.expm1(y * log(p)),
        stage=Stage.STABILISE,
        why="nothing cancels for a base close to 1",
    ),
    Rewrite(
        name="sine of a product",
        pattern=sp.sin(x * y),
        form=op.sinprod(x, y),
        varying=(x, y),
        stage=Stage.STABILISE,
    ),
    Rewrite(
        name="cosine of a product",
        pattern=sp.cos(x * y),
        form=op.cosprod(x, y),
        varying=(x, y),
        stage=Stage.STABILISE,
    ),
    Rewrite(
        name="GELU by the upper tail",
        pattern=x * Phi(x),
        form=Max(0, x) - Abs(x) * op.tail(Abs(x)),
        stage=Stage.PRODUCTS,
        claim="act.gelu/tail_form",
        why="no cancellation for negative x",
    ),
    Rewrite(
        name="normal distribution by the upper tail",
        pattern=Phi(x),
        form=Piecewise((1 - op.tail(Abs(x)), x > 0), (op.tail(Abs(x)), True)),
        stage=Stage.REALISE,
        claim="act.gelu/cdf_by_tail",
        why="no cancellation for negative x",
    ),
    Rewrite(
        name="normal density",
        pattern=normal_density(x),
        form=op.gauss(x) / sqrt(2 * sp.pi),
        stage=Stage.REALISE,
    ),
    Rewrite(
        name="slope of SiLU by the magnitude",
        pattern=op.silu_slope(x),
        form=SILU_SLOPE,
        stage=Stage.PRODUCTS,
        claim="act.silu/slope_by_magnitude",
        why="1 - |x| is exact where the two terms of the sum would cancel by a factor of three",
    ),
    Rewrite(
        name="sigmoid left of 0",
        pattern=_lesser,
        form=_decay / (1 + _decay),
        stage=Stage.REALISE,
    ),
    Rewrite(
        name="sigmoid without overflow",
        pattern=sigmoid(x),
        form=Piecewise((1, x >= 0), (_decay, True)) / (1 + _decay),
        stage=Stage.REALISE,
        claim="act.sigmoid/stable_form",
        why="one exponential, which never exceeds 1; small values keep their digits",
    ),
    Rewrite(
        name="slope of the sigmoid without overflow",
        pattern=op.sigmoid_slope(x),
        form=_decay / (1 + _decay) ** 2,
        stage=Stage.REALISE,
        claim="act.sigmoid/slope_stable_form",
        why="one exponential, which never exceeds 1; nothing cancels",
    ),
    Rewrite(
        name="softplus without overflow",
        pattern=softplus(x),
        form=Max(0, x) + log(1 + _decay),
        stage=Stage.REALISE,
        claim="act.softplus/stable_form",
        why="one exponential, which never exceeds 1",
    ),
    Rewrite(name="Huber's function", pattern=op.huber(x, y), form=_huber, stage=Stage.REALISE),
    Rewrite(name="x log x at 0", pattern=op.xlogx(x), form=x * log(x + _zero), stage=Stage.PRODUCTS),
    Rewrite(name="x log y at x = 0", pattern=op.xlogy(x, y), form=x * log(y + _zero), stage=Stage.PRODUCTS),
    Rewrite(
        name="x log (x / y) at x = 0",
        pattern=op.xlogratio(x, y),
        form=x * op.logratio(x + _zero, y + _zero),
        stage=Stage.PRODUCTS,
    ),
    Rewrite(
        name="logarithm of a quotient in two parts",
        pattern=op.logratio(p, q),
        form=log(Max(p / q, half)) + log(2 * Min(p / q, half)),
        stage=Stage.REALISE,
        claim="info.kl/log_ratio_split",
        why="one of the two terms is log 1 or log 1/2, and the first can be taken without cancellation",
    ),
    Rewrite(
        name="quotient near 1",
        pattern=Max(p / q, half),
        form=1 + Max((p - q) / q, -half),
        stage=Stage.REALISE,
        claim="info.kl/ratio_less_one",
        why="p - q is exact where p / q is close to 1",
    ),
)

PRIMITIVES: tuple[Rule, ...] = tuple(
    ring_rule(pattern, form)
    for pattern, form in (
        ("(log (add 1 a))", "(log1p a)"),
        ("(log (sub 1 a))", "(log1p (neg a))"),
        ("(sub (exp a) 1)", "(expm1 a)"),
        ("(select c 1 0)", "c"),
    )
)
"""Operations that name a whole expression which a target evaluates without cancellation."""


ClaimOf = Callable[[str], Claim]
VerdictOf = Callable[[str], Verdict]


def license_rewrites(
    claim_of: ClaimOf, verdict_of: VerdictOf, rewrites: Iterable[Rewrite] = REWRITES
) -> Mapping[Stage, tuple[Rule, ...]]:
    """The rules of each stage; ``RewriteRefused`` for the first rewrite that is not licensed.

    ``claim_of`` returns the claim with an id such as ``act.softmax/shift_invariance`` or raises
    ``KeyError``; ``verdict_of`` returns what the prover said of it.
    """
    found: dict[Stage, list[Rule]] = {stage: [] for stage in Stage}
    for rewrite in rewrites:
        _require_licence(rewrite, claim_of, verdict_of)
        found[rewrite.stage].append(_rule(rewrite))
    return {stage: (*PRIMITIVES, *rules) for stage, rules in found.items()}


def _require_licence(rewrite: Rewrite, claim_of: ClaimOf, verdict_of: VerdictOf) -> None:
    def refuse(reason: str) -> RewriteRefused:
        return RewriteRefused(f"rewrite {rewrite.name!r} ({rewrite.claim or 'by definition'}): {reason}")

    if not rewrite.claim:
        if not _equal_by_definition(rewrite.pattern, rewrite.form):
            raise refuse("the sides are not equal by definition, and no claim is named")
        return
    try:
        claim = claim_of(rewrite.claim)
    except KeyError:
        sides = f"{meaning(rewrite.pattern)} = {meaning(rewrite.form)}"
        raise refuse(f"the catalog has no such claim; it should say {sides}") from None
    if claim.relation is not Relation.EQ:
        raise refuse("the claim is not an equation")
    if claim.hypotheses or claim.conditions:
        raise refuse("the claim holds under hypotheses only")
    if not _states(claim, rewrite):
        raise refuse(f"the claim says something else: {claim.lhs} = {claim.rhs}")
    verdict = verdict_of(rewrite.claim)
    if verdict is not Verdict.PROVED:
        raise refuse(f"the claim is {verdict}, not proved")


def _equal_by_definition(left: sp.Expr, right: sp.Expr) -> bool:
    """Equal once the operations are unfolded, off 0 (``x log x`` is defined to be 0 there)."""
    apart = {s: sp.Symbol(s.name, real=True, nonzero=True) for s in (x, y)}
    sides = [_lowest_terms(_unfolded(meaning(_replaced(side, apart)))) for side in (left, right)]
    if all(isinstance(side, sp.Sum) for side in sides) and sides[0].limits == sides[1].limits:
        sides = [side.function for side in sides]
    difference = sides[0] - sides[1]
    return any(sp.cancel(sp.expand(d)) == 0 for d in (difference, difference.rewrite(sp.exp)))


def _lowest_terms(e: sp.Basic) -> sp.Basic:
    """With the arguments of logarithms as quotients in lowest terms."""
    return e.replace(sp.log, lambda a: sp.log(sp.cancel(a)))


def _replaced(e: sp.Basic, by: Mapping[sp.Basic, sp.Basic]) -> sp.Basic:
    """Plain structural replacement (SymPy's ``subs`` simplifies and renames under binders)."""
    if e in by:
        return by[e]
    if not e.args or isinstance(e, sp.Indexed):
        return e
    return e.func(*[_replaced(a, by) for a in e.args])


def _states(claim: Claim, rewrite: Rewrite) -> bool:
    """Whether the claim's two sides are the rewrite's, in either order, up to names."""
    ours, theirs = (meaning(rewrite.pattern), meaning(rewrite.form)), (claim.lhs, claim.rhs)
    for unfolded in (False, True):
        mine, given = (tuple(_unfolded(s) for s in p) if unfolded else p for p in (ours, theirs))
        for places in _place_choices(given, len(rewrite.places)):
            try:
                pattern, form = _programs(mine, rewrite.places)
                left, right = _programs(given, places)
            except LoweringError:
                continue
            for sides in ((pattern, form), (form, pattern)):  # what is matched first fixes the names
                if same_statement(sides, (left, right)) or same_statement(sides, (right, left)):
                    return True
    return False


def _place_choices(sides: Iterable[sp.Expr], count: int) -> list[tuple[sp.Symbol, ...]]:
    """Which of the free indices of a claim may play the part of ``Rewrite.places``."""
    bound = {i for s in sides for t in s.atoms(sp.Sum) for i in t.bound_symbols}
    found = {i for s in sides for d in s.atoms(sp.Indexed) for i in d.indices}
    found |= {i for s in sides for d in s.atoms(sp.KroneckerDelta) for i in d.args[:2]}
    free = sorted((i for i in found - bound if i.is_Symbol), key=str)
    return list(itertools.combinations(free, count))


def _unfolded(e: sp.Basic) -> sp.Basic:
    if not e.args or isinstance(e, sp.Indexed):
        return e
    args = [_unfolded(a) for a in e.args]
    return DEFINITIONS[type(e)](*args) if type(e) in DEFINITIONS else e.func(*args)


def _programs(sides: Iterable[sp.Expr], places: tuple[sp.Symbol, ...] = ()) -> list[Program]:
    """Each side as a program over the same variables.  A variable keeps what is assumed of it."""
    sides = list(sides)
    entries = [a for s in sides for a in s.atoms(sp.Indexed)]
    sizes = {i: a.base.shape[at] for a in entries for at, i in enumerate(a.indices) if i not in places}
    tensors = {a.base for a in entries}
    scalars = {s for e in sides for s in e.free_symbols if isinstance(s, sp.Symbol)}
    scalars -= {b.label for b in tensors} | set(sizes) | set(places)
    scalars = {s for s in scalars if not (s.is_integer and s.is_positive)}
    arguments = [Argument(name=str(t), kind=Kind.INTEGER, axes=(BATCH,)) for t in places]
    for v in sorted({*tensors, *scalars}, key=str):
        shape = tuple(str(d) for d in v.shape) if isinstance(v, sp.IndexedBase) else ()
        arguments.append(Argument(name=str(v), axes=(BATCH, *shape), positive=bool(label(v).is_positive)))
    names = {v: str(v) for v in (*tensors, *scalars, *places)}
    found = []
    for side in sides:
        builder = Builder("side", arguments)
        ref = Lowering(builder, names).free(side, sizes)
        program = builder.finish([Output("output", builder.axes(ref), (ref,))])
        found.append(replay(program, (*RULES, *PRIMITIVES), fold_constants))
    return found


def _rule(rewrite: Rewrite) -> Rule:
    pattern, form = _programs([rewrite.pattern, _replaced(rewrite.form, rewrite.choose)], rewrite.places)
    fresh = tuple(str(t) for t in rewrite.fresh)
    unit = tuple(str(t) for t in rewrite.largest_is_one)
    varying = tuple(str(t) for t in rewrite.varying)
    given = tuple(str(t) for t in rewrite.given)
    positives = tuple(a.name for a in pattern.arguments if a.positive)

    def guard(b: Builder, found: Binding) -> bool:
        return (
            all(not _is_shifted(b, found.variables[t]) for t in fresh)
            and all(is_positive(b, found.variables[v]) for v in positives)
            and all(b.axes(found.variables[v]) for v in varying)
            and all(isinstance(b.node(found.variables[v]), Load) for v in given)
            and all(_largest_is_one(b, found.variables[t]) for t in unit)
        )

    return Rule(rewrite.name, pattern, form, licence=rewrite.claim, guard=guard)


def _is_shifted(b: Builder, ref: Ref) -> bool:
    node = b.node(ref)
    if not (isinstance(node, Map) and node.op == "sub"):
        return False
    by = b.node(node.args[1])
    return isinstance(by, Map) and by.op == "hold"


def _largest_is_one(b: Builder, ref: Ref) -> bool:
    """Whether the value is exp(z - hold(finite_or_zero(max z)))."""
    exponential = b.node(ref)
    if not (isinstance(exponential, Map) and exponential.op == "exp"):
        return False
    if not _is_shifted(b, exponential.args[0]):
        return False
    difference = b.node(exponential.args[0])
    assert isinstance(difference, Map)
    top = b.node(difference.args[1])
    for wanted in ("hold", "finite_or_zero"):
        if not (isinstance(top, Map) and top.op == wanted):
            return False
        top = b.node(top.args[0])
    return isinstance(top, Reduce) and top.monoid == "max" and top.arg == difference.args[0]


def is_positive(b: Builder, ref: Ref) -> bool:
    """Whether the value is > 0: an exponential, or an argument declared so, plus a boolean or not."""
    node = b.node(ref)
    if isinstance(node, Map) and node.op == "add":
        one, other = node.args
        return (is_positive(b, one) and b.values[other].kind is Kind.BOOLEAN) or (
            is_positive(b, other) and b.values[one].kind is Kind.BOOLEAN
        )
    if isinstance(node, Map) and node.op == "exp":
        return True
    argument = getattr(node, "argument", None)
    return argument is not None and b.arguments[argument].positive


__all__ = ["REWRITES", "Rewrite", "RewriteRefused", "Stage", "license_rewrites"]
