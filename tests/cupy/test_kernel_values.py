"""Every kernel on the host harness: values, schedules, memory accesses, and that the tests can fail."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from broken_kernels import Breaking, InOne

from codegen.cupy import accuracy, harness
from codegen.cupy.accuracy import cases, condition_numbers, largest_error, truth
from codegen.cupy.forced import forced
from codegen.cupy.harness import HostDriver, HostError, Mode, Order
from codegen.cupy.report import build_all, requests
from codegen.cupy.samples import (
    DTYPES,
    Sample,
    arguments,
    call,
    functions,
    measured_samples,
    samples,
    small_samples,
)
from codegen.cupy.tables import ROUNDED_ONCE, bounds, table
from codegen.cupy.ulps import errors
from codegen.ir import Program
from codegen.passes.contract import is_tensor
from codegen.pipeline import KernelPrograms

pytestmark = pytest.mark.skipif(harness.missing() is not None, reason=str(harness.missing()))

LARGEST = {"float16": ROUNDED_ONCE, "bfloat16": ROUNDED_ONCE, "float32": 6.0, "float64": 6.0}
"""No bound of the table may be larger for arguments up to 8 and for rows."""
LARGEST_PRODUCT = {"float16": 4.0, "bfloat16": 4.0, "float32": 16.0, "float64": 16.0}
"""The same where sums of products go through 16 bits and are added by a library."""


@pytest.fixture(scope="module")
def built(kernels: list[KernelPrograms]) -> HostDriver:
    """A fast driver with every instance that the samples ask for."""
    driver = HostDriver(Mode.FAST, Order.ONE_WARP_AHEAD, seed=5)
    package = importlib.import_module("generated.cupy_kernels")
    return build_all(driver, requests(package, kernels, samples, measured_samples))


@pytest.fixture
def host(package: ModuleType, built: HostDriver) -> ModuleType:
    package.set_driver(built)
    return package


Known = tuple[KernelPrograms, Program, str, dict[str, Any], list[Any]]


@pytest.fixture(scope="module")
def known(kernels: list[KernelPrograms]) -> list[Known]:
    """Every function in each of its regions, with the arguments and the results to 80 bits."""
    return [
        (kernel, program, where, given, truth(kernel, program, given))
        for kernel, program in functions(kernels)
        for where, given in cases(kernel, program)
    ]


def test_the_package_has_every_function(kernels: list[KernelPrograms], package: ModuleType) -> None:
    names = {program.name for _, program in functions(kernels)}
    assert len(names) >= 40
    assert names <= set(package.__all__)


def test_errors_are_within_the_table(known: list[Known], host: ModuleType) -> None:
    checked = 0
    for kernel, program, where, given, wanted in known:
        judge = condition_numbers(kernel, program, given)
        for dtype in DTYPES:
            (bound,) = [b for b in bounds(program.name) if b.dtype == dtype and b.where == where]
            error = largest_error(host, program, dtype, given, wanted, judge)
            assert bound.allows(error), (program.name, dtype, where, error, bound.worst)
            checked += 1
    assert checked == len(table())


def test_the_table_is_tight_enough_to_mean_something(kernels: list[KernelPrograms]) -> None:
    products = {p.name for _, p in functions(kernels) if is_tensor(p)}
    for bound in table():
        if "64" not in bound.where:
            largest = LARGEST_PRODUCT if bound.function in products else LARGEST
            assert bound.worst <= largest[bound.dtype], bound


@pytest.mark.parametrize("spoil", ["zero", "off by 1/64"])
def test_a_spoiled_result_is_outside_the_table(spoil: str, known: list[Known]) -> None:
    for _, program, where, _, wanted in known:
        factor = 0.0 if spoil == "zero" else 1 + 2.0**-6
        (bound,) = [b for b in bounds(program.name) if b.dtype == "float32" and b.where == where]
        for right in wanted:
            error = errors("float32", right * factor, right, by_row=not program.is_elementwise)
            assert error.max() > 100 * bound.worst, (program.name, where)


def test_schedules_agree_with_numpy_kernels(kernels: list[KernelPrograms], host: ModuleType) -> None:
    """Every schedule, type and alignment against the NumPy kernels in float64."""
    peer = importlib.import_module("generated.numpy_kernels")
    launched = len(host.get_driver().launches)
    for kernel, program in functions(kernels):
        for sample in samples(program):
            given = arguments(kernel, program, sample)
            exact = {n: v.astype(float) if _is_real(v) else v for n, v in given.items()}
            got = _several(call(host, program, given, sample))
            wanted = _several(getattr(peer, program.name)(**exact))
            for g, w in zip(got, wanted, strict=True):
                error = _difference(sample, g, w)
                narrow = 4.0 if is_tensor(program) else 0.6
                limit = narrow if sample.dtype in ("float16", "bfloat16") else 48 + sample.n**0.5
                nothing_left = sample.n == 1 and np.allclose(g, w, rtol=0, atol=1e-5)  # a row cancels itself
                assert error <= limit or nothing_left, (program.name, sample, error)
    assert len(host.get_driver().launches) - launched > 300


WITHIN = {
    "split_short": ("split", "left, parts,", "left, 1,"),
    "staged": ("staged", "base = next;", ""),
    "staged_alone": ("staged", "base = next;", ""),
    "block": ("block", "row += gridDim.x", "row += 2 * gridDim.x"),
}
"""Schedule of a step of causal attention -> its kernel, and a fault that needs the loop of that to run."""


@pytest.mark.parametrize("tier", WITHIN)
def test_a_fault_in_a_step_of_a_function_over_several_axes_is_seen(
    tier: str, kernels: list[KernelPrograms], package: ModuleType
) -> None:
    """Its rows are as short here as they can be: there are as many of them."""
    ending, old, new = WITHIN[tier]
    ((kernel, program),) = [(k, p) for k, p in functions(kernels) if p.name == "causal_attention"]
    (sample,) = [s for s in samples(program) if (s.tier, s.dtype) == (tier, "float32")]
    given = arguments(kernel, program, sample)
    peer = importlib.import_module("generated.numpy_kernels")
    wanted = getattr(peer, program.name)(
        **{n: v.astype(float) if _is_real(v) else v for n, v in given.items()}
    )
    for fault in (old, new):
        package.set_driver(InOne(f"{program.name}_1_{ending}", old, fault, Mode.FAST, Order.SHUFFLED, seed=1))
        error = _difference(sample, call(package, program, given, sample), wanted)
        assert (error <= 100) == (fault == old), error


def _difference(sample: Sample, got: Any, wanted: Any) -> float:
    """The largest error; NaN of both is no difference in rows of one place, where a deviation is 0 / 0."""
    error = errors(sample.dtype, got, wanted, by_row=True)
    undefined = (sample.n == 1) & np.isnan(got) & np.isnan(wanted)
    return float(np.where(undefined, 0.0, error).max(initial=0.0))


def test_infinity_is_exact_only_beyond_the_range() -> None:
    wanted = np.array([1e6, -1e6, 1e6, 1e6, 1e6, 6e4, np.nan])
    got = np.array([np.inf, -np.inf, -np.inf, np.nan, 65504, np.inf, np.inf], np.float16)
    error = errors("float16", got, wanted, by_row=False)
    assert (error[:2] == 0).all()
    assert not (error[2:] <= 1000).any()


def test_only_a_row_of_one_place_may_be_undefined() -> None:
    undefined, one = np.full((2, 1), np.nan), np.ones((2, 1))
    assert _difference(Sample("float32", 2, 1), undefined, undefined) == 0
    for n, got, wanted in ((2, undefined, undefined), (1, undefined, one), (1, one, undefined)):
        assert not _difference(Sample("float32", 2, n), got, wanted) <= 1e9


@pytest.mark.parametrize("backward", [False, True])
def test_the_triplet_loss_is_measured_on_both_sides_of_its_hinge(
    backward: bool, kernels: list[KernelPrograms]
) -> None:
    (kernel,) = [k for k in kernels if k.kernel.name == "triplet_loss"]
    program = kernel.backward if backward else kernel.forward
    assert program is not None
    ((_, given),) = cases(kernel, program)
    for result in truth(kernel, program, given):
        open_rows = (result.reshape(len(result), -1) != 0).any(1)
        assert 0 < open_rows.sum() < len(open_rows)


def _is_real(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind not in "iu"


def _several(results: Any) -> tuple[Any, ...]:
    return results if isinstance(results, tuple) else (results,)


def test_repeated_calls_and_other_thread_orders_give_the_same_bits(
    kernels: list[KernelPrograms], package: ModuleType, built: HostDriver
) -> None:
    for kernel, program in functions(kernels):
        sample = samples(program)[2]
        found = []
        for order, seed in ((Order.ASCENDING, 0), (Order.DESCENDING, 0), (Order.SHUFFLED, 1)):
            built.order, built.seed = order, seed
            package.set_driver(built)
            results = _several(call(package, program, arguments(kernel, program, sample), sample))
            found.append([r.tobytes() for r in results])
        built.order = Order.ONE_WARP_AHEAD
        assert found[0] == found[1] == found[2], program.name


@pytest.fixture(scope="module")
def checking(kernels: list[KernelPrograms]) -> HostDriver:
    driver = HostDriver(Mode.CHECK, Order.SHUFFLED, seed=2)
    package = importlib.import_module("generated.cupy_kernels")
    return build_all(driver, requests(package, kernels, small_samples))


def test_no_race_no_stray_access_no_uninitialised_read(
    kernels: list[KernelPrograms], package: ModuleType, checking: HostDriver
) -> None:
    package.set_driver(checking)
    for kernel, program in functions(kernels):
        for sample in small_samples(program):
            call(package, program, arguments(kernel, program, sample), sample)
    assert len(checking.launches) > 100


BREAKS = {
    "reads past the end": ("packs = size / V;", "packs = size / V + 1;", "out of bounds"),
    "no barrier before the partial results": ("(fold);\n  __syncthreads();", "(fold);", "write after read"),
    "no barrier behind them": ("= fold;\n  __syncthreads();", "= fold;", "uninitialised|race"),
    "a row too far": ("base = row * n;", "base = row * n + 1;", "out of bounds|misaligned"),
}


def test_columns_without_a_barrier_are_caught(package: ModuleType) -> None:
    """The kernel that adds up the parts of a weight's gradient: its slices meet in shared memory."""
    old, new = "__syncthreads();\n  if (slice > 0", "if (slice > 0"

    package.set_driver(Breaking(old, new, Mode.CHECK, Order.SHUFFLED, seed=1))
    x = np.linspace(-2, 2, 40 * 64, dtype=np.float32).reshape(40, 64)
    with pytest.raises(HostError, match=r"uninitialised|race"):
        package.rms_norm_vjp(x, x, np.ones(64, np.float32))


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_kernel_is_caught(name: str, kernels: list[KernelPrograms], package: ModuleType) -> None:
    old, new, message = BREAKS[name]
    function = "silu" if "packs" in old else "softmax"

    package.set_driver(Breaking(old, new, Mode.CHECK, Order.SHUFFLED, seed=1))
    x = np.linspace(-2, 2, 5 * 2052, dtype=np.float32).reshape(5, 2052)
    with pytest.raises(HostError) as caught:
        getattr(package, function)(x)
    assert any(part in str(caught.value) for part in message.split("|")), str(caught.value)


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("tier", ["staged", "staged_alone"])
def test_blocks_that_do_not_go_on_to_their_next_row_are_caught(
    tier: str, broken: bool, kernels: list[KernelPrograms], package: ModuleType
) -> None:
    """Two blocks share the rows of the samples; without the step they compute their first ones again."""
    old = "base = next;"
    package.set_driver(Breaking(old, "" if broken else old, Mode.FAST, Order.SHUFFLED, seed=1))
    ((kernel, program),) = [(k, p) for k, p in functions(kernels) if p.name == "softmax"]
    (sample,) = [s for s in samples(program) if (s.tier, s.dtype) == (tier, "float32")]
    given = arguments(kernel, program, sample)
    y = np.full_like(given["input"], np.nan)
    call(package, program, given | {"out": y}, sample)
    exact = np.exp(given["input"].astype(float))
    wanted = exact / exact.sum(-1, keepdims=True)
    right = np.isclose(y, wanted, rtol=1e-5, atol=0).all(-1)
    assert right.all() if not broken else not right[2:].any()


