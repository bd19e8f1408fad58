"""Docstrings of generated kernels: formula, shapes, dtypes, claims, measured error, special values."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

import sympy as sp

from codegen.ir import BATCH, Argument, Gather, Kind, Load, Map, OneHot, Output, Program, length_of
from codegen.pipeline import KernelPrograms
from codegen.tables import Bound, bounds
from formulas.schema import Kernel

WIDTH = 100
MILLS_BITS = {"float32": 25.0, "float32, |x| <= 5.5": 23.9, "float64": 51.0}
"""-log2 of the proved relative error of the rational forms of Mills' ratio (``codegen.certificates``)."""
_MILLS = {
    "numpy": "2^-{float64:g} (float64), 2^-{float32:g} (float16 and float32; 2^-{near:g} in an array whose "
    "numbers are all at most 5.5 in size)",
    "c": "2^-{float64:g} (float64) and 2^-{float32:g} (float32)",
    "cupy": "2^-{float32:g} (float32; float64 calls CUDA's normcdf, the shorter form of 16 bits is checked "
    "for every number)",
}


def docstring(
    kernel: KernelPrograms, program: Program, *, axis: bool, backward: bool, target: str = "numpy"
) -> str:
    """The docstring of the forward or backward function of ``kernel``, indented by four."""
    paragraphs = [_summary(kernel, backward), _formula(kernel.kernel, backward)]
    paragraphs.append(
        "Args:\n" + "\n".join(_argument(a, a.name in places_of(program)) for a in program.arguments)
    )
    if axis:
        paragraphs[-1] += f"\n    axis: the axis of length {program.row_axes[0]}."
    paragraphs[-1] += "\n    out: " + _out(program)
    paragraphs.append(_returns(program, backward))
    paragraphs.append(
        "Raises:\n    TypeError: an argument or out has another dtype than those above.\n"
        "    ValueError: shapes, axis or an index do not fit."
    )
    paragraphs += list(_notes(kernel, program, backward, target))
    text = "\n\n".join(paragraphs)
    lines = textwrap.indent(text, "    ").strip().splitlines()
    return "\n".join([lines[0], *lines[1:], "    "])


def _summary(kernel: KernelPrograms, backward: bool) -> str:
    name = kernel.title or kernel.kernel.name
    return f"{name}: vector-Jacobian product." if backward else f"{name}."


def _formula(kernel: Kernel, backward: bool) -> str:
    lines = [
        line
        for text in formula_texts(kernel)
        for line in textwrap.wrap(text, WIDTH - 4, subsequent_indent="    ", break_long_words=False)
    ]
    if backward:
        text = f"result = d(sum of g * output) / d({', '.join(kernel.wrt)})"
        lines += textwrap.wrap(text, WIDTH - 4, subsequent_indent="    ")
    return "\n".join("    " + line for line in lines)


def formula_texts(kernel: Kernel) -> list[str]:
    """Each result of the kernel with the names of its arguments."""
    names: dict[sp.Basic, sp.Basic] = {}
    for given in kernel.inputs:
        if isinstance(given.symbol, sp.IndexedBase):
            names[given.symbol] = sp.IndexedBase(given.name, shape=given.symbol.shape)
        else:
            names[given.symbol] = sp.Symbol(given.name)
    return [f"{r.name}{_indices(r.axes)} = {sp.sstr(_renamed(r.output, names))}" for r in kernel.results]


def _indices(axes: tuple[sp.Symbol, ...]) -> str:
    return f"[{', '.join(map(str, axes))}]" if axes else ""


def _renamed(e: sp.Basic, names: dict[sp.Basic, sp.Basic]) -> sp.Basic:
    if e in names:
        return names[e]
    if isinstance(e, sp.Indexed):
        return sp.Indexed(names.get(e.base, e.base), *[_renamed(i, names) for i in e.indices])
    if not e.args or isinstance(e, sp.KroneckerDelta):
        return e
    return e.func(*[_renamed(a, names) for a in e.args])


def places_of(program: Program) -> set[str]:
    """The arguments that name an entry of a row."""
    found = set()
    for value in program.values:
        if isinstance(value.node, Gather | OneHot):
            load = program.values[value.node.index].node
            if isinstance(load, Load):
                found.add(load.argument)
    return found


def _argument(argument: Argument, place: bool) -> str:
    text = f"{argument.name}: {_kind(argument)}{', counted from 0' if place else ''}"
    if argument.meaning and argument.meaning not in text:
        text += f"; {argument.meaning}"
    return textwrap.fill(text + ".", WIDTH, initial_indent="    ", subsequent_indent="        ")


