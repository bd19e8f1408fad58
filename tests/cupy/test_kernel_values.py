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
from codegen.cupy.emit import TEMPLATES
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
from codegen.cupy.tiers import TIERS
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


FAULTS = {
    "row, parts beyond the first": (
        "causal_attention_1_split", Sample("float32", 1, 36, tier="split_short", lengths=(36, 7, 40)),
        "left, parts,", "left, 1,",
    ),
    "row, a staged block's second": (
        "causal_attention_1_staged", Sample("float32", 1, 132, tier="staged", lengths=(132, 7, 136)),
        "base = next;", "",
    ),
    "row, the second of a block that is alone": (
        "causal_attention_1_staged", Sample("float32", 1, 12, tier="staged_alone", lengths=(12, 7, 16)),
        "base = next;", "",
    ),
    "row, every other one of a block": (
        "causal_attention_1_block", Sample("float32", 1, 132, tier="block", lengths=(132, 7, 136)),
        "row += gridDim.x", "row += 2 * gridDim.x",
    ),
    "columns, the last row of a group": (
        "rms_norm_vjp_held_columns", Sample("float32", 70, 24), "turn < group", "turn < group - 1",
    ),
    "elementwise, the first place behind the packs": (
        "silu_flat", Sample("float32", 1, 1027), "packs * V + thread;", "packs * V + 1 + thread;",
    ),
    "slide, the last tap of a span": (
        "convolve_1_steps", Sample("float32", 3, 0, lengths=(1201, 150)),
        "q + j < count", "q + j < count - 1",
    ),
    "slide, places against taps": (
        "convolve_1", Sample("float32", 3, 33), "begin = first + q - shift", "begin = first + q + 1 - shift",
    ),
    "lags, the last distance": (
        "convolve_vjp_2_partial", Sample("float32", 3, 33), "if (first + j < m)", "if (first + j < m - 1)",
    ),
    "lags, the first group": (
        "convolve_vjp_2_total", Sample("float32", 3, 0, lengths=(1201, 150)),
        "group = threadIdx.x & 31", "group = 1 + (threadIdx.x & 31)",
    ),
    "scatter, the last row": (
        "embedding_vjp_1", Sample("float32", 3, 33), "first < rows &&", "first < rows - 1 &&",
    ),
    "pick, the last entry": (
        "embedding_1", Sample("float32", 2, 5), "entry < entries)", "entry < entries - 1)",
    ),
}  # fmt: skip
"""Template, and what is left out or wrong -> a kernel of it, a sample, and a fault that this sample has to
show.  In attention there are as many rows as a row has places."""


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_a_kernel_is_seen_in_its_values(
    name: str, kernels: list[KernelPrograms], package: ModuleType
) -> None:
    """That the kernels without it agree on these samples is shown above."""
    faulty, sample, old, new = FAULTS[name]
    kernel, program = max(
        ((k, p) for k, p in functions(kernels) if faulty.startswith(f"{p.name}_")),
        key=lambda f: len(f[1].name),
    )
    assert sample in samples(program)
    given = arguments(kernel, program, sample)
    peer = importlib.import_module("generated.numpy_kernels")
    wanted = getattr(peer, program.name)(
        **{n: v.astype(float) if _is_real(v) else v for n, v in given.items()}
    )
    package.set_driver(InOne(faulty, old, new, Mode.FAST, Order.SHUFFLED, seed=1))
    results = zip(_several(call(package, program, given, sample)), _several(wanted), strict=True)
    error = max(_difference(sample, *both) for both in results)
    assert not error <= 100, error


def test_each_template_has_a_planted_fault() -> None:
    """Every kernel of the package is made by one of them."""
    texts = {path.name.removesuffix(".cu.j2"): path.read_text() for path in TEMPLATES.glob("*.cu.j2")}
    assert {name.partition(",")[0] for name in FAULTS} == texts.keys()
    for name, (_, _, old, _) in FAULTS.items():
        assert old in texts[name.partition(",")[0]], name


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


def _of_any_order(
    kernel: KernelPrograms, program: Program, package: ModuleType, driver: HostDriver
) -> set[tuple[bytes, ...]]:
    """The results by each order of threads, as bits."""
    sample = samples(program)[2]
    found = set()
    for driver.order, driver.seed in ((Order.ASCENDING, 0), (Order.DESCENDING, 0), (Order.SHUFFLED, 1)):
        package.set_driver(driver)
        results = _several(call(package, program, arguments(kernel, program, sample), sample))
        found.add(tuple(r.tobytes() for r in results))
    driver.order = Order.ONE_WARP_AHEAD
    return found


def test_repeated_calls_and_other_thread_orders_give_the_same_bits(
    kernels: list[KernelPrograms], package: ModuleType, built: HostDriver
) -> None:
    for kernel, program in functions(kernels):
        assert len(_of_any_order(kernel, program, package, built)) == 1, program.name


def test_a_sum_in_the_order_of_the_threads_is_seen(
    kernels: list[KernelPrograms], package: ModuleType
) -> None:
    """The sums of a block for each distance of places of two rows, added up by atomics."""
    slot = f"* {TIERS.lags} + j] ="
    old = f"combine_warp(sum);\n    if ((threadIdx.x & 31) == 0) warps[(threadIdx.x >> 5) {slot} sum.s;"
    new = f"if (threadIdx.x < blockDim.x >> 5) warps[threadIdx.x {slot} R(0.0);\n    __syncthreads();\n"
    new += "    atomicAdd(warps + j, sum.s);"
    ((kernel, program),) = [(k, p) for k, p in functions(kernels) if p.name == "convolve_vjp"]
    driver = InOne("convolve_vjp_2_partial", old, new)
    assert len(_of_any_order(kernel, program, package, driver)) > 1


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
