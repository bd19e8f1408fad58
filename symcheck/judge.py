"""The verdict on a claim, from what the prover and the falsifier each found on their own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import sympy as sp

from formulas.catalog import catalog, get
from formulas.check import free_symbols
from formulas.schema import Claim, Formula, Relation, Verdict
from symcheck.explain import as_json, explain
from symcheck.prover import Open, Proof, prove
from symcheck.prover.codec import encode
from symcheck.refute.falsify import Falsification, falsify
from symcheck.refute.weigh import MutantReport
from symcheck.terms.lower import Lowering, NotInTheory
from symcheck.terms.printing import balanced, latex, latex_name, letters, plain
from symcheck.terms.statement import Approach, Fact, Statement, of_claim, statement
from symcheck.terms.term import ZERO, Term

NO_MUTANTS = MutantReport(0, 0, 0, ())
MIN_POINTS = 10
"""Effective sample points below which a proof is not taken to have survived falsification, unless the
hypotheses leave no more (a statement about constants has one)."""

SYMBOLS = {
    Relation.EQ: "=", Relation.LE: r"\le", Relation.LT: "<", Relation.GE: r"\ge", Relation.GT: ">",
    Relation.TENDS: r"\to",
}  # fmt: skip
_TURNED = {"positive": "<", "nonnegative": r"\le", "nonzero": r"\ne"}
_FACT = {"equal": "=", "positive": ">", "nonnegative": r"\ge", "nonzero": r"\ne"}


class Contradiction(RuntimeError):
    """The prover and the falsifier disagree, or nothing meets a claim's hypotheses: a defect of
    symcheck or of the catalog, which stops the run."""


@dataclass(frozen=True)
class Subject:
    """A claim by name, and what a summary tells of it.  To other processes it goes as that; whoever wants the
    entry itself then gets it from the catalog."""

    formula_id: str
    name: str
    section: int
    expected: Verdict

    @classmethod
    def of(cls, formula: Formula, claim: Claim) -> Subject:
        found = cls(formula.id, claim.name, formula.section, claim.expected)
        found.__dict__.update(formula=formula, claim=claim)
        return found

    @cached_property
    def formula(self) -> Formula:
        """The entry."""
        return get(self.formula_id)

    @cached_property
    def claim(self) -> Claim:
        """The claim."""
        return self.formula.claim(self.name)

    def __reduce__(self) -> tuple[Any, ...]:
        return Subject, (self.formula_id, self.name, self.section, self.expected)


@dataclass(frozen=True)
class Judgement:
    """What a run says of one claim.  ``holds``: the verdict is the expected one.

    ``cached``: ``no``, or what was found earlier was ``replayed``, or it was ``refused`` and found again.
    """

    about: Subject
    verdict: Verdict
    falsification: Falsification
    proof: Proof | None = None
    reason: str = ""
    counterexample: str | None = None
    seconds: float = 0.0
    mutants: MutantReport = NO_MUTANTS
    cached: str = "no"

    @property
    def id(self) -> str:
        return f"{self.about.formula_id}/{self.about.name}"

    @property
    def formula(self) -> Formula:
        """The entry whose claim it is."""
        return self.about.formula

    @property
    def claim(self) -> Claim:
        """The claim."""
        return self.about.claim

    @property
    def holds(self) -> bool:
        return self.verdict is self.about.expected and (
            self.verdict is not Verdict.CONDITIONAL or self.counterexample is not None
        )

    def _repr_markdown_(self) -> str:
        from symcheck.display import judgement_markdown

        return judgement_markdown(self)

    def json(self, *, derivation: bool = False) -> dict[str, Any]:
        """The claim's entry in ``symcheck prove --json``."""
        f = self.falsification
        out: dict[str, Any] = {
            "id": self.id,
            "formula": self.about.formula_id,
            "section": self.about.section,
            "statement": statement_latex(self.claim),
            "verdict": self.verdict.value,
            "expected": self.about.expected.value,
            "holds": self.holds,
            "trust": self.proof.trust if self.proof else None,
            "trivial": self.proof.trivial if self.proof else False,
            "conditions": conditions_latex(self.claim),
            "method": self.proof.method if self.proof else None,
            "steps": self.proof.steps if self.proof else 0,
            "seconds": round(self.seconds, 4),
            "falsifier": {"points": f.points, "shapes": [list(s) for s in f.shapes]},
            "counterexample": self.counterexample,
            "mutants": {
                "tried": self.mutants.tried,
                "refuted": self.mutants.refuted,
                "equivalent": self.mutants.equivalent,
                "survived": len(self.mutants.survived),
                "survivors": list(self.mutants.survived),
            },
            "reason": self.reason or None,
            "cached": self.cached,
        }
        if derivation:
            out["derivation"] = _published(self.proof) if self.proof else None
        return out


