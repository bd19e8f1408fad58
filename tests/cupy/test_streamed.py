"""Rows that are read again in each pass: how often, and that partial results are merged by their laws."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from broken_kernels import Breaking

from codegen.cupy import harness
from codegen.cupy.forced import forced
from codegen.cupy.harness import HostDriver, Mode, Order
from codegen.cupy.samples import functions
from codegen.cupy.schedule import RowPlan, plan
from codegen.cupy.streamed import LAWS, streamed
from codegen.ir import Reduce
from codegen.licences import catalog_licensing
from codegen.passes.contract import is_tensor
from codegen.pipeline import KernelPrograms
from formulas.schema import Verdict

needs_compiler = pytest.mark.skipif(harness.missing() is not None, reason=str(harness.missing()))


def test_the_laws_are_proved() -> None:
    licensing = catalog_licensing()
    for monoid, claim in LAWS.items():
        assert licensing.claim_of(claim) is not None
        assert licensing.verdict_of(claim) is Verdict.PROVED, (monoid, claim)


def passes(made: RowPlan) -> int:
    return sum(bool(step.folds) for step in made.steps)


@pytest.mark.parametrize(
    ("name", "held", "again"),
    [("softmax", 2, 1), ("variance", 2, 1), ("layer_norm", 2, 1), ("layer_norm_vjp", 3, 2),
     ("cross_entropy_vjp", 2, 1), ("logsumexp_vjp", 2, 1)],
)  # fmt: skip
def test_passes_saved(name: str, held: int, again: int, kernels: list[KernelPrograms]) -> None:
    made = plan(next(p for _, p in functions(kernels) if p.name == name))
    assert isinstance(made, RowPlan)
    assert made.again is not None
    assert (passes(made), passes(made.again)) == (held, again)


def test_no_other_monoid_is_brought_in(kernels: list[KernelPrograms]) -> None:
    """Whatever is merged by more than addition has a law, or was in the program."""
    seen = set()
    for program in (p for _, p in functions(kernels) if not is_tensor(p)):
        if (found := streamed(program)) is not None:
            there = {v.node.monoid for v in program.values if isinstance(v.node, Reduce)}
            new = {v.node.monoid for v in found.program.values if isinstance(v.node, Reduce)}
            assert new - there - {"sum"} <= LAWS.keys(), program.name
            seen |= new - there
    assert seen >= LAWS.keys()


@needs_compiler
@pytest.mark.parametrize("tier", ["block", "split"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_infinities_come_out_as_from_a_row_at_hand(tier: str, package: ModuleType) -> None:
    package.set_driver(HostDriver())
    inf, nan = np.inf, np.nan
    ends = [[-inf] * 4, [inf, 0, 1, 2], [-inf, 0, 1, 2], [nan, 0, 1, 2], [inf, -inf, 1, 2], [80, 1e4, 0, 1]]
    x = np.repeat(np.array(ends, "f4"), 3, axis=1)
    target = np.arange(len(x)) % 12
    calls: dict[str, Callable[[], Any]] = {
        "softmax": lambda: package.softmax(x),
        "cross_entropy_vjp": lambda: package.cross_entropy_vjp(np.ones(len(x), "f4"), x, target),
        "layer_norm": lambda: package.layer_norm(x, np.ones(12, "f4"), np.ones(12, "f4")),
    }
    for name, call in calls.items():
        wanted = call()
        with forced(package, tier):
            np.testing.assert_allclose(call(), wanted, rtol=2e-6, err_msg=name)


@needs_compiler
def test_a_long_row_is_read_once_to_fold_and_once_to_store(package: ModuleType) -> None:
    driver = HostDriver(Mode.CHECK, Order.SHUFFLED, seed=1)
    package.set_driver(driver)
    x = np.linspace(-2, 2, 2 * 4096, dtype="f4").reshape(2, 4096)
    with forced(package, "block"):
        package.softmax(x)
    assert driver.last is not None
    assert sum(a.bytes_loaded for a in driver.last.traffic()) == 2 * x.nbytes


BREAKS = {
    "means of parts are not taken apart": (
        "fma(gap * gap, at_low * share, q + b.q)",
        "q + b.q",
        "layer_norm",
    ),
    "a part keeps its own maximum": ("s *= op_exp_of_gap(own, m);", "", "softmax"),
}


@needs_compiler
@pytest.mark.parametrize("name", BREAKS)
def test_a_wrong_law_is_seen(name: str, package: ModuleType) -> None:
    old, new, function = BREAKS[name]

    x = np.linspace(-3, 3, 2 * 4096, dtype="f4").reshape(2, 4096)
    more = () if function == "softmax" else (np.ones(4096, "f4"), np.zeros(4096, "f4"))
    found = []
    for driver in (HostDriver(), Breaking(old, new)):
        package.set_driver(driver)
        with forced(package, "block"):
            found.append(getattr(package, function)(x, *more))
    assert np.abs(found[0] / found[1] - 1).max() > 1e-3
