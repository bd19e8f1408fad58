"""The passes, one to a module; each takes a program and returns a program."""
