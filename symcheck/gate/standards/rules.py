"""Rules that one side gives away, as data: who writes ``(AB)^T`` or ``Var(aX + b)`` in front of a relation
means the rule about it, so that another side with one slip in it is wrong.

Every form that is right for a left side stands here: what is one of them is never compared with the others.
``words`` are needed near the relation where its form alone does not tell, ``unless`` are words that make it
another matter.
"""

from __future__ import annotations

from itertools import permutations

from symcheck.gate.standards.identity import Identity

_CHANCE = "E P H I D V"


def _rules(
    *relations: str,
    fixed: str = "",
    whole: str = "",
    ordered: bool = False,
    words: str = "",
    unless: str = "",
    only: str = "",
) -> tuple[Identity, ...]:
    return tuple(
        Identity(
            relation,
            ordered=ordered,
            words=words,
            unless=unless,
            fixed=frozenset(fixed.split()),
            whole=frozenset(whole.split()),
            telling=True,
            only=frozenset(filter(None, only.split(";"))),
        )
        for relation in relations
    )


def _particular(*relations: str, fixed: str = "") -> tuple[Identity, ...]:
    """What is right of things of a kind (independent, orthogonal), and no measure of others."""
    return tuple(Identity(relation, fixed=frozenset(fixed.split())) for relation in relations)


def _chance(*relations: str, words: str = "", unless: str = "", only: str = "") -> tuple[Identity, ...]:
    return _rules(*relations, fixed=_CHANCE, words=words, unless=unless, only=only)


def _gradients(variable: str, of: str, *values: str) -> tuple[str, ...]:
    """A derivative in the ways of writing one."""
    ways = (
        rf"\nabla_{variable} {of}",
        rf"\frac{{\partial}}{{\partial {variable}}} {of}",
        rf"\nabla_{variable} ({of})",
    )
    return tuple(f"{way} = {value}" for way in ways for value in values)


MATRICES = (
    *_rules(
        r"(A B)^\top = B^\top A^\top",
        r"(A B)^{-1} = B^{-1} A^{-1}",
        r"(A B C)^\top = C^\top B^\top A^\top",
        r"(A B C)^{-1} = C^{-1} B^{-1} A^{-1}",
        r"\operatorname{tr}(A B) = \operatorname{tr}(B A)",
        r"\operatorname{tr}(A B C) = \operatorname{tr}(B C A)",
        r"\operatorname{tr}(A B C) = \operatorname{tr}(C A B)",
        r"(A + B)^2 = A^2 + A B + B A + B^2",
        ordered=True,
    ),
    *_rules(
        r"(A + B)^\top = A^\top + B^\top",
        r"(A^\top)^{-1} = (A^{-1})^\top",
        r"(A^\top)^\top = A",
        r"\det(c A) = c^n \det(A)",
        r"\det(A^{-1}) = \frac{1}{\det(A)}",
        r"\det(A B) = \det(A) \det(B)",
        r"\det(A^\top) = \det(A)",
        r"\operatorname{tr}(A + B) = \operatorname{tr}(A) + \operatorname{tr}(B)",
        r"\operatorname{tr}(A^\top) = \operatorname{tr}(A)",
        r"(A + U C V)^{-1} = A^{-1} - A^{-1} U (C^{-1} + V A^{-1} U)^{-1} V A^{-1}",
        r"(A + u v^\top)^{-1} = A^{-1} - \frac{A^{-1} u v^\top A^{-1}}{1 + v^\top A^{-1} u}",
    ),
    *_rules(
        r"\det(A) = \prod_{i=1}^n \lambda_i",
        r"\operatorname{tr}(A) = \sum_{i=1}^n \lambda_i",
        r"\operatorname{tr}(A) = \sum_{i=1}^n A_{ii}",
        r"\operatorname{tr}(A) = \sum_{i=1}^n a_{ii}",
        fixed="lambda",
    ),
    *_rules(
        *(
            rf"x^\top A x = {total} {entry}_{{ij}} x_i x_j"
            for total in (r"\sum_i \sum_j", r"\sum_{i,j}")
            for entry in "Aa"
        ),
        r"(A B)_{ij} = \sum_k A_{ik} B_{kj}",
        r"(A x)_i = \sum_j A_{ij} x_j",
        r"(A^\top)_{ij} = A_{ji}",
    ),
)

