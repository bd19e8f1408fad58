"""Orthogonal polynomials and special functions of mathematical physics."""

from symcheck.gate.standards.standard import define

_AS = "M. Abramowitz, I. A. Stegun, Handbook of Mathematical Functions, 1964"
_DLMF = "NIST Digital Library of Mathematical Functions"

STANDARDS = (
    define(
        "Chebyshev polynomial; Chebyshev polynomials of the first kind; chebyshev_polynomial_t; chebyt",
        r"T_{n+1}(x) = 2 x T_n(x) - T_{n-1}(x)",
        r"T_n(x) = \cos(n \arccos(x))",
        r"(1 - x^2) \frac{d^2}{dx^2} T_n - x \frac{d}{dx} T_n + n^2 T_n = 0",
        r"T_n(x) = {}_2F_1(n, -n; 1/2; (1 - x)/2)",
        source=_AS,
        scale=False,
    ),
    define(
        "Chebyshev polynomials of the second kind; chebyshev_polynomial_u; chebyu",
        r"U_{n+1}(x) = 2 x U_n(x) - U_{n-1}(x)",
        r"(1 - x^2) \frac{d^2}{dx^2} U_n - 3 x \frac{d}{dx} U_n + n (n + 2) U_n = 0",
        r"\frac{\sin((n + 1) \arccos(x))}{\sin(\arccos(x))}",
        source=_AS,
        scale=False,
    ),
    define(
        "shifted Chebyshev polynomial; sh chebyt; sh chebyu",
        r"T_n^*(x) = T_n(2 x - 1)",
        r"U_n^*(x) = U_n(2 x - 1)",
        source=_AS,
        scale=False,
    ),
    define(
        "Hermite polynomial; physicist's Hermite; hermite",
        r"H_{n+1}(x) = 2 x H_n(x) - 2 n H_{n-1}(x)",
        r"H_n(x) = (-1)^n e^{x^2} \frac{d^n}{dx^n} e^{-x^2}",
        source=_AS,
        scale=False,
    ),
    define(
        "probabilist's Hermite; hermite_polynomial_he; hermitenorm",
        r"H_{n+1}(x) = x H_n(x) - n H_{n-1}(x)",
        r"H_n(x) = (-1)^n e^{x^2/2} \frac{d^n}{dx^n} e^{-x^2/2}",
        source=_AS,
        scale=False,
    ),
    define(
        "Laguerre polynomial; Laguerre; laguerre_polynomial_l",
        r"(n + 1) L_{n+1}(x) = (2 n + 1 - x) L_n(x) - n L_{n-1}(x)",
        r"x \frac{d^2}{dx^2} L_n + (1 - x) \frac{d}{dx} L_n + n L_n = 0",
        r"L_n(x) = {}_1F_1(-n, 1, x)",
        source=_AS,
        scale=False,
    ),
    define(
        "generalized Laguerre polynomial; genlaguerre",
        r"x \frac{d^2}{dx^2} L_n^{(\alpha)} + (\alpha + 1 - x) \frac{d}{dx} L_n^{(\alpha)} + n "
        r"L_n^{(\alpha)} = 0",
        r"L_n^{(\alpha)} = \binom{n + \alpha}{n} {}_1F_1(-n, \alpha + 1, x)",
        source=_AS,
        scale=False,
    ),
    define(
        "Legendre polynomial; Legendre; legendre_polynomial_p",
        r"(n + 1) P_{n+1}(x) = (2 n + 1) x P_n(x) - n P_{n-1}(x)",
        r"\frac{d}{dx}\left[(1 - x^2) \frac{d}{dx} P_n(x)\right] + n (n + 1) P_n(x) = 0",
        r"P_n(x) = \frac{1}{2^n n!} \frac{d^n}{dx^n} (x^2 - 1)^n",
        source=_AS,
        scale=False,
    ),
    define(
        "Gegenbauer polynomial; gegenbauer",
        r"(1 - x^2) \frac{d^2}{dx^2} C_n^{(\alpha)} - (2 \alpha + 1) x \frac{d}{dx} C_n^{(\alpha)} + n (n "
        r"+ 2 \alpha) C_n^{(\alpha)} = 0",
        r"w(x) = (1 - x^2)^{\alpha - 1/2}",
        source=_AS,
        scale=False,
    ),
    define(
        "Jacobi polynomial; jacobi",
        r"(1 - x^2) \frac{d^2}{dx^2} P_n + (\beta - \alpha - (\alpha + \beta + 2) x) \frac{d}{dx} P_n + n "
        r"(n + \alpha + \beta + 1) P_n = 0",
        r"w(x) = (1 - x)^\alpha (1 + x)^\beta",
        source=_AS,
        scale=False,
    ),
    define(
        "associated Legendre",
        r"P_v^m = (-1)^m (1 - x^2)^{m/2} \frac{d^m}{dx^m} P_v(x)",
        source=_AS,
        scale=False,
    ),
    define(
        "spherical Bessel; spherical_jn; spherical_yn; spherical_in; spherical_kn",
        r"j_n(z) = \sqrt{\frac{\pi}{2 z}} J_{n + 1/2}(z)",
        r"j_n'(z) = j_{n-1}(z) - \frac{n + 1}{z} j_n(z)",
        r"k_n'(z) = -k_{n-1}(z) - \frac{n + 1}{z} k_n(z)",
        source=_DLMF,
        scale=False,
    ),
    define(
        "modified Bessel; i0; Bessel function of order 0",
        r"I_0(x) = \sum_{k=0}^\infty \frac{(x^2/4)^k}{(k!)^2}",
        r"\exp(-|x|) * \sum_{k=0}^\infty \frac{(y^2/4)^k}{(k!)^2}",
        source=_AS,
        scale=False,
    ),
    define(
        "i1; modified Bessel function of the first kind of order 1; Bessel function of order 1",
        r"I_1(x) = \frac{x}{2} \sum_{k=0}^\infty \frac{(x^2/4)^k}{k! (k + 1)!}",
        r"\exp(-|x|) * \frac{y}{2} * \sum_{k=0}^\infty \frac{(y^2/4)^k}{k! (k + 1)!}",
        source=_AS,
        scale=False,
    ),
    define(
        "erfcx; Faddeeva; wofz",
        r"e^{x^2} \mathrm{erfc}(x)",
        r"e^{-z^2} \mathrm{erfc}(-i z)",
        source=_AS,
        scale=False,
    ),
    define(
        "complementary error function; erfc",
        r"1 - \frac{2}{\sqrt{\pi}} \int_0^x e^{-t^2} dt",
        r"\frac{2}{\sqrt{\pi}} \int_x^\infty e^{-t^2} dt",
        r"1 - \mathrm{erf}(x)",
        source=_AS,
        scale=False,
    ),
    define("Dawson; dawsn", r"e^{-x^2} \int_0^x e^{t^2} dt", source=_AS, scale=False),
    define(
        "normal CDF; ndtr; log_ndtr; ndtri; standard normal cumulative",
        r"\frac{1}{\sqrt{2 \pi}} \int_{-\infty}^x e^{-\frac{1}{2} t^2} dt",
        r"\log\left(\frac{1}{\sqrt{2 \pi}} \int_{-\infty}^x e^{-\frac{1}{2} t^2} dt\right)",
        r"\sqrt{2} \mathrm{erf}^{-1}(2 p - 1)",
        r"\frac{1}{2} \left(1 + \mathrm{erf}\left(\frac{x}{\sqrt{2}}\right)\right)",
        r"\frac{1}{2} \mathrm{erfc}\left(-\frac{x}{\sqrt{2}}\right)",
        source=_AS,
        scale=False,
    ),
    define(
        "exponential integral; expn; exp1; expi",
        r"E_n(x) = x^{n-1} \int_x^\infty \frac{e^{-t}}{t^n} dt",
        r"E_1(x) = \int_x^\infty "
        r"\frac{e^{-t}}{t} dt",
        r"\int_{-\infty}^x \frac{e^t}{t} dt",
        r"E_n(x) = \int_1^\infty "
        r"\frac{e^{-x t}}{t^n} dt",
        source=_AS,
        scale=False,
    ),
    define(
        "sine integral; cosine integral; sici; shichi",
        r"\int_0^x \frac{\sin t}{t} dt",
        r"\gamma + \log(x) + \int_0^x \frac{\cos t - 1}{t} dt",
        r"\int_0^x \frac{\sinh t}{t} dt",
        r"\gamma + \log(x) + \int_0^x \frac{\cosh t - 1}{t} dt",
        source=_AS,
        scale=False,
    ),
    define(
        "Fresnel",
        r"S(x) = \int_0^x \sin(\pi t^2 / 2) dt",
        r"C(x) = \int_0^x \cos(\pi t^2 / 2) dt",
        source=_AS,
        scale=False,
    ),
    define(
        "Hurwitz zeta; zeta",
        r"\sum_{k=0}^\infty \frac{1}{(k + q)^x}",
        r"\sum_{k=1}^\infty "
        r"\frac{1}{k^x}",
        source=_AS,
        scale=False,
    ),
    define(
        "elliptic integral; ellipk; ellipe",
        r"K(m) = \int_0^{\pi/2} [1 - m \sin^2 t]^{-1/2} dt",
        r"E(m) = \int_0^{\pi/2} [1 - m \sin^2 t]^{1/2} dt",
        source=_AS,
        scale=False,
    ),
    define(
        "Carlson; degenerate symmetric elliptic integral; elliprf; elliprc",
        r"\frac{1}{2} \int_0^{+\infty} [(t + x) (t + y) (t + z)]^{-1/2} dt",
        r"\frac{1}{2} \int_0^{+\infty} (t + x)^{-1/2} (t + y)^{-1} dt",
        r"\frac{3}{2} \int_0^{+\infty} [(t + x) (t + y)]^{-1/2} (t + z)^{-3/2} dt",
        r"\frac{3}{2} \int_0^{+\infty} [(t + x) (t + y) (t + z)]^{-1/2} (t + p)^{-1} dt",
        source="B. C. Carlson, 1995",
        scale=False,
    ),
    define(
        "regularized incomplete beta; incomplete beta; betainc; btdtr",
        r"\frac{\Gamma(a + b)}{\Gamma(a) \Gamma(b)} \int_0^x t^{a-1} (1 - t)^{b-1} dt",
        r"1 - \frac{\Gamma(a + b)}{\Gamma(a) \Gamma(b)} \int_0^x t^{a-1} (1 - t)^{b-1} dt",
        r"I_x(a, b) = 1 - I_{1-x}(b, a)",
        source=_AS,
        scale=False,
    ),
    define(
        "incomplete gamma; gammainc; gammaincc; regularized lower incomplete gamma; upper incomplete",
        r"\frac{1}{\Gamma(a)} \int_0^x t^{a-1} e^{-t} dt",
        r"\frac{1}{\Gamma(a)} \int_x^\infty t^{a-1} e^{-t} dt",
        source=_AS,
        scale=False,
    ),
    define("gamma function; Gamma", r"\Gamma(x) = \int_0^\infty t^{x-1} e^{-t} dt", source=_AS, scale=False),
    define("Pochhammer; rising factorial; poch", r"\frac{\Gamma(z + m)}{\Gamma(z)}", source=_AS, scale=False),
    define(
        "hypergeometric function; hyp1f1; hyp2f1; hyp0f1; Gauss hypergeometric",
        r"\sum_{k=0}^\infty \frac{(a)_k (b)_k}{(c)_k} \frac{x^k}{k!}",
        r"\sum_{k=0}^\infty \frac{(a)_k}{(b)_k k!} x^k",
        r"\sum_{k=0}^\infty \frac{z^k}{(v)_k k!}",
        source=_AS,
        scale=False,
    ),
    define(
        "multivariate gamma; multivariate log-gamma; multigammaln",
        r"\Gamma_d(a) = \pi^{d (d - 1)/4} \prod_{i=1}^d \Gamma(a - (i - 1)/2)",
        r"C + \sum_{i=1}^p \log(\Gamma(a - \frac{i - 1}{2}))",
        r"C = \log(\pi) \cdot \frac{p (p - 1)}{4}",
        source="R. J. Muirhead, 1982",
        scale=False,
    ),
    define(
        "multivariate beta; Dirichlet",
        r"B(\alpha) = \frac{\prod_{i=1}^K \Gamma(\alpha_i)}"
        r"{\Gamma\left(\sum_{i=1}^K \alpha_i\right)}",
        source="C. Bishop, 2006",
        scale=False,
    ),
    define(
        "Owen's T",
        r"\frac{1}{2 \pi} \int_0^a \frac{\exp\left(-\frac{1}{2} h^2 (1 + x^2)\right)}{1 + x^2} "
        r"dx",
        source="D. B. Owen, 1956",
        scale=False,
    ),
    define(
        "pseudo-Huber; pseudo_huber; soft_l1",
        r"\delta^2 \left(\sqrt{1 + \left(\frac{r}{\delta}\right)^2} - 1\right)",
        source="SciPy reference",
        scale=False,
    ),
    define(
        "Huber; huber",
        r"\begin{cases} \infty & \delta < 0 \\ \frac{1}{2} r^2 & 0 \leq \delta, |r| \leq "
        r"\delta \\ \delta (|r| - \frac{1}{2} \delta) & \text{otherwise} \end{cases}",
        source="P. J. Huber, 1964",
        scale=False,
    ),
    define(
        "entr; elementwise entropy",
        r"\begin{cases} -x \log(x) & x > 0 \\ 0 & x = 0 \\ -\infty & \text{otherwise} \end{cases}",
        source="SciPy reference",
        scale=False,
    ),
    define(
        "kl_div",
        r"\begin{cases} x \log(x / y) - x + y & x > 0, y > 0 \\ y & x = 0, y \geq 0 \\ \infty & "
        r"\text{otherwise} \end{cases}",
        source="S. Boyd, L. Vandenberghe, 2004",
        scale=False,
    ),
    define(
        "rel_entr; relative entropy",
        r"\begin{cases} x \log(x / y) & x > 0, y > 0 \\ 0 & x = 0, y \geq 0 \\ \infty & \text{otherwise} "
        r"\end{cases}",
        source="S. Boyd, L. Vandenberghe, 2004",
        scale=False,
    ),
    define(
        "boxcox; boxcox1p; Box-Cox",
        r"\begin{cases} \frac{x^\lambda - 1}{\lambda} & \lambda \neq 0 \\ \log(x) & \lambda = 0 "
        r"\end{cases}",
        r"\begin{cases} \frac{(1 + x)^\lambda - 1}{\lambda} & \lambda \neq 0 \\ \log(1 + x) & \lambda = 0 "
        r"\end{cases}",
        source="G. E. P. Box, D. R. Cox, 1964",
        scale=False,
    ),
    define(
        "Box-Cox log-likelihood; boxcox_llf",
        r"(\lambda - 1) \sum_i \log(x_i) - \frac{N}{2} \log\left(\sum_i (y_i - \bar{y})^2 / N\right)",
        source="G. E. P. Box, D. R. Cox, 1964",
        scale=False,
    ),
    define(
        "Yeo-Johnson; yeojohnson",
        r"\begin{cases} \frac{(x + 1)^\lambda - 1}{\lambda} & x \geq 0, \lambda \neq 0 \\ \log(x + 1) & x "
        r"\geq 0, \lambda = 0 \\ -\frac{(-x + 1)^{2 - \lambda} - 1}{2 - \lambda} & x < 0, \lambda \neq 2 "
        r"\\ -\log(-x + 1) & x < 0, \lambda = 2 \end{cases}",
        source="I.-K. Yeo, R. A. Johnson, 2000",
        scale=False,
    ),
    define(
        "Hankel transform; fht",
        r"A(k) = \int_0^\infty a(r) J_\mu(k r) k dr",
        r"A(k) = \int_0^\infty a(r) J_\mu(k r) r dr",
        source=_DLMF,
        scale=False,
    ),
    define(
        "Lambert W; wrightomega; Wright omega",
        r"\omega + \log(\omega) = z",
        r"W(z) e^{W(z)} = z",
        source=_DLMF,
        scale=False,
    ),
    define("xlogy; xlog1py", r"x \log(y)", r"x \log(1 + y)", source="SciPy reference", scale=False),
    define("comb; binomial coefficient", r"\binom{N}{k} = \frac{N!}{k! (N - k)!}", source=_AS, scale=False),
)
