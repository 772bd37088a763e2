"""Figures of the real language model, and of the miniature beside it."""
