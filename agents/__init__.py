"""The specialists, one file each, and the language layer."""