GRADIENTS = (
    *_rules(
        *_gradients("x", r"x^\top A x", r"(A + A^\top) x", "2 A x", r"x^\top (A + A^\top)", r"2 x^\top A"),
        *_gradients("x", r"x^\top x", "2 x", r"2 x^\top"),
        *_gradients("x", r"b^\top x", "b", r"b^\top"),
        *_gradients("x", r"x^\top b", "b", r"b^\top"),
        *(
            relation
            for norm in (r"\|A x - b\|^2", r"\|A x - b\|_2^2")
            for relation in _gradients(
                "x", norm, r"2 A^\top (A x - b)", r"-2 A^\top (b - A x)", r"2 (A x - b)^\top A",
                r"2 A^\top A x - 2 A^\top b",
            )
        ),
        *(
            relation
            for norm in (r"\frac12 \|A x - b\|^2", r"\frac12 \|A x - b\|_2^2")
            for relation in _gradients(
                "x", norm, r"A^\top (A x - b)", r"-A^\top (b - A x)", r"(A x - b)^\top A",
                r"A^\top A x - A^\top b",
            )
        ),
        *_gradients("x", r"\|x\|_2^2", "2 x", r"2 x^\top"),
        *_gradients("X", r"\log \det(X)", r"X^{-\top}", r"X^{-1}", r"(X^{-1})^\top"),
        *_gradients("X", r"\log |X|", r"X^{-\top}", r"X^{-1}", r"(X^{-1})^\top"),
        *_gradients("X", r"\operatorname{tr}(A X)", r"A^\top", "A"),
        *_gradients("X", r"\operatorname{tr}(X^\top A)", "A", r"A^\top"),
        *_gradients("X", r"\operatorname{tr}(X^\top A X)", r"(A + A^\top) X", "2 A X"),
        *_gradients("X", r"\det(X)", r"\det(X) X^{-\top}", r"\det(X) X^{-1}", r"\det(X) (X^{-1})^\top"),
    ),
)  # fmt: skip

NORMS = (
    *_rules(
        r"\|x\|_2 = \sqrt{\sum_i x_i^2}",
        r"\|x\|_2 = (\sum_i x_i^2)^{1/2}",
        r"\|x\|_2 = \sqrt{\sum_i |x_i|^2}",
        r"\|x\|_2 = \sqrt{x^\top x}",
        r"\|x\|_2 = \sqrt{x \cdot x}",
        r"\|x\|_2 = \sqrt{\langle x, x \rangle}",
        r"\|x\|_2 = \sqrt{x_1^2 + \cdots + x_n^2}",
        r"\|x\|_2 = \sqrt{x_1^2 + x_2^2 + \cdots + x_n^2}",
        r"\|x\|_2^2 = \sum_i x_i^2",
        r"\|x\|_2^2 = x^\top x",
        r"\|x\|_2^2 = x \cdot x",
        r"\|x\|_2^2 = \langle x, x \rangle",
        r"\|x\|_2^2 = x_1^2 + x_2^2 + \cdots + x_n^2",
        r"\|x\|_p = (\sum_i |x_i|^p)^{1/p}",
        r"\|x\|_p^p = \sum_i |x_i|^p",
        r"\|x\|_\infty = \max_i |x_i|",
        r"\|x\|_\infty = \lim_{p \to \infty} \|x\|_p",
        unless="matrix operator spectral mean average root-mean-square RMS weighted",
    ),
    *_rules(
        r"\|x\|_1 = \sum_i |x_i|",
        r"\|x\|_1 = |x_1| + |x_2| + \cdots + |x_n|",
        unless="matrix operator nonneg non-neg positive probab simplex mean average",
    ),
    *_rules(
        r"\|x\| = \sqrt{\sum_i x_i^2}",
        r"\|x\| = \sqrt{x^\top x}",
        r"\|x\| = \sqrt{x \cdot x}",
        r"\|x\| = \sqrt{\langle x, x \rangle}",
        words="euclid ell_2 2-norm L2",
        unless="squared matrix",
    ),
    *_rules(
        *(
            f"{side} = {value.format(total)}"
            for total in (
                r"\sum_i \sum_j A_{ij}^2",
                r"\sum_{i,j} A_{ij}^2",
                r"\sum_i \sum_j |A_{ij}|^2",
                r"\sum_{i,j} |A_{ij}|^2",
                r"\sum_i \sum_j a_{ij}^2",
                r"\sum_{i,j} a_{ij}^2",
                r"\sum_i \sum_j |a_{ij}|^2",
                r"\sum_{i,j} |a_{ij}|^2",
                r"\operatorname{tr}(A^\top A)",
                r"\operatorname{tr}(A A^\top)",
                r"\sum_i \sigma_i^2",
            )
            for side, value in ((r"\|A\|_F", r"\sqrt{{{}}}"), (r"\|A\|_F^2", "{}"))
        ),
        fixed="F sigma",
    ),
    *(
        identity
        for norm in (r"\|{}\|^2", r"\|{}\|_2^2")
        for sign in "-+"
        for identity in _rules(
            *(
                f"{norm.format(f'u {sign} v')} = {norm.format('u')} {sign} 2 {product} + {norm.format('v')}"
                for product in (r"u^\top v", r"v^\top u", r"u \cdot v", r"\langle u, v \rangle")
            ),
            f"{norm.format(f'u {sign} v')} = (u {sign} v)^\\top (u {sign} v)",
            f"{norm.format(f'u {sign} v')} = \\sum_i (u_i {sign} v_i)^2",
            f"{norm.format(f'u {sign} v')} = u^\\top u {sign} 2 u^\\top v + v^\\top v",
            unless="orthogonal perpendicular parallelogram unit normali",
        )
    ),
    *(
        identity
        for norm in (r"\|{}\|", r"\|{}\|_2")
        for identity in _rules(
            *(
                f"{product} = {norm.format('u')} {norm.format('v')} \\cos \\theta"
                for product in (r"u^\top v", r"u \cdot v", r"\langle u, v \rangle")
            ),
            *(
                f"\\cos \\theta = \\frac{{{product}}}{{{norm.format('u')} {norm.format('v')}}}"
                for product in (r"u^\top v", r"u \cdot v", r"\langle u, v \rangle")
            ),
            *(
                f"\\cos(u, v) = \\frac{{{product}}}{{{norm.format('u')} {norm.format('v')}}}"
                for product in (r"u^\top v", r"u \cdot v", r"\langle u, v \rangle")
            ),
            fixed="theta",
            unless="unit normali",
        )
    ),
)

