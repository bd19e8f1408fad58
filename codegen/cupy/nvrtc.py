"""Compile CUDA C with NVRTC on a machine without a GPU, and read off what the compiler made of it.

NVRTC comes from NVIDIA's wheel and is called through ctypes, so neither CuPy nor a driver is needed.
The flags are those that CuPy's ``RawModule`` adds to every compilation (read in
``cupy/_core/core.pyx`` and ``cupy/cuda/compiler.py`` of CuPy 14.2; CuPy itself is not run here), plus
``--ptxas-options=-v``, which CuPy does not pass and which only makes ptxas report.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "ARCHITECTURES", "CUPY_FLAGS", "CompileError", "Compiled", "KernelReport", "NvrtcMissingError",
    "compile_text", "missing", "version",
]  # fmt: skip

ARCHITECTURES = (75, 80, 90, 100)

CUPY_FLAGS = ("--std=c++17", "-ftz=true", "--device-as-default-execution-space")

INSTALL = "pip install 'nvidia-cuda-nvrtc>=13,<14' 'nvidia-cuda-runtime>=13,<14'"


class NvrtcMissingError(RuntimeError):
    """The NVRTC wheel, or the CUDA headers that the kernels include, are not installed."""


class CompileError(RuntimeError):
    """NVRTC rejected a text; the message is its log."""


@dataclass(frozen=True, kw_only=True)
class KernelReport:
    """What ptxas and the PTX say of one kernel on one architecture (sizes in bytes)."""

    expression: str
    registers: int
    stack: int
    spill_stores: int
    spill_loads: int
    shared: int
    barriers: int
    vector_loads: int
    vector_stores: int
    scalar_loads: int
    scalar_stores: int
    double_instructions: int
    local_instructions: int
    atomics: int

    @property
    def spills(self) -> int:
        return self.spill_stores + self.spill_loads


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """One text for one architecture: a report per kernel, in the order of the name expressions."""

    arch: int
    cubin: bytes
    ptx: str
    log: str
    kernels: tuple[KernelReport, ...]


@dataclass(frozen=True)
class _Toolkit:
    library: Path
    include: tuple[Path, ...]


def _wheel_folders() -> Iterator[Path]:
    spec = importlib.util.find_spec("nvidia")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        yield from sorted(p for p in Path(place).iterdir() if p.is_dir())


@functools.cache
def _toolkit() -> _Toolkit:
    """The wheels' files: one folder ``nvidia/cu13`` for CUDA 13, one per component for CUDA 12."""
    libraries: list[Path] = []
    includes: list[Path] = []
    for folder in _wheel_folders():
        libraries += [p for p in folder.glob("lib/libnvrtc.so.*") if "alt" not in p.name]
        if (folder / "include" / "cuda_fp16.h").is_file():
            includes.append(folder / "include")
    if not libraries:
        raise NvrtcMissingError(f"NVRTC is not installed, so no CUDA text was compiled: {INSTALL}")
    if not includes:
        raise NvrtcMissingError(f"NVRTC is installed but cuda_fp16.h is not: {INSTALL}")
    return _Toolkit(libraries[0], tuple(includes))


@functools.cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(str(_toolkit().library))
    library.nvrtcGetErrorString.restype = ctypes.c_char_p
    return library


def missing() -> str | None:
    """Why nothing can be compiled here, or None when it can."""
    try:
        _library()
    except (NvrtcMissingError, OSError) as error:
        return str(error)
    return None


def version() -> str:
    """The release of the NVRTC in use, such as ``13.5``."""
    major, minor = ctypes.c_int(), ctypes.c_int()
    _library().nvrtcVersion(ctypes.byref(major), ctypes.byref(minor))
    return f"{major.value}.{minor.value}"


def compile_text(
    source: str, *, arch: int, expressions: Sequence[str] = (), options: Iterable[str] = ()
) -> Compiled:
    """Compile ``source`` to machine code for ``sm_<arch>``, instantiating the name ``expressions``.

    Without expressions every ``extern "C"`` kernel of the text is reported under its own name.
    Raises ``CompileError`` with NVRTC's log, or ``NvrtcMissingError``.
    """
    library = _library()
    flags = [*CUPY_FLAGS, f"-arch=sm_{arch}", "--ptxas-options=-v"]
    flags += [f"-I{path}" for path in _toolkit().include]
    flags += options
    program = ctypes.c_void_p()
    _check(library.nvrtcCreateProgram(
        ctypes.byref(program), source.encode(), b"kernel.cu", 0, None, None))  # fmt: skip
    try:
        for expression in expressions:
            _check(library.nvrtcAddNameExpression(program, expression.encode()))
        arguments = (ctypes.c_char_p * len(flags))(*[f.encode() for f in flags])
        status = library.nvrtcCompileProgram(program, len(flags), arguments)
        log = _text(program, "ProgramLog")
        if status:
            raise CompileError(f"sm_{arch}: {_error(status)}\n{log}")
        ptx = _text(program, "PTX")
        bodies, sections = _entries(ptx), _sections(log)
        names = {e: _lowered(program, e) for e in expressions} or {n: n for n in bodies}
        return Compiled(
            arch=arch,
            cubin=_bytes(program, "CUBIN"),
            ptx=ptx,
            log=log,
            kernels=tuple(_report(e, sections.get(n), bodies.get(n)) for e, n in names.items()),
        )
    finally:
        library.nvrtcDestroyProgram(ctypes.byref(program))


