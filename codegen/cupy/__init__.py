"""The CuPy target: CUDA C from programs, and what can be said of it without a GPU."""

from codegen.cupy.modules import CupyTarget
from codegen.cupy.schedule import UnsupportedError

__all__ = ["CupyTarget", "UnsupportedError"]
