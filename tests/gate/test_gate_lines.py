"""Lines that the catalog keeps as they are printed, found again in other documents: formulas, sentences with
formulas, and sentences alone."""

from __future__ import annotations

import pytest

from symcheck.gate.model import Status
from symcheck.gate.run import check_text


def _findings(text: str) -> list[tuple[str, int]]:
    return [(f.rule, f.line) for f in check_text(text).findings]


MINIMUM = "# Calculus\n\n- $H \\succ 0$ (positive definite) → local minimum\n"


def test_a_sentence_around_a_formula_is_recognised_by_its_words() -> None:
    assert _findings(MINIMUM) == [("SC401", 3)]
    assert _findings("# Calculus\n\nHere $H \\succ 0$, so the factorisation exists.\n") == []


def test_a_text_that_states_the_condition_gets_no_finding() -> None:
    stated = MINIMUM.replace("local minimum", "local minimum, if $\\nabla f = 0$")
    assert _findings(stated) == []


def test_of_several_formulas_in_a_sentence_one_has_the_finding() -> None:
    text = "If $q, k$ have components with variance 1, then $q \\cdot k$ has variance $d_k$.\n"
    report = check_text(text)
    assert [(f.rule, f.latex) for f in report.findings] == [("SC401", r"q \cdot k")]
    assert {c.latex: c.judgement.status for c in report.formulas} == {
        "q, k": Status.MATCHED,
        r"q \cdot k": Status.CONDITIONAL,
        "d_k": Status.MATCHED,
    }


VALLEY = "# Convexity\n\n- Convex → single global minimum (guaranteed convergence)\n"


def test_a_sentence_without_a_formula_is_found() -> None:
    (finding,) = check_text(VALLEY).findings
    assert (finding.rule, finding.line, finding.column, finding.formula) == ("SC205", 3, 3, "opt.convexity")
    assert finding.counterexample is not None


@pytest.mark.parametrize(
    "text",
    [
        VALLEY.replace("single", "no single"),
        "A common misconception: convex, single global minimum, guaranteed convergence.\n",
        VALLEY.replace("- Convex", "`Convex").replace("convergence)", "convergence)`"),
        f"```\n{VALLEY}```\n",
        VALLEY.replace("- Convex", "<!-- symcheck: ignore=SC205 -->\n- Convex"),
    ],
)
def test_other_words_disclaimers_and_directives_keep_it_quiet(text: str) -> None:
    assert _findings(text) == []


def test_single_bars_are_a_determinant_and_double_ones_need_a_word() -> None:
    density = (
        "## Multivariate Gaussian\n\n$$\\frac{1}{(2\\pi)^{n/2}BARS\\SigmaBARS^{1/2}} "
        "e^{-\\frac{1}{2}(\\mathbf{x}-\\boldsymbol{\\mu})^T\\Sigma^{-1}(\\mathbf{x}-\\boldsymbol{\\mu})}$$\n"
    )
    assert ("SC401", 3) in _findings(density.replace("BARS", "\\|"))
    assert _findings(density.replace("BARS", "|")) == []
    named = density.replace("BARS", "\\|") + "\nwhere the bars are the determinant.\n"
    assert ("SC401", 3) not in _findings(named)


def test_a_blank_inside_one_dollar_is_found_where_it_is_no_formula() -> None:
    assert _findings("The rank $\\text{rank}(A) = $ number of rows.\n") == [("SC108", 1)]
    for other in ("`$\\alpha = $`", "costs $5 and \\$6", "$\\alpha$ = $\\beta$", "$ \\alpha $"):
        assert _findings(f"Here {other} stands.\n") == [], other


def test_a_letter_in_a_known_sentence_has_its_finding() -> None:
    text = "Gaussian prior on $\\theta$ → L2 regularization. Laplace prior → L1 regularization.\n"
    assert _findings(text) == [("SC401", 1)]
    assert _findings("Gaussian prior on $\\theta$.\n") == []
