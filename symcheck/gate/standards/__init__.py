"""Standard definitions that the gate knows beside the catalog, as data: one module per field.

A form is LaTeX as a text would have it; adding a definition is adding one ``define(...)`` to a list.
"""

from __future__ import annotations

from functools import cache

from symcheck.gate.standards import (
    array_functions,
    array_layers,
    calculus,
    clustering,
    distances,
    distributions,
    estimators,
    further_laws,
    generative,
    graph_layers,
    graph_measures,
    graphs,
    information,
    language_models,
    law_moments,
    laws,
    layers,
    learning,
    linear_algebra,
    linear_models,
    losses,
    metrics,
    mixtures,
    moments,
    networks,
    optimisers,
    orthogonal,
    preferences,
    probability,
    reinforcement,
    scoring,
    sequences,
    set_distances,
    special_functions,
    tests_and_samples,
    variational,
)
from symcheck.gate.standards.standard import Standard, define

MODULES = (
    array_functions,
    array_layers,
    calculus,
    clustering,
    distances,
    distributions,
    estimators,
    further_laws,
    generative,
    graph_layers,
    graph_measures,
    graphs,
    information,
    language_models,
    law_moments,
    laws,
    layers,
    learning,
    linear_algebra,
    linear_models,
    losses,
    metrics,
    mixtures,
    moments,
    networks,
    optimisers,
    orthogonal,
    preferences,
    probability,
    reinforcement,
    scoring,
    sequences,
    set_distances,
    special_functions,
    tests_and_samples,
    variational,
)


@cache
def standards() -> tuple[Standard, ...]:
    """All of them, in the order of the modules."""
    return tuple(entry for module in MODULES for entry in module.STANDARDS)


__all__ = ["Standard", "define", "standards"]
