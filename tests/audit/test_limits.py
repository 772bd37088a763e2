"""A limit that nothing could break is refused: in a policy, in a file of gates, and on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from ftsec.audit.policy import load_policy
from ftsec.base.errors import InputError
from ftsec.cli import cli
from ftsec.defenses.gate_files import load_gates
from ftsec.defenses.gates import Gate, judge
from ftsec.defenses.measured import Measurement
from tests.audit.runs import policy

CHANGES = {
    "canaries_at_most = 4.5": [("canaries_at_most = nan", "finite"), ("canaries_at_most = -1", "0 or more"),
                               ("canaries_at_most = inf", "finite")],
    "threshold = 0.03": [("threshold = 1.0", "cannot fail"), ("threshold = nan", "must be a number")],
    "threshold = 0.8": [("threshold = 0.0", "cannot fail")],
    "prompts = 300": [("prompts = 0", "prompts must be 1 or more"), ("prompts = -3", "prompts must be 1 or more")],
    "margin = 0.05": [("margin = 0.5", "margin must"), ("margin = nan", "margin must"), ("margin = -0.1", "margin m")],
    'version = "2"': [('version = "2"\nconfidence = nan', "confidence must")],
}  # fmt: skip
CASES = [(old, new, said) for old, changes in CHANGES.items() for new, said in changes]


@pytest.mark.parametrize(("old", "new", "said"), CASES)
def test_a_policy_with_a_number_that_decides_nothing_is_refused(tmp_path, old, new, said):
    (tmp_path / "p.toml").write_text(policy().replace(old, new, 1))
    with pytest.raises(InputError, match=said):
        load_policy(tmp_path / "p.toml")


def gates(folder: Path, **changed: object) -> Path:
    entry = {"direction": '"at_most"', "threshold": 0.1, "range": [0, 1], **changed}
    lines = ["[[gate]]", 'name = "a"', 'stage = "post"', *(f"{key} = {value}" for key, value in entry.items())]
    (folder / "gates.toml").write_text("\n".join(lines))
    return folder / "gates.toml"


@pytest.mark.parametrize("changed", [
    {"threshold": 1.0}, {"direction": '"at_least"', "threshold": 0.0}, {"range": [0, 5], "threshold": 5},
    {"range": "[0, inf]", "counts": "true", "threshold": 1.0}, {"prompts": 0}, {"prompts": -1},
])  # fmt: skip
def test_a_gate_that_cannot_fail_is_refused(tmp_path, changed):
    with pytest.raises(InputError, match=r"cannot fail|prompts must be 1 or more"):
        load_gates(gates(tmp_path, **changed))


def test_a_share_does_not_pass_a_gate_without_a_range_that_no_share_could_fail():
    gate = Gate("a", "post", "at_most", 1.0)
    found = judge(gate, Measurement(1.0, 300, 300))
    assert not found.passed and found.undecided and "no share could fail" in found.reason
    assert judge(gate, Measurement(0.4)).passed  # a loss of 0.4 could have been one of 1.4


@pytest.mark.parametrize("limit", ["nan", "inf", "-1"])
def test_a_limit_of_bits_that_nothing_exceeds_is_wrong_usage(tmp_path, limit):
    scored = tmp_path / "scored.jsonl"
    scored.write_text('{"canary": "a", "inserted": true, "log_likelihood": -1}\n'
                      '{"canary": "a", "inserted": false, "log_likelihood": -2}\n')  # fmt: skip
    ended = CliRunner().invoke(cli, ["canaries", "score", str(scored), "--at-most", limit])
    assert ended.exit_code == 2 or isinstance(ended.exception, InputError)
