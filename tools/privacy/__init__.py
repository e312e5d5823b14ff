"""Privacy checks with the holdout as the null."""
