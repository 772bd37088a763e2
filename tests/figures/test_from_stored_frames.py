"""Figures of the testbed, drawn from the stored frames."""

import pytest

from ftsec.figures.testbed.curves import collapse_figure, method_comparison_figure
from ftsec.figures.testbed.memorisation import canary_exposure_figure
from ftsec.figures.testbed.poisoned_documents import poison_figure
from ftsec.figures.testbed.preferences import METHODS, overoptimization_figure, preference_poisoning_figure
from ftsec.figures.testbed.providers import gates_figure, service_filter_figure
from ftsec.figures.testbed.stages import utility_bound_figure
from ftsec.figures.testbed.training import alignment_tax_figure, trajectory_figure
from ftsec.testbed.experiments.attacks.readings import (
    collapse_gap,
    collapse_points,
    utility_bound_runs,
    worst_case,
)
from ftsec.testbed.experiments.backdoors.readings import poison_points
from ftsec.testbed.experiments.defenses import gate_readings
from ftsec.testbed.experiments.defenses.readings import service_points
from ftsec.testbed.experiments.memorisation import readings as memorisation
from ftsec.testbed.experiments.preferences import equal_distance, readings
from ftsec.testbed.experiments.training import readings as trained
from ftsec.testbed.frames import stored
from ftsec.testbed.statistics import points
from tests.figures.layout import all_clashes


def canaries():
    frame = stored("canary_exposure")
    removed = memorisation.deduplication_effect(frame)
    return canary_exposure_figure(memorisation.exposure_curves(frame), memorisation.null_exposure(frame).value, removed)


def poison():
    frame = stored("poison_count_or_fraction")
    return poison_figure(poison_points(frame), {"rare": "1", "in_use": "0"})


def trajectory():
    frame = stored("pipeline_trajectory")
    return trajectory_figure(trained.stage_points(frame), trained.cost_curves(frame))


def gates():
    report, development = gate_readings.gate_frames()
    errors = gate_readings.gate_errors(report, gate_readings.development_thresholds(development))
    return gates_figure(errors, gate_readings.areas(report))


def methods():
    worst = worst_case(stored("method_comparison"))
    return method_comparison_figure(points(worst, ["arm", "rate"]), worst)


def bound():
    runs = utility_bound_runs(stored("method_comparison"), (0.0, 0.02, 0.05, 0.1, 0.2), ["full", "lora_8", "lora_16"])
    return utility_bound_figure(points(runs, ["arm", "loss"]), runs)


def collapse():
    found = collapse_points(stored("dose_response"))
    return collapse_figure(found, collapse_gap(found))


def preferences():
    level = equal_distance.read(stored("preference_poisoning"))
    return preference_poisoning_figure(readings.preference_curves(level))


def rewards():
    frame = stored("reward_overoptimization")
    return overoptimization_figure(readings.reward_curves(frame), readings.loss_past_peak(frame))


def tax():
    return alignment_tax_figure(trained.taxes(stored("alignment_tax", main=False)), trained.CONTROLS)


def service():
    return service_filter_figure(service_points(stored("service_filter")))


@pytest.mark.parametrize(
    "draw", [canaries, poison, trajectory, gates, methods, bound, collapse, preferences, rewards, tax, service]
)
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
    assert len(drawn) == len(METHODS) and shown == drawn


def test_the_alternative_text_follows_the_data():
    frame = stored("canary_exposure")
    curves, removed = memorisation.exposure_curves(frame), memorisation.deduplication_effect(frame)
    texts = {canary_exposure_figure(curves, null, removed).alt for null in (1.0, 2.0)}
    assert len(texts) == 2
