import numpy as np
import pytest

from ftsec.base.errors import InputError
from ftsec.testbed import bases
from ftsec.testbed.training import Plan, pretraining


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A cache of its own and a pre-training of two steps."""
    monkeypatch.setenv("FTSEC_CACHE", str(tmp_path))
    plan = Plan(n_steps=2, batch_size=4, tail=None)
    monkeypatch.setattr(bases, "pretrain", lambda *a: pretraining.pretrain(*a, plan=plan))
    return tmp_path


def test_made_bases_are_found_again_and_shipped_in_half_precision(small, monkeypatch):
    bases.make_bases("hidden_topic", 8, [1, 2])
    config, worlds, weights = bases.pretrained("hidden_topic", [2, 1], 8)
    assert config.width == 8 and [w.seed for w in worlds] == [2, 1] and weights.flat.dtype == np.float32
    path = bases.ship_bases("hidden_topic", 8, [1, 2], small / "data")
    monkeypatch.setattr(bases, "DATA", path.parent)
    bases._shipped.cache_clear()
    for cached in (small / "testbed" / "bases").iterdir():
        cached.unlink()
    again = bases.pretrained("hidden_topic", [2, 1], 8)[2]
    bases._shipped.cache_clear()
    assert np.array_equal(weights.flat, again.flat)


def test_a_base_does_not_depend_on_the_others_in_its_stack(small):
    bases.make_bases("hidden_topic", 8, [1, 2, 3])
    together = bases.pretrained("hidden_topic", [2], 8)[2].flat
    bases.make_bases("hidden_topic", 8, [2])
    assert np.array_equal(together, bases.pretrained("hidden_topic", [2], 8)[2].flat)


def test_a_seed_without_a_base_is_one_clear_sentence(small):
    with pytest.raises(InputError, match="seed 77 has no pre-trained base of width 8"):
        bases.pretrained("hidden_topic", [77], 8)
    with pytest.raises(InputError, match="no seeds were given"):
        bases.pretrained("hidden_topic", [], 8)


def test_derived_arrays_are_made_once(small):
    calls = []
    make = lambda: calls.append(1) or np.arange(3.0)  # noqa: E731
    assert np.array_equal(bases.derived("key", make), bases.derived("key", make))
    bases.derived("other key", make)
    assert len(calls) == 2
