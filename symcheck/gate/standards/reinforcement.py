"""Values, policies and preferences."""

from symcheck.gate.standards.standard import define

_SB = "R. S. Sutton, A. G. Barto, Reinforcement Learning, 2018"
_PPO = "J. Schulman et al., Proximal policy optimization algorithms, 2017"

STANDARDS = (
    define(
        "state-value function; value function; state value",
        r"V^\pi(s) = \mathbb{E}_\pi[G_t | S_t = s]",
        r"V^\pi(s) = \sum_a \pi(a | s) Q^\pi(s, a)",
        r"Q^\pi(s, a) = \mathbb{E}_\pi[G_t | S_t = s, A_t = a]",
        r"V(s) = \mathbb{E}[G_t | S_t = s]",
        r"Q(s, a) = \mathbb{E}[G_t | S_t = s, A_t = a]",
        source=_SB,
        scale=False,
        exact_left=True,
    ),
    define(
        "Bellman equation; Bellman equations; Bellman optimality",
        r"V^*(s) = \max_a \left(r(s, a) + \gamma \sum_{s'} P(s' | s, a) V^*(s')\right)",
        r"V^*(s) = \max_a \sum_{s'} P(s' | s, a) \left(r(s, a, s') + \gamma V^*(s')\right)",
        r"Q^*(s, a) = r(s, a) + \gamma \sum_{s'} P(s' | s, a) \max_{a'} Q^*(s', a')",
        r"Q^\pi(s, a) = r(s, a) + \gamma \sum_{s'} P(s' | s, a) V^\pi(s')",
        r"Q^\pi(s, a) = r(s, a) + \gamma \sum_{s'} P(s' | s, a) \sum_{a'} \pi(a' | s') Q^\pi(s', a')",
        r"V(s) = \mathbb{E}[R_{t+1} + \gamma V(S_{t+1}) | S_t = s]",
        source=_SB,
        scale=False,
    ),
    define(
        "TD learning; temporal-difference learning; TD target; TD(0)",
        r"V(S_t) \leftarrow V(S_t) + \alpha (R_{t+1} + \gamma V(S_{t+1}) - V(S_t))",
        r"V(S_t) \leftarrow (1 - \alpha) V(S_t) + \alpha G_t",
        r"V(S_t) \leftarrow V(S_t) + \alpha (G_t - V(S_t))",
        source=_SB,
        scale=False,
    ),
    define(
        "SARSA",
        r"Q(S_t, A_t) \leftarrow Q(S_t, A_t) + \alpha (R_{t+1} + \gamma Q(S_{t+1}, A_{t+1}) - Q(S_t, A_t))",
        source=_SB,
        scale=False,
    ),
    define(
        "Q-learning; Q learning",
        r"Q(S_t, A_t) \leftarrow Q(S_t, A_t) + \alpha (R_{t+1} + \gamma \max_a Q(S_{t+1}, a) - Q(S_t, A_t))",
        r"Q(s, a) \leftarrow Q(s, a) + \alpha (r + \gamma \max_{a'} Q(s', a') - Q(s, a))",
        r"Q(s, a) \leftarrow (1 - \alpha) Q(s, a) + \alpha (r + \gamma \max_{a'} Q(s', a'))",
        source="C. J. C. H. Watkins, P. Dayan, 1992",
        scale=False,
    ),
    define(
        "DQN; deep Q-network; deep Q-learning",
        r"\mathbb{E}\left[(r + \gamma \max_{a'} Q(s', a'; \theta^-) - Q(s, a; \theta))^2\right]",
        source="V. Mnih et al., 2015",
    ),
    define(
        "policy gradient theorem; policy gradient; REINFORCE; score function",
        r"\nabla_\theta J(\theta) = \mathbb{E}_\pi[Q^\pi(s, a) \nabla_\theta \log \pi_\theta(a | s)]",
        r"\nabla_\theta J(\theta) = \mathbb{E}_{\tau \sim \pi_\theta}\left[\sum_{t=0}^T \nabla_\theta \log "
        r"\pi_\theta(a_t | s_t) R(\tau)\right]",
        r"\nabla_\theta J(\theta) = \mathbb{E}_{\tau \sim \pi_\theta}\left[\sum_{t=0}^T \nabla_\theta \log "
        r"\pi_\theta(a_t | s_t) A_t\right]",
        r"\nabla_\theta J(\theta) = \mathbb{E}_{\tau \sim \pi_\theta}\left[\sum_{t=0}^T \nabla_\theta \log "
        r"\pi_\theta(a_t | s_t) G_t\right]",
        r"\theta \leftarrow \theta + \alpha \gamma^t G_t \nabla_\theta \log \pi_\theta(A_t | S_t)",
        source=_SB,
        scale=False,
    ),
    define(
        "log-derivative trick; log derivative",
        r"\nabla_\theta p_\theta(x) = p_\theta(x) \nabla_\theta \log p_\theta(x)",
        source="R. J. Williams, 1992",
        scale=False,
    ),
    define(
        "PPO; clipped surrogate; proximal policy optimization; clipped objective",
        r"\mathbb{E}_t\left[\min\left(r_t(\theta) \hat{A}_t, clip(r_t(\theta), 1 - \epsilon, 1 + \epsilon) "
        r"\hat{A}_t\right)\right]",
        r"\min\left(r_t(\theta) A_t, clip(r_t(\theta), 1 - \epsilon, 1 + \epsilon) A_t\right)",
        r"\frac{\pi_\theta(a_t | s_t)}{\pi_{\theta_{old}}(a_t | s_t)}",
        source=_PPO,
        scale=False,
        either_sign=True,
    ),
    define(
        "group relative; GRPO; group-relative advantage",
        r"A_i = \frac{r_i - \mathrm{mean}(r_1, \ldots, r_G)}{\mathrm{std}(r_1, \ldots, r_G)}",
        source="Z. Shao et al., DeepSeekMath, 2024",
        scale=False,
    ),
    define(
        "leave-one-out; RLOO; leave-one-out baseline",
        r"\frac{1}{K - 1} \sum_{i=1, i \neq k}^K R(s, a_i)",
        r"A(s, a_k) = R(s, a_k) - b(s, a_k)",
        source="A. Ahmadian et al., Back to basics, 2024",
        scale=False,
    ),
    define(
        "generalized advantage estimation; GAE; generalized advantage",
        r"\hat{A}_t = \delta_t + \gamma \lambda \hat{A}_{t+1}",
        r"\hat{A}_t = \sum_{l=0}^{\infty} (\gamma \lambda)^l \delta_{t+l}",
        r"\delta_t = r_t + \gamma V(s_{t+1}) - V(s_t)",
        source="J. Schulman et al., 2016",
        scale=False,
        essential=("gamma", "lambda"),
    ),
    define(
        "soft actor-critic; SAC; maximum entropy",
        r"V(s) = \mathbb{E}_{a \sim \pi}[Q(s, a) - \alpha \log \pi(a | s)]",
        r"r(s, a) + \gamma \mathbb{E}[V(s')]",
        source="T. Haarnoja et al., 2018",
        scale=False,
    ),
    define(
        "soft update; target network; Polyak averaging",
        r"\theta' \leftarrow \tau \theta + (1 - \tau) \theta'",
        source="T. P. Lillicrap et al., 2016",
        scale=False,
    ),
    define(
        "Bradley-Terry; preference probability",
        r"P(i > j) = \frac{\exp(r_i)}{\exp(r_i) + \exp(r_j)}",
        r"p(y_1 \succ y_2 | x) = \frac{\exp(r(x, y_1))}{\exp(r(x, y_1)) + \exp(r(x, y_2))}",
        r"p(y_1 \succ y_2 | x) = \sigma(r(x, y_1) - r(x, y_2))",
        source="R. A. Bradley, M. E. Terry, 1952",
        scale=False,
    ),
    define(
        "reward model loss; reward modeling; pairwise loss; preference loss",
        r"-\log(\sigma(r_\theta(x, y_w) - r_\theta(x, y_l)))",
        r"-\mathbb{E}_{(x, y_w, y_l) \sim D}[\log(\sigma(r_\theta(x, y_w) - r_\theta(x, y_l)))]",
        r"-\log(\sigma(r_\theta(x, y_w) - r_\theta(x, y_l) - m(r)))",
        r"-\log(1 + \exp(r_\theta(x, y_l) - r_\theta(x, y_w)))",
        r"\log(1 + \exp(r_\theta(x, y_l) - r_\theta(x, y_w)))",
        source="L. Ouyang et al., 2022",
    ),
    define(
        "DPO; direct preference optimization",
        r"-\mathbb{E}_{(x, y_w, y_l) \sim D}\left[\log \sigma\left(\beta \log "
        r"\frac{\pi_\theta(y_w | x)}{\pi_{ref}(y_w | x)} - \beta \log "
        r"\frac{\pi_\theta(y_l | x)}{\pi_{ref}(y_l | x)}\right)\right]",
        r"\beta \log \frac{\pi_\theta(y | x)}{\pi_{ref}(y | x)}",
        r"\pi_r(y | x) = \frac{1}{Z(x)} \pi_{ref}(y | x) \exp\left(\frac{1}{\beta} r(x, y)\right)",
        r"Z(x) = \sum_y \pi_{ref}(y | x) \exp\left(\frac{1}{\beta} r(x, y)\right)",
        source="R. Rafailov et al., 2023",
        scale=False,
    ),
    define(
        "KL-regularized objective; RLHF objective; RL objective",
        r"\mathbb{E}_{x \sim D, y \sim \pi}[r(x, y)] - \beta D_{KL}(\pi(y | x) \| \pi_{ref}(y | x))",
        r"\mathbb{E}_{x \sim D, y \sim \pi}\left[r(x, y) - \beta \log \frac{\pi(y | x)}{\pi_{ref}(y | "
        r"x)}\right]",
        source="D. M. Ziegler et al., 2019",
        scale=False,
    ),
    define(
        "importance ratio; importance sampling ratio; importance weight",
        r"w_t = \frac{\pi_\theta(a_t | s_t)}{\mu(a_t | s_t)}",
        source=_SB,
        scale=False,
    ),
)
