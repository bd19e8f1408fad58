"""What a document costs, counted in calls of what is dear and not in seconds, which depend on the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from formulas.schema import Relation
from symcheck.gate import decide, known, mentions
from symcheck.gate.model import Status
from symcheck.gate.run import check_paths, check_text
from symcheck.gate.shape import Shape
from symcheck.prover import Open, Proof


@pytest.fixture
def proofs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the prover is asked."""
    asked: list[str] = []
    prove = decide.prove_statement

    def counted(lhs: object, rhs: object, *rest: object, **how: object) -> Proof | Open:
        asked.append(f"{lhs} ~ {rhs}")
        # passed on as it came, whatever the signature is
        return prove(lhs, rhs, *rest, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(decide, "prove_statement", counted)
    for memory in (decide._proved, decide._glance):
        memory.cache_clear()
    return asked


FALSE = [
    "$$(a + b)^2 = a^2 + b^2$$",
    r"$$\sqrt{a + b} = \sqrt{a} + \sqrt{b}$$",
    r"$$\frac{1}{a} + \frac{1}{b} = \frac{2}{a + b}$$",
    r"$$\log(x + y) = \log x + \log y$$",
]


@pytest.mark.parametrize("text", FALSE)
def test_no_proof_is_searched_for_what_fails_at_a_point(text: str, proofs: list[str]) -> None:
    (checked,) = check_text(text).formulas
    assert checked.judgement.status is not Status.VERIFIED
    assert decide._glance.cache_info().misses
    assert proofs == []


def test_what_is_true_is_put_to_the_prover(proofs: list[str]) -> None:
    (checked,) = check_text("$$(a + b)^2 = a^2 + 2ab + b^2$$").formulas
    assert checked.judgement.status is Status.VERIFIED
    assert proofs


def test_a_definition_is_compared_with_the_catalog_almost_without_the_prover(proofs: list[str]) -> None:
    """With its letters in every order: of hundreds of readings, all but a few are false at a point.  Such
    points are only where the roots have values."""
    text = (
        "The update of Adam, with a decay of the rate:\n\n"
        r"$$\theta_{t+1} = \theta_t - \frac{\eta}{\sqrt{v_t / (1 - \beta_2^t)} + \epsilon} "
        r"\cdot \frac{m_t}{1 - \beta_1^t}$$"
    )
    check_text(text)
    assert decide._glance.cache_info().misses > 50
    assert len(proofs) <= 10


def test_few_points_are_the_first_of_many() -> None:
    """So that a search that goes on after a glance tells the same counterexample."""
    import sympy as sp

    a, b = sp.symbols("a b")
    sides = ((a + b) ** 2, a**2 + b**2)
    glance = decide._glance(*sides, Relation.EQ, ()).counterexample
    long = decide.falsify_statement(*sides, Relation.EQ, ()).counterexample
    assert glance is not None and long is not None
    assert glance.text == long.text


def test_a_statement_is_compared_with_few_of_the_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    """With those that consist of nearly the same things: what resembles nothing on the page costs nothing."""
    compared: list[Shape] = []
    monkeypatch.setattr(known, "compare", lambda form, *_, **__: compared.append(form))
    check_text(r"$$y = x^2 \exp(-x) \sin(x)$$")
    forms = sum(len(known.forms_of(standard)) for standard in known.known_forms())
    assert forms > 500
    assert 0 < len(compared) < forms / 10


def test_the_process_that_hands_out_the_work_parses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What formulas tell of themselves comes back with their judgements."""
    softmax = r"$$\text{softmax}(z)_i = \frac{e^{z_i}}{\sum_j e^{z_j}}$$"
    text = f"# Softmax\n\n{softmax}\n\nwhere $z_i$ is a logit.\n"
    (tmp_path / "a.md").write_text(text)

    def parse(latex: str) -> None:
        raise AssertionError(latex)

    monkeypatch.setattr(mentions, "parse", parse)
    report = check_paths([tmp_path], jobs=1)
    assert [f.judgement.status for f in report.formulas] == [Status.MATCHED] * 2
