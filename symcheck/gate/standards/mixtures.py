"""Latent variables: mixtures, filters, chains, topics, and sampling from them."""

from symcheck.gate.standards.standard import define

_PRML = "C. M. Bishop, Pattern Recognition and Machine Learning, 2006"
_K = "R. E. Kalman, 1960"

STANDARDS = (
    define(
        "Gaussian mixture; mixture of Gaussians; GMM",
        r"p(x) = \sum_{k=1}^K \pi_k \mathcal{N}(x | \mu_k, \Sigma_k)",
        r"p(x) = \sum_{k=1}^K \pi_k \mathcal{N}(x; \mu_k, \Sigma_k)",
        source=_PRML,
        scale=False,
    ),
    define(
        "responsibilities; responsibility; E-step; E step",
        r"\gamma_{nk} = \frac{\pi_k \mathcal{N}(x_n | \mu_k, \Sigma_k)}{\sum_{j=1}^K \pi_j "
        r"\mathcal{N}(x_n | \mu_j, \Sigma_j)}",
        source=_PRML,
        scale=False,
    ),
    define(
        "M-step; M step; EM algorithm",
        r"\mu_k = \frac{1}{N_k} \sum_{n=1}^N \gamma_{nk} x_n",
        r"\Sigma_k = \frac{1}{N_k} \sum_{n=1}^N \gamma_{nk} (x_n - \mu_k)(x_n - \mu_k)^T",
        r"\pi_k = \frac{N_k}{N}",
        source=_PRML,
    ),
    define(
        "Kalman filter; Kalman; predict step; update step",
        r"P_{t|t-1} = F P_{t-1|t-1} F^\top + Q",
        r"K_t = P_{t|t-1} H^\top (H P_{t|t-1} H^\top + R)^{-1}",
        r"x_{t|t} = x_{t|t-1} + K_t (y_t - H x_{t|t-1})",
        r"P_{t|t} = (I - K_t H) P_{t|t-1}",
        r"P = (I - K H) P",
        source=_K,
        scale=False,
    ),
    define(
        "Riccati; Riccati equation",
        r"P = R + A^\top P A - A^\top P B (Q + B^\top P B)^{-1} B^\top P A",
        r"P = Q + A^\top P A - A^\top P B (R + B^\top P B)^{-1} B^\top P A",
        source="T. J. Sargent, L. Ljungqvist, Recursive Macroeconomic Theory, 2018",
        scale=False,
    ),
    define(
        "Lyapunov equation; discrete Lyapunov", r"\Sigma = A \Sigma A^\top + C C^\top", source=_K, scale=False
    ),
    define(
        "hidden Markov model; HMM; forward algorithm",
        r"\alpha_t(j) = \sum_{i=1}^N \alpha_{t-1}(i) a_{ij} b_j(o_t)",
        r"\beta_t(i) = \sum_{j=1}^N a_{ij} b_j(o_{t+1}) \beta_{t+1}(j)",
        r"p(x, z) = p(z_1) \prod_{t=2}^T p(z_t | z_{t-1}) \prod_{t=1}^T p(x_t | z_t)",
        source="L. R. Rabiner, 1989",
        scale=False,
    ),
    define("detailed balance", r"\pi(x) P(x, y) = \pi(y) P(y, x)", source=_PRML, scale=False),
    define("stationary distribution", r"\pi = \pi P", source=_PRML, scale=False),
    define(
        "Metropolis-Hastings; acceptance probability; acceptance ratio",
        r"\min\left(1, \frac{p(x') q(x | x')}{p(x) q(x' | x)}\right)",
        r"\min\left(1, \frac{P(x') Q(x | x')}{P(x) Q(x' | x)}\right)",
        source="W. K. Hastings, 1970",
        scale=False,
    ),
    define(
        "Hamiltonian; Hamiltonian Monte Carlo; leapfrog",
        r"\rho \leftarrow \rho - \frac{\epsilon}{2} \frac{\partial V}{\partial \theta}",
        r"\theta \leftarrow \theta + \epsilon M^{-1} \rho",
        r"\theta \leftarrow \theta + \epsilon \Sigma \rho",
        source="R. M. Neal, 2011",
        scale=False,
    ),
    define(
        "Langevin; Langevin dynamics",
        r"x_{t+1} = x_t + \frac{\epsilon}{2} \nabla_x \log p(x_t) + \sqrt{\epsilon} z_t",
        r"x_{t+1} = x_t + \epsilon \nabla_x \log p(x_t) + \sqrt{2 \epsilon} z_t",
        source="M. Welling, Y. W. Teh, 2011",
        scale=False,
    ),
    define(
        "latent Dirichlet allocation; LDA",
        r"p(\theta, z, w | \alpha, \beta) = p(\theta | \alpha) \prod_{n=1}^N p(z_n | \theta) p(w_n | z_n, "
        r"\beta)",
        source="D. M. Blei, A. Y. Ng, M. I. Jordan, 2003",
        scale=False,
    ),
    define(
        "linear discriminant; LDA",
        r"\delta_k(x) = x^T \Sigma^{-1} \mu_k - \frac{1}{2} \mu_k^T \Sigma^{-1} \mu_k + \log \pi_k",
        source="T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning, 2009",
        scale=False,
    ),
    define(
        "Markov random field; Gibbs distribution; Boltzmann distribution",
        r"p(x) = \frac{1}{Z} \exp(-E(x))",
        r"p(x) = \frac{\exp(-E(x))}{Z}",
        r"p(x) = \frac{1}{Z} \prod_{c \in C} \phi_c(x_c)",
        r"Z = \sum_x \prod_{c \in C} \phi_c(x_c)",
        r"Z = \sum_x \exp(-E(x))",
        source=_PRML,
        scale=False,
    ),
    define(
        "Bayesian network; Bayes net; directed graphical model",
        r"p(x_1, \ldots, x_n) = \prod_{i=1}^n p(x_i | G(x_i))",
        source="J. Pearl, Probabilistic Reasoning in Intelligent Systems, 1988",
        scale=False,
    ),
    define(
        "conditional random field; CRF",
        r"P(y | x) = \frac{1}{Z(x)} \prod_{c \in C} \phi_c(x_c, y_c)",
        source="J. Lafferty, A. McCallum, F. Pereira, 2001",
        scale=False,
    ),
    define(
        "belief propagation; message passing; sum-product",
        r"m_{i \to j}(x_j) = \sum_{x_i} \phi(x_i) \phi(x_i, x_j) \prod_{l \in N(i) \setminus j} m_{l \to "
        r"i}(x_i)",
        source=_PRML,
        scale=False,
    ),
    define(
        "chain rule of probability; chain rule; autoregressive",
        r"p(x_1, \ldots, x_T) = \prod_{t=1}^T p(x_t | x_{t-1}, \ldots, x_1)",
        r"P(x_1, \ldots, x_T) = \prod_{t=1}^T P(x_t | x_1, \ldots, x_{t-1})",
        source=_PRML,
        scale=False,
    ),
    define(
        "Gaussian process posterior; GP posterior; predictive variance; predictive mean",
        r"\mu_* = K_*^\top (K + \sigma^2 I)^{-1} y",
        r"\Sigma_* = K_{**} - K_*^\top (K + \sigma^2 I)^{-1} K_*",
        r"k(x_*, x_*) - k_*^\top (K + \sigma^2 I)^{-1} k_*",
        source="C. E. Rasmussen, C. K. I. Williams, 2006",
        scale=False,
    ),
    define(
        "marginal likelihood; log marginal likelihood",
        r"-\frac{1}{2} y^\top K^{-1} y - \frac{1}{2} \log |K| - \frac{n}{2} \log(2 \pi)",
        r"-\frac{1}{2} y^\top (K + \sigma^2 I)^{-1} y - \frac{1}{2} \log |K + \sigma^2 I| - \frac{n}{2} "
        r"\log(2 \pi)",
        source="C. E. Rasmussen, C. K. I. Williams, 2006",
        scale=False,
    ),
    define(
        "Gaussian conditional; conditional Gaussian; conditional distribution of a Gaussian",
        r"\mu_{1|2} = \mu_1 + \Sigma_{12} \Sigma_{22}^{-1} (x_2 - \mu_2)",
        r"\Sigma_{1|2} = \Sigma_{11} - \Sigma_{12} \Sigma_{22}^{-1} \Sigma_{21}",
        source=_PRML,
        scale=False,
    ),
    define(
        "expected improvement",
        r"(\mu(x) - f^*) \Phi(Z) + \sigma(x) \phi(Z)",
        source="D. R. Jones, M. Schonlau, W. J. Welch, 1998",
        scale=False,
    ),
    define(
        "upper confidence bound; UCB; UCB1",
        r"\hat{\mu}_i + \sqrt{\frac{2 \log t}{n_i}}",
        r"\mu(x) + \kappa \sigma(x)",
        source="P. Auer, N. Cesa-Bianchi, P. Fischer, 2002",
        scale=False,
    ),
)
