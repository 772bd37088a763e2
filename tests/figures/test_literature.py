"""Figures of the literature: each mark is a row, and the alternative text says what is seen."""

import warnings

import numpy as np
import pandas as pd
import pytest

from ftsec.article.degradation import FineTuningConfig, estimate_degradation
from ftsec.evidence import article_against_published, claims, dose_response, effect_sizes, nearest_experiments
from ftsec.figures.literature import defects, dose, forest, predicted
from ftsec.figures.literature.lookup import nearest_table
from tests.figures import layout


@pytest.fixture(scope="module")
def published():
    return dose_response(n_resamples=20)


def test_dose_response_says_its_numbers(published):
    line = pd.DataFrame({"n_examples": [0, 200], "rate": [0.0, 50.0]})
    drawing = dose.dose_response(published.points, published.curves, published.others, line)
    assert "50 % at 10" in drawing.alt and "straight line gives 2.5 % at 10" in drawing.alt
    assert len(drawing.data) == len(published.points) + len(published.others)
    assert drawing.png().startswith(b"\x89PNG")


def test_dose_response_without_the_article(published):
    drawing = dose.dose_response(published.points, published.curves, published.others)
    assert "straight line" not in drawing.alt


def test_predicted_against_measured_counts_the_distinct_answers():
    found = article_against_published(lambda run: 0.05 if run.n_harmful else 0.9, n_resamples=50)
    estimates = (found.rank_correlation, found.mean_error, found.mean_absolute_error)
    drawing = predicted.predicted_against_measured(found.runs, *estimates)
    assert "5 % and 90 %" in drawing.alt and str(len(found.runs)) in drawing.alt
    assert "only two answers" in drawing.figure.axes[0].get_title(loc="left")


def test_no_text_of_predicted_against_measured_lies_on_a_mark():
    found = article_against_published(_printed_formula, n_resamples=50)
    estimates = (found.rank_correlation, found.mean_error, found.mean_absolute_error)
    drawing = predicted.predicted_against_measured(found.runs, *estimates)
    for figure in layout.versions(drawing):
        axes = figure.axes[0]
        marks = axes.transData.transform(found.runs[["measured", "predicted"]].to_numpy())
        bars = axes.transData.transform(found.runs[["measured_high", "predicted"]].dropna().to_numpy())
        for text in axes.texts:
            if not text.get_rotation():
                box = text.get_window_extent()
                assert not box.count_contains(marks) and not box.count_contains(bars), text.get_text()


def _printed_formula(run) -> float:
    run_as_printed = FineTuningConfig("", run.n_examples, run.n_harmful, run.learning_rate, run.epochs, run.method)
    return estimate_degradation(run_as_printed).final_safety


def test_the_forest_shows_every_row_of_its_groups():
    effects = effect_sizes()
    drawing = forest.forest(effects)
    assert set(drawing.data["group"]) <= set(forest.GROUPS)
    left_out = set(effects["measurement_id"]) - set(drawing.data["measurement_id"])
    assert not left_out
    marks = [line for line in drawing.figure.axes[0].lines if line.get_marker() == "o"]
    assert len(marks) == len(effects)
    names = [label.get_text() for label in drawing.figure.axes[0].get_yticklabels()]
    assert len(set(map(str.lower, filter(None, names)))) == len(set(filter(None, names)))


def test_the_forest_is_laid_out_without_a_warning_on_a_page_and_on_a_phone():
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        drawing = forest.forest(effect_sizes())
        assert drawing.png() and drawing.png_for_phones()


def test_verdicts_and_defects_add_up():
    drawing = defects.verdicts_and_defects(claims())
    assert drawing.data.drop(columns="chapter").to_numpy().sum() == len(claims())
    typos = claims().query("verdict == 'contradicted' and defect_kind == 'typography'")
    assert f"{len(typos)} of typography ({(typos['severity'] == 'exposed').sum()} exposing)" in drawing.alt


def test_the_lookup_table_marks_weak_sources_and_leaves_out_what_is_not_reported():
    found = nearest_experiments("lora", n_harmful=100, learning_rate=1e-3)
    text, page = repr(nearest_table(found.runs)), nearest_table(found.runs)._repr_html_()
    assert "‡" in text and "LoRA, 100 examples, all harmful, rate 1e-3" in text
    assert "nan" not in text and "–," not in text
    assert '<a href="https://arxiv.org/abs/2310.03693">Qi et al. (2024)</a> ‡' in page


def test_the_lookup_table_says_when_nothing_is_close():
    found = nearest_experiments(n_harmful=1e8)
    assert "far outside the published runs" in repr(nearest_table(found.runs, found.reasons))
    assert np.isfinite(found.plan.n_harmful)


def test_no_text_covers_another_or_leaves_its_figure(published):
    line = pd.DataFrame({"n_examples": [0, 200], "rate": [0.0, 50.0]})
    found = article_against_published(lambda run: 0.05 if run.n_harmful else 0.9, n_resamples=50)
    estimates = (found.rank_correlation, found.mean_error, found.mean_absolute_error)
    for drawing in (
        dose.dose_response(published.points, published.curves, published.others, line),
        predicted.predicted_against_measured(found.runs, *estimates),
        forest.forest(effect_sizes()),
        defects.verdicts_and_defects(claims()),
    ):
        assert not layout.all_clashes(drawing), drawing.name
