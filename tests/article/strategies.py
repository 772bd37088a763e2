"""What the printed formulas accept and what they refuse."""

import math

from hypothesis import strategies as st

not_quantities = st.sampled_from([math.nan, math.inf, -math.inf, -1, -1e-9, -0.5])
quantities = st.one_of(
    st.integers(min_value=0, max_value=10**12),
    st.floats(min_value=0, allow_nan=False, allow_infinity=False),
)
