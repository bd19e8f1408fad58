"""Planted faults: an entry that contradicts itself is refused, with its name and place."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from formulas import Claim, Formula, FormulaError, Kernel, Relation, Verdict, catalog
from formulas.chance import Bernoulli, Cumulants, Independent, Law, Moments, OneHot, random
from formulas.check import ShapeError, index_ranges, steps
from formulas.check_entries import check_kernel
from formulas.language import (
    Everywhere,
    Expr,
    Field,
    Partial,
    delta,
    dim,
    index,
    positive,
    real,
    sequence,
    tensor,
    total,
)
from formulas.matrices import Det
from formulas.schema import Approach, Definition, Input, LineBound, Quotient, Result, Source

loader = importlib.import_module("formulas.catalog")

n, m = dim("n"), dim("m")
i, j, k = index("i j k")
x, y = tensor("x", n), tensor("y", m)
A = tensor("A", n, m)
s = real("s")
g = sequence("g")
X, q = random("X"), random("q", n)
of_x, with_parts = Field("f", n), Field("h", n, m)
LOOSE = sp.IndexedBase(sp.Symbol("loose", real=True))


def entry(**changes: Any) -> Formula:
    """A well-formed entry, with some fields replaced."""
    fields: dict[str, Any] = {
        "id": "test.entry",
        "title": "An entry",
        "section": 4,
        "definition": Definition(latex="f", expr=total(x[i] ** 2, (i, n))),
        "claims": (GOOD,),
        "symbols": {"x": "input"},
    }
    return Formula(**{**fields, **changes})


GOOD = Claim(name="gradient", lhs=Partial(total(x[i] ** 2, (i, n)), x[j]), rhs=2 * x[j])
INPUTS = (Input(symbol=x, name="input"),)


def stated(**changes: Any) -> dict[str, Any]:
    """Fields for an entry of which the only claim is ``GOOD`` with some fields replaced."""
    return {"claims": (replace(GOOD, **changes),)}


def assumed(law: Law) -> dict[str, Any]:
    """The same with a law among its hypotheses."""
    return stated(hypotheses=(law,))


def computed(**changes: Any) -> Kernel:
    """A kernel."""
    fields: dict[str, Any] = {"name": "f", "output": x[i] ** 2, "axes": (i,), "inputs": INPUTS}
    return Kernel(**{**fields, **changes})


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "too many indices": (stated(rhs=2 * A[j, j] * A[j, k]), "ranges over|size"),
    "unshaped tensor": (stated(rhs=LOOSE[j]), "has no shape"),
    "index in axes of two sizes": (stated(rhs=x[j] * y[j]), "index j ranges over"),
    "matrix with its indices swapped": (stated(lhs=A[i, j], rhs=A[j, i]), "ranges over"),
    "sum over the wrong size": (stated(lhs=total(x[i], (i, m)), rhs=s), "ranges over"),
    "sum from 0": (stated(lhs=sp.Sum(x[i], (i, 0, n)), rhs=s), "has to run from 1"),
    "index bound twice": (stated(lhs=total(x[i] * total(x[i], (i, n)), (i, n)), rhs=s), "bound again"),
    "bound index that is free elsewhere": (stated(lhs=x[i] * s, rhs=total(x[i], (i, n))), "free elsewhere"),
    "the same the other way round": (stated(lhs=total(x[i], (i, n)), rhs=x[i] * s), "free elsewhere"),
    "product over part of an axis": (stated(lhs=sp.Product(x[i], (i, 1, j)), rhs=s), "has to run from 1"),
    "sum from a number to the end of an axis": (
        stated(lhs=sp.Sum(x[i], (i, 2, n)), rhs=s),
        "has to run from 1",
    ),
    "sum to an index of another axis": (
        stated(lhs=sp.Sum(x[i], (i, 1, k)) * y[k], rhs=s),
        "index k ranges over",
    ),
    "range that is not of integers": (stated(lhs=sp.Sum(g[i], (i, 1, s)), rhs=s), "is no range"),
    "variable of a range in an axis with an end": (
        stated(lhs=sp.Sum(g[i] * x[i], (i, 0, n)), rhs=s),
        "has to run from 1",
    ),
    "step of a sequence that is no integer": (stated(lhs=g[s], rhs=s), "not an integer"),
    "number used as an index": (stated(rhs=x[positive("r")]), "not an index variable"),
    "index outside the axis": (stated(rhs=x[0]), "lies outside"),
    "delta between axes of different size": (stated(lhs=x[i] * y[j] * delta(i, j), rhs=s), "ranges over"),
    "delta of a number": (stated(lhs=delta(s, j) * x[j], rhs=s), "not of integers"),
    "argument of a function bound twice": (
        stated(lhs=of_x(lambda k: x[k] * of_x(lambda k: x[k])), rhs=s),
        "bound again or free elsewhere",
    ),
    "component of a function in an axis of another size": (
        stated(lhs=with_parts(lambda k: x[k], out=j) * x[j], rhs=s),
        "index j ranges over",
    ),
    "coordinate of a function in an axis of another size": (
        stated(lhs=of_x(lambda k: x[k], by=(j,)) * y[j], rhs=s),
        "index j ranges over",
    ),
    "determinant of a matrix that is not square": (stated(lhs=Det(A), rhs=s), "two axes of one size"),
    "tensor with an index too few": (stated(lhs=sp.Indexed(A, j), rhs=s), "has 1 indices, A has 2 axes"),
    "name that is none": (stated(lhs=real("!a"), rhs=s), "'!a' is not a name"),
    "fact about all values of an index": (
        stated(hypotheses=(Everywhere(sp.Symbol("u", integer=True), sp.Ge(s, 0)),)),
        "u is not a real, positive",
    ),
    "fact about the variable of the statement": (
        stated(lhs=s, rhs=s, hypotheses=(Everywhere(s, sp.Ge(s, 0)),)),
        "not about all values of a scalar",
    ),
    "index that is one in a hypothesis and all in another": (
        stated(hypotheses=(sp.Eq(x[k], 0), sp.Gt(k, 1))),
        "about one k, and another one about all values",
    ),
    "limit of nothing": (stated(relation=Relation.TENDS), "says what is approached"),
    "approach that is no limit": (stated(approach=Approach(x=s, to=sp.oo)), "says what is approached"),
    "limit that moves": (
        stated(lhs=s, rhs=s, relation=Relation.TENDS, approach=Approach(x=s, to=sp.oo)),
        "the limit depends on s",
    ),
    "quotient for an inequality": (
        stated(relation=Relation.GE, certificate=Quotient(top=s, bottom=s)),
        "not a certificate for this relation",
    ),
    "conditions in words alone": (stated(needs="the vector is short"), "words for conditions"),
    "law of what is not random": (assumed(Independent(s, real("t"))), "not about random quantities"),
    "law under a condition": (assumed(Bernoulli(X, X)), "moments are the same at all outcomes"),
    "law of one entry": (assumed(Bernoulli(q[1], s)), "not stated for all entries of q"),
    "law for an index of the statement": (assumed(Bernoulli(q[j], s)), "j is one of the statement"),
    "law with parts missing": (assumed(Moments(X, s)), "wrong number of parts"),
    "cumulants that are missing": (assumed(Cumulants(X)), "wrong number of parts"),
    "cumulants that differ": (assumed(Cumulants(q[k], x[k])), "have the same cumulants"),
    "moments of two quantities": (assumed(Moments(X, 0, random("Y"), 1)), "about one random quantity"),
    "one-hot number": (assumed(OneHot(X, s, X)), "is about a vector"),
    "covariance of an entry with itself": (assumed(Moments(q[k], 0, q[k], 1)), "indices of their own"),
    "mean of another entry": (assumed(Moments(q[i], x[k], q[k], 1)), "depends on another entry's index"),
    "derivative by an expression": (stated(lhs=Partial(s**2, s + 1), rhs=s), "not a variable"),
    "one name for two symbols": (stated(lhs=s, rhs=sp.Symbol("s", positive=True)), "two different symbols"),
    "one name for two tensors": (
        stated(lhs=x[i], rhs=tensor("x", n, positive=True)[i]),
        "two different symbols",
    ),
    "one name for two symbols in a certificate": (
        stated(lhs=s**2, rhs=sp.S.Zero, relation=Relation.GE, certificate=sp.Symbol("s") ** 2),
        "two different symbols",
    ),
    "hypothesis that is no relation": (stated(hypotheses=(s,)), "not a relation"),
    "hypothesis of the wrong shape": (stated(hypotheses=(sp.Eq(x[i], y[i]),)), "ranges over"),
    "equation with a certificate": (stated(certificate=s**2), "takes no certificate"),
    "certificate of the wrong shape": (
        stated(relation=Relation.GE, certificate=x[j] * y[j]),
        "ranges over",
    ),
    "bound that is not of a modulus": (
        stated(relation=Relation.LE, certificate=LineBound(x=s, until=s, majorant=s, gaps=(s, s), fall=s)),
        "certifies Abs",
    ),
    "supported as a goal": (stated(expected=Verdict.SUPPORTED), "not something to expect"),
    "undecided as a goal": (stated(expected=Verdict.UNDECIDED), "not something to expect"),
    "proved in spite of conditions": (stated(conditions=(s > 0,)), "at best conditional"),
    "name of a claim": (stated(name="Not Lower"), "lower_case"),
    "correction that is missing": (stated(corrected_by="nothing"), "nothing, which is missing"),
    "two claims of one name": ({"claims": (GOOD, GOOD)}, "same name"),
    "no claims": ({"claims": ()}, "states nothing"),
    "id without an area": ({"id": "entry"}, "area.name"),
    "section beyond the sheet": ({"section": 18}, "no section 18"),
    "definition of the wrong shape": (
        {"definition": Definition(latex="f", expr=x[i] * y[i])},
        "ranges over",
    ),
}

KERNEL_FAULTS: dict[str, tuple[Kernel, str]] = {
    "one name for two tensors": (
        computed(output=x[i] * tensor("x", n, positive=True)[i]),
        "two different symbols",
    ),
    "a loose index": (computed(axes=()), "free but not an axis"),
    "an input that is not given": (computed(output=s * x[i]), "is not an input"),
    "a further result from nowhere": (
        computed(more=(Result(name="other", output=s * x[i], axes=(i,)),)),
        "is not an input",
    ),
    "cotangent of nothing": (computed(wrt=("weight",)), "no input weight"),
    "cotangent of several results": (
        computed(wrt=("input",), more=(Result(name="other", output=x[i], axes=(i,)),)),
        "has no cotangent",
    ),
    "an array without cotangent or reason": (
        computed(
            output=x[i] * y[j], axes=(i, j), inputs=(*INPUTS, Input(symbol=y, name="y")), wrt=("input",)
        ),
        "y has either a cotangent or the reason",
    ),
    "a cotangent of what is constant": (
        computed(inputs=(Input(symbol=x, name="input", constant="given"),), wrt=("input",)),
        "input has either a cotangent or the reason",
    ),
    "the wrong shape": (computed(output=A[i, i]), "ranges over"),
}


@pytest.mark.parametrize("fault", KERNEL_FAULTS)
def test_planted_fault_of_a_kernel_is_named(fault: str) -> None:
    kernel, message = KERNEL_FAULTS[fault]
    check_kernel(computed(), "test.entry")
    with pytest.raises(FormulaError, match=rf"kernel f of test\.entry: .*{message}"):
        check_kernel(kernel, "test.entry")


def test_the_entry_that_the_faults_are_planted_in_is_well_formed() -> None:
    assert entry().claim("gradient") is GOOD
    with pytest.raises(KeyError, match="no claim 'absent'"):
        entry().claim("absent")


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_fault_is_named_with_entry_and_place(fault: str) -> None:
    changes, message = FAULTS[fault]
    with pytest.raises(FormulaError, match=message) as caught:
        entry(**changes)
    said = str(caught.value)
    assert changes.get("id", "test.entry") in said
    assert "test_ill_formed_entries.py:" in said


def test_an_index_may_stand_as_a_number_and_a_sum_run_over_part_of_an_axis() -> None:
    square = tensor("S", n, n)
    assert index_ranges(j * x[j]) == {j: n}
    assert index_ranges(sp.Sum(square[i, j], (j, 1, i))) == {i: n}
    assert index_ranges(sp.Sum(square[i, j], (j, i, n))) == {i: n}
    assert index_ranges(sp.Sum(g[n - k] * g[k], (k, 0, n))) == {}
    assert steps(g[k + 1] - g[n]) == {k, n}


def test_wrong_number_of_indices_is_refused() -> None:
    """SymPy itself refuses this when the tensor has a shape, at the line where it is written."""
    with pytest.raises(sp.tensor.indexed.IndexException):
        A[i]
    bare = sp.Indexed(sp.IndexedBase(x.label), i)
    with pytest.raises(ShapeError, match="has no shape"):
        index_ranges(bare)


def _module(name: str, *formulas: Formula) -> ModuleType:
    module = ModuleType(name)
    module.FORMULAS = formulas  # type: ignore[attr-defined]
    return module


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ModuleType]]:
    """Stands in for the modules of the package: name of a module to module."""
    modules: dict[str, ModuleType] = {}

    class Found:
        def __init__(self, name: str) -> None:
            self.name = name

    monkeypatch.setattr(loader.pkgutil, "iter_modules", lambda path: [Found(name) for name in modules])
    monkeypatch.setattr(
        loader.importlib, "import_module", lambda name: modules[name.removeprefix("formulas.")]
    )
    _forget()
    yield modules
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    for remembered in (loader.modules, loader.entries, loader.home, loader.catalog):
        remembered.cache_clear()


def test_catalog_refuses_an_id_that_is_taken(shelf: dict[str, ModuleType]) -> None:
    shelf["s04_a"] = _module("s04_a", entry())
    shelf["s04_b"] = _module("s04_b", entry())
    with pytest.raises(FormulaError, match=r"test\.entry .*taken by test_ill_formed_entries\.py"):
        catalog()


def test_catalog_refuses_a_reference_to_nothing(shelf: dict[str, ModuleType]) -> None:
    shelf["s04_a"] = _module("s04_a", entry(see_also=("act.absent",)))
    with pytest.raises(FormulaError, match=r"test\.entry .*act\.absent, which is missing"):
        catalog()


def test_catalog_refuses_an_entry_in_the_wrong_section(shelf: dict[str, ModuleType]) -> None:
    shelf["s05_a"] = _module("s05_a", entry())
    with pytest.raises(FormulaError, match="section 4 belongs elsewhere"):
        catalog()


def test_catalog_reads_only_modules_of_sections(shelf: dict[str, ModuleType]) -> None:
    shelf["schema"] = _module("schema", entry(section=9))
    shelf["s04_a"] = _module("s04_a", entry())
    assert list(catalog()) == ["test.entry"]


def test_unknown_id_is_answered_with_near_ones() -> None:
    with pytest.raises(KeyError, match=r"act\.softmax"):
        loader.get("act.sofmax")


def test_source_is_data() -> None:
    place = Source(section=4, lines=(1,), printed=("x",))
    assert entry(source=place).source == place


axes = st.sampled_from([n, m])


@given(st.lists(axes, min_size=1, max_size=4), st.lists(st.sampled_from([i, j, k]), min_size=1, max_size=4))
def test_ranges_of_a_tensor_are_its_axes_or_an_error(shape: list[Expr], names: list[sp.Symbol]) -> None:
    names = (names * 4)[: len(shape)]
    read = tensor("t", *shape)[tuple(names)]
    fits = all(
        a == b for p, a in zip(names, shape, strict=True) for q, b in zip(names, shape, strict=True) if p == q
    )
    if fits:
        assert index_ranges(read) == dict(zip(names, shape, strict=True))
    else:
        with pytest.raises(ShapeError, match="ranges over"):
            index_ranges(read)


@given(st.permutations([0, 1, 2]), st.integers(0, 2))
def test_summing_an_index_takes_it_out_of_the_ranges(order: list[int], summed: int) -> None:
    names = [(i, j, k)[o] for o in order]
    t = tensor("t", n, m, n)
    axis = dict(zip(names, t.shape, strict=True))
    out = index_ranges(total(t[tuple(names)], (names[summed], axis[names[summed]])))
    assert out == {name: size for name, size in axis.items() if name is not names[summed]}
    wrong = m if axis[names[summed]] == n else n
    with pytest.raises(ShapeError):
        index_ranges(total(t[tuple(names)], (names[summed], wrong)))


@given(st.integers(-2, 4))
def test_literal_index_must_lie_in_a_literal_axis(at: int) -> None:
    pair = tensor("pair", n, 2)
    if 1 <= at <= 2:
        assert index_ranges(pair[i, at]) == {i: n}
    else:
        with pytest.raises(ShapeError, match="lies outside"):
            index_ranges(pair[i, at])
