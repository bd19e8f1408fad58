"""The CuPy target: CUDA C from programs, and what can be said of it without a GPU.

Importing this loads nothing: ``codegen.cupy.gpu`` runs on machines that have no SymPy.
"""
