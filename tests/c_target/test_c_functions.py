"""The exponentials and logarithms of the C kernels: proved polynomials, measured functions."""

from __future__ import annotations

import ctypes
import math
from dataclasses import replace

import numpy as np
import pytest

from codegen.c.approximations import SERIES, TANH, Series
from codegen.c.emit import functions_text
from codegen.certificates import NotShown, show_series, show_tanh
from generated.c_kernels._build import library

# worst error in ulp that is allowed, over these bit patterns (None: all), and what is right
FUNCTIONS = {
    "exp": (1.05, None, "exp"),
    "exp_below": (1.05, (0x80000000, 0xFF800001), "exp"),
    "expm1": (1.6, None, "expm1"),
    "log": (0.9, None, "log"),
    "log1p": (1.5, None, "log1p"),
    "log1p_unit": (1.5, (0, 0x3F800001), "log1p"),
    "tanh": (2.5, None, "tanh"),
    "gauss": (0.51, None, "gauss_true"),
}
STEPS = {"quick": 8191, "slow": 61}  # every so many bit patterns

CHECKS = """
static double gauss_true(const double x) { return exp(-0.5 * x * x); }
static double off(const float got, const double right) {
  const float rounded = (float)right;
  if (isnan(right)) return isnan(got) ? 0.0 : INFINITY;
  if (isinf(rounded)) return got == rounded ? 0.0 : INFINITY;
  int exponent;
  frexp(fabs(right) < 0x1p-126 ? 0x1p-126 : fabs(right), &exponent);
  const double error = fabs((double)got - right) * ldexp(1.0, 24 - exponent);
  return isnan(error) ? INFINITY : error;
}
"""
CHECK = """
SYMCHECK_EXPORT double worst_{name}(
    uint64_t first, const uint64_t end, const uint64_t step, float *const where) {{
  double worst = 0.0;
  while (first < end) {{
    float x[256], y[256];
    int count = 0;
    for (; count < 256 && first < end; first += step) x[count++] = from_bits_f((uint32_t)first);
#pragma omp simd
    for (int i = 0; i < count; ++i) y[i] = op_{name}_f(x[i]);
    for (int i = 0; i < count; ++i) {{
      const double error = off(y[i], {right}((double)x[i]));
      if (error > worst) {{
        worst = error;
        *where = x[i];
      }}
    }}
  }}
  return worst;
}}
"""


@pytest.fixture(scope="module")
def checks() -> ctypes.CDLL:
    text = '#define SYMCHECK_EXPORT __attribute__((visibility("default")))\ntypedef float real;\n'
    text += functions_text() + CHECKS
    return library(text + "".join(CHECK.format(name=n, right=r) for n, (_, _, r) in FUNCTIONS.items()))


def _worst(checks: ctypes.CDLL, name: str, step: int) -> tuple[float, float]:
    _, patterns, _ = FUNCTIONS[name]
    first, end = patterns or (0, 2**32)
    function = getattr(checks, f"worst_{name}")
    function.restype = ctypes.c_double
    function.argtypes = [ctypes.c_uint64] * 3 + [ctypes.POINTER(ctypes.c_float)]
    where = ctypes.c_float()
    return function(first, end, step, ctypes.byref(where)), where.value


@pytest.mark.parametrize("tier", ["quick", pytest.param("slow", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_errors_in_single_precision(name: str, tier: str, checks: ctypes.CDLL) -> None:
    """Over the whole range, subnormal results and infinities among it."""
    worst, where = _worst(checks, name, STEPS[tier])
    assert worst <= FUNCTIONS[name][0], f"{worst} ulp at {where!r}"
    assert worst > 0.4  # something was measured


@pytest.mark.parametrize("name", sorted(SERIES))
def test_the_bound_of_each_polynomial_is_proved(name: str) -> None:
    s = SERIES[name]
    assert show_series(s.found, s.true, s.rest, (s.low, s.high), s.bits) >= 2


@pytest.mark.parametrize("name", sorted(SERIES))
def test_a_polynomial_with_a_wrong_coefficient_is_not_proved(name: str) -> None:
    s = SERIES[name]
    for at in range(2):
        moved = [*s.tail]
        moved[at] *= 1 + 2.0 ** (12 - s.bits)
        with pytest.raises(NotShown):
            _prove(replace(s, tail=tuple(moved)))
    with pytest.raises(NotShown):
        _prove(replace(s, bits=s.bits + 3))


def test_the_bound_of_tanh_is_proved() -> None:
    above, below, end, bits = TANH.above, TANH.below, TANH.end, TANH.bits
    assert show_tanh(above, below, end, bits) > 2
    for wrong in (
        (above, below, end, bits + 0.1),
        ((above[0] * (1 + 2.0**-18), *above[1:]), below, end, bits),
        (above, (*below[:2], below[2] * (1 + 2.0**-10), *below[3:]), end, bits),
        (above, (below[0], -below[1], *below[2:]), end, bits),
        (above, below, 2 * end, bits),
    ):
        with pytest.raises(NotShown):
            show_tanh(*wrong)


def test_an_interval_without_0_is_refused() -> None:
    with pytest.raises(NotShown, match="does not hold 0"):
        _prove(replace(SERIES["exp_double"], low=0.1))


def _prove(s: Series) -> int:
    return show_series(s.found, s.true, s.rest, (s.low, s.high), s.bits)


@pytest.mark.parametrize("name", sorted(SERIES))
def test_the_rest_of_the_taylor_series_is_nothing_beside_the_bound(name: str) -> None:
    s = SERIES[name]
    assert 0 < float(s.rest) < 2.0 ** -(s.bits + 8)
    x = max(abs(s.low), abs(s.high))
    value = sum(float(c) * x**k for k, c in enumerate(s.true))
    true = {
        "exp": math.exp(x), "expm1": math.expm1(x) / x, "log1p": math.log1p(x) / x,
        "log": math.atanh(math.sqrt(x)) / math.sqrt(x),
    }[s.kind]  # fmt: skip
    assert value == pytest.approx(true, rel=1e-15)


def test_functions_of_double_precision() -> None:
    """Through kernels: `sigmoid`, `softplus` and `tanh` are little more than one function each."""
    from generated.c_kernels import log_sigmoid, sigmoid, softplus, tanh

    x = np.concatenate([np.linspace(-750, 750, 4001), np.geomspace(1e-300, 1, 400)])
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workdps(50):
        for function, true in (
            (sigmoid, lambda t: 1 / (1 + mpmath.exp(-t))),
            (softplus, lambda t: mpmath.log1p(mpmath.exp(t))),
            (log_sigmoid, lambda t: -mpmath.log1p(mpmath.exp(-t))),
            (tanh, mpmath.tanh),
        ):
            for got, at in zip(function(x).tolist(), x.tolist(), strict=True):
                right = true(mpmath.mpf(at))
                unit = math.ulp(float(right)) if right else math.ulp(0.0)
                assert abs(mpmath.mpf(got) - right) <= 3 * unit, (function.__name__, at)
