"""Wrong variants of formulas, made by a program: ``python tests/support/formula_mutants.py [FILE ...]``.

Each variant has one slip of the kinds that published errata have: a sign, a factor, an index, an exponent, a
transposition, a missing term, another function, an exchanged fraction, a wrong bound.  How many of them the
gate flags where the formula stands is a measure of what it would notice in a document.  Some variants are
right or a matter of convention (a factor before a loss), so that no gate can flag all.
"""

from __future__ import annotations

import argparse
import random
import re
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from multiprocessing import Pool
from pathlib import Path

from symcheck.gate.documents import Passage, read_text
from symcheck.gate.judge import judge
from symcheck.gate.model import Judgement, Severity, Status, unchecked
from symcheck.gate.run import _with_definitions
from symcheck.latex import Reason, parse

SHEET = Path(__file__).parents[3] / "shared" / "cheatsheet" / "CHEATSHEET.md"
_INDICES = "ijklmnt"
_FUNCTIONS = {
    r"\log": r"\exp", r"\ln": r"\exp", r"\exp": r"\log", r"\sin": r"\cos", r"\cos": r"\sin",
    r"\max": r"\min", r"\min": r"\max", r"\sum": r"\prod", r"\prod": r"\sum", r"\argmax": r"\max",
}  # fmt: skip


@dataclass(frozen=True)
class Variant:
    """One slip made in a formula."""

    kind: str
    latex: str


def variants(latex: str) -> Iterator[Variant]:
    """Every variant of a formula by one slip, in no more than one way per place."""
    said = _words_out(latex)
    yield from (v for v in _all(latex) if _words_out(v.latex) != said and _balanced(v.latex))


def _words_out(latex: str) -> str:
    """A formula without the words and the spaces in it: a change of these is no slip in mathematics."""
    return re.sub(r"\\text\{[^{}]* [^{}]*\}|\s", "", latex)


def _balanced(latex: str) -> bool:
    return latex.count("{") == latex.count("}") and bool(parse(latex).statements)


def _all(latex: str) -> Iterator[Variant]:
    first = latex.find("=") + 1  # what is defined stands in front of it
    for m in re.finditer(r"(?<![=({^_,&\[|:\\])\s*([-+])(?=\s*[\w\\({])", latex):
        if m.start(1) and latex[: m.start(1)].strip() and m.start(1) > first:
            yield Variant("sign", _put(latex, m.span(1), "+" if m[1] == "-" else "-"))
    for m in re.finditer(r"(?<=[=({\[])\s*-(?=\s*[\w\\({])", latex):
        if not re.match(r"-\s*(?:1|\\infty)\b", latex[m.end() - 1 :]):
            yield Variant("sign", _put(latex, m.span(), " "))
    for m in re.finditer(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}", latex):
        yield Variant("inverted", _put(latex, m.span(), rf"\frac{{{m[2]}}}{{{m[1]}}}"))
        yield Variant("missing factor", _put(latex, m.span(), "" if m[1] == "1" else m[1]))
    for m in re.finditer(r"(?<![\w.^_{\\])([2-9])(?=\s*[\\A-Za-z(])", latex):
        yield Variant("missing factor", _put(latex, m.span(), ""))
    for m in re.finditer(r"\^\{?([2-4])\}?(?![0-9])", latex):
        yield Variant("exponent", _put(latex, m.span(), ""))
    for m in re.finditer(r"\^\{?\\?(?:top|intercal|T)\}?(?![A-Za-z])", latex):
        yield Variant("transposed", _put(latex, m.span(), " "))
    for m in re.finditer(r"_\{?([a-z]+)\}?(?![A-Za-z])", latex):
        for at, letter in enumerate(m[1]):
            if letter in _INDICES and len(m[1]) <= 2:
                others = [x for x in re.findall(r"_\{?([ijklmnt])\}?", latex) if x != letter]
                other = others[0] if others else ("j" if letter != "j" else "i")
                place = m.start(1) + at
                yield Variant("index", _put(latex, (place, place + 1), other))
    for old, new in _FUNCTIONS.items():
        for m in re.finditer(re.escape(old) + r"(?![A-Za-z])", latex):
            yield Variant("function", _put(latex, m.span(), new))
    for start, end in _terms(latex, first):
        yield Variant("missing term", _put(latex, (start, end), " "))
    for m in re.finditer(r"(?<=_\{)([a-z]=)([01])(?=\})", latex):
        yield Variant("bound", _put(latex, m.span(2), "1" if m[2] == "0" else "0"))
    for m in re.finditer(r"(?<=[\[(])(-?\d+)(?=,)|(?<=,)\s*(-?\d+)(?=[\])])", latex):
        yield Variant("bound", _put(latex, m.span(), str(int(m.group()) + 2)))
    for m in re.finditer(r"\(\s*([A-Za-z])\s*(\\\||\||,)\s*([A-Za-z])\s*\)", latex):
        yield Variant("exchanged", _put(latex, m.span(), f"({m[3]} {m[2]} {m[1]})"))
    yield from _further(latex, first)


