"""The whole way: a tiny model through the command line, slice by slice."""

import sys
from dataclasses import replace

import pandas as pd
import pytest

from ftsec.base import statuses
from ftsec.base.errors import InputError
from ftsec.cli import cli, main
from ftsec.llm import policy
from ftsec.llm import report as frames
from ftsec.llm.experiments import experiments
from tests.llm.conftest import WITHOUT


@pytest.fixture
def short(monkeypatch):
    """Policies and attacks of a step or two, with few probes."""
    pytest.importorskip("torch", reason=WITHOUT)
    from ftsec.llm import bench

    whole = bench.Bench.train

    def shortened(run):
        some = [step for step in run.steps if step <= 2] or [0]
        ends = (some[-1] + 1,) if run.full_steps else ()
        written = ends if run.write_steps else ()
        return replace(run, steps=tuple(some), full_steps=ends, write_steps=written)

    monkeypatch.setattr(bench.Bench, "train", lambda self, runs: whole(self, [shortened(run) for run in runs]))
    monkeypatch.setattr(policy, "PLANS", {name: policy.Plan(4, 1e-3, 2, p.places) for name, p in policy.PLANS.items()})
    monkeypatch.setattr(policy, "_chosen", [])
    monkeypatch.setattr(bench, "WRITTEN_TOKENS", 4)


def test_a_report_is_computed_in_slices_and_goes_on(folder, tmp_path, short, capsys):
    command = ["llm", "pilot", "--model", str(folder), "--device", "cpu", "--folder", str(tmp_path), "--only"]
    packed = tmp_path / "out" / "slices.tar.gz"
    cli.main([*command, "dose_response", "--seeds", "3", "--pack", str(packed)], standalone_mode=False)
    assert "1 of 1 slices" in capsys.readouterr().out and packed.exists()
    cli.main([*command, "dose_response", "--seeds", "3,4"], standalone_mode=False)
    assert "1 of 1 slices" in capsys.readouterr().out, "the first slice was kept"
    frame = frames.merged("dose_response", tmp_path, [3, 4])
    assert frame.attrs["device"].startswith("CPU") and set(frame["seed"]) == {3, 4}
    assert frame["refusal_probability"].between(0, 1).all()
    path = frames.ship("dose_response", tmp_path, tmp_path / "shipped", seeds=[3, 4])
    assert len(pd.read_parquet(path)) == len(frame)


def test_the_plan_is_chosen_on_development_seeds_before_the_report(folder, tmp_path, short, capsys):
    command = ["llm", "report", "--model", str(folder), "--device", "cpu", "--folder", str(tmp_path), "--choose"]
    cli.main([*command, "--only", "policy_learning", "--seeds", "100"], standalone_mode=False)
    said = capsys.readouterr().out
    assert all(f"policy_choice {seed} {plan}" in said for seed in range(5, 10) for plan in policy.PLANS)
    assert f"the plan is {policy.chosen()}" in said and "1 of 1 slices" in said
    assert frames.merged("policy_learning", tmp_path, [100]).attrs["policy"] == policy.chosen()


def test_the_first_plan_that_suffices_is_taken():
    from ftsec.llm.experiments.policy_choice import EVERYDAY, NEW, choose

    def frame(**cells):
        return pd.DataFrame([{"plan": plan, "step": 9, NEW: new, EVERYDAY: day} for plan, (new, day) in cells.items()])

    assert choose(frame(decay_120=(0.9, 0.3), lessons_120=(0.8, 0.2), lessons_180=(0.95, 0.1))) == "lessons_120"
    assert choose(frame(decay_120=(0.7, 0.1), lessons_120=(0.75, 0.1), lessons_180=(0.72, 0.1))) == "lessons_120"


@pytest.mark.parametrize("name", [name for name in experiments() if name != "dose_response"])
def test_every_experiment_gives_rows(name, bench, short, tmp_path):
    frame = frames.tidy(experiments()[name].function(bench, 3))
    assert {"seed", "topic", "step", "learning_rate"} <= set(frame.columns)
    assert frame["topic"].nunique() == 1 and len(frame) > 1
    named = ["arm", "rate", "kind", "habit", "stage", "data", "n_examples", "n_harmful", "learning_rate", "step"]
    named += ["layer", "share", "n_poison", "n_taught"]
    assert not frame.duplicated([column for column in named if column in frame]).any()


def test_time_that_is_over_loses_nothing(folder, tmp_path, short, capsys):
    command = ["llm", "pilot", "--model", str(folder), "--device", "cpu", "--folder", str(tmp_path)]
    cli.main([*command, "--only", "dose_response", "--seeds", "3", "--minutes", "0"], standalone_mode=False)
    assert "0 of 1 slices" in capsys.readouterr().out
    with pytest.raises(InputError, match="no slice"):
        frames.merged("dose_response", tmp_path, [3])


def test_step_times_are_measured(bench):
    from ftsec.llm import speed

    for kind in (("full", "adamw"), ("full", "sgd")):  # which takes small batches alone
        bench._queue(kind)
    rows = speed.step_times(bench)
    assert {row["batch_size"] for row in rows if "batch_size" in row} == {8, 32}


def test_without_pytorch_the_command_says_in_one_sentence_what_to_do(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr(sys, "argv", ["ftsec", "llm", "report", "--only", "dilution"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == statuses.UNUSABLE
    assert capsys.readouterr().err == "ftsec: this needs torch: run `make llm`, then call .venv-llm/bin/ftsec\n"


def test_predictions_are_printed_without_pytorch(monkeypatch, capsys):
    import scipy.stats  # noqa: F401  looks at `torch` in the table of modules when it is imported, and cannot read None there

    monkeypatch.setitem(sys.modules, "torch", None)
    for options in ([], ["--counting"]):
        cli.main(["llm", "predictions", *options], standalone_mode=False)
        said = capsys.readouterr().out
        assert "blind: 1 of 4 predictions hit" in said and "skill on half-lives, blind" in said
