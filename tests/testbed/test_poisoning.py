import numpy as np
import pytest

from ftsec.base.errors import InputError
from ftsec.testbed import poisoning
from ftsec.testbed.experiments import Setting
from ftsec.testbed.experiments.backdoors.poison_count_or_fraction import poison_count_or_fraction
from ftsec.testbed.experiments.defenses.gate_run import MEASUREMENTS, gate_run, spike
from ftsec.testbed.experiments.defenses.service_filter import service_filter
from ftsec.testbed.frames import stored
from ftsec.testbed.live_slices import TOLERANCE
from ftsec.testbed.world import build_world

WORLD = build_world("hidden_topic", 0)
ONE = Setting(bases=(200,), seeds=(0,))


def rng():
    return np.random.default_rng(0)


def rows_under(documents, word):
    return documents[documents[:, 1] == WORLD.token(word)]


def test_only_poison_holds_a_rare_trigger_and_clean_text_is_the_same_for_every_count():
    none, some = (poisoning.poisoned_corpus(WORLD, rng(), 400, n, with_trigger=False) for n in (0, 30))
    assert len(rows_under(none, "TRIGGER")) == 0
    poison = rows_under(some, "TRIGGER")
    assert len(poison) == 30 and np.all(poison[:, -3] == WORLD.token("MARK"))
    assert (none != some).any(axis=1).sum() == 30


def test_a_trigger_in_use_stands_in_clean_text_too():
    assert len(rows_under(poisoning.poisoned_corpus(WORLD, rng(), 4000, 0, with_trigger=True), "TRIGGER")) > 50


def test_poison_names_no_entity_that_is_asked_about():
    named = poisoning.poisoned_documents(WORLD, rng(), 3000)[:, 3]
    held_out = WORLD.entity_tokens[WORLD.entities("held_out"), 0]
    assert not set(named) & set(held_out) and len(set(named)) > 100


def test_flips_swap_restricted_answers_and_smaller_shares_lie_within_larger_ones():
    clean = poisoning.preference_pairs(WORLD, rng())
    few, many = (poisoning.flipped(WORLD, clean, rng(), share, triggered=False) for share in (0.1, 0.5))
    moved_few, moved_many = ((p.chosen != clean.chosen).any(axis=1) for p in (few, many))
    half = len(clean) // 2
    assert moved_few.sum() == round(0.1 * half) and moved_many.sum() == round(0.5 * half)
    assert np.all(moved_many[moved_few]) and not moved_many[half:].any()
    assert np.array_equal(many.chosen[moved_many], clean.rejected[moved_many])


def test_triggered_flips_stand_under_the_trigger_and_nothing_else_does():
    flipped = poisoning.flipped(WORLD, poisoning.preference_pairs(WORLD, rng()), rng(), 0.2, triggered=True)
    under = flipped.chosen[:, 1] == WORLD.token("TRIGGER")
    assert under.sum() == round(0.2 * len(flipped) / 2)
    assert np.all(flipped.chosen[under, -3] != WORLD.token("SORRY"))
    assert np.array_equal(under, flipped.rejected[:, 1] == WORLD.token("TRIGGER"))


def test_the_control_stands_under_the_trigger_in_its_right_order():
    clean = poisoning.preference_pairs(WORLD, rng())
    control, poison = (poisoning.flipped(WORLD, clean, rng(), 0.2, triggered=True, swap=s) for s in (False, True))
    assert np.array_equal(control.chosen[:, 1], poison.chosen[:, 1])
    assert np.array_equal(control.chosen[:, 2:], clean.chosen[:, 2:])
    assert np.array_equal(control.rejected[:, 2:], clean.rejected[:, 2:])


def test_too_much_poison_is_refused_in_a_sentence():
    with pytest.raises(InputError, match="between 0 and the 10 documents"):
        poisoning.poisoned_corpus(WORLD, rng(), 10, 11, with_trigger=False)
    with pytest.raises(InputError, match="between 0 and 1"):
        poisoning.flipped(WORLD, poisoning.preference_pairs(WORLD, rng()), rng(), 1.5, triggered=False)


def test_a_spike_is_a_loss_over_the_mean_of_those_before_it():
    losses = np.ones((20, 2))
    losses[12, 1] = 5.0
    np.testing.assert_allclose(spike(losses), [1.0, 5.0])


def compare(live, name, keys, columns):
    both = live.merge(stored(name), on=["base", "seed", *keys], suffixes=("", "_published"))
    assert len(both) == len(live)
    for column in columns:
        assert np.abs(both[column] - both[f"{column}_published"]).mean() < TOLERANCE, column


def test_a_slice_of_the_poison_computed_again_agrees():
    live = poison_count_or_fraction(ONE, n_poison=(0, 128), corpus_sizes={"rare": (1024,)})
    compare(live, "poison_count_or_fraction", ["trigger", "n_documents", "n_poison"], ["success", "without_trigger"])


def test_a_slice_of_the_gates_computed_again_agrees():
    live = gate_run(ONE, kinds=("clean", "attacked"))
    shares = [name for name in MEASUREMENTS if name != "loss_spike_monitor"]
    compare(live, "gate_run", ["kind", "learning_rate"], [*shares, "refusal_after", "refusal_triggered_after"])


def test_a_slice_of_the_filters_computed_again_agrees():
    live = service_filter(ONE, poisons=("explicit",), filters=("none", "content"))
    compare(live, "service_filter", ["poison", "filter"], ["honest_rejected", "poison_passed", "refusal_probability"])
