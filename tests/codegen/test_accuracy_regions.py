"""Errors by region, ours beside the textbook form and PyTorch: all of them, and as measured."""

from __future__ import annotations

import math

import numpy as np
import pytest

from codegen.accuracy import DTYPES, Result
from codegen.accuracy_peers import OURS, REGIONS, figures, measure, peers
from codegen.tables import NOT_COUNTED, PEER_CAP, peer_errors
from formulas.kernels import every_kernel

torch = pytest.importorskip("torch")
KERNELS = {k.name: k for k in every_kernel()}
FUNCTIONS = {n for k in KERNELS.values() for n in ([k.name, f"{k.name}_vjp"] if k.wrt else [k.name])}
WITHOUT = {
    "textbook": {"sinusoidal_encoding"},  # its text counts places in a row of them
    "PyTorch": {"sinusoidal_encoding", "momentum_step", "adam_step", "adamw_step"},  # moments of its own
}


def test_every_function_dtype_and_region_is_measured_beside_its_peers() -> None:
    assert set(peer_errors()) == FUNCTIONS
    for function, found in peer_errors().items():
        assert list(found) == list(DTYPES)
        for regions in found.values():
            assert list(regions) == [r.name for r in REGIONS]
            for of in regions.values():
                wanted = {who for who, less in WITHOUT.items() if function not in less}
                assert set(of) == {OURS, *wanted}, function


@pytest.mark.parametrize("name", ["gelu", "softmax", "cross_entropy", "linear"])
def test_the_table_is_what_is_measured(name: str) -> None:
    for function, regions in measure(KERNELS[name], "float32").items():
        for region, found in regions.items():
            stated = peer_errors()[function]["float32"][region]
            for who, value in found.items():
                same = (
                    value == stated[who]
                    if isinstance(value, str)
                    else np.allclose(value, stated[who], 0.5, 0.5)
                )
                assert same, (function, region, who)


def test_a_form_that_computes_something_else_is_left_out() -> None:
    assert "adam_step" not in peers(KERNELS["adam_step"])["PyTorch"]
    assert "softmax_vjp" in peers(KERNELS["softmax"])["PyTorch"]


def test_figures() -> None:
    assert figures([Result(3.0, 2.0, ""), Result(0.5, 1.0, ""), Result(1.0, math.inf, "")]) == [1.5, 1.0]
    assert figures([Result(1.0, math.inf, ""), Result(1.0, 1.0, "", defined=False)]) == NOT_COUNTED
    assert figures([Result(math.inf, 1.0, "")]) == [PEER_CAP, PEER_CAP]
