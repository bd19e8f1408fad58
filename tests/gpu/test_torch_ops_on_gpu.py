"""The operators for PyTorch on tensors of a GPU, where PyTorch is installed: they give what they give on the
CPU, whose gradients ``tests/torch`` checks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from codegen.cupy.gpu import unavailable
from codegen.cupy.gpu.vectors import Vector, read

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from generated import torch_ops  # noqa: E402


def reason() -> str | None:
    if not torch.cuda.is_available():
        return "PyTorch finds no GPU"
    return unavailable()


pytestmark = [pytest.mark.gpu, pytest.mark.skipif(reason() is not None, reason=str(reason()))]

VECTORS: dict[str, Vector] = {}
for _vector in read():
    VECTORS.setdefault(_vector.function, _vector)


def arguments(op: torch_ops.Op, device: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in VECTORS[op.name].given.items():
        if not isinstance(value, np.ndarray):
            found[name] = value
            continue
        kind = torch.int64 if value.dtype.kind in "iu" else torch.float64
        found[name] = torch.tensor(value, dtype=kind, device=device, requires_grad=name in op.wrt)
    return found


def results(op: torch_ops.Op, device: str) -> list[Any]:
    """The result and the gradients of its sum."""
    given = arguments(op, device)
    y = getattr(torch_ops, op.name)(**given)
    grads = torch.autograd.grad(y.sum(), [given[name] for name in op.wrt])
    return [t.detach().cpu() for t in (y, *grads)]


@pytest.mark.parametrize("op", torch_ops.OPS, ids=lambda op: op.name)
def test_it_gives_what_it_gives_on_the_cpu(op: torch_ops.Op) -> None:
    for ours, wanted in zip(results(op, "cuda"), results(op, "cpu"), strict=True):
        torch.testing.assert_close(ours, wanted, rtol=1e-9, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize("name", ["softmax", "layer_norm", "cross_entropy", "silu"])
def test_registration(name: str) -> None:
    op = next(o for o in torch_ops.OPS if o.name == name)
    torch.library.opcheck(getattr(torch_ops, name), (), arguments(op, "cuda"))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_types_on_a_side_stream(dtype: Any) -> None:
    x = torch.randn(64, 1000, device="cuda").to(dtype).requires_grad_()
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        y = torch_ops.softmax(x * 2)
        (grad,) = torch.autograd.grad((y * y).sum(), x)
    torch.cuda.current_stream().wait_stream(stream)
    z = x.detach().float().requires_grad_()
    wanted = torch.softmax((z.to(dtype) * 2).float(), -1)
    (wanted_grad,) = torch.autograd.grad((wanted * wanted).sum(), z)
    close = {torch.float32: 1e-5, torch.float16: 4e-3, torch.bfloat16: 3e-2}[dtype]
    torch.testing.assert_close(y.float(), wanted, rtol=close, atol=1e-7)
    torch.testing.assert_close(grad.float(), wanted_grad, rtol=10 * close, atol=1e-4)


def test_a_compiled_model_uses_it() -> None:
    def model(x: Any) -> Any:
        return torch_ops.silu(x * 2) + 1

    x = torch.randn(300, device="cuda")
    torch.testing.assert_close(torch.compile(model, fullgraph=True)(x), model(x))
