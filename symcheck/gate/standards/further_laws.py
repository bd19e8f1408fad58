"""Further densities and masses, in the standardised forms of SciPy, JAX and Distributions.jl."""

from symcheck.gate.standards.standard import define

_J = "N. L. Johnson, S. Kotz, N. Balakrishnan, Continuous Univariate Distributions, 1995"
_D = "N. L. Johnson, A. W. Kemp, S. Kotz, Univariate Discrete Distributions, 2005"
_M = "A. K. Gupta, D. K. Nagar, Matrix Variate Distributions, 1999"

STANDARDS = (
    define(
        "beta function; beta distribution; beta",
        r"f(x, a, b) = \frac{\Gamma(a + b)}{\Gamma(a) \Gamma(b)} x^{a-1} (1 - x)^{b-1}",
        r"f(x, a, b) = \frac{\Gamma(a + b) x^{a-1} (1 - x)^{b-1}}{\Gamma(a) \Gamma(b)}",
        source=_J,
        scale=False,
    ),
    define(
        "gamma distribution; gamma",
        r"\frac{x^{a-1} e^{-x}}{\Gamma(a)}",
        r"\frac{1}{\Gamma(a)} x^{a-1} e^{-x}",
        source=_J,
        scale=False,
    ),
    define(
        "chi-squared; chi2; chi-square distribution",
        r"\begin{cases} \frac{x^{k/2 - 1} e^{-x/2}}{2^{k/2} \Gamma(k/2)} & x \geq 0 \\ 0 & \text{otherwise} "
        r"\end{cases}",
        r"\frac{x^{k/2 - 1} e^{-x/2}}{2^{k/2} \Gamma(k/2)}",
        source=_J,
        scale=False,
    ),
    define(
        "Gumbel; gumbel_l; gumbel_r; left-skewed Gumbel",
        r"\frac{1}{\beta} \exp\left(\frac{x - \mu}{\beta} - \exp\left(\frac{x - \mu}{\beta}\right)\right)",
        r"1 - \exp\left(-\exp\left(\frac{x - \mu}{\beta}\right)\right)",
        r"F(p; \mu, \beta) = \mu - \beta \log(-\log(p))",
        r"F(p; \mu, \beta) = \mu + \beta \log(-\log(1 - p))",
        r"f(x) = \exp(x - e^x)",
        r"f(x) = e^{-(x + e^{-x})}",
        r"f(x) = \exp(-\exp(-x)) \exp(-x)",
        source=_J,
        scale=False,
    ),
    define(
        "Pareto; pareto",
        r"\begin{cases} b x^{-(b + 1)} & x \geq 1 \\ 0 & x < 1 \end{cases}",
        r"\begin{cases} 1 - x^{-b} & x \geq 1 \\ 0 & x < 1 \end{cases}",
        r"\begin{cases} x^{-b} & x \geq 1 \\ 1 & x < 1 \end{cases}",
        r"\begin{cases} (1 - q)^{-1/b} & 0 \leq q < 1 \\ N & \text{otherwise} \end{cases}",
        source=_J,
        scale=False,
    ),
    define(
        "truncated normal; truncnorm",
        r"\begin{cases} \frac{1}{\sqrt{2 \pi}} e^{-x^2/2} & a \leq x \leq b \\ 0 & \text{otherwise} "
        r"\end{cases}",
        source=_J,
        scale=False,
    ),
    define(
        "wrapped Cauchy; wrapcauchy", r"\frac{1 - c^2}{2 \pi (1 + c^2 - 2 c \cos(x))}", source=_J, scale=False
    ),
    define("von Mises; vonmises", r"\frac{1}{2 \pi I_0(\kappa)} e^{\kappa \cos x}", source=_J, scale=False),
    define("double gamma; dgamma", r"\frac{1}{2 \Gamma(a)} |x|^{a-1} \exp(-|x|)", source=_J, scale=False),
    define(
        "half generalized normal; halfgennorm",
        r"\frac{\beta}{\Gamma(1/\beta)} \exp(-|x|^\beta)",
        source=_J,
        scale=False,
    ),
    define("Moyal", r"\exp(-(x + \exp(-x))/2) / \sqrt{2 \pi}", source=_J, scale=False),
    define(
        "power law; truncated power law; powerlaw",
        r"f(x; a, l, h) = \frac{a}{h^a - l^a} x^{a-1}",
        source=_J,
        scale=False,
    ),
    define(
        "truncated Pareto; truncpareto", r"\frac{b}{1 - c^{-b}} \frac{1}{x^{b + 1}}", source=_J, scale=False
    ),
    define(
        "Johnson SU; johnsonsu",
        r"\frac{b}{\sqrt{x^2 + 1}} \phi(a + b \log(x + \sqrt{x^2 + 1}))",
        source=_J,
        scale=False,
    ),
    define(
        "Johnson SB; johnsonsb",
        r"\frac{b}{x (1 - x)} \phi\left(a + b \log \frac{x}{1 - x}\right)",
        source=_J,
        scale=False,
    ),
    define(
        "fatigue life; Birnbaum-Saunders",
        r"\frac{x + 1}{2 c \sqrt{2 \pi x^3}} \exp\left(-\frac{(x - 1)^2}"
        r"{2 x c^2}\right)",
        source=_J,
        scale=False,
    ),
    define(
        "folded normal; foldnorm",
        r"\sqrt{2 / \pi} \cosh(c x) \exp\left(-\frac{x^2 + c^2}{2}\right)",
        source=_J,
        scale=False,
    ),
    define(
        "folded Cauchy",
        r"\frac{1}{\pi (1 + (x - c)^2)} + \frac{1}{\pi (1 + (x + c)^2)}",
        source=_J,
        scale=False,
    ),
    define(
        "exponentiated Weibull; exponweib",
        r"a c [1 - \exp(-x^c)]^{a-1} \exp(-x^c) x^{c-1}",
        source=_J,
        scale=False,
    ),
    define(
        "generalized gamma; gengamma", r"\frac{|c| x^{c a - 1} \exp(-x^c)}{\Gamma(a)}", source=_J, scale=False
    ),
    define(
        "Wald; inverse Gaussian",
        r"\frac{1}{\sqrt{2 \pi x^3}} \exp\left(-\frac{(x - 1)^2}{2 x}\right)",
        source=_J,
        scale=False,
    ),
    define(
        "Gibrat",
        r"\frac{1}{x \sqrt{2 \pi}} \exp\left(-\frac{1}{2} (\log(x))^2\right)",
        source=_J,
        scale=False,
    ),
    define(
        "lognorm; log-normal",
        r"\frac{1}{s x \sqrt{2 \pi}} \exp\left(-\frac{\log^2(x)}{2 s^2}\right)",
        r"\frac{1}{x \sqrt{2 \pi \sigma^2}} \exp\left(-\frac{(\log x)^2}{2 \sigma^2}\right)",
        source=_J,
        scale=False,
    ),
    define(
        "normal-inverse Gaussian; norminvgauss",
        r"\frac{a K_1(a \sqrt{1 + x^2})}{\pi \sqrt{1 + x^2}} \exp(\sqrt{a^2 - b^2} + b x)",
        source=_J,
        scale=False,
    ),
    define(
        "noncentral chi-squared; ncx2",
        r"\frac{1}{2} \exp(-(\lambda + x)/2) (x / \lambda)^{(k - 2)/4} I_{(k - 2)/2}(\sqrt{\lambda x})",
        source=_J,
        scale=False,
    ),
    define(
        "Argus; argus",
        r"\Phi(\chi) - \chi \phi(\chi) - 1/2",
        r"\frac{\chi^3}{\sqrt{2 \pi} \Psi(\chi)} x \sqrt{1 - x^2} \exp(-\chi^2 (1 - x^2)/2)",
        source=_J,
        scale=False,
    ),
    define(
        "symmetric triangular; triangular distribution; triangular",
        r"\begin{cases} \frac{x - a}{b - a} & a \leq x \leq b \\ \frac{c - x}{c - b} & b \leq x \leq c "
        r"\end{cases}",
        source=_J,
        scale=False,
    ),
    define(
        "Bernoulli; bernoulli",
        r"\begin{cases} 1 - p & k = 0 \\ p & k = 1 \\ 0 & \text{otherwise} \end{cases}",
        r"\begin{cases} 1 - p & k = 0 \\ p & k = 1 \end{cases}",
        source=_D,
        scale=False,
    ),
    define(
        "Bernoulli distribution function; cumulative distribution function; cdf",
        r"F(k, p) = \sum_{i=0}^k f(i, p)",
        r"F(x) = \int_{-\infty}^x f(u) du",
        r"F(x, a, b) = \int_{-\infty}^x f(y, a, b) dy",
        source=_D,
        scale=False,
    ),
    define(
        "beta-negative binomial; betanbinom",
        r"\binom{n + k - 1}{k} \frac{B(a + n, b + k)}{B(a, b)}",
        source=_D,
        scale=False,
    ),
    define(
        "beta-binomial; betabinom",
        r"\binom{n}{k} \frac{B(k + a, n - k + b)}{B(a, b)}",
        source=_D,
        scale=False,
    ),
    define(
        "hypergeometric; hypergeom",
        r"\frac{\binom{n}{k} \binom{M - n}{N - k}}{\binom{M}{N}}",
        source=_D,
        scale=False,
    ),
    define(
        "negative hypergeometric; nhypergeom",
        r"\frac{\binom{k + r - 1}{k} \binom{M - r - k}{n - k}}{\binom{M}{n}}",
        source=_D,
        scale=False,
    ),
    define(
        "Planck discrete; planck; Boltzmann; boltzmann",
        r"(1 - \exp(-\lambda)) \exp(-\lambda k)",
        r"(1 - \exp(-\lambda)) \exp(-\lambda k) / (1 - \exp(-\lambda N))",
        source=_D,
        scale=False,
    ),
    define("discrete Laplacian; dlaplace", r"\tanh(a / 2) \exp(-a |k|)", source=_D, scale=False),
    define("Yule-Simon; yulesimon", r"\alpha B(k, \alpha + 1)", source=_D, scale=False),
    define("Zipfian; zipfian", r"\frac{1}{H_{n,a} k^a}", source=_D, scale=False),
    define("Skellam; skellam", r"\lambda_1 - \rho \sqrt{\lambda_1 \lambda_2}", source=_D, scale=False),
    define(
        "negative binomial; nbinom",
        r"p = \frac{n}{n + \mu}",
        r"\sigma^2 = \mu + \alpha \mu^2",
        r"p = \frac{\mu}{\sigma^2}",
        r"n = \frac{\mu^2}{\sigma^2 - \mu}",
        source=_D,
        scale=False,
    ),
    define("multinomial; Multinomial", r"n! \prod_{i=1}^k \frac{p_i^{x_i}}{x_i!}", source=_D, scale=False),
    define(
        "multivariate hypergeometric",
        r"\frac{\prod_{i=1}^k \binom{m_i}{x_i}}{\binom{M}{n}}",
        source=_D,
        scale=False,
    ),
    define(
        "entropy of the multinomial; multinomial entropy",
        r"-\log n! - n \sum_{i=1}^k p_i \log p_i + \sum_{i=1}^k \sum_{x=0}^n \binom{n}{x} p_i^x (1 - "
        r"p_i)^{n - "
        r"x} \log x!",
        source=_D,
        scale=False,
    ),
    define(
        "matrix normal; matrix_normal",
        r"(2 \pi)^{-\frac{m n}{2}} |U|^{-\frac{n}{2}} |V|^{-\frac{m}{2}} \exp\left(-\frac{1}{2} "
        r"\mathrm{Tr}[U^{-1} (X - M) V^{-1} (X - M)^T]\right)",
        source=_M,
        scale=False,
    ),
    define(
        "Wishart; wishart",
        r"\frac{|S|^{\frac{\nu - p - 1}{2}}}{2^{\frac{\nu p}{2}} |\Sigma|^{\frac{\nu}{2}} \Gamma_p(\frac{\nu}"
        r"{2})} \exp(-tr(\Sigma^{-1} S) / 2)",
        source=_M,
        scale=False,
    ),
    define(
        "inverse Wishart; invwishart",
        r"\frac{|\Sigma|^{\frac{\nu}{2}}}{2^{\frac{\nu p}{2}} |S|^{\frac{\nu + p + 1}{2}} \Gamma_p(\frac{\nu}"
        r"{2})} \exp(-tr(\Sigma S^{-1}) / 2)",
        source=_M,
        scale=False,
    ),
    define(
        "multivariate normal; multivariate Gaussian",
        r"(2 \pi)^{-k/2} \det(\Sigma)^{-1/2} e^{-\frac{1}{2} (x - \mu)^T \Sigma^{-1} (x - \mu)}",
        r"(2 \pi)^{-k/2} |\Sigma|^{-1/2} \exp(-\frac{1}{2} (x - \mu)^T \Sigma^{-1} (x - \mu))",
        source="C. Bishop, 2006",
        scale=False,
    ),
    define(
        "levy_stable; stable distribution; Lévy-stable",
        r"e^{i t \mu - |c t|^\alpha (1 - i \beta \mathrm{sign}(t) \Phi)}",
        r"\begin{cases} \tan\left(\frac{\pi \alpha}{2}\right) & \alpha \neq 1 \\ -\frac{2}{\pi} \log |t| & "
        r"\alpha = 1 \end{cases}",
        source="J. P. Nolan, 2020",
        scale=False,
    ),
    define("double-sided Maxwell", r"z^2 e^{-z^2/2}", source=_J, scale=True),
)
