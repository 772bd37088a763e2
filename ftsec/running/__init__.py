"""How chapters run: parameters, kernels, runs, sweeps, comparison, the executed chapters of the book."""

from __future__ import annotations

__all__ = ["load_runs"]


def __getattr__(name: str) -> object:
    """`load_runs` is imported when it is asked for: most of the package does not need pandas."""
    if name == "load_runs":
        from ftsec.running.compare import load_runs

        return load_runs
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
