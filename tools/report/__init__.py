"""The report, rendered from records alone."""
