"""Values and gradients held against PyTorch, where it has the operation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import generated.numpy_kernels as shipped
from formulas.kernels import every_kernel

torch = pytest.importorskip("torch")
F = torch.nn.functional
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


def _graph_convolution(a: Any, h: Any, w: Any) -> Any:
    looped = a + torch.eye(len(a), dtype=a.dtype)
    root = looped.sum(-1) ** -0.5
    return root[:, None] * looped * root @ (h @ w)


def _optimiser(kind: Any, param: Any, grad: Any, **options: float) -> Any:
    leaf = param.clone().requires_grad_()
    leaf.grad = grad
    kind([leaf], **options).step()
    return leaf


def _correlation(a: Any, b: Any) -> Any:
    return torch.stack([torch.corrcoef(torch.stack([u, v]))[0, 1] for u, v in zip(a, b, strict=True)])


def _turned(pairs: Any, places: Any, speeds: Any) -> Any:
    """Each pair as a complex number, turned by its angle: how LLaMA writes rotary embeddings."""
    angles = places[:, None] * speeds
    turned = torch.view_as_complex(pairs) * torch.polar(torch.ones_like(angles), angles)
    return torch.view_as_real(turned)


PEERS: dict[str, tuple[Any, tuple[Any, ...], int]] = {
    "relu": (F.relu, (X,), 1),
    "rope": (_turned, (R(6, 4, 2), np.arange(6), 10.0 ** -np.arange(4)), 1),
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
    "dot": (lambda a, b: torch.linalg.vecdot(a, b), (X, Y), 2),
    "cosine_similarity": (lambda a, b: F.cosine_similarity(a, b, -1), (X, Y), 2),
    "l2_norm": (lambda a: torch.linalg.vector_norm(a, dim=-1), (X,), 1),
    "l1_norm": (lambda a: torch.linalg.vector_norm(a, 1, dim=-1), (X,), 1),
    "projection": (lambda a, b: (a * b).sum(-1, True) / (b * b).sum(-1, True) * b, (X, Y), 0),
    "hadamard": (torch.mul, (X, Y), 2),
    "gaussian_log_prob": (lambda x, m, s: torch.distributions.Normal(m, s).log_prob(x), (X, Y, P + 0.1), 3),
    "variance": (lambda a: torch.var(a, -1, correction=0), (X,), 0),
    "covariance": (lambda a, b: ((a - a.mean(-1, True)) * (b - b.mean(-1, True))).mean(-1), (X, Y), 0),
    "correlation": (_correlation, (X, Y), 0),
    "binary_cross_entropy": (lambda p, y: F.binary_cross_entropy(p, y, reduction="none"), (P, Q), 1),
    "binary_cross_entropy_with_logits": (
        lambda x, y: F.binary_cross_entropy_with_logits(x, y, reduction="none"),
        (X, Q),
        1,
    ),
    "focal_loss": (lambda p: -0.25 * (1 - p) ** 2 * torch.log(p), (P,), 1),
    "focal_loss_with_logits": (lambda x: 0.25 * torch.sigmoid(-x) ** 2 * F.softplus(-x), (X,), 1),
    "mse_loss": (lambda a, b: F.mse_loss(a, b, reduction="none").mean(-1), (X, Y), 2),
    "l1_loss": (lambda a, b: F.l1_loss(a, b, reduction="none").mean(-1), (X, Y), 2),
    "huber_loss": (lambda a, b: F.huber_loss(a, b, reduction="none"), (X, Y), 2),
    "contrastive_loss": (lambda s, t: F.cross_entropy(s / 0.07, t, reduction="none"), (Q, LABELS), 1),
    "triplet_loss": (
        lambda a, p, n: F.triplet_margin_with_distance_loss(
            a, p, n, distance_function=lambda u, v: ((u - v) ** 2).sum(-1), reduction="none"
        ),
        (X, Y, X[::-1].copy()),
        3,
    ),
    "sgd_step": (lambda p, g: _optimiser(torch.optim.SGD, p, g, lr=0.1), (X, Y, 0.1), 0),
    "adam_step": (lambda p, g: _optimiser(torch.optim.Adam, p, g, lr=0.1), (X, Y, *MOMENTS, 1, 0.1), 0),
    "adamw_step": (lambda p, g: _optimiser(torch.optim.AdamW, p, g, lr=0.1), (X, Y, *MOMENTS, 1, 0.1), 0),
    "clip_by_norm": (
        lambda w: w * torch.clamp(1 / torch.linalg.vector_norm(w, dim=-1, keepdim=True), max=1),
        (X,),
        1,
    ),
    "cosine_schedule": (lambda t: 0.5e-3 * (1 + torch.cos(torch.pi * t / 100)), (STEPS,), 0),
    "warmup_cosine_schedule": (
        lambda t: torch.where(t < 10, t * 1e-4, 0.5e-3 * (1 + torch.cos(torch.pi * (t - 10) / 90))),
        (STEPS,),
        0,
    ),
    "l2_penalty": (lambda w: 0.01 * (w * w).sum(-1), (X,), 1),
    "l1_penalty": (lambda w: 0.01 * w.abs().sum(-1), (X,), 1),
    "dropout": (lambda x, m: x * m / 0.5, (X, (Q > 0.1).astype(float)), 1),
    "layer_norm": (lambda x, w, b: F.layer_norm(x, (9,), w, b), (X, W, V), 3),
    "batch_norm": (lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True), (X, W, V), 3),
    "nll_loss": (lambda u: -u.mean(-1), (np.log(P),), 1),
    "softmax_temperature": (lambda z: F.softmax(z / 1.0, -1), (X,), 1),
    "quantize": (lambda x: torch.round(x / 0.1), (X,), 0),
    "dequantize": (lambda x: 0.1 * x, (X,), 0),
    "euclidean_distance": (lambda a, b: F.pairwise_distance(a, b, eps=0), (X, Y), 2),
    "gaussian_kl": (
        lambda m, v: torch.distributions.kl_divergence(
            torch.distributions.Normal(m, torch.exp(v / 2)), torch.distributions.Normal(0.0, 1.0)
        ).sum(-1),
        (X, Y),
        2,
    ),
    "reparametrize": (lambda m, s, e: m + s * e, (X, Y, Q), 2),
    "ddpm_step": (lambda x, e: 0.98**0.5 * x + 0.02**0.5 * e, (X, Y), 0),
    "ddpm_jump": (lambda x, e: 0.5**0.5 * (x + e), (X, Y), 0),
    "ddpm_loss": (lambda a, b: ((a - b) ** 2).sum(-1), (X, Y), 1),
    "convolve": (
        lambda x, w: F.conv1d(x[:, None], w.flip(-1)[None, None], padding=len(w) - 1)[:, 0],
        (X, W[:4]),
        2,
    ),
    "bradley_terry": (lambda a, b: torch.sigmoid(a - b), (X, Y), 2),
    "ppo_objective": (lambda r, a: torch.min(r * a, r.clamp(0.8, 1.2) * a), (P * 9, X), 1),
    "dpo_loss": (
        lambda w, v, rw, rv: -F.logsigmoid(0.1 * ((w - rw) - (v - rv))),
        (X, Y, X[::-1].copy(), Y[::-1].copy()),
        2,
    ),
    "sft_loss": (lambda u: -u.sum(-1), (np.log(P),), 1),
    "he_variance": (lambda n: 2 / n, (STEPS + 1,), 0),
    "xavier_variance": (lambda n, m: 2 / (n + m), (STEPS + 1, STEPS + 2), 0),
    "trace": (lambda a: torch.diagonal(a, dim1=-2, dim2=-1).sum(-1), (SQUARES,), 0),
    "mvn_log_prob": (
        lambda x, m, tril: torch.distributions.MultivariateNormal(m, precision_matrix=tril @ tril.T).log_prob(
            x
        ),
        (X, W, TRIANGLE),
        2,
    ),
    "lora_linear": (lambda x, w, a, b: x @ w.T + x @ a.T @ b.T, (X, R(4, 9), R(2, 9), R(4, 2)), -1),
    "embedding": (lambda t, w: F.embedding(t, w), (LABELS, R(9, 4)), -1),
    "linear": (F.linear, (X, R(4, 9), R(4)), 3),
    "dense_sigmoid": (lambda a, w, b: torch.sigmoid(F.linear(a, w, b)), (X, R(4, 9), R(4)), 3),
    "scaled_dot_product_attention": (
        F.scaled_dot_product_attention,
        (R(2, 3, 300, 5), R(2, 3, 40, 5), R(2, 3, 40, 4)),
        3,
    ),
    "causal_attention": (
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True),
        (R(2, 300, 5), R(2, 300, 5), R(2, 300, 4)),
        3,
    ),
    "multihead_attention": (
        lambda q, k, v, w: torch.einsum("...hne,hek->...nk", F.scaled_dot_product_attention(q, k, v), w),
        (R(2, 3, 300, 5), R(2, 3, 40, 5), R(2, 3, 40, 4), R(3, 4, 6)),
        4,
    ),
    "feed_forward": (
        lambda x, w1, b1, w2, b2: torch.relu(x @ w1 + b1) @ w2 + b2,
        (X, R(9, 4), R(4), R(4, 9), R(9)),
        5,
    ),
    "swiglu": (
        lambda x, w1, w3, w2: (F.silu(x @ w1) * (x @ w3)) @ w2,
        (X, R(9, 4), R(9, 4), R(4, 9)),
        4,
    ),
    "residual": (torch.add, (X, Y), 2),
    "rnn_cell": (
        lambda x, h, u, w, b: torch.tanh(F.linear(x, u) + F.linear(h, w) + b),
        (X, R(6, 4), R(4, 9), R(4, 4), R(4)),
        5,
    ),
    "lstm_cell_state": (
        lambda z, c, wf, bf, wi, bi, wc, bc: (
            torch.sigmoid(F.linear(z, wf, bf)) * c
            + torch.sigmoid(F.linear(z, wi, bi)) * torch.tanh(F.linear(z, wc, bc))
        ),
        (X, R(6, 4), R(4, 9), R(4), R(4, 9), R(4), R(4, 9), R(4)),
        8,
    ),
    "lstm_hidden": (
        lambda z, c, w, b: torch.sigmoid(F.linear(z, w, b)) * torch.tanh(c),
        (X, R(6, 4), R(4, 9), R(4)),
        4,
    ),
    "gcn_layer": (_graph_convolution, (GRAPH, R(6, 4), R(4, 3)), -1),
    "entropy": (lambda p: torch.special.entr(p).sum(-1), (P,), 1),
    "cross_entropy_probs": (lambda p, q: -torch.xlogy(p, q).sum(-1), (P, Q), 2),
    "kl_divergence": (lambda p, q: F.kl_div(q.log(), p, reduction="none").sum(-1), (P, Q), 2),
    "perplexity": (lambda nll: torch.exp(nll.mean(-1)), (np.abs(X),), 1),
}


def _differentiated(name: str, count: int) -> list[int]:
    """The places of the arguments with a cotangent: the first ``count``, or as the kernel says (-1)."""
    kernel = next(k for k in every_kernel() if k.name == name)
    named = [i for i, given in enumerate(kernel.inputs) if given.name in kernel.wrt]
    return named if count < 0 else list(range(count))


def is_lambda(function: Any) -> bool:
    return getattr(function, "__name__", "") == "<lambda>"


@pytest.mark.parametrize("name", sorted(PEERS))
def test_values_and_gradients(name: str) -> None:
    peer, args, count = PEERS[name]
    arrays = [a for a in args if isinstance(a, np.ndarray)][
        : peer.__code__.co_argcount if is_lambda(peer) else None
    ]
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
    assert names == set(PEERS) | set(without)


@pytest.mark.parametrize("name", ["relu", "leaky_relu"])
def test_kinks(name: str) -> None:
    x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(PEERS[name][0](x), x, torch.ones(1, dtype=torch.float64))
    assert getattr(shipped, f"{name}_vjp")(np.ones(1), np.zeros(1)) == slope.numpy()
