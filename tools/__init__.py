"""Plain functions on tables and files."""
