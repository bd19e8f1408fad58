"""Imported once by the server from which workers for claims are forked: all that each of them needs.

The catalog is not built here: a worker builds the modules of the claims that it is given.
"""

from symcheck.run import look_up, task

__all__ = ["look_up", "task"]
