"""Reinforcement learning, preference tuning, diffusion and inference of models."""

from symcheck.gate.standards.standard import define

_SB = "R. S. Sutton, A. G. Barto, Reinforcement Learning, 2018"
_DDPM = "J. Ho, A. Jain, P. Abbeel, Denoising diffusion probabilistic models, 2020"
_RLHF = "L. Ouyang et al., Training language models to follow instructions with human feedback, 2022"

STANDARDS = (
    define(
        "return; discounted return; recursive return",
        r"G_t = R_{t+1} + \gamma G_{t+1}",
        r"G_t = \sum_{k=0}^\infty \gamma^k R_{t+k+1}",
        r"G_t = r_t + \gamma G_{t+1}",
        source=_SB,
        scale=False,
    ),
    define(
        "Bellman equation; Bellman expectation",
        r"V(s) = E[R_{t+1} + \gamma V(S_{t+1}) | S_t = s]",
        r"Q(s, a) = E[R_{t+1} + \gamma Q(S_{t+1}, A_{t+1}) | S_t = s, A_t = a]",
        r"V(s) = \sum_a \pi(a|s) \sum_{s'} P(s'|s, a) (R(s, a) + \gamma V(s'))",
        r"V_{k+1}(s) = \sum_a \pi(a|s) \sum_{s'} P(s'|s, a) (R(s, a, s') + \gamma V_k(s'))",
        r"V(s) = \sum_a \pi(a|s) \sum_{s'} P(s'|s, a) (R(s, a, s') + \gamma V(s'))",
        r"V(s) = \max_a (R(s, a) + \gamma \sum_{s'} P(s'|s, a) V(s'))",
        source=_SB,
        scale=False,
    ),
    define(
        "expected reward; reward function",
        r"R(s, a) = \sum_{r \in \mathcal{R}} r \sum_{s' \in \mathcal{S}} P(s', r | s, a)",
        source=_SB,
        scale=False,
    ),
    define(
        "TD error; temporal difference; TD advantage; one-step TD",
        r"r_t + \gamma V(s_{t+1}) - V(s_t)",
        r"\delta_t = r_{t+1} + \gamma V(s_{t+1}) - V(s_t)",
        source=_SB,
        scale=False,
        essential=("gamma",),
    ),
    define(
        "Q-learning; Q learning",
        r"Q(s, a) \leftarrow Q(s, a) + \alpha (r + \gamma \max_{b} Q(t, b) - Q(s, a))",
        source=_SB,
        scale=False,
    ),
    define(
        "action value; action-value",
        r"Q(s_t, a_t) = r_t + \gamma V(s_{t+1})",
        r"Q(s_t, a_t) = E[r_t + \gamma V(s_{t+1}) | s_t, a_t]",
        source=_SB,
        scale=False,
    ),
    define(
        "advantage; advantage function",
        r"A(s, a) = Q(s, a) - V(s)",
        r"A(s_t, a_t) = Q(s_t, a_t) - V(s_t)",
        source=_SB,
        scale=False,
    ),
    define(
        "generalized advantage estimation; GAE",
        r"\sum_{l=0}^{\infty} (\gamma \lambda)^l \delta_{t+l}",
        r"A_t = \delta_t + \gamma \lambda A_{t+1}",
        source="J. Schulman et al., 2016",
        scale=False,
    ),
    define(
        "policy gradient; REINFORCE",
        r"\nabla_\theta J(\theta) = E[\nabla_\theta \log \pi_\theta(a|s) A(s, a)]",
        r"\nabla_\theta J(\theta) = E[\nabla_\theta \log \pi_\theta(a|s) Q(s, a)]",
        source="R. J. Williams, 1992",
        scale=False,
        either_sign=True,
    ),
    define(
        "REINFORCE loss; surrogate; REINFORCE",
        r"L(\theta) = -E_t[w_t \log \pi_\theta(a_t|s_t) A_t]",
        r"L(\theta) = -E_t[\text{stopgrad}(w_t) \cdot \log \pi_\theta(a_t|s_t) \cdot A_t]",
        r"L(\theta) = -E_t[\log \pi_\theta(a_t|s_t) A_t]",
        source="R. J. Williams, 1992",
        either_sign=True,
    ),
    define(
        "PPO; clipped surrogate",
        r"E[\min(r_t A_t, clip(r_t, 1 - \epsilon, 1 + \epsilon) A_t)]",
        r"\min(r_t A_t, clip(r_t, 1 - \epsilon, 1 + \epsilon) A_t)",
        source="J. Schulman et al., 2017",
        either_sign=True,
    ),
    define(
        "RLOO baseline; RLOO; leave-one-out; Leave-One-Out",
        r"b(s, a_k) = \frac{1}{K - 1} \sum_{i=1, i \neq k}^{K} R(s, a_i)",
        source="W. Kool, H. van Hoof, M. Welling, 2019",
        scale=False,
    ),
    define(
        "KL penalty; KL-penalised reward; penalty on the reward",
        r"r = r_\theta - \beta D_{KL}",
        r"r = r_\theta - \beta D_{KL}(\pi \| \mu)",
        source=_RLHF,
        scale=False,
    ),
    define(
        "KL penalty; KL-penalised loss; penalty added to a loss",
        r"L = L_{p} + \beta D_{KL}",
        source=_RLHF,
        scale=False,
    ),
    define(
        "policy objective; initial-state distribution",
        r"J(\theta) = \sum_{s} d_0(s) V^{\pi}(s)",
        source=_SB,
        scale=False,
    ),
    define(
        "DDPM posterior; posterior variance; forward process posterior",
        r"\tilde{\beta}_t = \frac{1 - \bar{\alpha}_{t-1}}{1 - \bar{\alpha}_t} \beta_t",
        r"\tilde{\beta}_t = \frac{1 - \bar{\alpha}_{t-1}}{1 - \bar{\alpha}_t} \cdot \beta_t",
        r"\tilde{\mu}_t = \frac{\sqrt{\bar{\alpha}_{t-1}} \beta_t}{1 - \bar{\alpha}_t} x_0 + "
        r"\frac{\sqrt{\alpha_t} (1 - \bar{\alpha}_{t-1})}{1 - \bar{\alpha}_t} x_t",
        source=_DDPM,
        scale=False,
    ),
    define(
        "forward process; forward diffusion; DDPM",
        r"x_t = \sqrt{\bar{\alpha}_t} x_0 + \sqrt{1 - \bar{\alpha}_t} \epsilon",
        r"q(x_t | x_{t-1}) = \mathcal{N}(x_t; \sqrt{1 - \beta_t} x_{t-1}, \beta_t I)",
        r"q(x_t | x_0) = \mathcal{N}(x_t; \sqrt{\bar{\alpha}_t} x_0, (1 - \bar{\alpha}_t) I)",
        source=_DDPM,
        scale=False,
    ),
    define(
        "restricted Boltzmann machine; RBM; energy function",
        r"E(v, h) = -\sum_i \sum_j w_{ij} v_i h_j - \sum_i b_i v_i - \sum_j c_j h_j",
        r"E(v, h) = -b^\top v - c^\top h - v^\top W h",
        source="G. E. Hinton, 2002",
        scale=False,
    ),
    define(
        "MAP inference; most probable assignment",
        r"\arg\max_{x} p(x, y)",
        r"\arg\max_{x_1, \ldots, x_n} p(x_1, \ldots, x_n, y = 1)",
        source="D. Koller, N. Friedman, 2009",
        scale=False,
    ),
    define(
        "backward recursion",
        r"\rho_{t-1}(h_{t-1}) = \sum_{h_t} p(h_t | h_{t-1}) p(x_t | h_t) \rho_t(h_t)",
        source="L. R. Rabiner, 1989",
        scale=False,
    ),
    define(
        "forward recursion",
        r"\pi_{t+1}(h_{t+1}) = \sum_{h_t} \pi_t(h_t) p(x_t | h_t) p(h_{t+1} | h_t)",
        source="L. R. Rabiner, 1989",
        scale=False,
    ),
    define(
        "beam search; output sequence; length normalization",
        r"\frac{1}{L^\alpha} \log P(y_1, \ldots, y_L | c) = \frac{1}{L^\alpha} \sum_{t=1}^L \log P(y_t "
        r"| y_1, \ldots, y_{t-1}, c)",
        source="Y. Wu et al., 2016",
        scale=False,
    ),
    define(
        "Hopfield; Ising energy",
        r"E = -\frac{1}{2} \sum_{i, j} w_{ij} s_i s_j",
        source="J. J. Hopfield, 1982",
    ),
)
