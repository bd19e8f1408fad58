"""Classes A to F and H of ``docs/classes.md``, item by item: the claims that state each.

A claim is named by the catalog's id, or by its name in one of the modules beside this one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from formulas import get
from formulas.schema import Claim
from identities import chances, indexed, moments, networks, slopes, tensors

OWN = {c.name: c for m in (indexed, tensors, networks, chances, moments, slopes) for c in m.CLAIMS}
"""Claims that are not in the catalog."""


@dataclass(frozen=True)
class Item:
    """One item of a class, and the names of its claims."""

    title: str
    claims: tuple[str, ...]


def _item(title: str, *claims: str) -> Item:
    return Item(title, claims)


@cache
def claim(name: str) -> Claim:
    """The claim of that name."""
    if "/" not in name:
        return OWN[name]
    formula, own = name.split("/")
    return get(formula).claim(own)


TRUE_EDITS = {
    ("arithmetic_and_geometric_mean_of_four", "left side: 4 dropped"): "1 in place of 4 is a weaker bound",
    ("arithmetic_and_geometric_mean_of_four", "left side: 4 halved"): "2 in place of 4 is a weaker bound",
    ("act.gelu/logistic_error", "left side: Abs of x*Phi(x) - x*sigmoid(851*x/500) dropped, turned over"): (
        "2|f| - f is at most 0.0204 as well, since f is nowhere below -0.0064"
    ),
    ("linalg.sherman_morrison/is_the_inverse", "left side: A and Ainv exchanged"): (
        "for square matrices A Ainv = I implies Ainv A = I, which the prover does not know"
    ),
    ("prob.gaussian/boundary_term", "left side: T dropped"): "the density tends to 0 by itself",
    ("prob.gaussian/boundary_term", "left side: T squared"): "the density falls faster than any power grows",
    ("prob.gaussian/boundary_term", "left side: the sign of normal_density(T) flipped"): "-0 is 0",
}
"""Edits that are true although neither a proof nor a counterexample is found, by the beginning of what they
are called, and why they are true: they are no wrong variants."""

TITLES = {
    "A": "Scalar calculus",
    "B": "Reductions over axes of symbolic size",
    "C": "Matrices and tensors of symbolic shape",
    "D": "Probability",
    "E": "Inequalities",
    "F": "Derivations",
    "H": "Whole cells and blocks",
}

CLASSES: dict[str, tuple[Item, ...]] = {
    "A": (
        _item("derivative of a power", "calc.power/real_exponent", "calc.power/natural_exponent"),
        _item("derivatives of e^x and ln x", "calc.exp/derivative", "calc.ln/derivative"),
        _item("derivative of sigmoid", "act.sigmoid/derivative"),
        _item("derivative of tanh", "act.tanh/derivative"),
        _item("tanh by sigmoid", "act.tanh/from_sigmoid"),
        _item("derivative of SiLU", "act.silu/derivative"),
        _item("symmetry of sigmoid", "act.sigmoid/symmetry"),
        _item("derivative of exact GELU", "act.gelu/derivative"),
        _item("GELU(x) - GELU(-x) = x", "act.gelu/difference_of_parts"),
        _item("derivative of softplus", "act.softplus/derivative"),
        _item("log sigmoid by softplus", "act.log_sigmoid/value"),
        _item(
            "Huber is C1 at both joints",
            "loss.huber/cases_meet",
            "loss.huber/slopes_meet",
            "loss.huber/derivative",
        ),
        _item("Huber is not negative", "huber_is_not_negative"),
        _item("Huber is at most half the square", "loss.huber/at_most_half_square"),
        _item(
            "leaky ReLU is a maximum if the slope is at most 1",
            "act.leaky_relu/as_cases",
            "act.leaky_relu/as_cases_for_every_slope",
        ),
        _item(
            "cosine annealing at its ends and middle",
            "opt.cosine/start",
            "opt.cosine/end",
            "opt.cosine/middle",
        ),
        _item(
            "softmax for temperature to 0",
            "llm.temperature/greedy_limit",
            "share_of_one_by_the_gaps",
            "share_is_near_one_for_small_gaps",
        ),
        _item("softmax for temperature to infinity", "llm.temperature/uniform_limit"),
        _item("softmax derived by its temperature", "llm.temperature/derivative"),
    ),
    "B": (
        _item("softmax Jacobian", "softmax_jacobian"),
        _item("log-softmax gradient", "log_softmax_gradient"),
        _item(
            "cross-entropy gradient, for targets that sum to 1",
            "cross_entropy_gradient",
            "loss.cross_entropy/gradient_without_condition",
        ),
        _item("cross-entropy is entropy and divergence", "cross_entropy_is_entropy_and_divergence"),
        _item("softmax does not see a shift", "softmax_shift"),
        _item("softmax sums to 1", "softmax_sum"),
        _item("LayerNorm backward", "layer_norm_backward", "norm.layer/input_cotangent"),
        _item("RMSNorm backward", "rms_norm_backward", "norm.rms/input_cotangent"),
        _item("BatchNorm backward", "batch_norm_backward", "norm.batch/input_cotangent"),
        _item("gradient of the mean square", "mean_square_gradient"),
        _item("gradient of the norm", "norm_gradient"),
        _item("gradient of cosine similarity", "cosine_gradient"),
        _item("gradient of logsumexp", "log_sum_exp_gradient"),
        _item("Hessian of logsumexp", "log_sum_exp_hessian"),
        _item("entropy of softmax", "entropy_of_softmax"),
        _item("gradient of the entropy of softmax", "entropy_of_softmax_gradient"),
        _item("variance by moments", "variance_is_mean_square_less_square_mean"),
        _item("covariance is bilinear", "covariance_bilinear"),
        _item("Jacobian of softmax with temperature", "tempered_softmax_jacobian"),
        _item("binary cross-entropy from logits", "binary_cross_entropy_gradient", "loss.bce/gradient"),
        _item("gradient of the divergence", "divergence_gradient"),
        _item("gradient with label smoothing", "loss.label_smoothing/gradient"),
        _item("variance does not see a shift", "variance_forgets_a_shift", "centring_forgets_a_shift"),
        _item("variance by pairs", "variance_by_pairs"),
        _item("LayerNorm Jacobian", "layer_norm_jacobian"),
        _item("LayerNorm sums to 0", "layer_norm_sum", "layer_norm_square"),
        _item("GroupNorm backward", "norm.group/backward"),
        _item("distillation gradient", "loss.distillation/gradient"),
        _item("both gradients of InfoNCE", "info_nce_anchor", "info_nce_other"),
    ),
    "C": (
        _item("transpose of a product", "transpose_of_product"),
        _item("trace of three is cyclic", "trace_of_three_is_cyclic"),
        _item("gradient of tr(A X)", "gradient_of_trace"),
        _item("gradient of x' A x", "gradient_of_quadratic_form"),
        _item("gradient of ‖A x - b‖²", "gradient_of_least_squares"),
        _item("gradient of log det X", "gradient_of_log_determinant"),
        _item(
            "gradient of tr(X⁻¹ A)",
            "gradient_of_trace_of_inverse",
            "trace_of_inverse_along_an_entry",
            "inverse_with_one_entry_moved",
        ),
        _item("gradient of tr(X' A X B)", "gradient_of_two_sided_trace", "gradient_of_square_norm"),
        _item("gradient of a' X⁻¹ b", "gradient_of_form_of_inverse"),
        _item("Sherman-Morrison", "linalg.sherman_morrison/is_the_inverse"),
        _item("Woodbury", "linalg.woodbury/is_the_inverse"),
        _item("push-through identity", "push_through"),
        _item("linear layer: dW, db, dx", "linear_weight", "linear_bias", "linear_input"),
        _item("two-layer network: dW2, dW1", "second_weight", "first_weight"),
        _item("LoRA: dB and dA", "lora_up", "lora_down"),
        _item("attention: dV", "attention_value"),
        _item("attention: dQ", "attention_query"),
        _item("attention: dK", "attention_key"),
        _item("attention: row sums of dO ∘ O", "attention_row_sums"),
        _item("SwiGLU: dW1, dW2, dx", "gated_gate", "gated_value", "gated_input"),
        _item("RoPE depends on the distance", "rotary_is_relative"),
        _item("RoPE does not see a shift", "rotary_shift"),
        _item("RoPE keeps norms", "rotary_keeps_norm"),
        _item("vec(A X B)", "vectorised_product"),
        _item("Kronecker mixed product", "linalg.kronecker/mixed_product"),
        _item("GCN keeps the roots of degrees", "model.gcn/square_roots_of_degrees_are_kept"),
        _item("normalised Laplacian is a sum of squares", "model.laplacian/normalised_form"),
        _item("Laplacian form", "model.laplacian/quadratic_form"),
        _item("linear attention is associative", "attn.linear/by_the_state"),
        _item("ridge regression", "ridge_gradient"),
        _item("weight normalisation", "norm.weight/gradient_of_the_direction"),
        _item("double centring", "linalg.centring/from_both_sides"),
        _item("Rayleigh quotient", "linalg.rayleigh/gradient"),
        _item("orthogonal matrices keep norms", "orthogonal_keeps_norm"),
        _item("detailed balance implies stationarity", "prob.detailed_balance/implies_stationarity"),
    ),
    "D": (
        _item(
            "variance of q·k",
            "attn.scaling/variance_of_standard_components",
            "attn.scaling/variance",
        ),
        _item("variance of q·k / √d", "attn.scaling/scaled_variance"),
        _item("dropout: mean and variance", "opt.dropout/mean", "opt.dropout/variance"),
        _item("Xavier", "bp.xavier/forward"),
        _item("He: half of the second moment", "square_of_both_parts", "bp.he/half_of_the_second_moment"),
        _item("divergence of Gaussians", "prob.gaussian/divergence"),
        _item("divergence in a VAE, d dimensions", "gen.elbo/gaussian_divergence"),
        _item("divergence of Gaussians, n dimensions", "prob.mvn/divergence"),
        _item("reparameterisation", "gen.reparam/mean", "gen.reparam/covariance"),
        _item("DDPM: t steps at once", "gen.ddpm_jump/mean", "gen.ddpm_jump/variance"),
        _item("DDPM: posterior", "gen.ddpm_posterior/mean_is_the_mode", "gen.ddpm_posterior/precision"),
        _item("DDPM: mean by the noise", "gen.ddpm_posterior/mean_from_the_noise"),
        _item("log p less ELBO is a divergence", "gen.elbo/gap"),
        _item("GAN: best discriminator", "gen.gan/stationary_at_optimum", "gen.gan/strictly_concave"),
        _item("GAN: value is a Jensen-Shannon divergence", "gen.gan/value_at_optimal_discriminator"),
        _item("total expectation", "prob.total_expectation/is_the_mean"),
        _item("total variance", "prob.total_variance/is_the_variance"),
        _item("Bayes", "prob.bayes/inversion", "prob.bayes/inversion_where_defined"),
        _item("Adam: bias by induction", "opt.adam/mean_of_first_moment"),
        _item("Isserlis", "prob.mvn/fourth_moments"),
        _item(
            "moments by cumulants",
            "cumulants_of_four_entries",
            "third_cumulant_of_a_sum",
            "fourth_moment_of_a_sum",
            "variance_of_a_sum_of_squares",
        ),
        _item("variance of chi-square", "variance_of_chi_square"),
        _item("variance of x' A x", "variance_of_a_gaussian_quadratic_form"),
        _item("the score has mean 0", "info.fisher_softmax/mean_of_the_score"),
        _item("policy gradient with a baseline", "align.policy_gradient/with_a_baseline"),
        _item("unbiased variance", "unbiased_variance"),
        _item("importance sampling", "prob.importance_sampling/unbiased"),
        _item("bias and variance", "prob.bias_variance/decomposition"),
        _item(
            "Gaussian integrals",
            "prob.gaussian/integrates_to_one",
            "prob.gaussian/antiderivative",
            "prob.gaussian/mean",
            "prob.gaussian/antiderivative_for_the_mean",
            "prob.gaussian/variance",
            "prob.gaussian/antiderivative_for_the_variance",
            "prob.gaussian/boundary_term",
        ),
    ),
    "E": (
        _item("Cauchy-Schwarz", "linalg.dot/cauchy_schwarz"),
        _item("cosine is at most 1", "linalg.cosine/at_most_one", "linalg.cosine/at_least_minus_one"),
        _item("triangle inequality", "linalg.l2_norm/triangle_inequality"),
        _item("Gibbs", "info.kl/nonnegative"),
        _item("entropy is at most log n", "info.entropy/at_most_log_n"),
        _item("softmax lies between 0 and 1", "act.softmax/above_zero", "act.softmax/below_one"),
        _item("slope of sigmoid is at most 1/4", "act.sigmoid/slope_at_most_a_quarter"),
        _item(
            "logsumexp and cross-entropy are convex",
            "act.logsumexp/convex",
            "act.softmax/jacobian_positive_semidefinite",
            "loss.cross_entropy/curvature_nonnegative",
        ),
        _item("softmax is Lipschitz with 1/2", "act.softmax/jacobian_at_most_half"),
        _item("weighted arithmetic and geometric mean", "weighted_means"),
        _item("arithmetic and geometric mean of four", "arithmetic_and_geometric_mean_of_four"),
        _item("Cauchy-Schwarz in the plane, expanded", "cauchy_schwarz_in_the_plane"),
        _item("GELU by sigmoid, on the whole line", "act.gelu/logistic_error"),
        _item("GELU by tanh, on the whole line", "act.gelu/tanh_error"),
        _item(
            "rounding errs by half a step",
            "llm.quantize/error_at_most_half_a_step",
            "llm.quantize/error_at_least_minus_half_a_step",
        ),
    ),
    "F": (
        _item("DPO: the normaliser cancels", "align.dpo/normaliser_cancels"),
        _item("reward by the best policy", "align.kl_objective/reward_from_optimum"),
        _item(
            "optimum of the objective with a divergence",
            "align.kl_objective/as_distance_from_optimum",
            "align.kl_objective/optimum_is_maximiser",
        ),
        _item("DPO gradient", "align.dpo/gradient"),
        _item("Bradley-Terry is softmax of two", "align.bradley_terry/as_two_way_softmax"),
        _item(
            "Chinchilla optimum",
            "llm.chinchilla/optimal_parameters",
            "llm.chinchilla/convex_in_log_size",
            "llm.chinchilla/optimum_is_unique",
        ),
        _item("MAP is ridge regression", "prob.map/ridge_regression"),
        _item("perplexity", "info.perplexity/exponential_of_mean_loss"),
        _item(
            "mutual information, three forms",
            "info.mutual_information/symmetric",
            "info.mutual_information/divergence_from_product",
            "info.mutual_information/by_joint_entropy",
        ),
        _item(
            "number of outputs of a convolution",
            "model.conv_size/positions_up_to_the_last_fit",
            "model.conv_size/positions_beyond_do_not_fit",
            "model.conv_size/number_of_positions",
        ),
        _item("operations of attention", "num.attention_flops/both_products"),
        _item("bytes of the KV cache", "llm.kv_cache/bytes"),
        _item("temporal differences telescope", "temporal_differences_telescope"),
        _item(
            "Fisher information of softmax",
            "info.fisher_softmax/by_the_hessian",
            "info.fisher_softmax/covariance_of_the_score",
        ),
    ),
    "H": (
        _item("masked multi-head attention: dWq", "masked_heads_query_weight"),
        _item("masked multi-head attention: dWv", "masked_heads_value_weight"),
        _item("masked multi-head attention: dX", "masked_heads_input"),
        _item("LSTM: dWf", "lstm_forget_weight"),
        _item("LSTM: dUi", "lstm_input_recurrence"),
        _item("LSTM: dc", "lstm_previous_cell"),
        _item("ReLU network", "relu_network_weight"),
        _item("a ReLU network is homogeneous", "relu_network_is_homogeneous"),
        _item("focal loss", "focal_gradient"),
    ),
}
