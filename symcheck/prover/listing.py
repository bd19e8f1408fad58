"""The page of what a proof rests on, written from the rules: ``python -m symcheck.prover.listing``."""

from __future__ import annotations

from pathlib import Path

from symcheck.prover.derivation import Derivation
from symcheck.prover.kinds import KINDS
from symcheck.prover.limits import AT_INFINITY, CONTINUOUS, Limit
from symcheck.prover.rule import Rule
from symcheck.prover.rules import RULES
from symcheck.prover.sign_tables import HEADS, LEMMAS, Sign
from symcheck.terms import term as tm
from symcheck.terms.printing import plain
from symcheck.terms.term import Index, Term

PAGE = Path(__file__).parents[2] / "docs" / "trust.md"

INTRODUCTION = """\
# What one must believe

This page is written by `python -m symcheck.prover.listing` from the data that the checker uses; a test
compares them. A claim is called `proved` when the checker has replayed its derivation *and* the
falsifier, which evaluates the catalog's SymPy expressions at admissible points of several shapes, found
nothing against it.

To believe a proof one has to believe, and nothing else:

1. **Reading.** `symcheck/terms/lower.py`, `statement.py` and `laws.py` there turn the catalog's expressions,
   hypotheses and laws into terms that mean the same; `formulas/check.py` and `check_entries.py` refuse what
   would be misread. The falsifier does not use the first three, so that a mistake there shows as a
   contradiction.
2. **Sameness.** `symcheck/prover/canonical.py` takes two terms for the same by the laws of a commutative
   ring with rational numbers, by linearity of sums, derivatives and expectations over the rationals, by
   moving factors without the summed index out of a sum, by renaming bound indices, and by symmetry of
   Kronecker's delta. Sums over a range of integers are linear like those over an axis.
3. **Steps.** `symcheck/prover/replay.py` puts instances of rules (`rule.py`, `instantiate.py`), all of whose
   terms are such as a statement could have (`form.py`), together: an equation may rewrite a
   subterm anywhere, with two exceptions that it enforces. What a hypothesis says only on a set without
   interior is not used under a derivative by a symbol of that hypothesis, and nothing binds an index of
   the claim. Where a rule asks for something at all values of an index, that index stands nowhere else in
   what is put into the rule.
4. **The rules** below (`rules.py`, `range_rules.py`, `matrix_rules.py`), and that their conditions are looked
   at as `replay.py` does. Definitions are conservative: they unfold a name.
5. **Visible signs**, `symcheck/prover/signs.py` with `sign_of_sums.py`, `sign_by_facts.py`, `sign_tables.py`
   and, for steps of sequences, `steps.py`: sums, products, powers and the heads listed at the end, with the
   declared signs of symbols, the hypotheses of the claim, and lines that a rule cites (a sign seen of one
   side of a line is that of the other). By them `definedness.py` says where a statement has a value.
6. **Kinds of derivation**, listed below, one small module each in `symcheck/prover/kinds/`, put together by
   `symcheck/prover/checker.py`.
7. For bounds on the whole line: ball arithmetic of Arb (through python-flint) and the mean value theorem, as
   `enclosure.py` uses them.
8. For inequalities between values of one function: Taylor's theorem of first or second order
   (`kinds/taylor.py`). For limits: what `symcheck/prover/limits.py` reads off the structure of a term, with
   the table at the end, l'Hopital's rule (`kinds/limiting.py`), and that what lies between two terms of one
   limit has it (`kinds/squeezed.py`).
9. **What laws say.** `equations()` of each law in `formulas/chance.py` is what moments, a Bernoulli or
   one-hot quantity and given cumulants mean; where a rule may lean on independence, symmetry or a Gaussian
   law, `symcheck/prover/chance.py` decides.
10. **Machinery.** CPython with its `fractions`, and that terms are interned (`symcheck/terms/term.py`). The
   catalog's expressions and statements follow from its sources; after the first run they are read from a
   compiled form that lies beside the bytecode of its modules and is believed as bytecode is
   (`formulas/compiled.py`): it carries a hash of all sources on which it depends, and whoever could forge it
   could as well change the program.

Whoever wrote a derivation need not be believed: the search, the tactics, what is read back from the cache.

A proof that uses neither 7 nor the two inequalities at the end is marked `kernel`; one that leans on an
inequality of analysis, or on ball arithmetic, is marked `lemma`. Nothing is marked `oracle` so far.
SymPy stores and prints; none of its simplification, differentiation or solving is used as evidence.

## What the falsifier adds

It is no part of a proof, and no proof rests on it. It is a second reading of the claim: it walks the trees of
the catalog, which the prover only sees lowered, and evaluates them in rational numbers or in balls. A proof
is published as `proved` only if it looked at ten points or more that meet the hypotheses (or at all there
are) and the claim held at each; as `conditional` only if a counterexample was found where the conditions are
dropped. A proof with a counterexample, and hypotheses that no sample meets, stop the run. What it cannot
exclude: a wrong reading that both share, and hypotheses that say less than a reader takes them to say.

## What a statement means

All quantities are real. A statement claims equality at the points where its hypotheses hold, and has to
carry what makes both sides defined there: the checker wants a visible sign for each denominator, logarithm
and root in the statement. Powers with a natural exponent are products, so that 0^0 = 1; others are of
positive numbers, or of 0 to a positive power. A limit is finite, is taken over the points beside the one that
is approached, and says that the left side is defined near it.

A derivative is partial, by one symbol or entry, with every other symbol held fixed *as written*. It is that
of the expression: symbols that hypotheses tie to each other are independent variables in it (with Σ p = 1
among the hypotheses, ∂(Σ p)/∂p_j is still 1). In particular a random quantity, and with it E[X], does not
depend on the parameters of its law: ∂E[X]/∂μ is 0 also where a law says that E[X] = μ, and to derive a mean
by a parameter the parameter has to be written (reparameterised). A derivative is claimed only where it
exists: the checker wants to see that no kink, jump or edge of a domain is at that point. Undefined functions
are smooth on the whole line, and so are fields of a vector.

Random quantities are declared; an expectation is over all of them, and every expectation that is written is
taken to exist. A relation between random quantities is meant at every outcome, so that no case distinction
may be about one. That quantities are independent, symmetric or Gaussian is a hypothesis of the claim.
Independence is between quantities as a whole, not between the entries of one.

Every size is at least 1, and so is every index. `Σ_(s=1..b)` and `Π_(s=1..b)` run over the integers from 1 to
b; there are none if b ≤ 0, and the sum is then 0 and the product 1. An axis may be without end: a sequence
has an entry at every integer. A hypothesis about every step of a sequence holds for the integers from 1, and
the checker wants to see that a step at which it is used is one. Induction is over a symbol declared to be a
natural number of which no hypothesis or law speaks. A hypothesis holds for all values of the indices in it
that the claim does not have; `Everywhere(u, ...)` holds for all values of the number u. Of what a hypothesis
quantifies no more may be assumed than the vocabulary has (an index, a natural number, a number with a sign),
in it or in another hypothesis: one about even indices only is refused. Moments in a law are the same at all
outcomes. A named determinant is that of the tensor of that name, of which hypotheses say what it is entry by
entry.

A formula of a document (the gate) is meant where all of it is defined: its denominators are taken for
non-zero, and what stands under its logarithms and roots for positive.
"""


