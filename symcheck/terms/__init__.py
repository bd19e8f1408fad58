"""The prover's own term language: interned trees over typed indices, lowered from SymPy."""
