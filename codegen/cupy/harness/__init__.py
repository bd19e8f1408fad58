"""Run CUDA C on the CPU, thread by thread, with checks that a GPU does not make.

``HostModule`` builds one kernel text with g++ and launches its kernels on NumPy arrays.  ``HostDriver``
gives it the face of CuPy, so that the launch code of ``generated.cupy_kernels`` runs unchanged.

What it shows: indexing, tails, reductions, shuffles, barriers, conversion of types, launch arguments;
in check mode also races, out-of-bounds and misaligned accesses and reads of uninitialised shared
memory.  What it cannot show: memory order between blocks, lock-step code, occupancy, bank conflicts,
and whether NVRTC accepts the text (``codegen.cupy.nvrtc`` does that).  Elementary functions are
glibc's, 1 to 5 ulp from the device's.
"""

from codegen.cupy.harness.build import CompilerMissingError, HostError, Mode, missing
from codegen.cupy.harness.driver import HostDriver
from codegen.cupy.harness.module import Access, HostModule, Order

__all__ = [
    "Access", "CompilerMissingError", "HostDriver", "HostError", "HostModule", "Mode", "Order", "missing",
]  # fmt: skip
