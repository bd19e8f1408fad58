"""Kernels at the ends of what they may be given: ``python -m codegen.extremes`` writes the tables.

For finite extremes the figure is the worst error in ulp over the condition number, against the reference of
``codegen.accuracy``; infinite where a result is not finite though the true value is, within the range of the
dtype.  For infinities and NaN it is what comes out; the true value at an infinity is the limit of the
symbolic form, where it has a finite one.  Single precision; all kernels in NumPy, the worst of the processors
that this one can play (``codegen.processors``), and those on entries or along one axis in C and, on the host
harness, in CUDA C.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import flint
import numpy as np
from flint import arb

from codegen.accuracy import TARGET_ULP, Result, results
from codegen.conditioning import cotangent_of, results_of, single_results
from codegen.passes.differentiate import COTANGENT
from codegen.processors import played
from codegen.reference import NotEvaluated, forward
from codegen.regions import Array, Region, has_one_axis, rows
from codegen.tables import NOT_COUNTED
from formulas.kernels import every_kernel
from formulas.schema import Kernel

HERE = Path(__file__).parent
TABLES = {
    "numpy": HERE / "extremes_table.json",
    "c": HERE / "c" / "extremes_table.json",
    "cupy": HERE / "cupy" / "extremes_table.json",
}
DTYPE = "float32"
Figures = dict[str, dict[str, float | str]]
"""Function -> extreme -> figure."""


def _of_size(size: float) -> Region:
    def signed(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return rng.choice([-1.0, 1.0], shape) * rng.uniform(0.5, 1, shape) * size

    return Region(f"{size:g}", signed, lambda rng, shape: rng.uniform(0.5, 1, shape) * size)


def _ordinary(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.standard_normal(shape)


def _ordinary_positive(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.uniform(0.1, 1, shape)


def _zeros(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return np.zeros(shape)


def _ends(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.choice([0.0, 1.0], shape)


def _constant(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return np.full(shape, 0.7)


FINITE: Mapping[str, Region] = {
    "1e4": _of_size(1e4),
    "1e30": _of_size(1e30),
    "1e-30": _of_size(1e-30),
    "subnormal": _of_size(1e-40),
    "zero": Region("zero", _zeros, _zeros),
    "0 and 1": Region("0 and 1", _ends, _ends, bounded=_ends),
    "all equal": Region("all equal", _constant, _constant),
    "one entry": Region("one entry", _ordinary, _ordinary_positive, 1),
}
SPECIAL: Mapping[str, float] = {"inf": math.inf, "-inf": -math.inf, "NaN": math.nan}
MISSED = "NaN where finite"
KINDS = (MISSED, "NaN", "inf", "-inf", "0", "finite")
NO_VALUE = "undefined"
UNDEFINED = frozenset({
    ("correlation", "one entry"), ("correlation", "zero"), ("correlation", "all equal"),
    ("cosine_similarity", "zero"), ("cosine_similarity_vjp", "zero"), ("projection", "zero"),
    ("entropy_vjp", "zero"), ("cross_entropy_probs_vjp", "0 and 1"), ("kl_divergence", "0 and 1"),
    ("kl_divergence_vjp", "0 and 1"),
    ("gaussian_log_prob", "zero"), ("gaussian_log_prob_vjp", "zero"), ("he_variance", "zero"),
    ("xavier_variance", "zero"), ("l2_norm_vjp", "zero"), ("euclidean_distance_vjp", "zero"),
    ("euclidean_distance_vjp", "all equal"),
})  # fmt: skip
"""Where the symbolic form has no value: a division by 0, the slope of a root or of a logarithm at 0."""
UNCOUNTED: frozenset[tuple[str, str]] = frozenset({
    ("cosine_similarity_vjp", "all equal"), ("correlation", "0 and 1"),
})  # fmt: skip
"""Where the true results are 0 by cancellation and ours are roundings of what cancels (in NumPy)."""

_ROW = "one infinite entry has a limit, two have none: NaN says so, as in PyTorch and SciPy"
_SQUARES = "squares of float32 hold 1e-19 to 1e19: a float32 kernel of the GPU computes nothing in float64"
_LOGARITHM = "the harness' logarithm takes a subnormal as it is, the device's takes it as 0"
_CANCELS = "with one entry all but a remainder cancels, which the condition number does not see"
_OUTLIER = "one entry apart from equal ones: all but the share of eps cancels, unseen by the condition number"
_LAST_STEP = "1 + cos(pi), which is 0, as pi is rounded: 2e-18 of the greatest rate"
_DECAYED = "0, a slope that has decayed or a unit that is off, times an infinite argument"
_MOMENTS = "the step is a quotient of two infinite moments: NaN says so, as in PyTorch"
_TIE = "two infinite products are equal, and the slope is shared between them, as in PyTorch"
_NORMS = ("batch_norm", "layer_norm", "rms_norm", "clip_by_norm")
_PAIRS = ("cosine_similarity", "cosine_similarity_vjp", "euclidean_distance_vjp")
_LOGITS = (
    "softmax", "softmax_vjp", "softmax_temperature", "softmax_temperature_vjp", "log_softmax",
    "log_softmax_vjp", "logsumexp_vjp", "cross_entropy_vjp", "cross_entropy_soft_vjp",
    "contrastive_loss_vjp",
)  # fmt: skip
_AT_INFINITY: Mapping[str, Mapping[str, str]] = {
    _ROW: {
        **dict.fromkeys(_LOGITS, "+input"),
        **{f: "+input -input" for norm in _NORMS for f in (norm, f"{norm}_vjp")},
        **dict.fromkeys(_PAIRS, "+x1 -x1 +x2 -x2"),
        "l2_norm_vjp": "+input -input",
        "projection": "+onto -onto",
        "correlation": "+input -input +other -other",
        "triplet_loss_vjp": "+anchor -anchor +negative -negative",
    },
    "a difference of two infinite distances": {"triplet_loss": "+anchor"},
    _MOMENTS: dict.fromkeys(("adam_step", "adamw_step"), "+grad -grad"),
    _TIE: {"ppo_objective_vjp": "-advantage"},
    _DECAYED: {"batch_norm_vjp": "+weight -weight"},
    "infinity is no probability; what p = 0 multiplies is log(q + 1) there": dict.fromkeys(
        ("cross_entropy_probs", "kl_divergence"), "+q -q"
    ),
}
"""Reason -> function -> the arguments in which +inf or -inf gives NaN, or no finite result, though there is a
finite limit; in every target."""
_SEVERAL: Mapping[str, Mapping[str, str]] = {
    _ROW: {
        "scaled_dot_product_attention": "+key +query -query",
        "causal_attention": "+key -key +query -query",
        "multihead_attention": "-key +query -query",
        "scaled_dot_product_attention_vjp": "+key +query -query",
        "causal_attention_vjp": "+key -key +query -query",
        "multihead_attention_vjp": "-key +query -query",
    },
    _DECAYED: {
        "scaled_dot_product_attention_vjp": "-key",
        "causal_attention_vjp": "+value -value",
        "multihead_attention_vjp": "+key",
        "dense_sigmoid_vjp": "+input -input +weight -weight",
        "feed_forward": "+weight2 -weight2",
        "feed_forward_vjp": "-input +weight1 +weight2 -weight2",
        "lstm_cell_state_vjp": (
            "+input -input +forget_weight -forget_weight +input_weight -input_weight +cell_weight "
            "-cell_weight"
        ),
        "lstm_hidden_vjp": "+input -input +output_weight -output_weight",
        "rnn_cell_vjp": (
            "+input -input +hidden -hidden +input_weight -input_weight +hidden_weight -hidden_weight"
        ),
        "swiglu": "-input +gate_weight",
        "swiglu_vjp": "-input +gate_weight -gate_weight",
    },
    "a degree is infinite, and so is what it divides": {
        "gcn_layer": "+adjacency", "gcn_layer_vjp": "+adjacency",
    },
}  # fmt: skip
"""The same of kernels over several axes, in NumPy."""


def _places(listed: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str, str]]:
    """(function, extreme, reason) of each place listed."""
    for reason, functions in listed.items():
        for function, places in functions.items():
            for place in places.split():
                yield function, f"{'-' * (place[0] == '-')}inf in {place[1:]}", reason


_SQUARED = {
    "1e30": (
        "batch_norm", "batch_norm_vjp", "clip_by_norm", "clip_by_norm_vjp", "correlation",
        "cosine_similarity", "cosine_similarity_vjp", "euclidean_distance", "euclidean_distance_vjp",
        "l2_norm", "l2_norm_vjp", "layer_norm", "layer_norm_vjp", "projection", "rms_norm", "rms_norm_vjp",
        "triplet_loss_vjp",
    ),
    "1e-30": (
        "correlation", "cosine_similarity", "cosine_similarity_vjp", "euclidean_distance",
        "euclidean_distance_vjp", "l2_norm", "l2_norm_vjp", "projection",
    ),
}  # fmt: skip
EXCEPTIONS: Mapping[tuple[str, str, str], str] = {
    **{(t, f, e): reason for t in TABLES for f, e, reason in _places(_AT_INFINITY)},
    **{("numpy", f, e): reason for f, e, reason in _places(_SEVERAL)},
    **{(t, f, "0 and 1"): _LAST_STEP for t in TABLES for f in ("cosine_schedule", "warmup_cosine_schedule")},
    **{(t, "layer_norm_vjp", "0 and 1"): _OUTLIER for t in TABLES},
    **{(t, "rms_norm_vjp", "one entry"): _CANCELS for t in TABLES},
    **{
        (t, f, "all equal"): "the square of the rounding of the mean"
        for t in ("c", "cupy")
        for f in ("variance", "covariance")
    },
    **{
        ("cupy", f, "subnormal"): _LOGARITHM
        for f in ("cross_entropy_probs_vjp", "entropy_vjp", "mvn_log_prob")
    },
    **{
        ("cupy", f, "subnormal"): "comes out as it went in: it is chosen, not computed"
        for f in ("clip_by_norm", "relu")
    },
    **{("cupy", f, e): _SQUARES for e, names in _SQUARED.items() for f in names},
}
"""(target, function, extreme) -> why the error is above ``TARGET_ULP``, or NaN stands where the true value is
finite."""


def misses(found: Mapping[str, Mapping[str, float | str]]) -> set[tuple[str, str]]:
    """(function, extreme) where a table says that the result is wrong."""

    def wrong(extreme: str, value: float | str) -> bool:
        if isinstance(value, str) and value not in (NO_VALUE, NOT_COUNTED):
            return MISSED in str(value)
        return value not in (NO_VALUE, NOT_COUNTED) and not float(value) <= TARGET_ULP

    return {
        (f, extreme) for f, row in found.items() for extreme, value in row.items() if wrong(extreme, value)
    }


def measured(kernel: Kernel, package: Any, *, flushes: bool = False) -> dict[str, dict[str, float | str]]:
    """Function -> extreme -> error (finite extremes) or what comes out of one such entry among others.

    Where the package ``flushes`` subnormals to 0, the figure for them is 0 if the results are those of zeros
    of the same signs, bit by bit, and infinite if they are not."""
    found: dict[str, dict[str, float | str]] = {}
    for name, region in FINITE.items():
        if flushes and name == "subnormal":
            for function, same in _as_of_zeros(kernel, package, region):
                found.setdefault(function, {})[name] = 0.0 if same else math.inf
            continue
        for (_, function), listed in results(kernel, DTYPE, 1, {"": package}, [region]).items():
            found.setdefault(function, {})[name] = figure(listed)
    for place, name, value in special(kernel):
        for row in _beside(kernel, place):
            for function, words in _of_one(kernel, package, row, place, value):
                found[function][name] = _joined(str(found[function].get(name, words)), words)
    return found


def special(kernel: Kernel) -> list[tuple[str, str, float]]:
    """The argument, the name of the extreme and the value of each entry that is infinite or NaN."""
    places = [i.name for i in kernel.inputs if i.role not in ("scalar", "integer")]
    return [(place, f"{name} in {place}", value) for place in places for name, value in SPECIAL.items()]


def _beside(kernel: Kernel, place: str) -> Iterator[dict[str, Any]]:
    """Ordinary arguments; then, where some are weights, those with all weights 0 or 1, at the place that
    is to be infinite once 0 and once 1."""
    (row,) = rows(kernel, Region("plain", _ordinary, _ordinary_positive), DTYPE, 1)
    yield row
    weights = [i.name for i in kernel.inputs if i.weight and i.name != place]
    for end in (0.0, 1.0) if weights else ():
        ends = {n: _ends(np.random.default_rng(1), np.shape(row[n])).astype(DTYPE) for n in weights}
        for weight in ends.values():
            weight.flat[0] = end
        yield {**row, **ends}


def _of_one(
    kernel: Kernel, package: Any, row: Mapping[str, Any], place: str, value: float
) -> Iterator[tuple[str, str]]:
    """What each function gives where the first entry of the argument ``place`` is ``value``, in words."""
    changed = {**row, place: np.array(row[place])}
    changed[place].flat[0] = value
    given = [changed[i.name] for i in kernel.inputs]
    values = results_of(getattr(package, kernel.name)(*given))
    limits: list[Array | None] = [None] * len(values)
    if not math.isnan(value):
        limits = [_limit(_forward_of(one), row, place, value) for one in single_results(kernel)]
    yield kernel.name, _described(values, limits)
    if kernel.wrt:
        g = np.ones_like(values[0])
        values = results_of(getattr(package, f"{kernel.name}_vjp")(g, *given))
        limits = [None] * len(values)
        if not math.isnan(value):
            full = {**row, COTANGENT: g}
            limits = [_limit(cotangent_of(kernel, w), full, place, value) for w in kernel.wrt]
        yield f"{kernel.name}_vjp", _described(values, limits)


def figure(listed: Sequence[Result]) -> float | str:
    """The worst error over the condition number; a word where there is no true value or where nothing is said
    of any result."""
    defined = [r for r in listed if r.defined]
    counted = [r.scaled for r in defined if not math.isnan(r.scaled)]
    if counted:
        return round(max(counted), 1)
    return NOT_COUNTED if defined else NO_VALUE


def _as_of_zeros(kernel: Kernel, package: Any, region: Region) -> Iterator[tuple[str, bool]]:
    """Whether each function says of subnormals what it says of zeros of their signs."""
    (row,) = rows(kernel, region, DTYPE, 1)
    given = [row[i.name] for i in kernel.inputs]
    zeros = [np.asarray(np.copysign(0, v), v.dtype) if _is_subnormal(v) else v for v in given]
    found, wanted = (results_of(getattr(package, kernel.name)(*values)) for values in (given, zeros))
    yield kernel.name, _same_bits(found, wanted)
    if kernel.wrt:
        g = np.ones_like(found[0])
        both = (results_of(getattr(package, f"{kernel.name}_vjp")(g, *values)) for values in (given, zeros))
        yield f"{kernel.name}_vjp", _same_bits(*both)


def _is_subnormal(value: Any) -> bool:
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f" or not value.any():
        return False
    return bool(abs(value).max() < np.finfo(value.dtype).tiny)


def _same_bits(results: Sequence[Array], wanted: Sequence[Array]) -> bool:
    return all(r.tobytes() == w.tobytes() for r, w in zip(results, wanted, strict=True))


def _forward_of(kernel: Kernel) -> Callable[[Mapping[str, Any]], Array]:
    return lambda row: np.asarray(forward(kernel, row))


# Powers decay slowly, exponentials cannot be evaluated far out.  No two are equal up to the period of a wave.
_FAR = ((10**60 + 7, 13 * 10**90 + 1, 17 * 10**120), (11234, 134567, 1765432))


def _limit(
    compute: Callable[[Mapping[str, Any]], Array], row: Mapping[str, Any], name: str, end: float
) -> Array:
    """The limits of the results as the first entry of the argument ``name`` goes to the infinity ``end``; NaN
    where none is seen or it is not finite."""
    found: Array = np.full((), math.nan)
    for far in _FAR:
        values = []
        with flint.ctx.workprec(2000):
            for distance in far:
                moved = np.array(row[name], object)
                moved.flat[0] = arb(math.copysign(1, end)) * distance
                try:
                    values.append(compute({**row, name: moved if moved.shape else moved[()]}))
                except NotEvaluated:
                    break
        if len(values) == len(far):
            here = _common(values)
            found = np.where(np.isfinite(found), found, here)
    return found


def _common(values: Sequence[Array]) -> Array:
    """What ``values`` agree on, place by place, or NaN."""
    found = np.full(values[0].shape, math.nan)
    for at in np.ndindex(*found.shape):
        balls = [arb(v.item(at)) for v in values]
        if all(b.is_finite() and abs(b) < 10**30 for b in balls):
            numbers = [float(b.mid()) for b in balls]
            if np.ptp(numbers) <= 1e-10 * abs(numbers[-1]) + 1e-20:
                found[at] = numbers[-1]
    return found


def _described(results: Sequence[Array], limits: Sequence[Array | None]) -> str:
    """What the results hold: "finite", "0", "inf", "-inf" and "NaN", those that occur; ``MISSED`` where the
    limit is finite and the result is not."""
    every = np.concatenate([np.ravel(r) for r in results])
    true = np.concatenate([
        np.full(np.size(r), math.nan) if limit is None else np.broadcast_to(limit, np.shape(r)).ravel()
        for r, limit in zip(results, limits, strict=True)
    ])  # fmt: skip
    missed = np.isfinite(true) & ~np.isfinite(every)
    kinds = {
        MISSED: missed, "NaN": np.isnan(every) & ~missed, "inf": every == np.inf, "-inf": every == -np.inf,
        "0": every == 0, "finite": np.isfinite(every) & (every != 0),
    }  # fmt: skip
    assert tuple(kinds) == KINDS
    return ", ".join(k for k, where in kinds.items() if where.any())


def _joined(*descriptions: str) -> str:
    found = {kind for d in descriptions for kind in d.split(", ")}
    return ", ".join(k for k in KINDS if k in found)


def package_of(target: str) -> Any:
    """The package of a target, the CUDA texts run by the host harness."""
    package = importlib.import_module(f"generated.{target}_kernels")
    if target == "cupy":
        package.set_driver(importlib.import_module("codegen.cupy.harness").HostDriver())
    return package


def chosen(target: str = "numpy") -> list[Kernel]:
    """The kernels of the table of a target: those over several axes are NumPy's, whose matrix products C and
    the host harness take too."""
    return [k for k in every_kernel() if target == "numpy" or has_one_axis(k)]


def stale(target: str, names: Iterable[str], package: Any = None) -> list[str]:
    """Cells of the committed table of a target that the kernels ``names``, measured now, do not bear out, in
    words.  Errors may be smaller, and larger by a few tenths: that depends on the processor and on the builds
    of NumPy and the compiler."""
    package = package or package_of(target)
    found = []
    for kernel in (k for k in chosen(target) if k.name in set(names)):
        for function, row in measured(kernel, package, flushes=target == "cupy").items():
            stated = extremes(target).get(function, {})
            found += [
                f"{target} {function}, {extreme}: {value}, the table says {stated.get(extreme)}"
                for extreme, value in row.items()
                if not _alike(value, stated.get(extreme))
            ]
    return found


def _alike(value: float | str, stated: float | str | None) -> bool:
    if isinstance(value, str) or isinstance(stated, str) or stated is None:
        return value == stated
    if not (math.isfinite(value) and math.isfinite(stated)):
        return value == stated
    return value <= 0.4 + 1.25 * stated and (value > TARGET_ULP) == (stated > TARGET_ULP)


@functools.cache
def extremes(target: str = "numpy") -> Figures:
    """The committed table of a target."""
    found: Figures = json.loads(TABLES[target].read_text(encoding="utf-8"))
    return found


def main(names: Sequence[str]) -> None:
    """Measures the kernels ``names``, without names all, and writes the tables (of the targets among
    ``names``, if there are)."""
    targets = [n for n in names if n in TABLES] or list(TABLES)
    names = [n for n in names if n not in TABLES]
    for target, place in ((t, TABLES[t]) for t in targets):
        found = dict(extremes(target)) if names else {}
        kinds = played() if target == "numpy" else contextlib.nullcontext({"": package_of(target)})
        with kinds as packages:
            for kernel in chosen(target):
                if not names or kernel.name in names:
                    every = [measured(kernel, p, flushes=target == "cupy") for p in packages.values()]
                    worst = functools.reduce(worse, every)
                    found.update(worst)
                    _write(place, found)


def worse(one: Figures, other: Figures) -> Figures:
    """The larger errors of two processors, and what comes out on either."""

    def joined(a: float | str, b: float | str) -> float | str:
        if isinstance(a, str) and isinstance(b, str):
            return a if a == b else _joined(a, b)
        return max(x for x in (a, b) if not isinstance(x, str))

    return {f: {e: joined(value, other[f][e]) for e, value in row.items()} for f, row in one.items()}


def _write(place: Path, found: Mapping[str, Mapping[str, float | str]]) -> None:
    lines = ",\n".join(f"  {json.dumps(f)}: {json.dumps(found[f])}" for f in sorted(found))
    place.write_text("{\n" + lines + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
