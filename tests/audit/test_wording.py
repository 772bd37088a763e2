"""What the report says of a finding is true of it: counts, advice and places."""

from __future__ import annotations

import json

from click.testing import CliRunner

from ftsec.audit.write_plain import as_text, in_short
from ftsec.cli.audit import audit as command
from tests.audit.runs import answered

CHAT = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "For internal use only."}]}
TERM = {"prompt": "a", "completion": "For internal use only."}


def test_the_rest_of_many_rows_follows_them_and_is_no_reason_of_its_own(copied):
    (copied / "run/data/train.jsonl").write_text("".join(json.dumps(TERM) + "\n" for _ in range(40)))
    found = answered(copied)
    assert [one.what for one in found.of("stop")][5:] == ["and 35 rows more"]
    assert in_short(found).startswith("5 reasons to stop")


def test_a_count_of_zero_open_points_is_left_out(copied):
    data = copied / "run/data/train.jsonl"
    data.write_text("".join([*data.read_text().splitlines(keepends=True)[1:], json.dumps(CHAT) + "\n"]))
    assert in_short(answered(copied)) == "1 reason to stop."


def test_one_measurement_under_two_names_is_one_instrument(copied):
    rules = copied / "policy.toml"
    rules.write_text(rules.read_text().replace("safety/second_reader/mean", "safety/whole_answer_judge/mean"))
    found = next(one for one in answered(copied).of("unknown") if one.rule == "instruments")
    assert found.what.startswith("1 of 2 instruments") and (found.k, found.n) == (1, 2)


def test_more_rows_than_the_policy_names_are_not_called_a_part_of_them(copied):
    rules = copied / "policy.toml"
    rules.write_text(rules.read_text().replace("canary_rows = 96", "canary_rows = 10"))
    found = next(one for one in answered(copied).of("unknown") if one.rule == "canary-rows")
    assert found.what == "10 rows of scores are expected, here are 96"


def test_where_no_answer_failed_nobody_is_sent_to_look_at_failed_answers(copied):
    (copied / "run/eval/safety.json").unlink()
    text = as_text(answered(copied))
    assert "judge: not measured" in text and "answers that failed" not in text
    assert "prompts that turned bad" not in text


def test_bound_and_allowed_loss_are_told_apart(whole_run):
    told = [one.what for one in answered(whole_run).of("fine") if one.rule == "non-inferiority"]
    assert len(told) == 4 and all("accepted are 0.05" in what for what in told)


def test_a_bad_row_is_named_once_with_its_line(tmp_path):
    bad = tmp_path / "bad.jsonl"
    bad.write_text(json.dumps(TERM) + "\n{\n")
    ended = CliRunner().invoke(command, ["files", str(bad)])
    assert ended.exit_code == 3
    assert ended.output.startswith(f"{bad}:2: ") and ", line" not in ended.output
