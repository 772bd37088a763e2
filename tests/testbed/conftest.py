import numpy as np
import pytest

from ftsec.testbed import bases
from ftsec.testbed.training import Plan, pretraining


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A cache with two barely trained bases of width 8 and two of width 16."""
    patch = pytest.MonkeyPatch()
    patch.setenv("FTSEC_CACHE", str(tmp_path_factory.mktemp("cache")))
    plan = Plan(n_steps=2, batch_size=4, tail=None)
    patch.setattr(bases, "pretrain", lambda *a: pretraining.pretrain(*a, plan=plan))
    for width in (8, 16):
        bases.make_bases("hidden_topic", width, [1, 2])
    yield
    patch.undo()


@pytest.fixture
def rng():
    return np.random.default_rng(0)
