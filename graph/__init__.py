"""The state machine: episodes, router, gates, persistence."""
