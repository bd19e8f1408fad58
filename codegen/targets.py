"""The registry of targets.  A target turns realised programs into the text of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from codegen.pipeline import KernelPrograms


class UnsupportedError(ValueError):
    """A program of which a target has no form; the message says what stands in the way."""


class Target(Protocol):
    """What a target offers; paths are relative to ``generated/`` and lie below ``folder``."""

    @property
    def name(self) -> str: ...

    @property
    def folder(self) -> str: ...

    @property
    def standalone(self) -> bool:
        """Whether kernels can stand in one file alone (``single_file``)."""
        ...

    def emit(self, kernels: Sequence[KernelPrograms]) -> Mapping[str, str]:
        """Every file of the target's package: path -> text, a pure function of ``kernels``."""
        ...

    def not_yet(self, kernels: Sequence[KernelPrograms]) -> Mapping[str, str]:
        """Each function that the target cannot emit yet, and what stands in the way."""
        ...

    @property
    def without(self) -> Mapping[str, str]:
        """Each procedure (``codegen.procedures``) that the target has not, and why."""
        ...

    def single_file(self, kernels: Sequence[KernelPrograms], procedures: Sequence[str] = ()) -> str:
        """One self-contained module with ``kernels`` and ``procedures``, one of them at least."""
        ...


def targets() -> dict[str, Target]:
    """The known targets by name."""
    from codegen.c.modules import CTarget
    from codegen.cupy.modules import CupyTarget
    from codegen.numpy.emit import NumpyTarget
    from codegen.torch import TorchTarget

    found: tuple[Target, ...] = (NumpyTarget(), CTarget(), CupyTarget(), TorchTarget())
    return {t.name: t for t in found}
