"""The generated package as its users meet it: arguments, drivers, messages, stability of the text."""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codegen.cupy import gpu, harness, nvrtc
from codegen.cupy import verify as verifying
from codegen.cupy.emit import HEADS, device_text
from codegen.cupy.gpu import __main__ as gpu_command
from codegen.cupy.harness import HostDriver, HostModule
from codegen.cupy.instances import recorded
from codegen.cupy.modules import CupyTarget
from codegen.cupy.schedule import plan
from codegen.cupy.spelling import MONOID_STRUCTS
from codegen.cupy.verify import verify
from codegen.ir import MONOIDS, Argument, Builder, Output, Program
from codegen.pipeline import KernelPrograms
from codegen.targets import UnsupportedError

ROOT = Path(__file__).parents[2]
needs_compiler = pytest.mark.skipif(harness.missing() is not None, reason=str(harness.missing()))


@pytest.fixture
def host(package: ModuleType) -> ModuleType:
    package.set_driver(HostDriver())
    return package


def test_text_is_a_function_of_the_kernels(kernels: list[KernelPrograms]) -> None:
    assert CupyTarget().emit(kernels) == CupyTarget().emit(list(kernels))


def test_committed_package_is_what_the_catalog_gives(kernels: list[KernelPrograms]) -> None:
    for path, text in CupyTarget().emit(kernels).items():
        assert (ROOT / "generated" / path).read_text() == text, f"{path}: run `symcheck generate`"


def test_package_imports_numpy_and_cupy_only(kernels: list[KernelPrograms]) -> None:
    allowed = {"__future__", "collections", "dataclasses", "functools", "math", "typing", "numpy", "cupy"}
    allowed |= {"ctypes", "sys", "types", "cupy_backends"}  # the last a part of CuPy's distribution
    for path, text in CupyTarget().emit(kernels).items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                assert {a.name.split(".")[0] for a in node.names} <= allowed, path
            elif isinstance(node, ast.ImportFrom) and not node.level:
                assert str(node.module).split(".")[0] in allowed, path


