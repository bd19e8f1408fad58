"""Claims beyond the sheet that the engine must decide: the classes of ``docs/classes.md``."""