SPECIAL = _particular(
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
) + _particular(
    r"\|u - v\|^2 = \|u\|^2 + \|v\|^2",
    r"\|u + v\|^2 = \|u\|^2 + \|v\|^2",
    r"\|u + v\|_2^2 = \|u\|_2^2 + \|v\|_2^2",
    r"(c f)' = c f'",
)

CHANCE = (
    *_chance(
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
    *_chance(
        *(
            f"P(A, B, C) = P({a}) P({b} | {a}) P({c} | {', '.join(given)})"
            for a, b, c in permutations("ABC")
            for given in ((a, b), (b, a))
        ),
        unless="network graph DAG Markov independen",
    ),
    *_chance(
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
    *_chance(
        r"P(x) = \sum_z P(x | z) P(z)",
        r"P(x) = \sum_z P(x, z)",
        r"P(x) = \sum_i P(x | z_i) P(z_i)",
        r"P(x) = \int P(x | z) P(z) \, dz",
        r"P(x) = \int P(x, z) \, dz",
    ),
    *_chance(
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
    *_chance(
        r"\Var(X + Y) = \Var(X) + \Var(Y) + 2 \Cov(X, Y)",
        r"\Var(X - Y) = \Var(X) + \Var(Y) - 2 \Cov(X, Y)",
        r"\Var(X + Y) = \Var(X) + \Var(Y)",
        r"\Var(X - Y) = \Var(X) + \Var(Y)",
        r"\Var(a X + b Y) = a^2 \Var(X) + b^2 \Var(Y) + 2 a b \Cov(X, Y)",
        r"\Var(a X + b Y) = a^2 \Var(X) + b^2 \Var(Y)",
    ),
)  # fmt: skip

INFORMATION = (
    *_chance(
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
    *_chance(r"D(p \| q) \geq 0", unless="reverse"),
    *_chance(r"I(X; Y) \geq 0", r"I(X; Y) = I(Y; X)"),
    *_chance(r"H(X | Y) \leq H(X)", words="entrop"),
)

INEQUALITIES = (
    *_rules(
        r"\|x + y\| \leq \|x\| + \|y\|",
        r"|x + y| \leq |x| + |y|",
        r"\|x + y\|_2 \leq \|x\|_2 + \|y\|_2",
        r"\|x + y\|_p \leq \|x\|_p + \|y\|_p",
        r"\|x - z\| \leq \|x - y\| + \|y - z\|",
        r"|\|x\| - \|y\|| \leq \|x - y\|",
        r"|\langle x, y \rangle| \leq \|x\| \|y\|",
        r"|\langle x, y \rangle| \leq \|x\|_2 \|y\|_2",
        r"|x^\top y| \leq \|x\| \|y\|",
        r"|x^\top y| \leq \|x\|_2 \|y\|_2",
        r"|x \cdot y| \leq \|x\| \|y\|",
        r"|\langle x, y \rangle|^2 \leq \|x\|^2 \|y\|^2",
        r"|\langle x, y \rangle|^2 \leq \langle x, x \rangle \langle y, y \rangle",
        r"(x^\top y)^2 \leq (x^\top x) (y^\top y)",
        r"(\sum_i x_i y_i)^2 \leq (\sum_i x_i^2) (\sum_i y_i^2)",
        r"\sum_i |x_i y_i| \leq \|x\|_p \|y\|_q",
        r"\|A B\| \leq \|A\| \|B\|",
        r"\|A x\| \leq \|A\| \|x\|",
        r"\|A B\|_F \leq \|A\|_F \|B\|_F",
        unless="reverse orthogonal",
        fixed="F",
    ),
    *_rules(r"d(x, z) \leq d(x, y) + d(y, z)", words="triangle metric distance"),
    *_rules(
        r"\frac{a + b}{2} \geq \sqrt{a b}",
        r"\sqrt{a b} \leq \frac{a + b}{2}",
        r"a b \leq \frac{a^2 + b^2}{2}",
        r"2 a b \leq a^2 + b^2",
        r"a b \leq \frac{a^p}{p} + \frac{b^q}{q}",
    ),
    *_rules(r"1 + x \leq e^x", r"\log x \leq x - 1", r"\log(1 + x) \leq x", r"1 - x \leq e^{-x}"),
    *_chance(
        r"f(E[X]) \leq E[f(X)]",
        r"f(\sum_i \lambda_i x_i) \leq \sum_i \lambda_i f(x_i)",
        r"f(\lambda x + (1 - \lambda) y) \leq \lambda f(x) + (1 - \lambda) f(y)",
        r"f(t x + (1 - t) y) < t f(x) + (1 - t) f(y)",
        r"f(y) \geq f(x) + \nabla f(x)^\top (y - x)",
        r"f(y) \geq f(x) + \langle \nabla f(x), y - x \rangle",
        r"f(y) \geq f(x) + f'(x) (y - x)",
        r"f(y) \geq f(x) + \nabla f(x)^\top (y - x) + \frac{\mu}{2} \|y - x\|^2",
        r"f(y) \geq f(x) + \nabla f(x)^\top (y - x) + \frac{\mu}{2} \|y - x\|_2^2",
        words="convex Jensen",
        unless="concave smooth Lipschitz quasi",
    ),
    *_chance(
        r"f(E[X]) \geq E[f(X)]",
        r"f(\sum_i \lambda_i x_i) \geq \sum_i \lambda_i f(x_i)",
        r"f(\lambda x + (1 - \lambda) y) \geq \lambda f(x) + (1 - \lambda) f(y)",
        words="concave",
        unless="convex quasi",
    ),
    *_rules(
        r"f(y) \leq f(x) + \nabla f(x)^\top (y - x) + \frac{L}{2} \|y - x\|^2",
        r"f(y) \leq f(x) + \nabla f(x)^\top (y - x) + \frac{L}{2} \|y - x\|_2^2",
        r"f(y) \leq f(x) + \langle \nabla f(x), y - x \rangle + \frac{L}{2} \|y - x\|^2",
        words="smooth Lipschitz descent lemma",
        unless="convex",
    ),
    *_rules(
        r"\|f(x) - f(y)\| \leq L \|x - y\|",
        r"|f(x) - f(y)| \leq L |x - y|",
        r"|f(x) - f(y)| \leq L \|x - y\|",
        r"\|\nabla f(x) - \nabla f(y)\| \leq L \|x - y\|",
        words="Lipschitz smooth",
        unless="bi-Lipschitz strongly",
    ),
    *_chance(
        r"\log E[X] \geq E[\log X]",
        r"E[\log X] \leq \log E[X]",
        r"E[X]^2 \leq E[X^2]",
        r"e^{E[X]} \leq E[e^X]",
        r"|E[X]| \leq E[|X|]",
        r"|E[X Y]| \leq \sqrt{E[X^2] E[Y^2]}",
        r"E[X Y]^2 \leq E[X^2] E[Y^2]",
    ),
    *_chance(
        r"P(X \geq a) \leq \frac{E[X]}{a}",
        r"P(X > a) \leq \frac{E[X]}{a}",
        words="Markov",
    ),
    *_chance(
        r"P(|X - \mu| \geq k \sigma) \leq \frac{1}{k^2}",
        r"P(|X - \mu| > k \sigma) \leq \frac{1}{k^2}",
        r"P(|X - \mu| \geq a) \leq \frac{\sigma^2}{a^2}",
        r"P(|X - \mu| > a) \leq \frac{\sigma^2}{a^2}",
        r"P(|X - E[X]| \geq a) \leq \frac{\Var(X)}{a^2}",
        r"P(|X - E[X]| > a) \leq \frac{\Var(X)}{a^2}",
        r"P(|X - \mu| \geq a) \leq \frac{\Var(X)}{a^2}",
        words="Chebyshev Tschebysch Chebysh",
        unless="multidim one-sided",
    ),
    *_chance(
        r"P(|X - \mu| \geq t) \leq 2 e^{-2 n t^2}",
        r"P(X - \mu \geq t) \leq e^{-2 n t^2}",
        r"P(|X - \mu| > t) \leq 2 e^{-2 n t^2}",
        r"P(X - \mu > t) \leq e^{-2 n t^2}",
        words="Hoeffding",
        only="sign;relation",
    ),
    *_chance(r"P(X \geq a) \leq e^{-t a} E[e^{t X}]", words="Chernoff"),
    *_chance(
        r"\log P(x) \geq E_q\left[\log \frac{P(x, z)}{q(z)}\right]",
        r"\log P(x) \geq E_{q(z)}\left[\log \frac{P(x, z)}{q(z)}\right]",
        r"\log P(x) \geq E_{q(z | x)}\left[\log \frac{P(x, z)}{q(z | x)}\right]",
        r"\log P(x) \geq E_{q(z | x)}[\log P(x | z)] - D(q(z | x) \| P(z))",
    ),
    *_rules(r"x^\top A x > 0", words="positive definite", unless="negative semi indefinite"),
    *_rules(
        r"x^\top A x \geq 0", words="semidefinite semi-definite PSD", unless="negative indefinite"
    ),
    *_rules(
        r"\max_y \min_x f(x, y) \leq \min_x \max_y f(x, y)",
        r"\sup_y \inf_x f(x, y) \leq \inf_x \sup_y f(x, y)",
    ),
)  # fmt: skip

FUNCTIONS = (
    *_rules(
        r"\log \prod_i y = \sum_i \log y",
        r"-\log \prod_i y = -\sum_i \log y",
        r"\exp(\sum_i y) = \prod_i \exp(y)",
        r"\exp(\sum_i \log y) = \prod_i y",
        r"\prod_i \exp(y) = \exp(\sum_i y)",
        whole="y",
    ),
    *_rules(
        r"\log \sum_i e^{x_i} = m + \log \sum_i e^{x_i - m}",
        r"\frac{d}{dx} \frac{f(x)}{g(x)} = \frac{f'(x) g(x) - f(x) g'(x)}{g(x)^2}",
        r"\frac{d}{dx} (f(x) g(x)) = f'(x) g(x) + f(x) g'(x)",
        r"\frac{d}{dx} f(g(x)) = f'(g(x)) g'(x)",
        r"(f \circ g)'(x) = f'(g(x)) g'(x)",
        r"\int u \, dv = u v - \int v \, du",
    ),
    *_rules(
        r"(f g)' = f' g + f g'",
        r"\left(\frac{f}{g}\right)' = \frac{f' g - f g'}{g^2}",
        words="product rule quotient rule",
        unless="convol",
    ),
    *_rules(
        r"\sigma'(x) = \sigma(x) (1 - \sigma(x))",
        r"\sigma(-x) = 1 - \sigma(x)",
        r"1 - \sigma(x) = \sigma(-x)",
        r"\frac{d \sigma}{d x} = \sigma(x) (1 - \sigma(x))",
        r"\sigma' = \sigma (1 - \sigma)",
        fixed="sigma",
        words="sigmoid logistic",
        unless="tanh",
    ),
    *_rules(r"\tanh'(x) = 1 - \tanh^2(x)", r"\tanh' = 1 - \tanh^2"),
)

SERIES = _rules(
    r"\sum_{n=0}^\infty r^n = \frac{1}{1-r}",
    r"\sum_{n=1}^\infty r^n = \frac{r}{1-r}",
    r"\sum_{k=0}^n r^k = \frac{1 - r^{n+1}}{1 - r}",
    r"\sum_{k=0}^n r^k = \frac{r^{n+1} - 1}{r - 1}",
    r"\sum_{k=0}^{n-1} r^k = \frac{1 - r^n}{1 - r}",
    r"\sum_{k=0}^{n-1} r^k = \frac{r^n - 1}{r - 1}",
    r"\sum_{k=1}^n k = \frac{n(n+1)}{2}",
    r"\sum_{k=1}^n k^2 = \frac{n(n+1)(2n+1)}{6}",
    r"\sum_{k=1}^n k^3 = \left(\frac{n(n+1)}{2}\right)^2",
    r"\sum_{k=0}^n \binom{n}{k} = 2^n",
    r"\lim_{x \to 0} \frac{\sin x}{x} = 1",
    r"e^x = \sum_{n=0}^\infty \frac{x^n}{n!}",
    r"\sum_{n=0}^\infty \frac{x^n}{n!} = e^x",
    r"(x + y)^n = \sum_{k=0}^n \binom{n}{k} x^{n-k} y^k",
    r"(x + y)^n = \sum_{k=0}^n \binom{n}{k} x^k y^{n-k}",
    r"\binom{n}{k} = \frac{n!}{k!(n-k)!}",
    r"\binom{n}{k} = \binom{n-1}{k-1} + \binom{n-1}{k}",
    r"\binom{n}{k} = \binom{n}{n-k}",
    r"\Gamma(x + 1) = x \Gamma(x)",
    r"\Gamma(n + 1) = n!",
    r"\Gamma(n) = (n - 1)!",
    r"\int_{-\infty}^\infty e^{-x^2} \, dx = \sqrt{\pi}",
    r"\int_{-\infty}^\infty e^{-a x^2} \, dx = \sqrt{\frac{\pi}{a}}",
    r"\int_{-\infty}^\infty e^{-x^2 / 2} \, dx = \sqrt{2 \pi}",
    r"\int_{-\infty}^\infty e^{-\frac{x^2}{2 \sigma^2}} \, dx = \sqrt{2 \pi} \sigma",
    r"\int_{-\infty}^\infty e^{-\frac{x^2}{2 \sigma^2}} \, dx = \sqrt{2 \pi \sigma^2}",
    r"\int_0^\infty e^{-a x} \, dx = \frac{1}{a}",
    fixed="e Gamma",
)

UPDATES = (
    *_rules(
        r"x_{t+1} = x_t - \eta \nabla f(x_t)",
        r"x = x - \eta \nabla f(x)",
        r"x = x - \eta \nabla_x f(x)",
        r"x_{t+1} = x_t - \eta \nabla_x f(x_t)",
        r"x = x - \eta \frac{\partial f}{\partial x}",
        words="gradient descent learning rate step size",
        unless="ascent maximi momentum normali scaled Newton natural reward likelihood",
    ),
    *_rules(
        r"x_{t+1} = x_t - \frac{f'(x_t)}{f''(x_t)}",
        r"x_{t+1} = x_t - \frac{f(x_t)}{f'(x_t)}",
        words="Newton",
    ),
    *_rules(r"V(s) = V(s) + \alpha (r + \gamma V(t) - V(s))"),
)

RULES = (
    *MATRICES, *GRADIENTS, *NORMS, *SPECIAL, *CHANCE, *INFORMATION, *INEQUALITIES, *FUNCTIONS, *SERIES,
    *UPDATES,
)  # fmt: skip
