"""What is timed on a GPU, and what the same is called elsewhere.

Arguments are written as a word for each: ``x`` an array of rows, ``w`` a vector of the row axis, ``t`` a
label for each row, ``c`` a number for each row, ``+`` an array of positive numbers, ``y`` an array of rows of
pairs, ``p`` a position for each row, ``f`` the frequency of each pair; numbers stand for themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Function = Callable[..., Any]


@dataclass(frozen=True)
class Case:
    """One function.  ``moved``: how many arrays of rows it has to read and write, at least.  ``step``: not
    the whole function, but the fused kernel that is this step of it, which has float32 alone."""

    function: str
    given: tuple[str | float, ...]
    moved: int
    torch: Function | None = None
    expression: Function | None = None  # with CuPy's own functions: f(cupy, *arguments)
    least: int = 2048  # columns from which the goal is meant
    goal: float = 0.9  # share of the copy bandwidth
    step: int | None = None

    @property
    def label(self) -> str:
        return self.function if self.step is None else f"{self.function} gate"


def _functional(name: str) -> Function:
    return lambda torch: getattr(torch.nn.functional, name)


def _vjp(forward: Function, inputs: Sequence[int]) -> Function:
    """PyTorch's backward pass alone: a function of (g, *arguments) that keeps its graph.  Given a compiler,
    that of the compiled function."""

    def make(torch: Any, compiled: Function = lambda f: f) -> Function:
        kept: dict[int, tuple[Any, list[Any]]] = {}
        function = compiled(forward(torch))

        def run(g: Any, *arguments: Any) -> Any:
            key = arguments[0].data_ptr()
            if key not in kept:
                leaves = [a.detach().requires_grad_(i in inputs) if hasattr(a, "detach") else a
                          for i, a in enumerate(arguments)]  # fmt: skip
                kept[key] = (function(*leaves), [leaves[i] for i in inputs])
            y, wanted = kept[key]
            return torch.autograd.grad(y, wanted, g, retain_graph=True)

        return run

    return make


def _layer_norm(torch: Any) -> Function:
    return lambda x, w, b: torch.nn.functional.layer_norm(x, x.shape[-1:], w, b)


def _rms_norm(torch: Any) -> Function:
    return lambda x, w: torch.nn.functional.rms_norm(x, x.shape[-1:], w, 1e-6)


def _cross_entropy(torch: Any) -> Function:
    return lambda x, t: torch.nn.functional.cross_entropy(x, t, reduction="none")


def _adamw(torch: Any) -> Function:
    def step(p: Any, g: Any, m: Any, v: Any, t: float, lr: float) -> Any:
        m = torch.lerp(g, m, 0.9)
        v = torch.lerp(g * g, v, 0.999)
        root = torch.sqrt(v / (1 - 0.999**t)) + 1e-8
        return p * (1 - lr * 0.01) - lr / (1 - 0.9**t) * m / root, m, v

    return step


def _gate(torch: Any) -> Function:
    return lambda x, y: torch.nn.functional.silu(x) * y


def _rope(torch: Any) -> Function:
    def turn(x: Any, positions: Any, frequencies: Any) -> Any:
        angle = positions[:, None] * frequencies
        c, s = torch.cos(angle).to(x.dtype), torch.sin(angle).to(x.dtype)
        one, other = x[..., 0], x[..., 1]
        return torch.stack((one * c - other * s, other * c + one * s), -1)

    return turn


def _softmax(cp: Any, x: Any) -> Any:
    e = cp.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def _silu(cp: Any, x: Any) -> Any:
    return x / (1 + cp.exp(-x))


def _row(name: str) -> Function:
    return lambda torch: lambda x: getattr(torch.nn.functional, name)(x, -1)


CASES: tuple[Case, ...] = (
    Case("softmax", ("x",), 2, _row("softmax"), _softmax),
    Case("log_softmax", ("x",), 2, _row("log_softmax")),
    Case("softmax_vjp", ("x", "x"), 3, _vjp(_row("softmax"), [0])),
    Case("logsumexp", ("x",), 1, lambda torch: lambda x: torch.logsumexp(x, -1)),
    Case("cross_entropy", ("x", "t"), 1, _cross_entropy, least=8192),
    Case("cross_entropy_vjp", ("c", "x", "t"), 2, _vjp(_cross_entropy, [0]), least=8192),
    Case("rms_norm", ("x", "w"), 2, _rms_norm),
    Case("rms_norm_vjp", ("x", "x", "w"), 3, _vjp(_rms_norm, [0, 1]), goal=0.8),
    Case("layer_norm", ("x", "w", "w"), 2, _layer_norm),
    Case("layer_norm_vjp", ("x", "x", "w", "w"), 3, _vjp(_layer_norm, [0, 1, 2]), goal=0.8),
    Case("silu", ("x",), 2, _functional("silu"), _silu),
    Case("silu_vjp", ("x", "x"), 3, _vjp(_functional("silu"), [0])),
    Case("gelu", ("x",), 2, _functional("gelu")),
    Case("gelu_vjp", ("x", "x"), 3, _vjp(_functional("gelu"), [0])),
    Case("adamw_step", ("x", "x", "x", "+", 3.0, 1e-3), 7, _adamw),
    Case("swiglu", ("x", "x"), 3, _gate, lambda cp, x, y: _silu(cp, x) * y, step=2),
    Case("rope", ("y", "p", "f"), 2, _rope),
    Case("residual", ("x", "x"), 3, lambda torch: torch.add, lambda cp, x, y: x + y),
)

SIZES: Mapping[str, tuple[int, int]] = {
    "131072x1024": (131072, 1024),
    "65536x2048": (65536, 2048),
    "32768x4096": (32768, 4096),
    "16384x8192": (16384, 8192),
    "8192x16384": (8192, 16384),
    "4096x32768": (4096, 32768),
    "1024x131072": (1024, 131072),
    "8x1048576": (8, 1048576),
}
"""134 million numbers each: 256 MB in 16 bits, 512 MB in 32."""
CONTEXT = 8192  # positions
_BASE = 1e4  # of the frequencies


def arguments(case: Case, shape: tuple[int, int], dtype: Any, cupy: Any, seed: int) -> list[Any]:
    """The arguments of one call, different for each seed."""
    rng = np.random.default_rng(seed)
    found: list[Any] = []
    for word in case.given:
        if isinstance(word, float):
            found.append(word)
        elif word == "t":
            found.append(cupy.asarray(rng.integers(0, shape[1], shape[0])))
        elif word == "p":
            found.append(cupy.asarray(np.arange(shape[0]) % CONTEXT))
        elif word == "f":
            pairs = shape[1] // 2
            found.append(cupy.asarray(_BASE ** (-np.arange(pairs) / pairs)).astype(dtype))
        else:
            size = {"w": shape[1], "c": shape[0]}.get(word, shape)
            # a row is enough to draw: what a kernel does not depend on does not have to be random
            values = rng.standard_normal(size if word in "wc" else (1, shape[1]), np.float32)
            values = np.abs(values) + np.float32(0.01) if word == "+" else values
            array = cupy.asarray(values).astype(dtype)
            if word not in "wc":
                array = cupy.ascontiguousarray(cupy.broadcast_to(array, shape))
            found.append(array.reshape(shape[0], -1, 2) if word == "y" else array)
    return found
