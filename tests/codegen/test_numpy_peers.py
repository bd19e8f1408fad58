"""Values and gradients held against PyTorch, where it has the operation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import generated.numpy_kernels as shipped

torch = pytest.importorskip("torch")
F = torch.nn.functional
RNG = np.random.default_rng(11)
X = RNG.standard_normal((6, 9)) * 3
P, Q = RNG.dirichlet(np.ones(9), 6), RNG.dirichlet(np.ones(9), 6)
LABELS = RNG.integers(0, 9, 6)
W = RNG.standard_normal(9)

PEERS: dict[str, tuple[Any, tuple[Any, ...], int]] = {
    "relu": (F.relu, (X,), 1),
    "leaky_relu": (F.leaky_relu, (X,), 1),
    "silu": (F.silu, (X,), 1),
    "sigmoid": (torch.sigmoid, (X,), 1),
    "tanh": (torch.tanh, (X,), 1),
    "softplus": (F.softplus, (X,), 1),
    "log_sigmoid": (F.logsigmoid, (X,), 1),
    "gelu": (F.gelu, (X,), 1),
    "gelu_tanh": (lambda x: F.gelu(x, approximate="tanh"), (X,), 1),
    "gelu_sigmoid": (lambda x: x * torch.sigmoid(1.702 * x), (X,), 1),
    "softmax": (lambda x: F.softmax(x, -1), (X,), 1),
    "log_softmax": (lambda x: F.log_softmax(x, -1), (X,), 1),
    "logsumexp": (lambda x: torch.logsumexp(x, -1), (X,), 1),
    "cross_entropy": (lambda x, t: F.cross_entropy(x, t, reduction="none"), (X, LABELS), 1),
    "cross_entropy_soft": (lambda x, y: F.cross_entropy(x, y, reduction="none"), (X, P), 2),
    "rms_norm": (lambda x, w: F.rms_norm(x, (9,), w, 1e-6), (X, W), 2),
    "entropy": (lambda p: torch.special.entr(p).sum(-1), (P,), 1),
    "cross_entropy_probs": (lambda p, q: -torch.xlogy(p, q).sum(-1), (P, Q), 2),
    "kl_divergence": (lambda p, q: F.kl_div(q.log(), p, reduction="none").sum(-1), (P, Q), 2),
    "perplexity": (lambda nll: torch.exp(nll.mean(-1)), (np.abs(X),), 1),
}


@pytest.mark.parametrize("name", sorted(PEERS))
def test_values_and_gradients(name: str) -> None:
    peer, args, count = PEERS[name]
    tensors = [torch.tensor(a, requires_grad=i < count) for i, a in enumerate(args)]
    expected = peer(*tensors)
    value = getattr(shipped, name)(*args)
    np.testing.assert_allclose(value, expected.detach().numpy(), rtol=1e-11, atol=1e-13)
    g = RNG.standard_normal(expected.shape)
    slopes = torch.autograd.grad(expected, tensors[:count], torch.tensor(g))
    found = getattr(shipped, f"{name}_vjp")(g, *args)
    for mine, theirs in zip(found if isinstance(found, tuple) else (found,), slopes, strict=True):
        np.testing.assert_allclose(mine, theirs.numpy(), rtol=1e-10, atol=1e-12)


def test_every_kernel_has_a_peer_or_a_reason() -> None:
    from formulas.kernels import every_kernel

    without = {"rope": "PyTorch has no rotary embedding; held against its symbolic form and its inverse"}
    names = {k.name for k in every_kernel()}
    assert names == set(PEERS) | set(without)


@pytest.mark.parametrize("name", ["relu", "leaky_relu"])
def test_kinks(name: str) -> None:
    x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(PEERS[name][0](x), x, torch.ones(1, dtype=torch.float64))
    assert getattr(shipped, f"{name}_vjp")(np.ones(1), np.zeros(1)) == slope.numpy()
