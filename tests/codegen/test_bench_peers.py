"""What the benchmark compares with computes the same thing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import generated.numpy_kernels as shipped
from codegen.bench.cases import CASES, COMPARED, NOT_TIMED, Case, arguments, textbook
from codegen.bench.peers import jax_peers, scipy_peers, torch_peers
from codegen.bench.textbook import text_of
from codegen.ir import BATCH, Argument, Builder, Output
from codegen.passes.contract import contractions

SHAPE = (6, 128)
OTHERWISE = {
    ("adam_step", "PyTorch"): "the optimiser keeps moments of its own, from zero",
    ("adamw_step", "PyTorch"): "the optimiser keeps moments of its own, from zero",
}
JAX = ("silu", "causal_attention", "multihead_attention_vjp", "linear_vjp", "rope", "convolve", "sgd_step")


def _compared(case: Case, peer: Any, rtol: float = 1e-9) -> None:
    args = arguments(case, SHAPE, "float64")
    wanted = getattr(shipped, case.kernel)(*args)
    found = peer(*args)
    for mine, theirs in zip(_several(wanted), _several(found), strict=True):
        np.testing.assert_allclose(np.asarray(theirs), mine, rtol=rtol, atol=rtol / 10)


def _several(found: Any) -> tuple[Any, ...]:
    return tuple(found) if isinstance(found, tuple) else (found,)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.kernel)
def test_textbook_forms_compute_the_same(case: Case) -> None:
    _compared(case, lambda *args: textbook(case.kernel)(np, *args))


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.kernel)
def test_textbook_forms_keep_the_dtype(case: Case) -> None:
    """A form that slips into double precision would be slower than what anybody types."""
    args = arguments(case, SHAPE, "float32")
    for found in _several(textbook(case.kernel)(np, *args)):
        assert getattr(found, "dtype", np.dtype(np.int64)) in (np.float32, np.int64)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.kernel)
def test_pytorch_and_scipy_compute_the_same(case: Case) -> None:
    pytest.importorskip("torch")
    for name, peer in {**torch_peers(case.kernel), **scipy_peers(case.kernel)}.items():
        if name != "torch.compile" and (case.kernel, name) not in OTHERWISE:
            _compared(case, peer)


@pytest.mark.parametrize("function", JAX)
def test_jax_computes_the_same(function: str) -> None:
    pytest.importorskip("jax")
    (case,) = (c for c in CASES if c.kernel == function)
    # JAX's attention has its softmax in single precision, whatever the arguments are
    _compared(case, jax_peers(function)["JAX"], 1e-4 if "attention" in function else 1e-9)


def test_every_function_is_timed() -> None:
    assert {c.kernel for c in CASES} == set(shipped.__all__) - set(NOT_TIMED)
    assert {c.kernel for c in CASES} >= COMPARED
    assert [c.kernel in COMPARED for c in CASES] == [True] * 28 + [False] * (len(CASES) - 28)


def test_a_sum_of_products_is_a_product_of_matrices() -> None:
    b = Builder("f", (Argument(name="x", axes=(BATCH, "m")), Argument(name="w", axes=("n", "m"))))
    product = b.map("mul", b.load("w"), b.load("x"))
    program = b.finish([Output("y", (BATCH, "n"), (b.reduce("sum", "m", product),))])
    assert "x @ w.T" in text_of(contractions(program))
