"""A few of the mutated inputs of `tests.audit.fuzzed`: no traceback, whatever data and whole runs hold."""

from __future__ import annotations

import signal

import pytest

from tests.audit.fuzzed import CASES, DATA_CASES, processes
from tests.defenses.fuzzed import fuzz

needs_timers = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs the timers of a Unix system")


@needs_timers
@pytest.mark.parametrize("name", [*DATA_CASES, *CASES])
def test_mutated_data_and_runs_end_in_a_status_and_a_sentence(name):
    table, bad = fuzz(count=25, seed=20261127, cases={name: (DATA_CASES | CASES)[name]})
    assert bad == []
    assert sum(table[name].values()) == 25
    assert name == "audit init" or len(table[name]) > 1, "the mutations reach behind the first check"


@needs_timers
@pytest.mark.slow
def test_audits_as_processes_end_in_a_status_too():
    ended, bad, *_ = processes(count=2, seed=20261127)
    assert bad == [] and sum(ended.values()) == 2
