"""Imported once by the server from which workers for claims are forked: all that each of them needs.

The catalog is not built here: a worker builds the modules of the claims that it is given.
"""

import gc
from importlib import import_module

gc.disable()  # next to nothing of what imports make is garbage
import_module("symcheck.run")
gc.freeze()  # nor will it be: workers leave it alone, and share it
gc.enable()
