"""The figures of the chapters on fine-tuning draw what they are given, and say it."""

import pandas as pd
import pytest

from ftsec.article.taxonomy import PIPELINE_STAGES, REMOVAL_TABLE
from ftsec.evidence import removal, stages
from ftsec.figures.base.frame_tables import as_published, frame_table, records_table
from ftsec.figures.literature.removal import removal_ranges, utility_and_harm
from ftsec.figures.literature.stages import persistence, poison_needed, stage_scales
from tests.figures.layout import all_clashes


def marks(drawing) -> list[float]:
    """Horizontal places of all single marks, over all panels."""
    lines = [line for axes in drawing.figure.axes for line in axes.get_lines()]
    return [float(line.get_xdata()[0]) for line in lines if len(line.get_xdata()) == 1]


def test_stage_scales_draws_every_number_and_names_the_ends():
    scales = stages.stage_scales()
    drawing = stage_scales(scales)
    assert marks(drawing) == scales["value"].tolist()
    assert "Reward model 33,000 to 1,418,091" in drawing.alt
    assert all_clashes(drawing) == []


def test_poison_needed_says_which_shares_are_lower_bounds():
    drawing = poison_needed(stages.example_counts(), stages.poison_shares())
    assert "PPO at least 5 %" in drawing.alt and "DPO 0.5 %" in drawing.alt
    assert len(marks(drawing)) == len(stages.example_counts()) + len(stages.poison_shares())
    assert all_clashes(drawing) == []


def test_persistence_survives_a_missing_value_before():
    drawing = persistence(stages.afterwards())
    assert "adversarial safety training: to 99 %" in drawing.alt and "from 33.25 to 1.74 %" in drawing.alt
    assert all_clashes(drawing) == []


def test_removal_ranges_follow_the_table():
    ranges = pd.DataFrame(vars(row) for row in REMOVAL_TABLE)
    claims = zip(ranges["method"], ["C080", "C082", "C084", "C086"], strict=True)
    points = pd.concat([removal.removal_points(claim).assign(row=row) for row, claim in claims])
    drawing = removal_ranges(ranges, points)
    titles = [axes.get_title(loc="left").split("\n")[0] for axes in drawing.figure.axes]
    assert titles == ranges["method"].tolist()
    assert "article 50 to 200 examples, published runs with 10 to 5,000" in drawing.alt
    assert all_clashes(drawing) == []


@pytest.mark.parametrize(("loss", "within"), [(0, 1), (10, 2), (20, 4)])
def test_utility_counts_the_attacks_within_the_bound(loss, within):
    drawing = utility_and_harm(removal.utility_after_attack(), loss)
    assert f"{within} of 4 attacks lose at most {loss} %" in drawing.alt
    assert loss != 10 or all_clashes(drawing) == []  # as the chapter draws it


def test_records_and_frames_become_tables():
    table = records_table(PIPELINE_STAGES, "Stages.", {"name": "Stage", "exposure": "Risk"})
    assert list(table.frame.columns) == ["Stage", "Risk"] and len(table.frame) == 5
    small = frame_table(pd.DataFrame({"a": [1], "b": [2]}), "One column.", b="B")
    assert list(small.frame.columns) == ["B"]


def test_published_numbers_keep_their_digits():
    frame = as_published(pd.DataFrame({"after": [95.76, 23.0, 88.0, None]}), "after")
    assert [line.strip() for line in repr(frame_table(frame, "Rates.", after="After")).splitlines()[2:]] == [
        "95.76", "23", "88", "–"
    ]  # fmt: skip
