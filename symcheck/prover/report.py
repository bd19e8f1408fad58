"""What a check says: on what an accepted derivation rests, or why one is refused."""

from __future__ import annotations

from dataclasses import dataclass, field

from symcheck.prover.canonical import TooLarge
from symcheck.prover.form import IllFormed
from symcheck.terms.statement import Fact


class CheckError(Exception):
    """A step that does not follow; the message names the step and the reason."""


class Unshown(CheckError):
    """A certificate that does not carry: the claim's author gave it, no tactic is to blame."""


class Refused(Exception):
    """A line that does not hold; whoever replays it says which one."""


REFUSED = (Refused, IllFormed, TooLarge)


@dataclass
class Report:
    """On what an accepted derivation rests."""

    steps: int = 0
    rules: set[str] = field(default_factory=set)
    lemmas: set[str] = field(default_factory=set)
    facts: set[Fact] = field(default_factory=set)
    trivial: bool = False
    """The statement is an equation whose sides are the same by ring laws."""
