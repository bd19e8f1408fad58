"""The operations that are made of fast intrinsics where results are rounded to 16 bits.

A 16-bit kernel may use such an intrinsic through one of ``PRIMITIVES`` only (``strays`` finds others), and
each of these is checked over all 65 536 numbers of both types, and over float32 numbers between them, which
are what it meets inside a kernel.  A quotient is checked over all numerators and all divisors with some
numbers on the other side: ``__fdividef`` is off by at most 2 ulp of float32 whatever the numerator (CUDA's
manual), so what may go wrong is where a divisor lies.

On the host harness the intrinsics are those of ``host_device.h``: glibc's functions in place of the units of
a GPU, with CUDA's scaling of the argument of exp and its range of divisors, without its flush of subnormals.
So the harness shows that the formulas around them hold, and only a GPU shows what its units lose.
"""

from __future__ import annotations

import importlib
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from codegen.cupy.ulps import available, dtype_of, errors

Array = npt.NDArray[Any]

LOST = 0.01
"""ulp of the 16-bit type that a primitive may be off before its result is rounded to that."""
TYPES = ("float16", "bfloat16")
STRIDE = 2039  # a prime: every so manieth float32
OTHERS = 12  # operands of a quotient that meet all 65 536 of the other
FLUSHED = 2.0**-126  # float32 numbers below count as 0


@dataclass(frozen=True)
class Primitive:
    """``exact`` in float64 of one or two arrays, ``within`` where kernels call it.  ``member``: which of
    several results is meant."""

    exact: Callable[..., Array]
    within: Callable[..., Array]
    operands: int = 1
    member: str = ""


def _tail(a: Array) -> Array:
    return 0.5 * np.vectorize(math.erfc, otypes=[float])(a / math.sqrt(2))


def _turning(a: Array, b: Array) -> Array:
    """Below 2^16, and of frequencies whose parts are not flushed to 0.  A product of two float32 numbers is
    exact in float64, and so is the reference."""
    return (np.abs(a * b) < 2.0**16) & ~(np.abs(b) < 2.0**-100)


def _anywhere(*operands: Array) -> Array:
    return np.ones(operands[0].shape, bool)


PRIMITIVES: Mapping[str, Primitive] = {
    "op_exp": Primitive(np.exp, _anywhere),
    "op_div": Primitive(np.divide, _anywhere, 2),
    "op_div_moderate": Primitive(np.divide, lambda a, b: np.abs(b) < 2.0**126, 2),
    "op_gauss": Primitive(lambda a: np.exp(-0.5 * a * a), _anywhere),
    "op_tail": Primitive(_tail, lambda a: ~(a < 0)),
    "op_sincosprod.sine": Primitive(lambda a, b: np.sin(a * b), _turning, 2, "sine"),
    "op_sincosprod.cosine": Primitive(lambda a, b: np.cos(a * b), _turning, 2, "cosine"),
}
"""What ``templates/device.cu`` spells otherwise under NARROW."""
FUNCTIONS = frozenset(name.partition(".")[0] for name in PRIMITIVES)

_KERNEL = """
template <typename T>
__global__ void every_{name}(const T* a, const T* b, T* out, const long long size) {{
  const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (i < size) out[i] = {name}({operands}){member};
}}
"""
_THREADS = 256


def every_number(package: ModuleType, xp: Any, name: str, device: str | None = None) -> int:
    """A primitive over all numbers of both types and over float32 numbers; ``AssertionError`` with the worst
    of those at which it is off.  ``device``: the text of the operations, by default that of the package; how
    many results were compared."""
    heads = importlib.import_module(f"{package.__name__}._device")
    primitive = PRIMITIVES[name]
    function = name.partition(".")[0]
    text = _KERNEL.format(
        name=function,
        operands=", ".join(("a[i]", "b[i]")[: primitive.operands]),
        member=primitive.member and f".{primitive.member}",
    )
    source = heads.HEADS["narrow"] + (heads.DEVICE if device is None else device) + text
    kernel = package.get_driver().kernel(source, f"every_{function}<float>")
    compared = 0
    for dtype in available(TYPES):
        for operands in _operands(dtype, primitive.operands):
            got = _run(kernel, xp, operands)
            compared += _compare(name, dtype, operands, got)
    return compared


