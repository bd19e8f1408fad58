"""Special functions, series and rules of calculus."""

from symcheck.gate.standards.standard import define

_AS = "F. W. J. Olver et al., NIST Digital Library of Mathematical Functions"

STANDARDS = (
    define(
        "Stirling's approximation; Stirling approximation; Stirling",
        r"x! \approx \sqrt{2 \pi x} \left(\frac{x}{e}\right)^x",
        source=_AS,
        scale=False,
    ),
    define(
        "log beta function; lbeta; beta function",
        r"B(a, b) = \log \Gamma(a) + \log \Gamma(b) - \log \Gamma(a + b)",
        r"B(a, b) = \frac{\Gamma(a) \Gamma(b)}{\Gamma(a + b)}",
        r"B(a, b) = \int_0^1 t^{a-1} (1 - t)^{b-1} dt",
        source=_AS,
        scale=False,
    ),
    define("gamma function", r"\Gamma(x) = \int_0^\infty t^{x-1} e^{-t} dt", source=_AS, scale=False),
    define(
        "regularised lower incomplete gamma; regularized lower incomplete gamma; gammainc; lower "
        "incomplete gamma",
        r"P(a, x) = \frac{1}{\Gamma(a)} \int_0^x t^{a-1} e^{-t} dt",
        source=_AS,
        scale=False,
    ),
    define(
        "upper incomplete gamma; gammaincc",
        r"Q(a, x) = \frac{1}{\Gamma(a)} \int_x^\infty t^{a-1} e^{-t} dt",
        source=_AS,
        scale=False,
    ),
    define(
        "regularized incomplete beta; incomplete beta; betainc",
        r"I(x, a, b) = \frac{1}{B(a, b)} \int_0^x t^{a-1} (1 - t)^{b-1} dt",
        source=_AS,
        scale=False,
    ),
    define(
        "error function; erf",
        r"\frac{2}{\sqrt{\pi}} \int_0^x e^{-t^2} dt",
        r"\frac{2}{\sqrt{\pi}} \int_0^x \exp(-t^2) dt",
        source=_AS,
        scale=False,
    ),
    define(
        "digamma function; digamma",
        r"\psi(x) = \frac{d}{dx} \log \Gamma(x)",
        r"\psi(x) = \frac{\Gamma'(x)}{\Gamma(x)}",
        source=_AS,
        scale=False,
    ),
    define(
        "polygamma function; polygamma",
        r"\psi^{(n)}(x) = \frac{d^{n+1}}{dx^{n+1}} \log \Gamma(x)",
        r"\psi^{(n)}(x) = \frac{d^n}{dx^n} \psi(x)",
        source=_AS,
        scale=False,
    ),
    define(
        "multivariate log-gamma; mvlgamma; multivariate gamma",
        r"C = \log(\pi) \times \frac{p (p - 1)}{4}",
        r"C + \sum_{i=1}^{p} \log \Gamma\left(a - \frac{i - 1}{2}\right)",
        source=_AS,
        scale=False,
    ),
    define("Spence; Spence function; spence", r"\int_1^z \frac{\log(t)}{1 - t} dt", source=_AS, scale=False),
    define(
        "dilogarithm; dilogarithm integral", r"-\int_0^x \frac{\log(1 - t)}{t} dt", source=_AS, scale=False
    ),
    define(
        "Bessel; Bessel function; modified Bessel",
        r"J_v(z) = \exp(v \pi i / 2) I_v(-i z)",
        r"I_v(z) = \exp(-v \pi i / 2) J_v(i z)",
        source=_AS,
        scale=False,
    ),
    define("modified Struve; Struve", r"L_v(x) = -i \exp(-\pi i v / 2) H_v(i x)", source=_AS, scale=False),
    define(
        "logit; logit function",
        r"\log\left(\frac{x}{1 - x}\right)",
        r"\log x - \log(1 - x)",
        source=_AS,
        scale=False,
    ),
    define("expit", r"\frac{1}{1 + \exp(-x)}", source=_AS, scale=False),
    define(
        "Taylor series; Taylor polynomial; Taylor expansion",
        r"\sum_{i=0}^{n} \frac{f^{(i)}(a)}{i!} (x - a)^{i}",
        r"\sum_{i=0}^{\infty} \frac{f^{(i)}(a)}{i!} (x - a)^{i}",
        source="J. Stewart, Calculus, 2015",
        scale=False,
    ),
    define(
        "matrix exponential",
        r"\mathrm{e}^A = \sum_{k=0}^\infty A^k / k!",
        r"\sum_{k=0}^\infty \frac{A^k}{k!}",
        r"\sum_{k=0}^\infty \frac{1}{k!} A^k",
        source="N. J. Higham, Functions of Matrices, 2008",
        scale=False,
    ),
    define(
        "Yeo-Johnson; Yeo-Johnson transform",
        r"\log(x + 1)",
        r"\frac{(x + 1)^\lambda - 1}{\lambda}",
        r"-\frac{(-x + 1)^{2 - \lambda} - 1}{2 - \lambda}",
        r"-\log(-x + 1)",
        source="I.-K. Yeo, R. A. Johnson, 2000",
        scale=False,
    ),
    define(
        "Box-Cox; Box-Cox transform",
        r"\frac{x^\lambda - 1}{\lambda}",
        r"\log(x)",
        source="G. E. P. Box, D. R. Cox, 1964",
        scale=False,
    ),
    define(
        "directional derivative",
        r"\nabla f(x) \cdot v",
        r"\nabla f^\top v",
        source="J. Stewart, Calculus, 2015",
        scale=False,
    ),
    define(
        "lag polynomial",
        r"c (L - \zeta_1) (L - \zeta_2) \cdots (L - \zeta_n)",
        source="J. D. Hamilton, Time Series Analysis, 1994",
        scale=False,
    ),
    define(
        "Andrew wave; Andrew's wave",
        r"\rho(z) = a^2 (1 - \cos(z / a))",
        r"\rho(z) = 2 a^2",
        source="D. F. Andrews, 1974",
        scale=False,
    ),
    define(
        "Wirtinger; Wirtinger derivative",
        r"\frac{\partial}{\partial z} = \frac{1}{2} \left(\frac{\partial}{\partial x} - i "
        r"\frac{\partial}{\partial y}\right)",
        r"\frac{\partial}{\partial z^*} = \frac{1}{2} \left(\frac{\partial}{\partial x} + i "
        r"\frac{\partial}{\partial y}\right)",
        r"\frac{\partial L}{\partial u} = \frac{\partial L}{\partial s} + \frac{\partial L}{\partial s^*}",
        source="W. Wirtinger, 1927",
        scale=False,
    ),
)
