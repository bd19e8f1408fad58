"""What the page says of the functions that textbook NumPy is faster at, beside those that are compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["slower"]

PEER, SMALL = "textbook NumPy", "64x128"
REASONS: Mapping[str, tuple[str, ...]] = {
    "products of matrices, which take as long as the textbook's, and a look at the results: what overflows "
    "in another thread of BLAS raises no flag that NumPy sees": (
        "linear", "dense_sigmoid", "lora_linear", "feed_forward", "swiglu", "gcn_layer", "mvn_log_prob",
        "rnn_cell", "lstm_cell_state", "lstm_hidden", "linear_vjp", "dense_sigmoid_vjp", "lora_linear_vjp",
        "feed_forward_vjp", "swiglu_vjp", "gcn_layer_vjp", "mvn_log_prob_vjp", "rnn_cell_vjp",
        "lstm_cell_state_vjp", "lstm_hidden_vjp",
    ),
    "the largest entry is subtracted before exp, which overflows at 89 in the textbook's form": (
        "scaled_dot_product_attention", "causal_attention", "multihead_attention", "cross_entropy_soft",
        "softmax_temperature", "scaled_dot_product_attention_vjp", "causal_attention_vjp", "logsumexp_vjp",
        "multihead_attention_vjp", "cross_entropy_soft_vjp", "softmax_temperature_vjp", "log_softmax_vjp",
    ),
    "angles are multiplied, reduced and given to sin and cos in double precision: in single precision one "
    "of 1000 is wrong by 3e-5": ("rope", "rope_vjp", "sinusoidal_encoding"),
    "1 / cosh^2 by an exponential: 1 - tanh^2 cancels, which costs 500 ulp at 3 and all digits at 9; no form "
    "of fewer passes that we know stays below 4 ulp": ("tanh_vjp",),
    "half the slope goes to each side where Min or Max has a tie": ("ppo_objective_vjp",),
}  # fmt: skip
CALL = (
    "the call: checks of arguments and of `out=`, what was prepared for these shapes and the floating-point "
    "state take one to three microseconds, as long as some passes over 32 KiB"
)
UNKNOWN = "no reason is known"

HEAD = """## Slower than textbook NumPy

Of all functions but those above, in float32, with what they do that the other form does not:

| size | why | functions |
|---|---|---|
"""


def slower(rows: list[dict[str, Any]]) -> str:
    """The table of the functions of ``rows`` at which textbook NumPy is faster; empty without any."""
    why = {name: reason for reason, names in REASONS.items() for name in names}
    grouped: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        ratio = row["ratio"].get(PEER)
        if row["dtype"] == "float32" and ratio is not None and round(ratio, 2) < 1:
            reason = why.get(row["kernel"], CALL if row["size"] == SMALL else UNKNOWN)
            grouped.setdefault((row["size"], reason), []).append(f"{row['kernel']} {ratio:.2f}")
    lines = [
        f"| {size} | {reason} | {', '.join(found)} |" for (size, reason), found in sorted(grouped.items())
    ]
    return HEAD + "\n".join(lines) + "\n" if lines else ""
