"""Launch the kernels of one built text on NumPy arrays."""

from __future__ import annotations

import ctypes
import re
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from codegen.cupy.harness.build import HostError, Mode, build, plain_kernels

Array = npt.NDArray[Any]

GUARD = 4096  # bytes around each array: a multiple of every alignment
_ALIGN = 256
_PACK = 16  # bytes of the widest access
_PATTERN = np.array([0xA0, 0xA5, 0xA5, 0x7F], np.uint8)  # as floats: signalling NaN


class Order(IntEnum):
    """How the threads of a block take turns (``host_scheduler.h``)."""

    ASCENDING = 0
    DESCENDING = 1
    SHUFFLED = 2
    ONE_WARP_AHEAD = 3


@dataclass(frozen=True)
class Access:
    """Global memory traffic of one source line in check mode; a sector is 32 bytes."""

    line: str
    width: int
    loads: int
    bytes_loaded: int
    sectors_loaded: int
    stores: int
    bytes_stored: int
    sectors_stored: int


class _Options(ctypes.Structure):
    _fields_ = (("order", ctypes.c_int), ("seed", ctypes.c_uint), ("flush", ctypes.c_int))


class _Guarded:
    """A copy of an array between two guard zones, as well aligned as the array itself up to 16 bytes."""

    def __init__(self, array: Array, shift: int) -> None:
        self.array = array
        room = array.nbytes + 2 * GUARD + _ALIGN + len(_PATTERN) * 64
        self.base = np.full(-(-room // len(_PATTERN)), _PATTERN.view(np.uint32)[0]).view(np.uint8)
        skip = -self.base.ctypes.data % _ALIGN + (array.ctypes.data + shift) % _PACK
        self.zone = self.base[skip : skip + array.nbytes + 2 * GUARD]
        self.zone[GUARD : GUARD + array.nbytes] = array.reshape(-1).view(np.uint8)
        self.before = (self.zone[:GUARD].copy(), self.zone[GUARD + array.nbytes :].copy())

    @property
    def address(self) -> int:
        return self.zone.ctypes.data + GUARD

    def intact(self) -> bool:
        low, high = self.zone[:GUARD], self.zone[GUARD + self.array.nbytes :]
        return np.array_equal(low, self.before[0]) and np.array_equal(high, self.before[1])

    def copy_back(self) -> bool:
        """False if the kernel wrote to an array that may only be read."""
        inner = self.zone[GUARD : GUARD + self.array.nbytes].view(self.array.dtype)
        if not self.array.flags.writeable:
            return np.array_equal(inner.view(np.uint8), self.array.reshape(-1).view(np.uint8))
        self.array[...] = inner.reshape(self.array.shape)
        return True


_one_launch = threading.Lock()  # a library has one scheduler, and ctypes lets other threads run


class HostModule:
    """The kernels of one text.  ``expressions`` name the instances of templates, as for NVRTC."""

    def __init__(self, source: str, expressions: Sequence[str] = (), mode: Mode | str = Mode.FAST) -> None:
        self.expressions = tuple(expressions) or plain_kernels(source)
        if not self.expressions:
            raise HostError('no kernel: name the instances, or write extern "C" __global__ void')
        self.mode = Mode(mode)
        self.path: Path = build(source, self.expressions, self.mode)
        self._library = ctypes.CDLL(str(self.path))
        self._library.host_error.restype = ctypes.c_char_p

    def signature(self, name: str) -> list[str]:
        """The parameters of a kernel: ``*cf4`` const float*, ``*f4`` float*, ``i8`` long long."""
        function = getattr(self._library, f"host_signature_{self._number(name)}")
        function.restype = ctypes.c_char_p
        text: bytes = function()
        return text.decode().split()

    def launch(
        self,
        name: str,
        grid: Sequence[int],
        block: Sequence[int],
        arguments: Sequence[Any],
        *,
        shared_mem: int = 0,
        order: Order = Order.ASCENDING,
        seed: int = 0,
        flush: bool | None = None,
        shift: int = 0,
        shifted: Sequence[int] = (),
    ) -> None:
        """Run one kernel; arrays are C-contiguous and are written in place.

        ``flush``: subnormals count as 0 (CuPy's ``-ftz=true``); by default unless an array is float64.
        ``shifted`` arguments get a pointer ``shift`` bytes off their alignment.
        Raises ``TypeError`` for an argument that does not fit the kernel's parameter, ``HostError``
        for whatever the kernel does wrong.
        """
        kinds = self.signature(name)
        if len(kinds) != len(arguments):
            raise TypeError(f"{name} takes {len(kinds)} arguments, got {len(arguments)}")
        places: dict[tuple[int, int], _Guarded] = {}
        guarded: list[tuple[int, _Guarded]] = []
        keep: list[Any] = []
        pointers = (ctypes.c_void_p * max(1, len(arguments)))()
        for i, (kind, value) in enumerate(zip(kinds, arguments, strict=True)):
            if isinstance(value, np.ndarray):
                _check_array(name, i, kind, value)
                key = (value.ctypes.data, value.nbytes)
                if key not in places:  # one array given twice stays one array
                    places[key] = _Guarded(value, shift if i in shifted else 0)
                    guarded.append((i, places[key]))
                cell: Any = ctypes.c_void_p(places[key].address)
                pointers[i] = ctypes.addressof(cell)
            else:
                cell = _scalar(name, i, kind, value)
                pointers[i] = cell.ctypes.data
            keep.append(cell)
        if flush is None:
            flush = not any(g.array.dtype == np.float64 for _, g in guarded)
        with _one_launch:
            self._register(guarded)
            failed = self._call(name, grid, block, shared_mem, pointers, _Options(order, seed, int(flush)))
            error = self._library.host_error().decode() if failed else ""
        for i, memory in guarded:
            allowed = memory.copy_back()
            if not failed and not memory.intact():
                raise HostError(f"{name}: out of bounds write around argument {i}")
            if not failed and not allowed:
                raise HostError(f"{name}: writes to argument {i}, which may only be read")
        if failed:
            raise HostError(f"{name}: {self._with_line(error)}")

    def traffic(self) -> tuple[Access, ...]:
        """Check mode: what the last launch moved, for each source line that touches global memory."""
        capacity = 512
        rows = (ctypes.c_uint64 * (8 * capacity))()
        function = self._library.host_traffic
        function.restype = ctypes.c_size_t
        count = function(rows, ctypes.c_size_t(capacity))
        table = np.array(rows[: 8 * count], np.uint64).reshape(count, 8)
        return tuple(
            sorted(
                (Access(self._line(int(r[0]) - 1), *(int(v) for v in r[1:])) for r in table),
                key=lambda a: (a.line, a.width),
            )
        )

    def _number(self, name: str) -> int:
        try:
            return self.expressions.index(name)
        except ValueError:
            raise KeyError(f"no kernel {name!r}; there are {', '.join(self.expressions)}") from None

    def _register(self, guarded: list[tuple[int, _Guarded]]) -> None:
        if self.mode is Mode.CHECK:
            rows = [(i, g.address, g.array.nbytes) for i, g in guarded]
            flat = (ctypes.c_size_t * (3 * max(1, len(rows))))(*[int(v) for row in rows for v in row])
            self._library.host_check_buffers(flat, len(rows))

    def _call(
        self,
        name: str,
        grid: Sequence[int],
        block: Sequence[int],
        shared: int,
        pointers: Any,
        options: _Options,
    ) -> bool:
        shape = [*grid, *[1] * (3 - len(grid)), *block, *[1] * (3 - len(block))]
        function = getattr(self._library, f"host_launch_{self._number(name)}")
        function.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_void_p]
        return bool(function((ctypes.c_uint * 6)(*shape), shared, pointers, ctypes.byref(options)))

    def _with_line(self, message: str) -> str:
        found = re.search(r" pc=(0x[0-9a-f]+)", message)
        if not found:
            return message
        self._library.host_image_base.restype = ctypes.c_void_p
        place = int(found[1], 16) - self._library.host_image_base() - 1
        return message.replace(found[0], f" at {self._line(place)}")

    def _line(self, place: int) -> str:
        done = subprocess.run(
            ["addr2line", "-i", "-e", str(self.path), hex(place)], capture_output=True, text=True, check=False
        )
        lines = done.stdout.split("\n")
        inside = [line for line in lines if "kernel.cu" in line] or lines
        return inside[0].rsplit("/", 1)[-1].split(" ")[0]


def _check_array(name: str, i: int, kind: str, array: Array) -> None:
    if not kind.startswith("*"):
        raise TypeError(f"argument {i} of {name}: array passed for a scalar ({kind})")
    wanted = kind[1:].removeprefix("c")
    own = array.dtype.name
    given = own if own in ("float16", "bfloat16") else f"{array.dtype.kind}{array.dtype.itemsize}"
    if wanted != given:
        raise TypeError(f"argument {i} of {name}: the kernel has {kind}, the array is {array.dtype}")
    if not array.flags.c_contiguous:
        raise TypeError(f"argument {i} of {name}: not C-contiguous")


def _scalar(name: str, i: int, kind: str, value: Any) -> Array:
    """What CuPy does with scalars: a Python int is an int64 and a Python float a float64."""
    cell = np.array(value, dtype=np.int64 if type(value) is int else None)
    given = f"{cell.dtype.kind}{cell.dtype.itemsize}"
    if kind != given:
        raise TypeError(f"argument {i} of {name}: the kernel has {kind}, the value is {given}")
    return cell
