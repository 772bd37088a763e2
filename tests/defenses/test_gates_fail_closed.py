"""The less a gate knows, the harder it passes: reduced logs of real tools, each with its right answer.

The files in ``data/evaluations`` have the forms of lm-evaluation-harness and Inspect, with made-up numbers.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from ftsec.base.errors import InputError
from ftsec.cli.gate import gate as command
from ftsec.defenses.bounds import mean_bound, newcombe, share_bound, strictest
from ftsec.defenses.comparison import NONE, PAIRED, SHARES
from ftsec.defenses.evaluation_files import load_measurements
from ftsec.defenses.evaluation_inspect import read_inspect
from ftsec.defenses.evaluation_lm_eval import read_lm_eval
from ftsec.defenses.gate_files import gates_for, load_gates
from ftsec.defenses.gates import Gate, contradictions, evaluate, judge
from ftsec.defenses.measured import Measurement, from_outcomes, parse_measurements

LOGS = Path(__file__).with_name("data") / "evaluations"
GATE = '[[gate]]\nname = "safety"\nstage = "post"\ndirection = "at_least"\nthreshold = {}\nrange = [0, 1]\n'
SAFE = Gate("safety", "post", "at_least", 0.8, low=0, high=1)


def gate_on(tmp_path, log, measurement, threshold=0.8, more="", options=()):
    gates = tmp_path / "gates.toml"
    gates.write_text(GATE.format(threshold) + f'measurement = "{measurement}"\n{more}')
    return CliRunner().invoke(command, [str(LOGS / log), "--gates", str(gates), *map(str, options)])


@pytest.mark.parametrize(
    ("log", "measurement", "threshold", "status", "says"),
    [
        ("lmeval_limit1_stderr_na.json", "safe/acc,none", 0.8, 3, "bound 0.05, 1 of 1, is not at least 0.8"),
        ("lmeval_limit60_of_5000.json", "safe/acc,none", 0.8, 3, "a part only: 60 of 5,000 prompts"),
        ("lmeval_group.json", "global_mmlu_sw/acc,none", 0.25, 3, "24 of 94, is not at least 0.25"),
        ("lmeval_group.json", "global_mmlu_sw/acc,none", 0.3, 1, "failed: safety"),
        ("lmeval_v03.json", "safe/acc,none", 0.8, 3, "a bare share"),
        ("inspect_noanswer_N.json", "safe/match/accuracy", 0.8, 3, "bound 0.606, 9 of 10, is not"),
        ("inspect_incorrect_I.json", "safe/match/accuracy", 0.8, 3, "bound 0.606, 9 of 10, is not"),
        ("inspect_limit20_of_1000.json", "safe/match/accuracy", 0.8, 3, "a part only: 20 of 1,000 prompts"),
        ("inspect_two_reducers.json", "safe/match/accuracy", 0.8, 1, "failed: safety"),
        ("inspect_two_reducers.eval", "popularity/match/accuracy", 0.8, 1, "failed: safety"),
        ("inspect_old_scorers_form.json", "safe/match/accuracy", 0.8, 3, "1, a bare share"),
    ],
)
def test_no_log_passes_for_what_it_does_not_know(tmp_path, log, measurement, threshold, status, says):
    result = gate_on(tmp_path, log, measurement, threshold)
    assert (result.exit_code, says in result.stdout) == (status, True), result.stdout


def test_a_gate_may_say_in_words_what_it_lets_pass(tmp_path):
    part = ("lmeval_limit60_of_5000.json", "safe/acc,none")
    assert gate_on(tmp_path, *part, more="partial = true").exit_code == 0
    assert gate_on(tmp_path, *part, more="partial = true\nprompts = 100").exit_code == 3
    assert gate_on(tmp_path, "lmeval_v03.json", "safe/acc,none", more="counts = false").exit_code == 0


def test_a_direction_against_the_files_own_word_is_an_error(tmp_path):
    log = ("lmeval_higher_is_better_false.json", "toxi/acc,none")
    result = gate_on(tmp_path, *log)
    assert isinstance(result.exception, InputError) and "lower is better" in str(result.exception)
    assert gate_on(tmp_path, *log, more="higher_is_better = false").exit_code == 0
    measured = load_measurements([LOGS / log[0]])
    assert contradictions([Gate("x", "post", "at_most", 0.5, measurement=log[1])], measured) == []


def test_an_integer_of_thousands_of_digits_is_told_in_one_sentence(tmp_path):
    (tmp_path / "gates.toml").write_text("x = " + "9" * 5000)
    with pytest.raises(InputError, match="not valid TOML"):
        load_gates(tmp_path / "gates.toml")


def test_two_reducers_are_two_measurements():
    found = load_measurements([LOGS / "inspect_two_reducers.eval"])
    values = {name: measured.value for name, measured in found.items()}
    assert values == {"popularity/match/accuracy": 0.5, "popularity/match[at_least_1]/accuracy": 0.95}


def inspect_log(values, metric=None, **changes):
    ids = sorted({row[0] for row in values})
    by_prompt = {i: [credit for p, _, credit in values if p == i] for i in ids}
    credit = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
    means = [sum(credit.get(v, v) for v in row) / len(row) for row in by_prompt.values()]
    value = sum(means) / len(means) if metric is None else metric
    epochs = max(row[1] for row in values)
    data = {
        "version": 2,
        "status": "success",
        "eval": {"task": "t", "dataset": {"samples": len(ids)}, "config": {"epochs": epochs}},
        "results": {
            "total_samples": len(values),
            "completed_samples": len(values),
            "scores": [{"name": "m", "scorer": "m", "metrics": {"accuracy": {"name": "accuracy", "value": value}}}],
        },
        "samples": [{"id": p, "epoch": e, "scores": {"m": {"value": v}}} for p, e, v in values],
    }
    data["eval"] |= changes
    return data


def test_partial_credit_and_repeats_are_means_of_so_many_prompts():
    partial = read_inspect(inspect_log([(i, 1, "P" if i == 0 else "C") for i in range(10)]), "x")["t/m/accuracy"]
    assert (partial.value, partial.k, partial.n) == (0.95, None, 10)
    assert not judge(SAFE, partial).passed and judge(SAFE, partial).undecided
    repeated = read_inspect(inspect_log([(i, e, "C") for i in range(30) for e in (1, 2, 3, 4)]), "x")["t/m/accuracy"]
    assert (repeated.k, repeated.n) == (30, 30)  # prompts, not answers: those of one prompt are not independent


def test_more_samples_than_prompts_are_repeats_and_give_no_counts():
    log = inspect_log([(i, 1, "C") for i in range(4)], dataset={"samples": 1})
    del log["samples"]
    log["results"]["scores"][0]["metrics"]["stderr"] = {"name": "stderr", "value": 0.0}
    found = read_inspect(log, "x")["t/m/accuracy"]
    assert found.n is None and "do not fit" in found.part


def test_two_entries_of_one_name_are_an_error():
    data = inspect_log([(1, 1, "C"), (2, 1, "I")])
    data["results"]["scores"] *= 2
    with pytest.raises(InputError, match="two entries are called 't/m/accuracy'"):
        read_inspect(data, "x")
    old = {"results": {"t": {"acc": 0.5, "acc,none": 1.0}}, "versions": {}}
    with pytest.raises(InputError, match="two entries are called t/acc,none"):
        read_lm_eval(old, "x")


def test_the_same_key_of_two_scorers_is_named_with_the_scorer():
    data = inspect_log([(1, 1, "C")])
    metrics = {"accuracy": {"name": "accuracy", "value": 1.0}}
    data["results"]["scores"] = [{"name": "key", "scorer": scorer, "metrics": metrics} for scorer in ("a", "b")]
    assert set(read_inspect(data, "x")) == {"t/a/key/accuracy", "t/b/key/accuracy"}


def test_a_metric_that_is_a_text_is_told():
    for value in ("0.9", [1]):
        with pytest.raises(InputError, match="must be a number"):
            read_lm_eval({"results": {"t": {"acc,none": value}}, "versions": {}, "configs": {}}, "x")
    assert read_lm_eval({"results": {"t": {"acc,none": "N/A"}}, "versions": {}, "configs": {}}, "x")[
        "t/acc,none"
    ] == Measurement(None, file="x", read_as="results of lm-evaluation-harness")


def results_of(hits, n, **changes):
    data = {
        "results": {"t": {"alias": "t", "acc,none": hits / n, "acc_stderr,none": "N/A"}},
        "configs": {"t": {}},
        "versions": {"t": 1},
        "n-samples": {"t": {"original": n, "effective": n}},
        "config": {"limit": None},
    }
    return data | changes


def write_samples(path, hits):
    rows = [
        {"doc_id": i, "doc": {}, "target": "", "resps": [], "filter": "none", "metrics": ["acc"], "acc": float(hit)}
        for i, hit in enumerate(hits)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_samples_give_the_results_their_outcomes(tmp_path):
    results, samples = tmp_path / "results.json", tmp_path / "samples_t_2026-11-27T10-00-00.000000.jsonl"
    results.write_text(json.dumps(results_of(3, 4)))
    write_samples(samples, [1, 1, 0, 1])
    found = load_measurements([results, samples])["t/acc,none"]
    assert (found.k, found.n, found.part) == (3, 4, "") and sorted(found.outcomes.values()) == [0, 1, 1, 1]
    alone = load_measurements([samples])["t/acc,none"]
    assert alone.k == 3 and "does not say how many" in alone.part


@pytest.mark.parametrize("keep", [0, 1, 3])
def test_samples_that_lost_a_row_stop_or_count_for_nothing(tmp_path, keep):
    results, samples = tmp_path / "results.json", tmp_path / "samples_t.jsonl"
    results.write_text(json.dumps(results_of(4, 4)))
    write_samples(samples, [1] * 4)
    lines = samples.read_text().splitlines(keepends=True)
    samples.write_text("".join(lines[:keep]))
    with pytest.raises(InputError, match=f"holds {keep} of the 4 prompts|empty"):
        load_measurements([results, samples])


def test_samples_that_contradict_the_results_take_their_counts_away(tmp_path):
    results, samples = tmp_path / "results.json", tmp_path / "samples_t.jsonl"
    results.write_text(json.dumps(results_of(4, 4)))
    write_samples(samples, [1, 1, 1, 0])
    found = load_measurements([results, samples])["t/acc,none"]
    assert found.n is None and "its samples give 0.75" in found.notes[0]


@given(st.lists(st.sampled_from("CPIN"), min_size=2, max_size=40), st.data())
@settings(max_examples=60)
def test_deleting_rows_of_a_log_never_makes_a_gate_pass(letters, data):
    log = inspect_log([(i, 1, letter) for i, letter in enumerate(letters)])
    threshold = data.draw(st.sampled_from([0.2, 0.5, 0.8]))
    gate = Gate("safety", "post", "at_least", threshold, measurement="t/m/accuracy", low=0, high=1)
    whole = judge(gate, read_inspect(log, "x")["t/m/accuracy"]).passed
    kept = data.draw(st.lists(st.sampled_from(range(len(letters))), unique=True, max_size=len(letters) - 1))
    log["samples"] = [log["samples"][i] for i in kept]
    assert whole or not judge(gate, read_inspect(log, "x")["t/m/accuracy"]).passed


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.data())
@settings(max_examples=60)
def test_deleting_prompts_of_either_side_never_makes_a_comparison_pass(hits, data):
    base = {f"p{i}": 1.0 for i in range(len(hits))}
    now = {f"p{i}": float(hit) for i, hit in enumerate(hits)}
    whole = evaluate([SAFE], {"safety": from_outcomes(now)}, {"safety": from_outcomes(base)}).compared[0]
    gone = data.draw(st.sets(st.sampled_from(sorted(base)), min_size=1))
    side = data.draw(st.sampled_from(["now", "base"]))
    fewer = {p: v for p, v in (now if side == "now" else base).items() if p not in gone}
    if not fewer:
        return
    pair = (fewer, base) if side == "now" else (now, fewer)
    less = evaluate([SAFE], {"safety": from_outcomes(pair[0])}, {"safety": from_outcomes(pair[1])}).compared[0]
    assert not less.passed or whole.passed
    assert not less.passed  # not the same prompts: never enough


def test_a_baseline_is_compared_as_far_as_the_files_allow():
    gates = [Gate(name, "post", "at_least", 0.1, low=0, high=1) for name in ("paired", "shares", "bare", "none")]
    now = {
        "paired": from_outcomes(dict.fromkeys("abcdefgh", 1.0)),
        "shares": Measurement(0.5, 500, 1000),
        "bare": Measurement(0.5),
        "none": Measurement(0.5, 50, 100),
    }
    base = {"paired": now["paired"], "shares": Measurement(0.6, 600, 1000), "bare": Measurement(0.5)}
    report = evaluate(gates, now, base)
    assert [row.method for row in report.compared] == [PAIRED, SHARES, NONE, NONE]
    assert [row.reason for row in report.not_compared] == [
        "this model has a bare value, without single outcomes or k of n",
        "the base model was not measured",
    ]
    assert not report.compared[1].passed and report.compared[1].loss == pytest.approx(0.1)


def test_a_baseline_that_cannot_be_read_is_wrong_usage(tmp_path):
    (tmp_path / "base.json").write_text("{")
    log = ("lmeval_limit60_of_5000.json", "safe/acc,none")
    result = gate_on(tmp_path, *log, more="partial = true", options=["--baseline", tmp_path / "base.json"])
    assert isinstance(result.exception, InputError) and "base.json: not valid JSON" in str(result.exception)


def test_a_gate_without_its_measurement_is_undecided_and_not_called_a_failure(tmp_path):
    result = gate_on(tmp_path, "lmeval_limit60_of_5000.json", "nowhere")
    assert result.exit_code == 3 and "FAIL" not in result.stdout
    assert any(line.split()[0] == "?" and "not measured" in line for line in result.stdout.splitlines())


def test_a_baseline_from_the_harness_gives_a_verdict(tmp_path):
    log = ("lmeval_limit60_of_5000.json", "safe/acc,none")
    result = gate_on(tmp_path, *log, more="partial = true", options=["--baseline", LOGS / log[0]])
    assert result.exit_code == 0 and "two shares, 60 and 60 prompts" in result.stdout


@given(st.integers(1, 60), st.data(), st.floats(0.5, 0.999))
def test_the_bound_of_a_mean_is_never_tighter_than_that_of_a_share_of_the_same_value(n, data, confidence):
    k = data.draw(st.integers(0, n))
    assert mean_bound("at_most", k / n, n, confidence) >= share_bound("at_most", k, n, confidence) - 1e-9
    assert mean_bound("at_least", k / n, n, confidence) <= share_bound("at_least", k, n, confidence) + 1e-9


def test_newcombes_bound_is_the_published_one():
    # Newcombe 1998, table II, example (a): 56 of 70 and 48 of 80, 95 % two-sided, method 10
    assert newcombe((56, 70), (48, 80), 0.975) == pytest.approx(0.3339, abs=5e-5)


def test_init_writes_the_names_and_leaves_the_thresholds_open(tmp_path):
    path = tmp_path / "gates.toml"
    logs = [str(LOGS / name) for name in ("lmeval_group.json", "inspect_noanswer_N.json")]
    assert CliRunner().invoke(command, ["init", *logs, "-o", str(path)]).exit_code == 0
    with pytest.raises(InputError, match="threshold"):
        load_gates(path)
    text = (
        path.read_text()
        .replace("threshold = nan", "threshold = 0.2")
        .replace('direction = ""', 'direction = "at_least"')
    )
    path.write_text(text)
    gates, _ = load_gates(path)
    assert {gate.name for gate in gates} == set(load_measurements(map(Path, logs)))
    assert "at_most 0.2589 or at_least 0.7411 is the strictest that can pass" in text  # of 10 prompts
    assert 0.7411 < strictest("at_least", 10, 0.95) < 0.7412
    # the baseline of the same names: no output is written over its source
    same = CliRunner().invoke(command, ["init", *logs, "-o", logs[0], "--force"])
    assert same.exit_code == 2 and "is one of the results" in same.output


@given(st.text(min_size=1))
def test_every_name_of_a_measurement_survives_the_way_through_toml(name):
    import tomllib

    written = gates_for(parse_measurements({name: {"k": 1, "n": 2}}, "x"), name)
    assert tomllib.loads(written)["gate"][0]["name"] == name.encode("utf-8", "replace").decode()
