"""The rules: documented, and each example does what it is an example of."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symcheck.gate.rules import rule, rules
from symcheck.gate.run import check_text
from symcheck.gate.tex_groups import Fault, group_fault


@pytest.mark.parametrize("code", list(rules()))
def test_examples(code: str) -> None:
    entry = rule(code)
    wrong = check_text(entry.wrong, file=entry.file)
    assert [f.rule for f in wrong.findings] == [code]
    assert wrong.findings[0].severity is entry.severity
    right = check_text(entry.right, file=entry.file)
    assert right.findings == ()
    assert len(entry.explanation) > 80 and entry.title


def test_codes_are_known_and_an_unknown_one_is_named() -> None:
    assert len(rules()) >= 10
    with pytest.raises(KeyError, match="SC101"):
        rule("SC000")


GROUP = st.recursive(
    st.sampled_from(["x", "\\{", "\\}", "\\alpha", "%{\n", "\\%", "(", "]", "\\\\"]),
    lambda inner: (
        st.builds("{{{}}}".format, inner)
        | st.builds("\\left({}\\right.".format, inner.map(lambda t: t.replace("\\\\", "")))
        | st.builds("\\begin{{cases}}{}\\end{{cases}}".format, inner)
        | st.builds("{} {}".format, inner, inner)
    ),
    max_leaves=12,
)


@given(text=GROUP)
@settings(max_examples=200, deadline=None)
def test_nested_groups_have_no_fault(text: str) -> None:
    assert group_fault(text) is None


@given(text=GROUP, data=st.data())
@settings(max_examples=200, deadline=None)
def test_a_lost_token_is_found(text: str, data: st.DataObject) -> None:
    cuts = [
        (at, mark)
        for mark in ("\\left(", "\\right.", "\\begin{cases}", "\\end{cases}")
        for at in range(len(text))
        if text.startswith(mark, at)
    ]
    if cuts:
        at, mark = data.draw(st.sampled_from(cuts))
        assert group_fault(text[:at] + text[at + len(mark) :]) is not None


@pytest.mark.parametrize(
    ("latex", "kind", "at"),
    [
        ("\\frac{a}{b", Fault.BRACE, 8),
        ("a}", Fault.BRACE, 1),
        ("\\left( a", Fault.FENCE, 0),
        ("a \\right)", Fault.FENCE, 2),
        ("{\\left( a} \\right)", Fault.FENCE, 1),
        ("\\begin{matrix} \\left( a \\\\ b \\right) \\end{matrix}", Fault.FENCE, 15),
        ("\\begin{a}\\end{b}", Fault.ENVIRONMENT, 9),
        ("\\end{a}", Fault.ENVIRONMENT, 0),
        ("\\begin{a} x", Fault.ENVIRONMENT, 0),
    ],
)
def test_where_groups_break(latex: str, kind: Fault, at: int) -> None:
    fault = group_fault(latex)
    assert fault is not None and (fault.kind, fault.start) == (kind, at)
