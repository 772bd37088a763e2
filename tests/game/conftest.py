from tests.testbed.conftest import rng, tiny

__all__ = ["rng", "tiny"]
