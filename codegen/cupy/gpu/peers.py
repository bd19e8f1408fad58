"""The peers on a GPU, each as its users call it; one that is not installed has no entry."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any, cast

from codegen.cupy.gpu.cases import Case

Thunk = Callable[[], Any]


def peers(case: Case, sets: Sequence[Sequence[Any]], cupy: Any) -> dict[str, list[Thunk]]:
    """Name -> one thunk for each set of arguments, on the same memory as ours."""
    found: dict[str, list[Thunk]] = {}
    if case.expression is not None:
        found["CuPy"] = [_call(case.expression, cupy, *given) for given in sets]
        if case.function in ELEMENTWISE:
            fused = cupy.fuse()(_bound(case.expression, cupy, len(case.given)))
            found["cupy.fuse"] = [_call(fused, *given) for given in sets]
    torch = _module("torch")
    if torch is not None and torch.cuda.is_available() and case.torch is not None:
        function = case.torch(torch)
        shared = [[to_torch(torch, a) for a in given] for given in sets]
        found["torch eager"] = [_call(function, *given) for given in shared]
        compiled = _compiled(torch, case)
        found["torch.compile"] = [_call(compiled, *given) for given in shared]
    triton = _module("codegen.cupy.gpu.triton_kernels") if _module("triton") is not None else None
    if triton is not None and torch is not None and case.function in triton.KERNELS:
        shared = [[to_torch(torch, a) for a in given] for given in sets]
        if triton.fits(shared[0][0]):
            found["Triton"] = [_call(triton.KERNELS[case.function], *given) for given in shared]
    return found


ELEMENTWISE = frozenset({"silu", "swiglu", "residual"})


def _call(function: Callable[..., Any], *arguments: Any) -> Thunk:
    return lambda: function(*arguments)


def _bound(expression: Callable[..., Any], cupy: Any, count: int) -> Callable[..., Any]:
    """``expression`` of as many arrays as it takes: ``fuse`` looks at the signature, and calls its kernel by
    the name."""
    if count == 1:

        def fused_1(x: Any) -> Any:
            return expression(cupy, x)

        return fused_1

    def fused_2(x: Any, y: Any) -> Any:
        return expression(cupy, x, y)

    return fused_2


def _compiled(torch: Any, case: Case) -> Callable[..., Any]:
    """``torch.compile`` for these sizes alone; of a backward pass, that of the compiled function."""
    dynamo = importlib.import_module("torch._dynamo")
    dynamo.reset()  # it stops compiling a function that it has compiled for several sizes
    graphs: Any = importlib.import_module("torch._functorch.config")
    graphs.donated_buffer = False  # as the graph is kept
    assert case.torch is not None
    if case.function.endswith("_vjp"):
        return cast(Callable[..., Any], case.torch(torch, lambda f: torch.compile(f, dynamic=False)))
    return cast(Callable[..., Any], torch.compile(case.torch(torch), dynamic=False))


def to_torch(torch: Any, value: Any) -> Any:
    """An array of CuPy as a tensor on the same memory; anything else as it is."""
    if not hasattr(value, "__dlpack__"):
        return value
    if value.dtype.name == "bfloat16":  # not every CuPy that knows the type exports it
        return torch.from_dlpack(value.view("u2")).view(torch.bfloat16)
    return torch.from_dlpack(value)


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
