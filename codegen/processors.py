"""The NumPy kernels as they run on other processors than this one.

NumPy chooses its loops by what the processor can do, and so does OpenBLAS: a sum is added in another order,
an exponential is another polynomial.  Both can be told when they are loaded to do without, so that each kind
of processor below this one is played by a process of its own (`NumPy's documentation
<https://numpy.org/doc/stable/reference/simd/build-options.html>`_, "Runtime dispatch").  The C library
remains that of this processor: in double precision it has loops of its own, with FMA and without.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import platform
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np

__all__ = ["KINDS", "Kind", "here", "playable", "played"]

PACKAGE = "generated.numpy_kernels"
DISABLED, CORE = "NPY_DISABLE_CPU_FEATURES", "OPENBLAS_CORETYPE"


@dataclass(frozen=True)
class Kind:
    """Processors on which NumPy and OpenBLAS run the same loops: those with one of NumPy's ``features`` (a
    pattern of names) and none of a later kind.  ``core``: the processor that OpenBLAS takes it for."""

    name: str
    features: str
    core: str


X86 = (
    Kind("SSE", r"", "Nehalem"),
    Kind("AVX2", r"AVX2|X86_V3", "Haswell"),
    Kind("AVX-512", r"AVX512.*|X86_V4", "SkylakeX"),
)
KINDS = X86 if platform.machine() in ("x86_64", "AMD64") else (Kind(platform.machine(), "", ""),)


def features() -> list[str]:
    """What NumPy found here and has loops for, beside what each processor has."""
    about: Any = np.show_config(mode="dicts")
    return list(about["SIMD Extensions"].get("found", []))


def kind_of(found: list[str]) -> Kind:
    """The kind of a processor with the features ``found``."""
    return next(k for k in reversed(KINDS) if not k.features or _of(k, found))


def here() -> Kind:
    """The kind of this processor, less what the environment forbids."""
    return kind_of(features())


def _of(kind: Kind, found: list[str]) -> list[str]:
    return [name for name in found if re.fullmatch(kind.features, name)]


def playable() -> tuple[Kind, ...]:
    """The kinds up to that of this processor."""
    return KINDS[: KINDS.index(here()) + 1]


@contextlib.contextmanager
def played() -> Iterator[Mapping[str, Any]]:
    """Kind by kind, up to that of this processor, the package of the NumPy kernels; each call runs in a
    process that is told to be of that kind.  ``RuntimeError`` if it is not, or ends by itself."""
    known = playable()
    with contextlib.ExitStack() as stack:
        found = {}
        for at, kind in enumerate(known):
            ours, its = get_context("spawn").Pipe()
            stack.enter_context(ours)  # closed, it ends the process
            with mock.patch.dict(os.environ, _environment(kind, known[at + 1 :])):
                get_context("spawn").Process(target=_serve, args=(its,), daemon=True).start()
            its.close()
            started = _answer(ours, kind.name)
            if started != kind:
                raise RuntimeError(f"a process that was to be {kind.name} is {started.name}")
            names = importlib.import_module(PACKAGE).__all__
            found[kind.name] = SimpleNamespace(**{n: partial(_there, ours, kind.name, n) for n in names})
        yield found


def _environment(kind: Kind, later: tuple[Kind, ...]) -> dict[str, str]:
    """What tells NumPy and OpenBLAS to do without what is of the ``later`` kinds."""
    if not later:
        return {}
    without = [name for k in later for name in _of(k, features())]
    return {DISABLED: " ".join([os.environ.get(DISABLED, ""), *without]).strip(), CORE: kind.core}


def _there(connection: Connection, kind: str, name: str, *given: Any) -> Any:
    connection.send((name, given))
    found, error = _answer(connection, kind)
    if error is not None:
        raise error
    return found


def _answer(connection: Connection, kind: str) -> Any:
    try:
        return connection.recv()
    except EOFError:
        raise RuntimeError(f"the process that plays a processor with {kind} has ended") from None


def _serve(connection: Connection) -> None:
    """Says what kind this process is of, and calls kernels until nobody asks any more."""
    connection.send(here())
    package = importlib.import_module(PACKAGE)
    with contextlib.suppress(EOFError):
        while True:
            name, given = connection.recv()
            try:
                connection.send((getattr(package, name)(*given), None))
            except Exception as error:  # raised where the call was made
                connection.send((None, error))
