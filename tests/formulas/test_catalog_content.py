"""The catalog as data: it loads, it is complete, and what it says of the sheet stands in the sheet."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
import sympy as sp
from sympy.core.function import AppliedUndef

from formulas import Claim, Formula, catalog, claims, get
from formulas.chance import AVERAGES, Expectation
from formulas.check import free_symbols
from formulas.kernels import every_kernel, kernels
from formulas.language import DEFINITIONS
from formulas.matrices import Det
from formulas.schema import LineBound, Relation, Verdict

SHEET = Path(__file__).resolve().parents[3] / "shared" / "cheatsheet" / "CHEATSHEET.md"

# section 4, section 10 and one entry each of 5, 7 and 9, with the kernels that each has to ship
EXPECTED_KERNELS = {
    "act.relu": {"relu"},
    "act.leaky_relu": {"leaky_relu"},
    "act.gelu": {"gelu"},
    "act.gelu_sigmoid": {"gelu_sigmoid"},
    "act.gelu_tanh": {"gelu_tanh"},
    "act.silu": {"silu"},
    "act.sigmoid": {"sigmoid"},
    "act.tanh": {"tanh"},
    "act.softplus": {"softplus"},
    "act.log_sigmoid": {"log_sigmoid"},
    "act.softmax": {"softmax"},
    "act.log_softmax": {"log_softmax"},
    "act.logsumexp": {"logsumexp"},
    "loss.cross_entropy": {"cross_entropy", "cross_entropy_soft"},
    "norm.rms": {"rms_norm"},
    "llm.rope": {"rope"},
    "info.entropy": {"entropy"},
    "info.cross_entropy": {"cross_entropy_probs"},
    "info.kl": {"kl_divergence"},
    "info.perplexity": {"perplexity"},
    "info.mutual_information": set(),
}

# what the inventory asks to be shown, by the claims that show it
EXPECTED_CLAIMS = {
    "act.relu": {"derivative", "derivative_as_printed", "subgradients_at_zero"},
    "act.leaky_relu": {"derivative", "derivative_as_printed", "as_cases", "excess_when_steep"},
    "act.gelu": {"derivative", "logistic_error", "tanh_error"},
    "act.silu": {"derivative", "minimum", "minimum_attained"},
    "act.sigmoid": {"derivative", "above_zero", "below_one", "symmetry", "slope_at_most_a_quarter"},
    "act.tanh": {"derivative", "above_minus_one", "below_one", "from_sigmoid"},
    "act.softmax": {
        "jacobian", "sums_to_one", "above_zero", "below_one", "shift_invariance",
        "jacobian_rows_sum_to_zero", "jacobian_positive_semidefinite", "vjp",
    },
    "loss.cross_entropy": {
        "gradient", "gradient_without_condition", "at_least_target_entropy", "from_logits", "class_target",
    },
    "norm.rms": {
        "output_rms_is_one", "input_cotangent", "gain_cotangent", "scale_invariance",
        "layer_norm_of_centred_input",
    },
    "llm.rope": {
        "keeps_inner_product", "composition_first", "composition_second", "relative_position",
        "block_relative_position", "shift_invariance", "backward_first", "backward_second",
    },
    "info.entropy": {"nonnegative", "at_most_log_n", "log_n_at_uniform", "log_n_only_at_uniform", "concave"},
    "info.cross_entropy": {"entropy_plus_divergence"},
    "info.kl": {"nonnegative", "zero_only_if_equal", "zero_if_equal", "symmetric"},
    "info.perplexity": {"uniform_model_gives_n", "exponential_of_cross_entropy"},
    "info.mutual_information": {"symmetric", "divergence_from_product", "nonnegative"},
}  # fmt: skip


def entries() -> list[Formula]:
    found = list(catalog().values())
    assert found, "an empty catalog"
    return found


each_entry = pytest.mark.parametrize("entry", entries(), ids=lambda f: f.id)
each_claim = pytest.mark.parametrize(
    "entry, claim", [pytest.param(f, c, id=f"{f.id}/{c.name}") for f, c in claims()]
)


def test_every_entry_and_kernel_of_this_stage_is_there() -> None:
    for formula_id, names in EXPECTED_KERNELS.items():
        assert {k.name for k in get(formula_id).kernels} >= names


def test_what_the_inventory_wants_shown_has_a_claim() -> None:
    for formula_id, names in EXPECTED_CLAIMS.items():
        assert names <= {c.name for c in get(formula_id).claims}


FORWARD_ONLY = {
    "linalg.projection",
    "linalg.trace",
    "prob.variance",
    "prob.covariance",
    "prob.correlation",
    "opt.gd",
    "opt.momentum",
    "opt.adam",
    "opt.adamw",
    "opt.cosine",
    "opt.warmup_cosine",
    "llm.sinusoidal",
    "llm.quantize",
    "gen.ddpm_forward",
    "gen.ddpm_jump",
    "bp.xavier",
    "bp.he",
}


def test_kernel_names_are_unique() -> None:
    counts = Counter(k.name for k in every_kernel())
    assert [name for name, count in counts.items() if count > 1] == []


def test_every_kernel_has_a_backward_pass_of_array_inputs() -> None:
    for formula, listed in kernels().items():
        for kernel in listed:
            roles = {i.name: i.role for i in kernel.inputs}
            assert bool(kernel.wrt) == (formula not in FORWARD_ONLY), kernel.name
            assert {roles[w] for w in kernel.wrt} <= {"array"}, kernel.name
            assert set(roles.values()) <= {"array", "scalar", "integer"}


def test_there_are_claims_of_each_kind() -> None:
    kinds = Counter(c.expected for _, c in claims())
    assert kinds[Verdict.PROVED] >= 150
    assert kinds[Verdict.CONDITIONAL] >= 3
    assert kinds[Verdict.REFUTED] >= 5


@each_entry
def test_entry_is_documented(entry: Formula) -> None:
    assert entry.title and entry.names and entry.references and entry.tags
    assert entry.used_in and entry.see_also and set(entry.see_also) <= set(catalog()) - {entry.id}
    assert entry.place.endswith(tuple("0123456789"))
    assert entry.place.startswith(f"s{entry.section:02d}_")
    said = [entry.definition.expr]
    for c in entry.claims:
        said += [c.lhs, c.rhs, *[side for h in (*c.hypotheses, *c.conditions) for side in h.args]]
    names = {str(symbol) for symbol in free_symbols(*said)}
    assert names <= set(entry.symbols), "a symbol without a meaning"


@each_entry
def test_what_is_not_proved_points_to_what_is(entry: Formula) -> None:
    for c in entry.claims:
        if c.expected is Verdict.PROVED:
            continue
        assert c.corrected_by is not None, c.name
        assert entry.claim(c.corrected_by).expected is Verdict.PROVED


@each_claim
def test_inequalities_that_hold_carry_a_certificate(entry: Formula, claim: Claim) -> None:
    needs_none = claim.relation in (Relation.EQ, Relation.TENDS)  # the limit of a side may just be read
    if not needs_none and claim.expected is Verdict.PROVED:
        assert claim.certificate is not None
    if isinstance(claim.certificate, LineBound):
        assert claim.lhs.free_symbols == {claim.certificate.x}


@each_claim
def test_claims_are_not_settled_by_construction(entry: Formula, claim: Claim) -> None:
    """SymPy may evaluate a side while it is being built; what is left must still say something."""
    assert claim.lhs != claim.rhs


def test_entries_use_the_words_of_the_language() -> None:
    known = {sp.exp, sp.log, sp.erf, sp.tanh, sp.cos, sp.sin, sp.Abs, sp.Max, sp.Min, sp.KroneckerDelta}
    known |= {sp.Piecewise, sp.sign, sp.floor, Expectation, Det, *AVERAGES, *DEFINITIONS}
    for entry, claim in claims():
        for side in (claim.lhs, claim.rhs):
            strange = {type(f) for f in side.atoms(sp.Function) if not isinstance(f, AppliedUndef)} - known
            assert {t.__name__ for t in strange} <= {"Partial"}, (entry.id, claim.name)


def sheet_lines() -> list[str]:
    if not SHEET.is_file():
        pytest.skip(f"the sheet is not here: {SHEET}")
    return SHEET.read_text(encoding="utf-8").splitlines()


@each_entry
def test_printed_strings_stand_on_their_lines(entry: Formula) -> None:
    if entry.source is None:
        assert not any(c.printed for c in entry.claims)
        return
    lines = sheet_lines()
    named = [lines[number - 1] for number in entry.source.lines]
    assert entry.source.printed, "a source without what is printed there"
    for printed in entry.source.printed:
        assert any(printed in line for line in named), printed
    for line in named:
        assert any(printed in line for printed in entry.source.printed), f"nothing taken from: {line}"


def test_sources_lie_in_their_section() -> None:
    lines = sheet_lines()
    for entry in entries():
        if entry.source is None:
            continue
        assert entry.source.section == entry.section
        for number in entry.source.lines:
            above = [m for m in (re.match(r"## (\d+) ", line) for line in lines[:number]) if m]
            assert int(above[-1].group(1)) == entry.section


def test_every_formula_of_the_activation_and_information_tables_has_an_entry() -> None:
    lines = sheet_lines()
    taken = {number for entry in entries() if entry.source for number in entry.source.lines}
    table: dict[int, list[int]] = {4: [], 10: []}
    section = 0
    for number, line in enumerate(lines, start=1):
        head = re.match(r"## (\d+) ", line)
        section = int(head.group(1)) if head else section
        if section in table and line.startswith("|") and "$" in line:
            table[section].append(number)
    assert len(table[4]) == 7
    assert len(table[10]) == 5
    assert set(table[4] + table[10]) <= taken
