"""Values and gradients held against PyTorch, where it has the operation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import generated.numpy_kernels as shipped
from codegen.bench.pytorch import forward_calls
from formulas.kernels import every_kernel

torch = pytest.importorskip("torch")
RNG = np.random.default_rng(11)
X = RNG.standard_normal((6, 9)) * 3
P, Q = RNG.dirichlet(np.ones(9), 6), RNG.dirichlet(np.ones(9), 6)
LABELS = RNG.integers(0, 9, 6)
W = RNG.standard_normal(9)

Y = RNG.standard_normal((6, 9))
V = RNG.standard_normal(9)
MOMENTS = (np.zeros_like(X), np.zeros_like(X))
STEPS = np.linspace(0, 100, 23)


SQUARES = RNG.standard_normal((3, 5, 5))
TRIANGLE = np.tril(np.abs(RNG.standard_normal((9, 9))) + 0.1)
GRAPH = np.ones((6, 6)) - np.eye(6)


def R(*shape: int) -> Any:
    return RNG.standard_normal(shape)


CALLS: dict[str, tuple[tuple[Any, ...], int]] = {
    "relu": ((X,), 1),
    "rope": ((R(6, 4, 2), np.arange(6), 10.0 ** (-np.arange(4))), 1),
    "leaky_relu": ((X,), 1),
    "silu": ((X,), 1),
    "sigmoid": ((X,), 1),
    "tanh": ((X,), 1),
    "softplus": ((X,), 1),
    "log_sigmoid": ((X,), 1),
    "gelu": ((X,), 1),
    "gelu_tanh": ((X,), 1),
    "gelu_sigmoid": ((X,), 1),
    "softmax": ((X,), 1),
    "log_softmax": ((X,), 1),
    "logsumexp": ((X,), 1),
    "cross_entropy": ((X, LABELS), 1),
    "cross_entropy_soft": ((X, P), 2),
    "rms_norm": ((X, W), 2),
    "dot": ((X, Y), 2),
    "cosine_similarity": ((X, Y), 2),
    "l2_norm": ((X,), 1),
    "l1_norm": ((X,), 1),
    "projection": ((X, Y), 0),
    "hadamard": ((X, Y), 2),
    "gaussian_log_prob": ((X, Y, P + 0.1), 3),
    "variance": ((X,), 0),
    "covariance": ((X, Y), 0),
    "correlation": ((X, Y), 0),
    "binary_cross_entropy": ((P, Q), 1),
    "binary_cross_entropy_with_logits": ((X, Q), 1),
    "focal_loss": ((P,), 1),
    "focal_loss_with_logits": ((X,), 1),
    "mse_loss": ((X, Y), 2),
    "l1_loss": ((X, Y), 2),
    "huber_loss": ((X, Y), 2),
    "contrastive_loss": ((Q, LABELS), 1),
    "triplet_loss": ((X, Y, X[::-1].copy()), 3),
    "sgd_step": ((X, Y, 0.1), 0),
    "adam_step": ((X, Y, *MOMENTS, 1, 0.1), 0),
    "adamw_step": ((X, Y, *MOMENTS, 1, 0.1), 0),
    "clip_by_norm": ((X,), 1),
    "cosine_schedule": ((STEPS,), 0),
    "warmup_cosine_schedule": ((STEPS,), 0),
    "l2_penalty": ((X,), 1),
    "l1_penalty": ((X,), 1),
    "dropout": ((X, (Q > 0.1).astype(float)), 1),
    "layer_norm": ((X, W, V), 3),
    "batch_norm": ((X, W, V), 3),
    "nll_loss": ((np.log(P),), 1),
    "softmax_temperature": ((X,), 1),
    "quantize": ((X,), 0),
    "dequantize": ((X,), 0),
    "euclidean_distance": ((X, Y), 2),
    "gaussian_kl": ((X, Y), 2),
    "reparametrize": ((X, Y, Q), 2),
    "ddpm_step": ((X, Y), 0),
    "ddpm_jump": ((X, Y), 0),
    "ddpm_loss": ((X, Y), 1),
    "convolve": ((X, W[:4]), 2),
    "bradley_terry": ((X, Y), 2),
    "ppo_objective": ((P * 9, X), 1),
    "dpo_loss": ((X, Y, X[::-1].copy(), Y[::-1].copy()), 2),
    "sft_loss": ((np.log(P),), 1),
    "he_variance": ((STEPS + 1,), 0),
    "xavier_variance": ((STEPS + 1, STEPS + 2), 0),
    "trace": ((SQUARES,), 0),
    "mvn_log_prob": ((X, W, TRIANGLE), 2),
    "lora_linear": ((X, R(4, 9), R(2, 9), R(4, 2)), -1),
    "embedding": ((LABELS, R(9, 4)), -1),
    "linear": ((X, R(4, 9), R(4)), 3),
    "dense_sigmoid": ((X, R(4, 9), R(4)), 3),
    "scaled_dot_product_attention": ((R(2, 3, 300, 5), R(2, 3, 40, 5), R(2, 3, 40, 4)), 3),
    "causal_attention": ((R(2, 300, 5), R(2, 300, 5), R(2, 300, 4)), 3),
    "multihead_attention": ((R(2, 3, 300, 5), R(2, 3, 40, 5), R(2, 3, 40, 4), R(3, 4, 6)), 4),
    "feed_forward": ((X, R(9, 4), R(4), R(4, 9), R(9)), 5),
    "swiglu": ((X, R(9, 4), R(9, 4), R(4, 9)), 4),
    "residual": ((X, Y), 2),
    "rnn_cell": ((X, R(6, 4), R(4, 9), R(4, 4), R(4)), 5),
    "lstm_cell_state": ((X, R(6, 4), R(4, 9), R(4), R(4, 9), R(4), R(4, 9), R(4)), 8),
    "lstm_hidden": ((X, R(6, 4), R(4, 9), R(4)), 4),
    "gcn_layer": ((GRAPH, R(6, 4), R(4, 3)), -1),
    "entropy": ((P,), 1),
    "cross_entropy_probs": ((P, Q), 2),
    "kl_divergence": ((P, Q), 2),
    "perplexity": ((np.abs(X),), 1),
}


def _differentiated(name: str, count: int) -> list[int]:
    """The places of the arguments with a cotangent: the first ``count``, or as the kernel says (-1)."""
    kernel = next(k for k in every_kernel() if k.name == name)
    named = [i for i, given in enumerate(kernel.inputs) if given.name in kernel.wrt]
    return named if count < 0 else list(range(count))


@pytest.mark.parametrize("name", sorted(CALLS))
def test_values_and_gradients(name: str) -> None:
    args, count = CALLS[name]
    peer = forward_calls()[name]
    arrays = [a for a in args if isinstance(a, np.ndarray)]
    wanted = _differentiated(name, count)
    tensors = [torch.tensor(a, requires_grad=i in wanted) for i, a in enumerate(arrays)]
    expected = peer(*tensors)
    value = getattr(shipped, name)(*args)
    value = value[0] if isinstance(value, tuple) else value
    np.testing.assert_allclose(value, expected.detach().numpy(), rtol=1e-11, atol=1e-13)
    if not wanted:
        return
    g = RNG.standard_normal(expected.shape)
    slopes = torch.autograd.grad(expected, [tensors[i] for i in wanted], torch.tensor(g))
    found = getattr(shipped, f"{name}_vjp")(g, *args)
    for mine, theirs in zip(found if isinstance(found, tuple) else (found,), slopes, strict=True):
        np.testing.assert_allclose(mine, theirs.numpy(), rtol=1e-10, atol=1e-12)


def test_every_kernel_has_a_peer_or_a_reason() -> None:
    without = {
        "sinusoidal_encoding": "PyTorch has none; held against its symbolic form",
        "momentum_step": "PyTorch's velocity leaves out the learning rate; held against its symbolic form",
    }
    names = {k.name for k in every_kernel()}
    assert names == set(CALLS) | set(without)


@pytest.mark.parametrize("name", ["relu", "leaky_relu"])
def test_kinks(name: str) -> None:
    x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(forward_calls()[name](x), x, torch.ones(1, dtype=torch.float64))
    assert getattr(shipped, f"{name}_vjp")(np.ones(1), np.zeros(1)) == slope.numpy()
