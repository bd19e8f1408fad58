"""Loops that are marked for SIMD are made for it: a branch in one of them makes it thirty times as slow."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import generated.c_kernels as compiled
from generated.c_kernels._build import CompilerMissing, compiler
from generated.c_kernels._driver import _HEAD, CompiledKernel

MARK = "#pragma omp simd"
# chains of choices, powers and their backward passes; sums of rows, with and without a choice
SAMPLED = (
    "ppo_objective", "ppo_objective_vjp", "focal_loss", "focal_loss_vjp", "huber_loss", "leaky_relu",
    "binary_cross_entropy", "dropout", "softmax", "l2_norm",
)  # fmt: skip


def texts() -> Iterator[tuple[str, str]]:
    for module in pkgutil.iter_modules(compiled.__path__):
        for value in vars(importlib.import_module(f"generated.c_kernels.{module.name}")).values():
            if isinstance(value, CompiledKernel):
                yield value.spec.name, value.functions + value.text


KERNELS = dict(texts())


def scalar_loops(text: str, folder: Path) -> list[str]:
    """The marked loops of ``text`` that GCC does not make SIMD of, by its own report."""
    source = folder / "kernel.c"
    source.write_text(text, encoding="utf-8")
    found = compiler()
    command = [
        *found.command,
        *found.flags,
        "-fopt-info-vec-optimized",
        str(source),
        "-o",
        str(folder / "k.so"),
    ]
    done = subprocess.run([*command, "-lm"], capture_output=True, text=True, check=True, timeout=120)
    simd = {int(n) for n in re.findall(r"kernel\.c:(\d+):\d+: optimized: loop vectorized", done.stderr)}
    lines = text.splitlines()
    marked = [n for n, line in enumerate(lines, 1) if line.startswith(MARK)]
    return [lines[n] for n in marked if not simd & {n, n + 1, n + 2}]


@pytest.fixture(autouse=True)
def _gcc() -> None:
    try:
        names = compiler().identity
    except CompilerMissing as error:
        pytest.skip(str(error))
    if "__clang__" in names or "__GNUC__" not in names:
        pytest.skip("the report of vectorised loops is GCC's")


@pytest.mark.parametrize("name", SAMPLED)
@pytest.mark.parametrize("real", ["float", "double"])
def test_marked_loops_are_simd(name: str, real: str, tmp_path: Path) -> None:
    # of powers in double precision there is a loop for exponents that are not the usual ones, by libm
    by_libm = real == "double" and "op_pow" in KERNELS[name].split("SYMCHECK_EXPORT")[-1]
    assert len(scalar_loops(_HEAD.format(real=real) + KERNELS[name], tmp_path)) == int(by_libm)


def test_a_branch_in_a_loop_is_seen(tmp_path: Path) -> None:
    text = f"""#include <math.h>
void f(double *restrict x, long n) {{
{MARK}
  for (long i = 0; i < n; ++i) {{
    if (x[i] > 0) x[i] = pow(x[i], 1.5);
  }}
}}
"""
    assert len(scalar_loops(text, tmp_path)) == 1
