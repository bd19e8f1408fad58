"""Latent variables: bounds, autoencoders, adversarial and energy-based models, flows and diffusion."""

from symcheck.gate.standards.standard import define

_VAE = "D. P. Kingma, M. Welling, Auto-encoding variational Bayes, 2014"
_GAN = "I. Goodfellow et al., Generative adversarial nets, 2014"
_DDPM = "J. Ho, A. Jain, P. Abbeel, Denoising diffusion probabilistic models, 2020"
_SDE = "Y. Song et al., Score-based generative modeling through SDEs, 2021"

STANDARDS = (
    define(
        "evidence lower bound; ELBO; variational lower bound; variational free energy",
        r"\log p(x) = \mathcal{L}(q) + KL(q(z) \| p(z | x))",
        r"\log p(x) \geq \mathbb{E}_{q(z)}[\log p(x, z)] - \mathbb{E}_{q(z)}[\log q(z)]",
        r"\mathbb{E}_{q(z)}[\log p(x, z) - \log q(z)]",
        r"\mathbb{E}_{q(z | x)}\left[\log\frac{p(x, z)}{q(z | x)}\right]",
        r"\mathbb{E}_{q(z | x)}[\log p(x | z)] - KL(q(z | x) \| p(z))",
        r"\sum_z q(z) \log\frac{p(x, z)}{q(z)}",
        r"\int q(z) \log\frac{p(x, z)}{q(z)} dz",
        source=_VAE,
        scale=False,
    ),
    define(
        "importance weighted; IWAE; importance-weighted autoencoder",
        r"\mathbb{E}\left[\log \frac{1}{K} \sum_{k=1}^K \frac{p(x, z_k)}{q(z_k | x)}\right]",
        source="Y. Burda, R. Grosse, R. Salakhutdinov, 2016",
        scale=False,
    ),
    define(
        "KL of the Gaussian posterior; VAE; variational autoencoder; KL term",
        r"-\frac{1}{2} \sum_{j=1}^J (1 + \log \sigma_j^2 - \mu_j^2 - \sigma_j^2)",
        r"\frac{1}{2} \sum_{j=1}^J (\mu_j^2 + \sigma_j^2 - \log \sigma_j^2 - 1)",
        r"\frac{1}{2} \sum_{j=1}^J (1 + \log \sigma_j^2 - \mu_j^2 - \sigma_j^2)",
        r"z = \mu + \sigma \odot \epsilon",
        source=_VAE,
        scale=False,
    ),
    define(
        "mean-field; mean field; CAVI; coordinate ascent variational inference",
        r"\log q_j^*(z_j) = \mathbb{E}_{i \neq j}[\log p(x, z)] + c",
        r"q_j^*(z_j) \propto \exp(\mathbb{E}_{-j}[\log p(z_j, z_{-j}, x)])",
        r"q_j^*(z_j) \propto \exp(\mathbb{E}_{-j}[\log p(z_j | z_{-j}, x)])",
        r"q(z) = \prod_{j=1}^m q_j(z_j)",
        source="D. M. Blei, A. Kucukelbir, J. D. McAuliffe, 2017",
        scale=False,
    ),
    define(
        "expectation maximization; EM algorithm; expectation-maximization; Q function of EM; E-step",
        r"Q(\theta, \theta^{(t)}) = \mathbb{E}_{z | x, \theta^{(t)}}[\log p(x, z | \theta)]",
        r"Q(\theta, \theta^{old}) = \sum_z p(z | x, \theta^{old}) \log p(x, z | \theta)",
        r"\theta^{(t+1)} = \arg\max_\theta Q(\theta | \theta^{(t)})",
        r"\log p(x | \theta) = \sum_z q(z) \log\frac{p(x, z | \theta)}{q(z)} - \sum_z q(z) "
        r"\log\frac{p(z | x, \theta)}{q(z)}",
        source="A. P. Dempster, N. M. Laird, D. B. Rubin, 1977",
        scale=False,
    ),
    define(
        "GAN; minimax game; generative adversarial; non-saturating; discriminator loss; generator loss",
        r"\mathbb{E}_{x \sim p_d}[\log D(x)] + \mathbb{E}_{z \sim p_z}[\log(1 - D(G(z)))]",
        r"\min_G \max_D \mathbb{E}_{x \sim p_d}[\log D(x)] + \mathbb{E}_{z \sim p_z}[\log(1 - D(G(z)))]",
        r"-\mathbb{E}_{x}[\log D(x)] - \mathbb{E}_{z}[\log(1 - D(G(z)))]",
        r"D^*(x) = \frac{p_d(x)}{p_d(x) + p_g(x)}",
        r"C(G) = -\log 4 + 2 \cdot JSD(p_d \| p_g)",
        r"-\log 4 + 2 JSD(p_d \| p_g)",
        r"-\mathbb{E}_z[\log D(G(z))]",
        r"-\mathbb{E}[\log D(x)] - \mathbb{E}[\log(1 - D(G(z)))]",
        r"\mathbb{E}[\log D(x)] + \mathbb{E}[\log(1 - D(G(z)))]",
        r"\frac{1}{m} \sum_{i=1}^m [\log D(x_i) + \log(1 - D(G(z_i)))]",
        source=_GAN,
        either_sign=True,
    ),
    define(
        "LSGAN; least squares GAN",
        r"\frac{1}{2} \mathbb{E}_x[(D(x) - b)^2] + \frac{1}{2} \mathbb{E}_z[(D(G(z)) - a)^2]",
        r"\frac{1}{2} \mathbb{E}_z[(D(G(z)) - c)^2]",
        source="X. Mao et al., 2017",
    ),
    define(
        "WGAN; Wasserstein GAN; WGAN-GP; Kantorovich-Rubinstein",
        r"W(p_r, p_g) = \inf_{\gamma \in \Pi(p_r, p_g)} \mathbb{E}_{(x, y) \sim \gamma}[\|x - y\|]",
        r"W(p_r, p_g) = \frac{1}{K} \sup_{\|f\|_L \leq K} \mathbb{E}_{x \sim p_r}[f(x)] - "
        r"\mathbb{E}_{x \sim p_g}[f(x)]",
        r"\mathbb{E}_{x \sim p_g}[D(x)] - \mathbb{E}_{x \sim p_r}[D(x)] + "
        r"\lambda \mathbb{E}_{\hat{x}}[(\|\nabla_{\hat{x}} D(\hat{x})\|_2 - 1)^2]",
        r"\hat{x} = \epsilon x + (1 - \epsilon) \tilde{x}",
        r"\mathbb{E}_{x}[f_w(x)] - \mathbb{E}_{z}[f_w(g_\theta(z))]",
        source="M. Arjovsky, S. Chintala, L. Bottou, 2017",
        either_sign=True,
    ),
    define(
        "CycleGAN; cycle consistency; cycle-consistency loss",
        r"\mathbb{E}_x[\|F(G(x)) - x\|_1] + \mathbb{E}_y[\|G(F(y)) - y\|_1]",
        source="J.-Y. Zhu et al., 2017",
    ),
    define(
        "f-divergence; f-GAN",
        r"D_f(P \| Q) = \int q(x) f\left(\frac{p(x)}{q(x)}\right) dx",
        r"D_f(p \| q) = \mathbb{E}_{x \sim q}\left[f\left(\frac{p(x)}{q(x)}\right)\right]",
        r"\sup_T (\mathbb{E}_{x \sim P}[T(x)] - \mathbb{E}_{x \sim Q}[f^*(T(x))])",
        source="S. Nowozin, B. Cseke, R. Tomioka, 2016",
        scale=False,
    ),
    define(
        "energy-based model; energy based model; Boltzmann distribution; EBM",
        r"p_\theta(x) = \frac{\exp(-E_\theta(x))}{Z(\theta)}",
        r"Z(\theta) = \int \exp(-E_\theta(x)) dx",
        r"p(x) = \frac{1}{Z} \exp(-E(x))",
        r"\nabla_\theta \log p_\theta(x) = -\nabla_\theta E_\theta(x) + \mathbb{E}_{x' \sim "
        r"p_\theta}[\nabla_\theta E_\theta(x')]",
        r"p_\theta(x) = \frac{\exp(f_\theta(x))}{Z(\theta)}",
        r"\nabla_\theta f_\theta(x) - \mathbb{E}_{x' \sim p_\theta}[\nabla_\theta f_\theta(x')]",
        source="Y. LeCun et al., A tutorial on energy-based learning, 2006",
        scale=False,
    ),
    define(
        "contrastive divergence; restricted Boltzmann machine; RBM; free energy",
        r"E(v, h) = -\sum_i b_i v_i - \sum_j c_j h_j - \sum_{i,j} w_{ij} v_i h_j",
        r"E(v, h) = -b^T v - c^T h - v^T W h",
        r"P(h_j = 1 | v) = \sigma(c_j + \sum_i w_{ij} v_i)",
        r"\Delta w_{ij} = \epsilon (\langle v_i h_j \rangle_d - \langle v_i h_j \rangle_m)",
        r"F(v) = -b^T v - \sum_j \log(1 + e^{c_j + W_j v})",
        source="G. E. Hinton, 2002",
        scale=False,
        either_sign=True,
    ),
    define(
        "change of variables; normalizing flow; flow; change of variable",
        r"p_X(x) = p_Z(f^{-1}(x)) \left|\det\frac{\partial f^{-1}(x)}{\partial x}\right|",
        r"p_X(x) = p_Z(z) \left|\det\frac{\partial f(z)}{\partial z}\right|^{-1}",
        r"\log p_X(x) = \log p_Z(f(x)) + \log\left|\det\frac{\partial f(x)}{\partial x}\right|",
        r"\log p_K(z_K) = \log p_0(z_0) - \sum_{k=1}^K \log\left|\det\frac{\partial f_k}{\partial "
        r"z_{k-1}}\right|",
        r"p_Y(y) = p_X(g^{-1}(y)) \left|\frac{d}{dy} g^{-1}(y)\right|",
        source="D. J. Rezende, S. Mohamed, 2015",
        scale=False,
    ),
    define(
        "planar flow",
        r"f(z) = z + u h(w^T z + b)",
        r"\left|\det\frac{\partial f}{\partial z}\right| = |1 + u^T \psi(z)|",
        r"\psi(z) = h'(w^T z + b) w",
        source="D. J. Rezende, S. Mohamed, 2015",
        scale=False,
    ),
    define(
        "RealNVP; affine coupling; coupling layer",
        r"y_2 = x_2 \odot \exp(s(x_1)) + t(x_1)",
        r"x_2 = (y_2 - t(y_1)) \odot \exp(-s(y_1))",
        r"\exp\left(\sum_j s(x_1)_j\right)",
        source="L. Dinh, J. Sohl-Dickstein, S. Bengio, 2017",
        scale=False,
    ),
    define(
        "continuous normalizing flow; instantaneous change of variables; FFJORD",
        r"\frac{\partial \log p(z(t))}{\partial t} = -\mathrm{tr}\left(\frac{\partial f}{\partial "
        r"z(t)}\right)",
        r"\log p(z(t_1)) = \log p(z(t_0)) - \int_{t_0}^{t_1} \mathrm{tr}\left(\frac{\partial "
        r"f}{\partial z(t)}\right) dt",
        r"\frac{d a(t)}{d t} = -a(t)^T \frac{\partial f(z(t), t, \theta)}{\partial z}",
        source="R. T. Q. Chen et al., Neural ODEs, 2018",
        scale=False,
    ),
    define(
        "diffusion; DDPM; denoising diffusion; forward process; reverse process; noise schedule",
        r"x_t = \sqrt{\bar{\alpha}_t} x_0 + \sqrt{1 - \bar{\alpha}_t} \epsilon",
        r"x_t = \sqrt{\alpha_t} x_{t-1} + \sqrt{1 - \alpha_t} \epsilon",
        r"x_t = \sqrt{1 - \beta_t} x_{t-1} + \sqrt{\beta_t} \epsilon",
        r"q(x_t | x_{t-1}) = N(x_t; \sqrt{1 - \beta_t} x_{t-1}, \beta_t I)",
        r"q(x_t | x_0) = N(x_t; \sqrt{\bar{\alpha}_t} x_0, (1 - \bar{\alpha}_t) I)",
        r"\bar{\alpha}_t = \prod_{s=1}^t \alpha_s",
        r"\alpha_t = 1 - \beta_t",
        r"x_{t-1} = \frac{1}{\sqrt{\alpha_t}} \left(x_t - \frac{1 - \alpha_t}{\sqrt{1 - \bar{\alpha}_t}} "
        r"\epsilon_\theta(x_t, t)\right) + \sigma_t z",
        r"x_{t-1} = \frac{1}{\sqrt{\alpha_t}} \left(x_t - \frac{\beta_t}{\sqrt{1 - \bar{\alpha}_t}} "
        r"\epsilon_\theta(x_t, t)\right) + \sigma_t z",
        r"\mu_\theta(x_t, t) = \frac{1}{\sqrt{\alpha_t}} \left(x_t - \frac{\beta_t}{\sqrt{1 - "
        r"\bar{\alpha}_t}} "
        r"\epsilon_\theta(x_t, t)\right)",
        r"\tilde{\beta}_t = \frac{1 - \bar{\alpha}_{t-1}}{1 - \bar{\alpha}_t} \beta_t",
        r"\tilde{\mu}_t(x_t, x_0) = \frac{\sqrt{\alpha_t} (1 - \bar{\alpha}_{t-1})}{1 - "
        r"\bar{\alpha}_t} x_t + "
        r"\frac{\sqrt{\bar{\alpha}_{t-1}} \beta_t}{1 - \bar{\alpha}_t} x_0",
        r"x_0 = \frac{1}{\sqrt{\bar{\alpha}_t}} (x_t - \sqrt{1 - \bar{\alpha}_t} \epsilon)",
        r"\mathbb{E}[\|\epsilon - \epsilon_\theta(\sqrt{\bar{\alpha}_t} x_0 + \sqrt{1 - "
        r"\bar{\alpha}_t} \epsilon, t)\|^2]",
        r"\frac{\bar{\alpha}_t}{1 - \bar{\alpha}_t}",
        r"\bar{\alpha}_t = \frac{f(t)}{f(0)}",
        r"f(t) = \cos\left(\frac{t/T + s}{1 + s} \cdot \frac{\pi}{2}\right)^2",
        source=_DDPM,
        scale=False,
    ),
    define(
        "v-prediction; velocity prediction; v parameterization",
        r"v_t = \sqrt{\bar{\alpha}_t} \epsilon - \sqrt{1 - \bar{\alpha}_t} x_0",
        r"v = \alpha_t \epsilon - \sigma_t x",
        source="T. Salimans, J. Ho, 2022",
        scale=False,
    ),
    define(
        "DDIM; deterministic sampling",
        r"x_{t-1} = \sqrt{\bar{\alpha}_{t-1}} \left(\frac{x_t - \sqrt{1 - \bar{\alpha}_t} "
        r"\epsilon_\theta(x_t)}"
        r"{\sqrt{\bar{\alpha}_t}}\right) + \sqrt{1 - \bar{\alpha}_{t-1} - \sigma_t^2} "
        r"\epsilon_\theta(x_t) + \sigma_t z",
        r"x_{t-1} = \sqrt{\bar{\alpha}_{t-1}} \hat{x}_0 + \sqrt{1 - \bar{\alpha}_{t-1}} "
        r"\epsilon_\theta(x_t, t)",
        r"\sigma_t^2 = \eta \frac{1 - \bar{\alpha}_{t-1}}{1 - \bar{\alpha}_t} \beta_t",
        r"\sigma_t = \eta \sqrt{\frac{1 - \bar{\alpha}_{t-1}}{1 - \bar{\alpha}_t}} "
        r"\sqrt{1 - \frac{\bar{\alpha}_t}{\bar{\alpha}_{t-1}}}",
        source="J. Song, C. Meng, S. Ermon, 2021",
        scale=False,
    ),
    define(
        "guidance; classifier guidance; classifier-free guidance",
        r"\bar{\epsilon}_\theta(x_t, t) = \epsilon_\theta(x_t, t) - \sqrt{1 - \bar{\alpha}_t} w "
        r"\nabla_{x_t} \log f_\phi(y | x_t)",
        r"\bar{\epsilon}_\theta(x_t, t, y) = (w + 1) \epsilon_\theta(x_t, t, y) - w "
        r"\epsilon_\theta(x_t, t)",
        r"\bar{\epsilon}_\theta(x_t, t, y) = \epsilon_\theta(x_t, t) + w (\epsilon_\theta(x_t, t, y) "
        r"- \epsilon_\theta(x_t, t))",
        r"\nabla \log p(x | y) = \nabla \log p(x) + \nabla \log p(y | x)",
        source="J. Ho, T. Salimans, 2022",
        scale=False,
    ),
    define(
        "score matching; denoising score matching; score function; sliced score matching; score-based",
        r"s_\theta(x) = \nabla_x \log p(x)",
        r"\frac{1}{2} \mathbb{E}_{p}[\|\nabla_x \log p(x) - s_\theta(x)\|^2]",
        r"\mathbb{E}_p\left[\mathrm{tr}(\nabla_x s_\theta(x)) + \frac{1}{2} \|s_\theta(x)\|^2\right]",
        r"\mathbb{E}_p\left[\frac{1}{2} \|s_\theta(x)\|^2 + \mathrm{tr}(\nabla_x s_\theta(x))\right]",
        r"\nabla_{\tilde{x}} \log q_\sigma(\tilde{x} | x) = -\frac{\tilde{x} - x}{\sigma^2}",
        r"\mathbb{E}\left[\left\|s_\theta(\tilde{x}) + \frac{\tilde{x} - x}{\sigma^2}\right\|^2\right]",
        r"s_\theta(x_t, t) = -\frac{\epsilon_\theta(x_t, t)}{\sqrt{1 - \bar{\alpha}_t}}",
        source="A. Hyvärinen, 2005",
    ),
    define(
        "Langevin; Langevin dynamics; SGLD; unadjusted Langevin",
        r"x_t = x_{t-1} + \frac{\delta}{2} \nabla_x \log p(x_{t-1}) + \sqrt{\delta} \epsilon_t",
        r"x_{t+1} = x_t + \epsilon \nabla_x \log p(x_t) + \sqrt{2 \epsilon} z_t",
        r"\theta_{t+1} = \theta_t - \eta \nabla U(\theta_t) + \sqrt{2 \eta} \xi_t",
        r"x_{t+1} = x_t - \epsilon \nabla_x E(x_t) + \sqrt{2 \epsilon} z_t",
        r"x_{t+1} = x_t - \frac{\epsilon}{2} \nabla_x E(x_t) + \sqrt{\epsilon} z_t",
        source="M. Welling, Y. W. Teh, 2011",
        scale=False,
    ),
    define(
        "reverse-time SDE; reverse SDE; probability flow ODE; variance preserving; VP SDE",
        r"dx = [f(x, t) - g(t)^2 \nabla_x \log p_t(x)] dt + g(t) d\bar{w}",
        r"dx = \left[f(x, t) - \frac{1}{2} g(t)^2 \nabla_x \log p_t(x)\right] dt",
        r"dx = f(x, t) dt + g(t) dw",
        r"dx = -\frac{1}{2} \beta(t) x dt + \sqrt{\beta(t)} dw",
        source=_SDE,
        scale=False,
    ),
    define(
        "flow matching; rectified flow; conditional flow matching; optimal transport path",
        r"x_t = (1 - t) x_0 + t x_1",
        r"x_t = t x_1 + (1 - t) x_0",
        r"u_t(x | x_1) = \frac{x_1 - (1 - \sigma_{min}) x}{1 - (1 - \sigma_{min}) t}",
        r"u_t = x_1 - x_0",
        r"\mathbb{E}[\|v_\theta(x_t, t) - (x_1 - x_0)\|^2]",
        r"\frac{d}{dt} \phi_t(x) = v_t(\phi_t(x))",
        source="Y. Lipman et al., Flow matching, 2023",
        scale=False,
    ),
    define(
        "VQ-VAE; vector quantization; commitment loss",
        r"\log p(x | z_q(x)) + \|\mathrm{sg}[z_e(x)] - e\|_2^2 + \beta \|z_e(x) - \mathrm{sg}[e]\|_2^2",
        r"\|x - D(e_k)\|_2^2 + \|\mathrm{sg}[E(x)] - e_k\|_2^2 + \beta \|E(x) - \mathrm{sg}[e_k]\|_2^2",
        source="A. van den Oord, O. Vinyals, K. Kavukcuoglu, 2017",
        scale=False,
    ),
    define(
        "Gumbel-softmax; Gumbel-Softmax; Gumbel-max; concrete distribution",
        r"y_i = \frac{\exp((\log \pi_i + g_i) / \tau)}{\sum_{j=1}^k \exp((\log \pi_j + g_j) / \tau)}",
        r"z = \arg\max_i (g_i + \log \pi_i)",
        r"g = -\log(-\log(u))",
        source="E. Jang, S. Gu, B. Poole, 2017",
        scale=False,
    ),
    define(
        "InfoNCE; contrastive predictive coding; NT-Xent; SimCLR; CLIP",
        r"-\log\frac{\exp(\mathrm{sim}(z_i, z_j) / \tau)}{\sum_{k=1}^{2N} 1_{k \neq i} "
        r"\exp(\mathrm{sim}(z_i, z_k) / \tau)}",
        r"-\log\frac{\exp(q \cdot k_+ / \tau)}{\sum_{i=0}^K \exp(q \cdot k_i / \tau)}",
        r"-\mathbb{E}\left[\log\frac{f(x, c)}{\sum_{x' \in X} f(x', c)}\right]",
        r"\mathrm{sim}(u, v) = \frac{u^T v}{\|u\| \|v\|}",
        source="A. van den Oord, Y. Li, O. Vinyals, 2018",
        scale=False,
    ),
    define(
        "Donsker-Varadhan; MINE",
        r"\sup_T \mathbb{E}_{P}[T] - \log(\mathbb{E}_{Q}[e^T])",
        source="M. I. Belghazi et al., MINE, 2018",
        scale=False,
    ),
    define(
        "annealed importance sampling; AIS; self-normalized importance sampling",
        r"w_i = \frac{p(x_i)}{q(x_i)}",
        r"\hat{\mu} = \frac{\sum_{i=1}^n w_i f(x_i)}{\sum_{i=1}^n w_i}",
        r"\mathbb{E}_p[f(x)] = \mathbb{E}_q\left[\frac{p(x)}{q(x)} f(x)\right]",
        r"\mathbb{E}_p[f(x)] \approx \frac{1}{n} \sum_{i=1}^n \frac{p(x_i)}{q(x_i)} f(x_i)",
        source="R. M. Neal, 2001",
        scale=False,
    ),
    define(
        "PixelCNN; autoregressive model; autoregressive factorization",
        r"p(x) = \prod_{i=1}^n p(x_i | x_1, \ldots, x_{i-1})",
        r"p(x) = \prod_{i=1}^n p(x_i | x_{< i})",
        source="A. van den Oord et al., 2016",
        scale=False,
    ),
)
