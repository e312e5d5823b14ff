"""Regression and description of real and synthetic tables, side by side."""
