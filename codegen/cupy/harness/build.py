"""Turn a kernel text into a shared library with g++, once for each text, mode and compiler."""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import re
import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from symcheck.files import write_whole

INCLUDE = Path(__file__).parent / "include"

_DYNAMIC_SHARED = re.compile(
    r"extern\s+__shared__\s+(?:__align__\s*\(\s*\d+\s*\)\s*)?([\w ]+?)\s+(\w+)\s*\[\s*\]\s*;"
)
_ATTRIBUTES = r"(?:\w+\s*\((?:[^()]|\([^()]*\))*\)\s*)*"
_KERNEL = re.compile(
    r'(?P<template>template\s*<[^<>]*>\s*)?(?P<plain>extern\s+"C"\s+)?'
    rf"__global__\s+(?P<before>{_ATTRIBUTES})void\s+(?P<after>{_ATTRIBUTES})(?P<name>\w+)\s*\("
)

# nvcc contracts a*b + c as well, and knows no exceptions; the rest keeps type punning and warnings as it
# has them
_FLAGS = (
    "-std=c++17", "-fPIC", "-fvisibility=hidden", "-ffp-contract=fast", "-fno-strict-aliasing",
    "-fno-math-errno", "-fno-exceptions", "-Wall", "-Wno-unknown-pragmas", "-Wno-unused",
)  # fmt: skip


class HostError(RuntimeError):
    """A kernel did something that a GPU must not do, or the text does not build."""


class CompilerMissingError(HostError):
    """There is no C++ compiler, so nothing can run on the host."""


class Mode(StrEnum):
    FAST = "fast"
    CHECK = "check"


# Kernels run for microseconds, and building them takes a tenth of a second each: -O1, under which a*b + c
# becomes one operation, without what takes long and changed no error that was measured
_QUICKLY = (
    "-O1", "-fno-tree-dominator-opts", "-fno-tree-loop-optimize", "-fno-ivopts", "-fno-tree-slsr",
    "-fno-move-loop-invariants", "-fno-tree-pta", "-fno-ipa-modref", "-fno-ipa-pure-const",
    "-fno-ipa-reference", "-fno-guess-branch-probability",
)  # fmt: skip

# In check mode -fsanitize=thread only makes the compiler call the hooks of host_check.h.  Without
# scalar replacement a 16-byte access stays one access.
_MODE_FLAGS = {
    Mode.FAST: _QUICKLY,
    Mode.CHECK: (*_QUICKLY, "-g1", "-fno-tree-sra", "-fno-ipa-sra", "-fsanitize=thread", "-DHOST_CHECK"),
}

# A fast library needs nothing of C++'s own, which takes the linker longest to read
_LIBRARIES: Mapping[Mode, tuple[str, ...]] = {
    Mode.FAST: ("-nodefaultlibs", "-lm", "-lc", "-lgcc"),
    Mode.CHECK: (),
}


def compiler() -> str:
    """The C++ compiler: ``$CXX`` or g++.  clang++ is not supported (no ``_Float16`` hooks tried)."""
    return os.environ.get("CXX", "g++")


def missing() -> str | None:
    """Why nothing can run on the host, or None when it can."""
    if shutil.which(compiler()) is None:
        return f"no C++ compiler ({compiler()}) on this machine, so no kernel was run on the host"
    return None


def cache_folder(part: str) -> Path:
    """Where results of compilers are kept: in ``$SYMCHECK_CACHE``, or ``.cache`` of the checkout."""
    root = os.environ.get("SYMCHECK_CACHE")
    base = Path(root) if root else Path(__file__).resolve().parents[3] / ".cache"
    return base / part


def plain_kernels(source: str) -> tuple[str, ...]:
    """The ``extern "C"`` kernels of a text; templates have to be named by the caller."""
    return tuple(kernel["name"] for kernel in _KERNEL.finditer(source) if kernel["plain"])


def _limited(kernel: re.Match[str]) -> str:
    """The head of a kernel without its attributes, behind a constant made of these; as many lines."""
    template, name = kernel["template"] or "", kernel["name"]
    limits = f"host_limits_of_{name} = host::Limits() {kernel['before']} {kernel['after']}"
    lines = "\n" * (kernel[0].count("\n") - template.count("\n"))
    return (
        f"{' '.join(template.split())} constexpr host::Limits {' '.join(limits.split())}; "
        f"{template}{kernel['plain'] or ''}__global__ void {name}({lines}"
    )


