"""Densities, masses and moments."""

from symcheck.gate.standards.standard import define

_JK = "N. L. Johnson, S. Kotz, N. Balakrishnan, Continuous Univariate Distributions, 1994"
_JD = "N. L. Johnson, A. W. Kemp, S. Kotz, Univariate Discrete Distributions, 2005"
_MV = "S. Kotz, N. Balakrishnan, N. L. Johnson, Continuous Multivariate Distributions, 2000"

STANDARDS = (
    define(
        "normal distribution; Gaussian distribution; normal density; Gaussian density; Gaussian; "
        "Gaussian naive Bayes; GaussianNB",
        r"\frac{1}{\sqrt{2 \pi \sigma^2}} \exp\left(-\frac{(x - \mu)^2}{2 \sigma^2}\right)",
        r"\frac{1}{\sigma \sqrt{2 \pi}} \exp\left(-\frac{1}{2} \left(\frac{x - \mu}{\sigma}\right)^2\right)",
        r"\frac{1}{\sqrt{2 \pi} \sigma} \exp\left(-\frac{(x - \mu)^2}{2 \sigma^2}\right)",
        r"\frac{1}{\sqrt{2 \pi}} \exp\left(-\frac{x^2}{2}\right)",
        r"\frac{\exp(-x^2/2)}{\sqrt{2 \pi}}",
        source=_JK,
        scale=False,
    ),
    define(
        "multivariate normal; multivariate Gaussian",
        r"\frac{1}{(2 \pi)^{n/2} |\Sigma|^{1/2}} \exp\left(-\frac{1}{2} (x - \mu)^T \Sigma^{-1} (x - "
        r"\mu)\right)",
        r"\frac{1}{\sqrt{(2 \pi)^n |\Sigma|}} \exp\left(-\frac{1}{2} (x - \mu)^T \Sigma^{-1} (x - "
        r"\mu)\right)",
        r"\frac{1}{(2 \pi)^{n/2} |\det \Sigma|^{1/2}} \exp\left(-\frac{1}{2} (x - \mu)^T \Sigma^{-1} (x "
        r"- \mu)\right)",
        r"\frac{1}{(2 \pi)^{n/2} \det(\Sigma)^{1/2}} \exp\left(-\frac{1}{2} (x - \mu)^T \Sigma^{-1} (x "
        r"- \mu)\right)",
        r"\frac{1}{\sqrt{(2 \pi)^n \det \Sigma}} \exp\left(-\frac{1}{2} (x - \mu)^T \Sigma^{-1} (x - "
        r"\mu)\right)",
        source=_MV,
        scale=False,
    ),
    define(
        "sampling a multivariate normal; z standard normal",
        r"x = \mu + \Sigma^{1/2} z",
        r"x = \mu + L z",
        r"x = \mu + \sigma z",
        source=_MV,
        scale=False,
    ),
    define(
        "Student t; Student's t; t distribution; Student-t; t-distribution",
        r"\frac{\Gamma((\nu + 1)/2)}{\sqrt{\pi \nu} \Gamma(\nu/2)} (1 + x^2/\nu)^{-(\nu + 1)/2}",
        r"\frac{\Gamma\left(\frac{\nu + 1}{2}\right)}{\sqrt{\nu \pi} \Gamma\left(\frac{\nu}{2}\right)} "
        r"\left(1 + \frac{x^2}{\nu}\right)^{-\frac{\nu + 1}{2}}",
        source=_JK,
        scale=False,
    ),
    define(
        "multivariate t",
        r"\frac{\Gamma((\nu + p)/2)}{\Gamma(\nu/2) \nu^{p/2} \pi^{p/2} |\Sigma|^{1/2}} \left[1 + "
        r"\frac{1}{\nu} (x - \mu)^{\top} \Sigma^{-1} (x - \mu)\right]^{-(\nu + p)/2}",
        r"\left[1 + \frac{1}{\nu} (x - \mu)^{\top} \Sigma^{-1} (x - \mu)\right]^{-(\nu + p)/2}",
        source=_MV,
        scale=False,
    ),
    define(
        "chi-squared distribution; chi-square density; chi-square; chi squared; chi-squared",
        r"\frac{x^{\nu/2 - 1} e^{-x/2}}{2^{\nu/2} \Gamma(\nu/2)}",
        source=_JK,
        scale=False,
    ),
    define(
        "exponential distribution; exponential density",
        r"\lambda e^{-\lambda x}",
        r"\frac{1}{\theta} e^{-x/\theta}",
        source=_JK,
        scale=False,
    ),
    define(
        "Laplace distribution; Laplace density; Laplace",
        r"\frac{1}{2 b} \exp\left(-\frac{|x - \mu|}{b}\right)",
        source=_JK,
        scale=False,
    ),
    define(
        "gamma distribution; gamma density; Gamma distribution",
        r"\frac{\beta^\alpha}{\Gamma(\alpha)} x^{\alpha - 1} e^{-\beta x}",
        r"\frac{x^{\alpha - 1} e^{-x/\theta}}{\Gamma(\alpha) \theta^\alpha}",
        source=_JK,
        scale=False,
    ),
    define(
        "inverse gamma; inverse-gamma",
        r"\frac{\beta^\alpha}{\Gamma(\alpha)} x^{-(\alpha + 1)} e^{-\beta/x}",
        source=_JK,
        scale=False,
    ),
    define(
        "beta distribution; beta density; Beta distribution",
        r"\frac{x^{\alpha - 1} (1 - x)^{\beta - 1}}{B(\alpha, \beta)}",
        r"\frac{\Gamma(\alpha + \beta)}{\Gamma(\alpha) \Gamma(\beta)} x^{\alpha - 1} (1 - x)^{\beta - 1}",
        source=_JK,
        scale=False,
    ),
    define(
        "Dirichlet; Dirichlet distribution",
        r"\frac{\Gamma(\sum_{i=1}^K \alpha_i)}{\prod_{i=1}^K \Gamma(\alpha_i)} \prod_{i=1}^K "
        r"x_i^{\alpha_i - 1}",
        r"\frac{1}{B(\alpha)} \prod_{i=1}^K x_i^{\alpha_i - 1}",
        source=_MV,
        scale=False,
    ),
    define(
        "Cauchy distribution; Cauchy",
        r"\frac{1}{\pi \gamma \left[1 + \left(\frac{x - a}{\gamma}\right)^2\right]}",
        r"\frac{1}{\pi (1 + x^2)}",
        source=_JK,
        scale=False,
    ),
    define("logistic distribution", r"\frac{e^{-x}}{(1 + e^{-x})^2}", source=_JK, scale=False),
    define(
        "log-normal; lognormal; log normal",
        r"\frac{1}{x \sigma \sqrt{2 \pi}} \exp\left(-\frac{(\log x - \mu)^2}{2 \sigma^2}\right)",
        r"\frac{1}{x \sqrt{2 \pi \sigma^2}} \exp\left(-\frac{(\log x - \mu)^2}{2 \sigma^2}\right)",
        source=_JK,
        scale=False,
    ),
    define(
        "logit-normal; LogitNormal; logit normal",
        r"\frac{1}{x (1 - x)} \frac{1}{\sqrt{2 \pi \sigma^2}} \exp\left(-\frac{(\text{logit}(x) - "
        r"\mu)^2}{2 \sigma^2}\right)",
        r"\frac{1}{\sigma \sqrt{2 \pi}} \exp\left(-\frac{(\text{logit}(x) - \mu)^2}{2 \sigma^2}\right) "
        r"\frac{1}{x (1 - x)}",
        source="J. Aitchison, S. M. Shen, 1980",
        scale=False,
    ),
    define(
        "Weibull",
        r"\frac{k}{\lambda} \left(\frac{x}{\lambda}\right)^{k - 1} e^{-(x/\lambda)^k}",
        r"c x^{c - 1} \exp(-x^c)",
        source=_JK,
        scale=False,
    ),
    define(
        "Pareto", r"\frac{\alpha m^\alpha}{x^{\alpha + 1}}", r"\frac{b}{x^{b + 1}}", source=_JK, scale=False
    ),
    define(
        "Gumbel",
        r"\exp(-(x + \exp(-x)))",
        r"\exp(-x - e^{-x})",
        r"\frac{1}{\beta} e^{-(z + e^{-z})}",
        source=_JK,
        scale=False,
    ),
    define(
        "Rayleigh", r"\frac{x}{\sigma^2} e^{-x^2/(2 \sigma^2)}", r"x \exp(-x^2/2)", source=_JK, scale=False
    ),
    define(
        "Bernoulli; Bernoulli naive Bayes; BernoulliNB",
        r"p^x (1 - p)^{1 - x}",
        r"P(i | y) x_i + (1 - P(i | y)) (1 - x_i)",
        r"P(x_i | y) = P(x_i = 1 | y) x_i + (1 - P(x_i = 1 | y)) (1 - x_i)",
        source=_JD,
        scale=False,
    ),
    define("binomial distribution; binomial", r"\binom{n}{k} p^k (1 - p)^{n - k}", source=_JD, scale=False),
    define(
        "negative binomial",
        r"\binom{k + r - 1}{k} (1 - p)^k p^r",
        r"\binom{k + r - 1}{k} (1 - p)^r p^k",
        r"\binom{k + n - 1}{n - 1} p^n (1 - p)^k",
        source=_JD,
        scale=False,
    ),
    define(
        "geometric distribution; geometric", r"(1 - p)^{k - 1} p", r"(1 - p)^k p", source=_JD, scale=False
    ),
    define("Poisson distribution; Poisson", r"\frac{\lambda^k e^{-\lambda}}{k!}", source=_JD, scale=False),
    define(
        "multinomial distribution", r"\frac{n!}{\prod_{i} x_i!} \prod_i p_i^{x_i}", source=_JD, scale=False
    ),
    define(
        "exponential family",
        r"\exp(\langle t(x), \theta \rangle - F(\theta) + k(x))",
        r"h(x) \exp(\eta^\top T(x) - A(\eta))",
        source="L. D. Brown, Fundamentals of Statistical Exponential Families, 1986",
        scale=False,
    ),
    define(
        "von Mises",
        r"\frac{\exp(\kappa \cos(x - \mu))}{2 \pi I_0(\kappa)}",
        source="K. V. Mardia, P. E. Jupp, Directional Statistics, 2000",
        scale=False,
    ),
    define(
        "Wiener; first passage",
        r"\frac{\alpha}{(y - \tau)^{3/2}} \exp\left(-\delta \alpha \beta - \frac{\delta^2 (y - "
        r"\tau)}{2}\right) \sum_{k=-\infty}^{\infty} (2 k + \beta) \phi\left(\frac{(2 k + \beta) "
        r"\alpha}{\sqrt{y - \tau}}\right)",
        source="D. J. Navarro, I. G. Fuss, 2009",
        scale=False,
    ),
    define(
        "mode of the chi-square; chi-squared mode; chi2", r"m = \max(\nu - 2, 0)", source=_JK, scale=False
    ),
    define(
        "cumulative distribution function; cdf; CDF",
        r"F_Y(y) = P[Y \le y]",
        r"F(x) = P(X \le x)",
        source="P. Billingsley, Probability and Measure, 1995",
        exact_left=True,
        scale=False,
    ),
    define(
        "complementary cumulative distribution function; CCDF; survival function",
        r"P[Y > y] = 1 - F_Y(y)",
        r"S(t) = 1 - F(t)",
        source="P. Billingsley, Probability and Measure, 1995",
        exact_left=True,
        scale=False,
    ),
    define(
        "probit; normal CDF; standard Normal CDF",
        r"p(Y = y | f) = \Phi((2 y - 1) f)",
        r"p(y | f) = \Phi(y f)",
        source="C. E. Rasmussen, C. K. I. Williams, 2006",
        scale=False,
    ),
)
