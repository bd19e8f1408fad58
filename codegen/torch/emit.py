"""The package ``generated/torch_ops``: which functions are operators, and the template that makes them so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from codegen.cupy.capability import not_yet
from codegen.cupy.schedule import RowPlan, plan
from codegen.pipeline import KernelPrograms
from codegen.sections import MODULES
from codegen.targets import UnsupportedError
from codegen.templates import environment
from codegen.textual import HEADER, formatted

FOLDER = "torch_ops"
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Op:
    """A differentiable function.  ``wrt``: the arguments with a cotangent, in the order of the backward
    pass; ``spread``: the arguments whose shapes, broadcast together, are that of the result, which lacks
    the axis if it is ``reduced``."""

    name: str
    module: str
    wrt: tuple[str, ...]
    spread: tuple[str, ...]
    reduced: bool


@dataclass(frozen=True)
class TorchTarget:
    """The target ``torch``: operators over the kernels that work elementwise or along one axis."""

    name: str = "torch"
    folder: str = FOLDER
    standalone: bool = False

    def emit(self, kernels: Sequence[KernelPrograms]) -> Mapping[str, str]:
        """Path below ``generated/`` -> text."""
        missing = not_yet(kernels)
        ops = [op for k in kernels if not _lacking(k, missing) for op in _ops(k)]
        text = (
            environment(TEMPLATES)
            .get_template("package.py.j2")
            .render(header=HEADER, ops=sorted(ops, key=lambda op: op.name))
        )
        return {f"{FOLDER}/__init__.py": formatted(text)}

    def not_yet(self, kernels: Sequence[KernelPrograms]) -> Mapping[str, str]:
        """Each function that is no operator, and why."""
        missing = not_yet(kernels)
        why = {}
        for k in kernels:
            if lacking := _lacking(k, missing):
                why[k.kernel.name] = lacking
            elif not list(_ops(k)):
                why[k.kernel.name] = "it has no backward pass, several results or axes of its own"
        return why

    @property
    def without(self) -> Mapping[str, str]:
        """Nothing: operators are not exported."""
        return {}

    def single_file(self, kernels: Sequence[KernelPrograms], procedures: Sequence[str] = ()) -> str:
        """There is none: operators stand on the packages for NumPy and CuPy."""
        raise UnsupportedError("operators of PyTorch are not exported alone: use the target cupy or numpy")


def _lacking(k: KernelPrograms, missing: Mapping[str, str]) -> str:
    name = k.kernel.name
    return missing.get(name, "") or missing.get(f"{name}_vjp", "")


def _ops(k: KernelPrograms) -> Iterator[Op]:
    if k.backward is None or len(k.forward.outputs) != 1 or any(a.literal for a in k.forward.arguments):
        return
    try:
        forward = plan(k.forward)
        plan(k.backward)
    except UnsupportedError:
        return
    shared = {i.name for i in k.kernel.inputs if i.shared}
    if isinstance(forward, RowPlan):
        along, reduced = forward.elements, not forward.element_outputs
    else:
        along, reduced = forward.arrays, False
    spread = tuple(a.name for a in along if a.name not in shared)
    if spread:
        yield Op(k.kernel.name, MODULES[k.section], k.kernel.wrt, spread, reduced)