def _kind(argument: Argument) -> str:
    if argument.is_scalar:
        return "a number"
    what = "integers" if argument.kind is Kind.INTEGER else "float16, float32 or float64"
    return f"{what}, shape {shape_text(argument.axes, argument.literal)}"


def shape_text(axes: tuple[str, ...], literal: tuple[int, ...]) -> str:
    parts = ["..." if a == BATCH else length_of(a) for a in axes] + [str(s) for s in literal]
    return f"({', '.join(parts)}{',' if len(parts) == 1 and parts != ['...'] else ''})"


def _out(program: Program) -> str:
    if len(program.outputs) == 1:
        return "where to put the result; may be an argument."
    return "a sequence of arrays where to put the results; may be arguments."


def _returns(program: Program, backward: bool) -> str:
    def one(o: Output) -> str:
        return f"shape {shape_text(o.axes, o.literal)}"

    if len(program.outputs) == 1:
        return f"Returns:\n    An array of {one(program.outputs[0])} and the dtype of the arguments."
    kind = "that of " if backward else ""
    listed = ", ".join(f"{kind}{o.name} ({one(o)})" for o in program.outputs)
    return textwrap.fill(
        f"A tuple{' of cotangents' if backward else ''}: {listed}.", WIDTH, initial_indent="Returns:\n    "
    )


def _notes(kernel: KernelPrograms, program: Program, backward: bool, target: str) -> Iterable[str]:
    half = "float16 is computed by NumPy" if target == "c" else "float16 is computed in float32"
    zeros = ["an exponential that has decayed", "a case that does not hold"]
    zeros += [f"the weight {i.name}, or 1 less it" for i in kernel.kernel.inputs if i.weight]
    notes = [
        f"{half}. NaN and infinities go through IEEE arithmetic of the stable form: a "
        "comparison with NaN is false, so a derivative with cases takes the last one, and inf * 0 is NaN, "
        f"but 0 where the 0 is {' or '.join(zeros)}."
    ]
    if kernel.kernel.domain:
        notes.append(f"Domain: {kernel.kernel.domain}.")
    notes += approximations(program, target)
    notes.append(origin(kernel))
    if program.licences:
        claims = "claims" if len(program.licences) > 1 else "claim"
        notes.append(f"Stable by the proved {claims} {', '.join(program.licences)}.")
    if backward:
        notes += _constants(kernel.kernel)
        notes.append("Derived in reverse mode from the stable form of the forward pass.")
    yield "\n".join(textwrap.fill(n, WIDTH, break_on_hyphens=False, break_long_words=False) for n in notes)
    table = bounds(program.name, target)
    if table:
        rows = [f"    {b.dtype}: {_error(b)}" for b in table]
        yield (
            "Error in ulp as measured, where the result is well conditioned (and over all results, in ulp\n"
            "times their condition number):\n" + "\n".join(rows)
        )


def approximations(program: Program, target: str) -> list[str]:
    """What is computed by an approximation with a proved bound, and the bound."""
    used = {v.node.op for v in program.values if isinstance(v.node, Map)}
    if not used & {"tail", "mills", "tailmoment"}:
        return []
    bits = {k: v for k, v in MILLS_BITS.items() if k.isalnum()} | {"near": MILLS_BITS["float32, |x| <= 5.5"]}
    return [
        "The normal distribution is a rational form of Mills' ratio, whose relative error before rounding is "
        f"proved to be at most {_MILLS[target].format(**bits)}."
    ]


def _constants(kernel: Kernel) -> Iterable[str]:
    """What has no cotangent, and why."""
    reasons: dict[str, list[str]] = {}
    for given in kernel.inputs:
        if given.name not in kernel.wrt and given.role != "integer":
            reasons.setdefault(given.constant or "numbers of the call", []).append(given.name)
    listed = [f"{', '.join(names)} ({reason})" for reason, names in reasons.items()]
    if listed:
        yield f"Treated as constants, without a cotangent: {'; '.join(listed)}."


def origin(kernel: KernelPrograms) -> str:
    """Where a reader finds what a function comes from."""
    return f"Sources and proofs: symcheck show {kernel.formula}."


def _error(b: Bound) -> str:
    return f"{b.worst} ({b.scaled}){f': {b.reason}' if b.reason else ''}"