def _error(status: int) -> str:
    message: bytes = _library().nvrtcGetErrorString(status)
    return message.decode()


def _check(status: int) -> None:
    if status:
        raise CompileError(_error(status))


def _bytes(program: ctypes.c_void_p, what: str) -> bytes:
    size = ctypes.c_size_t()
    _check(getattr(_library(), f"nvrtcGet{what}Size")(program, ctypes.byref(size)))
    buffer = ctypes.create_string_buffer(size.value)
    _check(getattr(_library(), f"nvrtcGet{what}")(program, buffer))
    return buffer.raw


def _text(program: ctypes.c_void_p, what: str) -> str:
    return _bytes(program, what).rstrip(b"\0").decode()


def _lowered(program: ctypes.c_void_p, expression: str) -> str:
    name = ctypes.c_char_p()
    _check(_library().nvrtcGetLoweredName(program, expression.encode(), ctypes.byref(name)))
    assert name.value is not None
    return name.value.decode()


def _entries(ptx: str) -> dict[str, str]:
    """The body of each kernel of a PTX text, with those of the functions that it calls."""
    parts = re.split(r"(?m)^(?:\.visible |\.weak )?\.(entry|func)\b", ptx)
    kernels: dict[str, str] = {}
    functions: dict[str, str] = {}
    for kind, body in zip(parts[1::2], parts[2::2], strict=True):
        head = re.match(r"\s*(?:\(\.param[^)]*\)\s*)?([\w$]+)", body)
        assert head is not None, "a PTX function without a name"
        texts = kernels if kind == "entry" else functions
        texts[head[1]] = texts.get(head[1], "") + body
    return {name: body + _called(body, functions) for name, body in kernels.items()}


def _sections(log: str) -> dict[str, str]:
    """What ptxas says of each kernel."""
    _, *parts = re.split(r"Compiling entry function '([^']*)'", log)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _called(body: str, functions: Mapping[str, str]) -> str:
    if not functions:
        return ""
    found: dict[str, str] = {}
    todo = [body]
    while todo:
        words = set(re.findall(r"[\w$]+", todo.pop()))
        for name in functions.keys() & words - found.keys():
            found[name] = functions[name]
            todo.append(functions[name])
    return "".join(found.values())


_VECTOR = r"\.v[24]"
_VECTOR_COPY = r"\bcp\.async\.c[ag]\.shared\.global\s*\[[^]]*\],\s*\[[^]]*\],\s*(?:8|16);"
_SPACES = r"\.global(?:\.\w+)*"


def _report(expression: str, section: str | None, body: str | None) -> KernelReport:
    if section is None or body is None:
        raise CompileError(f"{expression}: the compiler's log says nothing of it")

    def number(pattern: str) -> int:
        found = re.search(pattern, section)
        return int(found[1]) if found else 0

    def count(pattern: str) -> int:
        return len(re.findall(pattern, body))

    return KernelReport(
        expression=expression,
        registers=number(r"Used (\d+) registers"),
        stack=number(r"(\d+) bytes stack frame"),
        spill_stores=number(r"(\d+) bytes spill stores"),
        spill_loads=number(r"(\d+) bytes spill loads"),
        shared=number(r"(\d+) bytes smem"),
        barriers=number(r"used (\d+) barriers"),
        vector_loads=count(rf"\bld{_SPACES}{_VECTOR}") + count(_VECTOR_COPY),
        vector_stores=count(rf"\bst{_SPACES}{_VECTOR}"),
        scalar_loads=count(rf"\bld{_SPACES}(?<!\.v2)(?<!\.v4)\.[bfus]\d+\s"),
        scalar_stores=count(rf"\bst{_SPACES}(?<!\.v2)(?<!\.v4)\.[bfus]\d+\s"),
        double_instructions=count(r"(?m)^\s*(?:@\S+\s+)?(?!\.reg)\S*\.f64"),
        local_instructions=count(r"\b(?:ld|st)\.local|(?m:^\s*\.local)"),
        atomics=count(r"\b(?:atom|red)\."),
    )