def test_a_rows_kernel_reads_its_input_once_in_whole_sectors(
    package: ModuleType, checking: HostDriver
) -> None:
    x = np.linspace(-2, 2, 4 * 24, dtype=np.float32).reshape(4, 24)
    package.set_driver(checking)
    package.softmax(x)
    assert checking.last is not None
    traffic = checking.last.traffic()
    assert sum(a.bytes_loaded for a in traffic) == x.nbytes
    assert sum(a.bytes_stored for a in traffic) == x.nbytes
    assert {a.width for a in traffic} == {16}


def test_a_row_that_is_read_twice_is_seen(package: ModuleType, checking: HostDriver) -> None:
    x = np.linspace(-2, 2, 2 * 1028, dtype=np.float32).reshape(2, 1028)
    package.set_driver(checking)
    with forced(package, "block"):
        package.softmax(x)
    assert checking.last is not None
    assert sum(a.bytes_loaded for a in checking.last.traffic()) >= 2 * x.nbytes


@pytest.mark.parametrize(("tier", "again"), [("staged", 0), ("staged_in_part", 2)])
def test_what_has_no_room_in_shared_memory_is_read_again(
    tier: str, again: int, package: ModuleType, checking: HostDriver
) -> None:
    """The array that more passes read is kept; the other is read to fold, twice, and to store."""
    x = np.linspace(-2, 2, 3 * 1204, dtype=np.float32).reshape(3, 1204)
    package.set_driver(checking)
    with forced(package, tier):
        package.softmax_vjp(x[::-1].copy(), x)
    assert checking.last is not None
    assert sum(a.bytes_loaded for a in checking.last.traffic()) == (2 + again) * x.nbytes


def test_accuracy_table_lists_each_function_once(kernels: list[KernelPrograms]) -> None:
    def regions(program: Program) -> int:
        return len(accuracy.REGIONS) if program.is_elementwise else 1

    wanted = sum(regions(p) * len(DTYPES) for _, p in functions(kernels))
    assert len(table()) == wanted == len({(b.function, b.dtype, b.where) for b in table()})
