"""The figures on rewards, filters and defences draw what they are given, and say it."""

import numpy as np
import pandas as pd
import pytest

from ftsec.evidence import defenses, overoptimization, repairs, services, shown_in
from ftsec.figures.base.rows import group_axis, headings, labels_above, places_below_headings
from ftsec.figures.base.style import canvas, for_phones
from ftsec.figures.literature.beyond import beyond_refusals
from ftsec.figures.literature.defense_map import defense_map
from ftsec.figures.literature.repairs import benign_erosion, defences, mixing
from ftsec.figures.literature.reward import gold_reward
from ftsec.figures.literature.service import chance_frame, flagged_shares, upload_chances
from tests.figures.layout import all_clashes


@pytest.mark.parametrize("max_kl", [5, 24])
def test_a_peak_outside_the_picture_is_named_but_not_drawn(max_kl):
    drawing = gold_reward(overoptimization.best_of_n_curves(max_kl), overoptimization.best_of_n_peaks())
    dots = [line for line in drawing.figure.axes[0].get_lines() if len(line.get_xdata()) == 1]
    assert len(dots) == (1 if max_kl == 5 else 2)
    assert "peaks at 4.3 nats" in drawing.alt
    assert max_kl == 5 or all_clashes(drawing) == []


def test_filters_and_uploads_agree():
    filters = services.filters()
    drawing = flagged_shares(filters)
    assert "OpenAI moderation 17 % of instructions" in drawing.alt
    assert "GPT-4 judge 100 % of examples" in drawing.alt
    assert all_clashes(drawing) == []
    chosen = filters[filters["read"] == "instructions"]
    chances = chance_frame(chosen, np.arange(1, 21), services.upload_passes)
    at = chances[(chances["filter"] == "OpenAI moderation") & (chances["n_examples"] == 10)].iloc[0]
    assert at["chance"] == pytest.approx(0.83**10) and at["low"] < at["chance"] < at["high"]
    drawing = upload_chances(chances, 10)
    assert len(drawing.figure.axes) == 3
    assert all_clashes(drawing) == []


def test_mixing_gives_small_shares_an_axis_of_their_own():
    drawing = mixing(repairs.mixing_curves())
    assert len(drawing.figure.axes) == 2
    assert "100 harmful: 91.8 % without, 23 % at 50 %" in drawing.alt
    assert all_clashes(drawing) == []


def test_dumbbells_name_the_ends():
    mended, eroded = defences(repairs.defended()), benign_erosion(repairs.benign_data_sets())
    assert "weights partly restored, 125 models from 33.25 to 1.74" in mended.alt
    assert "Gemma-1.1-7B on Samsum from 1.8 to 2;" in eroded.alt
    assert all_clashes(mended) == all_clashes(eroded) == []


def test_groups_are_named_once_each():
    with canvas() as (_, axes):
        group_axis(axes, pd.Series(["a", "a", "b", "a"]))
        assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b", "a"]
        assert axes.get_yticks().tolist() == [0.5, 2, 3]


def test_rows_stand_below_the_heading_of_their_group():
    groups = ["a", "a", "b"]
    assert places_below_headings(groups) == [1, 2, 4]
    with for_phones(), canvas() as (_, axes):
        headings(axes, groups)
        assert [(text.get_text(), text.get_position()[1]) for text in axes.texts] == [("a", 0), ("b", 3)]


def test_labels_stand_above_their_marks_in_lines_that_fit():
    words = "a label of more words than stand side by side on a phone, all of which are shown"
    with for_phones(), canvas() as (_, axes):
        labels_above(axes, [0, 1], [words, "short"])
        long, short = (text.get_text() for text in axes.texts)
    assert long.replace("\n", " ") == words and "\n" in long and short == "short"
    assert axes.get_ylim()[0] > 1 and axes.get_ylim()[1] < -0.5


def test_the_map_of_defences_tells_what_broke_each():
    frame = defenses.defense_map()
    drawing = defense_map(frame)
    assert "CTRAP 87, 4 left (undone)" in drawing.alt
    assert "SLDR 100 (no attack read)" in drawing.alt
    assert all_clashes(drawing) == []


def test_the_map_shows_the_stages_and_outcomes_that_are_there():
    frame = defenses.defense_map(include_weak=False)
    assert not frame["weak"].any() and set(frame["stage"]) == {"alignment", "fine-tuning", "after fine-tuning"}
    green = frame[frame["broken"] == "no attack read"].reset_index(drop=True)
    drawing = defense_map(green)
    assert "undone" not in drawing.alt and " left (" not in drawing.alt
    assert all_clashes(drawing) == []


def test_what_changed_besides_refusals_goes_either_way():
    rows = shown_in("beyond_refusals").rename(columns={"before_value": "before"})
    drawing = beyond_refusals(rows)
    assert "harmful tasks refused from 26 to 7" in drawing.alt
    assert "bad medical advice, 14B and 32B 40" in drawing.alt
    assert all_clashes(drawing) == []
