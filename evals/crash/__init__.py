"""Killed at any moment, resumed, and compared with a run that nothing disturbed."""
