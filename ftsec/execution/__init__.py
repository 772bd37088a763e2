"""How chapters run: projects, digests, parameters, runs, sweeps, the book build."""
