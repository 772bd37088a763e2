import pandas as pd
import pytest
from click.testing import CliRunner

from ftsec.base.errors import InputError
from ftsec.cli.testbed import testbed as command
from ftsec.testbed import frames
from ftsec.testbed.experiments import Experiment, Setting

SETTINGS = (Setting(bases=tuple(range(7)), seeds=(0,), width=8), Setting(bases=(1, 2), seeds=(0,), width=8))


@pytest.fixture
def counting(monkeypatch, tmp_path):
    """An experiment that counts its calls, in a cache of its own."""
    calls = []

    def counted(setting: Setting) -> pd.DataFrame:
        calls.append(setting.bases)
        return pd.DataFrame({"base": list(setting.bases), "seed": 0, "step": 0, "value": 0.5})

    counted.__module__ = "ftsec.testbed.experiments.attacks.dose_response"
    found = {"counted": Experiment("counted", counted, "How often?", SETTINGS)}
    monkeypatch.setattr(frames, "experiment", found.__getitem__)
    monkeypatch.setattr(frames.bases, "has_base", lambda *a: True)
    monkeypatch.setenv("FTSEC_CACHE", str(tmp_path))
    return calls


def test_pieces_cover_every_setting_and_base_once(counting):
    found = [base for piece in frames.pieces("counted") for base in piece.setting.bases]
    assert found == [*range(7), 1, 2] and len(frames.pieces("counted")) == 3


def test_an_interrupted_report_goes_on_where_it_stopped(counting):
    todo = frames.pieces("counted")
    frames.compute(todo[0])
    list(frames.compute_all(todo))
    assert counting == [tuple(range(5)), (5, 6), (1, 2)]
    assert frames.compute(todo[1]) == 0.0


def test_half_a_frame_is_never_shipped(counting, tmp_path):
    frames.compute(frames.pieces("counted")[0])
    with pytest.raises(InputError, match="2 of 3 pieces are missing"):
        frames.ship("counted", tmp_path)
    assert not list(tmp_path.glob("*.parquet"))


def test_a_shipped_frame_carries_settings_digest_and_cost(counting, tmp_path, monkeypatch):
    list(frames.compute_all(frames.pieces("counted")))
    frames.ship("counted", tmp_path)
    monkeypatch.setattr(frames.bases, "DATA", tmp_path)
    frame, about = frames.stored("counted", main=False), frames.about("counted")
    assert len(frame) == about["rows"] == 9 and about["digest"] == frames.frame_digest(frame)
    assert about["settings"][1]["bases"] == [1, 2] and about["cpu_seconds"] >= 0
    frame.loc[0, "value"] = 0.6
    assert about["digest"] != frames.frame_digest(frame)


def test_an_unknown_frame_and_a_bad_number_of_jobs(counting):
    with pytest.raises(InputError, match="there is no stored frame of 'nothing'"):
        frames.stored("nothing")
    with pytest.raises(InputError, match="at least 1, got 0"):
        list(frames.compute_all([], jobs=0))


def test_the_command_refuses_what_it_cannot_use():
    with pytest.raises(InputError, match="'200-x' is no list of seeds"):
        CliRunner().invoke(command, ["pretrain", "--seeds", "200-x"], catch_exceptions=False)
    with pytest.raises(InputError, match="there is no experiment 'alchemy'"):
        CliRunner().invoke(command, ["report", "--only", "alchemy"], catch_exceptions=False)


def test_the_command_skips_bases_that_exist(tiny):
    answer = CliRunner().invoke(command, ["pretrain", "--width", "8", "--seeds", "1,2"], catch_exceptions=False)
    assert answer.exit_code == 0 and "trained 0 bases, 2 existed" in answer.output
