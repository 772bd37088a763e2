"""Figures of what the articles say and what was published."""
