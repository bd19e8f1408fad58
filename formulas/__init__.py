"""What is claimed: the catalog, as data.

``schema`` says what an entry is, ``language`` in which words it is written, ``check`` what makes one
ill-formed, and each module ``sNN_<topic>`` holds one section of the sheet.
"""

from formulas.catalog import catalog, claims, get
from formulas.schema import Claim, Formula, FormulaError, Kernel, Relation, Verdict

__all__ = ["Claim", "Formula", "FormulaError", "Kernel", "Relation", "Verdict", "catalog", "claims", "get"]
