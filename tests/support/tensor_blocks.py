"""Kernels over several axes with blocks of another size."""

from __future__ import annotations

import pytest

from generated.numpy_kernels import _tensors, attention


def blocks_of(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Blocks of ``size`` bytes in attention, whose kernels find their layouts anew."""
    monkeypatch.setattr(_tensors, "BLOCK_BYTES", size)
    for kernel in vars(attention).values():
        if isinstance(kernel, _tensors.TensorKernel):
            kernel.plans.clear()
