"""Densities and masses of the less common laws, as reference manuals list them."""

from symcheck.gate.standards.standard import define

_JK = "N. L. Johnson, S. Kotz, N. Balakrishnan, Continuous Univariate Distributions, 1994"
_JD = "N. L. Johnson, A. W. Kemp, S. Kotz, Univariate Discrete Distributions, 2005"
_MV = "S. Kotz, N. Balakrishnan, N. L. Johnson, Continuous Multivariate Distributions, 2000"
_GH = "A. Gelman et al., Bayesian Data Analysis, 2013"

STANDARDS = (
    define(
        "skew normal; skew-normal",
        r"\frac{2}{\omega} \phi\left(\frac{x - \xi}{\omega}\right) \Phi\left(\alpha \frac{x - "
        r"\xi}{\omega}\right)",
        r"\frac{1}{\sqrt{2 \pi} \omega} \exp\left(-\frac{1}{2} \left(\frac{y - \xi}{\omega}\right)^2\right) "
        r"\left(1 + \mathrm{erf}\left(\alpha \left(\frac{y - \xi}{\omega \sqrt{2}}\right)\right)\right)",
        r"2 \phi(x) \Phi(a x)",
        source="A. Azzalini, A class of distributions which includes the normal ones, 1985",
        scale=False,
    ),
    define(
        "exponentially modified; exponentially modified Gaussian; exponnorm",
        r"\frac{\lambda}{2} \exp\left(\frac{\lambda}{2} (2 \mu + \lambda \sigma^2 - 2 y)\right) "
        r"\mathrm{erfc}\left(\frac{\mu + \lambda \sigma^2 - y}{\sqrt{2} \sigma}\right)",
        r"\frac{1}{2 K} \exp\left(\frac{1}{2 K^2} - \frac{x}{K}\right) \mathrm{erfc}\left(-\frac{x - "
        r"1/K}{\sqrt{2}}\right)",
        source=_JK,
        scale=False,
    ),
    define(
        "double exponential; Laplace",
        r"\frac{1}{2 \sigma} \exp\left(-\frac{|y - \mu|}{\sigma}\right)",
        r"\frac{1}{2} \exp(-|x|)",
        source=_JK,
        scale=False,
    ),
    define(
        "logistic distribution; logistic density; Logistic",
        r"\frac{1}{\sigma} \exp\left(-\frac{y - \mu}{\sigma}\right) \left(1 + \exp\left(-\frac{y - "
        r"\mu}{\sigma}\right)\right)^{-2}",
        r"\frac{\exp(-(x - \mu)/s)}{s (1 + \exp(-(x - \mu)/s))^2}",
        r"\frac{\exp(-x)}{(1 + \exp(-x))^2}",
        r"\frac{1}{4 s} \mathrm{sech}^2\left(\frac{x - \mu}{2 s}\right)",
        source=_JK,
        scale=False,
    ),
    define(
        "inverse chi-square; inverse-chi-square; inverse chi-squared",
        r"\frac{2^{-\nu/2}}{\Gamma(\nu/2)} y^{-\nu/2 - 1} \exp\left(-\frac{1}{2} \frac{1}{y}\right)",
        r"\frac{2^{-\nu/2}}{\Gamma(\nu/2)} x^{-\nu/2 - 1} \exp\left(-\frac{1}{2 x}\right)",
        source=_GH,
        scale=False,
    ),
    define(
        "scaled inverse chi-square; scaled inverse chi-squared",
        r"\frac{(\nu/2)^{\nu/2}}{\Gamma(\nu/2)} \sigma^\nu y^{-(\nu/2 + 1)} \exp\left(-\frac{1}{2} \nu "
        r"\sigma^2 \frac{1}{y}\right)",
        source=_GH,
        scale=False,
    ),
    define(
        "Frechet; Fréchet",
        r"\frac{\alpha}{\sigma} \left(\frac{y}{\sigma}\right)^{-\alpha - 1} "
        r"\exp\left(-\left(\frac{y}{\sigma}\right)^{-\alpha}\right)",
        r"c x^{-c - 1} \exp(-x^{-c})",
        source=_JK,
        scale=False,
    ),
    define(
        "Lomax; Pareto type 2; Pareto Type II",
        r"\frac{\alpha}{\lambda} \left(1 + \frac{y - \mu}{\lambda}\right)^{-(\alpha + 1)}",
        r"\frac{\alpha}{\lambda} \left(1 + \frac{x}{\lambda}\right)^{-(\alpha + 1)}",
        r"\frac{c}{(1 + x)^{c + 1}}",
        source=_JK,
        scale=False,
    ),
    define(
        "beta proportion",
        r"\frac{1}{B(\mu \kappa, (1 - \mu) \kappa)} \theta^{\mu \kappa - 1} (1 - \theta)^{(1 - \mu) \kappa "
        r"- 1}",
        source=_GH,
        scale=False,
    ),
    define(
        "Wishart; Wishart distribution",
        r"\frac{1}{2^{\nu K/2}} \frac{1}{\Gamma_K(\nu/2)} |S|^{-\nu/2} |W|^{(\nu - K - 1)/2} "
        r"\exp\left(-\frac{1}{2} \mathrm{tr}(S^{-1} W)\right)",
        r"\frac{|W|^{(\nu - K - 1)/2} \exp\left(-\frac{1}{2} \mathrm{tr}(S^{-1} W)\right)}{2^{\nu K/2} "
        r"|S|^{\nu/2} \Gamma_K(\nu/2)}",
        source=_MV,
        scale=False,
    ),
    define(
        "inverse Wishart; inverse-Wishart",
        r"\frac{1}{2^{\nu K/2}} \frac{1}{\Gamma_K(\nu/2)} |S|^{\nu/2} |W|^{-(\nu + K + 1)/2} "
        r"\exp\left(-\frac{1}{2} \mathrm{tr}(S W^{-1})\right)",
        r"\frac{|S|^{\nu/2}}{2^{\nu K/2} \Gamma_K(\nu/2)} |W|^{-\frac{\nu + K + 1}{2}} "
        r"\exp\left(-\frac{1}{2} \mathrm{tr}(S W^{-1})\right)",
        source=_MV,
        scale=False,
    ),
    define(
        "LKJ; Cholesky factor of a correlation matrix",
        r"\prod_{k=2}^K L_{kk}^{K - k + 2 \eta - 2}",
        r"\det(\Sigma)^{\eta - 1}",
        source="D. Lewandowski, D. Kurowicka, H. Joe, 2009",
        scale=False,
    ),
    define(
        "precision parameterization; precision matrix; multivariate normal with precision",
        r"\frac{1}{(2 \pi)^{K/2}} \sqrt{|\Omega|} \exp\left(-\frac{1}{2} (y - \mu)^\top \Omega (y - "
        r"\mu)\right)",
        r"\frac{|\Omega|^{1/2}}{(2 \pi)^{K/2}} \exp\left(-\frac{1}{2} (y - \mu)^\top \Omega (y - \mu)\right)",
        source=_MV,
        scale=False,
    ),
    define(
        "negative binomial; negative-binomial",
        r"\binom{n + \phi - 1}{n} \left(\frac{\mu}{\mu + \phi}\right)^n \left(\frac{\phi}{\mu + "
        r"\phi}\right)^\phi",
        r"\binom{n + \alpha - 1}{\alpha - 1} \left(\frac{\beta}{\beta + 1}\right)^\alpha "
        r"\left(\frac{1}{\beta + 1}\right)^n",
        r"\mu + \frac{\mu^2}{\phi}",
        r"\frac{\Gamma(k + r)}{k! \Gamma(r)} p^r (1 - p)^k",
        r"\frac{r (1 - p)}{p^2}",
        source=_JD,
        scale=False,
    ),
    define(
        "ordered logistic; ordered logit",
        r"\begin{cases} 1 - \sigma(\eta - c_1) & k = 1 \\ \sigma(\eta - c_{k-1}) - \sigma(\eta - c_k) & 1 < "
        r"k < K \\ \sigma(\eta - c_{K-1}) & k = K \end{cases}",
        source=_GH,
        scale=False,
    ),
    define(
        "binomial logit; Binomial distribution",
        r"\binom{N}{n} \theta^n (1 - \theta)^{N - n}",
        r"\binom{N}{n} \sigma(\alpha)^n (1 - \sigma(\alpha))^{N - n}",
        source=_JD,
        scale=False,
    ),
    define(
        "beta-binomial; beta binomial",
        r"\binom{N}{n} \frac{B(n + \alpha, N - n + \beta)}{B(\alpha, \beta)}",
        source=_JD,
        scale=False,
    ),
    define(
        "hypergeometric",
        r"\frac{\binom{a}{n} \binom{b}{N - n}}{\binom{a + b}{N}}",
        r"n \frac{K}{N} \frac{N - K}{N} \frac{N - n}{N - 1}",
        source=_JD,
        scale=False,
    ),
    define(
        "Dirichlet-multinomial; Dirichlet multinomial",
        r"\frac{n! \Gamma(A)}{\Gamma(n + A)} \prod_{k=1}^K \frac{\Gamma(x_k + \alpha_k)}{x_k! "
        r"\Gamma(\alpha_k)}",
        r"\frac{\Gamma(A) \Gamma(n + 1)}{\Gamma(n + A)} \prod_{k=1}^K \frac{\Gamma(x_k + "
        r"\alpha_k)}{\Gamma(\alpha_k) \Gamma(x_k + 1)}",
        source=_JD,
        scale=False,
    ),
    define("arcsine distribution; Arcsine", r"\frac{1}{\pi \sqrt{(x - a)(b - x)}}",
           r"\frac{1}{\pi \sqrt{x (1 - x)}}", source=_JK, scale=False),
    define("beta prime; Beta prime; BetaPrime",
           r"\frac{1}{B(\alpha, \beta)} x^{\alpha - 1} (1 + x)^{-(\alpha + \beta)}",
           r"\frac{x^{\alpha - 1} (1 + x)^{-\alpha - \beta}}{B(\alpha, \beta)}", source=_JK, scale=False),
    define("chi distribution; Chi distribution",
           r"\frac{1}{\Gamma(k/2)} 2^{1 - k/2} x^{k - 1} e^{-x^2/2}",
           r"\frac{x^{k - 1} e^{-x^2/2}}{2^{k/2 - 1} \Gamma(k/2)}", source=_JK, scale=False),
    define("Epanechnikov", r"\frac{3}{4} (1 - u^2)",
           r"\frac{3}{4 \sigma} \left(1 - \left(\frac{x - \mu}{\sigma}\right)^2\right)",
           source="V. A. Epanechnikov, 1969", scale=False),
    define("Erlang", r"\frac{x^{k - 1} e^{-x/\theta}}{\Gamma(k) \theta^k}",
           r"\frac{\lambda^k x^{k - 1} e^{-\lambda x}}{(k - 1)!}", source=_JK, scale=False),
    define("F distribution; F-distribution; Fisher-Snedecor",
           r"\frac{1}{x B(a/2, b/2)} \sqrt{\frac{(a x)^a b^b}{(a x + b)^{a + b}}}",
           r"\frac{2 b^2 (a + b - 2)}{a (b - 2)^2 (b - 4)}", source=_JK, scale=False),
    define("generalized extreme value; GEV; GeneralizedExtremeValue",
           r"\frac{1}{\sigma} \left[1 + \left(\frac{x - \mu}{\sigma}\right) \xi\right]^{-1/\xi - 1} "
           r"\exp\left\{-\left[1 + \left(\frac{x - \mu}{\sigma}\right) \xi\right]^{-1/\xi}\right\}",
           r"\exp\left(-\left(1 + \xi \frac{x - \mu}{\sigma}\right)^{-1/\xi}\right)",
           source=_JK, scale=False),
    define("generalized Pareto; GeneralizedPareto",
           r"\frac{1}{\sigma} \left(1 + \xi \frac{x - \mu}{\sigma}\right)^{-\frac{1}{\xi} - 1}",
           r"1 - \left(1 + \xi \frac{x - \mu}{\sigma}\right)^{-1/\xi}", source=_JK, scale=False),
    define("inverse Gaussian; InverseGaussian; Wald distribution",
           r"\sqrt{\frac{\lambda}{2 \pi x^3}} \exp\left(-\frac{\lambda (x - \mu)^2}{2 \mu^2 x}\right)",
           r"\frac{1}{\sqrt{2 \pi x^3}} \exp\left(-\frac{(x - \mu)^2}{2 x \mu^2}\right)",
           source=_JK, scale=False),
    define("Kumaraswamy", r"a b x^{a - 1} (1 - x^a)^{b - 1}", r"1 - (1 - x^a)^b", source=_JK, scale=False),
    define("Levy; Lévy",
           r"\sqrt{\frac{\sigma}{2 \pi (x - \mu)^3}} \exp\left(-\frac{\sigma}{2 (x - \mu)}\right)",
           r"\sqrt{\frac{c}{2 \pi}} \frac{\exp\left(-\frac{c}{2 (x - \mu)}\right)}{(x - \mu)^{3/2}}",
           source=_JK, scale=False),
    define("log-uniform; LogUniform; reciprocal distribution", r"\frac{1}{x \log(b/a)}",
           r"\frac{1}{x (\log b - \log a)}", source=_JK, scale=False),
    define("Rice; Rician",
           r"\frac{x}{\sigma^2} \exp\left(-\frac{x^2 + \nu^2}{2 \sigma^2}\right) I_0\left(\frac{x "
           r"\nu}{\sigma^2}\right)",
           r"x \exp\left(-\frac{x^2 + b^2}{2}\right) I_0(x b)", source=_JK, scale=False),
    define("semicircle; Wigner semicircle", r"\frac{2}{\pi r^2} \sqrt{r^2 - x^2}", source=_JK, scale=False),
    define("Skellam",
           r"e^{-(\mu_1 + \mu_2)} \left(\frac{\mu_1}{\mu_2}\right)^{k/2} I_k(2 \sqrt{\mu_1 \mu_2})",
           source=_JD, scale=False),
    define("von Mises", r"\frac{1}{2 \pi I_0(\kappa)} \exp(\kappa \cos(x - \mu))",
           r"\frac{\exp(\kappa \cos(x - \mu))}{2 \pi I_0(\kappa)}", source=_JK, scale=False),
    define("von Mises-Fisher; vMF",
           r"\frac{\kappa^{d/2 - 1}}{(2 \pi)^{d/2} I_{d/2 - 1}(\kappa)} \exp(\kappa \mu^\top x)",
           source=_MV, scale=False),
    define("generalized Gaussian; generalized normal; gennorm",
           r"\frac{\beta}{2 \alpha \Gamma(1/\beta)} \exp\left(-\left(\frac{|x - "
           r"\mu|}{\alpha}\right)^\beta\right)",
           r"\frac{\beta}{2 \Gamma(1/\beta)} \exp(-|x|^\beta)", source=_JK, scale=False),
    define("Lindley", r"\frac{\theta^2}{1 + \theta} (1 + x) e^{-\theta x}", source=_JK, scale=False),
    define("half normal; half-normal",
           r"\sqrt{\frac{2}{\pi}} \exp\left(-\frac{x^2}{2}\right)",
           r"\frac{\sqrt{2}}{\sigma \sqrt{\pi}} \exp\left(-\frac{x^2}{2 \sigma^2}\right)",
           source=_JK, scale=False),
    define("half Cauchy; half-Cauchy", r"\frac{2}{\pi (1 + x^2)}",
           r"\frac{2}{\pi \gamma \left(1 + \left(\frac{x}{\gamma}\right)^2\right)}", source=_JK, scale=False),
    define("Maxwell; Maxwell-Boltzmann",
           r"\sqrt{\frac{2}{\pi}} x^2 \exp\left(-\frac{x^2}{2}\right)",
           r"\sqrt{\frac{2}{\pi}} \frac{x^2}{a^3} \exp\left(-\frac{x^2}{2 a^2}\right)", source=_JK,
           scale=False),
    define("log-logistic; loglogistic; Fisk",
           r"\frac{(\beta/\alpha) (x/\alpha)^{\beta - 1}}{(1 + (x/\alpha)^\beta)^2}",
           r"\frac{c x^{c - 1}}{(1 + x^c)^2}",
           r"\frac{1}{1 + (x/\alpha)^{-\beta}}", r"S(t) = \frac{1}{1 + (t/\alpha)^\beta}",
           r"h(t) = \frac{(\beta/\alpha) (t/\alpha)^{\beta - 1}}{1 + (t/\alpha)^\beta}",
           r"H(t) = \log(1 + (t/\alpha)^\beta)", source=_JK, scale=False),
    define("Burr", r"\frac{c k x^{c - 1}}{(1 + x^c)^{k + 1}}", r"1 - (1 + x^c)^{-k}", source=_JK,
           scale=False),
    define("Gompertz", r"c e^x \exp(-c (e^x - 1))", r"b \eta \exp(\eta + b x - \eta e^{b x})", source=_JK,
           scale=False),
    define("Nakagami",
           r"\frac{2 m^m}{\Gamma(m) \Omega^m} x^{2 m - 1} \exp\left(-\frac{m}{\Omega} x^2\right)",
           r"\frac{2 \nu^\nu}{\Gamma(\nu)} x^{2 \nu - 1} \exp(-\nu x^2)", source=_JK, scale=False),
    define("hyperbolic secant", r"\frac{1}{\pi} \mathrm{sech}(x)",
           r"\frac{1}{2} \mathrm{sech}\left(\frac{\pi}{2} x\right)", source=_JK, scale=False),
    define("power function; power-function", r"a x^{a - 1}", source=_JK, scale=False),
    define("Zipf; zeta distribution", r"\frac{1}{\zeta(a) k^a}", r"\frac{k^{-a}}{\zeta(a)}", source=_JD,
           scale=False),
    define("logarithmic distribution; log series; logser", r"-\frac{p^k}{k \log(1 - p)}",
           r"\frac{-1}{\log(1 - p)} \frac{p^k}{k}", source=_JD, scale=False),
    define("truncated normal; truncated Gaussian",
           r"\frac{1}{\sigma} \frac{\phi\left(\frac{x - \mu}{\sigma}\right)}{\Phi\left(\frac{b - "
           r"\mu}{\sigma}\right) - \Phi\left(\frac{a - \mu}{\sigma}\right)}",
           r"\frac{\phi(x)}{\Phi(b) - \Phi(a)}", source=_JK, scale=False),
    define("matrix normal",
           r"\frac{\exp\left(-\frac{1}{2} \mathrm{tr}(V^{-1} (X - M)^\top U^{-1} (X - M))\right)}{(2 "
           r"\pi)^{n p/2} |V|^{n/2} |U|^{p/2}}", source=_MV, scale=False),
    define("concrete distribution; Gumbel-Softmax; Gumbel softmax",
           r"\frac{\exp((\log \pi_i + g_i)/\tau)}{\sum_{j=1}^k \exp((\log \pi_j + g_j)/\tau)}",
           r"g = -\log(-\log(u))",
           source="E. Jang, S. Gu, B. Poole, Categorical reparameterization with Gumbel-Softmax, 2017",
           scale=False),
    define("normal-inverse-gamma; normal inverse gamma",
           r"\frac{\sqrt{\lambda}}{\sqrt{2 \pi \sigma^2}} \frac{\beta^\alpha}{\Gamma(\alpha)} "
           r"\left(\frac{1}{\sigma^2}\right)^{\alpha + 1} \exp\left(-\frac{2 \beta + \lambda (x - \mu)^2}{2 "
           r"\sigma^2}\right)", source=_GH, scale=False),
)  # fmt: skip
