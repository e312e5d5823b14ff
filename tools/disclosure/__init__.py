"""Output control: the only maker of what may leave for a language model."""
