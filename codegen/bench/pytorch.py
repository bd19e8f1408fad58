"""The kernels as PyTorch's users call them, by name; a backward pass is autograd's of the same call."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from formulas.kernels import every_kernel

__all__ = ["forward_calls", "pytorch_call"]

Function = Callable[..., Any]


@cache
def forward_calls() -> dict[str, Function]:
    """Each forward kernel as a function of tensors; empty where PyTorch is not installed.

    Scalar arguments with a default are at that default where a call does not take them."""
    try:
        torch: Any = importlib.import_module("torch")
    except ImportError:
        return {}
    F = torch.nn.functional

    def stepped(kind: Any) -> Function:
        """The step of an optimiser that lives as long as it is given the same parameter; it keeps its own
        moments, from zero."""
        known: dict[int, Any] = {}

        def step(param: Any, grad: Any, *_: Any, lr: float = 0.1) -> Any:
            if param.data_ptr() not in known:
                known.clear()
                leaf = param.clone().requires_grad_()
                known[param.data_ptr()] = (
                    param,
                    leaf,
                    kind([leaf], lr=lr),
                )  # it lives, so its place is its own
            _, leaf, optimiser = known[param.data_ptr()]
            leaf.grad = grad
            optimiser.step()
            return leaf

        return step

    def correlation(a: Any, b: Any) -> Any:
        a, b = a - a.mean(-1, True), b - b.mean(-1, True)
        return F.cosine_similarity(a, b, -1, eps=0)

    def rotated(pairs: Any, places: Any, speeds: Any) -> Any:
        """Each pair as a complex number, turned by its angle: how LLaMA writes rotary embeddings."""
        angles = places[:, None] * speeds
        turned = torch.view_as_complex(pairs) * torch.polar(torch.ones_like(angles), angles)
        return torch.view_as_real(turned)

    def graph_convolution(a: Any, h: Any, w: Any) -> Any:
        looped = a + torch.eye(a.shape[-1], dtype=a.dtype)
        root = looped.sum(-1) ** -0.5
        return root[..., :, None] * looped * root[..., None, :] @ (h @ w)

    def attention(q: Any, k: Any, v: Any, causal: bool = False) -> Any:
        """With four axes, for which alone PyTorch has its fused kernel."""
        more = (None,) * (4 - q.ndim)
        found = F.scaled_dot_product_attention(q[more], k[more], v[more], is_causal=causal)
        return found[(0,) * len(more)]

    return {
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": F.relu,
        "leaky_relu": F.leaky_relu,
        "silu": F.silu,
        "gelu": F.gelu,
        "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
        "gelu_sigmoid": lambda x: x * torch.sigmoid(1.702 * x),
        "softplus": F.softplus,
        "log_sigmoid": F.logsigmoid,
        "softmax": lambda x: F.softmax(x, -1),
        "softmax_temperature": lambda z: F.softmax(z / 1.0, -1),
        "log_softmax": lambda x: F.log_softmax(x, -1),
        "logsumexp": lambda x: torch.logsumexp(x, -1),
        "dot": lambda a, b: torch.linalg.vecdot(a, b),
        "cosine_similarity": lambda a, b: F.cosine_similarity(a, b, -1),
        "l2_norm": lambda a: torch.linalg.vector_norm(a, dim=-1),
        "l1_norm": lambda a: torch.linalg.vector_norm(a, 1, dim=-1),
        "projection": lambda a, b: (a * b).sum(-1, True) / (b * b).sum(-1, True) * b,
        "hadamard": torch.mul,
        "trace": lambda a: torch.diagonal(a, dim1=-2, dim2=-1).sum(-1),
        "gaussian_log_prob": lambda x, m, s: torch.distributions.Normal(m, s).log_prob(x),
        "mvn_log_prob": lambda x, m, tril: (
            tril.diagonal().log().sum()
            - 0.9189385332046728 * x.shape[-1]
            - 0.5 * (((x - m) @ tril) ** 2).sum(-1)
        ),
        "variance": lambda a: torch.var(a, -1, correction=0),
        "covariance": lambda a, b: ((a - a.mean(-1, True)) * (b - b.mean(-1, True))).mean(-1),
        "correlation": correlation,
        "cross_entropy": lambda x, t: F.cross_entropy(x, t, reduction="none"),
        "cross_entropy_soft": lambda x, y: F.cross_entropy(x, y, reduction="none"),
        "contrastive_loss": lambda s, t: F.cross_entropy(s / 0.07, t, reduction="none"),
        "binary_cross_entropy": lambda p, y: F.binary_cross_entropy(p, y, reduction="none"),
        "binary_cross_entropy_with_logits": lambda x, y: F.binary_cross_entropy_with_logits(
            x, y, reduction="none"
        ),
        "focal_loss": lambda p: -0.25 * (1 - p) ** 2 * torch.log(p),
        "focal_loss_with_logits": lambda x: 0.25 * torch.sigmoid(-x) ** 2 * F.softplus(-x),
        "mse_loss": lambda x, y: F.mse_loss(x, y, reduction="none").mean(-1),
        "l1_loss": lambda a, b: F.l1_loss(a, b, reduction="none").mean(-1),
        "huber_loss": lambda x, y: F.huber_loss(x, y, reduction="none"),
        "triplet_loss": lambda a, p, n: F.triplet_margin_with_distance_loss(
            a, p, n, distance_function=lambda u, v: ((u - v) ** 2).sum(-1), reduction="none"
        ),
        "nll_loss": lambda u: -u.mean(-1),
        "sgd_step": lambda p, g, lr=0.1: torch.sub(p, g, alpha=lr),
        "adam_step": stepped(torch.optim.Adam),
        "adamw_step": stepped(torch.optim.AdamW),
        "clip_by_norm": lambda w: (
            w * torch.clamp(1 / torch.linalg.vector_norm(w, dim=-1, keepdim=True), max=1)
        ),
        "cosine_schedule": lambda t: 0.5e-3 * (1 + torch.cos(torch.pi * t / 100)),
        "warmup_cosine_schedule": lambda t: torch.where(
            t < 10, t * 1e-4, 0.5e-3 * (1 + torch.cos(torch.pi * (t - 10) / 90))
        ),
        "l2_penalty": lambda w: 0.01 * (w * w).sum(-1),
        "l1_penalty": lambda w: 0.01 * w.abs().sum(-1),
        "dropout": lambda x, m: x * m / 0.5,
        "layer_norm": lambda x, w, b: F.layer_norm(x, x.shape[-1:], w, b),
        "rms_norm": lambda x, w: F.rms_norm(x, x.shape[-1:], w, 1e-6),
        "batch_norm": lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True),
        "scaled_dot_product_attention": attention,
        "causal_attention": lambda q, k, v: attention(q, k, v, causal=True),
        "multihead_attention": lambda q, k, v, w: torch.einsum("...hne,hek->...nk", attention(q, k, v), w),
        "feed_forward": lambda x, w1, b1, w2, b2: torch.relu(x @ w1 + b1) @ w2 + b2,
        "swiglu": lambda x, w1, w3, w2: (F.silu(x @ w1) * (x @ w3)) @ w2,
        "residual": torch.add,
        "rope": rotated,
        "lora_linear": lambda x, w, a, b: x @ w.T + x @ a.T @ b.T,
        "quantize": lambda x, s=0.1, z=0.0: torch.round(x / s) + z,
        "dequantize": lambda x: 0.1 * x,
        "entropy": lambda p: torch.special.entr(p).sum(-1),
        "cross_entropy_probs": lambda p, q: -torch.xlogy(p, q).sum(-1),
        "kl_divergence": lambda p, q: F.kl_div(q.log(), p, reduction="none").sum(-1),
        "perplexity": lambda nll: torch.exp(nll.mean(-1)),
        "embedding": lambda t, w: F.embedding(t, w),
        "euclidean_distance": lambda a, b: F.pairwise_distance(a, b, eps=0),
        "gaussian_kl": lambda m, v: torch.distributions.kl_divergence(
            torch.distributions.Normal(m, torch.exp(v / 2)), torch.distributions.Normal(0.0, 1.0)
        ).sum(-1),
        "reparametrize": lambda m, s, e: m + s * e,
        "ddpm_step": lambda x, e: 0.98**0.5 * x + 0.02**0.5 * e,
        "ddpm_jump": lambda x, e: 0.5**0.5 * (x + e),
        "ddpm_loss": lambda a, b: ((a - b) ** 2).sum(-1),
        "bradley_terry": lambda a, b: torch.sigmoid(a - b),
        "ppo_objective": lambda r, a: torch.min(r * a, r.clamp(0.8, 1.2) * a),
        "dpo_loss": lambda w, v, rw, rv: -F.logsigmoid(0.1 * ((w - rw) - (v - rv))),
        "sft_loss": lambda u: -u.sum(-1),
        "linear": F.linear,
        "dense_sigmoid": lambda a, w, b: torch.sigmoid(F.linear(a, w, b)),
        "xavier_variance": lambda n, m: 2 / (n + m),
        "he_variance": lambda n: 2 / n,
        "convolve": lambda x, w: F.conv1d(x[:, None], w.flip(-1)[None, None], padding=len(w) - 1)[:, 0],
        "rnn_cell": lambda x, h, u, w, b: torch.tanh(F.linear(x, u) + F.linear(h, w) + b),
        "lstm_cell_state": lambda z, c, wf, bf, wi, bi, wc, bc: (
            torch.sigmoid(F.linear(z, wf, bf)) * c
            + torch.sigmoid(F.linear(z, wi, bi)) * torch.tanh(F.linear(z, wc, bc))
        ),
        "lstm_hidden": lambda z, c, w, b: torch.sigmoid(F.linear(z, w, b)) * torch.tanh(c),
        "gcn_layer": graph_convolution,
    }


def _direct(torch: Any) -> dict[str, Function]:
    """What has one call of its own in PyTorch, without a graph."""
    F, aten = torch.nn.functional, torch.ops.aten
    return {
        "silu_vjp": lambda g, x: aten.silu_backward(g, x),
        "softmax_vjp": lambda g, x: aten._softmax_backward_data(g, F.softmax(x, -1), -1, x.dtype),
        "top_k": lambda x, k: torch.full_like(x, -torch.inf).scatter_(-1, *torch.topk(x, k)[::-1]),
    }


def pytorch_call(function: str) -> Function | None:
    """A kernel, or the backward pass of one, as a function of tensors; ``None`` where PyTorch has none."""
    calls = forward_calls()
    if not calls:
        return None
    torch: Any = importlib.import_module("torch")
    direct = _direct(torch)
    if function in direct:
        return direct[function]
    if not function.endswith("_vjp"):
        return calls.get(function)
    name = function.removesuffix("_vjp")
    kernel = next((k for k in every_kernel() if k.name == name), None)
    if kernel is None or name not in calls:
        return None
    wanted = [i for i, given in enumerate(kernel.inputs) if given.name in kernel.wrt]
    return _by_autograd(torch, calls[name], wanted)


def _by_autograd(torch: Any, call: Function, wanted: Sequence[int]) -> Function:
    """(g, arguments) to the gradients of the arguments in the places ``wanted``: forward, then backward."""

    def run(g: Any, *args: Any) -> Any:
        with torch.enable_grad():
            leaves = [a.detach().requires_grad_() if i in wanted else a for i, a in enumerate(args)]
            found = torch.autograd.grad(call(*leaves), [leaves[i] for i in wanted], g)
        return found if len(found) > 1 else found[0]

    return run