_TURNED = {
    r"\leq": r"\geq", r"\geq": r"\leq", r"\le": r"\ge", r"\ge": r"\le", "<": ">", ">": "<",
    r"\succ": r"\prec", r"\prec": r"\succ",
}  # fmt: skip
_GROUP = r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"
_WORDS = frozenset(["log", "sum", "text", "frac", "exp"])
_NAME = r"(?:\\(?:hat|bar|tilde|mathbf|boldsymbol)\{\\?[A-Za-z]+\}|\\?[A-Za-z]+)(?:_(?:\{[^{}]*\}|\w))?"


def _further(latex: str, first: int) -> Iterator[Variant]:
    """Slips of the kinds that are more to think of than to mistype: what is there is something else's."""
    for m in re.finditer(rf"\\[dt]?frac{_GROUP}\s*{_GROUP}", latex):
        if "{" in m[1] + m[2] and m[1] != "1":
            yield Variant("inverted", _put(latex, m.span(), rf"\frac{{{m[2]}}}{{{m[1]}}}"))
            yield Variant("missing factor", _put(latex, m.span(), f"{{{m[1]}}}"))
    for m in re.finditer(rf"\\sqrt{_GROUP}", latex):
        yield Variant("root", _put(latex, m.span(), f"({m[1]})"))
    for m in re.finditer(r"(?<![\w.^_{\\])(\d+(?:\.\d+)?)(?![\d.}])", latex):
        if m[1] not in "01":
            yield Variant("number", _put(latex, m.span(), _other_number(m[1])))
    for m in re.finditer(r"(?<=[(])1(?=\s*[-+])", latex):
        yield Variant("number", _put(latex, m.span(), "2"))
    for old, new in _TURNED.items():
        for m in re.finditer(re.escape(old) + r"(?![A-Za-z])", latex):
            yield Variant("relation", _put(latex, m.span(), new))
    for m in re.finditer(r"\\(?:hat|bar|tilde)\{(\\?[A-Za-z]+)\}", latex):
        if m.start() > first:
            yield Variant("accent", _put(latex, m.span(), m[1]))
    for m in re.finditer(r"(?<=[A-Za-z)}])'", latex):
        yield Variant("prime", _put(latex, m.span(), ""))
    for m in re.finditer(r"(?<=\^\{)-(?=[\\\w])", latex):
        yield Variant("sign", _put(latex, m.span(), ""))
    for m in re.finditer(r"(?<=[a-z])([-+])1(?=[},\s|])", latex):
        yield Variant("shift", _put(latex, m.span(), ""))
    for m in re.finditer(
        r"(?<![\w\\{_^])([A-Z](?:_\w)?(?:\^(?:T|\{-1\}))?)\s?([A-Z](?:_\w)?(?:\^(?:T|\{-1\}))?)(?![\w{])",
        latex,
    ):
        if m[1] != m[2] and "(" not in latex[m.end() : m.end() + 1]:
            yield Variant("order", _put(latex, m.span(), f"{m[2]} {m[1]}"))
    for m in re.finditer(r"\s\+\s", latex):
        if m.start() > first:
            yield Variant("operation", _put(latex, m.span(), r" \cdot "))
    for m in re.finditer(r"_([12])(?!\d)", latex):
        yield Variant("name", _put(latex, m.span(1), "2" if m[1] == "1" else "1"))
    for m in re.finditer(rf"\\log\s*(?:\({_NAME}\)|{_NAME})", latex):
        names = {
            n for n in re.findall(_NAME, latex) if n.lstrip("\\") not in ("log", "sum", "text", "frac", "exp")
        }
        inner = re.sub(r"\\log\s*\(?|\)$", "", m[0])
        for name in sorted(names - {inner})[:2]:
            if _kin(inner, name):
                yield Variant("name", _put(latex, m.span(), m[0].replace(inner, name)))
    cases = re.search(r"(?<=\\begin\{cases\})(.*?)&(.*?)\\\\(.*?)&(.*?)(?=\\end\{cases\})", latex, re.S)
    if cases:
        a, b, c, d = cases.groups()
        yield Variant("branch", _put(latex, cases.span(), f"{c.strip()} &{b}\\\\ {a.strip()} &{d}"))
    for m in re.finditer(r"\(([^()=&]{1,20}?)\s([-+])\s([^()=&]{1,20}?)\)(?!\^)", latex):
        before = latex[: m.start()].rstrip()
        if (
            before
            and (before[-1].isalnum() or before[-1] == "}")
            and not re.search(r"\\(?:left|right|log|exp)$", before)
        ):
            yield Variant("bracket", _put(latex, m.span(), f" {m[1]} {m[2]} {m[3]} "))
    for m in re.finditer(r"\b(mu|sigma|alpha|beta)_(\{?\w\}?)", latex):
        other = {"mu": "sigma", "sigma": "mu", "alpha": "beta", "beta": "alpha"}[m[1]]
        yield Variant("name", _put(latex, m.span(1), other))


