"""Figures of stored runs and sweeps."""
