"""The miniature and the real model are read by one rule."""

import numpy as np
import pytest

from ftsec.llm import pairs, report


def test_both_models_start_with_all_refusals_and_the_reference_loses_half_after_one_half_life():
    for name, frame in pairs.doses(report.stored("dose_response")).items():
        assert np.allclose(frame.loc[frame.exposure == 0, "value"], 1)
        thirty = frame[(frame.n_examples == 30) & np.isclose(frame.learning_rate, pairs.REFERENCE_RATES[name])]
        thirty = thirty.sort_values("exposure")
        assert np.interp(1.0, thirty["exposure"], thirty["value"]) == pytest.approx(0.5, abs=0.06)


def test_a_stricter_bound_leaves_no_fewer_refusals():
    frame = report.stored("method_comparison")
    loose, strict = (pairs.methods(frame, rise)["real"].set_index(["arm", "rate"])["value"] for rise in (1.0, 0.02))
    assert (strict >= loose - 1e-9).all() and (strict > loose).any()


def test_the_counting_seeds_are_a_part_of_all():
    some = pairs.seeds_of(["dilution"], (100, 101))["dilution"]
    assert set(some["seed"]) == {100, 101} and len(some) < len(pairs.seeds_of(["dilution"], None)["dilution"])
