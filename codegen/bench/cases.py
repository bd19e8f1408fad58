"""What is timed: for each kernel its arguments, and the same thing as each peer's user would write it.

A peer is a function of the same arrays.  It allocates its results as it does in normal use; names that end in
"out=" write into an array that is there already, as our kernels do.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy as sp

from formulas.kernels import every_kernel

Function = Callable[..., Any]


@dataclass(frozen=True)
class Case:
    """The arguments, in this order: a cotangent of one number per row, ``arrays`` of the shape of the run,
    ``shared`` vectors of the last axis, ``labels``, and ``scalars``."""

    kernel: str
    arrays: int = 1
    shared: int = 0
    labels: bool = False
    positive: bool = False
    row_cotangent: bool = False
    scalars: tuple[float, ...] = ()
    peers: Mapping[str, Function] = field(default_factory=dict)


def _softmax(np: Any, x: Any) -> Any:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def _layer_norm(np: Any, x: Any, w: Any, b: Any) -> Any:
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5) * w + b


def _layer_norm_vjp(np: Any, g: Any, x: Any, w: Any, b: Any) -> Any:
    mu, r = x.mean(-1, keepdims=True), 1 / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
    h = (x - mu) * r
    d = g * w
    dx = r * (d - d.mean(-1, keepdims=True) - h * (d * h).mean(-1, keepdims=True))
    return dx, (g * h).sum(0), g.sum(0)


def _log_softmax(np: Any, x: Any) -> Any:
    z = x - x.max(-1, keepdims=True)
    return z - np.log(np.exp(z).sum(-1, keepdims=True))


def _adamw(np: Any, p: Any, g: Any, m: Any, v: Any, t: float, lr: float) -> Any:
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g**2
    step = lr * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return p - step - lr * 0.01 * p, m, v


def _silu_vjp(np: Any, g: Any, x: Any) -> Any:
    s = 1 / (1 + np.exp(-x))
    return g * (s + x * s * (1 - s))


def _softmax_vjp(np: Any, g: Any, x: Any) -> Any:
    s = _softmax(np, x)
    return s * (g - (g * s).sum(-1, keepdims=True))


def _cross_entropy_vjp(np: Any, g: Any, x: Any, t: Any) -> Any:
    s = _softmax(np, x)
    if hasattr(s, "at"):  # JAX has no assignment
        s = s.at[np.arange(len(t)), t].add(-1)
    else:
        s[np.arange(len(t)), t] -= 1
    return s * g[:, None]


def _gelu(np: Any, x: Any) -> Any:
    from scipy.special import erf

    return 0.5 * x * (1 + erf(x / np.sqrt(2)))


def _huber(np: Any, x: Any, y: Any) -> Any:
    r = np.abs(x - y)
    return np.where(r <= 1, 0.5 * r**2, r - 0.5)


def _cosine(np: Any, a: Any, b: Any) -> Any:
    return (a * b).sum(-1) / (np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1))


# The formula as a textbook has it, in the module given first: NumPy, or ``jax.numpy`` for JAX.
TEXTBOOK: Mapping[str, Function] = {
    "sigmoid": lambda np, x: 1 / (1 + np.exp(-x)),
    "tanh": lambda np, x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)),
    "relu": lambda np, x: np.maximum(x, 0),
    "leaky_relu": lambda np, x: np.where(x > 0, x, 0.01 * x),
    "silu": lambda np, x: x / (1 + np.exp(-x)),
    "silu_vjp": _silu_vjp,
    "gelu": _gelu,
    "gelu_tanh": lambda np, x: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    "gelu_sigmoid": lambda np, x: x / (1 + np.exp(-1.702 * x)),
    "softplus": lambda np, x: np.logaddexp(x, 0),
    "huber_loss": _huber,
    "mse_loss": lambda np, x, y: ((x - y) ** 2).mean(-1),
    "binary_cross_entropy_with_logits": lambda np, x, y: (
        np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x)))
    ),
    "softmax": _softmax,
    "softmax_vjp": _softmax_vjp,
    "log_softmax": _log_softmax,
    "logsumexp": lambda np, x: np.log(np.exp(x - x.max(-1, keepdims=True)).sum(-1)) + x.max(-1),
    "cross_entropy": lambda np, x, t: -_log_softmax(np, x)[np.arange(len(t)), t],
    "cross_entropy_vjp": _cross_entropy_vjp,
    "layer_norm": _layer_norm,
    "layer_norm_vjp": _layer_norm_vjp,
    "rms_norm": lambda np, x, w: x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-6) * w,
    "cosine_similarity": _cosine,
    "kl_divergence": lambda np, p, q: (p * np.log(p / q)).sum(-1),
    "adamw_step": _adamw,
    "sgd_step": lambda np, p, g, lr: p - lr * g,
    "quantize": lambda np, x, s, z: np.round(x / s) + z,
    "dropout": lambda np, x, m: x * m / 0.5,
}

CASES: tuple[Case, ...] = (
    *(
        Case(n)
        for n in ("sigmoid", "tanh", "relu", "leaky_relu", "silu", "gelu", "gelu_tanh", "gelu_sigmoid")
    ),
    *(Case(n) for n in ("softplus", "softmax", "log_softmax", "logsumexp")),
    *(Case(n, arrays=2) for n in ("silu_vjp", "softmax_vjp", "huber_loss", "mse_loss", "cosine_similarity")),
    Case("binary_cross_entropy_with_logits", arrays=2, positive=True),
    Case("kl_divergence", arrays=2, positive=True),
    Case("cross_entropy", labels=True),
    Case("cross_entropy_vjp", labels=True, row_cotangent=True),
    Case("layer_norm", shared=2),
    Case("layer_norm_vjp", arrays=2, shared=2),
    Case("rms_norm", shared=1),
    Case("adamw_step", arrays=4, positive=True, scalars=(3.0, 1e-3)),
    Case("sgd_step", arrays=2, scalars=(1e-3,)),
    Case("quantize", scalars=(0.1, 3.0)),
    Case("dropout", arrays=2),
)


ALIGNMENT = 64
TRIES = 8


def aligned(like: Any) -> Any:
    """A copy of an array that begins a line of the cache, as what PyTorch and JAX allocate does.

    NumPy gives any multiple of 16, which makes a pass in place over such an array up to 45 % longer.  It
    owns its memory where NumPy finds such a place in a few tries."""
    others = []
    for _ in range(TRIES):
        found = np.empty(like.shape, like.dtype)
        if found.ctypes.data % ALIGNMENT == 0:
            break
        others.append(found)
    else:
        raw = np.empty(like.nbytes + ALIGNMENT, np.uint8)
        start = -raw.ctypes.data % ALIGNMENT
        found = raw[start : start + like.nbytes].view(like.dtype).reshape(like.shape)
    found[...] = like
    return found


def arguments(case: Case, shape: tuple[int, int], dtype: str) -> list[Any]:
    """The arguments of one call, the same ones each time."""
    rng = np.random.default_rng(0)
    found: list[Any] = []
    if case.row_cotangent:
        found.append(np.ones(shape[0], dtype))
    for _ in range(case.arrays):
        x = rng.standard_normal(shape, np.float32)
        x = np.abs(x) + np.float32(0.01) if case.positive else x
        if case.kernel == "kl_divergence":
            x /= x.sum(-1, keepdims=True)
        found.append(x.astype(dtype))
    found += [rng.standard_normal(shape[1]).astype(dtype) for _ in range(case.shared)]
    if case.labels:
        found.append(rng.integers(0, shape[1], shape[0]))
    return [*map(aligned, found), *case.scalars]


def peers_of(case: Case) -> dict[str, Function]:
    """Every peer that has the operation and is installed, by name."""
    found: dict[str, Function] = {"textbook NumPy": functools.partial(TEXTBOOK[case.kernel], np)}
    for name in ("lambdify", "scipy_", "numexpr_", "numba_", "torch_", "jax_"):
        found.update(getattr(importlib.import_module("codegen.bench.peers"), f"{name}peers")(case.kernel))
    return found


def symbolic(kernel: str) -> tuple[list[sp.Symbol], sp.Expr] | None:
    """The inputs and the output of an elementwise kernel, for peers that start from a formula."""
    for k in every_kernel():
        plain = all(isinstance(i.symbol, sp.Symbol) and i.role == "array" for i in k.inputs)
        if k.name == kernel and plain and not k.more:
            return [i.symbol for i in k.inputs], k.output
    return None
