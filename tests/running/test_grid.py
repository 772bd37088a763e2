"""Grids, lists that go together, samples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftsec.base.errors import InputError
from ftsec.running.grid import SAMPLERS, Range, combine, grid, read_axis, read_range, samples, seed_points, together
from ftsec.running.parameters_cell import parse_parameters


def test_a_grid_holds_every_combination_once():
    points = grid({"a": [1, 2, 3], "b": ["x", "y"]})
    assert points[:3] == [{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}]
    assert len({tuple(point.items()) for point in points}) == len(points) == 6
    assert grid({}) == [{}]


def test_lists_that_go_together_must_be_equally_long():
    assert together({"a": [1, 2], "b": [3, 4]}) == [{"a": 1, "b": 3}, {"a": 2, "b": 4}]
    with pytest.raises(InputError, match="a has 2, b has 1"):
        together({"a": [1, 2], "b": [3]})


def test_combining_refuses_a_parameter_set_in_two_ways():
    assert combine([{"a": 1}], [{"b": 2}, {"b": 3}]) == [{"a": 1, "b": 2}, {"a": 1, "b": 3}]
    with pytest.raises(InputError, match="a is varied"):
        combine([{"a": 1}], [{"a": 2}])


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_samples_fill_their_ranges_evenly(sampler: str):
    points = samples({"n": Range(0, 9), "rate": Range(1e-5, 1e-1, log=True)}, ["n"], 64, sampler)
    counts = np.bincount([point["n"] for point in points], minlength=10)
    assert counts.sum() == 64 and counts.min() >= 4 and len(counts) == 10
    decades = np.bincount(np.floor(np.log10([point["rate"] for point in points])).astype(int) + 5, minlength=4)
    assert decades.sum() == 64 and decades.min() >= 13 and len(decades) == 4


@settings(deadline=None)
@given(st.integers(-1000, 1000), st.integers(1, 1000), st.integers(0, 5))
def test_whole_samples_are_whole_and_within(low: int, width: int, seed: int):
    points = samples({"n": Range(low, low + width)}, ["n"], 16, seed=seed)
    assert all(isinstance(point["n"], int) and low <= point["n"] <= low + width for point in points)
    assert points == samples({"n": Range(low, low + width)}, ["n"], 16, seed=seed)


@pytest.mark.parametrize("text", ["1", "2:1", "a:b", "0:1:log", "1:2:lin", "1:inf"])
def test_refuses_what_is_no_range(text: str):
    with pytest.raises(InputError, match="rate"):
        read_range("rate", text)


def test_reads_axes_and_ranges():
    assert read_axis("seeds", "[0,1],[2]") == ["[0,1]", "[2]"]
    assert read_range("rate", "1e-5:1e-3:log") == Range(1e-5, 1e-3, log=True)
    with pytest.raises(InputError, match="n needs values"):
        read_axis("n", "1,,2")


def test_seeds_go_to_the_parameter_for_them():
    assert seed_points(parse_parameters("seed: int = 0  # seed"), 2) == [{"seed": 0}, {"seed": 1}]
    assert seed_points(parse_parameters("seeds: list[int] = [0]  # seeds"), 2) == [{"seeds": [0]}, {"seeds": [1]}]
    with pytest.raises(InputError, match="seed or seeds"):
        seed_points(parse_parameters("n: int = 0  # number"), 2)
