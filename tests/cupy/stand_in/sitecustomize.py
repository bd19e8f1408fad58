"""The commands for a GPU as they run here: without what they may not need, on few functions, small arrays."""

import sys

ABSENT = (
    "click", "distributed", "docutils", "flint", "hypothesis", "jinja2", "matplotlib", "markdown_it",
    "ml_dtypes", "mpmath", "pebble", "pylatexenc", "rich", "sympy", "torch", "triton", "xdist", "yaml",
)  # fmt: skip
sys.modules.update(dict.fromkeys(ABSENT))  # importing them fails

from codegen.cupy.gpu import cases, vectors  # noqa: E402 - after what may be absent is

FEW = ("silu", "rms_norm_vjp", "swiglu")
read = vectors.read
vectors.read = lambda: [v for v in read() if v.function in FEW]
cases.CASES = tuple(c for c in cases.CASES if c.function in FEW)
cases.SIZES.update({name: (8, 2048 if name == "16384x8192" else 64) for name in cases.SIZES})
