"""Programs over several axes: what becomes a product of matrices, what a kernel, and in which order."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from broken_kernels import InOne

from codegen.cupy import harness
from codegen.cupy.capability import not_yet, supported
from codegen.cupy.harness import HostDriver, HostError, Mode, Order
from codegen.cupy.schedule import ElementwisePlan, RowPlan
from codegen.cupy.tensor import tensor_plan
from codegen.cupy.tensor_steps import Fused, Lags, Pick, Product, Scatter, Slide, TensorPlan
from codegen.ir import Argument, Builder, Contract, Output
from codegen.passes.contract import is_tensor
from codegen.pipeline import KernelPrograms
from codegen.targets import UnsupportedError

needs_compiler = pytest.mark.skipif(harness.missing() is not None, reason=str(harness.missing()))


def planned(kernels: list[KernelPrograms], name: str) -> TensorPlan:
    programs = [p for k in kernels for p in (k.forward, k.backward) if p is not None]
    return tensor_plan(next(p for p in programs if p.name == name))


def kinds(plan: TensorPlan) -> str:
    letters = {Product: "P", Fused: "F", Pick: "T", Scatter: "S", Slide: "C", Lags: "L"}
    return "".join(letters[type(s)] for s in plan.steps)


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("scaled_dot_product_attention", "PFPF"),
        ("linear", "PF"),
        ("dense_sigmoid_vjp", "PFPP"),
        ("embedding", "T"),
        ("embedding_vjp", "S"),
        ("trace", "F"),
        ("convolve", "C"),
        ("convolve_vjp", "CL"),
    ],
)
def test_steps(name: str, steps: str, kernels: list[KernelPrograms]) -> None:
    assert kinds(planned(kernels, name)) == steps


def test_every_kernel_of_the_catalog_has_a_cuda_form(kernels: list[KernelPrograms]) -> None:
    assert not_yet(kernels) == {}


def test_attention_scales_in_the_product_and_keeps_scores_wide(kernels: list[KernelPrograms]) -> None:
    scores, softmax, _, _ = planned(kernels, "scaled_dot_product_attention").steps
    assert isinstance(scores, Product)
    assert [op for op, _ in scores.scale] == ["div"]
    assert scores.wide
    assert isinstance(softmax, Fused)
    assert isinstance(softmax.plan, RowPlan)
    assert (softmax.batch, softmax.row) == (("*", "n"), "m")
    assert scores.result in {r.name for r in softmax.reads}


def test_what_reads_no_more_than_its_place_is_one_flat_kernel(kernels: list[KernelPrograms]) -> None:
    first = next(s for s in planned(kernels, "swiglu_vjp").steps if isinstance(s, Fused))
    assert isinstance(first.plan, ElementwisePlan)


def test_every_value_is_made_before_it_is_read(kernels: list[KernelPrograms]) -> None:
    count = 0
    for program in (
        p for k in supported(kernels) for p in (k.forward, k.backward) if p is not None and is_tensor(p)
    ):
        plan = tensor_plan(program)
        there = {a.name for a in program.arguments}
        for step in plan.steps:
            match step:
                case Product():
                    read, made = (step.left, step.right), {step.result}
                case Fused():
                    read, made = step.reads, {w.name for w in step.writes}
                case Pick():
                    read, made = (step.table, step.index), {step.result}
                case Scatter():
                    read, made = (step.index, step.values), {step.result}
                case Slide():
                    read, made = (step.values, step.taps), {step.result}
                case Lags():
                    read, made = (step.sliding, step.values), {step.result}
            assert {r.name for r in read if not r.name.startswith("@")} <= there, (program.name, step)
            assert not made & there, (program.name, step)
            there |= made
        assert {r.name for r in plan.results} <= there
        count += 1
    assert count >= 28


def test_a_divisor_along_the_sum_goes_into_one_factor(kernels: list[KernelPrograms]) -> None:
    """The normalised adjacency matrix: no value of four axes, and no kernel over them."""
    plan = planned(kernels, "gcn_layer")
    assert all(len(s.batch) <= 2 for s in plan.steps if isinstance(s, Fused))
    assert sum(isinstance(s, Product) for s in plan.steps) == 2


def test_a_sum_over_all_rows_of_two_axes_is_refused() -> None:
    b = Builder("f", (Argument(name="x", axes=("*", "n", "m")), Argument(name="y", axes=("*", "m"))))
    product = b.add(Contract((b.load("x"), b.load("y")), ("m",)))
    both = b.map("mul", b.load("x"), product)
    total = b.reduce("sum", "*", both)
    with pytest.raises(UnsupportedError, match="over all rows"):
        tensor_plan(b.finish([Output("out", ("n", "m"), (total,))]))


@needs_compiler
def test_shapes_out_and_empty_batches(package: ModuleType) -> None:
    package.set_driver(HostDriver())
    rng = np.random.default_rng(0)
    q, k, v = (rng.standard_normal((2, 3, n, 4)).astype("f4") for n in (5, 6, 6))
    wanted = package.scaled_dot_product_attention(q, k, v)
    assert wanted.shape == (2, 3, 5, 4)
    one = package.scaled_dot_product_attention(q[0, 0], k[0, 0], v[0, 0])
    np.testing.assert_allclose(one, wanted[0, 0], rtol=1e-6)
    shared = package.scaled_dot_product_attention(q, k[0, 0], v[0, 0])
    np.testing.assert_allclose(shared[0, 0], wanted[0, 0], rtol=1e-6)
    out = np.zeros_like(wanted)
    assert package.scaled_dot_product_attention(q, k, v, out=out) is out
    np.testing.assert_array_equal(out, wanted)
    turned = np.zeros((2, 3, 4, 5), "f4").swapaxes(2, 3)
    assert package.scaled_dot_product_attention(q, k, v, out=turned) is turned
    np.testing.assert_array_equal(turned, wanted)
    over = q.copy()
    package.scaled_dot_product_attention(over, k, v, out=over)
    np.testing.assert_array_equal(over, wanted)
    empty = package.linear_vjp(np.zeros((0, 3), "f4"), np.zeros((0, 4), "f4"), np.ones((3, 4), "f4"),
                               np.ones(3, "f4"))  # fmt: skip
    assert [e.shape for e in empty] == [(0, 4), (3, 4), (3,)]
    assert not any(e.any() for e in empty)
    with pytest.raises(ValueError, match=r"linear: weight has shape \(3, 5\), expected \(n, m\) with m = 4"):
        package.linear(np.zeros((2, 4), "f4"), np.zeros((3, 5), "f4"), np.zeros(3, "f4"))
    with pytest.raises(ValueError, match="no axis of length 0"):
        package.linear(np.zeros((2, 0), "f4"), np.zeros((3, 0), "f4"), np.zeros(3, "f4"))


@needs_compiler
@pytest.mark.parametrize("mode", [Mode.FAST, Mode.CHECK])
@pytest.mark.parametrize(("rows", "n", "m"), [(1, 1, 1), (3, 7, 1), (2, 3, 9), (2, 530, 131), (70, 40, 61)])
def test_convolutions_of_any_lengths(mode: Mode, rows: int, n: int, m: int, package: ModuleType) -> None:
    package.set_driver(HostDriver(mode, Order.SHUFFLED, seed=3))
    rng = np.random.default_rng(n)
    x, k, g = (rng.standard_normal(s).astype("f4") for s in ((rows, n), m, (rows, n + m - 1)))
    wanted = np.stack([np.convolve(row, k.astype(float)) for row in x])
    tolerance = 4e-7 * (n + m) ** 0.5 * abs(wanted).max()
    np.testing.assert_allclose(package.convolve(x, k), wanted, rtol=0, atol=tolerance)
    dx, dk = package.convolve_vjp(g, x, k)
    each = [np.correlate(row, k.astype(float)) for row in g]
    total = sum(np.correlate(a, b.astype(float)) for a, b in zip(g, x, strict=True))
    for found, right in ((dx, np.stack(each)), (dk, np.asarray(total))):
        np.testing.assert_allclose(found, right, rtol=0, atol=4e-7 * (n + m) ** 0.5 * abs(right).max())
    assert package.convolve(x[0], k).shape == (n + m - 1,)
    empty = package.convolve_vjp(g[:0], x[:0], k)
    assert [e.shape for e in empty] == [(0, n), (m,)]
    assert not empty[1].any()


@needs_compiler
def test_an_infinite_tap_does_not_meet_what_is_beside_a_row(package: ModuleType) -> None:
    package.set_driver(HostDriver())
    x, k = np.ones((2, 9), "f4"), np.array([1, np.inf, 2], "f4")
    np.testing.assert_array_equal(package.convolve(x, k)[0], [1, *[np.inf] * 9, 2])
    x[:, 3], k[1] = np.inf, -1
    np.testing.assert_array_equal(
        package.convolve(x, k)[1], [1, 0, 2, np.inf, -np.inf, np.inf, 2, 2, 2, 1, 2]
    )
    with pytest.raises(ValueError, match=r"the axis m \+ n - 1 has length 5, expected 6"):
        package.convolve_vjp(np.ones((2, 5), "f4"), np.ones((2, 4), "f4"), np.ones(3, "f4"))


BREAKS = {
    "slide, no barrier before the next taps": (
        "convolve_1", "end = begin + wide;\n      __syncthreads();", "end = begin + wide;", "race",
    ),
    "slide, a place too far": ("convolve_1", "0 <= i && i < n ?", "0 <= i && i <= n ?", "out of bounds"),
    "slide, too few places": (
        "convolve_1", "k < wide; k += blockDim.x", "k < wide - 4; k += blockDim.x", "uninitialised",
    ),
    "lags, no barrier before the sums of the warps": (
        "convolve_vjp_2_partial", "__syncthreads();", "", "race|uninitialised",
    ),
    "lags, a distance too far": (
        "convolve_vjp_2_partial", "if (first + j < m)", "if (first + j <= m)", "out of bounds",
    ),
    "lags, warps beyond the last place": (
        "convolve_vjp_2_total", "if (j >= m) return;", "", "out of bounds",
    ),
    "scatter, threads beyond the last entry": (
        "embedding_vjp_1", "if (entry >= entries) return;", "", "out of bounds",
    ),
    "scatter, a row too far": ("embedding_vjp_1", "first < rows && ", "", "out of bounds"),
    "pick, threads beyond the last row": ("embedding_1", "if (row >= rows) return;", "", "out of bounds"),
    "pick, an entry too far": ("embedding_1", "entry < entries)", "entry <= entries)", "out of bounds"),
}  # fmt: skip
"""Template, and what is wrong -> a kernel of it, a fault, and what check mode calls that."""
GIVEN = {
    "convolve": (np.ones((2, 400), "f4"), np.ones(300, "f4")),
    "convolve_vjp": (np.ones((2, 40), "f4"), np.ones((2, 20), "f4"), np.ones(21, "f4")),
    "embedding": (np.array([1, 4, 3]), np.ones((4, 3), "f4")),
    "embedding_vjp": (np.ones((3, 3), "f4"), np.array([1, 3, 3]), np.ones((4, 3), "f4")),
}


@needs_compiler
@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_step_is_caught(name: str, package: ModuleType) -> None:
    kernel, old, new, message = BREAKS[name]
    function = max((f for f in GIVEN if kernel.startswith(f"{f}_")), key=len)

    package.set_driver(InOne(kernel, old, new, Mode.CHECK, Order.SHUFFLED, seed=1))
    with pytest.raises(HostError) as caught:
        getattr(package, function)(*GIVEN[function])
    assert any(part in str(caught.value) for part in message.split("|")), str(caught.value)


@needs_compiler
def test_an_index_outside_the_table(package: ModuleType) -> None:
    package.set_driver(HostDriver())
    table = np.arange(12, dtype="f4").reshape(4, 3)
    found = package.embedding(np.array([1, -1, 4, 3]), table)
    np.testing.assert_array_equal(np.isnan(found[:, 0]), [False, True, True, False])
    g = np.ones((5, 3), "f4")
    (grad,) = (package.embedding_vjp(g, np.array([1, -1, 4, 1, 0]), table),)
    np.testing.assert_array_equal(grad[:, 0], [1, 2, 0, 0])
