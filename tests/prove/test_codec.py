"""Derivations survive the way to JSON and back, and what is not one is refused."""

from __future__ import annotations

import copy
import json
import random
from functools import cache
from typing import Any

import pytest

from formulas import get
from symcheck.prover import Proof, check, prove
from symcheck.prover.codec import MAX_DEPTH, MAX_NODES, Unreadable, decode, encode
from symcheck.prover.derivation import Equation, Line
from symcheck.prover.report import CheckError
from symcheck.terms import term as tm
from symcheck.terms.term import Index, Term

SUBJECTS = [
    "act.softmax/jacobian", "act.relu/derivative", "act.gelu/tanh_error", "info.kl/nonnegative",
    "llm.rope/relative_position",
]  # fmt: skip


LINE = {
    "lhs": 0, "rhs": 0, "reason": "within", "name": "", "uses": [], "shown": [],
    "subst": {"terms": [], "indices": [], "sizes": [], "functions": []},
}  # fmt: skip


def equation(*terms: Any, **line: Any) -> Any:
    return {"terms": list(terms), "derivation": {"kind": "Equation", "lines": [{**LINE, **line}]}}


@cache
def proof(name: str) -> Proof:
    formula, claim = name.split("/")
    found = prove(get(formula).claim(claim))
    assert isinstance(found, Proof)
    return found


def through_text(data: Any) -> Any:
    return json.loads(json.dumps(data))


def test_names_that_were_new_elsewhere_are_new_here() -> None:
    later = Index(f"!{int(tm.fresh_index('n').name[1:]) + 5}", "n")
    term = tm.sum_over(later, tm.var("v", later))
    name = [later.name, "n"]
    d = decode(equation(["var", "v", name], ["sum", name, 0], lhs=1))
    assert isinstance(d, Equation)
    read = d.lines[0].lhs
    assert read != term and read.args[0] == read.args[1].args[1]
    assert not tm.is_to_come(read.args[0])


@pytest.mark.parametrize(
    "data",
    [
        None, 7, [], {}, {"terms": []}, {"terms": {}, "derivation": {}},
        {"terms": [], "derivation": {"kind": "Oracle"}},
        {"terms": [], "derivation": {"kind": "Equation", "lines": [], "more": 1}},
        {"terms": [], "derivation": {"kind": "Equation", "lines": {}}},
        equation(["var", "x"], lhs=1), equation(["var", "x"], lhs=-1), equation(["var", "x"], lhs=True),
        equation(["var", "x"], reason="because"), equation(["var", "x"], name=3),
        equation(["var", "x"], uses=[[[0]]]), equation(["var", "x"], uses=[[[0], "1"]]),
        equation(["add", 0]), equation(["add", 1], ["var", "x"]), equation([7]), equation([]),
        equation(["num", {"number": "1/0"}]), equation(["num", {"number": "x"}]),
        equation(["num", {"number": "9" * 5000}]), equation(["num", 1.5]), equation(["num", {"other": "1"}]),
        equation(["var", "x", ["i"]]), equation(["var", "x", ["i", 3]]), equation(["var", "x", [[], "n"]]),
        equation(["var", "x"], subst={"terms": [], "indices": [], "sizes": []}),
    ],
)  # fmt: skip
def test_what_is_no_derivation_is_unreadable(data: Any) -> None:
    with pytest.raises(Unreadable):
        decode(data)


def test_bombs_are_refused() -> None:
    doubling = [["var", "x"], *(["add", k, k] for k in range(60))]
    deep = [["var", "x"], *(["fn", "exp", k] for k in range(MAX_DEPTH + 5))]
    long = [["var", "x"]] * (MAX_NODES + 1)
    nested: Any = {"kind": "Equation", "lines": []}
    for _ in range(100_000):
        nested = {"kind": "Signed", "certificate": 0, "equation": nested}
    bombs = [
        equation(*doubling),
        equation(*deep),
        equation(*long),
        {"terms": [["var", "x"]], "derivation": nested},
    ]
    for bomb in bombs:
        with pytest.raises(Unreadable):
            decode(bomb)
    del nested["equation"]  # freed piece by piece: Python takes nested dictionaries apart recursively


def _places(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [at] + [p for k, v in inside for p in _places(v, (*at, k))]


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_changed_derivation_is_refused_or_still_a_proof(name: str) -> None:
    """Random edits of the JSON: never a crash, and what is accepted shows the statement by itself."""
    found = proof(name)
    data = through_text(encode(found.derivation))
    rng = random.Random(name)
    places = [p for p in _places(data) if p]
    refused = 0
    edits = 40 if found.tactic == "line-bound" else 400  # each replay of a cover takes its time
    for _ in range(edits):
        edited = copy.deepcopy(data)
        *way, last = rng.choice(places)
        parent = edited
        for step in way:
            parent = parent[step]
        others = rng.choice([None, 0, 1, 7, "x", "exp", [], {}, [["i", "n"]], -1, parent[last]])
        parent[last] = [parent[last], others] if rng.random() < 0.2 else others
        try:
            check(found.statement, decode(edited))
        except (Unreadable, CheckError):
            refused += 1
    assert refused > edits // 2


def test_a_term_without_json_form_is_not_written() -> None:
    with pytest.raises(TypeError, match="no JSON form"):
        encode(Equation((Line(Term("fn", "f", 0.1), tm.ZERO, "within"),)))