def _published(proof: Proof) -> dict[str, Any]:
    return {
        **encode(proof.derivation),
        "explanation": as_json(explain(proof.derivation, proof.statement)),
    }


Prover = Callable[[Claim], Proof | Open]
Falsifier = Callable[..., Falsification]


def judge(
    formula: Formula, claim: Claim, *, prover: Prover = prove, falsifier: Falsifier = falsify
) -> Judgement:
    """Prove, falsify, and compare.  Raises ``Contradiction`` when the two cannot both be right."""
    start = time.perf_counter()
    name = f"{formula.id}/{claim.name}"
    found = prover(claim)
    sample = falsifier(claim)
    if sample.vacuous:
        raise Contradiction(f"{name}: nothing was found that meets its hypotheses ({sample.reason})")
    counterexample = sample.counterexample.text if sample.counterexample else None
    verdict, reason, proof = Verdict.UNDECIDED, "", None
    if isinstance(found, Proof):
        if counterexample is not None:
            raise Contradiction(f"{name} is proved and has a counterexample: {counterexample}")
        proof = found
        if sample.points < MIN_POINTS and not (sample.points and sample.exhausted):
            reason = f"proved, but only {sample.points} sample points were effective ({sample.reason})"
        elif claim.conditions:
            verdict = Verdict.CONDITIONAL
            without = falsifier(claim, with_conditions=False)
            counterexample = without.counterexample.text if without.counterexample else None
            if counterexample is None:
                reason = "no counterexample was found without the conditions: they may not be needed"
        else:
            verdict = Verdict.PROVED
    elif counterexample is not None:
        verdict = Verdict.REFUTED
    else:
        enough = sample.points >= MIN_POINTS
        verdict = Verdict.SUPPORTED if enough else Verdict.UNDECIDED
        reason = found.reason
    about = Subject.of(formula, claim)
    return Judgement(about, verdict, sample, proof, reason, counterexample, time.perf_counter() - start)


def select(ids: Sequence[str]) -> Iterator[tuple[Formula, Claim]]:
    """The claims that ``ids`` name: formulas (``act.softmax``) or claims (``act.softmax/jacobian``).

    All claims if there are no ids.  ``KeyError`` naming the nearest ids for an unknown one."""
    for one in ids or catalog():
        entry, _, name = one.partition("/")
        formula = get(entry)
        if name and name not in {c.name for c in formula.claims}:
            known = ", ".join(c.name for c in formula.claims)
            raise KeyError(f"{entry} has no claim {name!r}; it has {known}")
        for claim in formula.claims:
            if not name or claim.name == name:
                yield formula, claim


def definition(formula: Formula, style: Callable[[Term], str] = latex) -> str:
    """What the formula defines, as LaTeX or with ``plain`` in one line of text; its name alone where the
    right side is not in the prover's language."""
    d = formula.definition
    try:
        return f"{d.latex} = {style(Lowering.of(d.expr)(d.expr))}"
    except NotInTheory:
        return d.latex


def statement_latex(claim: Claim) -> str:
    """The claim as LaTeX."""
    s = _lowered(claim)
    if s is None:
        return str(claim.lhs)
    taken = letters(s.lhs, s.rhs, *(f.left for f in s.facts if not f.pattern))
    left, right = latex(s.lhs, taken), latex(s.rhs, taken)
    if s.approach is not None:
        return rf"\lim_{{{_approach(s.approach, latex)}}} {latex(s.lhs, taken, 2)} = {right}"
    return f"{left} {SYMBOLS[claim.relation]} {right}"


