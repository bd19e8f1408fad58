"""Backward passes against the forward ones: adjoint identity, Taylor slope, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import generated.numpy_kernels as shipped
from codegen.derivatives import PARTIALS, partial
from codegen.ir import BATCH, Argument, Builder, IRError, Output
from codegen.lower import argument
from codegen.passes.differentiate import differentiate
from codegen.passes.simplify import RULES
from codegen.reference import Evaluation
from codegen.regions import ELEMENTWISE, ROWS, rows
from formulas.kernels import every_kernel
from formulas.schema import Kernel

DIFFERENTIABLE = {k.name: k for k in every_kernel() if k.wrt}
LINEAR = frozenset({
    "dropout", "embedding", "l1_loss", "l1_norm", "l1_penalty", "leaky_relu", "nll_loss", "ppo_objective",
    "relu", "reparametrize", "residual", "rope", "sft_loss",
})  # fmt: skip
"""Linear around the samples: of their Taylor remainder nothing is left but roundings."""
SEEDS = {"feed_forward": 5}
"""The sample of the others has no hidden unit that is on."""


def arguments(kernel: Kernel) -> dict[str, Any]:
    along = any(argument(i).axes[1:] for i in kernel.inputs)
    (row,) = rows(kernel, ROWS[0] if along else ELEMENTWISE[0], "float64", 1, seed=SEEDS.get(kernel.name, 2))
    return row


def push_forward(kernel: Kernel, row: dict[str, Any], directions: dict[str, Any]) -> Any:
    """J v from the symbolic form, with true partial derivatives."""
    places = [(n, at) for n in kernel.wrt for at in np.ndindex(*np.shape(row[n]))]
    evaluation = Evaluation(kernel, row, places)
    out = np.zeros(evaluation.shape())
    for at in np.ndindex(*out.shape):
        slopes = evaluation.output(at).slopes
        out[at] = sum(float(s) * directions[n][p] for s, (n, p) in zip(slopes, places, strict=False))
    return out


def pull_back(kernel: Kernel, g: Any, row: dict[str, Any]) -> tuple[Any, ...]:
    found = getattr(shipped, f"{kernel.name}_vjp")(g, *[row[i.name] for i in kernel.inputs])
    return found if isinstance(found, tuple) else (found,)


@pytest.mark.parametrize("name", sorted(DIFFERENTIABLE))
def test_adjoint_identity(name: str) -> None:
    """<g, J v> = <J^T g, v>."""
    kernel = DIFFERENTIABLE[name]
    row = arguments(kernel)
    rng = np.random.default_rng(1)
    v = {n: rng.standard_normal(np.shape(row[n])) for n in kernel.wrt}
    forward = push_forward(kernel, row, v)
    g = rng.standard_normal(forward.shape)
    pairs = [(np.asarray(c), v[n]) for c, n in zip(pull_back(kernel, g, row), kernel.wrt, strict=True)]
    size = sum(np.abs(c * d).sum() for c, d in pairs)
    assert abs((g * forward).sum() - sum((c * d).sum() for c, d in pairs)) <= 1e-13 * max(size, 1e-3)


@pytest.mark.parametrize("name", sorted(DIFFERENTIABLE))
def test_taylor_slope_two(name: str) -> None:
    """f(x + h v) - f(x) - h <J^T g, v> falls like h squared, or is rounding where f is linear."""
    kernel = DIFFERENTIABLE[name]
    row = arguments(kernel)
    rng = np.random.default_rng(2)
    v = {n: rng.standard_normal(np.shape(row[n])) * 0.1 for n in kernel.wrt}
    if any(i.name in ("p", "q") for i in kernel.inputs):
        v = {n: d * row[n] for n, d in v.items()}

    def value(h: float) -> Any:
        moved = {n: row[n] + h * v[n] if n in v else row[n] for n in row}
        return np.asarray(getattr(shipped, name)(*[moved[i.name] for i in kernel.inputs]))

    g = rng.standard_normal(value(0).shape)
    slope = sum(
        (np.asarray(c) * v[n]).sum() for c, n in zip(pull_back(kernel, g, row), kernel.wrt, strict=True)
    )
    steps = [0.1, 0.05, 0.025]
    rest = [abs((g * (value(h) - value(0))).sum() - h * slope) for h in steps]
    if name in LINEAR:
        assert max(rest) <= 1e-13 * max(1, abs(slope)), rest
        return
    order = np.log2(np.array(rest[:-1]) / np.array(rest[1:]))
    if name == "cross_entropy_probs":
        assert (order > 1.8).all()
    else:
        np.testing.assert_allclose(order, 2, atol=0.25)


@pytest.mark.parametrize("name", ["relu", "sft_loss", "softmax"])
def test_the_taylor_slope_sees_a_scaled_backward_pass(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    good = getattr(shipped, f"{name}_vjp")
    monkeypatch.setattr(shipped, f"{name}_vjp", lambda *a: good(*a) * (1 + 2.0**-6))
    with pytest.raises(AssertionError):
        test_taylor_slope_two(name)


def test_the_adjoint_identity_sees_a_scaled_backward_pass() -> None:
    kernel = DIFFERENTIABLE["softmax"]
    row = arguments(kernel)
    v = {"input": np.linspace(-1, 1, len(row["input"]))}
    forward = push_forward(kernel, row, v)
    g = np.cos(np.arange(len(forward)))
    (c,) = pull_back(kernel, g, row)
    right = (g * forward).sum()
    assert abs(right - (c * v["input"]).sum()) < 1e-14
    assert abs(right - (c * (1 + 2.0**-6) * v["input"]).sum()) > 1e-6


@pytest.mark.parametrize("op", sorted(set(PARTIALS) - {"hold", "select", "abs", "max", "min"}))
def test_partial_derivatives_are_those_of_the_meaning(op: str) -> None:
    for position in range(len(PARTIALS[op])):
        assert partial(op, position).outputs


def test_a_wrong_partial_derivative_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PARTIALS, "cos", ("(sin a)",))  # type: ignore[misc]
    partial.cache_clear()
    with pytest.raises(ValueError, match="derivative of cos by operand 0 is wrong"):
        partial("cos", 0)
    partial.cache_clear()


def one_argument(axes: tuple[str, ...]) -> Builder:
    return Builder("f", (Argument(name="x", axes=axes),))


def test_a_shared_argument_is_summed_over_the_batch() -> None:
    b = Builder("f", (Argument(name="x", axes=(BATCH, "n")), Argument(name="w", axes=("n",))))
    product = b.map("mul", b.load("x"), b.load("w"))
    backward = differentiate(b.finish([Output("y", (BATCH, "n"), (product,))]), ("w",), RULES)
    assert backward.outputs[0].axes == ("n",)
    assert "reduce sum over *" in str(backward)


def test_a_cotangent_that_is_zero_is_zero() -> None:
    b = Builder("f", (Argument(name="x", axes=(BATCH,)), Argument(name="y", axes=(BATCH,))))
    backward = differentiate(b.finish([Output("o", (BATCH,), (b.load("x"),))]), ("y",), RULES)
    assert str(backward).splitlines()[1].endswith("= 0.0")


def test_a_maximum_that_is_not_a_free_choice_is_refused() -> None:
    b = one_argument((BATCH, "n"))
    with pytest.raises(IRError, match="no adjoint for Reduce"):
        differentiate(b.finish([Output("y", (BATCH,), (b.reduce("max", "n", b.load("x")),))]), ("x",), RULES)


def test_kinks_follow_pytorch() -> None:
    zero, one = np.zeros(1), np.ones(1)
    assert shipped.relu_vjp(one, zero) == 0
    assert shipped.leaky_relu_vjp(one, zero, 0.25) == 0.25
