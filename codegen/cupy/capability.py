"""Which programs have a CUDA skeleton, and for the others what stands in the way.

Every kernel of the catalog has one (a test).  One that NumPy has and CuPy had not would never be dropped in
silence: the package lists it with the reason (``HOST_ONLY``), and so does ``generated/manifest.json``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import replace

from codegen.cupy.forms import suited
from codegen.cupy.schedule import Plan, plan
from codegen.cupy.tensor import tensor_plan
from codegen.cupy.tensor_steps import TensorPlan
from codegen.ir import Program
from codegen.passes.contract import is_tensor
from codegen.pipeline import KernelPrograms
from codegen.targets import UnsupportedError

HOST_ONLY = {
    "bpe_merge": "byte-pair encoding runs on the CPU, before anything is on a GPU",
    "bpe_pair": "byte-pair encoding runs on the CPU, before anything is on a GPU",
    "conv_output_size": "a function of four integers, for the host",
}
"""Functions of the NumPy package that are not for a GPU."""


@functools.cache
def kernel_plan(program: Program) -> Plan | TensorPlan:
    """The plan for a realised program, or ``UnsupportedError`` saying what stands in the way."""
    found = suited(program)
    return tensor_plan(found) if is_tensor(found) else plan(found)


def obstacle(program: Program) -> str | None:
    """Why ``program`` has no CUDA form yet; ``None`` if it has one."""
    try:
        kernel_plan(program)
    except UnsupportedError as error:
        return str(error).removeprefix(f"{program.name}: ")
    return None


def supported(kernels: Iterable[KernelPrograms]) -> list[KernelPrograms]:
    """The kernels with a CUDA form, without the backward passes that have none."""
    found = []
    for kernel in kernels:
        if obstacle(kernel.forward) is None:
            back = kernel.backward
            found.append(kernel if back is None or obstacle(back) is None else replace(kernel, backward=None))
    return found


def not_yet(kernels: Iterable[KernelPrograms]) -> dict[str, str]:
    """Each function without a CUDA form, and why."""
    found = {}
    for kernel in kernels:
        first = obstacle(kernel.forward)
        if first is not None:
            found[kernel.forward.name] = first
        if kernel.backward is not None:
            reason = obstacle(kernel.backward) or (f"{kernel.forward.name} has none" if first else None)
            if reason is not None:
                found[kernel.backward.name] = reason
    return dict(sorted(found.items()))
