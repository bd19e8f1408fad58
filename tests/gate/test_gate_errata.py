"""Planted slips are found where they are, and the same said differently is left alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from symcheck.gate.config import Config
from symcheck.gate.model import Severity, Status
from symcheck.gate.run import check_paths, check_text

NOTES = (Path(__file__).parent / "data" / "errata_notes.md").read_text(encoding="utf-8")
SHEET = Path(__file__).parents[3] / "shared" / "cheatsheet" / "CHEATSHEET.md"
needs_sheet = pytest.mark.skipif(not SHEET.exists(), reason=f"{SHEET} is not here")

# what stands in the document, and what takes its place: each one slip
PLANTED = [
    # activations
    (r"| Leaky ReLU | $\max(", r"| Leaky ReLU | $\min("),
    (r"| ReLU | $\max(0, x)$", r"| ReLU | $\max(0, -x)$"),
    (
        r"\begin{cases}1 & x > 0 \\ 0 & x \leq 0\end{cases}",
        r"\begin{cases}-1 & x > 0 \\ 0 & x \leq 0\end{cases}",
    ),
    (
        r"\begin{cases}1 & x > 0 \\ 0 & x \leq 0\end{cases}",
        r"\begin{cases}1 & x > 0 \\ 1 & x \leq 0\end{cases}",
    ),
    (r"1 & x > 0 \\ \alpha & x \leq 0", r"1 & x > 0 \\ -\alpha & x \leq 0"),
    (r"x \cdot \Phi(x) \approx", r"x \cdot \Phi(-x) \approx"),
    (r"$x \cdot \sigma(x)$", r"$x \cdot \sigma(-x)$"),
    (r"$\sigma(x) + x\sigma(x)(1-\sigma(x))$", r"$\sigma(x) - x\sigma(x)(1-\sigma(x))$"),
    (r"$\sigma(x) + x\sigma(x)(1-\sigma(x))$", r"$\sigma(x) + x\sigma(x)(1+\sigma(x))$"),
    (r"$\sigma(x) + x\sigma(x)(1-\sigma(x))$", r"$\sigma(x) + \sigma(x)(1-\sigma(x))$"),
    (r"$\frac{1}{1+e^{-x}}$", r"$\frac{1}{1+e^{x}}$"),
    (r"$\frac{1}{1+e^{-x}}$", r"$\frac{1}{1-e^{-x}}$"),
    (r"| $\sigma(x)(1-\sigma(x))$", r"| $\sigma(x)(1+\sigma(x))$"),
    (r"| $\sigma(x)(1-\sigma(x))$", r"| $\sigma(x)(1-x)$"),
    (r"$\frac{e^x - e^{-x}}{e^x + e^{-x}}$", r"$\frac{e^x + e^{-x}}{e^x + e^{-x}}$"),
    (r"$\frac{e^x - e^{-x}}{e^x + e^{-x}}$", r"$\frac{e^x - e^{-x}}{e^x - e^{-x}}$"),
    (r"$1 - \tanh^2(x)$", r"$1 + \tanh^2(x)$"),
    (r"$1 - \tanh^2(x)$", r"$1 - \tanh(x)$"),
    (r"$\frac{e^{z_i}}{\sum_j e^{z_j}}$", r"$\frac{e^{-z_i}}{\sum_j e^{z_j}}$"),
    (r"$\frac{e^{z_i}}{\sum_j e^{z_j}}$", r"$\frac{z_i}{\sum_j e^{z_j}}$"),
    (r"$\frac{e^{z_i}}{\sum_j e^{z_j}}$", r"$\frac{e^{z_i}}{\sum_j e^{-z_j}}$"),
    (r"s_i(\delta_{ij} - s_j)", r"s_i(\delta_{ij} + s_j)"),
    (r"s_i(\delta_{ij} - s_j)", r"s_i(1 - s_j)"),
    (r"s_i(\delta_{ij} - s_j)", r"s_j(\delta_{ij} - s_j)"),
    # information
    (r"H(X) = -\sum p(x) \log p(x)", r"H(X) = \sum p(x) \log p(x)"),
    (r"H(p, q) = -\sum p(x) \log q(x)", r"H(p, q) = \sum p(x) \log q(x)"),
    (r"H(p, q) = -\sum p(x) \log q(x)", r"H(p, q) = -\sum q(x) \log p(x)"),
    (r"\sum p(x) \log \frac{p(x)}{q(x)}", r"\sum q(x) \log \frac{q(x)}{p(x)}"),
    (r"\sum p(x) \log \frac{p(x)}{q(x)}", r"\sum q(x) \log \frac{p(x)}{q(x)}"),
    (r"\sum p(x) \log \frac{p(x)}{q(x)}", r"\sum p(x) \log \frac{q(x)}{p(x)}"),
    (r"\sum p(x) \log \frac{p(x)}{q(x)}", r"-\sum p(x) \log \frac{p(x)}{q(x)}"),
    (r"H(p) + D_{KL}(p \| q)$", r"H(p) - D_{KL}(p \| q)$"),
    (r"H(p) + D_{KL}(p \| q)$", r"H(q) + D_{KL}(p \| q)$"),
    # losses, normalisation, positions
    (r"L = -\sum_{i=1}^{C} y_i", r"L = \sum_{i=1}^{C} y_i"),
    (r"y_i \log(\hat{y}_i)", r"\hat{y}_i \log(y_i)"),
    (r"\frac{x_i}{\text{RMS}(x)} \cdot \gamma", r"\frac{x_i}{\text{RMS}(x)} + \gamma"),
    (r"\sqrt{\frac{1}{n}\sum_{i=1}^n x_i^2}", r"\frac{1}{n}\sum_{i=1}^n x_i^2"),
    (r"\sqrt{\frac{1}{n}\sum_{i=1}^n x_i^2}", r"\sqrt{\frac{1}{n}\sum_{i=1}^n x_i}"),
    (r"& -\sin m\theta \\", r"& \sin m\theta \\"),
    (r"\sin m\theta & \cos m\theta\end", r"\sin m\theta & -\cos m\theta\end"),
    (r"\begin{pmatrix}\cos m\theta", r"\begin{pmatrix}\sin m\theta"),
]

# the same, said differently: none of it is an error
HARMLESS = [
    (r"\max(0, x)", r"\max(x, 0)"),
    (r"\max(0, x)", r"\max(0, t)"),
    (r"| ReLU | $\max(0, x)$", r"| ReLU | $\begin{cases}x & x > 0 \\ 0 & x \leq 0\end{cases}$"),
    (r"\max(\alpha x, x)", r"\max(x, \alpha x)"),
    (r"$x \cdot \sigma(x)$", r"$\frac{x}{1 + e^{-x}}$"),
    (r"$x \cdot \sigma(x)$", r"$x / (1 + \exp(-x))$"),
    (r"\sigma(x) + x\sigma(x)(1-\sigma(x))", r"\sigma(x)(1 + x(1-\sigma(x)))"),
    (r"$\frac{1}{1+e^{-x}}$", r"$1/(1+e^{-x})$"),
    (r"$\frac{1}{1+e^{-x}}$", r"$\frac{e^x}{1+e^x}$"),
    (r"| $\sigma(x)(1-\sigma(x))$", r"| $(1-\sigma(x))\sigma(x)$"),
    (r"| $\sigma(x)(1-\sigma(x))$", r"| $\sigma(x) - \sigma(x)^2$"),
    (r"$\frac{e^x - e^{-x}}{e^x + e^{-x}}$", r"$\frac{e^{2x} - 1}{e^{2x} + 1}$"),
    (r"$1 - \tanh^2(x)$", r"$1 - (\tanh x)^2$"),
    (r"$1 - \tanh^2(x)$", r"$(1 - \tanh x)(1 + \tanh x)$"),
    (r"\frac{e^{z_i}}{\sum_j e^{z_j}}", r"\frac{\exp(x_k)}{\sum_{l=1}^{n} \exp(x_l)}"),
    (r"\frac{e^{z_i}}{\sum_j e^{z_j}}", r"e^{z_i} / \sum_k e^{z_k}"),
    (r"s_i(\delta_{ij} - s_j)", r"s_i \delta_{ij} - s_i s_j"),
    (r"s_i(\delta_{ij} - s_j)", r"p_a(\delta_{ab} - p_b)"),
    (r"H(X) = -\sum p(x) \log p(x)", r"H(X) = -\sum_x p(x) \ln p(x)"),
    (r"H(X) = -\sum p(x) \log p(x)", r"H(p) = -\sum_i p_i \log p_i"),
    (r"H(X) = -\sum p(x) \log p(x)", r"H(X) = -\sum p(x) \log_2 p(x)"),
    (r"H(p, q) = -\sum p(x) \log q(x)", r"H(P, Q) = -\sum_{k} P(k) \ln Q(k)"),
    (r"\sum p(x) \log \frac{p(x)}{q(x)}", r"\sum_x p(x) (\log p(x) - \log q(x))"),
    (
        r"D_{KL}(p \| q) = \sum p(x) \log \frac{p(x)}{q(x)}",
        r"D_{KL}(q \| p) = \sum q(x) \log \frac{q(x)}{p(x)}",
    ),
    (r"$H(p, q) = H(p) + D_{KL}(p \| q)$", r"$D_{KL}(p \| q) = H(p, q) - H(p)$"),
    (r"L = -\sum_{i=1}^{C} y_i \log(\hat{y}_i)", r"L = -\sum_{c} y_c \ln \hat{y}_c"),
    (r"L = -\sum_{i=1}^{C} y_i \log(\hat{y}_i)", r"L = -\frac{1}{C} \sum_{i=1}^{C} y_i \log(\hat{y}_i)"),
    (r"\frac{x_i}{\text{RMS}(x)} \cdot \gamma", r"\gamma \cdot \frac{x_i}{\text{RMS}(x)}"),
    (r"\sqrt{\frac{1}{n}\sum_{i=1}^n x_i^2}", r"\sqrt{\frac{1}{d}\sum_{j=1}^d x_j^2}"),
    (r"\sqrt{\frac{1}{n}\sum_{i=1}^n x_i^2}", r"\left(\frac{1}{n}\sum_{i=1}^n x_i^2\right)^{1/2}"),
    (
        r"\cos m\theta & -\sin m\theta \\ \sin m\theta & \cos m\theta",
        r"\cos m\phi & -\sin m\phi \\ \sin m\phi & \cos m\phi",
    ),
    (
        r"\cos m\theta & -\sin m\theta \\ \sin m\theta & \cos m\theta",
        r"\cos(\theta m) & -\sin(\theta m) \\ \sin(\theta m) & \cos(\theta m)",
    ),
]


# other letters, other notation, other places: a document, a part of it, and a slip in its last occurrence
HELD_BACK = [
    (
        r"The **softmax** function:"
        + "\n\n"
        + r"$$\operatorname{softmax}(\mathbf{x})_k = \frac{\exp(x_k)}{\sum_l \exp(x_l)}$$",
        "exp(x_l)",
        "exp(-x_l)",
    ),
    (r"$$\mathrm{ReLU}(t) = \max(0, t)$$", "max", "min"),
    (r"So $\sigma'(t) = \sigma(t)(1-\sigma(t))$.", r"(1-\sigma(t))", r"(1-\sigma(t)^2)"),
    (r"and $\frac{d}{dx}\tanh x = 1 - \tanh^2 x$.", "^2", ""),
    (
        r"The divergence $D_{\mathrm{KL}}(P\|Q) = \sum_i P_i \log\frac{P_i}{Q_i}$.",
        r"\frac{P_i}{Q_i}",
        r"\frac{Q_i}{P_i}",
    ),
    (
        r"The divergence $\mathrm{KL}(p \| q) = \sum_x p(x) \log \frac{p(x)}{q(x)}$.",
        r"\sum_x p(x)",
        r"\sum_x q(x)",
    ),
    ("### Entropy\n\n" + r"$$H(X) = -\sum p(x) \log p(x)$$", "-", ""),
    ("**Entropy** of a distribution $p$:\n\n" + r"$$H = -\sum_{k=1}^{K} p_k \ln p_k$$", "-", ""),
    (r"$\operatorname{softplus}(x) = \log(1 + e^x)$", "+", "-"),
    (r"$\mathrm{LSE}(x) = \log \sum_i e^{x_i}$", "{x_i}", "{-x_i}"),
    (r"$\text{SiLU}(x) = x \cdot \sigma(x)$", r"\cdot", "+"),
    (r"$\text{GELU}(x) = x \Phi(x)$", r"\Phi(x)", r"\Phi(2x)"),
    (
        "| Function | Derivative |\n|---|---|\n" + r"| $\ln(1 + e^x)$ | $\frac{1}{1 + e^{-x}}$ |",
        "{-x}",
        "{x}",
    ),
    ("| Function | Derivative |\n|---|---|\n" + r"| $x^3$ | $3x^2$ |", "3x", "2x"),
    ("| Function | Derivative |\n|---|---|\n" + r"| $\sin(x)$ | $\cos(x)$ |", r"\cos", r"-\cos"),
    (
        "| Function | Definition | Gradient |\n|---|---|---|\n"
        + r"| LogSumExp | $\log \sum_k e^{z_k}$ | $\frac{e^{z_j}}{\sum_k e^{z_k}}$ |",
        r"\frac{e^{z_j}}",
        r"\frac{z_j}",
    ),
    (
        "| Activation | Definition | Derivative |\n|---|---|---|\n"
        + r"| **Softplus** | $\log(1+e^{x})$ | $\sigma(x)$ |",
        r"\sigma(x)",
        r"\sigma(-x)",
    ),
    ("**Cross-entropy loss**:\n\n" + r"$$\mathcal{L}(y, \hat{y}) = -\sum_{k} y_k \log \hat{y}_k$$", "-", ""),
    (
        "**Perplexity**:\n\n" + r"$$\text{PPL} = \exp\left(-\frac{1}{T}\sum \log P(x_t \mid x_{<t})\right)$$",
        "-",
        "",
    ),
    ("**Mutual information**:\n\n" + r"$$I(X;Y) = H(X) - H(X \mid Y)$$", "-", "+"),
    (r"$\sigma(-x) = 1 - \sigma(x)$", "1 -", "1 +"),
    (r"$\tanh(x) = 2\sigma(2x) - 1$", "2x", "x"),
    (r"$\log(ab) = \log a + \log b$", "a + ", "a - "),
]


def changed(old: str, new: str) -> tuple[str, int]:
    """The notes with one place changed and little else than its surroundings; and the line of the place."""
    assert old in NOTES, old
    text = NOTES.replace(old, new, 1)
    lines, kept = text.split("\n"), list[str]()
    place = next(n for n, (a, b) in enumerate(zip(NOTES.split("\n"), lines, strict=True)) if a != b)
    for at, line in enumerate(lines):
        header = line.startswith("|") and (line.startswith("|--") or lines[at + 1].startswith("|--"))
        if at == place or header or not line.startswith(("|", "$$", "The three")):
            kept.append(line)
    return "\n".join(kept), kept.index(lines[place]) + 1


def test_the_notes_are_right() -> None:
    report = check_text(NOTES)
    statuses = [c.judgement.status for c in report.formulas]
    assert len(statuses) == 22 and statuses.count(Status.CONDITIONAL) == 3
    assert set(statuses) == {Status.VERIFIED, Status.MATCHED, Status.CONDITIONAL}
    assert [(f.rule, f.severity) for f in report.findings] == [("SC401", Severity.WARNING)] * 3


@pytest.mark.parametrize(("old", "new"), PLANTED)
def test_a_planted_slip_is_found(old: str, new: str) -> None:
    text, line = changed(old, new)
    errors = [f for f in check_text(text).findings if f.severity is Severity.ERROR]
    assert [f.line for f in errors] == [line]
    (finding,) = errors
    assert finding.rule in ("SC201", "SC202", "SC203")
    assert finding.counterexample is not None and "≠" in finding.counterexample
    assert finding.expected is not None
    assert finding.latex in text.split("\n")[line - 1]


@pytest.mark.parametrize(("old", "new"), HARMLESS)
def test_another_way_to_say_it_is_no_error(old: str, new: str) -> None:
    text, _ = changed(old, new)
    assert [f for f in check_text(text).findings if f.severity is Severity.ERROR] == []


@pytest.mark.parametrize(("text", "old", "new"), HELD_BACK)
def test_other_documents(text: str, old: str, new: str) -> None:
    assert check_text(text).findings == ()
    before, after = text.rsplit(old, 1)
    (finding,) = check_text(before + new + after).findings
    assert finding.severity is Severity.ERROR and finding.counterexample is not None


def test_most_rewritings_are_recognised_and_not_just_passed_over() -> None:
    recognised = 0
    for old, new in HARMLESS:
        text, line = changed(old, new)
        here = [c for c in check_text(text).formulas if c.line == line]
        recognised += all(c.judgement.status is not Status.UNCHECKED for c in here)
    assert recognised >= len(HARMLESS) - 4


QUIET = [
    # approximations, special cases, properties and conventions that differ from the catalog rightly
    "**GELU** is often computed as\n\n$$x \\sigma(1.702 x)$$\n",
    "**GELU**:\n\n$$\\frac{x}{2}\\left(1 + \\tanh\\left(\\sqrt{2/\\pi}(x + 0.044715 x^3)\\right)\\right)$$\n",
    "**Cross-entropy** over a batch:\n\n"
    "$$L = -\\frac{1}{N} \\sum_{n=1}^N \\sum_{c=1}^C y_{nc} \\log \\hat{y}_{nc}$$\n",
    "**KL divergence** of two normal laws:\n\n"
    "$$D_{KL}(p \\| q) = \\frac{1}{2} \\sum_d (\\mu_d^2 + \\sigma_d^2 - 1)$$\n",
    "If all logits are $c$: $\\text{softmax}(c)_i = e^c / \\sum_j e^c = 1/n$.\n",
    "A matrix with $Q^T Q = Q Q^T$ is normal, one with $(AB)^T = BA$ is not typical.\n",
    "$e^{i\\theta} = \\cos\\theta + i \\sin\\theta$\n",
    "Here $\\sigma(x) = \\max(0, x)$, so $\\sigma(x) - \\sigma(-x) = x$ and $\\sigma(2x) = 2\\sigma(x)$.\n",
    "Where is $\\sigma(x) = \\frac{1}{2}$? Where is $\\exp(x) = x + 2$?\n",
    "A common mistake is $\\sigma'(x) = \\sigma(x)(1 + \\sigma(x))$.\n",
    "If they are independent, $P(A, B) = P(A \\mid B) P(B) = P(A) P(B)$.\n",
    "In index notation $\\frac{d}{dx_k} x_i a_{ij} x_j = a_{kj} x_j + x_i a_{ik}$.\n",
    "| Function | Formula | Derivative |\n|---|---|---|\n"
    "| Leaky ReLU | $\\max(\\alpha z, z)$ | $\\alpha$ if $z < 0$, else $1$ |\n",
    "**Leaky ReLU**:\n\n$$f(z) = \\begin{cases} z & z > 0 \\\\ \\alpha z & z \\le 0 \\end{cases}$$\n",
    "**Entropy** in bits: $H(X) = -\\sum_x p(x) \\log_2 p(x)$.\n",
    "**Entropy** of a normal law: $H(X) = \\frac{1}{2} \\log(2 \\pi e \\sigma^2)$.\n",
    "Each **softmax** output: $\\frac{z_i}{\\sum_j z_j}$ would be another choice.\n",
]


@pytest.mark.parametrize("text", QUIET)
def test_what_is_right_in_its_place_is_left_alone(text: str) -> None:
    assert check_text(text).findings == ()


def test_a_wrong_link_in_a_chain_is_one_finding() -> None:
    chain = r"$$\frac{d}{dx} \tanh(x) = 1 + \tanh^2(x) = \frac{4}{(e^x + e^{-x})^2}$$"
    (finding,) = check_text(chain).findings
    assert finding.rule == "SC201" and finding.column == 3
    assert finding.expected is not None and finding.expected.startswith(r"\frac{d}{dx} \tanh(x) = ")
    assert check_text(chain.replace("1 +", "1 -")).findings == ()


def test_a_stated_assumption_is_used() -> None:
    row = "| Name | Formula | Derivative |\n|---|---|---|\n| ReLU | $\\max(0, x)$ | ${}$ |\n"
    cases = "\\begin{cases}1 & x > 0 \\\\ 0 & x \\leq 0\\end{cases}"
    table = row.replace("{}", cases)
    assert [f.rule for f in check_text(table).findings] == ["SC401"]
    report = check_text(f"<!-- symcheck: assume x != 0 -->\n{table}")
    assert report.findings == ()
    assert [c.judgement.status for c in report.formulas] == [Status.MATCHED, Status.VERIFIED]


@pytest.mark.parametrize("order", ["formula=act.softmx", "assume x>>0", "assume x>0; the usual"])
def test_an_order_that_names_nothing_is_an_erratum(order: str) -> None:
    (finding,) = check_text(f"<!-- symcheck: {order} -->\n$$x = x$$\n").findings
    assert finding.rule == "SC190" and order.split("; ")[-1] in finding.message


def test_a_stated_formula_is_what_is_meant() -> None:
    text = "<!-- symcheck: formula=act.softmax -->\n$$f_i = \\frac{e^{z_i}}{\\sum_j e^{-z_j}}$$\n"
    report = check_text(text)
    assert [(f.rule, f.formula) for f in report.findings] == [("SC202", "act.softmax")]
    report = check_text(text.replace("act.softmax", "act.softmix"))
    assert [f.rule for f in report.findings] == ["SC190"]


def test_a_hang_costs_one_formula(tmp_path: Path) -> None:
    deep = "+".join(f"\\sum_{{{k}}} x_{k}^{{99}}" for k in "abcdefgh" * 40)
    path = tmp_path / "a.md"
    path.write_text(f"$$x = {deep}$$\n\n**Entropy**: $H(X) = -\\sum p(x) \\log p(x)$\n")
    report = check_paths([path], jobs=1, config=Config(time_limit=10.0))
    assert [c.judgement.status for c in report.formulas] == [Status.UNCHECKED, Status.MATCHED]


# what is wrong with the sheet itself: a cell that falls apart, and lines that the catalog refutes
SHEET_ERRORS = [
    (17, "SC104"), (54, "SC108"), (258, "SC205"), (336, "SC205"), (554, "SC205"), (661, "SC205"),
]  # fmt: skip
# what holds under a condition only
SHEET_WARNINGS = [
    34, 94, 95, 96, 107, 108, 119, 131, 147, 148, 191, 256, 279, 297, 380, 394, 409, 412, 420, 576,
]  # fmt: skip


@needs_sheet
def test_the_sheet_as_it_is() -> None:
    report = check_paths([SHEET])
    errors = [(f.line, f.rule) for f in report.findings if f.severity is Severity.ERROR]
    assert errors == SHEET_ERRORS
    good = {Status.VERIFIED, Status.MATCHED, Status.CONDITIONAL}
    by_line: dict[int, list[Status]] = {}
    for checked in report.formulas:
        by_line.setdefault(checked.line, []).append(checked.judgement.status)
    for line in (*range(147, 154), 163, 279, 356, *range(428, 433), 434):
        assert set(by_line[line]) <= good, line
    assert all(
        (c.judgement.reason is not None) == (c.judgement.status is Status.UNCHECKED) for c in report.formulas
    )
    warned = [f.line for f in report.findings if f.rule == "SC401"]
    assert warned == SHEET_WARNINGS


@needs_sheet
@pytest.mark.parametrize(
    ("old", "new", "place", "expected"),
    [
        (r"s_i(\delta_{ij} - s_j)", r"s_i(\delta_{ij} + s_j)", (153, 49), r"s_i(\delta_{ij} - s_j)"),
        (
            r"D_{KL}(p \| q) = \sum p(x) \log \frac{p(x)}{q(x)}",
            r"D_{KL}(p \| q) = \sum q(x) \log \frac{q(x)}{p(x)}",
            (430, 20),
            r"D_{KL}(p \| q) = \sum p(x) \log \frac{p(x)}{q(x)}",
        ),
    ],
)
def test_a_slip_in_the_sheet(
    tmp_path: Path, old: str, new: str, place: tuple[int, int], expected: str
) -> None:
    copy = tmp_path / "sheet.md"
    shutil.copy(SHEET, copy)
    text = copy.read_text(encoding="utf-8")
    assert text.count(old) == 1
    copy.write_text(text.replace(old, new), encoding="utf-8")
    report = check_paths([copy])
    assert report.exit_code() == 1
    errors = [f for f in report.findings if f.severity is Severity.ERROR]
    (finding,) = [f for f in errors if (f.line, f.rule) not in SHEET_ERRORS]
    assert (finding.line, finding.column) == place
    assert finding.latex == new and finding.expected == expected
    assert finding.counterexample is not None and "≠" in finding.counterexample
