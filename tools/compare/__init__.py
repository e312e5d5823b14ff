"""Bring your own synthetic file: any number of files from anywhere beside one real table."""
