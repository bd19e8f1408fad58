"""The static site: whole, linked within itself, readable without scripts or network."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from codegen.cupy.gpu import ledger
from codegen.site.benchmarks import bars
from codegen.site.command import report
from codegen.site.mathml import mathml, prose
from codegen.site.write import NotOurs, write_site
from symcheck.gate.run import check_paths
from symcheck.judge import Judgement, judge, select

VOID = {"meta", "link", "input", "br", "hr", "img"}
WRONG = r"""| Function | Formula | Derivative |
|---|---|---|
| Softmax | $\frac{e^{z_i}}{\sum_j e^{z_j}}$ | $s_i(\delta_{ij} + s_j)$ |
"""


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.sources: list[str] = []
        self.headings: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if given.get("id") and "svg" not in self.open:
            self.ids.append(str(given["id"]))
        if tag in ("script", "img", "link") and (given.get("src") or given.get("href")):
            self.sources.append(str(given.get("src") or given.get("href")))
        if tag in ("h1", "h2", "h3"):
            self.headings.append(int(tag[1]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()


@pytest.fixture(scope="module")
def judgements() -> list[Judgement]:
    return [judge(f, c) for f, c in select(("act.gelu", "act.softmax", "act.relu"))]


@pytest.fixture(scope="module")
def site(judgements: list[Judgement], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    document = folder / "notes.md"
    document.write_text(WRONG)
    write_site(folder / "out", judgements, check_paths([str(document)], jobs=1))
    return folder / "out"


def _pages(site: Path) -> dict[str, _Page]:
    out = {}
    for path in sorted(site.glob("*.html")):
        page = _Page()
        page.feed(path.read_text())
        assert not page.open, f"{path.name}: {page.open}"
        out[path.name] = page
    return out


def test_every_page_is_whole_and_its_links_lead_somewhere(site: Path) -> None:
    pages = _pages(site)
    assert {"index.html", "act.gelu.html", "act.softmax.html", "act.relu.html"} < set(pages)
    for name, page in pages.items():
        assert len(set(page.ids)) == len(page.ids), name
        assert page.headings[0] == 1 and page.headings.count(1) == 1, name
        for link in page.links:
            target, _, anchor = link.partition("#")
            assert not target or target in pages, f"{name}: {link}"
            assert not anchor or anchor in pages[target or name].ids, f"{name}: {link}"


def test_nothing_comes_from_outside(site: Path) -> None:
    for name, page in _pages(site).items():
        assert page.sources == ["style.css"], name
        assert "http" not in "".join(page.links)


def test_a_formula_shows_statement_verdict_derivation_picture_and_kernel(site: Path) -> None:
    text = (site / "act.gelu.html").read_text()
    for part in ("<math", "proved", "refuted", "Counterexample", "Derivation", "<svg", "def gelu(", "dtype"):
        assert part in text, part


def test_a_document_shows_its_finding_in_place(site: Path) -> None:
    (page,) = site.glob("document-*.html")
    text = page.read_text()
    assert r"<mark>s_i(\delta_{ij} + s_j)</mark>" in text
    assert "SC203" in text and "act.softmax.html" in text


def test_text_of_a_document_is_never_markup(judgements: list[Judgement], tmp_path: Path) -> None:
    document = tmp_path / "evil.md"
    document.write_text("<script>alert(1)</script> $x$ <b onclick=x>\n")
    write_site(tmp_path / "out", judgements[:1], check_paths([str(document)], jobs=1))
    (page,) = (tmp_path / "out").glob("document-*.html")
    assert "<script>alert" not in page.read_text()
    assert "&lt;script&gt;" in page.read_text()


def test_a_folder_of_others_is_left_alone(judgements: list[Judgement], tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(NotOurs, match="other files"):
        write_site(tmp_path, judgements[:1])
    assert (tmp_path / "mine.txt").read_text() == "keep"


def test_an_own_site_is_replaced_as_a_whole(judgements: list[Judgement], tmp_path: Path) -> None:
    place = tmp_path / "out"
    write_site(place, judgements)
    (place / "stale.html").write_text("old")
    write_site(place, judgements[:1])
    assert not (place / "stale.html").exists()
    assert (place / "index.html").exists()


def test_what_the_converter_does_not_know_is_shown_as_code() -> None:
    assert mathml(r"\frac{a}{b}").startswith("<math")
    assert mathml(r"\frac{<b>").startswith("<code>") or "<b>" not in mathml(r"\frac{<b>")


def test_the_command_is_registered() -> None:
    result = CliRunner().invoke(report, ["--help"])
    assert result.exit_code == 0
    assert "static site" in result.output


def test_formulas_inside_words_are_set() -> None:
    assert str(prose("only if $x > 0$ & more")).startswith("only if <math") and "&amp; more" in prose(
        "a & more"
    )
    assert prose("5 $ a <piece>") == "5 $ a &lt;piece&gt;"


def test_a_timed_kernel_has_its_bars(site: Path) -> None:
    shown = (site / "act.softmax.html").read_text(encoding="utf-8")
    assert "textbook NumPy" in shown and 'class="ours"' in shown
    (timed, *_) = bars("softmax")
    times = [b.microseconds for b in timed.bars]
    assert times == sorted(times) and max(b.width for b in timed.bars) == 100
    assert bars("no such kernel") == []


def test_a_run_on_a_gpu_is_shown_with_the_kernel(
    judgements: list[Judgement], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For the text that ran, and no other."""
    place = tmp_path / ledger.NAME
    row = {
        "function": "softmax", "size": "1x2", "dtype": "float32", "share_of_copy": 0.75,
        "seconds": {"symcheck": {"median": 1.5e-4}},
    }  # fmt: skip
    error = {"function": "softmax", "dtype": "float16", "where": "", "worst": 1.25}
    ledger.add({"date": "2026-11-27", "device": {"gpu": "H200"}, "rows": [row], "errors": [error]}, place)
    monkeypatch.setattr(ledger, "PLACE", place)
    monkeypatch.setattr(ledger.read, "__defaults__", (place,))
    write_site(tmp_path / "out", [j for j in judgements if j.formula.id == "act.softmax"])
    shown = (tmp_path / "out" / "act.softmax.html").read_text(encoding="utf-8")
    forward, backward = shown.split("<code>softmax_vjp</code>")
    assert "ran on H200, 2026-11-27; worst error in ulp: float16 1.2." in forward
    assert "150.0</td><td>0.75</td>" in forward
    assert "ran on H200" not in backward and "has not run on a GPU" in backward
    place.unlink()
    write_site(tmp_path / "out", [j for j in judgements if j.formula.id == "act.softmax"])
    assert "on a GPU" not in (tmp_path / "out" / "act.softmax.html").read_text(encoding="utf-8")
