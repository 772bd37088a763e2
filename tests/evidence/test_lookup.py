"""The look-up: nearest published runs, honest about what is missing and what lies outside."""

import json
import math

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from ftsec.base.errors import InputError
from ftsec.cli.lookup import lookup as command
from ftsec.evidence import nearest_experiments
from ftsec.evidence.published import published_runs


def test_a_published_run_finds_itself():
    found = nearest_experiments("full", 10, 10, 5e-5, 5, 10)
    assert found.runs.iloc[0]["measurement_id"] == "M011" and found.runs.iloc[0]["distance"] == 0


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(["full", "lora", "api", None]),
    st.sampled_from([0, 10, 100, 500, None]),
    st.floats(1e-6, 1e-1),
    st.integers(1, 8),
)
def test_answers_are_ordered_and_within_what_was_measured(method, n_harmful, learning_rate, k):
    found = nearest_experiments(method, n_harmful=n_harmful, learning_rate=learning_rate, k=k)
    assert len(found.runs) <= k
    assert list(found.runs["distance"]) == sorted(found.runs["distance"])
    assert bool(found.reasons) == found.runs.empty
    for row in found.ranges.itertuples():
        rates = found.runs[found.runs["metric"] == row.metric]["rate"]
        assert (row.lowest, row.highest, row.n_runs) == (rates.min(), rates.max(), len(rates))


def test_what_a_source_does_not_say_is_listed():
    runs = nearest_experiments("api", n_harmful=100, learning_rate=1e-5, epochs=5).runs
    assert ("learning_rate",) in set(runs["missing"])


def test_harmful_and_harmless_plans_do_not_meet():
    assert set(nearest_experiments("full", 1000, 0, 2e-5, 1).runs["attack"]) == {"benign"}
    assert set(nearest_experiments("full", 100, 100, 2e-5, 5).runs["attack"]) == {"harmful"}


def test_an_attack_is_never_a_neighbour_of_a_harmless_run():
    """Identity shifting and crafted sets hold no harmful example either, and are attacks."""
    for n_examples in (10, 100, 500, 5000, 50000):
        for method in ("full", "lora", "api"):
            runs = nearest_experiments(method, n_examples, 0, 2e-5, 3, k=50).runs
            assert set(runs["attack"]) <= {"benign"}
    asked = nearest_experiments("full", 100, 0, 2e-5, 3, data="identity", k=50).runs
    assert set(asked["attack"]) == {"identity_shifting"} and {"M023", "M025"} <= set(asked["measurement_id"])


def test_runs_behind_a_defence_are_no_undefended_neighbours():
    assert not {run.measurement_id for run in published_runs()} & {"M405", "M419", "M523", "M069"}


def test_usual_spellings_are_understood():
    lora = nearest_experiments("lora", 100, 100, 2e-5, 5).runs
    for spelling in ("LoRA", "qlora", "QLoRA"):
        assert list(nearest_experiments(spelling, 100, 100, 2e-5, 5).runs["distance"]) == list(lora["distance"])
    assert nearest_experiments("full", 100, 100, 2e-5, 0.5).runs["distance"].min() > 0
    (reason,) = nearest_experiments("DPO", n_harmful=100).reasons
    assert "no run by dpo" in reason


def test_outside_coverage_there_is_no_answer():
    found = nearest_experiments(n_harmful=1e7)
    assert found.runs.empty and "far outside the published runs" in found.reasons[0]


def test_remembered_figures_are_not_quoted():
    assert "M191" not in {run.measurement_id for run in published_runs()}


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        ({"method": "magic"}, "method must be one of full, lora, .* got 'magic'"),
        ({"n_harmful": -1}, "n_harmful must be a finite number 0 or more, got -1"),
        ({"learning_rate": 0}, "learning_rate must be a finite number above 0, got 0"),
        ({"learning_rate": math.nan}, "learning_rate must be a finite number above 0, got nan"),
        ({"epochs": 0}, "epochs must be a finite number above 0, got 0"),
        ({"batch_size": "8"}, "batch_size must be a finite number at least 1, got '8'"),
        ({"n_examples": 10, "n_harmful": 11}, "n_harmful must not exceed n_examples"),
        ({"epochs": 1, "k": 0}, "k must be a whole number from 1 on"),
        ({"data": "magic"}, "data must be one of harmful, .* got 'magic'"),
        ({"data": "harmless", "n_harmful": 3}, "harmless data hold no harmful example, got n_harmful 3"),
        ({"data": "explicit", "n_harmful": 0}, "at least one harmful example, got n_harmful 0"),
        ({}, "give at least one of method"),
    ],
)
def test_bad_input_is_told_in_one_sentence(plan, told):
    with pytest.raises(InputError, match=told) as mistake:
        nearest_experiments(**plan)
    assert "\n" not in str(mistake.value)


def test_the_command_prints_a_table_and_its_sources():
    run = CliRunner().invoke(command, ["--method", "lora", "--n-harmful", "100", "--learning-rate", "1e-3"])
    assert run.exit_code == 0
    assert "Qi et al. (2024) ‡" in run.output and "https://arxiv.org/abs/2310.03693" in run.output


def test_the_command_shows_the_kind_of_data():
    run = CliRunner().invoke(command, ["--data", "harmless", "--method", "full", "--n-examples", "500"])
    assert run.exit_code == 0 and "Data" in run.output and "identity" not in run.output


def test_the_command_prints_json_without_nan():
    run = CliRunner().invoke(command, ["--method", "api", "--n-harmful", "100", "--json", "-k", "2"])
    found = json.loads(run.output, parse_constant=pytest.fail)
    assert found["comparable"] and len(found["runs"]) == 2
    assert found["runs"][0]["learning_rate"] is None


def test_the_command_says_when_nothing_is_comparable():
    run = CliRunner().invoke(command, ["--n-harmful", "1e9"])
    assert run.exit_code == 3 and "No comparable experiment" in run.output


def test_the_help_names_the_methods_that_a_refusal_names():
    shown = CliRunner().invoke(command, ["--help"]).output
    with pytest.raises(InputError) as refused:
        nearest_experiments(method="nonsense")
    for method in str(refused.value).partition("one of ")[2].partition(", got")[0].split(", "):
        assert method in shown
