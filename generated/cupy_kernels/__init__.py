"""CuPy kernels of the catalog, section by section.

Importing needs neither CuPy nor a GPU; the first call does, and says what is missing.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

from ._runtime import CupyDriver, Driver, get_driver, set_driver
from .activations import (
    gelu,
    gelu_sigmoid,
    gelu_sigmoid_vjp,
    gelu_tanh,
    gelu_tanh_vjp,
    gelu_vjp,
    leaky_relu,
    leaky_relu_vjp,
    log_sigmoid,
    log_sigmoid_vjp,
    log_softmax,
    log_softmax_vjp,
    logsumexp,
    logsumexp_vjp,
    relu,
    relu_vjp,
    sigmoid,
    sigmoid_vjp,
    silu,
    silu_vjp,
    softmax,
    softmax_vjp,
    softplus,
    softplus_vjp,
    tanh,
    tanh_vjp,
)
from .information import (
    cross_entropy_probs,
    cross_entropy_probs_vjp,
    entropy,
    entropy_vjp,
    kl_divergence,
    kl_divergence_vjp,
    perplexity,
    perplexity_vjp,
)
from .llm import rope, rope_vjp
from .losses import cross_entropy, cross_entropy_soft, cross_entropy_soft_vjp, cross_entropy_vjp
from .normalisation import rms_norm, rms_norm_vjp

__all__ = [
    "CupyDriver",
    "Driver",
    "get_driver",
    "set_driver",
    "cross_entropy",
    "cross_entropy_probs",
    "cross_entropy_probs_vjp",
    "cross_entropy_soft",
    "cross_entropy_soft_vjp",
    "cross_entropy_vjp",
    "entropy",
    "entropy_vjp",
    "gelu",
    "gelu_sigmoid",
    "gelu_sigmoid_vjp",
    "gelu_tanh",
    "gelu_tanh_vjp",
    "gelu_vjp",
    "kl_divergence",
    "kl_divergence_vjp",
    "leaky_relu",
    "leaky_relu_vjp",
    "log_sigmoid",
    "log_sigmoid_vjp",
    "log_softmax",
    "log_softmax_vjp",
    "logsumexp",
    "logsumexp_vjp",
    "perplexity",
    "perplexity_vjp",
    "relu",
    "relu_vjp",
    "rms_norm",
    "rms_norm_vjp",
    "rope",
    "rope_vjp",
    "sigmoid",
    "sigmoid_vjp",
    "silu",
    "silu_vjp",
    "softmax",
    "softmax_vjp",
    "softplus",
    "softplus_vjp",
    "tanh",
    "tanh_vjp",
]