def _kin(one: str, other: str) -> bool:
    """Whether two names are told apart by an accent, an index or one letter: what one takes for the other."""
    plain = [re.sub(r"\\(?:hat|bar|tilde)|[{}\\]|_.*", "", name) for name in (one, other)]
    return plain[0] == plain[1] or set(plain) <= set("pqPQ")


def _other_number(text: str) -> str:
    """A number that one may write for another: a digit less, or the next one."""
    if "." in text or len(text) > 2:
        return text[:-1] if text[-1] == "0" else text[:-2] + text[-1] + text[-2]
    return {"2": "3", "20": "10", "10": "100"}.get(text, str(int(text) + 1))


def _put(latex: str, place: tuple[int, int], text: str) -> str:
    before = latex[: place[0]]
    glued = re.search(r"\\[A-Za-z]+$", before) and text[:1].isalpha()
    return before + (" " if glued else "") + text + latex[place[1] :]


def _terms(latex: str, first: int) -> Iterator[tuple[int, int]]:
    """The summands behind a sign, outside of braces and brackets."""
    depth, start = 0, -1
    for at, character in enumerate(latex):
        if character in "{([":
            depth += 1
        elif character in "})]":
            depth -= 1
        end = at + 1 == len(latex) or (depth == 0 and character in "=,&\\" and latex[at : at + 2] == "\\\\")
        if at > first and depth == 0 and (character in "+-=,." or end):
            if start >= 0:
                yield start, at + 1 if at + 1 == len(latex) and character not in "=,." else at
            start = at if character in "+-" and latex[:at].rstrip()[-1:] not in "=&({" else -1


@dataclass
class Tally:
    """What became of the variants, by kind: how many were tried, flagged, shown to be true, and passed as
    what their names say."""

    tried: Counter[str] = field(default_factory=Counter)
    flagged: Counter[str] = field(default_factory=Counter)
    approved: Counter[str] = field(default_factory=Counter)
    shown: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.tried += other.tried
        self.flagged += other.flagged
        self.approved += other.approved
        self.shown += other.shown
        self.lines += other.lines

    @property
    def wrong(self) -> int:
        """The variants that were not shown to be true."""
        return self.tried.total() - self.shown.total()

    @property
    def share(self) -> float:
        """Of these, how many are flagged."""
        return self.flagged.total() / max(1, self.wrong)


