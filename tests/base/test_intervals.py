"""Wilson's interval against SciPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from ftsec.base.intervals import wilson


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.sampled_from([0.8, 0.95]))
def test_the_bounds_are_those_of_scipy(counted, level):
    expected = binomtest(*counted).proportion_ci(level, method="wilson")
    assert wilson(*counted, level) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_what_is_not_known_has_no_bounds():
    low, high = wilson([1, np.nan, 0, 1], [2, 10, 0, np.nan])
    assert np.isnan(low[1:]).all() and np.isnan(high[1:]).all() and 0 < low[0] < high[0] < 1
