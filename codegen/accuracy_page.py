"""``docs/accuracy.md`` from the committed table of measured errors: ``python -m codegen.accuracy_page``."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path

from codegen.accuracy import DTYPES, TARGET_ULP
from codegen.accuracy_peers import OURS, REGIONS
from codegen.budget import PARTS, budget
from codegen.extremes import EXCEPTIONS, FINITE, MISSED, SPECIAL, extremes
from codegen.long_rows import DTYPES as LONG_DTYPES
from codegen.long_rows import EXCEPTIONS as LONG_EXCEPTIONS
from codegen.long_rows import FEW, LENGTHS, MANY, SIDE, WELL, long_table
from codegen.long_rows import TABLES as LONG_TABLES
from codegen.overflows import EXCEPTIONS as OVERFLOWS
from codegen.procedures import outcomes
from codegen.tables import PEER_CAP, Bound, peer_errors, table

PLACE = Path(__file__).parent.parent / "docs" / "accuracy.md"
HEAD = f"""# Accuracy of the NumPy kernels

Written by `python -m codegen.accuracy_page` from `codegen/accuracy_table.json`, which
`python -m codegen.accuracy` measures; a test compares.

Each figure is the worst error, and in brackets the mean error, in units of the last place on results that
are well conditioned: rounding the arguments alone moves them by no more than one unit. Where hardly a result
is, as with products of several arguments, results count that it moves by at most 2, 4 or 8 units, as the
column *moved by* says, and the error counts as it is. The reference is the
symbolic form and its true derivatives in ball arithmetic, known to more than 50 digits. The target is
{TARGET_ULP:g} units; exceptions carry their reason. Next to last stands the worst error over all results,
divided by their condition number. NumPy and OpenBLAS have other loops for processors with SSE alone, with
AVX2 and with AVX-512, which add in other orders and have exponentials of their own: all three were measured
(`codegen.processors`), and figures of this table and in docstrings are the worst of them. The same by region
of the arguments, with the textbook form and PyTorch beside ours, is [further down](#by-region); there and for
long rows the figures are those of the processor that measured.

`silu_vjp` keeps its form of 7 passes: that of `gelu_sigmoid_vjp` would have an error of 2.5 units, but at
64 x 128 in float32 a call would take 12.4 instead of 8.4 microseconds, where the textbook's takes 10.3.

GELU and the normal distribution rest on a rational form of Mills' ratio. Evaluated exactly it has a relative
error of at most 2^-25 (float16 and float32) and 2^-51 (float64), a shorter one that serves |x| <= 5.5 in
float32 of at most 2^-23.9: `codegen.certificates` proves these bounds from the differential equation of the
ratio, in exact fractions and ball arithmetic.

| function | float16 | float32 | float64 | moved by | over condition number | exception |
|---|---|---|---|---|---|---|
"""

WHO = (OURS, "textbook", "PyTorch")
REGION_HEAD = f"""
## By region

Worst and (mean) error in units of the last place over the condition number, on the same arguments for ours ·
the textbook form in NumPy · PyTorch as called (its backward passes by autograd), written by
`python -m codegen.accuracy_peers`. Numbers are drawn from -1 to 1 (*moderate*), -30 to 30 (*wide*), -1e4 to
1e4 (*large*) and -1e-30 to 1e-30 (*tiny*, 0 in float16); arguments that are positive, or probabilities, from
the positive part or from between their bounds. {PEER_CAP:g} stands for that and more, a dash where there is
no form or it fixes arguments at other values, n.c. where nothing is said of any result (its condition number
is infinite, or it has no true value)."""
ABOVE = """
## Above the target

How much of the worst error in single precision is due to which operation: measured by
`python -m codegen.budget` with that operation computed in double precision and rounded once, everything else
as it is. What is left are the roundings of sums, products and quotients, half a unit each: of the arguments
of exponentials, which count as often as the argument is large, and of terms that cancel in part. No function
that is more accurate mends it, only more passes over memory would.

"""
NEARLY_ONE = """
## One weight of nearly 1

Where a softmax gives one entry nearly all the weight, the cotangents of the others are sums that cancel to
the size of their weights, 1e-22 beside terms of size 1, which the condition number does not see: it counts
arguments that move the small weights. `softmax_vjp` and attention take the cotangent at the largest weight
as origin, by which what cancels is 0 exactly (`act.softmax/cotangent_shift`), tile by tile where rows of
attention are long.
"""
EXTREMES = f"""
## Extremes

Single precision, written by `python -m codegen.extremes`. All entries of about that size and either
sign, all 0, each 0 or 1 (or at an end of what they lie between), all equal, or rows of one entry: the
worst error in units of the last place over the condition number, `inf` where a result is not finite
although the true value is, `undefined` where there is no true value, `not counted` where all results
have an infinite condition number and are not exact. Then what the results hold where one entry is
infinite or NaN among ordinary numbers, for each argument in turn, and where there are weights (shares,
labels, masks) beside weights of 0 and 1 too; *{MISSED}* where the symbolic form has a finite limit.
Kernels over several axes stand in the table of NumPy, whose products of matrices the other targets take.
float16, float64 and empty arrays are tests of every kernel (`tests/codegen/test_numpy_values.py`).

Above {TARGET_ULP:g} or not finite where it could be, in NumPy, in C and in CUDA C on the host harness (where
subnormals have to give what zeros give), are of these extremes the following and no others:

| functions | extreme | kernels | reason |
|---|---|---|---|
"""


def page() -> str:
    """The text of the page."""
    rows: dict[str, dict[str, Bound]] = {}
    for bound in table():
        rows.setdefault(bound.function, {})[bound.dtype] = bound
    lines = []
    for name, found in sorted(rows.items()):
        cells = [f"{found[d].worst} ({found[d].mean})" if d in found else "" for d in DTYPES]
        scaled = max(b.scaled for b in found.values())
        reasons = "; ".join(dict.fromkeys(b.reason for b in found.values() if b.reason))
        cells += [
            f"{max(b.within for b in found.values()) / 2:g}",
            f"{scaled:g}",
        ]
        lines.append(f"| {name} | {' | '.join(cells)} | {reasons} |")
    return HEAD + "\n".join(lines) + "\n" + _regions() + _long() + _above() + NEARLY_ONE + _extremes()


def _long() -> str:
    columns = [(t, d) for t in LONG_TABLES for d in LONG_DTYPES]
    tables = {t: long_table(t) for t in LONG_TABLES}
    heads = [f"{LANGUAGES[t]} {d}" for t, d in columns]
    lines = [f"| function | {' | '.join(heads)} | longest at the worst |", "|---" * (len(columns) + 2) + "|"]
    for function in sorted(tables["numpy"]):
        rows = [tables[t].get(function, {}).get(d) for t, d in columns]
        worst = max((r for r in rows if r), key=lambda r: r.worst)
        cells = [f"{r.worst:g} ({r.mean:g})" if r else "" for r in rows]
        lines.append(f"| {function} | {' | '.join(cells)} | {worst.where} |")
    reasons = [f"| {f} ({LANGUAGES[t]}, {d}) | {reason} |" for (t, d, f), reason in LONG_EXCEPTIONS.items()]
    above = (
        "\nAbove it are\n\n| function | reason |\n|---|---|\n" + "\n".join(reasons) + "\n" if reasons else ""
    )
    return LONG + "\n".join(lines) + "\n" + above


LONG = f"""
## Long rows

Sums of many terms, written by `python -m codegen.long_rows`. Kernels along one axis get rows of
{" and of ".join(f"{n:,}" for n in LENGTHS)} places (of square matrices {SIDE}); where there are several
axes each in turn is {LENGTHS[0]:,} long, the others {FEW}; where all rows share an argument, whose
cotangent is a sum over them, there are {MANY:,} rows besides. Entries are normal, or between 1/2 and 2, so
that nothing
cancels. The true values are those of the catalog's form in extended precision (`codegen.wide`), which
short rows hold to the balls above. Worst and mean error in ulp of the results looked at (the first, the
last and some between) that are known and well conditioned (a condition number of at most {WELL:g}). Of
causal and multi-head attention the forward passes.

"""


def _above() -> str:
    lines = [f"| function | as shipped | {' | '.join(f'exact {p}' for p in PARTS if PARTS[p])} |"]
    lines += ["|---" * (len(PARTS) + 1) + "|"]
    lines += [
        f"| {name} | {' | '.join(f'{found[p]:g}' for p in PARTS)} |" for name, found in budget().items()
    ]
    return ABOVE + "\n".join(lines) + "\n"


def _extremes() -> str:
    grouped: dict[tuple[str, str], dict[str, list[str]]] = {}
    for (target, function, extreme), reason in EXCEPTIONS.items():
        grouped.setdefault((extreme, reason), {}).setdefault(function, []).append(LANGUAGES[target])
    listed: dict[tuple[str, str, str], list[str]] = {}
    for (extreme, reason), functions in grouped.items():
        for function, targets in functions.items():
            listed.setdefault((extreme, ", ".join(targets), reason), []).append(function)
    lines = [
        f"| {', '.join(sorted(functions))} | {extreme} | {targets} | {reason} |"
        for (extreme, targets, reason), functions in listed.items()
    ]
    names = [*FINITE, *SPECIAL]
    lines += ["", f"| function | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for function, found in sorted(extremes().items()):
        cells = [str(found[name]) for name in FINITE] + [_by_argument(found, name) for name in SPECIAL]
        lines.append(f"| {function} | {' | '.join(cells)} |")
    return EXTREMES + "\n".join(lines) + "\n" + _procedures() + _overflows()


def _procedures() -> str:
    """What the procedures do at extremes, as they do it now: that takes no time."""
    lines = []
    for name, found in outcomes(importlib.import_module("generated.numpy_kernels")).items():
        grouped: dict[str, list[str]] = {}
        for extreme, outcome in found.items():
            grouped.setdefault(outcome, []).append(extreme)
        lines += [f"| {name} | {', '.join(extremes)} | {outcome} |" for outcome, extremes in grouped.items()]
    return PROCEDURES + "\n".join(lines) + "\n"


PROCEDURES = """
The procedures, which choose and count and round nothing, beside their definitions in exact numbers
(`codegen.procedures`); what is refused, with its message:

| function | extremes | result |
|---|---|---|
"""


def _by_argument(found: Mapping[str, float | str], extreme: str) -> str:
    """What the results hold, argument by argument; those with the same together."""
    words: dict[str, list[str]] = {}
    for name, value in found.items():
        if name.startswith(f"{extreme} in "):
            words.setdefault(str(value), []).append(name.removeprefix(f"{extreme} in "))
    return "; ".join(f"{', '.join(places)}: {kinds}" for kinds, places in words.items())


def _overflows() -> str:
    grouped: dict[tuple[str, str, str], list[str]] = {}
    for (target, dtype, function), reason in OVERFLOWS.items():
        grouped.setdefault((LANGUAGES[target], dtype, reason), []).append(function)
    lines = [f"| {', '.join(sorted(names))} | {' | '.join(key)} |" for key, names in grouped.items()]
    return OVERFLOW + "\n".join(lines) + "\n"


OVERFLOW = """
`python -m codegen.overflows` looks for results that are infinite, NaN or without a right digit though
the true value is within the range of the type: every function, each argument alone and all together
scaled by 1e-38 to 1e38 (in double precision by 1e-307 to 1e308), numbers by 1/100 beside the largest
arrays; CUDA texts on the host harness. The NumPy kernels miss none in single precision: what overflows there
is computed again in double precision. Left are

| functions | target | type | reason |
|---|---|---|---|
"""
LANGUAGES = {"numpy": "NumPy", "c": "C", "cupy": "CuPy"}


def _regions() -> str:
    parts = [REGION_HEAD]
    names = [r.name for r in REGIONS]
    for dtype in DTYPES:
        parts += [f"\n### {dtype}\n", f"| function | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
        for function, found in sorted(peer_errors().items()):
            cells = [" · ".join(_figures(found[dtype][n].get(who)) for who in WHO) for n in names]
            parts.append(f"| {function} | {' | '.join(cells)} |")
    return "\n".join(parts) + "\n"


def _figures(found: list[float] | str | None) -> str:
    if found is None:
        return "–"
    return "n.c." if isinstance(found, str) else f"{found[0]:g} ({found[1]:g})"


if __name__ == "__main__":
    PLACE.write_text(page(), encoding="utf-8")
