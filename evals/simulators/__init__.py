"""Simulated people, tools and reflection: where policies for the router are compared."""
