"""A frame's fingerprint of code covers what its experiment imports, and notices what can change numbers."""

import json

import pandas as pd
import pytest
from click.testing import CliRunner

from ftsec.base import code
from ftsec.cli.testbed import testbed as command
from ftsec.testbed import checks, frames
from ftsec.testbed.experiments import experiments


def test_comments_do_not_count_as_code(tmp_path):
    one, two, three = (tmp_path / f"{i}.py" for i in range(3))
    one.write_text('"""Text."""\nx = 1  # comment\n')
    two.write_text('"""Other text."""\n\n\nx = 1\n')
    three.write_text('"""Text."""\nx = 2\n')
    assert code.code_of(one) == code.code_of(two) != code.code_of(three)


@pytest.mark.parametrize("line", ["x = None", "x = []", "x = 0", "x = ''", "x = {}", "def f(): return", "x: int = 1"])
def test_every_line_has_code_of_its_own(tmp_path, line):
    for name, text in (("one", line), ("two", "x = 1")):
        (tmp_path / f"{name}.py").write_text(text)
    assert code.code_of(tmp_path / "one.py") != code.code_of(tmp_path / "two.py")


def test_helpers_count_however_far_they_stand_behind_an_experiment():
    behind = {name: set(frames.modules(name)) for name in experiments()}
    assert {"exposure", "training.stream"} <= behind["canary_exposure"]
    assert {"poisoning", "training.preferences", "training.policy"} <= behind["preference_poisoning"]
    assert behind["dose_response_repeats"] == behind["dose_response"]
    assert not any("readings" in module for modules in behind.values() for module in modules)
    for name, modules in behind.items():
        assert {"world", "model", "measures", "training.loop", "experiments.common"} <= modules, name
    assert "exposure" not in behind["dose_response"]


def test_a_changed_helper_changes_the_digest_and_is_named():
    then = frames.modules("canary_exposure")
    now = then | {"exposure": "another"}
    assert code.changed(then, now) == ["exposure"] and code.changed(then, dict(then)) == []


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """The file of settings of a frame, to be rewritten at will."""
    monkeypatch.setattr(checks.bases, "DATA", tmp_path)

    def write(**fields):
        (tmp_path / "dose_response.json").write_text(json.dumps(fields))

    return write


def test_a_frame_is_current_older_or_agrees_in_a_slice(shipped):
    now = frames.modules("dose_response")
    shipped(modules=now)
    assert checks.check("dose_response").status == "current"
    shipped(modules=now | {"model": "another"})
    found = checks.check("dose_response")
    assert (found.status, found.changed) == ("older", ["model"])
    checks.note_slice("dose_response", 0.0004)
    assert checks.check("dose_response").status == "agrees"
    checks.note_slice("dose_response", 0.04)
    assert checks.check("dose_response").status == "older"


def test_a_frame_that_does_not_say_its_code_is_older_until_a_slice_agrees(shipped):
    shipped(rows=3)
    assert checks.check("dose_response").changed is None and checks.check("dose_response").status == "older"
    checks.note_slice("dose_response", 0.0)
    assert checks.check("dose_response").status == "agrees"
    shipped(again={"code": "of another day", "largest_difference": 0.0})
    assert checks.check("dose_response").status == "older", "a slice vouches for the code it was computed with alone"


def test_the_check_computes_a_slice_again_and_says_how_far_it_is(monkeypatch, tmp_path):
    for path in (frames.bases.DATA / name for name in ("dose_response.json", "dose_response.parquet")):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(frames.bases, "DATA", tmp_path)
    frame = frames.stored("dose_response", main=False)
    live = frame[frame.base == 200].assign(refusal_probability=lambda f: f.refusal_probability + 0.25)
    monkeypatch.setattr(checks, "compute_frame", lambda name, setting: live)
    monkeypatch.setattr(frames, "modules", lambda name: {"model": "of today"})
    monkeypatch.setattr(checks, "modules", lambda name: {"model": "of today"})
    run = ["check", "--only", "dose_response"]
    before = CliRunner().invoke(command, run)
    assert before.exit_code == 1 and "no slice was computed with this code" in before.output
    far = CliRunner().invoke(command, [*run, "--again", "--ship"])
    assert far.exit_code == 1 and "a slice differs by at most 0.25" in far.output
    live["refusal_probability"] -= 0.25
    near = CliRunner().invoke(command, [*run, "--again", "--ship"])
    assert near.exit_code == 0 and "a slice differs by at most 0.0000" in near.output
    assert CliRunner().invoke(command, run).exit_code == 0, "it was noted"


def test_slices_are_compared_row_by_row():
    frame = pd.DataFrame({"base": [1, 2], "learning_rate": [0.1, 0.2], "value": [0.5, float("nan")]})
    turned = frame.iloc[::-1]
    assert checks.largest_difference(frame, turned) == 0
    assert checks.largest_difference(frame.assign(value=[0.7, float("nan")]), turned) == pytest.approx(0.2)
    assert checks.largest_difference(frame.assign(value=0.5), turned) == float("inf")
    assert checks.largest_difference(frame[:1], turned) == float("inf")
    assert checks.largest_difference(frame.assign(learning_rate=0.3), turned) == float("inf")


def test_a_frame_that_is_kept_from_an_earlier_edition_says_so(shipped):
    shipped(modules={"world": "older"}, kept="from an earlier edition")
    found = checks.check("dose_response")
    assert found.status == "kept" and checks.sentence(found) == "dose_response: kept, from an earlier edition"
