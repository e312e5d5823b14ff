"""Projects of scripted people on real data, kept as text that shows how the router reacts."""
