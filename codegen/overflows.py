"""Calls whose true result is within the range of the dtype and whose computed one is not: a search, and what
it finds and is left, with the reason.

Each argument alone, and all together, are scaled towards both ends of the range, and numbers such as a
temperature are made small beside large arrays; forward passes, backward passes, and their cotangents.  A
result is missed where it is not finite though the true one is, or has none of its digits.  The true value is
that of ``codegen.reference``; where that has none (exponentials of 1e300) nothing is said. CUDA texts run on
the host harness.  ``python -m
codegen.overflows`` prints what is found.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from flint import arb

from codegen.conditioning import condition, cotangent_of, results_of, single_results
from codegen.passes.differentiate import COTANGENT
from codegen.reference import forward
from codegen.regions import Array, Region, rows
from formulas.kernels import every_kernel
from formulas.schema import Kernel

__all__ = ["EXCEPTIONS", "SUBNORMAL", "Miss", "misses", "reason_for"]

FACTORS: Mapping[str, tuple[float, ...]] = {
    "float32": (1e-38, 1e-30, 1e-19, 1e19, 1e30, 1e38),
    "float64": (1e-307, 1e-250, 1e-154, 1e154, 1e250, 1e308),
}
"""How much arguments near 1 are scaled by, the largest factor last."""

SMALL = 0.01  # what a number is multiplied by beside large arrays
LOST = 1e-3  # the relative error of a result without digits ...
UNITS = 100  # ... unless rounding the arguments explains a hundredth of it

_RESULT = "the second moment, one of the results, is above the range itself"
_FEW = "a product with a small number is formed first: within that factor of the end of the range"
_WIDER = "sums of products leave the range, and NumPy has no wider type on every machine"
_ANGLE = "the angle itself, position times frequency, is above the range"
_HINGE = "the difference of two distances cancels, which decides whether there is a loss"
_IN_PLACE = "entries are often written over arguments, so C cannot start again"
_NOTHING_WIDER = (
    "a square, sum, product or quotient leaves the range midway (1e-38 to 3e38), and a float32 kernel of the "
    "GPU computes nothing in float64"
)
SUBNORMAL = "a GPU takes a subnormal float32 as 0"
"""Of functions that miss results where something is scaled by 1e-38 alone."""

EXCEPTIONS: Mapping[tuple[str, str, str], str] = {
    **{("c", "float32", f): f"{_RESULT}; {_IN_PLACE}" for f in ("adam_step", "adamw_step")},
    ("c", "float32", "focal_loss_vjp"): f"{_FEW}; {_IN_PLACE}",
    **{("numpy", "float64", f): _RESULT for f in ("adam_step", "adamw_step")},
    **{
        ("numpy", "float64", f): _FEW
        for f in (
            "clip_by_norm_vjp", "cross_entropy_soft_vjp", "gaussian_log_prob", "l1_penalty", "momentum_step",
            "mse_loss_vjp", "rms_norm_vjp", "sgd_step", "tanh_vjp",
        )
    },
    **{("numpy", "float64", f): _WIDER for f in ("lstm_hidden", "rnn_cell")},
    **{("numpy", "float64", f): _ANGLE for f in ("rope", "rope_vjp", "sinusoidal_encoding")},
    ("numpy", "float64", "triplet_loss_vjp"): _HINGE,
    **{("cupy", "float32", f): _ANGLE for f in ("rope", "rope_vjp")},
    ("cupy", "float32", "sinusoidal_encoding"): f"{_ANGLE}; {SUBNORMAL}",
    **{("cupy", "float32", f): f"{_RESULT}; {SUBNORMAL}" for f in ("adam_step", "adamw_step")},
    **{
        ("cupy", "float32", f): _NOTHING_WIDER
        for f in (
            "batch_norm", "batch_norm_vjp", "causal_attention", "causal_attention_vjp", "clip_by_norm",
            "clip_by_norm_vjp", "contrastive_loss", "contrastive_loss_vjp", "correlation",
            "cosine_similarity", "cosine_similarity_vjp", "cross_entropy_soft_vjp", "euclidean_distance",
            "euclidean_distance_vjp", "gaussian_kl", "kl_divergence", "kl_divergence_vjp", "l1_loss",
            "l1_penalty", "l2_norm", "l2_norm_vjp", "l2_penalty", "layer_norm", "layer_norm_vjp",
            "lstm_cell_state", "lstm_cell_state_vjp", "lstm_hidden", "lstm_hidden_vjp", "mse_loss",
            "multihead_attention_vjp", "nll_loss", "projection", "rms_norm", "rms_norm_vjp", "rnn_cell",
            "rnn_cell_vjp", "scaled_dot_product_attention", "scaled_dot_product_attention_vjp",
            "softmax_temperature", "softmax_temperature_vjp", "swiglu", "swiglu_vjp", "triplet_loss",
            "triplet_loss_vjp", "variance",
        )
    },
    **{
        ("cupy", "float32", f): SUBNORMAL
        for f in (
            "binary_cross_entropy", "binary_cross_entropy_vjp", "cross_entropy_probs",
            "cross_entropy_probs_vjp", "cross_entropy_soft", "ddpm_loss_vjp", "entropy", "entropy_vjp",
            "focal_loss", "focal_loss_vjp", "gaussian_log_prob", "gaussian_log_prob_vjp", "he_variance",
            "l1_loss_vjp", "l1_norm", "l1_norm_vjp", "l1_penalty_vjp", "leaky_relu_vjp", "momentum_step",
            "mvn_log_prob", "mvn_log_prob_vjp", "relu_vjp", "sgd_step", "xavier_variance",
        )
    },
}  # fmt: skip
"""(target, dtype, function) -> why it misses results.  The NumPy kernels miss none in single precision: what
overflows there is computed again in double precision."""


@dataclass(frozen=True)
class Miss:
    """A result of ``function`` in ``target`` that is not the ``true`` one; by what arguments were scaled."""

    target: str
    function: str
    scaled: str
    found: float
    true: float


Compute = Callable[[Mapping[str, Any]], Array]


def _signed(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(0.5, 1, shape)


_NEAR_1 = Region("near 1", _signed, lambda rng, shape: rng.uniform(0.5, 1, shape))


def misses(kernel: Kernel, packages: Mapping[str, Any], dtype: str) -> Iterator[Miss]:
    """What the ``packages``, by target, miss of the kernel and its backward pass."""
    (row,) = rows(kernel, _NEAR_1, dtype, 1)
    forwards: list[Compute] = [partial(_forward, one) for one in single_results(kernel)]
    backwards: list[Compute] = [cotangent_of(kernel, name) for name in kernel.wrt]
    for name, computes in ((kernel.name, forwards), (f"{kernel.name}_vjp", backwards)):
        if computes is backwards and backwards:
            shape = forwards[0](row).shape
            row = {COTANGENT: np.asarray(_signed(np.random.default_rng(3), shape)).astype(dtype), **row}
        for scales in _scalings(kernel, row, dtype) if computes else ():
            given = {n: _scaled(x, scales[n], dtype) if n in scales else x for n, x in row.items()}
            true = [compute(given) for compute in computes]
            for target, package in packages.items():
                with np.errstate(all="ignore"):
                    results = results_of(getattr(package, name)(*given.values()))
                for result, right, compute in zip(results, true, computes, strict=True):
                    seen = _missed(result, right, compute, given)
                    if seen is not None:
                        label = ", ".join(f"{n} * {f:g}" for n, f in scales.items())
                        yield Miss(target, name, label, *seen)


def _forward(kernel: Kernel, row: Mapping[str, Any]) -> Array:
    return np.asarray(forward(kernel, row))


def _scalings(kernel: Kernel, row: Mapping[str, Any], dtype: str) -> Iterator[dict[str, float]]:
    """Argument -> factor, for each call."""
    bounded = {i.name for i in kernel.inputs if i.within is not None}
    fixed = {i.name for i in kernel.inputs if i.role in ("scalar", "integer")}
    arrays = [n for n in row if n not in fixed]
    for factor in FACTORS[dtype]:
        may = [n for n in arrays if factor < 1 or n not in bounded]
        yield from ({n: factor} for n in may)
        together = [n for n in may if n != COTANGENT]
        if len(together) > 1:
            yield dict.fromkeys(together, factor)
    large = [n for n in arrays if n != COTANGENT and n not in bounded]
    for given in kernel.inputs:
        if given.role == "scalar":
            yield {**dict.fromkeys(large, FACTORS[dtype][-1]), given.name: SMALL}


def _scaled(value: Any, factor: float, dtype: str) -> Any:
    if not isinstance(value, np.ndarray):
        return value * factor
    return np.asarray(value * np.float64(factor)).astype(dtype)


def _missed(
    found: Array, true: Array, compute: Compute, given: Mapping[str, Any]
) -> tuple[float, float] | None:
    """The first result that is missed, and its true value."""
    info = np.finfo(found.dtype)
    wrong: list[tuple[int, ...]] = []
    for at in np.ndindex(*true.shape):
        ball: arb = true.item(at)
        if not ball.is_finite() or abs(ball) > float(info.max):
            continue
        got, right = float(found[at]), float(ball.mid())
        if not math.isfinite(got):
            return got, right
        if abs(got - right) > LOST * abs(right) + float(info.tiny):
            wrong.append(at)
    if wrong:
        reals = [n for n, x in given.items() if isinstance(x, np.ndarray) and x.dtype.kind == "f"]
        conditions = condition(compute, given, reals)
        for at in wrong:
            got, right = float(found[at]), float(true.item(at).mid())
            error = abs(got - right) / abs(right) if right else math.inf
            if error > UNITS * float(info.eps) * max(1.0, float(conditions[at])):
                return got, right
    return None


def reason_for(miss: Miss, dtype: str) -> str | None:
    """Why the miss is left; ``None`` for one that is not known."""
    return EXCEPTIONS.get((miss.target, dtype, miss.function))


def main(names: list[str]) -> None:
    """Prints the misses of the kernels ``names`` (without names: of all); exits with 1 for one not known."""
    from codegen.extremes import package_of

    unknown = 0
    for dtype, targets in (("float32", ("numpy", "c", "cupy")), ("float64", ("numpy",))):
        packages = {t: package_of(t) for t in targets}
        for kernel in every_kernel():
            if not names or kernel.name in names:
                for miss in misses(kernel, packages, dtype):
                    reason = reason_for(miss, dtype)
                    unknown += reason is None
                    print(f"{dtype} {miss}: {reason or 'NOT KNOWN'}")
    sys.exit(bool(unknown))


if __name__ == "__main__":
    main(sys.argv[1:])
