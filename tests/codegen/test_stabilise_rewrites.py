"""Rewrites are used only with a proved claim that says the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp
from sympy import Abs, Eq, Integer, KroneckerDelta, Max, Piecewise, exp, log

from codegen.ir import heads
from codegen.licences import Licensing, catalog_claim
from codegen.lower import lower
from codegen.match import matches, rules_at
from codegen.notation import op
from codegen.operations import SCALAR_OPS
from codegen.passes.simplify import RING, ring_rule
from codegen.pipeline import Rules, programs
from codegen.rewrites import REWRITES, Rewrite, RewriteRefused, Stage
from codegen.rewriting import license_rewrites
from formulas.language import dim, index, positive, real, tensor, total
from formulas.schema import Claim, Kernel, Relation, Verdict

x, y = real("x"), real("y")
n = dim("n")
i, j, k = index("i j k")


def rewrite(name: str) -> Rewrite:
    return next(r for r in REWRITES if r.name == name)


SOFTPLUS = rewrite("softplus without overflow")
SHIFT = rewrite("softmax shifted by the maximum")


def refusal(r: Rewrite, claim: Claim | None = None, verdict: Verdict = Verdict.PROVED) -> str:
    def claim_of(claim_id: str) -> Claim:
        return claim if claim is not None else catalog_claim(claim_id)

    with pytest.raises(RewriteRefused) as error:
        license_rewrites(claim_of, lambda _: verdict, [r])
    return str(error.value)


def test_every_rewrite_is_licensed(rules: Rules) -> None:
    assert sum(len(r) for r in rules.values()) >= len(REWRITES)


def test_every_claim_stands_in_the_catalog() -> None:
    missing = []
    for r in REWRITES:
        if r.claim:
            try:
                catalog_claim(r.claim)
            except KeyError:
                missing.append(r.claim)
    assert not missing, f"claims that rewrites need and the catalog does not have: {missing}"


def test_a_claim_that_does_not_exist_is_refused() -> None:
    message = refusal(replace(SOFTPLUS, claim="act.softplus/unstable_form"))
    assert "the catalog has no such claim" in message
    assert "softplus(x)" in message


@pytest.mark.parametrize("verdict", [v for v in Verdict if v is not Verdict.PROVED])
def test_a_claim_that_is_not_proved_is_refused(verdict: Verdict) -> None:
    assert f"the claim is {verdict}, not proved" in refusal(SOFTPLUS, verdict=verdict)


@pytest.mark.parametrize(
    "form",
    [
        Max(0, x) + log(1 + exp(Abs(x))),
        Max(0, x) - log(1 + exp(-Abs(x))),
        Max(0, -x) + log(1 + exp(-Abs(x))),
        log(1 + exp(-Abs(x))),
    ],
)
def test_a_corrupted_form_is_refused(form: sp.Expr) -> None:
    assert "the claim says something else" in refusal(replace(SOFTPLUS, form=form))


def test_a_corrupted_shift_is_refused() -> None:
    z = tensor("z", n)
    c = next(iter(SHIFT.choose))
    wrong = exp(z[i] + c) / total(exp(z[k] - c), (k, n))
    assert "the claim says something else" in refusal(replace(SHIFT, form=wrong))


def test_a_claim_of_another_formula_is_refused() -> None:
    assert "something else" in refusal(replace(SOFTPLUS, claim="act.logsumexp/shift"))


def test_names_do_not_matter_but_assumptions_do() -> None:
    u, w = real("u"), positive("w")
    same = Claim(name="c", lhs=SOFTPLUS.form.xreplace({x: u}), rhs=SOFTPLUS.pattern.xreplace({x: u}))
    license_rewrites(lambda _: same, lambda _: Verdict.PROVED, [SOFTPLUS])
    narrower = Claim(name="c", lhs=SOFTPLUS.pattern.xreplace({x: w}), rhs=w + log(1 + exp(-w)))
    assert "something else" in refusal(SOFTPLUS, narrower)


def test_a_claim_with_hypotheses_or_an_inequality_is_refused() -> None:
    sides = {"lhs": SOFTPLUS.pattern, "rhs": SOFTPLUS.form}
    assert "hypotheses" in refusal(SOFTPLUS, Claim(name="c", **sides, hypotheses=(sp.Ne(x, 0),)))
    assert "not an equation" in refusal(SOFTPLUS, Claim(name="c", **sides, relation=Relation.GE))


def test_a_definition_must_be_one() -> None:
    wrong = Rewrite(name="w", pattern=sp.sin(x * y), form=sp.cos(x * y), stage=Stage.STABILISE)
    assert "not equal by definition" in refusal(wrong)


AT_ZERO = (
    Piecewise((1, Eq(x, 0)), (0, True)),
    KroneckerDelta(x, 0),
    op.eq(x, 0),
    op.select(op.eq(x, 0), 1, 0),
)
z = tensor("z", n)
FALSE_AT_ZERO = [
    *((at, Integer(0)) for at in AT_ZERO),
    *((y * at, Integer(0)) for at in AT_ZERO),
    *((x + at, x) for at in AT_ZERO),
    *((exp(x + at), exp(x)) for at in AT_ZERO),
    (op.div(x, x), Integer(1)),
    (op.div(op.mul(x, y), y), x),
    (total(op.div(z[k], z[k]), (k, n)), total(Integer(1), (k, n))),
    (op.select(op.eq(x, 0), 1, op.div(1, x)), op.select(op.eq(x, 0), 2, op.div(1, x))),
    (op.xlogx(x), op.select(op.eq(x, 0), 1, op.xlogx(x))),
    (op.mul(x, log(x)), op.xlogx(x)),
]


@pytest.mark.parametrize("stage", [Stage.STABILISE, Stage.QUICK])
@pytest.mark.parametrize(("pattern", "form"), FALSE_AT_ZERO, ids=str)
def test_what_is_false_or_undefined_at_0_is_refused(pattern: sp.Expr, form: sp.Expr, stage: Stage) -> None:
    assert "not equal by definition" in refusal(Rewrite(name="w", pattern=pattern, form=form, stage=stage))


FALSE_AWAY_FROM_0 = [
    (op.div(op.sub(x, 1), op.sub(x, 1)), Integer(1)),
    (op.div(op.mul(y, op.sub(x, 1)), op.sub(x, 1)), y),
    (op.sub(op.log(op.sub(x, 1)), op.log(op.sub(x, 1))), Integer(0)),
    (op.square(op.sqrt(op.sub(x, 1))), x - 1),
    (op.div(1, op.div(1, op.sub(x, y))), x - y),
]


@pytest.mark.parametrize(("pattern", "form"), FALSE_AWAY_FROM_0, ids=str)
def test_a_removable_singularity_is_refused(pattern: sp.Expr, form: sp.Expr) -> None:
    for stage in (Stage.STABILISE, Stage.QUICK):
        wrong = Rewrite(name="w", pattern=pattern, form=form, stage=stage)
        assert "not equal by definition" in refusal(wrong)
    assert "not equal by definition" in refusal(
        Rewrite(name="w", pattern=form, form=pattern, stage=Stage.STABILISE)
    )


def test_a_divisor_that_is_never_0_is_no_condition() -> None:
    never = Rewrite(name="w", pattern=op.div(1 + exp(x), 1 + exp(x)), form=Integer(1), stage=Stage.STABILISE)
    license_rewrites(catalog_claim, lambda _: Verdict.PROVED, [never])


def test_only_a_quick_form_may_have_no_value_at_0() -> None:
    def made(stage: Stage) -> Rewrite:
        return Rewrite(name="w", pattern=op.xlogx(x), form=x * log(x), stage=stage)

    license_rewrites(catalog_claim, lambda _: Verdict.PROVED, [made(Stage.QUICK)])
    assert "not equal by definition" in refusal(made(Stage.STABILISE))


def test_0_log_0_is_a_convention_of_three_operations() -> None:
    assert [o.name for o in SCALAR_OPS.values() if o.zero_at_zero] == ["xlogx", "xlogy", "xlogratio"]


@pytest.mark.parametrize(
    ("pattern", "form"),
    [
        ("(sub a b)", "(sub b a)"),
        ("(mul a (neg b))", "(mul a b)"),
        ("(max (neg a) 0)", "(neg (max a 0))"),
        ("(abs (neg a))", "(neg a)"),
        ("(le 0 (neg a))", "(lt a 0)"),
    ],
)
def test_a_wrong_ring_rule_is_refused(pattern: str, form: str) -> None:
    with pytest.raises(ValueError, match="are not equal"):
        ring_rule(pattern, form)


@pytest.mark.parametrize(
    ("pattern", "form", "wider"),
    [
        ("b", "(div (mul a b) a)", False),  # takes the value at a = 0 away
        ("b", "(div (mul a b) a)", True),
        ("(div (mul a b) a)", "b", False),  # has one there, and does not say so
        ("(div 0 a)", "0", False),
        ("(div b (square a))", "(mul (div 1 a) (div b a))", True),  # says so, and has none
        ("(mul 2 (log a))", "(log (square a))", False),
        ("(sqrt (square a))", "(abs a)", True),
    ],
)
def test_a_ring_rule_that_changes_where_there_is_a_value_is_refused(
    pattern: str, form: str, wider: bool
) -> None:
    with pytest.raises(ValueError, match=r"at different places|are not equal"):
        ring_rule(pattern, form, wider=wider)


def test_ring_rules_are_checked_and_are_many() -> None:
    assert len([ring_rule(p, f) for p, f in RING]) > 20


def test_realised_programs_hold_no_heads(kernels: dict[str, Kernel], rules: Rules) -> None:
    for kernel in kernels.values():
        found = programs(kernel, rules)
        assert heads(found.forward) == ()
        assert found.backward is None or heads(found.backward) == ()


def test_no_rule_that_fits_is_left_out_by_the_operation_at_its_root(
    kernels: dict[str, Kernel], rules: Rules
) -> None:
    fitting = 0
    every = tuple({rule: None for stage in rules.values() for rule in stage})
    for kernel in kernels.values():
        program = lower(kernel)
        for ref, value in enumerate(program.values):
            looked_up = rules_at(every, value.node)
            for rule in every:
                if next(iter(matches(rule.pattern, program.values, ref)), None) is not None:
                    fitting += 1
                    assert rule in looked_up, (kernel.name, value.node)
    assert fitting > 50


def test_an_unlicensed_head_stops_generation(kernels: dict[str, Kernel], licensing: Licensing) -> None:
    from codegen.pipeline import NotRealised

    without = [r for r in REWRITES if r.name != "softplus without overflow"]
    rules = license_rewrites(licensing.claim_of, licensing.verdict_of, without)
    with pytest.raises(NotRealised, match="no realisation for softplus"):
        programs(kernels["softplus"], rules)


def test_stabilised_softmax_is_the_hand_built_one(kernels: dict[str, Kernel], rules: Rules) -> None:
    assert str(programs(kernels["softmax"], rules).forward).splitlines()[1:] == [
        "  v0 : [*,n] = load input",
        "  v1 : [*] = reduce max over n of v0",
        "  v2 : [*] = finite_or_zero v1",
        "  v3 : [*,n] = sub v0 v2",
        "  v4 : [*,n] = exp v3",
        "  v5 : [*] = reduce sum over n of v4",
        "  v6 : [*,n] = div v4 v5",
        "  output = v6",
    ]


def test_lowering_alone_changes_nothing(kernels: dict[str, Kernel]) -> None:
    text = str(lower(kernels["softmax"]))
    assert "reduce max" not in text
    assert text.splitlines()[2] == "  v1 : [*,n] = exp v0"
