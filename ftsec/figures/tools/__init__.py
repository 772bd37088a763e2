"""Figures of what a team can use: gates and corpus defences."""
