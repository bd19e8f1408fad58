"""The search for counterexamples, on the formulas' SymPy trees: shares no code with terms and prover.

``values`` (exact rationals, balls, duals) <- ``nodes``, ``program`` <- ``evaluate`` <- ``problem``, ``draw``,
``definitions``, ``draft``, ``settle``, ``sample``, ``dense`` (admissible points) <- ``falsify``, ``report``
<- ``mutate``, ``weigh``.
"""
