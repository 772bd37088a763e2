"""The figures of the testbed's second half, drawn from the published frames."""

import pytest

from ftsec.figures.testbed import mechanisms, tradeoffs
from ftsec.testbed import budget, outcomes_second
from ftsec.testbed import mechanisms as m
from ftsec.testbed import tradeoffs as t
from ftsec.testbed.report import published
from tests.figures.layout import all_clashes


def canaries():
    frame = published("canary_exposure")
    removed = m.deduplication_effect(frame)
    return mechanisms.canary_exposure_figure(m.exposure_curves(frame), m.null_exposure(frame).value, removed)


def poison():
    frame = published("poison_count_or_fraction")
    cells = m.points(frame[frame.n_poison > 0], ["trigger", "n_documents", "n_poison"], "success")
    return mechanisms.poison_figure(cells, {"rare": "1", "in_use": "0"})


def trajectory():
    frame = published("pipeline_trajectory")
    return mechanisms.trajectory_figure(m.stage_points(frame), m.cost_curves(frame))


def gates():
    report, development = outcomes_second.gate_frames()
    errors = m.gate_errors(report, m.development_thresholds(development))
    return mechanisms.gates_figure(errors, m.roc(report).groupby("gate").area.first())


def preferences():
    readings = budget.read(published("preference_poisoning"))
    return tradeoffs.preference_poisoning_figure(t.preference_curves(readings))


def rewards():
    frame = published("reward_overoptimization")
    return tradeoffs.overoptimization_figure(t.reward_curves(frame), t.loss_past_peak(frame))


def tax():
    return tradeoffs.alignment_tax_figure(t.taxes(published("alignment_tax", main=False)), t.CONTROLS)


def service():
    return tradeoffs.service_filter_figure(t.service_points(published("service_filter")))


@pytest.mark.parametrize("draw", [canaries, poison, trajectory, gates, preferences, rewards, tax, service])
def test_a_figure_says_what_it_shows_and_carries_its_data(draw):
    drawing = draw()
    assert drawing.data is not None and len(drawing.data) > 5
    assert "nan" not in drawing.alt and drawing.png().startswith(b"\x89PNG")
    assert {"value", "low", "high"} <= set(drawing.data.columns)
    assert all_clashes(drawing) == []


def test_a_size_of_corpus_has_one_colour_in_both_panels():
    colours = [{text.get_text(): text.get_color() for text in axes.texts} for axes in poison().figure.axes]
    assert colours[0] == colours[0] | colours[1] and len(set(colours[0].values())) == len(colours[0])


def test_curves_that_lie_on_each_other_differ_in_more_than_colour_and_the_key_shows_how():
    figure = preferences().figure
    drawn = {(line.get_linestyle(), line.get_marker()) for line in figure.axes[0].lines}
    shown = {(line.get_linestyle(), line.get_marker()) for line in figure.legends[0].get_lines()}
    assert len(drawn) == len(tradeoffs.METHODS) and shown == drawn


def test_the_alternative_text_follows_the_data():
    frame = published("canary_exposure")
    curves, removed = m.exposure_curves(frame), m.deduplication_effect(frame)
    texts = {mechanisms.canary_exposure_figure(curves, null, removed).alt for null in (1.0, 2.0)}
    assert len(texts) == 2
