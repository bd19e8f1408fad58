"""Every kernel text through NVRTC with CuPy's flags, and proof that the compile check sees faults."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest

from codegen.cupy import nvrtc
from codegen.cupy.gpu.checks import row_kernels
from codegen.cupy.instances import source
from codegen.cupy.nvrtc import ARCHITECTURES, CompileError, compile_text
from codegen.cupy.report import (
    FULL,
    Checked,
    compile_everything,
    complaints,
    local_memory_allowed,
    packed,
    summary,
    unrecorded,
)
from codegen.cupy.samples import functions
from codegen.cupy.tensor import tensor_plan
from codegen.cupy.tensor_steps import Product
from codegen.ir import Program
from codegen.passes.contract import is_tensor
from codegen.pipeline import KernelPrograms

pytestmark = pytest.mark.skipif(nvrtc.missing() is not None, reason=str(nvrtc.missing()))


def has_kernels(program: Program) -> bool:
    """Whether matrix products alone do not make it."""
    return any(not isinstance(step, Product) for step in tensor_plan(program).steps)


@pytest.fixture(scope="module")
def compiled(kernels: list[KernelPrograms]) -> list[Checked]:
    return compile_everything(importlib.import_module("generated.cupy_kernels"), kernels)


def test_every_kernel_compiles_for_every_architecture(
    kernels: list[KernelPrograms], compiled: list[Checked]
) -> None:
    for arch in ARCHITECTURES:
        names = {c.report.expression.partition("<")[0] for c in compiled if c.arch == arch}
        for _, program in functions(kernels):
            if is_tensor(program):
                assert any(name.startswith(f"{program.name}_") for name in names) or not has_kernels(program)
                continue
            # a backward pass that sums its columns on the way is held under another name
            ways = [("_flat",)] if program.is_elementwise else [("_held", "_held_columns"), ("_block",)]
            for ends in ways:
                assert {program.name + end for end in ends} & names, (program.name, arch, ends)
    package = importlib.import_module("generated.cupy_kernels")
    inside = {n: k for n, k in row_kernels(package).items() if n not in package.__all__}
    assert len(inside) > 40
    for name, kernel in inside.items():
        stores = any(o.role == "element" for o in kernel.outputs)
        ways = ["block", "split", *(["staged"] if kernel.staged and stores else [])]
        ways += ["columns_partial", "columns_total"] if kernel.sums else []
        names = {c.report.expression.partition("<")[0] for c in compiled if c.arch == FULL}
        columns = kernel.sums and not any(o.role != "column" for o in kernel.outputs)
        for way in ways if not columns else ["columns_partial", "columns_total"]:
            assert f"{name}_{way}" in names, (name, way)
    for tier in (
        "held",
        "held_columns",
        "fetched_columns",
        "staged_columns",
        "staged",
        "block",
        "split",
        "columns_partial",
        "columns_total",
    ):
        assert any(c.report.expression.partition("<")[0].endswith(f"_{tier}") for c in compiled), tier
    assert summary(compiled)["sm_90"]["kernels"] > 300


def test_no_kernel_spills_or_computes_in_double(
    kernels: list[KernelPrograms], compiled: list[Checked]
) -> None:
    package = importlib.import_module("generated.cupy_kernels")
    table = local_memory_allowed(kernels)
    silent, storing = set(), set()
    for checked in compiled:
        name = checked.report.expression.partition("<")[0]
        own_sine = checked.real == "double" and any(name.startswith(f"{t}_") for t in table)
        loads, stores = packed(package, checked.report.expression)
        found = complaints(checked, may_use_local=own_sine, loads=loads, stores=stores)
        assert not found, (checked.arch, found, checked.report)
        silent |= set() if loads else {name}
        storing |= {name} if stores else set()
    assert len(storing) > 250
    assert 0 < len(silent) < 100


def test_of_rows_one_instance_is_compiled_for_each_type_and_of_others_all(package: ModuleType) -> None:
    """``codegen.cupy.instances`` has recorded every instance of kernels along rows, and of no others."""
    rows, flat = source(package, "softmax", "float"), source(package, "silu", "float")
    asked = {
        rows: [
            "softmax_held<float, 1, 2, 32, false>",
            "softmax_held<float, 4, 8, 32, true>",
            "softmax_held<float, 4, 1, 16, true>",
            "softmax_block<float, 2>",
        ],
        flat: ["silu_flat<float, 1>", "silu_flat<float, 4>"],
    }
    assert unrecorded(package, asked, {}) == {
        rows: ["softmax_held<float, 4, 1, 16, true>", "softmax_block<float, 2>"],
        flat: asked[flat],
    }
    compiled = {rows: ["softmax_held<float, 4, 8, 128, false>"], flat: ["silu_flat<float, 4>"]}
    assert unrecorded(package, asked, compiled) == {
        rows: ["softmax_block<float, 2>"],
        flat: ["silu_flat<float, 1>"],
    }


@pytest.mark.parametrize(
    ("expression", "loads", "stores"),
    [
        ("softmax_held<float, 4, 2, 64, true>", True, True),
        ("softmax_split<float, 4, 2>", True, False),
        ("logsumexp_held<float, 4, 2, 64, true>", True, False),
        ("logsumexp_split<float, 4, 1>", True, False),
        ("logsumexp_split<float, 4, 2>", False, False),
        ("layer_norm_vjp_columns_partial<float, 4>", True, False),
        ("scaled_dot_product_attention_1_staged<float, 4, 512, 1>", True, True),
        ("feed_forward_vjp_2_columns_partial<float, 4>", True, False),
        ("embedding_1<float, 4>", True, False),
    ],
)
def test_which_instances_have_packs(expression: str, loads: bool, stores: bool, package: ModuleType) -> None:
    assert packed(package, expression) == (loads, stores)


FAULTS = {
    "double in a called function": (
        "__device__ __noinline__ float g(float x) { return x / 3.14159; }"
        'extern "C" __global__ void f(float* x) { x[0] = g(x[0]); }',
        "in double precision",
    ),
    "double precision": (
        'extern "C" __global__ void f(float* x) { x[0] = x[0] / 3.14159; }',
        "in double precision",
    ),
    "double function": (
        'extern "C" __global__ void f(float* x) { x[0] = 0.5f * (1.0 + tanhf(x[0])); }',
        "in double precision",
    ),
    "local memory": (
        'extern "C" __global__ void f(float* x, const int* i) {'
        " float a[64]; for (int k = 0; k < 64; ++k) a[k] = x[k] * k; x[0] = a[i[0]]; }",
        "local memory",
    ),
    "spills": (
        'extern "C" __global__ void __launch_bounds__(1024) f(float* x) { float a[200], s = 0;'
        "\n#pragma unroll\n for (int k = 0; k < 200; ++k) a[k] = x[k * 1024 + threadIdx.x];"
        "\n__syncthreads();"
        "\n#pragma unroll\n for (int k = 0; k < 200; ++k) s = s * a[k] + a[199 - k];"
        "\n#pragma unroll\n for (int k = 0; k < 200; ++k) x[k * 1024 + threadIdx.x] = a[k] * s; }",
        "spills",
    ),
    "registers": (
        'extern "C" __global__ void f(float* x) { float a[150], s = 0;'
        "\n#pragma unroll\n for (int k = 0; k < 150; ++k) a[k] = x[k * 1024 + threadIdx.x];"
        "\n__syncthreads();"
        "\n#pragma unroll\n for (int k = 0; k < 150; ++k) s = s * a[k] + a[149 - k];"
        "\n#pragma unroll\n for (int k = 0; k < 150; ++k) x[k * 1024 + threadIdx.x] = a[k] * s; }",
        "registers",
    ),
    "atomics": ('extern "C" __global__ void f(float* x) { atomicAdd(x, 1.0f); }', "atomics"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_seen(name: str) -> None:
    source, message = FAULTS[name]
    (report,) = compile_text(source, arch=90).kernels
    assert any(message in c for c in complaints(Checked(90, "float", report))), report


def test_a_function_that_a_kernel_does_not_call_is_not_held_against_it() -> None:
    source = (
        "__device__ __noinline__ float g(float x) { return x / 3.14159; }"
        'extern "C" __global__ void f(float* x) { x[0] = g(x[0]); }'
        'extern "C" __global__ void h(float* x) { x[0] = x[0] * 2.0f; }'
    )
    with_call, without = compile_text(source, arch=90).kernels
    assert (with_call.expression, without.expression) == ("f", "h")
    assert with_call.double_instructions
    assert not without.double_instructions


ONE_BY_ONE = {
    "x[threadIdx.x * 2] += T(V);": ["no vector loads", "no vector stores"],
    "const float4 a = reinterpret_cast<float4*>(x)[threadIdx.x]; x[threadIdx.x] = a.x + a.y + a.z + a.w;": [
        "no vector stores"
    ],
    "reinterpret_cast<float4*>(x)[threadIdx.x] = make_float4(x[64 + threadIdx.x], 0, 0, V);": [
        "no vector loads"
    ],
    "reinterpret_cast<float4*>(x)[threadIdx.x] = reinterpret_cast<float4*>(x)[threadIdx.x + 32];": [],
}


@pytest.mark.parametrize("body", ONE_BY_ONE)
def test_missing_vector_access_is_seen(body: str) -> None:
    source = f"template <typename T, int V> __global__ void f(T* x) {{ {body} }}"
    (report,) = compile_text(source, arch=90, expressions=["f<float, 4>"]).kernels
    assert complaints(Checked(90, "float", report), stores=True) == ONE_BY_ONE[body]


@pytest.mark.parametrize("text", ["return INFINITY;", "return M_PI;", "uint32_t i = 0; return i;"])
def test_what_cupy_would_reject_is_rejected(text: str) -> None:
    """g++ and nvcc accept these names, NVRTC does not."""
    with pytest.raises(CompileError, match="undefined"):
        compile_text(f"__device__ float f() {{ {text} }}", arch=90)


def test_an_unknown_architecture_is_an_error() -> None:
    with pytest.raises(CompileError, match="sm_70"):
        compile_text('extern "C" __global__ void f() {}', arch=70)


def test_without_the_wheel_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nvrtc, "_wheel_folders", lambda: iter(()))
    nvrtc._toolkit.cache_clear()
    nvrtc._library.cache_clear()
    try:
        assert "pip install 'nvidia-cuda-nvrtc" in str(nvrtc.missing())
    finally:
        monkeypatch.undo()
        nvrtc._toolkit.cache_clear()
        nvrtc._library.cache_clear()
    assert nvrtc.missing() is None
