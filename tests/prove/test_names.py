"""How names of symbols are written in LaTeX."""

from __future__ import annotations

import pytest

from symcheck.terms.printing import latex_name

WRITTEN = {
    "x": "x",
    "yhat": r"\hat{y}",
    "thetahat": r"\hat{\theta}",
    "mubar": r"\bar{\mu}",
    "x0": "{x_{0}}",
    "eps": r"\epsilon",
    "Sigma": r"\Sigma",
    "value": r"\mathrm{value}",
}


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_a_name_is_written_as_mathematics_writes_it(name: str) -> None:
    assert latex_name(name) == WRITTEN[name]
