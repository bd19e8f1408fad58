"""Losses and advantages of preference optimisation and of policy optimisation for language models."""

from symcheck.gate.standards.standard import define

_DPO = "R. Rafailov et al., Direct preference optimization, 2023"
_GRPO = "Z. Shao et al., DeepSeekMath, 2024"
_PPO = "J. Schulman et al., Proximal policy optimization algorithms, 2017"

STANDARDS = (
    define(
        "DPO; direct preference optimization; implicit reward",
        r"-\mathbb{E}\left[\log\sigma\left(\beta \log\frac{\pi_\theta(y_w | x)}{\pi_r(y_w | x)} - "
        r"\beta \log\frac{\pi_\theta(y_l | x)}{\pi_r(y_l | x)}\right)\right]",
        r"r(x, y) = \beta \log\frac{\pi_\theta(y | x)}{\pi_r(y | x)} + \beta \log Z(x)",
        r"\hat{r}_\theta(x, y) = \beta \log\frac{\pi_\theta(y | x)}{\pi_r(y | x)}",
        r"\hat{r}(x, y) = \beta (\log \pi_\theta(y | x) - \log \pi_r(y | x))",
        r"\pi(y | x) = \frac{1}{Z(x)} \pi_r(y | x) \exp\left(\frac{1}{\beta} r(x, y)\right)",
        r"\pi(y | x) = \frac{1}{Z(x)} \pi_r(y | x) \exp\left(\frac{r(x, y)}{\beta}\right)",
        r"Z(x) = \sum_y \pi_r(y | x) \exp\left(\frac{1}{\beta} r(x, y)\right)",
        r"Z(x) = \sum_y \pi_r(y | x) \exp\left(\frac{r(x, y)}{\beta}\right)",
        r"-\beta \mathbb{E}\left[\sigma(\hat{r}_\theta(x, y_l) - \hat{r}_\theta(x, y_w)) "
        r"[\nabla_\theta \log \pi_\theta(y_w | x) - \nabla_\theta \log \pi_\theta(y_l | x)]\right]",
        r"-\log\sigma\left(\beta \log\frac{\pi_\theta(y_w | x)}{\pi_r(y_w | x)} - "
        r"\beta \log\frac{\pi_\theta(y_l | x)}{\pi_r(y_l | x)}\right)",
        source=_DPO,
    ),
    define(
        "IPO; identity preference optimization",
        r"\left(\log\frac{\pi_\theta(y_w | x)}{\pi_r(y_w | x)} - "
        r"\log\frac{\pi_\theta(y_l | x)}{\pi_r(y_l | x)} "
        r"- \frac{1}{2 \beta}\right)^2",
        r"\mathbb{E}\left[\left(h_\pi(y_w, y_l, x) - \frac{1}{2 \beta}\right)^2\right]",
        source="M. G. Azar et al., 2023",
    ),
    define(
        "KTO; Kahneman-Tversky optimization",
        r"r_\theta(x, y) = \log\frac{\pi_\theta(y | x)}{\pi_r(y | x)}",
        r"v(x, y) = \begin{cases} \lambda_D \sigma(\beta (r_\theta(x, y) - z_0)) & y \sim D \\ "
        r"\lambda_U \sigma(\beta (z_0 - r_\theta(x, y))) & y \sim U \end{cases}",
        r"z_0 = KL(\pi_\theta(y' | x) \| \pi_r(y' | x))",
        source="K. Ethayarajh et al., KTO, 2024",
        scale=False,
    ),
    define(
        "SimPO",
        r"-\mathbb{E}\left[\log\sigma\left(\frac{\beta}{|y_w|} \log\pi_\theta(y_w | x) - "
        r"\frac{\beta}{|y_l|} \log\pi_\theta(y_l | x) - \gamma\right)\right]",
        r"r(x, y) = \frac{\beta}{|y|} \log\pi_\theta(y | x)",
        source="Y. Meng, M. Xia, D. Chen, SimPO, 2024",
    ),
    define(
        "ORPO; odds ratio preference",
        r"\mathrm{odds}_\theta(y | x) = \frac{P_\theta(y | x)}{1 - P_\theta(y | x)}",
        r"OR_\theta(y_w, y_l) = \frac{\mathrm{odds}_\theta(y_w | x)}{\mathrm{odds}_\theta(y_l | x)}",
        r"-\log\sigma\left(\log\frac{\mathrm{odds}_\theta(y_w | x)}{\mathrm{odds}_\theta(y_l | x)}\right)",
        source="J. Hong, N. Lee, J. Thorne, ORPO, 2024",
    ),
    define(
        "SLiC; sequence likelihood calibration",
        r"\max(0, \delta - \log\pi_\theta(y_w | x) + \log\pi_\theta(y_l | x))",
        source="Y. Zhao et al., SLiC-HF, 2023",
    ),
    define(
        "reward model; reward modelling; reward model loss; Bradley-Terry; preference model",
        r"-\mathbb{E}[\log\sigma(r_\theta(x, y_w) - r_\theta(x, y_l))]",
        r"-\log\sigma(r_\theta(x, y_w) - r_\theta(x, y_l))",
        r"P(y_1 \succ y_2 | x) = \frac{\exp(r(x, y_1))}{\exp(r(x, y_1)) + \exp(r(x, y_2))}",
        r"P(y_1 \succ y_2 | x) = \sigma(r(x, y_1) - r(x, y_2))",
        r"P(i > j) = \frac{p_i}{p_i + p_j}",
        r"\log(1 + e^{r_\theta(x, y_l) - r_\theta(x, y_w)})",
        r"-\log\sigma(r_\theta(x, y_w) - r_\theta(x, y_l) - m)",
        r"-\frac{1}{\binom{K}{2}} \mathbb{E}[\log(\sigma(r_\theta(x, y_w) - r_\theta(x, y_l)))]",
        source="R. A. Bradley, M. E. Terry, 1952",
    ),
    define(
        "KL penalty; per-token reward; KL-penalised reward; reward with KL penalty; KL-shaped reward",
        r"r(x, y) - \beta \log\frac{\pi_\theta(y | x)}{\pi_r(y | x)}",
        r"r = r_\phi - \lambda r_{KL}",
        r"R(x, y) = r_\phi(x, y) - \beta KL(\pi_\theta(y | x) \| \pi_r(y | x))",
        r"r_t = r_\phi(q, o_{\leq t}) - \beta \log\frac{\pi_\theta(o_t | q, o_{< t})}{\pi_r(o_t | q, "
        r"o_{< t})}",
        source="L. Ouyang et al., 2022",
        scale=False,
    ),
    define(
        "k1 estimator; k2 estimator; k3 estimator; KL estimator; approximating KL; unbiased "
        "estimator of the KL",
        r"\frac{\pi_r}{\pi_\theta} - \log\frac{\pi_r}{\pi_\theta} - 1",
        r"\frac{\pi_r(y | x)}{\pi_\theta(y | x)} - \log\frac{\pi_r(y | x)}{\pi_\theta(y | x)} - 1",
        r"\frac{\pi_r(o_{i,t} | q, o_{i,<t})}{\pi_\theta(o_{i,t} | q, o_{i,<t})} - "
        r"\log\frac{\pi_r(o_{i,t} | q, o_{i,<t})}{\pi_\theta(o_{i,t} | q, o_{i,<t})} - 1",
        r"k_3 = (r - 1) - \log r",
        r"k_2 = \frac{1}{2} (\log r)^2",
        r"k_1 = -\log r",
        source="J. Schulman, Approximating KL divergence, 2020",
        scale=False,
    ),
    define(
        "GRPO; group relative policy optimization; group-relative advantage; group relative",
        r"\hat{A}_i = \frac{r_i - \mathrm{mean}(r)}{\mathrm{std}(r)}",
        r"\hat{A}_{i,t} = \frac{r_i - \mathrm{mean}(r)}{\mathrm{std}(r)}",
        r"A_i = \frac{r_i - \mathrm{mean}(\{r_1, \ldots, r_G\})}{\mathrm{std}(\{r_1, \ldots, r_G\})}",
        r"A_i = \frac{r_i - \mathrm{mean}(r_1, \ldots, r_G)}{\mathrm{std}(r_1, \ldots, r_G)}",
        r"A_i = \frac{r_i - \mu}{\sigma + \epsilon}",
        r"\frac{1}{G} \sum_{i=1}^G \frac{1}{|o_i|} \sum_{t=1}^{|o_i|} \left(\min(\rho_{i,t} \hat{A}_{i,t}, "
        r"\mathrm{clip}(\rho_{i,t}, 1 - \epsilon, 1 + \epsilon) \hat{A}_{i,t}) - \beta D_{KL}\right)",
        r"\frac{1}{G} \sum_{i=1}^G \left(\min(\rho_i A_i, "
        r"\mathrm{clip}(\rho_i, 1 - \epsilon, 1 + \epsilon) A_i) - \beta D_{KL}\right)",
        source=_GRPO,
        either_sign=True,
    ),
    define(
        "Dr. GRPO; Dr GRPO; GRPO done right",
        r"A_i = r_i - \mathrm{mean}(\{r_1, \ldots, r_G\})",
        r"A_i = r_i - \frac{1}{G} \sum_{j=1}^G r_j",
        source="Z. Liu et al., 2025",
        scale=False,
    ),
    define(
        "DAPO; token-level policy gradient loss; clip-higher",
        r"\frac{1}{\sum_{i=1}^G |o_i|} \sum_{i=1}^G \sum_{t=1}^{|o_i|} \min(\rho_{i,t} \hat{A}_{i,t}, "
        r"\mathrm{clip}(\rho_{i,t}, 1 - \epsilon_l, 1 + \epsilon_h) \hat{A}_{i,t})",
        r"\begin{cases} 0 & |y| \leq L_m - L_c \\ \frac{(L_m - L_c) - |y|}{L_c} & "
        r"L_m - L_c < |y| \leq L_m \\ -1 & L_m < |y| \end{cases}",
        source="Q. Yu et al., DAPO, 2025",
        either_sign=True,
    ),
    define(
        "GSPO; sequence-level importance ratio",
        r"s_i(\theta) = \left(\frac{\pi_\theta(y_i | x)}{\pi_{old}(y_i | x)}\right)^{\frac{1}{|y_i|}}",
        r"\exp\left(\frac{1}{|y_i|} \sum_{t=1}^{|y_i|} \log\frac{\pi_\theta(y_{i,t} | x, y_{i,<t})}"
        r"{\pi_{old}(y_{i,t} | x, y_{i,<t})}\right)",
        source="C. Zheng et al., GSPO, 2025",
        scale=False,
    ),
    define(
        "RLOO; REINFORCE leave-one-out; leave-one-out baseline",
        r"R_i - \frac{1}{K - 1} \sum_{j \neq i} R_j",
        r"\frac{1}{k} \sum_{i=1}^k \left[R(y_i, x) - \frac{1}{k - 1} \sum_{j \neq i} R(y_j, x)\right] "
        r"\nabla \log \pi(y_i | x)",
        r"b_i = \frac{1}{K - 1} \sum_{j \neq i} R_j",
        r"A(x, y_k) = R(x, y_k) - \frac{1}{K - 1} \sum_{i=1, i \neq k}^K R(x, y_i)",
        r"\frac{K}{K - 1} \left(R_i - \frac{1}{K} \sum_{j=1}^K R_j\right)",
        source="A. Ahmadian et al., Back to basics, 2024",
        scale=False,
    ),
    define(
        "PPO; PPO-clip; proximal policy optimization; clipped surrogate",
        r"\mathbb{E}_t[\min(r_t(\theta) \hat{A}_t, \mathrm{clip}(r_t(\theta), 1 - \epsilon, 1 + "
        r"\epsilon) \hat{A}_t)]",
        r"\min(r_t(\theta) \hat{A}_t, \mathrm{clip}(r_t(\theta), 1 - \epsilon, 1 + \epsilon) \hat{A}_t)",
        r"\min\left(\frac{\pi_\theta(a | s)}{\pi_k(a | s)} A(s, a), "
        r"\mathrm{clip}\left(\frac{\pi_\theta(a | s)}{\pi_k(a | s)}, 1 - \epsilon, 1 + "
        r"\epsilon\right) A(s, a)\right)",
        r"\min\left(\frac{\pi_\theta(a | s)}{\pi_k(a | s)} A(s, a), g(\epsilon, A(s, a))\right)",
        r"g(\epsilon, A) = \begin{cases} (1 + \epsilon) A & A \geq 0 \\ (1 - \epsilon) A & A < 0 "
        r"\end{cases}",
        r"r_t(\theta) = \frac{\pi_\theta(a_t | s_t)}{\pi_{old}(a_t | s_t)}",
        r"\mathbb{E}_t[L_t^{CLIP}(\theta) - c_1 L_t^{VF}(\theta) + c_2 S(s_t)]",
        r"L_t^{VF} = (V_\theta(s_t) - V_t^{targ})^2",
        source=_PPO,
        either_sign=True,
    ),
    define(
        "adaptive KL; KL penalty coefficient",
        r"\mathbb{E}_t\left[\frac{\pi_\theta(a_t | s_t)}{\pi_{old}(a_t | s_t)} \hat{A}_t - "
        r"\beta KL(\pi_{old}(\cdot | s_t), \pi_\theta(\cdot | s_t))\right]",
        source=_PPO,
        either_sign=True,
    ),
    define(
        "generalized advantage estimation; GAE; TD residual",
        r"\hat{A}_t = \sum_{l=0}^\infty (\gamma \lambda)^l \delta_{t+l}",
        r"\hat{A}_t = \delta_t + \gamma \lambda \hat{A}_{t+1}",
        r"\hat{A}_t = \sum_{l=0}^{T-t-1} (\gamma \lambda)^l \delta_{t+l}",
        r"\delta_t = r_t + \gamma V(s_{t+1}) - V(s_t)",
        r"(1 - \lambda) \sum_{n=1}^\infty \lambda^{n-1} \hat{A}_t^{(n)}",
        r"\hat{A}_t = \delta_t + (\gamma \lambda) \delta_{t+1} + \ldots + (\gamma \lambda)^{T-t+1} "
        r"\delta_{T-1}",
        source="J. Schulman et al., 2016",
        scale=False,
    ),
    define(
        "best-of-n; best of N; best-of-N sampling; rejection sampling",
        r"\log n - \frac{n - 1}{n}",
        r"y^* = \arg\max_i r(x, y_i)",
        source="N. Stiennon et al., 2020",
        scale=False,
    ),
    define(
        "pass@k",
        r"1 - \frac{\binom{n - c}{k}}{\binom{n}{k}}",
        r"\mathbb{E}\left[1 - \frac{\binom{n - c}{k}}{\binom{n}{k}}\right]",
        source="M. Chen et al., 2021",
        scale=False,
    ),
    define(
        "truncated importance sampling; TIS",
        r"\min\left(\frac{\pi_\theta(a | s)}{\mu(a | s)}, C\right)",
        source="F. Yao et al., 2025",
        scale=False,
    ),
    define(
        "V-trace; vtrace",
        r"\rho_t = \min\left(\bar{\rho}, \frac{\pi(a_t | x_t)}{\mu(a_t | x_t)}\right)",
        r"\delta_t V = \rho_t (r_t + \gamma V(x_{t+1}) - V(x_t))",
        r"v_s = V(x_s) + \sum_{t=s}^{s+n-1} \gamma^{t-s} \left(\prod_{i=s}^{t-1} c_i\right) \delta_t V",
        source="L. Espeholt et al., IMPALA, 2018",
        scale=False,
    ),
    define(
        "double DQN; double Q-learning",
        r"y = r + \gamma Q(s', \arg\max_{a'} Q(s', a'; \theta); \theta^-)",
        r"y = r + \gamma Q_{\theta^-}(s', \arg\max_{a'} Q_\theta(s', a'))",
        source="H. van Hasselt, A. Guez, D. Silver, 2016",
        scale=False,
    ),
    define(
        "dueling network; dueling DQN",
        r"Q(s, a) = V(s) + \left(A(s, a) - \frac{1}{|A|} \sum_{a'} A(s, a')\right)",
        r"Q(s, a) = V(s) + A(s, a) - \frac{1}{|A|} \sum_{a'} A(s, a')",
        source="Z. Wang et al., 2016",
        scale=False,
    ),
    define(
        "prioritized experience replay; prioritized replay",
        r"P(i) = \frac{p_i^\alpha}{\sum_k p_k^\alpha}",
        r"w_i = \left(\frac{1}{N} \cdot \frac{1}{P(i)}\right)^\beta",
        source="T. Schaul et al., 2016",
        scale=False,
    ),
    define(
        "upper confidence bound; UCB; UCB1; PUCT; UCT",
        r"\bar{x}_j + \sqrt{\frac{2 \log n}{n_j}}",
        r"A_t = \arg\max_a \left[Q_t(a) + c \sqrt{\frac{\log t}{N_t(a)}}\right]",
        r"Q(s, a) + c P(s, a) \frac{\sqrt{\sum_b N(s, b)}}{1 + N(s, a)}",
        r"Q(s, a) + c P(s, a) \frac{\sqrt{N(s)}}{1 + N(s, a)}",
        source="P. Auer, N. Cesa-Bianchi, P. Fischer, 2002",
        scale=False,
    ),
    define(
        "epsilon-greedy; \u03b5-greedy; action-value update; incremental mean; sample average",
        r"Q_{n+1} = Q_n + \frac{1}{n} (R_n - Q_n)",
        r"\pi(a | s) = \begin{cases} 1 - \epsilon + \frac{\epsilon}{|A|} & a = a^* \\ \frac{\epsilon}{|A|} & "
        r"\text{otherwise} \end{cases}",
        r"N(a) \leftarrow N(a) + 1",
        source="R. S. Sutton, A. G. Barto, 2018",
        scale=False,
    ),
    define(
        "gradient bandit; policy over preferences",
        r"H_{t+1}(a) = H_t(a) - \alpha (R_t - \bar{R}_t) \pi_t(a)",
        r"H_{t+1}(A_t) = H_t(A_t) + \alpha (R_t - \bar{R}_t) (1 - \pi_t(A_t))",
        source="R. S. Sutton, A. G. Barto, 2018",
        scale=False,
    ),
    define(
        "TD(\u03bb); lambda return; \u03bb-return; TD lambda",
        r"G_t^\lambda = (1 - \lambda) \sum_{n=1}^\infty \lambda^{n-1} G_t^{(n)}",
        r"E_t(s) = \gamma \lambda E_{t-1}(s) + 1(S_t = s)",
        r"G_t^{(n)} = R_{t+1} + \gamma R_{t+2} + \cdots + \gamma^{n-1} R_{t+n} + \gamma^n V(S_{t+n})",
        source="R. S. Sutton, A. G. Barto, 2018",
        scale=False,
    ),
    define(
        "SAC; soft actor-critic; maximum entropy RL; entropy-regularized",
        r"J(\pi) = \sum_t \mathbb{E}[r(s_t, a_t) + \alpha H(\pi(\cdot | s_t))]",
        r"V(s) = \mathbb{E}[Q(s, a) - \alpha \log \pi(a | s)]",
        r"y = r + \gamma (\min_{i=1,2} Q_i(s', a') - \alpha \log\pi(a' | s'))",
        r"\mathbb{E}[\alpha \log\pi_\theta(a | s) - Q(s, a)]",
        r"\mathbb{E}[-\alpha \log\pi(a | s) - \alpha \bar{H}]",
        source="T. Haarnoja et al., 2018",
        scale=False,
        either_sign=True,
    ),
    define(
        "TD3; target policy smoothing; clipped double Q",
        r"y = r + \gamma \min_{i=1,2} Q_i(s', a')",
        r"a' = \mathrm{clip}(\mu(s') + \mathrm{clip}(\epsilon, -c, c), l, h)",
        source="S. Fujimoto, H. van Hoof, D. Meger, 2018",
        scale=False,
    ),
    define(
        "A3C; A2C; advantage actor-critic; actor critic",
        r"\nabla_\theta \log\pi_\theta(a_t | s_t) (R_t - V_w(s_t))",
        r"d\theta \leftarrow d\theta + \nabla_\theta \log\pi_\theta(a_i | s_i) (R - V_w(s_i))",
        r"A(s_t, a_t) = r_{t+1} + \gamma V(s_{t+1}) - V(s_t)",
        source="V. Mnih et al., 2016",
        either_sign=True,
    ),
)
