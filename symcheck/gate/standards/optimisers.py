"""Update rules and schedules."""

from symcheck.gate.standards.standard import define

_NW = "J. Nocedal, S. J. Wright, Numerical Optimization, 2006"
_ADAM = "D. P. Kingma, J. Ba, Adam: a method for stochastic optimization, 2015"

STANDARDS = (
    define(
        "gradient descent; SGD; stochastic gradient descent; gradient descent step",
        r"w = w - \eta g",
        r"w \leftarrow w - \eta \nabla L(w)",
        r"\theta_{t+1} = \theta_t - \eta \nabla L(\theta_t)",
        r"x_{t} = x_{t-1} - \eta g_t",
        r"w \leftarrow w - \eta \partial_w L",
        r"u_t = -\alpha_t g_t",
        source=_NW,
        scale=False,
    ),
    define(
        "noisy SGD; gradient noise",
        r"u_t \leftarrow -\alpha_t (g_t + N(0, \sigma_t^2))",
        source="A. Neelakantan et al., 2015",
        scale=False,
    ),
    define(
        "first moment; Adam; first moment estimate",
        r"m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t",
        source=_ADAM,
        scale=False,
    ),
    define(
        "second moment; Adam; second moment estimate; RMSProp",
        r"v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2",
        r"s_t = \gamma s_{t-1} + (1 - \gamma) g_t^2",
        source=_ADAM,
        scale=False,
    ),
    define(
        "bias correction; bias-corrected; Adam",
        r"\hat{m}_t = \frac{m_t}{1 - \beta_1^t}",
        r"\hat{v}_t = \frac{v_t}{1 - \beta_2^t}",
        source=_ADAM,
        scale=False,
    ),
    define(
        "Adam update; Adam",
        r"\theta_t = \theta_{t-1} - \alpha \frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \epsilon}",
        r"\theta_{t+1} = \theta_t - \frac{\eta}{\sqrt{\hat{v}_t} + \epsilon} \hat{m}_t",
        source=_ADAM,
        scale=False,
    ),
    define(
        "AdaGrad; Adagrad",
        r"\theta_{t+1} = \theta_t - \frac{\eta}{\sqrt{G_t + \epsilon}} g_t",
        r"s_t = s_{t-1} + g_t^2",
        r"w_t = w_{t-1} - \frac{\eta}{\sqrt{s_t + \epsilon}} g_t",
        source="J. Duchi, E. Hazan, Y. Singer, 2011",
        scale=False,
    ),
    define(
        "RMSProp; RMSprop",
        r"x_t = x_{t-1} - \frac{\eta}{\sqrt{s_t + \epsilon}} g_t",
        source="T. Tieleman, G. Hinton, 2012",
        scale=False,
    ),
    define(
        "momentum",
        r"v_t = \beta v_{t-1} + g_t",
        r"v_t = \mu v_{t-1} - \eta g_t",
        r"m_t = \mu m_{t-1} + g_t",
        r"x_t = x_{t-1} - \eta v_t",
        r"v_t = \beta v_{t-1} + \eta g_t",
        source="B. T. Polyak, 1964",
        scale=False,
    ),
    define(
        "weight decay; AdamW",
        r"\theta_t = \theta_{t-1} - \eta \lambda \theta_{t-1}",
        r"w \leftarrow (1 - \eta \lambda) w - \eta g",
        source="I. Loshchilov, F. Hutter, 2019",
        scale=False,
    ),
    define(
        "Newton's method; Newton method",
        r"x_{t+1} = x_t - H^{-1} \nabla f(x_t)",
        r"x_{t+1} = x_t - \frac{f(x_t)}{f'(x_t)}",
        r"x_{t+1} = x_t - \frac{f'(x_t)}{f''(x_t)}",
        source=_NW,
        scale=False,
    ),
    define(
        "cosine decay; cosine annealing; cosine schedule",
        r"\eta_t = \eta_{min} + \frac{1}{2} (\eta_{max} - \eta_{min}) \left(1 + \cos\left(\frac{t}{T} "
        r"\pi\right)\right)",
        r"\eta_{min} + \frac{1}{2} (\eta_{max} - \eta_{min}) (1 + \cos(\frac{\pi (t - W)}{T - W}))",
        r"\frac{I (1 - \alpha)}{2} (1 + \cos(\pi \frac{t}{T})^p) + I \alpha",
        r"\eta_T + \frac{\eta_0 - \eta_T}{2} (1 + \cos(\pi t / T))",
        r"\frac{1}{2} \eta_0 (1 + \cos(\pi t / T))",
        source="I. Loshchilov, F. Hutter, SGDR, 2017",
        scale=False,
    ),
    define(
        "exponential moving average; EMA",
        r"m_t = \beta m_{t-1} + (1 - \beta) x_t",
        r"m_t = \alpha x_t + (1 - \alpha) m_{t-1}",
        source="R. G. Brown, 1956",
        scale=False,
    ),
    define(
        "Xavier; Glorot; Xavier uniform; Xavier initialization",
        r"\sqrt{\frac{6}{n + m}}",
        r"g \sqrt{\frac{6}{n + m}}",
        r"\sqrt{\frac{2}{n + m}}",
        r"\pm \frac{\sqrt{6}}{\sqrt{n + m}}",
        r"g \sqrt{\frac{2}{n + m}}",
        source="X. Glorot, Y. Bengio, 2010",
        scale=False,
    ),
    define(
        "He initialization; Kaiming",
        r"\sqrt{\frac{2}{n}}",
        r"\frac{g}{\sqrt{n}}",
        r"g \sqrt{\frac{3}{n}}",
        source="K. He et al., 2015",
        scale=False,
    ),
    define(
        "gradient clipping; clip the gradient; clipping",
        r"g \leftarrow \min\left(1, \frac{\theta}{\|g\|}\right) g",
        source="R. Pascanu, T. Mikolov, Y. Bengio, 2013",
        scale=False,
    ),
)
