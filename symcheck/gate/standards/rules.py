"""Rules that one side gives away, as data: who writes ``(AB)^T`` or ``Var(aX + b)`` in front of a relation
means the rule about it, so that another side with one slip in it is wrong.

Every form that is right for a left side stands here: what is one of them is never compared with the others.
``words`` are needed near the relation where its form alone does not tell, ``unless`` are words that make it
another matter.
"""

from __future__ import annotations

from symcheck.gate.standards.chance_rules import CHANCE, INFORMATION, PARTICULAR, chance
from symcheck.gate.standards.identity import particular, rules


def _gradients(variable: str, of: str, *values: str) -> tuple[str, ...]:
    """A derivative in the ways of writing one."""
    ways = (
        rf"\nabla_{variable} {of}",
        rf"\frac{{\partial}}{{\partial {variable}}} {of}",
        rf"\nabla_{variable} ({of})",
    )
    return tuple(f"{way} = {value}" for way in ways for value in values)


MATRICES = (
    *rules(
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
    *rules(
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
    *rules(
        r"\det(A) = \prod_{i=1}^n \lambda_i",
        r"\operatorname{tr}(A) = \sum_{i=1}^n \lambda_i",
        r"\operatorname{tr}(A) = \sum_{i=1}^n A_{ii}",
        r"\operatorname{tr}(A) = \sum_{i=1}^n a_{ii}",
        fixed="lambda",
    ),
    *rules(
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
    *rules(
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
    *rules(
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
    *rules(
        r"\|x\|_1 = \sum_i |x_i|",
        r"\|x\|_1 = |x_1| + |x_2| + \cdots + |x_n|",
        unless="matrix operator nonneg non-neg positive probab simplex mean average",
    ),
    *rules(
        r"\|x\| = \sqrt{\sum_i x_i^2}",
        r"\|x\| = \sqrt{x^\top x}",
        r"\|x\| = \sqrt{x \cdot x}",
        r"\|x\| = \sqrt{\langle x, x \rangle}",
        words="euclid ell_2 2-norm L2",
        unless="squared matrix",
    ),
    *rules(
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
        for identity in rules(
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
        for identity in rules(
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

SPECIAL = particular(
    r"\|u - v\|^2 = \|u\|^2 + \|v\|^2",
    r"\|u + v\|^2 = \|u\|^2 + \|v\|^2",
    r"\|u + v\|_2^2 = \|u\|_2^2 + \|v\|_2^2",
    r"(c f)' = c f'",
)

INEQUALITIES = (
    *rules(
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
    *rules(r"d(x, z) \leq d(x, y) + d(y, z)", words="triangle metric distance"),
    *rules(
        r"\frac{a + b}{2} \geq \sqrt{a b}",
        r"\sqrt{a b} \leq \frac{a + b}{2}",
        r"a b \leq \frac{a^2 + b^2}{2}",
        r"2 a b \leq a^2 + b^2",
        r"a b \leq \frac{a^p}{p} + \frac{b^q}{q}",
    ),
    *rules(r"1 + x \leq e^x", r"\log x \leq x - 1", r"\log(1 + x) \leq x", r"1 - x \leq e^{-x}"),
    *chance(
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
    *chance(
        r"f(E[X]) \geq E[f(X)]",
        r"f(\sum_i \lambda_i x_i) \geq \sum_i \lambda_i f(x_i)",
        r"f(\lambda x + (1 - \lambda) y) \geq \lambda f(x) + (1 - \lambda) f(y)",
        words="concave",
        unless="convex quasi",
    ),
    *rules(
        r"f(y) \leq f(x) + \nabla f(x)^\top (y - x) + \frac{L}{2} \|y - x\|^2",
        r"f(y) \leq f(x) + \nabla f(x)^\top (y - x) + \frac{L}{2} \|y - x\|_2^2",
        r"f(y) \leq f(x) + \langle \nabla f(x), y - x \rangle + \frac{L}{2} \|y - x\|^2",
        words="smooth Lipschitz descent lemma",
        unless="convex",
    ),
    *rules(
        r"\|f(x) - f(y)\| \leq L \|x - y\|",
        r"|f(x) - f(y)| \leq L |x - y|",
        r"|f(x) - f(y)| \leq L \|x - y\|",
        r"\|\nabla f(x) - \nabla f(y)\| \leq L \|x - y\|",
        words="Lipschitz smooth",
        unless="bi-Lipschitz strongly",
    ),
    *chance(
        r"\log E[X] \geq E[\log X]",
        r"E[\log X] \leq \log E[X]",
        r"E[X]^2 \leq E[X^2]",
        r"e^{E[X]} \leq E[e^X]",
        r"|E[X]| \leq E[|X|]",
        r"|E[X Y]| \leq \sqrt{E[X^2] E[Y^2]}",
        r"E[X Y]^2 \leq E[X^2] E[Y^2]",
    ),
    *chance(
        r"P(X \geq a) \leq \frac{E[X]}{a}",
        r"P(X > a) \leq \frac{E[X]}{a}",
        words="Markov",
    ),
    *chance(
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
    *chance(
        r"P(|X - \mu| \geq t) \leq 2 e^{-2 n t^2}",
        r"P(X - \mu \geq t) \leq e^{-2 n t^2}",
        r"P(|X - \mu| > t) \leq 2 e^{-2 n t^2}",
        r"P(X - \mu > t) \leq e^{-2 n t^2}",
        words="Hoeffding",
        only="sign;relation",
    ),
    *chance(r"P(X \geq a) \leq e^{-t a} E[e^{t X}]", words="Chernoff"),
    *chance(
        r"\log P(x) \geq E_q\left[\log \frac{P(x, z)}{q(z)}\right]",
        r"\log P(x) \geq E_{q(z)}\left[\log \frac{P(x, z)}{q(z)}\right]",
        r"\log P(x) \geq E_{q(z | x)}\left[\log \frac{P(x, z)}{q(z | x)}\right]",
        r"\log P(x) \geq E_{q(z | x)}[\log P(x | z)] - D(q(z | x) \| P(z))",
    ),
    *rules(r"x^\top A x > 0", words="positive definite", unless="negative semi indefinite"),
    *rules(
        r"x^\top A x \geq 0", words="semidefinite semi-definite PSD", unless="negative indefinite"
    ),
    *rules(
        r"\max_y \min_x f(x, y) \leq \min_x \max_y f(x, y)",
        r"\sup_y \inf_x f(x, y) \leq \inf_x \sup_y f(x, y)",
    ),
)  # fmt: skip

FUNCTIONS = (
    *rules(
        r"\log \prod_i y = \sum_i \log y",
        r"-\log \prod_i y = -\sum_i \log y",
        r"\exp(\sum_i y) = \prod_i \exp(y)",
        r"\exp(\sum_i \log y) = \prod_i y",
        r"\prod_i \exp(y) = \exp(\sum_i y)",
        whole="y",
    ),
    *rules(
        r"\log \sum_i e^{x_i} = m + \log \sum_i e^{x_i - m}",
        r"\frac{d}{dx} \frac{f(x)}{g(x)} = \frac{f'(x) g(x) - f(x) g'(x)}{g(x)^2}",
        r"\frac{d}{dx} (f(x) g(x)) = f'(x) g(x) + f(x) g'(x)",
        r"\frac{d}{dx} f(g(x)) = f'(g(x)) g'(x)",
        r"(f \circ g)'(x) = f'(g(x)) g'(x)",
        r"\int u \, dv = u v - \int v \, du",
    ),
    *rules(
        r"(f g)' = f' g + f g'",
        r"\left(\frac{f}{g}\right)' = \frac{f' g - f g'}{g^2}",
        words="product rule quotient rule",
        unless="convol",
    ),
    *rules(
        r"\sigma'(x) = \sigma(x) (1 - \sigma(x))",
        r"\sigma(-x) = 1 - \sigma(x)",
        r"1 - \sigma(x) = \sigma(-x)",
        r"\frac{d \sigma}{d x} = \sigma(x) (1 - \sigma(x))",
        r"\sigma' = \sigma (1 - \sigma)",
        fixed="sigma",
        words="sigmoid logistic",
        unless="tanh",
    ),
    *rules(r"\tanh'(x) = 1 - \tanh^2(x)", r"\tanh' = 1 - \tanh^2"),
)

SERIES = rules(
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

_EXPANSIONS = rules(
    r"\sin x = x - \frac{x^3}{3!} + \frac{x^5}{5!} - \cdots",
    r"\sin x = x - \frac{x^3}{3!} + \frac{x^5}{5!} - \frac{x^7}{7!} + \cdots",
    r"\sin x = x - \frac{x^3}{6} + \frac{x^5}{120} - \cdots",
    r"\sin x = x - \frac{x^3}{6} + \frac{x^5}{120} - \frac{x^7}{5040} + \cdots",
    r"\cos x = 1 - \frac{x^2}{2!} + \frac{x^4}{4!} - \cdots",
    r"\cos x = 1 - \frac{x^2}{2!} + \frac{x^4}{4!} - \frac{x^6}{6!} + \cdots",
    r"\cos x = 1 - \frac{x^2}{2} + \frac{x^4}{24} - \cdots",
    r"\cos x = 1 - \frac{x^2}{2} + \frac{x^4}{24} - \frac{x^6}{720} + \cdots",
    r"\log(1 + x) = x - \frac{x^2}{2} + \frac{x^3}{3} - \cdots",
    r"\log(1 + x) = x - \frac{x^2}{2} + \frac{x^3}{3} - \frac{x^4}{4} + \cdots",
    r"\arctan x = x - \frac{x^3}{3} + \frac{x^5}{5} - \cdots",
    r"\arctan x = x - \frac{x^3}{3} + \frac{x^5}{5} - \frac{x^7}{7} + \cdots",
    r"\log(1 + x) = \sum_{n=1}^\infty \frac{(-1)^{n+1}}{n} x^n",
    r"\log(1 + x) = \sum_{n=1}^\infty \frac{(-1)^{n-1}}{n} x^n",
    r"\log(1 + x) = \sum_{n=1}^\infty (-1)^{n+1} \frac{x^n}{n}",
    r"\log(1 + x) = \sum_{n=1}^\infty (-1)^{n-1} \frac{x^n}{n}",
    r"\log(1 - x) = -\sum_{n=1}^\infty \frac{x^n}{n}",
    r"\sin x = \sum_{n=0}^\infty \frac{(-1)^n x^{2n+1}}{(2n+1)!}",
    r"\sin x = \sum_{n=0}^\infty \frac{(-1)^n}{(2n+1)!} x^{2n+1}",
    r"\cos x = \sum_{n=0}^\infty \frac{(-1)^n x^{2n}}{(2n)!}",
    r"\cos x = \sum_{n=0}^\infty \frac{(-1)^n}{(2n)!} x^{2n}",
    r"e^{i x} = \cos x + i \sin x",
    r"e^{j x} = \cos x + j \sin x",
    r"\log_b a = \frac{\log a}{\log b}",
    fixed="e i j",
    only="sign;other;missing function;extra function;inverted;extra term",
)

_INVERSES = rules(
    *(
        f"{way} = {value}"
        for name, values in (
            ("arcsin", (r"\frac{1}{\sqrt{1 - x^2}}", r"(1 - x^2)^{-1/2}")),
            ("arccos", (r"-\frac{1}{\sqrt{1 - x^2}}", r"\frac{-1}{\sqrt{1 - x^2}}")),
            ("arctan", (r"\frac{1}{1 + x^2}", r"(1 + x^2)^{-1}")),
        )
        for way in (rf"\frac{{d}}{{dx}} \{name} x", rf"(\{name} x)'", rf"\{name}'(x)")
        for value in values
    )
)

UPDATES = (
    *rules(
        r"x_{t+1} = x_t - \eta \nabla f(x_t)",
        r"x = x - \eta \nabla f(x)",
        r"x = x - \eta \nabla_x f(x)",
        r"x_{t+1} = x_t - \eta \nabla_x f(x_t)",
        r"x = x - \eta \frac{\partial f}{\partial x}",
        words="gradient descent learning rate step size",
        unless="ascent maximi momentum normali scaled Newton natural reward likelihood",
    ),
    *rules(
        r"x_{t+1} = x_t - \frac{f'(x_t)}{f''(x_t)}",
        r"x_{t+1} = x_t - \frac{f(x_t)}{f'(x_t)}",
        words="Newton",
    ),
    *rules(r"V(s) = V(s) + \alpha (r + \gamma V(t) - V(s))"),
)

RULES = (
    *MATRICES, *GRADIENTS, *NORMS, *PARTICULAR, *SPECIAL, *CHANCE, *INFORMATION, *INEQUALITIES,
    *FUNCTIONS, *SERIES, *_EXPANSIONS, *_INVERSES, *UPDATES,
)  # fmt: skip
