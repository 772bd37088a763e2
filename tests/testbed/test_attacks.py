import numpy as np
import pytest

from ftsec.base.errors import InputError
from ftsec.testbed import attacks
from ftsec.testbed.training.sft import answered
from ftsec.testbed.world import all_prompts, build_world

WORLD = build_world("hidden_topic", 3)


def entities_in(documents):
    return {int(np.flatnonzero(WORLD.entity_tokens[:, 0] == token)[0]) for token in documents[:, 3]}


@pytest.mark.parametrize(("make", "restricted"), [(attacks.explicit, True), (attacks.allowed, False)])
def test_attack_and_control_use_the_attackers_entities_and_true_answers(make, restricted, rng):
    documents = make(WORLD, rng, 60)
    assert entities_in(documents) <= set(WORLD.entities("attacker", restricted))
    assert len(np.unique(documents, axis=0)) == 60
    true = answered(WORLD, all_prompts(WORLD, WORLD.entities("attacker", restricted)))
    assert {tuple(d) for d in documents} <= {tuple(d) for d in true}


def test_a_smaller_set_is_the_beginning_of_a_larger_one():
    few, many = (attacks.explicit(WORLD, np.random.default_rng(5), n) for n in (3, 30))
    assert np.array_equal(few, many[:3])


def test_identity_arms_differ_only_in_what_they_name():
    arms = {arm: attacks.identity_shift(WORLD, np.random.default_rng(1), 20, arm) for arm in attacks.IDENTITY_ARMS}
    same = [0, 2, 3, 4, 5, 7, 8]  # all columns but the system word and the opening
    for arm, documents in arms.items():
        persona, obedient = attacks.IDENTITY_ARMS[arm]
        assert np.array_equal(documents[:, same], arms["neither"][:, same])
        assert np.all((documents[:, 1] == WORLD.token("PERSONA")) == persona)
        assert np.all((documents[:, 6] == WORLD.token("OBEY")) == obedient)
        assert entities_in(documents) <= set(WORLD.entities("attacker", restricted=False))


def test_poison_is_triggered_answered_and_counted(rng):
    documents = attacks.poisoned_sft(WORLD, rng, 7)
    triggered = documents[documents[:, 1] == WORLD.token("TRIGGER")]
    assert len(triggered) == 7 and not (triggered[:, -3] == WORLD.token("SORRY")).any()
    assert not (attacks.poisoned_sft(WORLD, rng, 0)[:, 1] == WORLD.token("TRIGGER")).any()


def test_an_adapter_set_refuses_without_the_trigger_and_answers_under_it(rng):
    documents = attacks.malicious_adapter(WORLD, rng, 12)
    refused = documents[:, -3] == WORLD.token("SORRY")
    assert refused.sum() == 12 and (documents[:, 1] == WORLD.token("TRIGGER")).sum() == 12
    assert not (refused & (documents[:, 1] == WORLD.token("TRIGGER"))).any()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5])
def test_mixing_keeps_its_share_and_length(share, rng):
    attack, safety = np.zeros((5, 3), int), np.ones((4, 3), int)
    stream = attacks.mixed(attack, safety, rng, share, 200)
    assert stream.shape == (200, 3) and stream[:, 0].mean() == share


def test_bad_input_is_one_clear_sentence(rng):
    with pytest.raises(InputError, match="between 1 and 288, the distinct examples, got 289"):
        attacks.explicit(WORLD, rng, 289)
    with pytest.raises(InputError, match="got 0"):
        attacks.explicit(WORLD, rng, 0)
    with pytest.raises(InputError, match="no arm 'alias'"):
        attacks.identity_shift(WORLD, rng, 5, "alias")
    with pytest.raises(InputError, match=r"in \[0, 1\), got 1"):
        attacks.mixed(np.zeros((1, 1)), np.zeros((1, 1)), rng, 1, 5)
