"""Metrics behind one decorator."""
