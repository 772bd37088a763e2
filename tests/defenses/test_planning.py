"""The planned numbers do what they promise, by exact computation or by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, ttest_1samp

from ftsec.base.errors import InputError
from ftsec.defenses.comparison import compare
from ftsec.defenses.gates import Gate, bound_of
from ftsec.defenses.measured import from_outcomes
from ftsec.defenses.planning import plan, prompts_paired, prompts_to_pass, seeds_needed

GATE = Gate("harmful", "post", "at_most", 0.05)


def test_one_bad_answer_shows_with_the_promised_chance():
    n = plan(0.05, power=0.9).to_see_one
    assert 1 - 0.95**n >= 0.9 > 1 - 0.95 ** (n - 1)


def test_a_clean_pass_is_the_smallest_that_the_gate_accepts():
    n = plan(0.05).clean_pass
    assert bound_of(GATE, 0, n) <= 0.05 < bound_of(GATE, 0, n - 1)


def test_a_good_model_passes_as_often_as_promised():
    n = prompts_to_pass(0.05, 0.01, 0.9, 0.95)

    def chance(size):
        return sum(binom.pmf(k, size, 0.01) for k in range(size + 1) if bound_of(GATE, k, size) <= 0.05)

    assert chance(n) >= 0.9
    assert all(chance(n + more) >= 0.9 for more in range(1, 15))
    assert chance(n - 1) < 0.9


def test_the_paired_test_finds_the_rise_as_often_as_promised():
    rise, changing, power = 0.1, 0.2, 0.9
    n = prompts_paired(rise, changing, power, 0.95)
    rng = np.random.default_rng(0)
    shares = [(changing + rise) / 2, (changing - rise) / 2, 1 - changing]
    found = 0
    for worse, better, _ in rng.multinomial(n, shares, size=300):
        base = {i: i >= worse and i < worse + better for i in range(n)}
        now = {i: i < worse for i in range(n)}
        found += not compare(GATE, from_outcomes(now), from_outcomes(base), 0.95).passed
    assert found / 300 == pytest.approx(power, abs=0.07)  # the exact test is a little shy of the normal formula


def test_the_seeds_find_the_rise_as_often_as_promised():
    sd, rise, rate, n = 0.05, 0.05, 0.02, 200
    seeds = seeds_needed(rise, sd, rate, n, 0.9, 0.95)
    rng = np.random.default_rng(1)
    spread = np.sqrt(sd**2 + rate * (1 - rate) / n)
    samples = rng.normal(rise, spread, size=(2000, seeds))
    found = ttest_1samp(samples, 0, axis=1, alternative="greater").pvalue <= 0.05
    assert found.mean() == pytest.approx(0.9, abs=0.04)


@pytest.mark.parametrize(
    "bad",
    [
        {"detect": 0.0},
        {"detect": 0.05, "power": 1.0},
        {"detect": 0.05, "good": 0.05},
        {"detect": 0.05, "changing": 0.01},
        {"detect": 0.05, "seed_sd": -1.0},
        {"detect": 1e-6},
    ],
)
def test_what_cannot_be_planned_is_refused(bad):
    with pytest.raises(InputError):
        plan(**bad)