def _approach(a: Approach, show: Callable[[Term], str]) -> str:
    arrow, infinity = (r" \to ", r"\infty") if show is latex else (" → ", "∞")
    if a.to is None:
        return f"{show(a.x)}{arrow}{'-' if a.side < 0 else ''}{infinity}"
    side = {1: "+", -1: "-", 0: ""}[a.side]
    return f"{show(a.x)}{arrow}{show(a.to)}{f'^{side}' if side else ''}"


def statement_plain(claim: Claim) -> str:
    """The claim in one line of text."""
    s = _lowered(claim)
    if s is None:
        return str(claim.lhs)
    where = f" as {_approach(s.approach, plain)}" if s.approach is not None else ""
    return f"{plain(s.lhs)} {claim.relation.value} {plain(s.rhs)}{where}"


def _for_all(f: Fact) -> str:
    return f" for all {', '.join(sorted(f.everywhere))}" if f.everywhere else ""


def facts_plain(claim: Claim) -> list[str]:
    """The hypotheses and conditions in text, and which names are positive or not negative."""
    s = _lowered(claim)
    if s is None:
        return []
    facts = [f"{plain(f.left)} {_FACT_PLAIN[f.kind]} {plain(f.right)}{_for_all(f)}" for f in s.facts]
    signs = [f"{name} {_FACT_PLAIN[kind]} 0" for name, kind in _signs(claim)]
    return [*signs, *facts, *s.laws.described(plain)]


def facts_latex(claim: Claim) -> list[str]:
    """The hypotheses and conditions in LaTeX, and which names are positive or not negative."""
    s = _lowered(claim)
    if s is None:
        return []
    signs = [f"{latex_name(name)} {_FACT[kind]} 0" for name, kind in _signs(claim)]
    return [*signs, *(_fact_latex(f, s) for f in s.facts), *s.laws.described_latex()]


def _signs(claim: Claim) -> list[tuple[str, str]]:
    """The numbers and tensors that are positive, or not negative, because they are declared so."""
    found = {}
    for symbol in free_symbols(claim.lhs, claim.rhs, *claim.hypotheses, *claim.conditions):
        label = symbol.label if isinstance(symbol, sp.IndexedBase) else symbol
        if not label.is_integer and (label.is_positive or label.is_nonnegative):
            found[str(label)] = "positive" if label.is_positive else "nonnegative"
    return sorted(found.items())


_FACT_PLAIN = {"equal": "=", "positive": ">", "nonnegative": "≥", "nonzero": "≠"}


def conditions_latex(claim: Claim) -> list[str]:
    """The conditions that the printed statement does not carry."""
    if not claim.conditions:
        return []
    s = statement(claim.lhs, claim.rhs, claim.relation, claim.conditions)
    return [*(_fact_latex(f, s) for f in s.facts), *s.laws.described_latex()]


def _fact_latex(f: Fact, s: Statement) -> str:
    """As one writes it, without minus signs: ``c >= x`` for ``c - x >= 0``; and for which values it holds if
    its letters do not tell."""
    beside = {*f.pattern, *s.lhs.free, *s.rhs.free}
    one = {str(i) for i in f.left.free if i not in beside}
    words = f"all {', '.join(map(latex_name, sorted(f.everywhere)))}" if f.everywhere else ""
    words = words or (f"one {', '.join(sorted(one))}" if one else "")
    quantity, _, letter = words.partition(" ")
    tail = rf" \text{{ for {quantity} }} {letter}" if words else ""
    taken = letters(f.left, f.right)
    if f.kind == "equal" or f.right != ZERO:
        return f"{latex(f.left, taken)} {_FACT[f.kind]} {latex(f.right, taken)}{tail}"
    more, less = balanced(f.left, taken)
    if more.isdecimal() and less != "0":
        more, less, sign = less, more, _TURNED[f.kind]
    else:
        sign = _FACT[f.kind]
    return f"{more} {sign} {less}{tail}"


def _lowered(claim: Claim) -> Statement | None:
    try:
        return of_claim(claim)
    except NotInTheory:
        return None


@cache
def verdict_of(claim_id: str) -> Verdict:
    """The verdict on ``formula/claim``, proved and falsified now.  ``KeyError`` for an unknown id."""
    ((formula, claim),) = select((claim_id,))
    return judge(formula, claim).verdict
