"""The target ``c``: fused loops in C, built by the user's compiler, beside the NumPy kernels."""