def _operands(dtype: str, count: int) -> Iterator[tuple[Array, ...]]:
    """All numbers of the type, then every ``STRIDE``-th float32; two operands: all of one with some of the
    other."""
    every = np.arange(2**16, dtype=np.uint16).view(dtype_of(dtype)).astype(np.float32)
    between = np.arange(0, 2**32, STRIDE, dtype=np.uint64).astype(np.uint32).view(np.float32)
    if count == 1:
        yield (every,)
        yield (between,)
        return
    rng = np.random.default_rng(16)
    some = [1.0, -3.0, np.inf, 0.0, *rng.choice(every[np.isfinite(every)], OTHERS - 4)]
    for other in map(np.float32, some):
        yield every, np.full_like(every, other)
        yield np.full_like(every, other), every
    for other in map(np.float32, (1.0, 1.9921875, 3.0e-3)):
        yield np.full_like(between, other), between


def _run(kernel: Any, xp: Any, operands: tuple[Array, ...]) -> Array:
    given = [xp.asarray(operand) for operand in operands]
    out = xp.empty(given[0].shape, np.float32)
    size = int(out.size)
    blocks = -(-size // _THREADS)
    kernel((blocks,), (_THREADS,), (given[0], given[-1], out, np.int64(size)), shared_mem=0)
    found: Array = out if xp is np else xp.asnumpy(out)
    return found


def _compare(name: str, dtype: str, operands: tuple[Array, ...], got: Array) -> int:
    primitive = PRIMITIVES[name]
    with np.errstate(all="ignore"):
        wide = [operand.astype(float) for operand in operands]
        exact = primitive.exact(*wide)
        judged = primitive.within(*wide)
        for operand in wide:  # those below are 0 on a GPU
            judged &= (operand == 0) | ~(np.abs(operand) < FLUSHED)
        undefined = np.isnan(exact)
        error = errors(dtype, got, exact, by_row=False)
        rounded = exact.astype(dtype_of(dtype)).astype(float)
        same = got.astype(dtype_of(dtype)).astype(float) == rounded
        error = np.where(np.isinf(rounded) & same, 0.0, error)
    error = np.where(undefined, np.where(np.isnan(got), 0.0, np.inf), error)
    error = np.where(judged, np.where(np.isnan(error), np.inf, error), 0.0)
    worst = int(error.argmax())
    at = ", ".join(repr(float(operand[worst])) for operand in operands)
    assert error[worst] <= LOST, f"{name}({at}) is {got[worst]!r}: off by {error[worst]:.3g} ulp of {dtype}"
    return int(judged.sum())


_HEADER = re.compile(r"^[^\n#/;]*\b(?:__device__|__global__)\b[^\n;]*?(\w+)\s*\(", re.MULTILINE)
_INTRINSIC = re.compile(
    r"\b(?:__(?:exp|exp10|log|log2|log10|pow|sin|cos|tan|tanh|sincos)f|__fdividef|__frcp_\w+|__frsqrt_\w+|"
    r"\w+\.approx(?:\.\w+)*)(?=\W)"
)


def intrinsics(text: str) -> list[tuple[str, str]]:
    """Each fast intrinsic in a text, after the function in which it is called."""
    heads = [(m.start(), m[1]) for m in _HEADER.finditer(text)]
    return [
        (next((name for at, name in reversed(heads) if at < m.start()), ""), m[0])
        for m in _INTRINSIC.finditer(text)
    ]


def strays(text: str) -> list[str]:
    """The fast intrinsics that are called by anything but a primitive."""
    return [f"{intrinsic} in {name}" for name, intrinsic in intrinsics(text) if name not in FUNCTIONS]


def branch(text: str, *, narrow: bool) -> str:
    """A text as it is with NARROW defined, or not; other conditions stay."""
    lines: list[str] = []
    stack: list[bool | None] = []  # for each open condition whether its lines are in, None: another's
    for line in text.splitlines():
        word = line.split()[0] if line.split() else ""
        if word in ("#if", "#ifdef", "#ifndef"):
            stack.append(narrow if line.split() == ["#ifdef", "NARROW"] else None)
            if stack[-1] is not None:
                continue
        elif word == "#else" and stack[-1] is not None:
            stack[-1] = not stack[-1]
            continue
        elif word == "#endif" and stack.pop() is not None:
            continue
        if False not in stack:
            lines.append(line)
    return "\n".join(lines)


def definitions(text: str) -> dict[str, list[str]]:
    """The texts of the functions by name."""
    found: dict[str, list[str]] = {}
    heads = list(_HEADER.finditer(text))
    for head, after in zip(heads, [*(h.start() for h in heads[1:]), len(text)], strict=True):
        body = re.sub(r"(?m)^\s*(?://|#).*\n?", "", text[head.start() : after])
        found.setdefault(head[1], []).append(body.strip())
    return found
