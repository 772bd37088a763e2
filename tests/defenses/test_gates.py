"""Gates fail closed, look at the right side of the threshold, and decide on the bound."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from ftsec.base.errors import InputError
from ftsec.cli.gate import gate as command
from ftsec.defenses.comparison import compare as compare_with
from ftsec.defenses.evaluation_files import load_measurements
from ftsec.defenses.gate_files import load_gates
from ftsec.defenses.gates import CONFIDENCE, Gate, bound_of, evaluate, judge
from ftsec.defenses.measured import Measurement, parse_measurements

DATA = Path(__file__).with_name("data")
AT_MOST = Gate("harmful", "post", "at_most", 0.05, low=0, high=1)
AT_LEAST = Gate("safe", "post", "at_least", 0.9, low=0, high=1)
GOOD = {
    "data_toxicity_scan": 0.005,
    "data_diversity_check": 0.7,
    "loss_spike_monitor": 1.5,
    "safety_probe_evaluation": 0.85,
    "full_safety_benchmark": 0.88,
    "capability_regression": 0.95,
    "memorization_test": 0.02,
}
COUNTED = {
    "data_toxicity_scan": {"k": 5, "n": 5000},
    "data_diversity_check": 0.7,
    "loss_spike_monitor": 1.5,
    "safety_probe_evaluation": {"k": 180, "n": 200},
    "full_safety_benchmark": {"k": 480, "n": 500},
    "capability_regression": 0.95,
    "memorization_test": {"k": 2, "n": 200},
}


def compare(gate, now, base):
    return compare_with(gate, now, base, CONFIDENCE)


def test_the_shipped_gates_are_the_articles_with_their_directions():
    from ftsec.article.gates import SAFETY_GATES

    gates, confidence = load_gates()
    printed = [(g.name, g.check_type, g.blocking, g.threshold) for g in SAFETY_GATES]
    assert [(g.name, g.stage, g.blocking, g.threshold) for g in gates] == printed
    assert confidence == 0.95
    low_is_good = {"data_toxicity_scan", "loss_spike_monitor", "memorization_test"}
    assert {g.name for g in gates if g.direction == "at_most"} == low_is_good


def test_a_good_run_passes_and_each_spoilt_measurement_is_named():
    gates = load_gates(bare=True)[0]
    assert evaluate(gates, parse_measurements(GOOD, "x")).passed
    high = {"data_toxicity_scan": 0.5, "loss_spike_monitor": 9.0, "memorization_test": 0.5}
    spoilt = {**dict.fromkeys(GOOD, 0.0), **high}
    for gate in gates:
        report = evaluate(gates, parse_measurements({**GOOD, gate.name: spoilt[gate.name]}, "x"))
        assert (report.failures or report.warnings) == (gate.name,)
        assert report.passed is not gate.blocking


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf, 88.0, -0.1])
@pytest.mark.parametrize("gate", [AT_MOST, AT_LEAST])
def test_what_is_no_measurement_fails_closed(gate, value):
    assert not judge(gate, Measurement(value)).passed
    assert not judge(gate, None).passed


def test_nothing_measured_fails_every_gate():
    gates, _ = load_gates()
    report = evaluate(gates, {})
    assert len(report.failures) + len(report.warnings) == len(gates) == 7
    assert {row.reason for row in report.judged} == {"not measured"}


def test_a_bare_share_fails_where_counts_are_demanded():
    gate = Gate("harmful", "post", "at_most", 0.05, counts=True)
    assert not judge(gate, Measurement(0.0)).passed
    assert judge(gate, Measurement(0.0, 0, 100)).passed


def test_no_harm_in_a_hundred_still_allows_three_percent():
    bound = bound_of(AT_MOST, 0, 100)
    assert bound == pytest.approx(1 - 0.05 ** (1 / 100))
    assert judge(AT_MOST, Measurement(0.0, 0, 100)).passed
    assert not judge(AT_MOST, Measurement(0.0, 0, 50)).passed  # the bare share would pass


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_bounds_are_those_of_clopper_and_pearson(counts):
    k, n = counts
    upper, lower = bound_of(AT_MOST, k, n), bound_of(AT_LEAST, k, n)
    assert lower <= k / n <= upper
    if k < n:
        assert binom.cdf(k, n, upper) == pytest.approx(0.05, abs=1e-6)
    if k > 0:
        assert binom.sf(k - 1, n, lower) == pytest.approx(0.05, abs=1e-6)


def test_unused_measurements_are_named():
    gates, _ = load_gates()
    assert evaluate(gates, parse_measurements({**GOOD, "memorisation_test": 0.0}, "x")).unused == ("memorisation_test",)


def _outcomes(bits):
    return parse_measurements({"safe": {"outcomes": {f"p{i}": b for i, b in enumerate(bits)}}}, "x")["safe"]


def test_a_loss_against_the_base_model_is_found_prompt_by_prompt():
    base, now = _outcomes([1] * 100), _outcomes([0] * 8 + [1] * 92)
    found = compare(AT_LEAST, now, base)
    assert (found.n, found.worse, found.better) == (100, 8, 0)
    assert found.p_value == pytest.approx(0.5**8)
    assert not found.passed and found.loss == 0.08 and 0.08 < found.loss_bound < 0.16
    assert compare(AT_LEAST, base, now).passed  # the other way round is a gain


def test_direction_decides_which_change_is_worse():
    found = compare(AT_MOST, _outcomes([1] * 9 + [0] * 91), _outcomes([0] * 100))
    assert found.worse == 9 and not found.passed


def test_equal_outcomes_lose_nothing():
    found = compare(AT_LEAST, _outcomes([1, 0, 1]), _outcomes([1, 0, 1]))
    assert (found.loss, found.p_value, found.passed) == (0.0, 1.0, True)


def test_no_gates_is_a_mistake():
    with pytest.raises(InputError, match="no gate"):
        evaluate([], {})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"direction": "below"}, "direction"),
        ({"stage": "later"}, "stage"),
        ({"threshold": math.nan}, "threshold"),
        ({"threshold": 2.0}, "threshold"),
    ],
)
def test_a_gate_that_cannot_be_judged_is_refused(change, says):
    with pytest.raises(InputError, match=says):
        Gate(**{"name": "g", "stage": "post", "direction": "at_most", "threshold": 0.5, "low": 0, "high": 1, **change})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", r"no \[\[gate\]\]"),
        ("[[gate]]\nname = 'a'\nstage = 'post'\nthreshold = 1", "direction is missing"),
        ("[[gate]]\nname = 'a'\nstage = 'post'\nthreshold = 1\ndirection='at_most'\nlimit=2", "unknown key 'limit'"),
        ("[[gate]]\nname = 'a'\nstage = 'post'\nthreshold = true\ndirection='at_most'", "wrong type"),
        ("[[gate]]\nname = 'a'\nstage = 'post'\nthreshold = 1\ndirection='at_most'\n" * 2, "twice"),
        ("gates = 3", "unknown key"),
        ("[[gate", "not valid TOML"),
        ("confidence = 'high'\n[[gate]]\nname = 'a'\nstage = 'post'\nthreshold = 1\ndirection='at_most'", "number"),
    ],
)
def test_a_bad_gate_file_is_told_in_one_sentence(tmp_path, text, says):
    path = tmp_path / "gates.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=says) as caught:
        load_gates(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "empty"),
        (b"[1]", "must hold an object"),
        (b'{"a": 1, "a": 0}', "twice"),
        (b'{"a": true}', "must be a number"),
        (b'{"a": "0.9"}', "must be a number"),
        (b'{"a": {"k": 3, "n": 2}}', "0 <= k <= n"),
        (b'{"a": {"k": 0, "n": 0}}', "n > 0"),
        (b'{"a": {"k": 1.0, "n": 2}}', "whole"),
        (b'{"a": {"rate": 1}}', "unknown key"),
        (b'{"a": {"outcomes": {"p": 2}}}', "0 or 1"),
        (b'{"a": {"outcomes": {}}}', "outcomes"),
        (b'{"a": \xff}', "UTF-8"),
        (b'{"a": ' + b"[" * 100_000, "nested|JSON"),
        (b'{"a": 1e999' + b"9" * 5, "JSON"),
        (b'{"a": ' + b"9" * 400 + b"}", "too large"),
        (b"PK\x03\x04 no archive", "cannot be read"),
        (b'{"results": {"t": 3}, "configs": 1, "versions": 1}', "not an object"),
        (b'{"eval": {}, "version": 2, "status": "success", "results": {"scores": "abc"}}', "not have its form"),
        (b'{"eval": {}, "version": 2, "status": "success", "results": {"scores": [{"metrics": [1]}]}}', "its form"),
    ],
)
def test_hostile_measurements_are_told_in_one_sentence(tmp_path, text, says):
    path = tmp_path / "m.json"
    path.write_bytes(text)
    with pytest.raises(InputError, match=says) as caught:
        load_measurements([path])
    assert "\n" not in str(caught.value)


def test_nan_in_json_is_a_failed_gate_not_a_crash(tmp_path):
    path = tmp_path / "m.json"
    path.write_text('{"safe": NaN, "harmful": Infinity}')
    report = evaluate([AT_LEAST, AT_MOST], load_measurements([path]))
    assert report.failures == ("safe", "harmful")


def test_two_files_may_not_give_the_same_measurement(tmp_path):
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text('{"safe": 1}')
    with pytest.raises(InputError, match="already"):
        load_measurements([tmp_path / "a.json", tmp_path / "b.json"])


def run(*arguments):
    return CliRunner().invoke(command, [str(a) for a in arguments])


def test_the_command_exits_0_or_1(tmp_path):
    path = tmp_path / "m.json"
    path.write_text(json.dumps(COUNTED))
    assert run(path).exit_code == 0
    path.write_text(json.dumps({**COUNTED, "memorization_test": 0.5}))
    assert run(path).exit_code == 0
    assert run(path, "--strict").exit_code == 1
    path.write_text(json.dumps({**COUNTED, "full_safety_benchmark": 0.5}))
    result = run(path)
    assert result.exit_code == 1 and "FAIL  full_safety_benchmark" in result.stdout
    report = json.loads(run(path, "--json").stdout)
    assert report["failures"] == ["full_safety_benchmark"] and not report["passed"]


def test_the_command_compares_with_a_baseline(tmp_path):
    gates = tmp_path / "g.toml"
    gates.write_text('[[gate]]\nname="safe"\nstage="post"\ndirection="at_least"\nthreshold=0.5\n')
    for name, bits in (("now", [0] * 20 + [1] * 80), ("base", [1] * 100)):
        outcomes = {f"p{i}": bit for i, bit in enumerate(bits)}
        (tmp_path / f"{name}.json").write_text(json.dumps({"safe": {"outcomes": outcomes}}))
    alone = run(tmp_path / "now.json", "--gates", gates)
    paired = run(tmp_path / "now.json", "--gates", gates, "--baseline", tmp_path / "base.json")
    assert (alone.exit_code, paired.exit_code) == (0, 1)
    assert "20 of 100 prompts worse" in paired.stdout
    gates.write_text(gates.read_text() + gates.read_text().replace('"safe"', '"other"'))
    assert (
        "other                      not compared"
        in run(tmp_path / "now.json", "--gates", gates, "--baseline", tmp_path / "base.json").stdout
    )


def test_the_command_plans():
    result = run("plan", "--detect", "0.05", "--power", "0.9")
    assert result.exit_code == 0 and "45 prompts" in result.stdout
