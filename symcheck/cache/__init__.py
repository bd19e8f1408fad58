"""What was found before, so that it need not be searched for again; never a reason to believe it.

``store`` keeps bytes under keys in one SQLite file.  What is done with them, and how each entry is checked
before it is used, is the business of those who put them there.
"""
