"""Hostile input, by the million: generators that know the grammar, what is asked of each reader, the watch.

``grammar``, ``pages``, ``damage`` and ``forgeries`` make inputs from a ``random.Random``, so that hypothesis
can drive them (``st.randoms``) and a seed names an input for ever.  ``targets`` says what an input goes
through and what must hold of the outcome, ``watch`` sees to time, memory and that nothing of the input is
run, ``campaign`` does ranges of seeds in processes and writes the report.
"""
