"""Rules about probabilities, moments and information that one of their sides gives away, as data (``rules``
says what is asked of them)."""

from __future__ import annotations

from itertools import permutations

from symcheck.gate.standards.identity import Identity, particular, rules

_CHANCE = "E P H I D V"


def chance(*relations: str, words: str = "", unless: str = "", only: str = "") -> tuple[Identity, ...]:
    """Rules in which ``P``, ``E`` and the like stand for what they always do."""
    return rules(*relations, fixed=_CHANCE, words=words, unless=unless, only=only)


PARTICULAR = particular(
    r"P(A \cup B) = P(A) + P(B) - P(A) P(B)",
    r"P(A \cup B) = P(A) + P(B)",
    r"P(\bigcup_i A_i) = \sum_i P(A_i)",
    r"P(A \cap B) = P(A) P(B)",
    r"P(A, B) = P(A) P(B)",
    r"P(A, B, C) = P(A) P(B) P(C)",
    *(f"P(A, B, C) = P({a}) P({b} | {a}) P({c} | {b})" for a, b, c in permutations("ABC")),
    r"E[X Y] = E[X] E[Y]",
    r"H(X, Y) = H(X) + H(Y)",
    r"\Var(\sum_i X_i) = \sum_i \Var(X_i)",
    r"\Cov(A X, B Y) = A \Cov(X, Y) B^\top",
    r"\Cov(A X) = A \Cov(X) A^\top",
    r"\Var(A X) = A \Var(X) A^\top",
    fixed=_CHANCE,
)

CHANCE = (
    *chance(
        r"P(A \cup B) = P(A) + P(B) - P(A \cap B)",
        r"P(A \cup B) = P(A) + P(B) - P(A, B)",
        r"P(A \cup B) \leq P(A) + P(B)",
        r"P(\bigcup_i A_i) \leq \sum_i P(A_i)",
        r"P(A^c) = 1 - P(A)",
        r"P(\neg A) = 1 - P(A)",
        r"P(A \cap B) = P(A | B) P(B)",
        r"P(A \cap B) = P(B | A) P(A)",
        r"P(A, B) = P(A | B) P(B)",
        r"P(A, B) = P(B | A) P(A)",
        r"P(A | B) = \frac{P(B | A) P(A)}{P(B)}",
        r"P(A | B) = \frac{P(A \cap B)}{P(B)}",
        r"P(A | B) = \frac{P(A, B)}{P(B)}",
        r"P(A | B) = \frac{P(B, A)}{P(B)}",
        unless="copula quasi",
    ),
    *chance(
        *(
            f"P(A, B, C) = P({a}) P({b} | {a}) P({c} | {', '.join(given)})"
            for a, b, c in permutations("ABC")
            for given in ((a, b), (b, a))
        ),
        unless="network graph DAG Markov independen",
    ),
    *chance(
        *(
            rf"P({left}) = \prod_{{t=1}}^T P({of} | {given})"
            for left in (r"x_1, \ldots, x_T", r"x_1, x_2, \ldots, x_T", "x_{1:T}", "x")
            for of, given in (
                ("x_t", r"x_1, \ldots, x_{t-1}"), ("x_t", "x_{1:t-1}"), ("x_t", "x_{<t}"),
                ("x_t", r"x_{t-1}, \ldots, x_1"),
            )
        ),
        unless="Markov order",
    ),
    *chance(
        r"P(x) = \sum_z P(x | z) P(z)",
        r"P(x) = \sum_z P(x, z)",
        r"P(x) = \sum_i P(x | z_i) P(z_i)",
        r"P(x) = \int P(x | z) P(z) \, dz",
        r"P(x) = \int P(x, z) \, dz",
    ),
    *chance(
        r"\Var(a X) = a^2 \Var(X)",
        r"\Var(a X + b) = a^2 \Var(X)",
        r"\Var(X + b) = \Var(X)",
        r"\Var(X) = E[X^2] - E[X]^2",
        r"\Var(X) = E[(X - E[X])^2]",
        r"\Var(X) = E[(X - \mu)^2]",
        r"\Var(X) = E[X^2] - \mu^2",
        r"\Var(X) = E[\Var(X | Y)] + \Var(E[X | Y])",
        r"V(X) = E[X^2] - E[X]^2",
        r"V(X) = E[(X - E[X])^2]",
        r"V(a X + b) = a^2 V(X)",
        r"E[X^2] = \Var(X) + E[X]^2",
        r"E[X^2] = \sigma^2 + \mu^2",
        r"E[a X + b] = a E[X] + b",
        r"E[a X] = a E[X]",
        r"E[X + Y] = E[X] + E[Y]",
        r"E[X - Y] = E[X] - E[Y]",
        r"E[a X + b Y] = a E[X] + b E[Y]",
        r"E[\sum_i X_i] = \sum_i E[X_i]",
        r"E[X Y] = E[X] E[Y] + \Cov(X, Y)",
        r"\Cov(X, Y) = E[X Y] - E[X] E[Y]",
        r"\Cov(X, Y) = E[(X - E[X]) (Y - E[Y])]",
        r"\Cov(X, Y) = E[(X - \mu_X) (Y - \mu_Y)]",
        r"\Cov(a X, b Y) = a b \Cov(X, Y)",
        r"\Cov(a X + b, c Y + d) = a c \Cov(X, Y)",
        r"\Cov(X, X) = \Var(X)",
        r"\Cov(A x + b) = A \Cov(x) A^\top",
        r"\Cov(A x) = A \Cov(x) A^\top",
    ),
    *chance(
        r"\Var(X + Y) = \Var(X) + \Var(Y) + 2 \Cov(X, Y)",
        r"\Var(X - Y) = \Var(X) + \Var(Y) - 2 \Cov(X, Y)",
        r"\Var(X + Y) = \Var(X) + \Var(Y)",
        r"\Var(X - Y) = \Var(X) + \Var(Y)",
        r"\Var(a X + b Y) = a^2 \Var(X) + b^2 \Var(Y) + 2 a b \Cov(X, Y)",
        r"\Var(a X + b Y) = a^2 \Var(X) + b^2 \Var(Y)",
    ),
)  # fmt: skip

INFORMATION = (
    *chance(
        r"H(X, Y) = H(X) + H(Y | X)",
        r"H(X, Y) = H(Y) + H(X | Y)",
        r"H(X, Y) = H(X) + H(Y) - I(X; Y)",
        r"H(p, q) = H(p) + D(p \| q)",
        r"H(X, Y) = -\sum_x p(x) \log q(x)",
        r"H(X, Y) = -\sum_{x, y} p(x, y) \log p(x, y)",
        r"H(Y | X) = H(X, Y) - H(X)",
        r"I(X; Y) = H(X) - H(X | Y)",
        r"I(X; Y) = H(Y) - H(Y | X)",
        r"I(X; Y) = H(X) + H(Y) - H(X, Y)",
        r"I(X; Y) = H(X, Y) - H(X | Y) - H(Y | X)",
        r"I(X; Y) = D(p(x, y) \| p(x) p(y))",
        r"D(p \| q) = H(p, q) - H(p)",
        unless="independen",
    ),
    *chance(r"D(p \| q) \geq 0", unless="reverse"),
    *chance(r"I(X; Y) \geq 0", r"I(X; Y) = I(Y; X)"),
    *chance(r"H(X | Y) \leq H(X)", words="entrop"),
)
