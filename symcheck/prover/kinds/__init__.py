"""Kinds of derivation, one module each: its data, its check, and how it is told to a person.

``KINDS`` is what the checker believes.  A new kind is a module here (a frozen dataclass derived from
``Derivation``, and a function ``check``), a row in ``KINDS``, and a test that corrupts it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symcheck.prover import replay
from symcheck.prover.derivation import Derivation, Equation
from symcheck.prover.kinds import (
    absurd,
    bounded,
    cases,
    induction,
    limiting,
    signed,
    squeezed,
    summed,
    taylor,
)

KINDS: dict[type[Derivation], Callable[..., Any]] = {
    Equation: replay.check,
    cases.Cases: cases.check,
    absurd.Absurd: absurd.check,
    summed.Summed: summed.check,
    signed.Signed: signed.check,
    bounded.Bounded: bounded.check,
    taylor.Taylor: taylor.check,
    limiting.Limiting: limiting.check_limiting,
    limiting.Hopital: limiting.check_hopital,
    squeezed.Squeezed: squeezed.check,
    induction.Induction: induction.check,
}
