"""Whole chapters, run with values from the ends of what their parameters allow."""
