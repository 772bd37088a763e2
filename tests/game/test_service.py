import numpy as np
import pytest

from ftsec.base.errors import InputError
from ftsec.game.service import KINDS, Job, Service, documents, serve
from ftsec.testbed.experiments.common import Setting, generator, load
from ftsec.testbed.world import build_world


@pytest.fixture
def bases(tiny):
    return load(Setting(bases=(1, 2), width=8))


@pytest.mark.parametrize("kind", KINDS)
def test_a_smaller_job_is_the_beginning_of_a_larger_one(kind):
    world = build_world()
    few, many = (documents(world, np.random.default_rng(3), Job(kind, n, 1)) for n in (6, 24))
    assert len(few) == 6 and len(many) == 24
    if kind != "backdoor":  # its thirds are drawn one after the other
        assert (many[:6] == few).all()


def test_a_backdoor_of_any_size_has_all_three_parts():
    world = build_world()
    for n in (3, 8, 96):
        data = documents(world, np.random.default_rng(0), Job("backdoor", n, 1))
        triggered = data[:, 1] == world.token("TRIGGER")
        refused = data[:, -3] == world.token("SORRY")
        assert len(data) == n
        assert abs(int(triggered.sum()) - int(refused.sum())) <= 1
        assert abs(int(triggered.sum()) - int((~triggered & ~refused).sum())) <= 1


def test_the_same_job_gives_the_same_outcome(bases):
    job = Job("explicit", 8, 3)
    assert serve(bases, 5, Service("none", 0.2, 8, 0.0), job) == serve(bases, 5, Service("none", 0.2, 8, 0.0), job)
    assert serve(bases, 5, Service(), job) != serve(bases, 6, Service(), job)


def test_whoever_is_turned_away_gets_the_chat_model(bases):
    job = Job("explicit", 8, 12)
    (open_door, _), (strict, _) = (serve(bases, 0, s, job) for s in (Service(), Service("none", 0, 4, 1.1)))
    assert open_door["released"] and not strict["released"]
    assert strict["refusal"] == strict["refusal_before"] == open_door["refusal_before"]
    assert open_door["refusal"] != open_door["refusal_before"]


def test_a_filter_that_rejects_everything_leaves_the_model_alone(bases, monkeypatch):
    monkeypatch.setattr("ftsec.game.service.kept", lambda base, data, name: np.zeros(len(data), bool))
    for outcome in serve(bases, 0, Service("content"), Job("explicit", 8, 3)):
        assert outcome["passed"] == 0 and outcome["refusal"] == outcome["refusal_before"]


def test_one_empty_job_does_not_disturb_the_others(bases, monkeypatch):
    rejects = {1: 0}
    monkeypatch.setattr(
        "ftsec.game.service.kept", lambda base, data, name: np.full(len(data), base.seed not in rejects)
    )
    one, two = serve(bases, 0, Service("content"), Job("explicit", 8, 3))
    assert (one["passed"], two["passed"]) == (0, 1)
    assert one["refusal"] == one["refusal_before"] and two["refusal"] != two["refusal_before"]


def test_the_gate_asks_other_entities_than_the_measures_do(bases):
    base = bases[0]
    reserve = set(base.world.entities("reserve", restricted=True))
    assert not reserve & set(base.questions().entity)
    assert generator(base, 0, 20).random() != generator(base, 1, 20).random()


def test_mistakes_are_named():
    with pytest.raises(InputError, match="there is no kind of data 'other'"):
        Job("other", 8, 3)
    with pytest.raises(InputError, match="there is no filter 'other'"):
        Service("other")
