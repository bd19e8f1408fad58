"""How NumPy spells the operations of the IR."""

UFUNCS = {
    "add": "add", "sub": "subtract", "mul": "multiply", "div": "divide", "neg": "negative", "abs": "absolute",
    "square": "square", "sqrt": "sqrt", "pow": "power", "exp": "exp", "expm1": "expm1", "log": "log",
    "log1p": "log1p", "tanh": "tanh", "sin": "sin", "cos": "cos", "max": "maximum", "min": "minimum",
    "rint": "rint",
}  # fmt: skip
COMPARISONS = {"lt": "less", "le": "less_equal", "eq": "equal"}
# calls of the runtime: name, and how many scratch arrays they take besides the result
SPECIAL = {
    "gauss": ("gauss", 2), "mills": ("mills", 2), "tailmoment": ("tail_moment", 4), "expgap": ("exp_gap", 2),
    "one_plus_exp": ("one_plus_exp", 0), "leaky": ("leaky", 0), "band": ("band", 0),
}  # fmt: skip
TABLES = {"cosprod": ("cosine", "cos_product"), "sinprod": ("sine", "sin_product")}
# of numbers, once in a call
NUMBER_CALLS = {
    **{op: f"np.{name}({{}}).astype(float)" for op, name in COMPARISONS.items()},
    "select": "np.where({})",
    "saturated": "np.clip({}, -32.0, 32.0)",
}
WORDS = {0.0: "zero", 1.0: "one", 2.0: "two", 0.5: "half", -0.5: "minus_half"}
