"""What became of one statement of a formula, and of the formula with all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from symcheck.gate.model import Finding, Judgement, Status, unchecked
from symcheck.latex import Reason


@dataclass(frozen=True)
class Outcome:
    """What became of one statement; the fields are those of a ``Judgement``."""

    status: Status
    formula: str | None = None
    reason: Reason | None = None
    detail: str = ""
    findings: tuple[Finding, ...] = ()


def left_open(reason: Reason, detail: str = "") -> Outcome:
    """A statement of which nothing is said, and why."""
    return Outcome(Status.UNCHECKED, None, reason, detail)


def why(not_read: object) -> tuple[Reason, str]:
    """Why something was not read."""
    return getattr(not_read, "reason", Reason.NOTATION), str(getattr(not_read, "detail", ""))


def combine(outcomes: Sequence[Outcome]) -> Outcome:
    """One outcome for several: the worst, with all findings; a match outranks a proof beside it."""
    order = [Status.ERRATA, Status.UNCHECKED, Status.CONDITIONAL, Status.MATCHED, Status.VERIFIED]
    worst = min(outcomes, key=lambda o: order.index(o.status))
    formula = worst.formula or next((o.formula for o in outcomes if o.formula is not None), None)
    findings = tuple(dict.fromkeys(f for o in outcomes for f in o.findings))
    return replace(worst, formula=formula, findings=findings)


def together(outcomes: Sequence[Outcome]) -> Judgement:
    """The judgement of a formula whose statements came to ``outcomes``."""
    if not outcomes:
        return unchecked(Reason.PROSE, "declares symbols")
    whole = combine(outcomes)
    if whole.status is Status.UNCHECKED:
        return Judgement(
            status=whole.status, reason=whole.reason, detail=whole.detail, findings=whole.findings
        )
    return Judgement(status=whole.status, formula=whole.formula, findings=whole.findings)
