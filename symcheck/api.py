"""What scripts and notebooks call: the commands as functions that return what they found.

>>> import symcheck
>>> symcheck.prove("act.softmax/jacobian")
>>> symcheck.check_text(r"For the sigmoid, $\\sigma'(x) = \\sigma(x)(1 + \\sigma(x))$.")

The results show themselves as Markdown with LaTeX in Jupyter.
"""

from __future__ import annotations

from collections.abc import Iterator

from formulas.schema import Formula
from symcheck.gate.run import check_paths, check_text
from symcheck.judge import Judgement, judge
from symcheck.run import run

__all__ = ["Judgements", "check_paths", "check_text", "prove"]


class Judgements(tuple[Judgement, ...]):
    """Verdicts on claims, in the order of the catalog."""

    __slots__ = ()

    @property
    def holds(self) -> bool:
        """Whether each claim has the verdict that the catalog expects of it; not if there is none."""
        return bool(self) and all(j.holds for j in self)

    def __repr__(self) -> str:
        return "\n".join(f"{j.id}: {j.verdict.value}" for j in self)

    def _repr_markdown_(self) -> str:
        from symcheck.display import judgements_markdown

        return judgements_markdown(self)


def prove(*what: str | Formula, jobs: int | None = 0, cache: bool = True) -> Judgements:
    """The verdicts on claims: all of a formula (``"act.softmax"``), one (``"act.softmax/jacobian"``), or
    those of a ``Formula`` of your own.

    ``jobs``   worker processes for claims of the catalog, each with limits of time and memory; ``None`` for
               one per core.  With 0, and for formulas of your own, the work is done in this process
               without limits.
    ``cache``  whether proofs of earlier runs are replayed, and new ones kept.

    Raises ``KeyError`` naming near ids for an unknown one, ``ValueError`` if nothing is asked for, and
    ``symcheck.judge.Contradiction`` if prover and falsifier disagree.
    """
    if not what:
        raise ValueError('name what to prove: an id such as "act.softmax", a claim, or a Formula')
    return Judgements(_found(what, jobs, cache))


def _found(what: tuple[str | Formula, ...], jobs: int | None, cache: bool) -> Iterator[Judgement]:
    from symcheck.cache.store import Store

    store = Store() if cache else None
    for one in what:
        if isinstance(one, str):
            yield from run((one,), jobs=jobs, store=store)
        else:
            yield from (judge(one, claim) for claim in one.claims)
