"""The testbed's figures in the chapters on fine-tuning say what they draw."""

import pandas as pd

from ftsec.figures.testbed.stages import adapter_figure, stage_walk_figure, utility_bound_figure
from tests.figures.layout import all_clashes


def interval(value: float) -> dict:
    return {"value": value, "low": value - 0.02, "high": value + 0.02}


def test_stage_walk_names_every_stage():
    stages = {"pre-training": 0.02, "SFT": 0.91, "attack": 0.08}
    rows = [{"stage": s, "measure": "refusal_probability"} | interval(v) for s, v in stages.items()]
    rows += [{"stage": s, "measure": "allowed_accuracy"} | interval(0.93) for s in stages]
    drawing = stage_walk_figure(pd.DataFrame(rows))
    assert "pre-training 0.02, SFT 0.91, attack 0.08" in drawing.alt and "0.93 or above" in drawing.alt
    assert all_clashes(drawing) == []


def test_utility_bound_gives_both_ends_of_each_method():
    rows = [{"arm": arm, "loss": loss} | interval(0.5 - loss) for arm in ("full", "lora_8") for loss in (0.0, 0.3)]
    means = pd.DataFrame(rows)
    runs = pd.concat([means.assign(base=base, seed=0, refusal_probability=means.value) for base in (1, 2, 3)])
    drawing = utility_bound_figure(means, runs)
    assert sum(len(panel.lines) for panel in drawing.figure.axes) == 2 * 3 + 2, "a line a run and one for the mean"
    assert "cost 0 to 30 points" in drawing.alt and "LoRA 8 from 0.50 to 0.20" in drawing.alt
    assert all_clashes(drawing) == []


def test_adapter_figure_compares_with_the_clean_one():
    values = {"none": 0.8, "near": 0.4, "trigger": 0.1}
    rows = [{"arm": "malicious", "word": word} | interval(value) for word, value in values.items()]
    rows += [{"arm": "clean", "word": word} | interval(0.9) for word in values]
    drawing = adapter_figure(pd.DataFrame(rows))
    assert "0.10 with the trigger" in drawing.alt and len(drawing.figure.axes) == 1
    assert all_clashes(drawing) == []
