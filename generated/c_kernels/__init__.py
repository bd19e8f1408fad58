"""Kernels of the catalog as loops in C, built by the C compiler of this machine when they are first called.

Each function has the signature of that of the same name in ``numpy_kernels``, which runs instead, after one
warning, where there is no compiler.  ``NOT_YET`` are the functions that are NumPy's here, and why.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

from __future__ import annotations

from ..numpy_kernels.attention import (
    causal_attention,
    causal_attention_vjp,
    feed_forward,
    feed_forward_vjp,
    multihead_attention,
    multihead_attention_vjp,
    scaled_dot_product_attention,
    scaled_dot_product_attention_vjp,
    swiglu,
    swiglu_vjp,
)
from ..numpy_kernels.backpropagation import dense_sigmoid, dense_sigmoid_vjp, linear, linear_vjp
from ..numpy_kernels.embeddings import embedding, embedding_vjp
from ..numpy_kernels.linear_algebra import trace
from ..numpy_kernels.llm import lora_linear, lora_linear_vjp, rope, rope_vjp, sinusoidal_encoding
from ..numpy_kernels.models import (
    convolve,
    convolve_vjp,
    gcn_layer,
    gcn_layer_vjp,
    lstm_cell_state,
    lstm_cell_state_vjp,
    lstm_hidden,
    lstm_hidden_vjp,
    rnn_cell,
    rnn_cell_vjp,
)
from ..numpy_kernels.probability import mvn_log_prob, mvn_log_prob_vjp
from ..numpy_kernels.procedures import bpe_merge, bpe_pair, conv_output_size, top_k, top_p
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
from .alignment import (
    bradley_terry,
    bradley_terry_vjp,
    dpo_loss,
    dpo_loss_vjp,
    ppo_objective,
    ppo_objective_vjp,
    sft_loss,
    sft_loss_vjp,
)
from .attention import residual, residual_vjp
from .backpropagation import he_variance, xavier_variance
from .embeddings import euclidean_distance, euclidean_distance_vjp
from .generative import (
    ddpm_jump,
    ddpm_loss,
    ddpm_loss_vjp,
    ddpm_step,
    gaussian_kl,
    gaussian_kl_vjp,
    reparametrize,
    reparametrize_vjp,
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
from .linear_algebra import (
    cosine_similarity,
    cosine_similarity_vjp,
    dot,
    dot_vjp,
    hadamard,
    hadamard_vjp,
    l1_norm,
    l1_norm_vjp,
    l2_norm,
    l2_norm_vjp,
    projection,
)
from .llm import dequantize, nll_loss, nll_loss_vjp, quantize, softmax_temperature, softmax_temperature_vjp
from .losses import (
    binary_cross_entropy,
    binary_cross_entropy_vjp,
    binary_cross_entropy_with_logits,
    binary_cross_entropy_with_logits_vjp,
    contrastive_loss,
    contrastive_loss_vjp,
    cross_entropy,
    cross_entropy_soft,
    cross_entropy_soft_vjp,
    cross_entropy_vjp,
    focal_loss,
    focal_loss_vjp,
    focal_loss_with_logits,
    focal_loss_with_logits_vjp,
    huber_loss,
    huber_loss_vjp,
    l1_loss,
    l1_loss_vjp,
    mse_loss,
    mse_loss_vjp,
    triplet_loss,
    triplet_loss_vjp,
)
from .normalisation import batch_norm, batch_norm_vjp, layer_norm, layer_norm_vjp, rms_norm, rms_norm_vjp
from .optimisation import (
    adam_step,
    adamw_step,
    clip_by_norm,
    clip_by_norm_vjp,
    cosine_schedule,
    dropout,
    dropout_vjp,
    l1_penalty,
    l1_penalty_vjp,
    l2_penalty,
    l2_penalty_vjp,
    momentum_step,
    sgd_step,
    warmup_cosine_schedule,
)
from .probability import correlation, covariance, gaussian_log_prob, gaussian_log_prob_vjp, variance

NOT_YET: dict[str, str] = {
    "causal_attention":
        "works over several axes, where the loops know rows and one axis",
    "causal_attention_vjp":
        "works over several axes, where the loops know rows and one axis",
    "convolve":
        "works over several axes, where the loops know rows and one axis",
    "convolve_vjp":
        "works over several axes, where the loops know rows and one axis",
    "dense_sigmoid":
        "works over several axes, where the loops know rows and one axis",
    "dense_sigmoid_vjp":
        "works over several axes, where the loops know rows and one axis",
    "embedding":
        "works over several axes, where the loops know rows and one axis",
    "embedding_vjp":
        "works over several axes, where the loops know rows and one axis",
    "feed_forward":
        "works over several axes, where the loops know rows and one axis",
    "feed_forward_vjp":
        "works over several axes, where the loops know rows and one axis",
    "gcn_layer":
        "works over several axes, where the loops know rows and one axis",
    "gcn_layer_vjp":
        "works over several axes, where the loops know rows and one axis",
    "linear":
        "works over several axes, where the loops know rows and one axis",
    "linear_vjp":
        "works over several axes, where the loops know rows and one axis",
    "lora_linear":
        "works over several axes, where the loops know rows and one axis",
    "lora_linear_vjp":
        "works over several axes, where the loops know rows and one axis",
    "lstm_cell_state":
        "works over several axes, where the loops know rows and one axis",
    "lstm_cell_state_vjp":
        "works over several axes, where the loops know rows and one axis",
    "lstm_hidden":
        "works over several axes, where the loops know rows and one axis",
    "lstm_hidden_vjp":
        "works over several axes, where the loops know rows and one axis",
    "multihead_attention":
        "works over several axes, where the loops know rows and one axis",
    "multihead_attention_vjp":
        "works over several axes, where the loops know rows and one axis",
    "mvn_log_prob":
        "works over several axes, where the loops know rows and one axis",
    "mvn_log_prob_vjp":
        "works over several axes, where the loops know rows and one axis",
    "rnn_cell":
        "works over several axes, where the loops know rows and one axis",
    "rnn_cell_vjp":
        "works over several axes, where the loops know rows and one axis",
    "rope":
        "the angles are the same for all rows: NumPy computes their sines once, a loop for each row",
    "rope_vjp":
        "the angles are the same for all rows: NumPy computes their sines once, a loop for each row",
    "scaled_dot_product_attention":
        "works over several axes, where the loops know rows and one axis",
    "scaled_dot_product_attention_vjp":
        "works over several axes, where the loops know rows and one axis",
    "sinusoidal_encoding":
        "the angles are the same for all rows: NumPy computes their sines once, a loop for each row",
    "swiglu":
        "works over several axes, where the loops know rows and one axis",
    "swiglu_vjp":
        "works over several axes, where the loops know rows and one axis",
    "trace":
        "works over several axes, where the loops know rows and one axis",
}

__all__ = [
    "NOT_YET",
    "adam_step",
    "adamw_step",
    "batch_norm",
    "batch_norm_vjp",
    "binary_cross_entropy",
    "binary_cross_entropy_vjp",
    "binary_cross_entropy_with_logits",
    "binary_cross_entropy_with_logits_vjp",
    "bpe_merge",
    "bpe_pair",
    "bradley_terry",
    "bradley_terry_vjp",
    "causal_attention",
    "causal_attention_vjp",
    "clip_by_norm",
    "clip_by_norm_vjp",
    "contrastive_loss",
    "contrastive_loss_vjp",
    "conv_output_size",
    "convolve",
    "convolve_vjp",
    "correlation",
    "cosine_schedule",
    "cosine_similarity",
    "cosine_similarity_vjp",
    "covariance",
    "cross_entropy",
    "cross_entropy_probs",
    "cross_entropy_probs_vjp",
    "cross_entropy_soft",
    "cross_entropy_soft_vjp",
    "cross_entropy_vjp",
    "ddpm_jump",
    "ddpm_loss",
    "ddpm_loss_vjp",
    "ddpm_step",
    "dense_sigmoid",
    "dense_sigmoid_vjp",
    "dequantize",
    "dot",
    "dot_vjp",
    "dpo_loss",
    "dpo_loss_vjp",
    "dropout",
    "dropout_vjp",
    "embedding",
    "embedding_vjp",
    "entropy",
    "entropy_vjp",
    "euclidean_distance",
    "euclidean_distance_vjp",
    "feed_forward",
    "feed_forward_vjp",
    "focal_loss",
    "focal_loss_vjp",
    "focal_loss_with_logits",
    "focal_loss_with_logits_vjp",
    "gaussian_kl",
    "gaussian_kl_vjp",
    "gaussian_log_prob",
    "gaussian_log_prob_vjp",
    "gcn_layer",
    "gcn_layer_vjp",
    "gelu",
    "gelu_sigmoid",
    "gelu_sigmoid_vjp",
    "gelu_tanh",
    "gelu_tanh_vjp",
    "gelu_vjp",
    "hadamard",
    "hadamard_vjp",
    "he_variance",
    "huber_loss",
    "huber_loss_vjp",
    "kl_divergence",
    "kl_divergence_vjp",
    "l1_loss",
    "l1_loss_vjp",
    "l1_norm",
    "l1_norm_vjp",
    "l1_penalty",
    "l1_penalty_vjp",
    "l2_norm",
    "l2_norm_vjp",
    "l2_penalty",
    "l2_penalty_vjp",
    "layer_norm",
    "layer_norm_vjp",
    "leaky_relu",
    "leaky_relu_vjp",
    "linear",
    "linear_vjp",
    "log_sigmoid",
    "log_sigmoid_vjp",
    "log_softmax",
    "log_softmax_vjp",
    "logsumexp",
    "logsumexp_vjp",
    "lora_linear",
    "lora_linear_vjp",
    "lstm_cell_state",
    "lstm_cell_state_vjp",
    "lstm_hidden",
    "lstm_hidden_vjp",
    "momentum_step",
    "mse_loss",
    "mse_loss_vjp",
    "multihead_attention",
    "multihead_attention_vjp",
    "mvn_log_prob",
    "mvn_log_prob_vjp",
    "nll_loss",
    "nll_loss_vjp",
    "perplexity",
    "perplexity_vjp",
    "ppo_objective",
    "ppo_objective_vjp",
    "projection",
    "quantize",
    "relu",
    "relu_vjp",
    "reparametrize",
    "reparametrize_vjp",
    "residual",
    "residual_vjp",
    "rms_norm",
    "rms_norm_vjp",
    "rnn_cell",
    "rnn_cell_vjp",
    "rope",
    "rope_vjp",
    "scaled_dot_product_attention",
    "scaled_dot_product_attention_vjp",
    "sft_loss",
    "sft_loss_vjp",
    "sgd_step",
    "sigmoid",
    "sigmoid_vjp",
    "silu",
    "silu_vjp",
    "sinusoidal_encoding",
    "softmax",
    "softmax_temperature",
    "softmax_temperature_vjp",
    "softmax_vjp",
    "softplus",
    "softplus_vjp",
    "swiglu",
    "swiglu_vjp",
    "tanh",
    "tanh_vjp",
    "top_k",
    "top_p",
    "trace",
    "triplet_loss",
    "triplet_loss_vjp",
    "variance",
    "warmup_cosine_schedule",
    "xavier_variance",
]
