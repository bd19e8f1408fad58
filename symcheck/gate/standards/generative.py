"""Diffusion, flows, autoencoders and adversarial training."""

from symcheck.gate.standards.standard import define

_DDPM = "J. Ho, A. Jain, P. Abbeel, Denoising diffusion probabilistic models, 2020"
_SDE = "Y. Song et al., Score-based generative modeling through SDEs, 2021"
_VAE = "D. P. Kingma, M. Welling, Auto-encoding variational Bayes, 2013"
_GAN = "I. Goodfellow et al., Generative adversarial nets, 2014"

STANDARDS = (
    define(
        "diffusion; DDPM; noise prediction; forward process; reverse process",
        r"x_t = \sqrt{\bar{\alpha}_t} x_0 + \sqrt{1 - \bar{\alpha}_t} \epsilon",
        r"x_0 = \frac{1}{\sqrt{\bar{\alpha}_t}} (x_t - \sqrt{1 - \bar{\alpha}_t} \epsilon_t)",
        r"\tilde{\mu}_t = \frac{1}{\sqrt{\alpha_t}} \left(x_t - \frac{1 - \alpha_t}{\sqrt{1 - "
        r"\bar{\alpha}_t}} \epsilon_t\right)",
        r"\mu_\theta(x_t, t) = \frac{1}{\sqrt{\alpha_t}} \left(x_t - \frac{1 - \alpha_t}{\sqrt{1 - "
        r"\bar{\alpha}_t}} \epsilon_\theta(x_t, t)\right)",
        r"\mu_\theta(x_t, t) = \frac{1}{\sqrt{\alpha_t}} \left(x_t - \frac{\beta_t}{\sqrt{1 - "
        r"\bar{\alpha}_t}} \epsilon_\theta(x_t, t)\right)",
        r"q(x_{1:T} | x_0) = \prod_{t=1}^T q(x_t | x_{t-1})",
        r"p_\theta(x_{0:T}) = p(x_T) \prod_{t=1}^T p_\theta(x_{t-1} | x_t)",
        r"x_t = \sqrt{\alpha_t} x_{t-1} + \sqrt{1 - \alpha_t} \epsilon_{t-1}",
        r"x_t = \sqrt{1 - \beta_t} x_{t-1} + \sqrt{\beta_t} \epsilon_{t-1}",
        r"\bar{\alpha}_t = \prod_{i=1}^t \alpha_i",
        r"\bar{\alpha}_t = \prod_{s=1}^t \alpha_s",
        source=_DDPM,
        scale=False,
    ),
    define(
        "simple loss; simplified objective; denoising loss",
        r"\mathbb{E}_{t, x_0, \epsilon}[\|\epsilon - \epsilon_\theta(\sqrt{\bar{\alpha}_t} x_0 + \sqrt{1 - "
        r"\bar{\alpha}_t} \epsilon, t)\|^2]",
        r"\|\epsilon_t - \epsilon_\theta(x_t, t)\|^2",
        source=_DDPM,
    ),
    define(
        "DDIM",
        r"x_{t-1} = \sqrt{\alpha_{t-1}} \left(\frac{x_t - \sqrt{1 - \alpha_t} "
        r"\epsilon_\theta(x_t)}{\sqrt{\alpha_t}}\right) + \sqrt{1 - \alpha_{t-1} - \sigma_t^2} "
        r"\epsilon_\theta(x_t) + \sigma_t \epsilon_t",
        r"x_{t-1} = \sqrt{\bar{\alpha}_{t-1}} \left(\frac{x_t - \sqrt{1 - \bar{\alpha}_t} "
        r"\epsilon_\theta(x_t)}{\sqrt{\bar{\alpha}_t}}\right) + \sqrt{1 - \bar{\alpha}_{t-1} - \sigma_t^2} "
        r"\epsilon_\theta(x_t) + \sigma_t \epsilon_t",
        source="J. Song, C. Meng, S. Ermon, 2021",
        scale=False,
    ),
    define(
        "classifier-free guidance; guidance",
        r"\tilde{\epsilon} = (1 + w) \epsilon_\theta(x_t, c) - w \epsilon_\theta(x_t)",
        r"\epsilon_\theta(x_t) + s (\epsilon_\theta(x_t, c) - \epsilon_\theta(x_t))",
        source="J. Ho, T. Salimans, 2022",
        scale=False,
    ),
    define(
        "score function of a Gaussian; score matching",
        r"\nabla_{x_t} \log q(x_t | x_0) = -\frac{\epsilon}{\sqrt{1 - \bar{\alpha}_t}}",
        source=_SDE,
        scale=False,
    ),
    define(
        "normalizing flow; normalizing flows; change of variables; change of variable",
        r"p_X(x) = p_Z(f^{-1}(x)) \left|\det \frac{\partial f^{-1}(x)}{\partial x}\right|",
        r"p(x) = \pi(z) \left|\frac{dz}{dx}\right|",
        r"\log p(x) = \log \pi(z) - \sum_{i=1}^K \log \left|\det \frac{d f_i}{d z_{i-1}}\right|",
        source="D. J. Rezende, S. Mohamed, 2015",
        scale=False,
    ),
    define(
        "coupling layer; affine coupling; RealNVP",
        r"y_2 = x_2 \odot \exp(s(x_1)) + t(x_1)",
        r"x_2 = (y_2 - t(y_1)) \odot \exp(-s(y_1))",
        source="L. Dinh, J. Sohl-Dickstein, S. Bengio, 2017",
        scale=False,
    ),
    define(
        "reparameterization trick; reparametrization",
        r"z = \mu + \sigma \odot \epsilon",
        source=_VAE,
        scale=False,
    ),
    define(
        "KL divergence of two Gaussians; KL between Gaussians; VAE",
        r"\frac{1}{2} \sum_{j=1}^J (1 + \log \sigma_j^2 - \mu_j^2 - \sigma_j^2)",
        r"-\frac{1}{2} \sum_{j=1}^J (1 + \log \sigma_j^2 - \mu_j^2 - \sigma_j^2)",
        r"\frac{1}{2} \sum_{j=1}^J (\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2)",
        r"\frac{1}{2} \sum_{j=1}^J (\mu_j^2 + \sigma_j^2 - \log \sigma_j^2 - 1)",
        r"\log \frac{\sigma_2}{\sigma_1} + \frac{\sigma_1^2 + (\mu_1 - \mu_2)^2}{2 \sigma_2^2} - \frac{1}{2}",
        source=_VAE,
        scale=False,
        either_sign=True,
    ),
    define(
        "ELBO; evidence lower bound; variational lower bound",
        r"\log p_\theta(x) - D_{KL}(q_\phi(z | x) \| p_\theta(z | x))",
        r"\mathbb{E}_{z \sim q_\phi(z | x)}[\log p_\theta(x | z)] - D_{KL}(q_\phi(z | x) \| p_\theta(z))",
        r"\mathbb{E}_{z \sim q_\phi(z | x)}[\log p_\theta(x, z) - \log q_\phi(z | x)]",
        source=_VAE,
        scale=False,
        either_sign=True,
    ),
    define(
        "beta-VAE",
        r"\mathbb{E}_{z \sim q_\phi(z | x)} \log p_\theta(x | z) - \beta D_{KL}(q_\phi(z | x) \| "
        r"p_\theta(z))",
        source="I. Higgins et al., 2017",
        scale=False,
        either_sign=True,
    ),
    define(
        "optimal discriminator",
        r"D^*(x) = \frac{p_r(x)}{p_r(x) + p_g(x)}",
        r"D^*(x) = \frac{p_{data}(x)}{p_{data}(x) + p_g(x)}",
        source=_GAN,
        scale=False,
    ),
    define(
        "Wasserstein GAN; WGAN; Kantorovich-Rubinstein",
        r"W(p, q) = \sup_{\|f\|_L \leq 1} \mathbb{E}_{x \sim p}[f(x)] - \mathbb{E}_{x \sim q}[f(x)]",
        source="M. Arjovsky, S. Chintala, L. Bottou, 2017",
    ),
    define(
        "gradient penalty; WGAN-GP",
        r"\lambda \mathbb{E}_{\hat{x}}[(\|\nabla_{\hat{x}} D(\hat{x})\|_2 - 1)^2]",
        source="I. Gulrajani et al., 2017",
        scale=False,
    ),
    define(
        "flow matching; rectified flow",
        r"x_t = (1 - t) x_0 + t x_1",
        r"\mathbb{E}_{t, x_0, x_1} \|v_\theta(x_t, t) - (x_1 - x_0)\|^2",
        source="Y. Lipman et al., 2023",
        scale=False,
    ),
)
