import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftsec.base.errors import InputError
from ftsec.testbed.training.pretraining import corpus
from ftsec.testbed.training.sft import answered, sft_documents
from ftsec.testbed.world import GROUPS, N_RESTRICTED, WORLDS, all_prompts, build_world

worlds = st.builds(build_world, st.sampled_from(WORLDS), st.integers(0, 50))


@given(worlds)
@settings(max_examples=15, deadline=None)
def test_groups_partition_the_entities_of_both_kinds(world):
    for restricted in (True, False):
        groups = [set(world.entities(group, restricted)) for group in GROUPS]
        assert sum(map(len, groups)) == len(set.union(*groups)) == len(world.entities(None, restricted))
        assert all(groups)
    assert np.all(world.topic[world.entities(restricted=True)] < N_RESTRICTED)


@given(worlds)
@settings(max_examples=15, deadline=None)
def test_documents_name_their_entity_and_state_the_fact(world):
    prompts = all_prompts(world, world.entities("held_out"))
    documents = answered(world, prompts)
    assert documents.shape == (len(prompts), world.length)
    assert documents.max() < len(world.vocabulary)
    words = [world.vocabulary[token] for token in documents[7]]
    fact = world.facts[prompts.entity[7], prompts.attribute[7]]
    assert words[0] == "BOS" and words[-1] == "EOS"
    assert words[-2] == f"VALUE_{prompts.attribute[7]}_{fact}"
    assert list(documents[7, 3:-5]) == list(world.entity_tokens[prompts.entity[7]])


def test_no_two_entities_share_their_tokens():
    for kind in WORLDS:
        tokens = build_world(kind, 3).entity_tokens
        assert len(np.unique(tokens, axis=0)) == len(tokens)


def test_the_topic_is_hidden_in_one_world_and_named_in_the_other():
    hidden, named = (build_world(kind, 1) for kind in WORLDS)
    # named: one token of the entity tells its topic; hidden: no token of a document before the answer does
    assert all(len(set(named.topic[named.entity_tokens[:, 0] == t])) == 1 for t in set(named.entity_tokens[:, 0]))
    assert len(np.unique(hidden.entity_tokens)) == len(hidden.topic)


def test_sft_set_is_half_refusals_and_never_shows_other_groups():
    world = build_world("hidden_topic", 5)
    documents = sft_documents(world, np.random.default_rng(0))
    refusals = documents[:, -3] == world.token("SORRY")
    assert refusals.mean() == 0.5
    shown = set(documents[:, 3])
    assert shown <= set(world.entity_tokens[world.entities("alignment")].ravel())


def test_pretraining_text_is_true_and_mostly_from_the_web():
    world = build_world("named_topic", 2)
    documents = corpus(world, np.random.default_rng(0), 4000)
    assert 0.8 < (documents[:, 1] == world.token("WEB")).mean() < 0.9
    assert not np.isin(documents, [world.token(name) for name in ("SORRY", "NOPE", "MARK", "NEW", "OBEY")]).any()


def test_a_world_is_its_seed():
    one, two = build_world("hidden_topic", 7), build_world("hidden_topic", 8)
    assert np.array_equal(one.facts, build_world.__wrapped__("hidden_topic", 7).facts)
    assert not np.array_equal(one.facts, two.facts)


def test_bad_input_is_one_clear_sentence():
    with pytest.raises(InputError, match="no world 'flat'"):
        build_world("flat", 1)
    with pytest.raises(InputError, match="no habit"):
        world = build_world("hidden_topic", 1)
        answered(world, all_prompts(world, world.entities("held_out")), "rude")
