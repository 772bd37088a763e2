"""Figures with a slider, computed before and shown without a server."""