def test_import_needs_no_cupy_and_the_first_call_says_what_is_missing() -> None:
    code = (
        "import sys; sys.modules['cupy'] = None\n"
        "import numpy, generated.cupy_kernels as k\n"
        "try: k.softmax(numpy.ones(3, 'f4'))\n"
        "except ImportError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "pip install cupy-cuda13x" in done.stdout


def test_gpu_command_says_in_one_line_that_there_is_no_gpu(capsys: pytest.CaptureFixture[str]) -> None:
    if gpu.unavailable() is None:
        pytest.skip("this machine has a GPU")
    assert gpu_command.main([]) == 3
    assert len(capsys.readouterr().out.splitlines()) == 1


@pytest.mark.parametrize(("driver", "says"), [(0, "no driver"), (12040, "driver 12040")])
def test_gpu_command_says_when_cupy_finds_no_gpu(
    driver: int, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cuda = SimpleNamespace(
        is_available=lambda: False, runtime=SimpleNamespace(driverGetVersion=lambda: driver)
    )
    monkeypatch.setitem(sys.modules, "cupy", SimpleNamespace(__version__="14.2.0", cuda=cuda))
    assert gpu_command.main([]) == 3
    assert capsys.readouterr().out == f"no GPU run: CuPy 14.2.0 finds no usable GPU ({says})\n"


@needs_compiler
def test_cupy_driver_asks_cupy_for_the_instance_and_launches_it(
    package: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CuPy side of the driver, with a stand-in for CuPy that runs kernels on the host."""
    asked: list[tuple[tuple[str, ...], tuple[str, ...]]] = []

    class RawModule:
        def __init__(self, *, code: str, options: tuple[str, ...], name_expressions: tuple[str, ...]) -> None:
            asked.append((options, name_expressions))
            self.module = HostModule(code, name_expressions)

        def get_function(self, name: str) -> Any:
            def call(grid: Any, block: Any, args: Any, *, shared_mem: int = 0) -> None:
                self.module.launch(name, grid, block, args, shared_mem=shared_mem)

            return call

    class Array(np.ndarray):
        @property
        def data(self) -> Any:  # type: ignore[override]
            return SimpleNamespace(ptr=self.ctypes.data)

    def like_cupy(function: Any) -> Any:
        return lambda *args, **options: function(*args, **options).view(Array)

    cupy = ModuleType("cupy")
    cupy.__dict__.update(
        ndarray=np.ndarray,
        RawModule=RawModule,
        empty=like_cupy(np.empty),
        ascontiguousarray=like_cupy(np.ascontiguousarray),
        may_share_memory=np.may_share_memory,
        cuda=SimpleNamespace(runtime=SimpleNamespace(getDevice=lambda: 0)),
    )
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    x = np.linspace(-3, 3, 40, dtype="f4").reshape(2, 20).view(Array)
    for _ in range(2):
        y = package.softmax(x)
    np.testing.assert_allclose(np.asarray(y).sum(1), 1, rtol=1e-6)
    assert asked == [(("--std=c++17",), ("softmax_held<float, 4, 1, 8, false>",))]


@needs_compiler
def test_strided_arrays_axes_and_out(host: ModuleType) -> None:
    x = np.random.default_rng(0).standard_normal((6, 5, 8)).astype("f4")
    wanted = host.softmax(np.ascontiguousarray(np.moveaxis(x, 1, -1)))
    got = host.softmax(x, axis=1)
    assert got.shape == x.shape
    np.testing.assert_array_equal(np.moveaxis(got, 1, -1), wanted)
    out = np.zeros((6, 8, 5), "f4").transpose(0, 2, 1)
    assert host.softmax(x, axis=-2, out=out) is out
    np.testing.assert_array_equal(out, got)
    np.testing.assert_array_equal(host.silu(x[::2, ::-1]), host.silu(np.ascontiguousarray(x[::2, ::-1])))
    same = x.copy()
    assert host.silu(same, out=same) is same
    np.testing.assert_array_equal(same, host.silu(x))
    row = x[0, 0].copy()
    host.softmax(row, out=row)
    np.testing.assert_array_equal(row, host.softmax(x[0, 0]))
    shifted = np.zeros(9, "f4")
    shifted[1:] = x[0, 0]
    host.silu(shifted[1:], out=shifted[:-1])
    np.testing.assert_array_equal(shifted[:-1], host.silu(x[0, 0]))


@needs_compiler
def test_two_results_in_one_array_are_refused(host: ModuleType) -> None:
    x = np.arange(12, dtype="f4").reshape(3, 4)
    both, apart = np.zeros_like(x), (np.zeros_like(x), np.zeros_like(x))
    for _ in range(2):  # a plan of the good call does not let the bad one through
        host.hadamard_vjp(x, 2 * x, 3 * x, out=apart)
        with pytest.raises(ValueError, match=r"hadamard_vjp: out\[0\] and out\[1\] share memory"):
            host.hadamard_vjp(x, 2 * x, 3 * x, out=(both, both))
    wide = np.zeros((3, 8), "f4")
    host.hadamard_vjp(x, 2 * x, 3 * x, out=(wide[:, ::2], wide[:, 1::2]))
    np.testing.assert_array_equal(wide[:, ::2], apart[0])
    np.testing.assert_array_equal(wide[:, 1::2], apart[1])


@needs_compiler
def test_empty_and_scalar_shapes(host: ModuleType) -> None:
    assert host.silu(np.zeros((0, 3), "f4")).shape == (0, 3)
    assert host.silu(np.array(0.5, "f4")).shape == ()
    assert host.softmax(np.zeros((0, 3), "f4")).shape == (0, 3)
    assert host.softmax(np.zeros((3, 0), "f4")).shape == (3, 0)
    assert host.logsumexp(np.zeros(3, "f4")).shape == ()
    with pytest.raises(ValueError, match="logsumexp: the row axis is empty"):
        host.logsumexp(np.zeros((3, 0), "f4"))
    dx, dw = host.rms_norm_vjp(np.zeros((0, 3), "f4"), np.zeros((0, 3), "f4"), np.ones(3, "f4"))
    assert dx.shape == (0, 3)
    np.testing.assert_array_equal(dw, np.zeros(3))


@needs_compiler
def test_special_values(host: ModuleType) -> None:
    inf, nan = np.inf, np.nan
    x = np.array([[-inf, 0, 1], [-inf, -inf, -inf], [nan, 0, 1], [inf, 0, 1]], "f4")
    np.testing.assert_array_equal(host.logsumexp(x)[1:], np.array([-inf, nan, inf], "f4"))
    y = host.softmax(x)
    assert y[0, 0] == 0
    assert abs(y[0].sum() - 1) < 1e-6
    assert np.isnan(y[1:3]).all()  # 0 / 0 in a row of -inf alone
    np.testing.assert_array_equal(y[3], np.array([nan, 0, 0], "f4"))
    np.testing.assert_array_equal(host.relu(x)[2:], np.array([[nan, 0, 1], [inf, 0, 1]], "f4"))
    loss = host.cross_entropy(np.zeros((3, 4), "f4"), np.array([0, 4, -1]))
    np.testing.assert_array_equal(np.isnan(loss), [False, True, True])


def test_long_rows_use_wide_offsets() -> None:
    """Row offsets are computed in 64 bits: the only int in the texts is a place within one row."""
    texts = "".join(p.read_text() for p in (ROOT / "generated/cupy_kernels").glob("*.py"))
    assert "const long long base = row * n;" in texts
    assert "int base" not in texts


F4 = np.ones((2, 3), "f4")
WRONG: list[tuple[str, tuple[Any, ...], dict[str, Any], type[Exception], str]] = [
    ("silu", ([1.0],), {}, TypeError, "silu: input is list, expected a numpy array"),
    ("silu", (np.ones(3, "i4"),), {}, TypeError, "silu: input has dtype int32, expected one of float16"),
    ("silu", (F4,), {"out": np.ones((2, 3))}, TypeError, "silu: out has dtype float64, expected float32"),
    (
        "silu",
        (F4,),
        {"out": np.ones(3, "f4")},
        ValueError,
        "silu: out has shape \\(3,\\), expected \\(2, 3\\)",
    ),
    (
        "silu_vjp",
        (F4, F4.astype("f8")),
        {},
        TypeError,
        "silu_vjp: input has dtype float64, expected float32 like g",
    ),
    ("silu_vjp", (F4, np.ones(4, "f4")), {}, ValueError, "silu_vjp: input has leading shape \\(4,\\)"),
    ("silu_vjp", (F4, np.ones(3, "f4")), {}, ValueError, "cotangent is not summed over broadcast axes"),
    ("softmax", (F4,), {"axis": 2}, ValueError, "softmax: axis 2 is out of range for input"),
    ("softmax", (F4,), {"axis": 1.5}, TypeError, "softmax: axis is 1.5, expected an integer"),
    ("softmax", (F4,), {"axis": "x"}, TypeError, "softmax: axis is 'x', expected an integer"),
    ("softmax", (F4,), {"axis": None}, TypeError, "softmax: axis is None, expected an integer"),
    ("softmax", (F4,), {"axis": True}, TypeError, "softmax: axis is True, expected an integer"),
    ("softmax", (F4,), {"axis": [0]}, TypeError, r"softmax: axis is \[0\], expected an integer"),
    ("softmax", (np.array(1, "f4"),), {}, ValueError, "input has shape \\(\\), expected \\(..., n\\)"),
    (
        "softmax_vjp",
        (F4, np.ones((2, 4), "f4")),
        {},
        ValueError,
        "input has 4 entries along the axis, expected 3 like g",
    ),
    ("rms_norm", (F4, F4), {}, ValueError, "weight has shape \\(2, 3\\), expected \\(n\\)"),
    ("rms_norm", (F4, np.ones(3, "f4"), "x"), {}, TypeError, "eps is str, expected one real number"),
    ("sgd_step", (F4, F4, None), {}, TypeError, "sgd_step: lr is NoneType, expected one real number"),
    ("sgd_step", (F4, F4, "1"), {}, TypeError, "sgd_step: lr is str, expected one real number"),
    ("sgd_step", (F4, F4, [1, 2]), {}, TypeError, "sgd_step: lr is list, expected one real number"),
    ("sgd_step", (F4, F4, 10**400), {}, ValueError, "sgd_step: lr is beyond the range of float64"),
    ("leaky_relu", (F4, None), {}, TypeError, "negative_slope is NoneType, expected one real number"),
    ("silu", (F4.astype(">f4"),), {}, TypeError, "silu: input has dtype >f4, expected the byte order"),
    ("silu", (F4,), {"out": F4.astype(">f4")}, TypeError, "silu: out has dtype >f4, expected float32"),
    (
        "cross_entropy",
        (F4, np.zeros(2, ">i8")),
        {},
        TypeError,
        "cross_entropy: target has dtype >i8, expected the byte order",
    ),
    ("cross_entropy", (F4, F4[:, 0]), {}, TypeError, "target has dtype float32, expected integers"),
    (
        "rope",
        (F4, np.arange(2), np.ones(3, "f4")),
        {},
        ValueError,
        "input has shape .*expected \\(..., n, 2\\)",
    ),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_wrong_arguments_are_named(number: int, host: ModuleType) -> None:
    name, arguments, keywords, error, message = WRONG[number]
    with pytest.raises(error, match=message):
        getattr(host, name)(*arguments, **keywords)
    assert not host.get_driver().launches


def test_verify_says_which_text_is_not_the_one_of_the_record(
    kernels: list[KernelPrograms], package: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = [k for k in kernels if k.kernel.name in ("softmax", "silu")]
    monkeypatch.setattr(verifying, "compile_everything", lambda *_: [])
    problems: list[str] = []
    verifying._compile(package, chosen, problems)
    assert not problems
    record = recorded()
    record["softmax_vjp"]["text"] = "another"
    monkeypatch.setattr(verifying, "recorded", lambda: record)
    verifying._compile(package, chosen, problems)
    (problem,) = problems
    assert problem.startswith("softmax_vjp: not compiled as it is now")


@needs_compiler
def test_verify_reports_each_architecture_and_a_kernel_that_is_off(
    kernels: list[KernelPrograms], package: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = [k for k in kernels if k.kernel.name in {"silu", "logsumexp"}]
    found = verify(package, chosen)
    assert found.functions == 4
    assert not found.problems
    if nvrtc.missing() is None:
        assert set(found.compiled) == {"sm_75", "sm_80", "sm_90", "sm_100"}
        assert all(f["kernels"] and not f["spills"] and not f["doubles"] for f in found.compiled.values())
    assert set(found.worst) == {"float16", "bfloat16", "float32", "float64"}
    monkeypatch.setattr(package, "silu", lambda input: input)  # noqa: A006
    assert any("silu in float32" in p for p in verify(package, chosen).problems)


@needs_compiler
@pytest.mark.parametrize("monoid", MONOID_STRUCTS)
def test_monoid_structs_mean_what_the_ir_says(monoid: str) -> None:
    """Folded in two parts at every place and in both orders, infinities and NaN included."""
    struct, members = MONOID_STRUCTS[monoid]
    assert members == MONOIDS[monoid].components
    stores = "".join(f"out[i * {len(members)} + {k}] = a.{m};" for k, m in enumerate(members))
    text = (
        HEADS["double"]
        + device_text()
        + (
            f'extern "C" __global__ void fold(const double* x, double* out, int n) {{ {struct} a, b;'
            " const int i = threadIdx.x, cut = i / 2;"
            " for (int k = 0; k < n; ++k) { const double one[1] = {{x[k]}};"
            " if (k < cut) a.add_pack(one); else b.add_pack(one); }"
            f" if (i % 2) a.combine(b); else {{ b.combine(a); a = b; }} {stores} }}"
        )
    )
    module = HostModule(text)
    rows = [
        [0.5, -3.0, 0.5, 2.0, -700.0],
        [-np.inf] * 5,
        [1.0, -np.inf, 0.0, -np.inf, 3.0],
        [1.0, np.nan, 2.0, 0, 0],
    ]
    for row in rows:
        x = np.array(row)
        top = x.max()
        rest = np.exp(np.where(x == top, 0.0, x - top)).sum()
        meaning = {
            "sum": (x.sum(),), "max": (top,), "max_sumexp": (top, rest), "max_rest": (top, rest - 1),
            "moments": (5, x.mean(), x.var() * 5 if np.isfinite(x).all() else np.nan),
        }[monoid]  # fmt: skip
        out = np.zeros((12, len(members)))
        module.launch("fold", (1,), (12,), (x, out, np.int32(5)))
        if monoid == "moments" and np.isinf(row).any():  # no deviations from an infinite mean
            assert np.isnan(out[:, 2]).all()
            continue
        np.testing.assert_allclose(out, np.tile(meaning, (12, 1)), rtol=1e-14)


@needs_compiler
@pytest.mark.parametrize("cut", [0, 3])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_a_row_has_beside_its_largest_is_not_lost_in_16_bits(cut: int, data: st.DataObject) -> None:
    """Packs of numbers far below the largest, as near as makes no difference, equal, infinite."""
    gaps = st.sampled_from([0.0, 0.0078125, 1.0, 3.5, 4.25, 9.0, 17.0, 40.0, np.inf])
    top = data.draw(st.sampled_from([-300.0, -1.0, 0.0, 2.0, 300.0, -np.inf, np.inf]))
    x = np.array(
        [top - g if np.isfinite(top) else top for g in data.draw(st.lists(gaps, min_size=8, max_size=8))]
    )
    x[data.draw(st.integers(0, 7))] = top
    out = np.zeros(2, "f4")
    _rest_in_16_bits(cut).launch("fold", (1,), (1,), (x.astype("f4"), out))
    with np.errstate(invalid="ignore"):
        others = np.delete(np.where(x == top, 1.0, np.exp(x - top)), int(np.argmax(x)))
    assert out[0] == top
    np.testing.assert_allclose(out[1], others.sum(), rtol=2.0**-13)


@needs_compiler
@pytest.mark.parametrize(
    ("x", "wanted"),
    [([1, np.inf, 2, 3, 4, 5, 6, 7], (np.inf, 0)), ([1, 2, np.inf, -np.inf, 4, np.inf, 6, 7], (np.inf, 1)),
     ([-np.inf] * 8, (-np.inf, 7)), ([1, 2, 3, 4, 5, np.nan, 6, np.inf], (np.nan, np.nan))],
)  # fmt: skip
def test_infinities_of_a_row_in_16_bits(x: list[float], wanted: tuple[float, float]) -> None:
    for cut in (0, 3):
        out = np.zeros(2, "f4")
        _rest_in_16_bits(cut).launch("fold", (1,), (1,), (np.array(x, "f4"), out))
        np.testing.assert_array_equal(out, wanted)


@needs_compiler
def test_a_place_beyond_all_rows_is_none() -> None:
    module = HostModule(
        HEADS["float"] + device_text() + 'extern "C" __global__ void places(const long long* named, int* out)'
        " { out[threadIdx.x] = op_place(named[threadIdx.x]); }"
    )
    named = np.array([0, 5, 2**30, 2**31 - 1, 2**31, 2**32 + 1, -1, -(2**32) + 1, -(2**63)])
    out = np.zeros(len(named), "i4")
    module.launch("places", (1,), (len(named),), (named, out))
    np.testing.assert_array_equal(out, [0, 5, 2**30, -1, -1, -1, -1, -1, -1])


@functools.cache
def _rest_in_16_bits(cut: int) -> HostModule:
    """The fold of eight numbers, ``cut`` of them in a first pack."""
    packs = "".join(
        f" {{ real at[{end - begin}]; for (int k = {begin}; k < {end}; ++k) at[k - {begin}] = x[k];"
        " a.add_pack(at); }"
        for begin, end in ((0, cut), (cut, 8))
        if begin < end
    )
    fold = (
        'extern "C" __global__ void fold(const float* x, float* out) {'
        f" MaxRest a;{packs} out[0] = a.m; out[1] = a.r; }}"
    )
    return HostModule(HEADS["narrow"] + device_text() + fold)


def _double() -> Program:
    b = Builder("double", (Argument(name="x", axes=("*",)),))
    return b.finish([Output("output", ("*",), (b.map("add", b.load("x"), b.load("x")),))])


@needs_compiler
def test_single_file_works_without_the_project(kernels: list[KernelPrograms], tmp_path: Path) -> None:
    chosen = [k for k in kernels if k.kernel.name in {"softmax", "silu"}]
    path = tmp_path / "exported.py"
    path.write_text(CupyTarget().single_file(chosen))
    module = ModuleType("exported")
    sys.modules["exported"] = module
    try:
        exec(compile(path.read_text(), str(path), "exec"), module.__dict__)
        module.set_driver(HostDriver())
        np.testing.assert_allclose(module.softmax(F4), np.full((2, 3), 1 / 3, "f4"), rtol=1e-6)
    finally:
        del sys.modules["exported"]


def test_what_has_no_schedule_is_refused_with_a_reason() -> None:
    b = Builder("outer", (Argument(name="x", axes=("*", "n")), Argument(name="y", axes=("*", "m"))))
    product = b.map("mul", b.load("x"), b.load("y"))
    with pytest.raises(UnsupportedError, match="outer: works along n, m"):
        plan(b.finish([Output("output", ("*", "n", "m"), (product,))]))
    b = Builder("raw", (Argument(name="x", axes=("*",)),))
    with pytest.raises(UnsupportedError, match="not realised, it still holds sigmoid"):
        plan(b.finish([Output("output", ("*",), (b.map("sigmoid", b.load("x")),))]))
