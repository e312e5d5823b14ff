"""Statistics that know nothing of metrics: numbers in, numbers out."""
