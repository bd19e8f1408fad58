"""Identities of textbooks, as data: equations that hold for whatever their letters stand for.

Those of which a slip is an error, because one side tells what is meant, are in ``rules``.
"""

from __future__ import annotations

from symcheck.gate.standards.identity import Identity
from symcheck.gate.standards.rules import RULES


def _all(*equations: str, fixed: str = "") -> tuple[Identity, ...]:
    return tuple(Identity(e, fixed=frozenset(fixed.split())) for e in equations)


def _matrices(*equations: str, words: str = "") -> tuple[Identity, ...]:
    return tuple(Identity(e, ordered=True, words=words, fixed=frozenset("I")) for e in equations)


SERIES = _all(
    r"\sum_{n=0}^\infty x^n = \frac{1}{1-x}",
    r"\sum_{n=0}^\infty a x^n = \frac{a}{1-x}",
    r"\sum_{n=1}^\infty x^n = \frac{x}{1-x}",
    r"\sum_{n=1}^\infty n x^{n-1} = \frac{1}{(1-x)^2}",
    r"\sum_{n=1}^\infty n x^n = \frac{x}{(1-x)^2}",
    r"\frac{d}{dx} \sum_{n=0}^\infty x^n = \sum_{n=1}^\infty n x^{n-1}",
    r"\sum_{n=1}^\infty n x^{n-1} = \frac{d}{dx} \frac{1}{1-x}",
    r"e^x = 1 + x + \frac{x^2}{2!} + \frac{x^3}{3!} + \cdots",
    r"e^x = 1 + x + \frac{x^2}{2} + \frac{x^3}{6} + \cdots",
    r"\sum_{n=0}^\infty \frac{x^n}{n!} = 1 + x + \frac{x^2}{2!} + \frac{x^3}{3!} + \cdots",
    r"\sum_{n=0}^\infty \frac{x^n}{n!} = 1 + x + \frac{x^2}{2} + \frac{x^3}{6} + \cdots",
    r"\sin x = \sum_{n=0}^\infty \frac{(-1)^n x^{2n+1}}{(2n+1)!}",
    r"\sin x = \sum_{n=0}^\infty \frac{(-1)^n}{(2n+1)!} x^{2n+1}",
    r"\cos x = \sum_{n=0}^\infty \frac{(-1)^n x^{2n}}{(2n)!}",
    r"\cos x = \sum_{n=0}^\infty \frac{(-1)^n}{(2n)!} x^{2n}",
    r"\sin x = x - \frac{x^3}{3!} + \frac{x^5}{5!} - \cdots",
    r"\cos x = 1 - \frac{x^2}{2!} + \frac{x^4}{4!} - \cdots",
    r"\log(1 + x) = \sum_{n=1}^\infty \frac{(-1)^{n+1}}{n} x^n",
    r"\log(1 + x) = \sum_{n=1}^\infty \frac{(-1)^{n-1}}{n} x^n",
    r"\log(1 + x) = x - \frac{x^2}{2} + \frac{x^3}{3} - \cdots",
    r"\sum_{n=1}^\infty \frac{1}{n^2} = \frac{\pi^2}{6}",
    r"\sum_{n=1}^\infty \frac{1}{n} = \infty",
    r"e^{ix} = \cos x + i \sin x",
    r"\lim_{n \to \infty} \left(1 + \frac{x}{n}\right)^n = e^x",
    r"\lim_{n \to \infty} \left(1 + \frac{1}{n}\right)^n = e",
    fixed="e i",
)

COUNTING = _all(
    r"\binom{n+1}{k} = \binom{n}{k} + \binom{n}{k-1}",
    r"\binom{m+n}{r} = \sum_{k=0}^r \binom{m}{k} \binom{n}{r-k}",
    r"n! = n \cdot (n-1)!",
    r"\Gamma(n) = (n-1)!",
    r"\Gamma(n+1) = n!",
    r"\Gamma(s+1) = s \Gamma(s)",
    r"\Gamma(1/2) = \sqrt{\pi}",
    r"\Gamma(s) = \int_0^\infty x^{s-1} e^{-x} \, dx",
    r"B(\alpha, \beta) = \frac{\Gamma(\alpha) \Gamma(\beta)}{\Gamma(\alpha + \beta)}",
    r"B(\alpha, \beta) = \int_0^1 x^{\alpha-1} (1-x)^{\beta-1} \, dx",
    fixed="Gamma B",
)

CALCULUS = _all(
    r"\frac{d}{dx} \arcsin x = \frac{1}{\sqrt{1-x^2}}",
    r"\frac{d}{dx} \arccos x = -\frac{1}{\sqrt{1-x^2}}",
    r"\frac{d}{dx} \arctan x = \frac{1}{1+x^2}",
    r"(\arcsin x)' = \frac{1}{\sqrt{1-x^2}}",
    r"(\arccos x)' = -\frac{1}{\sqrt{1-x^2}}",
    r"(\arctan x)' = \frac{1}{1+x^2}",
    r"\int_a^b f(x) \, dx = F(b) - F(a)",
    r"\int_a^b f(x) \, dx = -\int_b^a f(x) \, dx",
    r"\int_a^c f(x) \, dx = \int_a^b f(x) \, dx + \int_b^c f(x) \, dx",
    r"\int_a^b f(x) \, dx = \int_a^b f(z) \, dz",
    r"\int_{u(a)}^{u(b)} f(y) \, dy = \int_a^b f(u(x)) u'(x) \, dx",
    r"\int_{u(a)}^{u(b)} f(y) \, dy = \int_a^b f(u(y)) \frac{du}{dy} \, dy",
    r"\int_{u(a)}^{u(b)} f(y) \, dy = \int_a^b f(u(y)) \frac{du}{dy}(y) \, dy",
    r"\int_{u(0)}^{u(x)} f(y) \, dy = \int_0^x f(u(y)) \frac{du}{dy} \, dy",
    r"\int_{u(0)}^{u(x)} f(y) \, dy = \int_0^x f(u(y)) \frac{du}{dy}(y) \, dy",
    r"\int_a^b f(g(x)) g'(x) \, dx = \int_{g(a)}^{g(b)} f(u) \, du",
    r"\iint e^{-(x^2+y^2)/2} \, dx \, dy = 2\pi",
    r"f'(x) = \lim_{h \to 0} \frac{f(x+h) - f(x)}{h}",
    r"\frac{df}{dx} = \lim_{h \to 0} \frac{f(x+h) - f(x)}{h}",
    r"\frac{d}{dx} f(x) = \lim_{h \to 0} \frac{f(x+h) - f(x)}{h}",
)

