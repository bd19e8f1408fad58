"""What the tests of code generation share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from codegen.conditioning import condition, single_results, ulps
from codegen.licences import Licensing, catalog_claim
from codegen.passes.differentiate import COTANGENT
from codegen.pipeline import Rules
from codegen.quick import EVERY
from codegen.reference import cotangent, forward
from codegen.rewriting import license_rewrites
from formulas.kernels import every_kernel
from formulas.schema import Kernel, Verdict
from symcheck.prover import Proof, prove


def _verdict(claim_id: str) -> Verdict:
    """Proved by the prover alone: the falsifier has its own tests."""
    return Verdict.PROVED if isinstance(prove(catalog_claim(claim_id)), Proof) else Verdict.UNDECIDED


@pytest.fixture(scope="session")
def licensing() -> Licensing:
    return Licensing(catalog_claim, _verdict)


@pytest.fixture(scope="session")
def rules(licensing: Licensing) -> Rules:
    return license_rewrites(licensing.claim_of, licensing.verdict_of, EVERY)


@pytest.fixture(scope="session")
def kernels() -> dict[str, Kernel]:
    return {k.name: k for k in every_kernel()}


Function = Callable[..., Any]
Excess = Callable[[Kernel, dict[str, Any], Function], float]


@pytest.fixture(scope="session")
def forward_excess() -> Excess:
    """Worst error over 4 ulp times the condition number: at most 1 for a kernel that holds its promise."""

    def excess(kernel: Kernel, row: dict[str, Any], function: Function) -> float:
        found = function(*[row[i.name] for i in kernel.inputs])
        worst = 0.0
        results = found if isinstance(found, tuple) else (found,)
        for one, got in zip(single_results(kernel), results, strict=True):

            def compute(r: Any, one: Kernel = one) -> Any:
                return forward(one, r)

            k = condition(compute, row, _reals(kernel))
            excess = ulps(np.asarray(got), compute(row)) / (4 * np.maximum(1, k))
            worst = max(worst, float(np.max(excess, initial=0.0)))
        return worst

    return excess


@pytest.fixture(scope="session")
def backward_excess() -> Excess:
    """The same for all cotangents, with a fixed cotangent of the output."""

    def excess(kernel: Kernel, row: dict[str, Any], function: Function) -> float:
        true_shape = forward(kernel, row).shape
        dtype = np.asarray(row[_reals(kernel)[0]]).dtype
        g = np.random.default_rng(3).standard_normal(true_shape).astype(dtype)
        found = function(g, *[row[i.name] for i in kernel.inputs])
        worst = 0.0
        for name, part in zip(kernel.wrt, found if isinstance(found, tuple) else (found,), strict=True):

            def compute(full: dict[str, Any], name: str = name) -> Any:
                rest = {key: value for key, value in full.items() if key != COTANGENT}
                return cotangent(kernel, rest, np.asarray(full[COTANGENT]), name)

            full = {**row, COTANGENT: g}
            k = condition(compute, full, [*_reals(kernel), COTANGENT])
            excess = ulps(np.asarray(part), compute(full)) / (4 * np.maximum(1, k))
            worst = max(worst, float(np.max(excess, initial=0.0)))
        return worst

    return excess


def _reals(kernel: Kernel) -> list[str]:
    return [i.name for i in kernel.inputs if i.role not in ("scalar", "integer")]
