"""Kernels, distances and norms."""

from symcheck.gate.standards.standard import define

_GP = "C. E. Rasmussen, C. K. I. Williams, Gaussian Processes for Machine Learning, 2006, chapter 4"
_OT = "G. Peyré, M. Cuturi, Computational Optimal Transport, 2019"

STANDARDS = (
    define(
        "Gaussian kernel; RBF kernel; radial basis function; squared exponential; RBF; Gaussian RBF",
        r"\exp\left(-\frac{\|x - y\|^2}{2 \sigma^2}\right)",
        r"\exp(-\gamma \|x - y\|^2)",
        r"\exp\left(-\frac{1}{h} \|x - y\|^2\right)",
        r"\exp\left(-\frac{\|x - y\|^2}{\sigma^2}\right)",
        r"\sigma^2 \exp\left(-\frac{\|x - y\|^2}{2 l^2}\right)",
        r"\exp\left(-\frac{1}{2} \|x - y\|^2\right)",
        r"\exp\left(-\frac{d(x, y)^2}{2 l^2}\right)",
        r"\exp\left(-\frac{(x - y)^2}{2 \sigma^2}\right)",
        r"\exp\left(-\frac{1}{2} (x - y)^\top \Theta^{-2} (x - y)\right)",
        r"\alpha^2 \exp\left(-\frac{1}{2 \rho^2} \sum_{d=1}^D (x_{i,d} - x_{j,d})^2\right)",
        source=_GP,
    ),
    define(
        "exponential kernel; Laplacian kernel; Ornstein-Uhlenbeck kernel",
        r"\sigma^2 \exp\left(-\frac{|x - y|}{l}\right)",
        r"\exp\left(-\frac{\|x - y\|}{l}\right)",
        r"\exp(-\gamma \|x - y\|_1)",
        source=_GP,
        scale=False,
    ),
    define(
        "Matern 3/2; Matérn 3/2; Matern32",
        r"\sigma^2 \left(1 + \frac{\sqrt{3} |x - y|}{l}\right) \exp\left(-\frac{\sqrt{3} |x - y|}{l}\right)",
        source=_GP,
    ),
    define(
        "Matern 5/2; Matérn 5/2; Matern52",
        r"\sigma^2 \left(1 + \frac{\sqrt{5} |x - y|}{l} + \frac{5 |x - y|^2}{3 l^2}\right) "
        r"\exp\left(-\frac{\sqrt{5} |x - y|}{l}\right)",
        source=_GP,
    ),
    define(
        "Matern kernel; Matérn kernel; Matern; Matérn",
        r"\frac{2^{1 - \nu}}{\Gamma(\nu)} \left(\sqrt{2 \nu} d\right)^{\nu} K_\nu(\sqrt{2 \nu} d)",
        r"\frac{1}{\Gamma(\nu) 2^{\nu - 1}} \left(\frac{\sqrt{2 \nu}}{l} d\right)^{\nu} "
        r"K_\nu\left(\frac{\sqrt{2 \nu}}{l} d\right)",
        source=_GP,
    ),
    define(
        "rational quadratic kernel; rational quadratic",
        r"\left(1 + \frac{d(x, y)^2}{2 \alpha l^2}\right)^{-\alpha}",
        r"\left(1 + \frac{d^2}{2 \alpha l^2}\right)^{-\alpha}",
        source=_GP,
    ),
    define(
        "periodic kernel; ExpSineSquared; exp-sine-squared",
        r"\exp\left(-\frac{2 \sin^2(\pi d(x, y) / p)}{l^2}\right)",
        r"\exp\left(-2 \left(\sin(\pi / p \cdot d(x, y)) / l\right)^2\right)",
        r"\sigma^2 \exp\left(-\frac{2 \sin^2(\pi |x - y| / p)}{l^2}\right)",
        r"\exp\left(-2 \frac{\sin^2(\pi \|x - y\| / p)}{l^2}\right)",
        source=_GP,
    ),
    define("polynomial kernel", r"(\gamma x^\top y + c)^d", r"(x^\top y + c)^d", source=_GP),
    define(
        "sigmoid kernel",
        r"\tanh(\gamma x^\top y + c)",
        source="B. Schölkopf, A. J. Smola, Learning with Kernels, 2002",
    ),
    define(
        "chi-squared kernel; chi2 kernel",
        r"\exp\left(-\gamma \sum_i \frac{(x_i - y_i)^2}{x_i + y_i}\right)",
        source="scikit-learn user guide",
    ),
    define(
        "Nystrom approximation; Nyström approximation; Nystrom; Nystr\u00f6m; low-rank",
        r"Q = k(X, U) k(U, U)^{-1} k(U, X)",
        scale=False,
        source="C. K. I. Williams, M. Seeger, Using the Nyström method to speed up kernel machines, 2001",
    ),
    define(
        "cosine similarity",
        r"\frac{x \cdot y}{\|x\| \|y\|}",
        r"\frac{x^\top y}{\|x\| \|y\|}",
        r"\frac{\sum_i x_i y_i}{\sqrt{\sum_i x_i^2} \sqrt{\sum_i y_i^2}}",
        r"\frac{x \cdot y}{\max(\|x\| \|y\|, \epsilon)}",
        r"\frac{x \cdot y}{\max(\|x\|_2 \cdot \|y\|_2, \epsilon)}",
        scale=False,
        source="G. Salton, M. J. McGill, Introduction to Modern Information Retrieval, 1983",
    ),
    define(
        "Euclidean distance",
        r"\sqrt{\sum_{i=1}^n (x_i - y_i)^2}",
        r"\|x - y\|_2",
        scale=False,
        source="Euclid",
    ),
    define(
        "Minkowski distance",
        r"\left(\sum_{i=1}^n |x_i - y_i|^p\right)^{1/p}",
        scale=False,
        source="H. Minkowski, 1896",
    ),
    define(
        "Canberra distance",
        r"\sum_{i=1}^n \frac{|x_i - y_i|}{|x_i| + |y_i|}",
        scale=False,
        source="G. N. Lance, W. T. Williams, 1966",
    ),
    define(
        "Bray-Curtis; Bray Curtis distance",
        r"\frac{\sum_i |x_i - y_i|}{\sum_i |x_i + y_i|}",
        scale=False,
        source="J. R. Bray, J. T. Curtis, 1957",
    ),
    define("Chebyshev distance", r"\max_i |x_i - y_i|", scale=False, source="SciPy reference"),
    define(
        "Mahalanobis distance; Mahalanobis",
        r"\sqrt{(x - \mu)^\top \Sigma^{-1} (x - \mu)}",
        r"(x - \mu)^\top \Sigma^{-1} (x - \mu)",
        scale=False,
        source="P. C. Mahalanobis, 1936",
    ),
    define(
        "scaled distance; lengthscale",
        r"d = \sqrt{(x - y)^\top \Theta^{-2} (x - y)}",
        r"d = (x - y)^\top \Theta^{-1} (x - y)",
        scale=False,
        source=_GP,
    ),
    define(
        "Wasserstein distance; p-Wasserstein; Wasserstein",
        r"W_p(a, b) = \left(\min_{\gamma \in \Pi} \sum_{i, j} \gamma_{i, j} \|x_i - "
        r"y_j\|^p\right)^{\frac{1}{p}}",
        r"W_p(a, b)^p = \min_{\gamma \in \Pi} \sum_{i, j} \gamma_{i, j} \|x_i - y_j\|^p",
        scale=False,
        source=_OT,
    ),
    define(
        "Bures distance; Bures; Bures-Wasserstein",
        r"Tr\left(S + T - 2 \sqrt{S^{1/2} T S^{1/2}}\right)",
        r"\operatorname{tr}(S + T - 2 (S^{1/2} T S^{1/2})^{1/2})",
        scale=False,
        source=_OT,
    ),
    define(
        "Gromov-Wasserstein; fused Gromov-Wasserstein",
        r"\sum_{i, j, k, l} L(C_{i, k}, D_{j, l}) T_{i, j} T_{k, l}",
        r"\alpha \sum_{i, j, k, l} L(C_{i, k}, D_{j, l}) T_{i, j} T_{k, l} + \lambda R(T)",
        scale=False,
        source=_OT,
    ),
    define(
        "Hellinger distance; Hellinger",
        r"\frac{1}{\sqrt{2}} \sqrt{\sum_i (\sqrt{p_i} - \sqrt{q_i})^2}",
        source="E. Hellinger, 1909",
    ),
    define(
        "total variation; total variation distance",
        r"\frac{1}{2} \sum_x |p(x) - q(x)|",
        r"\frac{1}{2} \|p - q\|_1",
        r"\sup_A |P(A) - Q(A)|",
        source="L. Devroye, L. Györfi, 1985",
    ),
    define(
        "haversine distance; haversine",
        r"2 \arcsin\left(\sqrt{\sin^2\left(\frac{a - b}{2}\right) + \cos(a) \cos(b) \sin^2\left(\frac{c "
        r"- d}{2}\right)}\right)",
        scale=False,
        source="scikit-learn reference",
    ),
    define(
        "p-norm; Lp norm",
        r"\|x\|_p = \left(\sum_{i=1}^n |x_i|^p\right)^{1/p}",
        scale=False,
        source="F. Riesz, 1910",
    ),
    define(
        "Frobenius norm",
        r"\sqrt{\sum_{i} \sum_{j} a_{ij}^2}",
        r"\sqrt{\sum_{i} \sum_{j} |a_{ij}|^2}",
        r"\sqrt{\operatorname{tr}(A^\top A)}",
        scale=False,
        source="G. H. Golub, C. F. Van Loan, Matrix Computations, 2013",
    ),
)
