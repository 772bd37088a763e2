"""The figure of many runs: a row for each result, a column for each parameter, on a phone too."""

import itertools

import pandas as pd
import pytest

from ftsec.figures.runs.results import MOST_COLUMNS, MOST_ROWS, results_by_parameter
from tests.figures.layout import all_clashes

VARIED = {"method": ["full", "lora", "prefix_tuning"], "n_examples": [10, 1000], "seed": [1, 2], "batch_size": [4, 8]}
RESULTS = ["refusal_probability", "allowed_accuracy", "over_refusal_rate", "exposure", "attack_success_rate"]


def summary(parameters: list[str], results: list[str]) -> pd.DataFrame:
    cells = itertools.product(parameters, results)
    rows = [{"parameter": p, "value": v, "result": r} for p, r in cells for v in VARIED[p]]
    return pd.DataFrame(rows).assign(n=3, mean=0.5, low=0.4, high=0.6)


@pytest.mark.parametrize(("n_parameters", "n_results"), [(1, 1), (2, 2), (4, 5)])
def test_rows_are_results_and_columns_are_parameters(n_parameters, n_results):
    drawing = results_by_parameter(summary(list(VARIED)[:n_parameters], RESULTS[:n_results]), {"exposure": "bits"})
    assert len(drawing.figure.axes) == min(n_parameters, MOST_COLUMNS) * min(n_results, MOST_ROWS)
    assert len(drawing.narrow().axes) == len(drawing.figure.axes)
    assert n_parameters > 2 or all_clashes(drawing) == []
