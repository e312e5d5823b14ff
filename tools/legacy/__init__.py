"""The legacy panel: what synthcity's own metrics say, beside what real rows score on them."""
