"""What is timed: for each kernel its arguments, and the same thing as each peer's user would write it.

A peer is a function of the same arrays.  It allocates its results as it does in normal use; names that end in
"out=" write into an array that is there already, as our kernels do.
"""

from __future__ import annotations

import collections
import functools
import importlib
import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from codegen.bench.textbook import written
from codegen.ir import BATCH
from codegen.lower import argument
from formulas.kernels import every_kernel
from formulas.schema import Input, Kernel

Function = Callable[..., Any]


@dataclass(frozen=True)
class Case:
    """A function that is timed.  Its arguments are those of the kernel, of lengths as ``lengths`` of it says;
    ``scalars`` follow the arrays, further ones are at their default.  A procedure, which has no formula, has
    its arguments by ``given`` from the shape of the run."""

    kernel: str
    scalars: tuple[float, ...] = ()
    given: Callable[[tuple[int, int]], list[Any]] | None = None


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

    return 0.5 * x * (1 + erf(x / math.sqrt(2)))  # a number of NumPy would make it double


def _huber(np: Any, x: Any, y: Any) -> Any:
    r = np.abs(x - y)
    return np.where(r <= 1, 0.5 * r**2, r - 0.5)


def _cosine(np: Any, a: Any, b: Any) -> Any:
    return (a * b).sum(-1) / (np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1))


def _ppo_vjp(np: Any, g: Any, r: Any, a: Any) -> Any:
    inside = (r * a <= np.clip(r, 0.8, 1.2) * a) | ((r > 0.8) & (r < 1.2))
    return g * a * inside


def _embedding_vjp(np: Any, g: Any, t: Any, w: Any) -> Any:
    found = np.zeros_like(w)
    np.add.at(found, t, g)
    return found


def _convolve(np: Any, x: Any, w: Any) -> Any:
    return np.stack([np.convolve(row, w) for row in x])


def _convolve_vjp(np: Any, g: Any, x: Any, w: Any) -> Any:
    rows = [np.correlate(row, w, "valid") for row in g]
    return np.stack(rows), sum(np.correlate(row, one, "valid") for row, one in zip(g, x, strict=True))


def _top_k(np: Any, x: Any, k: int) -> Any:
    return np.where(x < np.sort(x, -1)[:, -min(k, x.shape[-1]), None], -np.inf, x)


def _top_p(np: Any, x: Any, p: float) -> Any:
    order = np.argsort(-x, -1)
    mass = np.cumsum(np.take_along_axis(_softmax(np, x), order, -1), -1)
    kept = np.concatenate([np.ones_like(mass[:, :1], bool), mass[:, :-1] < p], -1)
    back = np.argsort(order, -1)
    return np.where(np.take_along_axis(kept, back, -1), x, -np.inf)


def _bpe_pair(np: Any, ids: Any) -> Any:
    symbols = ids.tolist()
    counts = collections.Counter(itertools.pairwise(symbols))
    (left, right), count = max(counts.items(), key=lambda item: (item[1], -item[0][0], -item[0][1]))
    return left, right, count


def _bpe_merge(np: Any, ids: Any, left: int, right: int, new: int) -> Any:
    symbols, merged, at = ids.tolist(), [], 0
    while at < len(symbols):
        pair = symbols[at : at + 2] == [left, right]
        merged.append(new if pair else symbols[at])
        at += 2 if pair else 1
    return np.array(merged)


# Where the formula as it stands is not what is typed: a shift, an assignment, a function of NumPy.
TEXTBOOK: Mapping[str, Function] = {
    "sigmoid": lambda np, x: 1 / (1 + np.exp(-x)),
    "tanh": lambda np, x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)),
    "relu": lambda np, x: np.maximum(x, 0),
    "leaky_relu": lambda np, x: np.where(x > 0, x, 0.01 * x),
    "silu": lambda np, x: x / (1 + np.exp(-x)),
    "silu_vjp": _silu_vjp,
    "gelu": _gelu,
    "gelu_tanh": lambda np, x: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
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
    "leaky_relu_vjp": lambda np, g, x: np.where(x > 0, g, 0.01 * g),
    "contrastive_loss": lambda np, x, t: -_log_softmax(np, x / 0.07)[np.arange(len(t)), t],
    "contrastive_loss_vjp": lambda np, g, x, t: _cross_entropy_vjp(np, g, x / 0.07, t) / 0.07,
    "ppo_objective_vjp": _ppo_vjp,
    "embedding": lambda np, t, w: w[t],
    "embedding_vjp": _embedding_vjp,
    "convolve": _convolve,
    "convolve_vjp": _convolve_vjp,
    "top_k": _top_k,
    "top_p": _top_p,
    "bpe_pair": _bpe_pair,
    "bpe_merge": _bpe_merge,
}

COMPARED = frozenset((
    "sigmoid", "tanh", "relu", "leaky_relu", "silu", "gelu", "gelu_tanh", "gelu_sigmoid", "softplus",
    "softmax", "log_softmax", "logsumexp", "silu_vjp", "softmax_vjp", "huber_loss", "mse_loss",
    "cosine_similarity", "binary_cross_entropy_with_logits", "kl_divergence", "cross_entropy",
    "cross_entropy_vjp", "layer_norm", "layer_norm_vjp", "rms_norm", "adamw_step", "sgd_step",
    "quantize", "dropout",
))  # fmt: skip
"""The kernels whose means are compared from run to run: at all sizes, in two dtypes, beside all peers."""

