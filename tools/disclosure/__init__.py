"""Output control: the rules for numbers about real people, and the only maker of what leaves."""
