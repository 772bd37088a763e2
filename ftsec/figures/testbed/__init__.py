"""Figures of what the testbed measured."""
