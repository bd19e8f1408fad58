"""The operators for PyTorch: registration, shapes, gradients, tracing, on the CPU and on the host harness."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch==2.13.0")

from codegen.commands import export  # noqa: E402
from codegen.cupy.harness import HostDriver  # noqa: E402
from formulas.kernels import kernels  # noqa: E402
from formulas.schema import Kernel  # noqa: E402
from generated import cupy_kernels, torch_ops  # noqa: E402

KERNELS = {k.name: k for listed in kernels().values() for k in listed}
ROWS, COLUMNS = 3, 4


def samples(op: torch_ops.Op, kernel: Kernel) -> list[Any]:
    """Arguments in the middle of every domain: between 0 and 1, the labels in range."""
    generator = torch.Generator().manual_seed(1)
    out: list[Any] = []
    for given in kernel.inputs:
        if given.role == "scalar":
            out.append(given.default if given.default is not None else 0.5)
        elif given.role == "integer":
            out.append(torch.randint(0, COLUMNS, (ROWS,), generator=generator))
        else:
            whole = given.name in op.spread
            shape = (COLUMNS,) if given.shared else (ROWS, COLUMNS) if whole else _without(kernel.axis)
            value = 0.2 + 0.6 * torch.rand(shape, generator=generator, dtype=torch.float64)
            out.append(value.requires_grad_(given.name in op.wrt))
    return out


def _without(axis: int) -> tuple[int, ...]:
    return tuple(size for k, size in enumerate((ROWS, COLUMNS)) if k != axis % 2)


@pytest.mark.parametrize("op", torch_ops.OPS, ids=lambda op: op.name)
def test_registration_and_gradient(op: torch_ops.Op) -> None:
    made = getattr(torch_ops, op.name)
    args = samples(op, KERNELS[op.name])
    torch.library.opcheck(made, tuple(args))
    assert torch.autograd.gradcheck(made, tuple(args), fast_mode=True)


def test_there_are_operators() -> None:
    assert len(torch_ops.OPS) >= 40


def test_it_is_what_pytorch_computes() -> None:
    x = torch.randn(5, 7, requires_grad=True)
    ours, theirs = torch_ops.softmax(x, axis=1), torch.softmax(x, 1)
    torch.testing.assert_close(ours, theirs)
    weights = torch.randn(5, 7)
    (mine,) = torch.autograd.grad((ours * weights).sum(), x)
    (peers,) = torch.autograd.grad((theirs * weights).sum(), x)
    torch.testing.assert_close(mine, peers)


def test_a_broadcast_argument_gets_a_gradient_of_its_own_shape() -> None:
    x = torch.rand(3, 4, dtype=torch.float64, requires_grad=True)
    y = torch.rand(4, dtype=torch.float64, requires_grad=True)
    torch_ops.hadamard(x, y).sum().backward()
    assert y.grad is not None
    torch.testing.assert_close(y.grad, x.detach().sum(0))


def test_a_traced_model_uses_it() -> None:
    def model(x: torch.Tensor) -> torch.Tensor:
        return torch_ops.silu(x * 2) + 1

    x = torch.randn(6, requires_grad=True)
    traced = torch.compile(model, backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(traced(x), model(x))


def test_a_wrong_dtype_is_named() -> None:
    with pytest.raises(TypeError, match="softmax"):
        torch_ops.softmax(torch.arange(4))


@pytest.fixture
def harness() -> Iterator[HostDriver]:
    driver = HostDriver()
    cupy_kernels.set_driver(driver)
    yield driver
    cupy_kernels.set_driver(None)


@pytest.mark.parametrize("name", ["silu", "softmax", "rms_norm", "cross_entropy"])
def test_the_cuda_texts_serve_it_on_the_harness(name: str, harness: HostDriver) -> None:
    op = next(o for o in torch_ops.OPS if o.name == name)
    args = samples(op, KERNELS[name])
    assert torch.autograd.gradcheck(getattr(torch_ops, name), tuple(args), fast_mode=True)
    assert harness.launches


def test_a_wrong_gradient_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    from generated.numpy_kernels import activations

    right = activations.silu_vjp
    monkeypatch.setattr(activations, "silu_vjp", lambda g, **rest: right(2 * g, **rest))
    x = torch.rand(5, dtype=torch.float64, requires_grad=True)
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        torch.autograd.gradcheck(torch_ops.silu, (x,), fast_mode=True)


def test_operators_are_not_exported_alone(tmp_path: Path) -> None:
    order = ["act.softmax", "--target", "torch", "-o", str(tmp_path / "k.py")]
    found = CliRunner().invoke(export, order)
    assert found.exit_code == 2 and "the targets are c, cupy, numpy" in found.output
    assert not list(tmp_path.iterdir())
