"""``symcheck report``: a static site of the catalog, and of documents that the gate has looked at."""
