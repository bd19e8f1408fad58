"""The NumPy target: plain ufunc code with in-place temporaries, run block by block."""
