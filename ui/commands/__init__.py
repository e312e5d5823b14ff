"""The commands of `synthcraft`, a file each, and what they share."""
