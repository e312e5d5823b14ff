"""Interactive figures of the page: one file an idea, drawn from the tables of the report."""
