"""A planned run is mapped to a measured one if it is close, and to none otherwise."""

from itertools import pairwise

import pytest

from ftsec.testbed.experiments.attacks.diluted_attack import EPOCHS, N_EXAMPLES, N_HARMFUL, diluted_attack
from ftsec.testbed.experiments.attacks.nearest_measured import FACTOR, closest_loss, lost_by_rate
from ftsec.testbed.experiments.attacks.readings import refusal_lost
from ftsec.testbed.frames import stored
from tests.testbed.test_experiments import TINY


@pytest.mark.parametrize("size", N_EXAMPLES)
@pytest.mark.parametrize("harmful", N_HARMFUL)
@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_measured_set_is_its_own_closest(size: int, harmful: int, method: str):
    measured = closest_loss(size, harmful, method, EPOCHS)
    assert (measured.n_examples, measured.n_harmful) == (size, harmful)
    frame = stored("diluted_attack").query("rate == 'equal'").set_index(["n_examples", "n_harmful", "method"])
    runs = frame.loc[(size, harmful, method)]
    ends = runs[runs.step > 0].set_index(["base", "seed"]).refusal_probability
    starts = runs[runs.step == 0].set_index(["base", "seed"]).refusal_probability
    assert measured.lost.value == pytest.approx((1 - ends / starts).mean(), abs=1e-6)
    assert measured.lost.low < measured.lost.value < measured.lost.high


@pytest.mark.parametrize(
    ("plan", "found"),
    [
        ((120, 12, "full", EPOCHS), (100, 10)),
        ((700, 70, "lora", EPOCHS), (500, 50)),
        ((100, 0, "full", EPOCHS), (100, 0)),
        ((100, 1, "full", EPOCHS), None),  # one is not none, and not ten either
        ((100, 20, "full", EPOCHS), None),
        ((200, 10, "full", EPOCHS), None),
        ((10_000, 100, "full", EPOCHS), None),
        ((100, 10, "prefix_tuning", EPOCHS), None),
        ((100, 10, "full", EPOCHS + 1), None),
    ],
)
def test_only_what_is_close_stands_for_the_plan(plan: tuple, found: tuple | None):
    measured = closest_loss(*plan)
    assert (measured and (measured.n_examples, measured.n_harmful)) == found


def test_no_two_measured_counts_are_within_reach_of_one_plan():
    for counts in (N_EXAMPLES, N_HARMFUL[1:]):
        assert all(later / earlier > FACTOR for earlier, later in pairwise(counts))


def test_the_table_holds_every_set_and_rate():
    table = lost_by_rate()
    assert table.shape == (len(N_EXAMPLES) * len(N_HARMFUL), 4) and table.notna().all(axis=None)


@pytest.mark.slow
def test_a_diluted_set_holds_what_it_says(tiny):
    frame = diluted_attack(TINY, n_examples=(8, 16), n_harmful=(0, 4, 8), methods=("full",))
    assert len(frame) == 2 * 2 * 3 * 2 * 2 and len(refusal_lost(frame)) == len(frame) / 2
    assert set(frame.groupby("n_examples").step.max()) == {2, 5}