SCALARS: Mapping[str, tuple[float, ...]] = {
    "sgd_step": (1e-3,),
    "momentum_step": (1e-3,),
    "adam_step": (3.0, 1e-3),
    "adamw_step": (3.0, 1e-3),
    "quantize": (0.1, 3.0),
}
SYMBOLS = 64  # of what byte-pair encoding works on
HEAD = 64  # entries of a query
TAPS, RANK = 9, 8  # of a convolution; of LoRA
NOT_TIMED: Mapping[str, str] = {"conv_output_size": "is a number"}


def _ids(shape: tuple[int, int]) -> Any:
    return np.random.default_rng(0).integers(0, SYMBOLS, shape[0] * shape[1])


PROCEDURES: tuple[Case, ...] = (
    Case("top_k", (50,)),
    Case("top_p", (0.9,)),
    Case("bpe_pair", given=lambda shape: [_ids(shape)]),
    Case("bpe_merge", given=lambda shape: [_ids(shape), 1, 2, SYMBOLS]),
)


def _functions() -> Iterator[str]:
    for kernel in every_kernel():
        yield kernel.name
        if kernel.wrt:
            yield f"{kernel.name}_vjp"


CASES: tuple[Case, ...] = tuple(
    sorted(
        (*(Case(f, SCALARS.get(f, ())) for f in _functions()), *PROCEDURES),
        key=lambda c: c.kernel not in COMPARED,
    )
)


def lengths(kernel: Kernel, shape: tuple[int, int]) -> dict[str, int]:
    """The lengths of a kernel's axes in a run of ``shape``, rows and width.

    A layer maps rows of that width to rows of that width.  Attention has a place for each row, and as many
    heads as have ``HEAD`` entries each in the width."""
    rows, width = shape
    axes = {a for i in kernel.inputs for a in argument(i).axes}
    own: dict[str, int] = {}
    if "attention" in kernel.name:
        heads = max(1, width // HEAD)
        own = {"n": rows, "m": rows, "d": HEAD, "e": HEAD, "h": heads, "*": 1 if "h" in axes else heads}
    elif kernel.name == "gcn_layer":
        own = {"n": rows, "*": 1}
    elif kernel.name == "trace":
        own = {"*": 1}
    elif "r" in axes:
        own = {"r": RANK}
    elif kernel.name == "convolve":
        own = {"m": TAPS}
    elif "h" in axes and "*" in axes and "d" not in axes:  # pairs
        own = {"h": width // 2}
    return {a: own.get(a, rows if a == BATCH else width) for a in axes}


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
    if case.given is not None:
        return case.given(shape)
    rng = np.random.default_rng(0)
    kernel = next((k for k in every_kernel() if k.name == case.kernel.removesuffix("_vjp")), None)
    if kernel is None:
        return [aligned(rng.standard_normal(shape, np.float32).astype(dtype)), *case.scalars]
    sizes = lengths(kernel, shape)
    plain = all(argument(i).axes in ((), (BATCH,)) and not argument(i).literal for i in kernel.inputs)
    found = []
    for given in kernel.inputs:
        if given.role != "scalar":
            a = argument(given)
            own = shape if plain else tuple(sizes[x] for x in a.axes) + a.literal
            if kernel.axis == 0 and len(own) == 2:
                own = own[::-1]
            found.append(aligned(_drawn(rng, kernel, given, own, sizes, dtype)))
    if case.kernel.endswith("_vjp"):
        forward = getattr(importlib.import_module("generated.numpy_kernels"), kernel.name)
        found.insert(0, aligned(np.ones_like(forward(*found))))
    return [*found, *case.scalars]


def _drawn(
    rng: Any, kernel: Kernel, given: Input, shape: tuple[int, ...], sizes: Mapping[str, int], dtype: str
) -> Any:
    """Entries of one argument, where its entry in the catalog says that they may lie."""
    if given.role == "integer":
        over = next((i for i in kernel.inputs if i.role == "array" and i is not given), given)
        width = sizes[next(a for a in argument(over).axes if a != BATCH)]
        return rng.integers(0, width, shape)
    x = rng.standard_normal(shape, np.float32)
    if given.within is not None:
        low, high = given.within
        x = rng.uniform(low + 0.01 * (high - low), high - 0.01 * (high - low), shape)
    elif argument(given).positive:
        x = np.abs(x) + np.float32(0.01)
        x = x / x.sum(-1, keepdims=True) if given.name in ("p", "q") else x
    if given.name.endswith("_tril"):
        x = np.tril(x) / len(x) + np.eye(len(x))
    return x.astype(dtype)


def textbook(function: str) -> Function:
    """The textbook form, as a function of the module and the arguments: one of ``TEXTBOOK``, or as the
    formula has it; ``NotWritten`` where there is neither."""
    return TEXTBOOK.get(function) or written(function)


def peers_of(case: Case) -> dict[str, Function]:
    """Every peer that has the operation and is installed, by name."""
    found: dict[str, Function] = {"textbook NumPy": functools.partial(textbook(case.kernel), np)}
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
