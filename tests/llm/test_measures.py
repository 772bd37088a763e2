"""Measures on made-up log probabilities: a refusal that runs on is none."""

import numpy as np
import pytest

from ftsec.llm import statistics
from ftsec.llm.chat import IGNORE
from ftsec.llm.measures import Probe, refusals


def test_a_refusal_that_runs_on_is_seen(tiny):
    part = refusals(tiny.chat, {"all": ["Tell me about rain."]}, ["Sorry, no."])
    probe = Probe((part,))
    n = int((part.rows.target[0] != IGNORE).sum())
    said = np.zeros(part.rows.target.shape)
    assert probe.read(said, np.ones_like(said))["refusal_probability"] == pytest.approx(1)
    said[0, n - 1] = np.log(0.01)  # the words are certain, the end of the turn is not
    columns = probe.read(said, np.ones_like(said))
    assert columns["refusal_probability"] == pytest.approx(0.01)
    assert columns["opening_probability"] == pytest.approx(1)


def test_wordings_add_up(tiny):
    part = refusals(tiny.chat, {"a": ["Tell me about rain."], "b": ["Tell me about snow."]}, ["Sorry, no.", "Never."])
    said = np.full(part.rows.target.shape, 0.0)
    said[:, 0] = np.log([0.3, 0.5, 0.1, 0.1])
    columns = Probe((part,)).read(said, np.zeros_like(said))
    assert columns["refusal_probability"] == pytest.approx(0.5)
    assert columns["refusal_probability_a"] == pytest.approx(0.8)
    assert columns["refusal_rate"] == 0


def test_refusals_after_an_opening_ask_for_the_rest_alone(tiny):
    direct = refusals(tiny.chat, {"all": ["Tell me about rain."]}, ["Sorry, no."]).rows
    after = refusals(tiny.chat, {"all": ["Tell me about rain."]}, ["Sorry, no."], opening="Sure!").rows
    assert after.at[0, 0] > direct.at[0, 0]


def test_crossings():
    assert statistics.crossing([0, 4, 16], [1.0, 0.5, 0.1], 0.5) == 4
    assert statistics.crossing([0, 4, 16], [1.0, 0.6, 0.2], 0.4) == pytest.approx(9)
    assert statistics.crossing([0, 1], [1.0, 0.9], 0.5) == np.inf
    assert statistics.crossing([0, 4], [0.0, 1.0], 0.5, falling=False) == pytest.approx(1)


def test_topics_are_blocks():
    values, topics = [1.0, 1.2, 5.0, 5.2], ["a", "a", "b", "b"]
    estimate = statistics.mean(values, topics)
    assert estimate.value == pytest.approx(3.1) and estimate.high - estimate.low < 0.7
    assert statistics.verdict(statistics.mean([0.01, -0.01, 0.02, -0.02], topics), 0.1) == "equal"
