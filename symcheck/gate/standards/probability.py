"""Laws of probability, moments and estimators."""

from symcheck.gate.standards.standard import define

_P = "P. Billingsley, Probability and Measure, 1995"
_B = "A. Gelman et al., Bayesian Data Analysis, 2013"

STANDARDS = (
    define(
        "Bayes' theorem; Bayes theorem; Bayes rule; Bayes' rule",
        r"P(A | B) = \frac{P(B | A) P(A)}{P(B)}",
        r"P(A | B) = \frac{P(B | A) P(A)}{\sum_a P(B | A = a) P(A = a)}",
        r"P(A | B) = \frac{P(B | A) P(A)}{\sum_{b \in A} P(B | b) P(b)}",
        source=_P,
        scale=False,
    ),
    define(
        "conditional probability",
        r"P(B = b | A = a) = P(A = a, B = b) / P(A = a)",
        r"P(A | B) = \frac{P(A \cap B)}{P(B)}",
        r"P(A | B) = \frac{P(A, B)}{P(B)}",
        r"P(A | B) = \frac{P(B, A)}{P(B)}",
        source=_P,
        exact_left=True,
        scale=False,
    ),
    define(
        "variance; var",
        r"E[(X - E[X])^2]",
        r"E[X^2] - E[X]^2",
        r"E[X^2] - (E[X])^2",
        r"\frac{1}{n} \sum_{i=1}^n (x_i - \bar{x})^2",
        r"\frac{1}{n - 1} \sum_{i=1}^n (x_i - \bar{x})^2",
        r"\mathrm{mean}(\{x_i^2 : x \in X\}) - \mathrm{mean}(X)^2",
        source=_P,
        scale=False,
    ),
    define(
        "covariance",
        r"E[(X - E[X]) (Y - E[Y])]",
        r"E[X Y] - E[X] E[Y]",
        r"E[X Y] - E[Y] E[X]",
        source=_P,
        scale=False,
    ),
    define("skewness", r"E\left[\left(\frac{X - \mu}{\sigma}\right)^3\right]", source=_P, scale=False),
    define("kurtosis", r"E\left[\left(\frac{X - \mu}{\sigma}\right)^4\right]", source=_P, scale=False),
    define(
        "z-score; z score; standard score; posterior z-score",
        r"\frac{x - \mu}{\sigma}",
        r"z = \frac{m(f) - f(\theta)}{s(f)}",
        source=_B,
        scale=False,
    ),
    define(
        "law of total probability",
        r"P(A) = \sum_{i} P(A | B_i) P(B_i)",
        r"\sum_{i=1}^k P(A_i) = 1",
        source=_P,
        scale=False,
    ),
    define(
        "importance sampling",
        r"\frac{1}{N} \sum_{i=1}^N \frac{p(x_i)}{q(x_i)} f(x_i)",
        r"E_{x \sim q}\left[\frac{p(x)}{q(x)} f(x)\right]",
        source=_B,
    ),
    define(
        "statistical significance; type I error; significance level",
        r"1 - \alpha = 1 - P(\text{reject } H_0 | H_0 \text{ is true})",
        r"\alpha = P(\text{reject } H_0 | H_0 \text{ is true})",
        source="E. L. Lehmann, J. P. Romano, Testing Statistical Hypotheses, 2005",
        scale=False,
    ),
    define(
        "one-sided KS statistic; Kolmogorov-Smirnov; KS statistic",
        r"D_n^- = \sup_t (F(t) - G(t))",
        r"D_n^+ = \sup_t (F(t) - G(t))",
        r"D_n = \sup_t |F(t) - G(t)|",
        source="W. J. Conover, Practical Nonparametric Statistics, 1999",
        scale=False,
    ),
    define(
        "effective sample size; autocorrelation",
        r"\rho_t = 1 - \frac{W - \frac{1}{M} \sum_{m=1}^M s_m^2 \rho_{t, m}}{V^{+}}",
        r"\frac{N}{1 + 2 \sum_{t=1}^{\infty} \rho_t}",
        source=_B,
        scale=False,
    ),
    define(
        "poststratification; poststratified; population sizes",
        r"\phi^{(m)} = \frac{\sum_{j=1}^J \theta_j^{(m)} N_j}{\sum_{j=1}^J N_j}",
        r"\phi = \frac{\sum_{j=1}^J \theta_j N_j}{\sum_{j=1}^J N_j}",
        source=_B,
        scale=False,
    ),
    define(
        "momentum distribution; HMC momentum; Hamiltonian Monte Carlo",
        r"\rho \sim \mathsf{MultiNormal}(0, M)",
        source="R. M. Neal, MCMC using Hamiltonian dynamics, 2011",
        scale=False,
    ),
    define(
        "Metropolis-Hastings; acceptance probability",
        r"\min\left(1, \frac{p(y) q(x | y)}{p(x) q(y | x)}\right)",
        source=_B,
        scale=False,
    ),
    define(
        "hazard function; hazard rate",
        r"\frac{f(t)}{S(t)}",
        r"-\frac{d}{dt} \log S(t)",
        source="J. P. Klein, M. L. Moeschberger, Survival Analysis, 2003",
        scale=False,
    ),
    define(
        "Hoeffding's inequality; Hoeffding",
        r"P(|\bar{X} - \mu| \geq t) \leq 2 \exp(-2 n t^2)",
        source="W. Hoeffding, 1963",
        scale=False,
    ),
    define(
        "Chebyshev's inequality", r"P(|X - \mu| \geq k \sigma) \leq \frac{1}{k^2}", source=_P, scale=False
    ),
    define("Markov's inequality", r"P(X \geq a) \leq \frac{E[X]}{a}", source=_P, scale=False),
    define(
        "AR(1); stationary distribution of an AR(1); stationary assumption",
        r"\frac{\sigma^2}{1 - \rho^2}",
        source="J. D. Hamilton, Time Series Analysis, 1994",
        scale=False,
    ),
    define(
        "F-test; F test; F-statistic; total sum of squares",
        r"SST = M \cdot n \cdot A (1 - A)",
        r"F = \frac{A / (k - 1)}{B / (n - k)}",
        source="S. W. Looney, 1988",
        scale=False,
    ),
    define(
        "Laplace smoothing; additive smoothing; pseudo counts",
        r"\frac{N_{yi} + \alpha}{N_y + \alpha n}",
        source="C. D. Manning et al., 2008",
        scale=False,
    ),
)
