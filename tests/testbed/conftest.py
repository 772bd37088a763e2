import numpy as np
import pytest

from ftsec.testbed import store
from ftsec.testbed.training import Plan, pretraining


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A cache with two barely trained bases of width 8."""
    patch = pytest.MonkeyPatch()
    patch.setenv("FTSEC_CACHE", str(tmp_path_factory.mktemp("cache")))
    plan = Plan(n_steps=2, batch_size=4, tail=None)
    patch.setattr(store, "pretrain", lambda *a: pretraining.pretrain(*a, plan=plan))
    store.make_bases("hidden_topic", 8, [1, 2])
    yield
    patch.undo()


@pytest.fixture
def rng():
    return np.random.default_rng(0)