SECONDS = 10


def judged(passage: Passage) -> Judgement:
    """The judgement of a formula, ``unchecked`` if it takes long."""

    def ring(number: int, frame: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        return judge(passage)
    except TimeoutError:
        return unchecked(Reason.TIME)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


HALVES = ("seen", "held back")
"""The variants that one looks at while the gate is made, and those of which only the number is looked at."""


def half_of(variant: Variant) -> str:
    return HALVES[sha256(variant.latex.encode()).digest()[0] % 2]


def of_passage(passage: Passage, most: int, half: str) -> Tally:
    """The tally of a formula where it stands; of one that is flagged as it is, nothing."""
    tally = Tally()
    made = {v.latex: v for v in variants(passage.latex)}.values()
    found = [v for v in made if half_of(v) == half]
    if not found or judged(passage).status is Status.ERRATA:
        return tally
    random.Random(passage.latex).shuffle(found)
    for variant in found[:most]:
        said = judged(with_formula(passage, variant.latex))
        wrong = any(f.severity is Severity.ERROR for f in said.findings)
        tally.tried[variant.kind] += 1
        tally.flagged[variant.kind] += wrong
        shown = said.status is Status.VERIFIED
        tally.shown[variant.kind] += shown
        approved = said.status is Status.MATCHED
        tally.approved[variant.kind] += approved
        mark = "HIT" if wrong else "TRUE" if shown else "YES" if approved else "   "
        rules = ",".join(f.rule for f in said.findings)
        why = rules or f"{said.status.value} {said.formula or said.reason or ''} {said.detail[:40]}"
        line = f"{passage.file.split('/')[-1]}:{passage.fragment.start[0]}"
        tally.lines.append(f"{mark} {variant.kind:14} {line} {variant.latex!r} [{why}]")
    return tally


def with_formula(passage: Passage, latex: str) -> Passage:
    """A passage with another formula in the place of its own, in the row of its table, too."""
    row = tuple(
        replace(c, latex=tuple(latex if t == passage.latex else t for t in c.latex)) for c in passage.row
    )
    fragment = replace(passage.fragment, latex=latex, source=latex)
    return replace(passage, fragment=fragment, row=row)


def passages(path: Path) -> tuple[Passage, ...]:
    return _with_definitions(read_text(path.read_text(encoding="utf-8"), str(path))).passages


def _work(job: tuple[Passage, int, str]) -> Tally:
    return of_passage(*job)


def measured(
    files: list[Path], most: int, part: int = 1, display: bool = False, half: str = HALVES[0]
) -> Tally:
    """The tally of some files: at most ``most`` variants of every ``part``-th formula."""
    found = [p for path in files for p in passages(path) if len(p.latex) < 500]
    chosen = [p for p in found if (p.fragment.display or not display) and len(p.latex) > 8][::part]
    tally = Tally()
    with Pool(2) as pool:
        for one in pool.imap(_work, [(p, most, half) for p in chosen], chunksize=4):
            tally.add(one)
    return tally


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--most", type=int, default=2, help="variants of one formula")
    parser.add_argument("--part", type=int, default=1, help="take every PART-th formula")
    parser.add_argument("--display", action="store_true", help="displayed formulas only")
    parser.add_argument("--held-back", action="store_true", help="the other half: only the numbers")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    half = HALVES[options.held_back]
    tally = measured(options.files or [SHEET], options.most, options.part, options.display, half)
    if options.verbose and not options.held_back:
        print(*tally.lines, sep="\n")
    print(f"{'kind':16} flagged approved shown   of")
    for kind in (*sorted(tally.tried), ""):
        counts = (tally.flagged, tally.approved, tally.shown, tally.tried)
        flagged, approved, shown, tried = (c[kind] if kind else c.total() for c in counts)
        print(f"{kind or 'all':16} {flagged:7} {approved:8} {shown:5} {tried:4}")
    total = tally.tried.total()
    print(f"flagged {tally.share:.1%} of those not shown to be true")
    if not total:
        sys.exit("no variant was made")


if __name__ == "__main__":
    main()
