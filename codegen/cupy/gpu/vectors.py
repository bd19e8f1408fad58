"""Arguments and results to 50 digits for every function, committed so that a GPU needs no SymPy.

``python -m codegen.cupy.gpu.vectors`` writes ``vectors.npz`` from the balls of ``codegen.reference``; reading
it needs NumPy alone.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

PLACE = Path(__file__).with_name("vectors.npz")
POINTS = 40  # places of an elementwise function in each region


@dataclass
class Vector:
    """One call of ``function`` in the region ``where``: ``given`` holds in all four types; ``conditions`` of
    the ``wanted`` numbers are 1 where rows are judged as a whole."""

    function: str
    where: str
    by_row: bool
    given: dict[str, Any] = field(default_factory=dict)
    wanted: list[Array] = field(default_factory=list)
    conditions: list[Array] = field(default_factory=list)


def read(place: Path = PLACE) -> list[Vector]:
    """Every vector, in the order of the catalog."""
    found: dict[tuple[str, str], Vector] = {}
    with np.load(place) as stored:
        for key in stored.files:
            function, where, kind, name = key.split("|")
            vector = found.setdefault((function, where), Vector(function, where, by_row=False))
            array = stored[key]
            if kind == "given":
                vector.given[name] = array if array.ndim else array.item()
            elif kind == "wanted":
                vector.wanted.append(array)
            elif kind == "condition":
                vector.conditions.append(array)
            else:
                vector.by_row = bool(array)
    return list(found.values())


def write(place: Path = PLACE) -> int:
    """Computes and writes all vectors; how many there are."""
    accuracy = importlib.import_module("codegen.cupy.accuracy")
    samples = importlib.import_module("codegen.cupy.samples")
    generate = importlib.import_module("codegen.generate")
    arrays: dict[str, Any] = {}
    count = 0
    for kernel, program in samples.functions(generate.kernel_programs()):
        for where, full in accuracy.cases(kernel, program):
            given = {n: _some(v, program.is_elementwise) for n, v in full.items()}
            wanted = accuracy.truth(kernel, program, given)
            judge = accuracy.condition_numbers(kernel, program, given)
            key = f"{program.name}|{where}"
            arrays[f"{key}|by_row|"] = np.asarray(not program.is_elementwise)
            arrays |= {f"{key}|given|{n}": np.asarray(v) for n, v in given.items()}
            for which, result in enumerate(wanted):
                arrays[f"{key}|wanted|{which}"] = result
                if judge is not None:
                    k = np.array([judge(which, place) for place in range(result.size)])
                    arrays[f"{key}|condition|{which}"] = np.maximum(k, 1.0).reshape(result.shape)
            count += 1
    np.savez_compressed(place, **arrays)
    return count


def _some(value: Any, elementwise: bool) -> Any:
    return value[:POINTS] if elementwise and isinstance(value, np.ndarray) and value.ndim else value


if __name__ == "__main__":
    print(f"{write()} vectors written to {PLACE}")
