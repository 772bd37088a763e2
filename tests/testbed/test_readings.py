"""What chapters read from stored frames, and a slice of the adapter experiment computed again."""

import numpy as np
import pandas as pd
import pytest

from ftsec.base.errors import InputError
from ftsec.testbed import live_slices
from ftsec.testbed.experiments import Setting, experiment
from ftsec.testbed.experiments.attacks.readings import utility_bound_points
from ftsec.testbed.experiments.backdoors import readings as backdoors
from ftsec.testbed.experiments.defenses import readings as defenses
from ftsec.testbed.frames import stored


def test_backdoor_points_hold_every_word_and_moment():
    points = backdoors.backdoor_points(stored("backdoor_persistence"))
    assert len(points) == 3 * 2 * points["n_poison"].nunique()
    value = points.set_index(["word", "when", "n_poison"])["value"]
    frame = stored("backdoor_persistence")
    chosen = frame[(frame["step"] == 0) & (frame["n_poison"] == 50)]
    assert value["trigger", "before", 50] == pytest.approx(chosen["refusal_probability_trigger"].mean(), abs=1e-4)
    assert value["trigger", "after", 50] < value["none", "after", 50]


def test_a_looser_bound_never_leaves_more_refusals():
    frame = stored("method_comparison")
    points = utility_bound_points(frame, (0.0, 0.1, 0.3), ["full", "lora_8"])
    falls = points.pivot(index="loss", columns="arm", values="value").diff().dropna()
    assert (falls <= 1e-9).all(axis=None)
    with pytest.raises(InputError, match="no method lora_99"):
        utility_bound_points(frame, (0.1,), ["lora_99"])


def test_both_arms_of_the_mixing_begin_without_safety_examples():
    points = defenses.mixing_points(stored("safety_mixing"))
    starts = points[points["share"] == 0].set_index(["data", "arm"])["value"]
    assert starts["attack", "add"] == starts["attack", "replace"]
    assert len(starts) == 4


def test_stages_come_in_order_and_begin_without_refusals():
    first = live_slices.pretrained(Setting(bases=(200, 201, 202)))
    walk = defenses.stage_points(first, stored("realignment"))
    assert list(dict.fromkeys(walk["stage"])) == ["pre-training", "SFT", *defenses.STAGES]
    start = walk.set_index(["stage", "measure"])["value"]
    assert start["pre-training", "refusal_probability"] < 0.05 and start["pre-training", "allowed_accuracy"] > 0.9


def test_the_tax_is_the_mean_difference_before_the_attack():
    frame = stored("realignment")
    starts = frame[(frame["stage"] == "attack") & (frame["step"] == 0)].groupby("arm")["allowed_accuracy"].mean()
    assert defenses.accuracy_tax(frame).value == pytest.approx(starts["attacked"] - starts["never_aligned"], abs=1e-4)


def test_adapter_points_separate_the_arms():
    points = backdoors.adapter_points(stored("malicious_adapter"))
    value = points.set_index(["arm", "word"])["value"]
    assert len(value) == 6 and value["malicious", "trigger"] < value["clean", "trigger"]


@pytest.mark.slow
def test_a_slice_of_the_adapter_experiment_agrees_with_the_frame():
    live = experiment("malicious_adapter").function(Setting(bases=(200, 201), seeds=(0,)))
    both = live_slices.compare(live, "malicious_adapter", "refusal_probability_trigger")
    assert isinstance(both, pd.DataFrame) and np.isfinite(both["stored"]).all()
    assert live_slices.agreement(both) < live_slices.TOLERANCE
