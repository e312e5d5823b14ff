"""Ablations, case studies and benchmarks."""
