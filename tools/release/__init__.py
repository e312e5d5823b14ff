"""Gates of a release, its register, and the ledger of what was released from which data."""