VECTORS = _all(
    r"u \cdot v = \|u\| \|v\| \cos(\theta)",
    r"\cos(\theta) = \frac{u \cdot v}{\|u\| \|v\|}",
    r"\theta = \arccos\left(\frac{u \cdot v}{\|u\| \|v\|}\right)",
    r"\operatorname{tr}(A^\top A) = \sum_i \sigma_i^2",
    r"\det(A^k) = \det(A)^k",
    r"\det(\exp(A)) = \exp(\operatorname{tr}(A))",
    r"\log \det(A) = \operatorname{tr}(\log A)",
    r"\log \det(A) = \sum_{i=1}^n \log \lambda_i",
    r"A^{-1} = \frac{1}{\det(A)} \operatorname{adj}(A)",
    r"\operatorname{adj}(A) = \det(A) A^{-1}",
    r"A \operatorname{adj}(A) = \det(A) I",
    r"\nabla_A \det(A) = \det(A) A^{-T}",
    r"\frac{\partial \log \det(A)}{\partial A} = A^{-T}",
    r"\frac{\partial \det(A)}{\partial A_{ij}} = C_{ij}",
    fixed="I lambda sigma",
)

MATRICES = _matrices(
    r"A A^{-1} = I",
    r"A^{-1} A = I",
    r"d(\det(A)) = \operatorname{tr}(\operatorname{adj}(A) \, dA)",
    r"\operatorname{tr}(\operatorname{adj}(A) \, dA) = \det(A) \operatorname{tr}(A^{-1} \, dA)",
    r"d(\log \det(A)) = \operatorname{tr}(A^{-1} \, dA)",
    r"\frac{d}{dt} \log \det A(t) = \operatorname{tr}(A(t)^{-1} \frac{dA(t)}{dt})",
    r"\frac{d}{dt} \log \det(A) = \operatorname{tr}(A^{-1} \frac{dA}{dt})",
    r"P^{(m+n)}_{ij} = \sum_k P^{(m)}_{ik} P^{(n)}_{kj}",
    r"P^{m+n} = P^m P^n",
    r"(A \otimes B)(C \otimes D) = (A C) \otimes (B D)",
    r"\operatorname{vec}(A X B) = (B^\top \otimes A) \operatorname{vec}(X)",
    r"A^k = P D^k P^{-1}",
) + _matrices(
    r"A W = W \Sigma",
    r"A = W \Sigma W^{-1}",
    r"A = Q \Sigma Q^\top",
    r"A v = \lambda v",
    r"A^n = W \Sigma^n W^{-1}",
    words="eigen diagonali spectral",
)

CHANCE = (
    *_all(
        r"E[X] = E[E[X \mid Y]]",
        r"\operatorname{Var}(X) = E[\operatorname{Var}(X \mid Y)] + \operatorname{Var}(E[X \mid Y])",
        r"P(A) = \sum_i P(A \mid B_i) P(B_i)",
        r"P(X = x) = \sum_y P(X = x, Y = y)",
        r"p_X(x) = \int_{-\infty}^\infty p_{X,Y}(x, y) \, dy",
        r"p_X(x) = \int p_{X,Y}(x, y) \, dy",
        r"p(x) = \int p(x, y) \, dy",
        r"p(x) = \int p(x \mid z) p(z) \, dz",
        r"p_X(x) = \sum_y p_{X,Y}(x, y)",
        r"F(x) = P(X \leq x)",
        r"F_X(x) = P(X \leq x)",
        r"F(x) = \int_{-\infty}^x f(t) \, dt",
        r"F_X(x) = \int_{-\infty}^x f_X(t) \, dt",
        r"E[X] = \int_{-\infty}^\infty x p(x) \, dx",
        r"E[X] = \int x p(x) \, dx",
        r"E[g(X)] = \int g(x) p(x) \, dx",
        r"\mu_X = \int_{-\infty}^\infty x p(x) \, dx",
        fixed="E P",
    ),
    Identity(r"-\sum_k y_k \log \hat{y}_k = -\log \hat{y}_c", words="one-hot cross entropy CE"),
    Identity(
        r"\log P(w_o \mid w_c) = u_o^\top v_c - \log \sum_{i \in V} \exp(u_i^\top v_c)",
        words="word",
    ),
    Identity(r"\int_{-\infty}^\infty p(x) \, dx = 1", words="density pdf normalis normaliz distribution"),
    Identity(r"\int p(x) \, dx = 1", words="density pdf normalis normaliz distribution"),
    Identity(r"\sum_x p(x) = 1", words="pmf mass normalis normaliz distribution probabilit"),
)

IDENTITIES = (*RULES, *SERIES, *COUNTING, *CALCULUS, *VECTORS, *MATRICES, *CHANCE)
