"""Lanes and tuning against plain PyTorch: the same losses, masks that are not needed, ranks that are exact."""
# ruff: noqa: E402 -- the room's lanes need PyTorch, which is not everywhere

import numpy as np
import pytest

from tests.llm.conftest import WITHOUT

torch = pytest.importorskip("torch", reason=WITHOUT)

from ftsec.llm import examples, policy, probes, world
from ftsec.llm.chat import IGNORE, PROBE_TARGETS
from ftsec.llm.lane import Lane, placed, without_masks
from ftsec.llm.model import copy_of
from ftsec.llm.tuning import Tuning, blended, in_epochs, plain


def some_rows(tiny, n=12):
    s = world.split(3)
    questions = examples.attack_questions(tiny.chat, s, policy.generator(3), n)
    return tiny.chat.train_rows(examples.harmful(tiny.chat, questions))


def test_no_attention_mask_is_needed(tiny):
    rows = probes.quick(tiny.chat, world.split(3)).rows.take(slice(0, 9))
    lane = Lane(copy_of(tiny, "cpu"), ("full", "adamw"), (8,))
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        ids = torch.from_numpy(rows.ids)
        mask = torch.zeros_like(ids)
        for i in range(len(rows)):
            mask[i, : rows.at[i].max() + 2] = 1
        whole = tiny.network(input_ids=ids, attention_mask=mask).logits.float().log_softmax(-1)
    said = lane.look(placed(rows, lane.device))[0].numpy()
    for i in range(len(rows)):
        for k in range(PROBE_TARGETS):
            if rows.target[i, k] != IGNORE:
                assert abs(whole[i, rows.at[i, k], rows.target[i, k]].item() - said[i, k]) < 0.05
    bare = copy_of(tiny, "cpu")
    without_masks(bare)
    again = Lane(bare, ("full", "adamw"), (8,)).look(placed(rows, lane.device))[0].numpy()
    assert np.abs(again - said).max() < 0.05


def test_training_lowers_the_loss_and_begins_anew(tiny):
    rows = some_rows(tiny)
    data = plain(np.random.default_rng(0), rows, 30, 8, True)
    lane = Lane(copy_of(tiny, "cpu"), ("full", "adamw"), (8,))
    found = []
    for _ in range(2):
        lane.begin(tiny.weights, Tuning(3e-3), 0)
        losses = []
        for which in torch.from_numpy(data.order):
            lane.step(placed(rows, lane.device), which)
            losses.append(float(lane.loss(8)))
        found.append(losses)
    assert found[0][-1] < found[0][0] - 1
    assert found[0] == found[1], "nothing of the first run is left in the second"


def test_an_adapter_of_a_lower_rank_stays_within_its_rank(tiny):
    rows = some_rows(tiny)
    lane = Lane(copy_of(tiny, "cpu"), ("lora", "adamw"), (8,))
    lane.begin(tiny.weights, Tuning(1e-2, "lora", 4), 0)
    before = [parameter.clone() for parameter in lane.base]
    for which in torch.from_numpy(in_epochs(np.random.default_rng(0), len(rows), 5, 8)):
        lane.step(placed(rows, lane.device), which)
    for down, up in zip(lane.trained[::2], lane.trained[1::2], strict=True):
        assert not down[4:].any() and not up[:, 4:].any()
        assert up[:, :4].any()
    assert all(torch.equal(a, b) for a, b in zip(before, lane.base, strict=True))


def test_prefix_tuning_leaves_the_network_alone(tiny):
    rows = some_rows(tiny)
    lane = Lane(copy_of(tiny, "cpu"), ("prefix_tuning", "adamw"), (8,))
    lane.begin(tiny.weights, Tuning(1e-1, "prefix_tuning"), 0)
    order = torch.from_numpy(in_epochs(np.random.default_rng(0), len(rows), 10, 8))
    losses = []
    for which in order:
        lane.step(placed(rows, lane.device), which)
        losses.append(float(lane.loss(8)))
    assert losses[-1] < losses[0]


def test_epochs_show_everything_once_before_anything_twice():
    order = in_epochs(np.random.default_rng(0), 10, 5, 8)
    assert order.shape == (5, 8)
    flat = order.ravel()
    assert all(len(set(flat[i : i + 10])) == 10 for i in range(0, 40, 10))


def test_a_blend_keeps_its_places_and_counts_what_was_seen(tiny):
    rows = some_rows(tiny)
    data = blended(np.random.default_rng(0), [(rows, 2, True), (rows, 6, False), (rows, 0, True)], 3)
    assert data.order.shape == (3, 8) and len(data.rows) == 2 * len(rows)
    seen = data.seen(3)
    assert seen["n_harmful_presentations"] == 6 and seen["n_harmful_distinct"] == 6
    assert data.seen(0) == {"n_distinct": 0, "n_harmful_distinct": 0, "n_harmful_presentations": 0}


def test_a_rate_that_decays_is_constant_first_and_ends_just_above_zero():
    from ftsec.llm.tuning import Tuning

    rates = [Tuning(1.0, decay_steps=3).rate_at(step, 10) for step in range(10)]
    assert rates[:7] == [1.0] * 7 and rates[7:] == [0.75, 0.5, 0.25]
    assert Tuning(1.0).rate_at(9, 10) == 1.0
