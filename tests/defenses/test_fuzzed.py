"""A few hundred mutated inputs of `tests.defenses.fuzzed`: no traceback, whatever a file holds."""

from __future__ import annotations

import signal

import pytest

from tests.defenses.fuzzed import CASES, fuzz


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs the timers of a Unix system")
def test_mutated_files_end_in_a_status_and_a_sentence():
    table, bad = fuzz(count=60, seed=20261127)
    assert bad == []
    assert {name: sum(ended.values()) for name, ended in table.items()} == dict.fromkeys(CASES, 60)
    # the mutations reach behind the first check: more than one answer of each judge is seen
    assert all(len(ended) > 1 for ended in table.values())
