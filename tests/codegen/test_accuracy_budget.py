"""The measured shares of the errors above the target."""

from __future__ import annotations

import numpy as np

import generated.numpy_kernels as shipped
from codegen.budget import PARTS, budget, exact, functions, measure
from codegen.tables import bounds

X = np.linspace(-8, 8, 100_001, dtype=np.float32)


def test_an_exact_operation_changes_results_and_leaves_no_trace() -> None:
    before = shipped.silu(X)
    with exact(PARTS["exponentials"]):
        inside = shipped.silu(X)
    assert (inside != before).any()
    np.testing.assert_allclose(inside, before, rtol=1e-6)
    np.testing.assert_array_equal(shipped.silu(X), before)


def test_double_precision_stays_as_it_is() -> None:
    before = shipped.silu(X.astype(np.float64))
    with exact(PARTS["exponentials"]):
        np.testing.assert_array_equal(shipped.silu(X.astype(np.float64)), before)


def test_the_table_is_of_the_exceptions_and_what_was_measured() -> None:
    committed = budget()
    assert set(committed) == set(functions())
    parts = ("nothing", "exponentials")
    again = measure(parts)
    for name, found in committed.items():
        (bound,) = (b for b in bounds(name) if b.dtype == "float32")
        assert found["nothing"] <= bound.worst
        for part in parts:  # the last tenths depend on the build of NumPy
            assert abs(again[name][part] - found[part]) <= 0.2 * found[part], (name, part)
