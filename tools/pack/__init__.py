"""The evidence pack: what a project leaves for a steward, for research, or for everybody."""
