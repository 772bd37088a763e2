"""Predictions are counted apart by their kind, bounds are printed as bounds, and files of predictions have digests."""

import hashlib
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from ftsec.testbed import outcomes

FIRST_COMMITS = {"first": "85c774d", "second": "8435d78"}
PLACE = "ftsec/testbed"


def test_predicted_directions_and_predicted_nulls_are_counted_apart():
    table = pd.DataFrame(
        {"predicted_sign": ["null", "negative", "positive", "null"], "hit": [True, True, False, False]}
    )
    counted = outcomes.directions(table).set_index("predicted")
    assert counted.loc["a direction"].tolist() == [1, 2] and counted.loc["no effect"].tolist() == [1, 2]


def test_an_estimate_that_rests_on_unfinished_runs_is_printed_as_a_bound():
    table = outcomes.outcomes("first")
    text = dict(zip(table["id"], outcomes.printed(table), strict=True))
    assert text["X01"].startswith("≤ ") and not text["P01"].startswith("≤ ")


@pytest.mark.parametrize("half", outcomes.HALVES)
def test_predictions_have_the_digest_of_their_file(half):
    path = Path(outcomes.__file__).with_name(outcomes.HALVES[half])
    assert outcomes.prediction_digest(half) == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(("half", "commit"), FIRST_COMMITS.items())
def test_predictions_are_those_of_their_first_commit(half, commit):
    command = ["git", "show", f"{commit}:{PLACE}/{outcomes.HALVES[half]}"]
    found = subprocess.run(command, check=False, cwd=Path(outcomes.__file__).parent, capture_output=True)
    if found.returncode:
        pytest.skip("no history here")
    assert hashlib.sha256(found.stdout).hexdigest() == outcomes.prediction_digest(half)
