"""Standard definitions that the gate knows beside the catalog, as data: one module per field.

A form is LaTeX as a text would have it; adding a definition is adding one ``define(...)`` to a list.
"""

from __future__ import annotations

from functools import cache

from symcheck.gate.standards import (
    calculus,
    distances,
    distributions,
    estimators,
    generative,
    graph_layers,
    graphs,
    information,
    language_models,
    law_moments,
    laws,
    layers,
    learning,
    linear_algebra,
    losses,
    metrics,
    mixtures,
    moments,
    networks,
    optimisers,
    probability,
    reinforcement,
    special_functions,
)
from symcheck.gate.standards.standard import Standard, define

MODULES = (
    calculus,
    distances,
    distributions,
    estimators,
    generative,
    graph_layers,
    graphs,
    information,
    language_models,
    law_moments,
    laws,
    layers,
    learning,
    linear_algebra,
    losses,
    metrics,
    mixtures,
    moments,
    networks,
    optimisers,
    probability,
    reinforcement,
    special_functions,
)


@cache
def standards() -> tuple[Standard, ...]:
    """All of them, in the order of the modules."""
    return tuple(entry for module in MODULES for entry in module.STANDARDS)


__all__ = ["Standard", "define", "standards"]
