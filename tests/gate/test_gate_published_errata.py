"""The score on published errata: precision first, and no step back in what is found."""

from __future__ import annotations

import errata_score
import pytest

pytestmark = pytest.mark.skipif(
    not errata_score.FOLDER.exists(), reason="the published errata (../shared/errata) are not here"
)


def test_nothing_right_is_flagged_and_errata_are_found() -> None:
    score = errata_score.measured()
    assert score.tried["all"] >= 200 and len(score.clean) >= 100
    assert len(score.alarms) <= score.tried["all"] // 100
    assert len(score.flagged) <= len(score.clean) // 100
    assert not any(o.errors for o in score.reports)
    assert score.found["algebra"] >= 78 and score.found["definition"] >= 43