def _limits(expression: str) -> str:
    """The constant for one instance."""
    name, *rest = expression.partition("<")
    return re.sub(r"(\w+)\s*$", r"host_limits_of_\1", name) + "".join(rest)


def host_text(source: str, expressions: Sequence[str]) -> str:
    """The C++ text that is compiled: the kernels, line for line, with their limits, and an entry point for
    each.  ``HostError`` for shared memory that could not be watched."""
    body = _DYNAMIC_SHARED.sub(r"\1* \2 = reinterpret_cast<\1*>(host::dynamic_shared);", source)
    if "__shared__" in body and any("<" in e for e in expressions):
        raise HostError(
            "static __shared__ memory in a text with templates: g++ puts that of a template where it is not "
            "watched; use extern __shared__"
        )
    exports = "".join(
        f"static constexpr host::Limits host_limits_{i} = {_limits(e)};\nHOST_EXPORT({i}, {e})\n"
        for i, e in enumerate(expressions)
    )
    return f'#line 1 "kernel.cu"\n{_KERNEL.sub(_limited, body)}\n{exports}'


def build(source: str, expressions: Sequence[str], mode: Mode) -> Path:
    """The shared library for a text; built if it is not in the cache.  ``HostError`` with g++'s log."""
    cxx = compiler()
    text = host_text(source, expressions)
    flags = [*_FLAGS, *_MODE_FLAGS[mode], *_target_flags()]
    library = cache_folder("cuda_host") / f"{_name(cxx, flags, text)}.so"
    if library.exists():
        return library
    head = _precompiled(cxx, flags, library.parent)
    cpp, obj, new = (_scratch(library, suffix) for suffix in (".cpp", ".o", ".so"))
    cpp.write_text(text)
    try:
        _run([cxx, *flags, f"-I{INCLUDE}", "-include", str(head), "-c", str(cpp), "-o", str(obj)])
        # linked without -fsanitize, so that the runtime of the thread sanitizer stays out
        _run([cxx, "-shared", str(obj), *_LIBRARIES[mode], "-o", str(new)])
        new.replace(library)
    finally:
        for path in (cpp, obj, new):
            path.unlink(missing_ok=True)
    return library


_one_header = threading.Lock()


def _precompiled(cxx: str, flags: Sequence[str], folder: Path) -> Path:
    """The header of the harness, where g++ finds it parsed, once for all texts: parsing takes it longer than
    one kernel does."""
    head = folder / f"{_name(cxx, flags, '')}.h"
    parsed = head.with_suffix(".h.gch")
    text = f'#include "{INCLUDE / "cuda_host.h"}"\n'
    with _one_header:
        if not head.exists() or head.read_text() != text:  # the checkout that wrote it may be gone
            write_whole(head, text)
        if not parsed.exists():
            new = _scratch(parsed, ".gch")
            _run([cxx, *flags, f"-I{INCLUDE}", "-x", "c++-header", str(head), "-o", str(new)])
            new.replace(parsed)
    return head


def _scratch(path: Path, suffix: str) -> Path:
    """Where this process and thread write what becomes ``path`` when it is whole."""
    return path.with_suffix(f".{os.getpid()}-{threading.get_ident()}{suffix}")


def _name(cxx: str, flags: Sequence[str], text: str) -> str:
    """Of what a compiler makes of a text with the harness."""
    parts = (_harness_hash(), _compiler_version(cxx), repr(flags), text)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise HostError(f"the host build failed:\n{done.stderr}")


def _target_flags() -> tuple[str, ...]:
    """A fixed instruction set with fma and half conversion: a shared cache works on every machine."""
    return ("-march=haswell",) if platform.machine() in {"x86_64", "AMD64"} else ()


@functools.cache
def _harness_hash() -> str:
    texts = b"".join(path.read_bytes() for path in sorted(INCLUDE.glob("*.h")))
    return hashlib.sha256(texts).hexdigest()


@functools.cache
def _compiler_version(cxx: str) -> str:
    reason = missing()
    if reason:
        raise CompilerMissingError(reason)
    done = subprocess.run([cxx, "--version"], capture_output=True, text=True, check=True)
    return done.stdout.split("\n", 1)[0]
