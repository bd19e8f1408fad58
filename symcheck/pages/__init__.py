"""Documents that are written from the catalog and its verdicts: ``symcheck docs``."""
