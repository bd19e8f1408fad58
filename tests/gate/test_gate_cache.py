"""Documents that did not change are not read again, and nothing else comes from the cache."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symcheck.cache.store import Store
from symcheck.gate import run
from symcheck.gate.config import Config
from symcheck.gate.documents.macros import Macro, Macros
from symcheck.gate.kept import Found, Memory, Row, digest
from symcheck.gate.model import Finding, Judgement, Report, Severity, Status
from symcheck.latex import Reason
from symcheck.workers import Failure

TEXT = (
    "# H\n\n$$\\frac{1}{2$$\n\n| Function | Formula | Derivative |\n|---|---|---|\n"
    "| Tanh | $\\tanh(x)$ | $1 + \\tanh^2(x)$ |\n\n| a | b |\n|---|---|\n| x | $|a|$ |\n\n"
    "<!-- symcheck: ignore=SC101 -->\n$a}$ and $\\alpha$\n\n<!-- symcheck: ignroe -->\n"
)


@pytest.fixture
def document(tmp_path: Path) -> Path:
    (tmp_path / "a.md").write_text(TEXT)
    return tmp_path / "a.md"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


def check(document: Path, store: Store | None, config: Config | None = None) -> Report:
    return replace(run.check_paths([document], config=config, jobs=0, store=store), seconds=0.0)


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was judged, in order."""
    seen: list[str] = []
    judge = run.judge
    monkeypatch.setattr(run, "judge", lambda passage: (seen.append(passage.latex), judge(passage))[1])
    return seen


def test_the_second_run_judges_nothing_and_says_the_same(
    document: Path, store: Store, judged: list[str]
) -> None:
    first = check(document, store)
    assert [f.rule for f in first.findings] == ["SC101", "SC203", "SC104", "SC190"]
    count = len(judged)
    assert count > 3
    assert check(document, store) == first == check(document, None)
    assert len(judged) == 2 * count  # by the run without a store


def test_what_changes_the_answer_changes_the_key(document: Path, store: Store, judged: list[str]) -> None:
    check(document, store)
    count = len(judged)
    document.write_text(TEXT + "\n$y$\n")
    check(document, store)
    assert len(judged) == 2 * count + 1
    macros = document.with_name("m.sty")
    macros.write_text("\\newcommand{\\R}{\\mathbb{R}}")
    check(document, store, Config(macros=(str(macros),)))
    assert len(judged) == 3 * count + 2
    check(document, store, Config(time_limit=5.0))
    assert len(judged) == 4 * count + 3


def test_rules_are_chosen_after_the_cache(document: Path, store: Store, judged: list[str]) -> None:
    check(document, store)
    count = len(judged)
    assert [f.rule for f in check(document, store, Config(ignore=("SC1",))).findings] == ["SC203"]
    assert len(judged) == count


def test_the_same_text_in_another_format_is_another_document(document: Path, store: Store) -> None:
    check(document, store)
    other = document.with_suffix(".rst")
    other.write_text(TEXT)
    assert check(other, store) == check(other, None)


def test_a_damaged_entry_is_worked_out_again(document: Path, store: Store, judged: list[str]) -> None:
    first = check(document, store)
    count = len(judged)
    data = document.read_bytes()
    memory = Memory(store, Macros(), run.own_catalog.digest([]), Config().time_limit)
    key = memory.key(str(document), digest(data))
    kept = store.get(key)
    assert kept is not None
    for damage in (b"", b"{", b"[]", b'{"rows": [[1]], "flaws": []}', kept.replace(b"errata", b"erratum")):
        store.put(key, damage)
        assert check(document, store) == first
        count *= 1
    assert len(judged) == 6 * count


def test_what_was_given_up_is_tried_again_and_only_that(
    document: Path, store: Store, judged: list[str]
) -> None:
    first = check(document, store)
    count = len(judged)
    data = document.read_bytes()
    memory = Memory(store, Macros(), run.own_catalog.digest([]), Config().time_limit)
    found = memory.get(str(document), digest(data))
    assert found is not None and found.whole
    rows = list(found.rows)
    at = next(k for k, row in enumerate(rows) if "tanh^2" in row.latex)
    failed = Judgement(
        status=Status.UNCHECKED, reason=Reason.TIME, detail=run._GIVEN_UP + "took more than 1 s"
    )
    rows[at] = replace(rows[at], judgement=failed)
    memory.put(str(document), digest(data), run._lasting(replace(found, rows=tuple(rows))))
    assert check(document, store) == first
    assert judged[count:] == ["1 + \\tanh^2(x)"]


def test_what_took_too_long_is_not_tried_again_under_the_same_limit(
    document: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = Failure(timed_out=True, why="took more than 1 s")
    monkeypatch.setattr(run, "_judge", lambda catalogs, passage: late)
    first = check(document, store)
    monkeypatch.setattr(run, "_judge", lambda catalogs, passage: pytest.fail("tried again"))
    assert check(document, store) == first


NUMBER = st.integers(1, 9)
FINDING = st.builds(
    Finding, file=st.just("a.md"), line=NUMBER, column=NUMBER, end_line=NUMBER, end_column=NUMBER,
    rule=st.just("SC101"), severity=st.sampled_from(Severity), message=st.text(), latex=st.text(),
    offset=st.integers(0, 9), expected=st.none() | st.text(), counterexample=st.none() | st.text(),
    formula=st.none() | st.text(), context=st.text(),
)  # fmt: skip
JUDGEMENT = st.builds(
    Judgement, status=st.sampled_from(Status), formula=st.none() | st.text(), detail=st.text(),
    reason=st.none() | st.sampled_from(Reason), findings=st.lists(FINDING, max_size=2).map(tuple),
)  # fmt: skip
ROW = st.builds(
    Row, line=st.integers(1, 9), column=st.integers(1, 9), latex=st.text(), judgement=st.none() | JUDGEMENT,
    silenced=st.booleans(),
)  # fmt: skip
FOUND = st.builds(
    Found,
    rows=st.lists(ROW, max_size=3).map(tuple),
    flaws=st.lists(st.tuples(FINDING, st.booleans()), max_size=2).map(tuple),
)


@given(found=FOUND)
@settings(max_examples=60, deadline=None)
def test_what_is_kept_comes_back_the_same(found: Found, tmp_path_factory: pytest.TempPathFactory) -> None:
    memory = Memory(Store(tmp_path_factory.mktemp("c")), Macros(), "", 1.0)
    memory.put("a.md", b"x", found)
    assert memory.get("a.md", b"x") == found
    assert memory.get("a.md", b"y") is None and memory.get("a.rst", b"x") is None
    assert Memory(memory.store, Macros([Macro("\\a", "b")]), "", 1.0).get("a.md", b"x") is None
    assert Memory(memory.store, Macros(), "other catalog", 1.0).get("a.md", b"x") is None


def test_json_of_a_cached_run_is_the_same(document: Path, store: Store) -> None:
    from symcheck.gate.outputs import FORMATS

    for render in FORMATS.values():
        assert (
            render(check(document, None)) == render(check(document, store)) == render(check(document, store))
        )
    assert json.loads(FORMATS["json"](check(document, store)))["summary"]["errata"] == 3
