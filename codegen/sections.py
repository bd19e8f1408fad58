"""The sections of the catalog: the module in which the kernels of each are kept, and its title."""

from __future__ import annotations

from collections.abc import Mapping

MODULES: Mapping[int, str] = {
    1: "linear_algebra",
    2: "calculus",
    3: "probability",
    4: "activations",
    5: "losses",
    6: "optimisation",
    7: "normalisation",
    8: "attention",
    9: "llm",
    10: "information",
    11: "embeddings",
    12: "generative",
    13: "alignment",
    14: "backpropagation",
    15: "models",
}

TITLES: Mapping[int, str] = {
    1: "Linear algebra.",
    2: "Calculus.",
    3: "Probability and statistics.",
    4: "Activation functions.",
    5: "Losses.",
    6: "Optimisation.",
    7: "Normalisation.",
    8: "Attention.",
    9: "Language models.",
    10: "Information theory.",
    11: "Embeddings and similarity.",
    12: "Generative models.",
    13: "Alignment.",
    14: "Backpropagation.",
    15: "Other models.",
    16: "PyTorch.",
    17: "Numbers.",
}
