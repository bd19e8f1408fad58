"""CPU benchmarks: the shipped NumPy kernels and their peers, interleaved in one run (``make bench``).

Importing this sets one thread for every library that has not been told otherwise; it must come before them.
"""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
