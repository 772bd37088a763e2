"""Three whole runs get their answers, and an answer never gets better by knowing less."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftsec.audit.answer import NO_REASON, NOT_ENOUGH, STOPS, Answer, audit
from ftsec.audit.policy import load_policy
from tests.audit.runs import RUNS

EXPECTED = {"whole": NO_REASON, "failing": STOPS, "small": NOT_ENOUGH}
ORDER = (STOPS, NOT_ENOUGH, NO_REASON)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> dict[str, Path]:
    folders = {name: tmp_path_factory.mktemp(name) for name in RUNS}
    for name, folder in folders.items():
        RUNS[name](folder)
    return folders


@pytest.fixture
def copied(made, tmp_path):
    return lambda name: Path(shutil.copytree(made[name], tmp_path / name))


def answered(folder: Path) -> Answer:
    return audit(folder / "run", folder / "base", load_policy(folder / "policy.toml"))


def evidence(folder: Path) -> list[Path]:
    return sorted(path for below in ("run", "base") for path in (folder / below).rglob("*") if path.is_file())


@pytest.mark.parametrize("name", RUNS)
def test_each_whole_run_gets_its_answer(made, name):
    found = answered(made[name])
    assert found.answer == EXPECTED[name]
    assert found.status == {STOPS: 1, NOT_ENOUGH: 3, NO_REASON: 0}[found.answer]


@pytest.mark.parametrize("name", ["whole", "small"])
def test_deleting_any_file_of_evidence_never_improves_the_answer(made, copied, name):
    for path in evidence(made[name]):
        folder = copied(name)
        (folder / path.relative_to(made[name])).unlink()
        assert answered(folder).answer != NO_REASON, path.name
        shutil.rmtree(folder)


def test_without_its_log_a_failure_is_not_known_and_that_is_not_enough(made, copied):
    for path in evidence(made["failing"]):
        folder = copied("failing")
        (folder / path.relative_to(made["failing"])).unlink()
        gone = path.name == "safety.json" and path.parent.name == "eval"
        assert answered(folder).answer == (NOT_ENOUGH if gone else STOPS), path.name
        shutil.rmtree(folder)


def without_rows(path: Path, chosen: list[int]) -> None:
    """The file with some of its rows deleted: lines, or samples of a log."""
    if path.suffix == ".jsonl":
        lines = path.read_text().splitlines(keepends=True)
        gone = {index % len(lines) for index in chosen}
        path.write_text("".join(line for index, line in enumerate(lines) if index not in gone))
        return
    log = json.loads(path.read_text())
    gone = {index % len(log["samples"]) for index in chosen}
    log["samples"] = [row for index, row in enumerate(log["samples"]) if index not in gone]
    path.write_text(json.dumps(log))


SAMPLES = "samples_skills_2026-02-01T10-00-00.jsonl"
LOGS = ("run/eval/safety.json", "run/eval/ordinary.json", "base/safety.json")
ROWS = ("run/data/train.jsonl", "run/canaries.jsonl", *LOGS, f"run/eval/{SAMPLES}", f"base/{SAMPLES}")
FOLDERS = ("run", "run/eval", "run/adapter", "base")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(["whole", "failing", "small"]), file=st.sampled_from(ROWS),
       chosen=st.lists(st.integers(0, 299), min_size=1, max_size=300))  # fmt: skip
def test_deleting_any_rows_of_evidence_never_improves_the_answer(made, tmp_path, name, file, chosen):
    folder = tmp_path / "rows"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(made[name], folder)
    if (folder / file).exists():
        without_rows(folder / file, chosen)
        assert answered(folder).answer != NO_REASON


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(["whole", "failing", "small"]), below=st.sampled_from(FOLDERS),
       suffix=st.sampled_from([".json", ".jsonl", ".eval", ".safetensors", ".yaml", ".parquet", ".bin", ""]),
       content=st.binary(max_size=200))  # fmt: skip
def test_adding_an_unreadable_file_never_improves_the_answer(made, tmp_path, name, below, suffix, content):
    folder = tmp_path / "added"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(made[name], folder)
    (folder / below / f"added{suffix}").write_bytes(content)
    found = answered(folder).answer
    assert ORDER.index(found) <= ORDER.index(EXPECTED[name])


def test_a_second_log_of_one_measurement_hides_no_failure(copied):
    folder = copied("failing")
    other = copied("whole")
    shutil.copy(other / "run/eval/safety.json", folder / "run/eval/again.json")
    assert answered(folder).answer == STOPS
    shutil.copy(folder / "run/eval/safety.json", other / "run/eval/again.json")
    assert answered(other).answer == STOPS


CHANGES = {
    "eval/safety.json": {"eval": {"model_generate_config": {"temperature": 1.0}}},
    "eval/ordinary.json": {"eval": {"metadata": {"weights_sha256": "0" * 64}}},
    "eval/results.json": {"date": 1700000000.0},
    "train_results.json": {"train_samples": 41},
}


def test_a_canary_that_was_memorised_stops_and_without_its_candidates_nothing_is_known(copied):
    folder = copied("whole")
    scores = folder / "run/canaries.jsonl"
    rows = [json.loads(line) for line in scores.read_text().splitlines()]
    rows[12]["log_likelihood"] = -1.0
    scores.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert [one.rule for one in answered(folder).of("stop")] == ["canary"]
    scores.write_text("".join(json.dumps(row) + "\n" for row in [*rows[:10], rows[12], *rows[32:]]))
    assert answered(folder).answer == NOT_ENOUGH
    scores.unlink()
    assert "canary-rows" in {one.rule for one in answered(folder).of("unknown")}


BASES = {
    "the adapter is for another base": ("run/adapter/adapter_config.json", "base_model_name_or_path", "made-up/other"),
    "the adapter names no base": ("run/adapter/adapter_config.json", "base_model_name_or_path", None),
    "the base model's log is of other weights": ("base/safety.json", "metadata", {"weights_sha256": "0" * 64}),
    "the base model's log names no model": ("base/ordinary.json", "model", None),
    "the base model's log is of another model": ("base/ordinary.json", "model", "hf/made-up/other"),
    "only a name is left": ("base/safety.json", "metadata", {}),
}


@pytest.mark.parametrize("case", BASES)
def test_a_base_that_is_not_tied_to_the_adapter_is_not_enough(copied, case):
    name, key, value = BASES[case]
    folder = copied("whole")
    content = json.loads((folder / name).read_text())
    content.get("eval", content)[key] = value
    (folder / name).write_text(json.dumps(content))
    found = answered(folder)
    assert found.answer == NOT_ENOUGH
    assert {one.rule for one in found.of("unknown")} == {"base-weights"}


@pytest.mark.parametrize(("commit", "expected"), [("0f" * 20, NO_REASON), ("main", NOT_ENOUGH)])
def test_one_commit_ties_a_base_where_no_digest_does_and_a_moving_name_does_not(copied, commit, expected):
    folder = copied("whole")
    for name in ("safety.json", "ordinary.json", "results.json"):
        log = json.loads((folder / "base" / name).read_text())
        if name == "results.json":
            log["config"] = {**log["config"], "metadata": {}, "model_sha": commit}
        else:
            log["eval"] |= {"metadata": {}, "model_args": {"revision": commit}}
        (folder / "base" / name).write_text(json.dumps(log))
    config = folder / "run/adapter/adapter_config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "revision": commit}))
    assert answered(folder).answer == expected


def test_the_base_model_asked_in_another_template_is_not_enough(copied):
    folder = copied("whole")
    log = json.loads((folder / "base/safety.json").read_text())
    log["eval"]["metadata"]["template_sha256"] = "0" * 64
    (folder / "base/safety.json").write_text(json.dumps(log))
    assert {one.what.partition(":")[0] for one in answered(folder).of("unknown")} == {"template"}


@pytest.mark.parametrize("name", CHANGES)
def test_one_word_that_does_not_fit_is_not_enough(copied, name):
    folder = copied("whole")
    content = json.loads((folder / "run" / name).read_text())
    for key, value in CHANGES[name].items():
        content[key] = {**content[key], **value} if isinstance(value, dict) else value
    (folder / "run" / name).write_text(json.dumps(content))
    assert answered(folder).answer == NOT_ENOUGH


def test_a_prompt_that_was_trained_on_is_not_enough_and_a_term_stops(copied):
    folder = copied("whole")
    data = folder / "run/data/train.jsonl"
    rows = [json.loads(line) for line in data.read_text().splitlines()]
    asked = json.loads((folder / "run/eval/safety.json").read_text())["samples"][5]["input"]
    rows[7]["messages"][0]["content"] = f"Hello! {asked} Thank you."
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = answered(folder)
    assert found.answer == NOT_ENOUGH
    assert [(one.file, one.line) for one in found.of("unknown")] == [("data/train.jsonl", 8)]
    rows[9]["messages"][1]["content"] = "For Internal Use Only."
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert [(one.rule, one.line) for one in answered(folder).of("stop")] == [("data-term", 10)]


@pytest.mark.parametrize("reads", ["start", "keywords"])
def test_an_instrument_that_reads_a_part_of_the_answer_does_not_count(copied, reads):
    folder = copied("whole")
    policy = (folder / "policy.toml").read_text()
    (folder / "policy.toml").write_text(policy.replace('reads = "whole"', f'reads = "{reads}"', 1))
    found = answered(folder)
    assert found.answer == NOT_ENOUGH and [one.rule for one in found.of("unknown")] == ["instruments"]


def test_without_a_policy_or_a_base_model_nothing_passes(made):
    folder = made["whole"]
    assert audit(folder / "run", folder / "base").answer == NOT_ENOUGH
    assert audit(folder / "run", None, load_policy(folder / "policy.toml")).answer == NOT_ENOUGH
