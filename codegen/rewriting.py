"""Rules made from rewrites, each licensed by a proved claim or by the definitions of its operations."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping

import sympy as sp

from codegen.domains import needs, replaced, unfolded, value_at
from codegen.ir import BATCH, Argument, Builder, Kind, Load, Map, Output, Program, Reduce, Ref
from codegen.lower import Lowering, LoweringError, label
from codegen.match import Binding, Rule, replay, same_statement
from codegen.notation import meaning
from codegen.passes.simplify import RULES, fold
from codegen.rewrites import PRIMITIVES, REWRITES, Rewrite, RewriteRefused, Stage
from formulas.schema import Claim, Relation, Verdict

__all__ = ["license_rewrites"]

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
        if not _equal_by_definition(rewrite):
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


def _equal_by_definition(rewrite: Rewrite) -> bool:
    """Equal once the operations are unfolded: where no value is 0, and where any choice of them is.

    At each of these places both sides have a value and it is the same, or neither has one (``log 0``).  A
    quick form may have none where the pattern has one: what it divides by is 0 there, which raises a flag.
    """
    quick = rewrite.stage in (Stage.QUICK, Stage.QUICKEST)
    values = _may_be_zero(rewrite.pattern, rewrite.form)
    apart = {s: sp.Symbol(s.name, real=True, nonzero=True) for s in values if isinstance(s, sp.Symbol)}
    pattern_needs, form_needs = (needs(side, apart) for side in (rewrite.pattern, rewrite.form))
    if pattern_needs - form_needs or (not quick and form_needs - pattern_needs):
        return False
    for count in range(len(values) + 1):
        for chosen in itertools.combinations(values, count):
            at = {**apart, **dict.fromkeys(chosen, sp.S.Zero)}
            pattern, form = value_at(rewrite.pattern, at), value_at(rewrite.form, at)
            if count and not _is_defined(form) and (quick or not _is_defined(pattern)):
                continue
            if not (_is_defined(pattern) and _is_defined(form) and _same_value(pattern, form)):
                return False
    return True


def _may_be_zero(*sides: sp.Expr) -> list[sp.Expr]:
    """The real symbols and entries of tensors which no assumption keeps from being 0."""
    entries = {d for e in sides for d in e.atoms(sp.Indexed)}
    labels = {d.base.label for d in entries}
    symbols = {s for e in sides for s in e.atoms(sp.Symbol) if s.is_real and not s.is_integer} - labels
    found = symbols | {d for d in entries if d.base.label.is_zero is None}
    return sorted((s for s in found if s.is_zero is None), key=str)


def _is_defined(e: sp.Basic) -> bool:
    return not e.has(sp.nan, sp.zoo, sp.oo, -sp.oo)


def _same_value(left: sp.Expr, right: sp.Expr) -> bool:
    sides = [_lowest_terms(side) for side in (left, right)]
    if all(isinstance(side, sp.Sum) for side in sides) and sides[0].limits == sides[1].limits:
        sides = [side.function for side in sides]
    difference = sides[0] - sides[1]
    return any(sp.cancel(sp.expand(d)) == 0 for d in (difference, difference.rewrite(sp.exp)))


def _lowest_terms(e: sp.Basic) -> sp.Basic:
    """With the arguments of logarithms as quotients in lowest terms."""
    return e.replace(sp.log, lambda a: sp.log(sp.cancel(a)))


def _states(claim: Claim, rewrite: Rewrite) -> bool:
    """Whether the claim's two sides are the rewrite's, in either order, up to names."""
    ours, theirs = (meaning(rewrite.pattern), meaning(rewrite.form)), (claim.lhs, claim.rhs)
    for defined in (False, True):
        mine, given = (tuple(unfolded(s) for s in p) if defined else p for p in (ours, theirs))
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
        found.append(replay(program, (*RULES, *PRIMITIVES), fold))
    return found


def _rule(rewrite: Rewrite) -> Rule:
    pattern, form = _programs([rewrite.pattern, replaced(rewrite.form, rewrite.choose)], rewrite.places)
    fresh = tuple(str(t) for t in rewrite.fresh)
    unit = tuple(str(t) for t in rewrite.largest_is_one)
    varying = tuple(str(t) for t in rewrite.varying)
    given = tuple(str(t) for t in rewrite.given)
    positives = tuple(a.name for a in pattern.arguments if a.positive)

    def guard(b: Builder, found: Binding) -> bool:
        return (
            all(not _is_shifted(b, found.variables[t]) for t in fresh)
            and all(_is_positive(b, found.variables[v]) for v in positives)
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


def _is_positive(b: Builder, ref: Ref) -> bool:
    """Whether the value is > 0: an exponential, or an argument declared so, plus a boolean or not."""
    node = b.node(ref)
    if isinstance(node, Map) and node.op == "add":
        one, other = node.args
        return (_is_positive(b, one) and b.values[other].kind is Kind.BOOLEAN) or (
            _is_positive(b, other) and b.values[one].kind is Kind.BOOLEAN
        )
    if isinstance(node, Map) and node.op == "exp":
        return True
    argument = getattr(node, "argument", None)
    return argument is not None and b.arguments[argument].positive
