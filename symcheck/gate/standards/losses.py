"""Losses and objectives."""

from symcheck.gate.standards.standard import define

_ESL = "T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning, 2009"
_DL = "I. Goodfellow, Y. Bengio, A. Courville, Deep Learning, 2016"

STANDARDS = (
    define(
        "hinge loss; hinge; soft-margin; linear SVC",
        r"\max(0, 1 - y f)",
        r"\max(1 - y f, 0)",
        r"\min_{w, b} \frac{1}{2} w^T w + C \sum_{i=1} \max(0, 1 - y_i (w^T \phi(x_i) + b))",
        r"\frac{1}{2} \|w\|^2 + C \sum_{i=1}^n \max(0, 1 - y_i (w^T x_i + b))",
        source=_ESL,
    ),
    define("squared hinge loss; squared hinge", r"\max(0, 1 - y f)^2", source=_ESL),
    define("perceptron loss", r"\max(0, -y f)", r"-\sum_{i} y_i (w^T x_i + b)", source=_ESL),
    define(
        "binary cross-entropy; binary cross entropy; BCE; log loss; logistic loss",
        r"-(y \log p + (1 - y) \log(1 - p))",
        r"-y \log p - (1 - y) \log(1 - p)",
        r"-\frac{1}{n} \sum_{i=1}^n (y_i \log p_i + (1 - y_i) \log(1 - p_i))",
        r"-w_n (y_n \cdot \log x_n + (1 - y_n) \cdot \log(1 - x_n))",
        r"\log(1 + \exp(-y f))",
        source=_ESL,
    ),
    define(
        "cross-entropy loss; cross entropy loss; categorical cross-entropy; cross entropy; cross-entropy",
        r"-\sum_{k} y_k \log \hat{y}_k",
        r"-\frac{1}{n} \sum_{i=1}^n \sum_{k=1}^K y_{ik} \log p_{ik}",
        r"-\log \frac{\exp(x_c)}{\sum_j \exp(x_j)}",
        r"-x_c + \log \sum_j \exp(x_j)",
        r"-\frac{1}{N} \sum_{i=0}^{N-1} \sum_{k=0}^{K-1} y_{ik} \log p_{ik}",
        source=_DL,
    ),
    define(
        "focal loss",
        r"-\alpha_t (1 - p_t)^\gamma \log p_t",
        r"-(1 - p_t)^\gamma \log p_t",
        source="T.-Y. Lin et al., Focal loss for dense object detection, 2017",
    ),
    define(
        "Huber loss; Huber; smooth L1 loss; smooth L1",
        r"\begin{cases} \frac{1}{2} (y - f)^2 & |y - f| \leq \delta \\ \delta (|y - f| - \frac{1}{2} "
        r"\delta) & \text{otherwise} \end{cases}",
        r"\begin{cases} \frac{1}{2} a^2 & |a| \leq \delta \\ \delta (|a| - \frac{1}{2} \delta) & "
        r"\text{otherwise} \end{cases}",
        source="P. J. Huber, Robust estimation of a location parameter, 1964",
    ),
    define("log-cosh loss; log cosh", r"\log(\cosh(y - f))", source="R. A. Saleh, 2022"),
    define(
        "triplet loss; triplet margin loss; margin ranking",
        r"\max(0, d(a, p) - d(a, n) + m)",
        r"\max(d(a, p) - d(a, n) + m, 0)",
        r"\max(\|f(a) - f(p)\|^2 - \|f(a) - f(n)\|^2 + m, 0)",
        source="F. Schroff, D. Kalenichenko, J. Philbin, FaceNet, 2015",
    ),
    define(
        "contrastive loss",
        r"y d^2 + (1 - y) \max(0, m - d)^2",
        r"(1 - y) d^2 + y \max(0, m - d)^2",
        source="R. Hadsell, S. Chopra, Y. LeCun, 2006",
    ),
    define(
        "InfoNCE; NT-Xent; contrastive learning loss",
        r"-\log \frac{\exp(s(x, y) / \tau)}{\sum_{j} \exp(s(x, y_j) / \tau)}",
        source="A. van den Oord, Y. Li, O. Vinyals, 2018",
    ),
    define(
        "ridge regression; ridge; L2 regularization",
        r"\|X w - y\|_2^2 + \alpha \|w\|_2^2",
        r"\min_w \|X w - y\|_2^2 + \alpha \|w\|_2^2",
        source=_ESL,
    ),
    define(
        "lasso; L1 regularization",
        r"\min_w \frac{1}{2 n} \|X w - y\|_2^2 + \alpha \|w\|_1",
        r"\|X w - y\|_2^2 + \alpha \|w\|_1",
        source=_ESL,
    ),
    define(
        "elastic net; elastic-net",
        r"\min_w \frac{1}{2 n} \|X w - y\|_2^2 + \alpha \rho \|w\|_1 + \frac{\alpha (1 - \rho)}{2} \|w\|_2^2",
        source=_ESL,
    ),
    define("L1 penalty; L1 norm", r"R(w) = \sum_{j=1}^{m} |w_j|", r"\sum_{j=1}^m |w_j|", source=_ESL),
    define("L2 penalty; L2 norm", r"R(w) = \frac{1}{2} \sum_{j=1}^{m} w_j^2", source=_ESL),
    define(
        "GAN discriminator loss; discriminator loss; discriminator",
        r"-\log D(x) - \log(1 - D(G(z)))",
        r"-\frac{1}{J} \sum_{j=1}^{J} \log(1 - \sigma(f(x_j^*, \phi))) - \frac{1}{I} \sum_{i=1}^{I} \log "
        r"\sigma(f(x_i, \phi))",
        r"-y \log D(x) - (1 - y) \log(1 - D(x))",
        source="I. Goodfellow et al., Generative adversarial nets, 2014",
    ),
    define(
        "GAN objective; generative adversarial; GAN; minimax game; discriminator gradient",
        r"\min_G \max_D \mathbb{E}_{x \sim p}[\log D(x)] + \mathbb{E}_{z \sim q}[\log(1 - D(G(z)))]",
        r"\nabla_\phi V(G, D) = \frac{1}{m} \nabla_\phi \sum_{i=1}^m [\log D(x^{(i)}) + \log(1 - "
        r"D(G(z^{(i)})))]",
        source="I. Goodfellow et al., Generative adversarial nets, 2014",
    ),
    define(
        "evidence lower bound; ELBO; variational lower bound; variational free energy; VAE loss; "
        "negative ELBO",
        r"\mathbb{E}_{q}[\log p(x|z)] - D_{KL}(q(z|x) \| p(z))",
        r"\mathbb{E}_{z \sim q(z|x)} \log p(x|z) - D_{KL}(q(z|x) \| p(z))",
        r"\mathbb{E}_{q}[\log p(h, v)] + H(q)",
        r"\mathbb{E}_{h \sim q}[\log p(h, v)] + H(q)",
        r"-\mathbb{E}_{z \sim q(z|x)} \log p(x|z) + D_{KL}(q(z|x) \| p(z))",
        r"\sum_{i=1}^N \mathbb{E}_{q(f_i)}[\log p(y_i | f_i)] - \beta KL[q(u) \| p(u)]",
        source="D. P. Kingma, M. Welling, Auto-encoding variational Bayes, 2013",
        either_sign=True,
        scale=False,
    ),
    define(
        "Bradley-Terry; reward model; preference loss; pairwise ranking loss",
        r"-\log \sigma(r(x, y_w) - r(x, y_l))",
        r"-\mathbb{E}_{(x, y_w, y_l) \sim D} \log \sigma(r(x, y_w) - r(x, y_l))",
        r"P(y_1 > y_2) = \frac{\exp(r(y_1))}{\exp(r(y_1)) + \exp(r(y_2))}",
        source="R. A. Bradley, M. E. Terry, Rank analysis of incomplete block designs, 1952",
    ),
    define(
        "K-wise comparison; K-wise",
        r"-\frac{1}{\binom{K}{2}} \mathbb{E}_{(x, y_w, y_l) \sim D} \log(\sigma(r(x, y_w) - r(x, y_l)))",
        scale=False,
        source="L. Ouyang et al., Training language models to follow instructions, 2022",
    ),
    define(
        "direct preference optimization; DPO",
        r"-\mathbb{E}_{(x, y_w, y_l) \sim D}\left[\log \sigma\left(\beta \log "
        r"\frac{\pi(y_w|x)}{\mu(y_w|x)} - \beta \log \frac{\pi(y_l|x)}{\mu(y_l|x)}\right)\right]",
        source="R. Rafailov et al., 2023",
    ),
    define(
        "Bayesian personalized ranking; BPR; BPR loss",
        r"-\sum_{(u, i, j)} \log \sigma(\hat{y}_{ui} - \hat{y}_{uj}) + \lambda \|\Theta\|^2",
        source="S. Rendle et al., 2009",
    ),
    define(
        "boosting objective; regularized objective; objective function of gradient boosting",
        r"\sum_{i=1}^n l(y_i, \hat{y}_i^{(t)}) + \sum_{k=1}^t \omega(f_k)",
        source="T. Chen, C. Guestrin, XGBoost, 2016",
    ),
    define(
        "upweighting; influence function; influence functions",
        r"\arg\min_{\theta \in \Theta} \left(\frac{1}{n} \sum_{i=1}^n L(z^{(i)}, \theta) + \epsilon "
        r"L(z, \theta)\right)",
        source="P. W. Koh, P. Liang, Understanding black-box predictions via influence functions, 2017",
    ),
    define(
        "Poisson deviance; Poisson loss; Tweedie deviance",
        r"2 (y_i \log(y_i / \hat{y}_i) + \hat{y}_i - y_i)",
        scale=False,
        source="P. McCullagh, J. A. Nelder, Generalized Linear Models, 1989",
    ),
    define(
        "quantile loss; pinball loss",
        r"\max(\tau (y - q), (\tau - 1)(y - q))",
        r"\alpha \max(y - q, 0) + (1 - \alpha) \max(q - y, 0)",
        scale=False,
        source="R. Koenker, G. Bassett, 1978",
    ),
    define(
        "Gini impurity; Gini", r"\sum_k p_{mk} (1 - p_{mk})", r"1 - \sum_k p_k^2", scale=False, source=_ESL
    ),
    define("residual of a line; residual", r"y - (m x + b)", source=_ESL, scale=False),
    define(
        "maximum mean discrepancy; MMD",
        r"\frac{1}{m^2} \sum_{i, j} k(x_i, x_j) - \frac{2}{m n} \sum_{i, j} k(x_i, y_j) + \frac{1}{n^2} "
        r"\sum_{i, j} k(y_i, y_j)",
        scale=False,
        source="A. Gretton et al., A kernel two-sample test, 2012",
    ),
    define(
        "score matching",
        r"\frac{1}{2} \mathbb{E}_{p}[\|s(x) - \nabla_x \log p(x)\|^2]",
        source="A. Hyvärinen, 2005",
    ),
    define(
        "Gaussian NLL; Gaussian negative log likelihood; GaussianNLLLoss",
        r"\frac{1}{2} \left(\log(\max(v, \epsilon)) + \frac{(x - y)^2}{\max(v, \epsilon)}\right)",
        r"\frac{1}{2} \left(\log \sigma^2 + \frac{(y - \mu)^2}{\sigma^2}\right)",
        r"\frac{1}{2} \log(2 \pi \sigma^2) + \frac{(y - \mu)^2}{2 \sigma^2}",
        source="D. A. Nix, A. S. Weigend, 1994",
    ),
    define(
        "Poisson NLL; PoissonNLLLoss",
        r"\exp(x) - y x",
        r"x - y \log(x + \epsilon)",
        r"x - y \log(x) + \log(y!)",
        source="PyTorch reference",
        scale=False,
    ),
    define("KLDivLoss; pointwise KL", r"y (\log y - x)", r"y \log \frac{y}{x}", source="PyTorch reference"),
    define(
        "BCEWithLogits; binary cross entropy with logits",
        r"-w_n (y_n \log \sigma(x_n) + (1 - y_n) \log(1 - \sigma(x_n)))",
        r"\max(x, 0) - x y + \log(1 + \exp(-|x|))",
        source="PyTorch reference",
    ),
    define(
        "soft margin loss; SoftMarginLoss",
        r"\sum_i \frac{\log(1 + \exp(-y_i x_i))}{n}",
        r"\log(1 + \exp(-y f))",
        source="PyTorch reference",
    ),
    define(
        "multi-margin loss; MultiMarginLoss; multi-class hinge",
        r"\frac{\sum_i \max(0, m - x_y + x_i)^p}{n}",
        r"\max(0, 1 + \max_{j \neq y} f_j - f_y)",
        source="PyTorch reference",
    ),
    define(
        "margin ranking loss; MarginRankingLoss",
        r"\max(0, -y (x_1 - x_2) + m)",
        source="PyTorch reference",
        scale=False,
    ),
    define(
        "cosine embedding loss",
        r"\begin{cases} 1 - \cos(x_1, x_2) & y = 1 \\ \max(0, \cos(x_1, x_2) - m) & y = -1 \end{cases}",
        source="PyTorch reference",
        scale=False,
    ),
    define(
        "hinge embedding loss",
        r"\begin{cases} x_n & y_n = 1 \\ \max(0, m - x_n) & y_n = -1 \end{cases}",
        source="PyTorch reference",
        scale=False,
    ),
    define(
        "Smooth L1; SmoothL1Loss",
        r"\begin{cases} 0.5 (x_n - y_n)^2 / \beta & |x_n - y_n| < \beta \\ |x_n - y_n| - 0.5 \beta & "
        r"\text{otherwise} \end{cases}",
        source="R. Girshick, 2015",
        scale=False,
    ),
    define(
        "Huber loss; HuberLoss",
        r"\begin{cases} 0.5 (x_n - y_n)^2 & |x_n - y_n| < \delta \\ \delta (|x_n - y_n| - 0.5 \delta) & "
        r"\text{otherwise} \end{cases}",
        source="P. J. Huber, 1964",
        scale=False,
    ),
    define(
        "label smoothing",
        r"(1 - \epsilon) y_k + \frac{\epsilon}{K}",
        r"(1 - \epsilon) \delta_{k,y} + \frac{\epsilon}{K}",
        source="C. Szegedy et al., 2016",
        scale=False,
    ),
    define(
        "knowledge distillation; distillation loss",
        r"\alpha L_{CE} + (1 - \alpha) T^2 D_{KL}(p \| q)",
        source="G. Hinton, O. Vinyals, J. Dean, 2015",
        scale=False,
    ),
    define(
        "NT-Xent; SimCLR",
        r"-\log \frac{\exp(\mathrm{sim}(z_i, z_j) / \tau)}{\sum_{k \neq i} \exp(\mathrm{sim}(z_i, z_k) / "
        r"\tau)}",
        r"-\log \frac{\exp(\mathrm{sim}(z_i, z_j) / \tau)}{\sum_{k=1}^{2N} 1_{k \neq i} "
        r"\exp(\mathrm{sim}(z_i, z_k) / \tau)}",
        source="T. Chen et al., 2020",
        scale=False,
    ),
    define(
        "Barlow Twins",
        r"\sum_i (1 - C_{ii})^2 + \lambda \sum_i \sum_{j \neq i} C_{ij}^2",
        source="J. Zbontar et al., 2021",
        scale=False,
    ),
    define(
        "noise-contrastive; negative sampling",
        r"-\log \sigma(u_o^\top v_c) - \sum_{k=1}^K \log \sigma(-u_k^\top v_c)",
        source="T. Mikolov et al., 2013",
        scale=False,
    ),
    define(
        "matrix factorization",
        r"\sum_{(u, i)} (r_{ui} - p_u^\top q_i)^2 + \lambda (\|p_u\|^2 + \|q_i\|^2)",
        r"\sum_{(u, i)} \|R_{ui} - \hat{R}_{ui}\|^2 + \lambda (\|P\|_F^2 + \|Q\|_F^2 + b_u^2 + b_i^2)",
        source="Y. Koren, R. Bell, C. Volinsky, 2009",
    ),
    define(
        "factorization machine; factorization machines",
        r"\hat{y}(x) = w_0 + \sum_{i=1}^d w_i x_i + \sum_{i=1}^d \sum_{j=i+1}^d \langle v_i, v_j \rangle "
        r"x_i x_j",
        r"\frac{1}{2} \sum_{l=1}^k \left(\left(\sum_{i=1}^d v_{i,l} x_i\right)^2 - \sum_{i=1}^d v_{i,l}^2 "
        r"x_i^2\right)",
        source="S. Rendle, 2010",
        scale=False,
    ),
    define(
        "gradient boosting; optimal leaf weight; structure score",
        r"w_j^* = -\frac{G_j}{H_j + \lambda}",
        r"-\frac{1}{2} \sum_{j=1}^T \frac{G_j^2}{H_j + \lambda} + \gamma T",
        r"\frac{1}{2} \left[\frac{G_L^2}{H_L + \lambda} + \frac{G_R^2}{H_R + \lambda} - \frac{(G_L + "
        r"G_R)^2}{H_L + H_R + \lambda}\right] - \gamma",
        r"\sum_{i=1}^n \left[g_i f_t(x_i) + \frac{1}{2} h_i f_t^2(x_i)\right] + \omega(f_t)",
        r"\omega(f) = \gamma T + \frac{1}{2} \lambda \sum_{j=1}^T w_j^2",
        source="T. Chen, C. Guestrin, XGBoost, 2016",
        scale=False,
    ),
    define(
        "AdaBoost",
        r"\alpha_t = \frac{1}{2} \log \frac{1 - \epsilon_t}{\epsilon_t}",
        r"\alpha_t = \log \frac{1 - \epsilon_t}{\epsilon_t}",
        source="Y. Freund, R. E. Schapire, 1997",
        scale=False,
    ),
    define(
        "logistic regression",
        r"\min_w C \sum_{i=1}^n \log(\exp(-y_i (X_i^T w + c)) + 1) + \frac{1}{2} w^T w",
        r"\sum_{i=1}^n \left(-y_i \log p(x_i) - (1 - y_i) \log(1 - p(x_i))\right)",
        source="T. Hastie, R. Tibshirani, J. Friedman, 2009",
        scale=False,
    ),
    define(
        "sinkhorn; entropic regularization; entropic optimal transport; optimal transport",
        r"\langle \gamma, M \rangle_F + \lambda \Omega(\gamma)",
        r"\Omega(\gamma) = \sum_{i, j} \gamma_{i,j} \log \gamma_{i,j}",
        r"\min_{\gamma} \sum_{i, j} \gamma_{i,j} M_{i,j}",
        source="M. Cuturi, 2013",
        scale=False,
    ),
)