def _condition(kind: str, of: tuple[Term | Index, ...]) -> str:
    shown = [str(x) if isinstance(x, Index) else plain(x) for x in of]
    words = {
        "positive": f"{shown[0]} > 0",
        "nonnegative": f"{shown[0]} ≥ 0",
        "nonzero": f"{shown[0]} ≠ 0",
        "integer": f"{shown[0]} an integer",
        "natural": f"{shown[0]} a natural number",
        "variable": f"{shown[0]} a variable",
        "smooth": f"{shown[0]} differentiable",
        "free_of": f"{shown[0]} without {shown[-1]}",
        "undefined": f"{shown[0]} of an undefined smooth function",
        "distinct": " and ".join(shown) + " distinct constants",
        "holds": f"{shown[0]} = {shown[1 % len(shown)]} for all {', '.join(shown[2:])}",
        "fixed": f"{shown[0]} the same at all outcomes",
        "independent": " and ".join(shown[:2]) + " of independent random quantities",
        "reflected": f"{shown[1 % len(shown)]} is {shown[0]} with -{shown[-1]} for {shown[-1]}, which has a "
        "symmetric law",
        "gaussian": f"{shown[0]} a polynomial of a jointly Gaussian x with this mean and covariance",
    }
    return words[kind]


def conditions(rule: Rule) -> str:
    """What a rule asks for, in words."""
    said = (_condition(c.kind, c.of) for c in rule.conditions if c.kind != "variable")
    return ", ".join(said).replace("?", "")


def _row(rule: Rule) -> str:
    equation = f"{plain(rule.lhs)} = {plain(rule.rhs)}".replace("|", "\\|").replace("?", "")
    return f"| `{rule.name}` | {equation} | {conditions(rule)} |"


def _sign(s: Sign) -> str:
    return {frozenset({1}): "> 0", frozenset({0, 1}): "≥ 0", frozenset({-1}): "< 0"}.get(s, "")


def _said(kind: type[Derivation]) -> str:
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split()).replace("``", "`").replace("|", "\\|")


def _continuous() -> str:
    return f"Continuous everywhere, as undefined functions are: {', '.join(sorted(CONTINUOUS))}.\n"


def _limit(of: Limit) -> str:
    return "-∞" if of.infinite < 0 else "∞" if of.infinite else plain(of.value or tm.ZERO)


def page() -> str:
    """The whole page as Markdown."""
    out = [INTRODUCTION]
    for title, source in (("Rules", "axiom"), ("Definitions", "definition")):
        rules = [r for r in RULES.values() if r.source == source]
        out += [f"## {title}\n", "| name | equation | where |", "|---|---|---|", *map(_row, rules), ""]
    out += ["## Kinds of derivation\n", "| kind | what is shown, and by what |", "|---|---|"]
    out += [f"| `{kind.__name__}` | {_said(kind)} |" for kind in KINDS]
    out += [
        "",
        "## Signs of heads\n",
        "| head | sign | one minus it | one plus it | |",
        "|---|---|---|---|---|",
    ]
    for name, (sign, minus, plus) in HEADS.items():
        kind = "inequality of analysis" if name in LEMMAS else ""
        out.append(f"| `{name}` | {_sign(sign)} | {_sign(minus)} | {_sign(plus)} | {kind} |")
    out += ["", "## Limits of heads\n", _continuous(), "| head | at -∞ | at ∞ |", "|---|---|---|"]
    for name, (low, high) in AT_INFINITY.items():
        out.append(f"| `{name}` | {_limit(low)} | {_limit(high)} |")
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
