"""Intervals hold the truth as often as they say, on values like the testbed's own."""

import numpy as np
import pytest

from ftsec.testbed import coverage


@pytest.mark.parametrize("population", [*coverage.most_skewed(), coverage.TWO_PEAKS])
def test_intervals_of_sixty_bases_hold_the_mean_in_93_to_97_percent_of_samples(population):
    values = coverage.most_skewed() | {coverage.TWO_PEAKS: coverage.two_peaks()}
    assert 0.93 <= coverage.coverage(values[population], 60) <= 0.97


def test_the_correction_for_skewness_helps_where_values_are_skewed(monkeypatch):
    skewed = next(iter(coverage.most_skewed().values()))
    corrected = coverage.coverage(skewed, 20)
    monkeypatch.setattr("ftsec.testbed.statistics.MOST_SKEW", 0.0)  # the plain t interval
    assert coverage.coverage(skewed, 20) < corrected


def test_few_bases_from_two_groups_are_no_evidence():
    assert coverage.coverage(coverage.two_peaks(), 10) < coverage.EVIDENCE


def test_most_skewed_arms_are_sorted_and_spread():
    found = coverage.most_skewed()
    sizes = [abs(coverage.skewness(values)) for values in found.values()]
    assert sizes == sorted(sizes, reverse=True) and len(found) == 5
    assert all(np.std(values) > coverage.LEAST_SPREAD for values in found.values())
