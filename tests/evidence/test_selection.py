"""Chosen measurements with their sources, and the tables of the chapters on fine-tuning."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftsec.base.errors import InputError
from ftsec.base.vocabulary import WEAK_MARK
from ftsec.evidence import measurements, overoptimization, removal, repairs, services, stages
from ftsec.evidence.intervals import wilson
from ftsec.evidence.selection import by_id, shown_in
from ftsec.evidence.tables import DATA, read_figures, shown

TABLES = [
    stages.stage_scales, stages.stage_compute, stages.poison_shares, stages.example_counts, stages.afterwards,
    removal.utility_after_attack, services.filters, services.api_attacks, repairs.mixing_curves, repairs.defended,
    repairs.benign_data_sets,
]  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
def test_weak_sources_are_marked_and_can_be_left_out(table):
    everything, strong = table(include_weak=True), table(include_weak=False)
    assert len(everything) >= len(strong) > 0
    if "source" in everything:
        assert not strong["source"].str.contains(WEAK_MARK).any()
        marked = everything["source"].str.contains(WEAK_MARK).sum()
        assert len(everything) - len(strong) == marked


def test_measurements_come_in_the_order_of_their_ids():
    assert list(by_id(["M015", "M003", "M015"])["value"]) == [80.0, 88.8, 80.0]


def test_a_figure_shows_the_rows_that_name_it_in_their_order():
    wanted = shown().query("figure == 'defended'")
    rows = shown_in("defended")
    assert list(rows["measurement_id"]) == list(wanted["measurement_id"]) and list(rows["label"]) == list(
        wanted["label"]
    )
    with pytest.raises(InputError, match="no measurement is named for 'x'; there are stage_scales"):
        shown_in("x")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("defended,,new,M999,", "defended: measurement_id names M999"),
        ("defended,,new,M003,M999", "defended: against names M999"),
        (",,new,M003,", "figure: must not be empty"),
        ("defended,,new,M071,", "defended: the id occurs twice"),
    ],
)
def test_a_wrong_row_for_a_figure_is_refused(tmp_path, row, reason):
    path = tmp_path / "figures.csv"
    path.write_text((DATA / "figures.csv").read_text(encoding="utf-8") + row + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=reason):
        read_figures(path, set(measurements()["measurement_id"]))


def test_wilson_is_the_interval_of_the_textbook():
    low, high = wilson(88.8, 330)  # 293 of 330
    z, p, n = 1.959964, 293 / 330, 330
    middle, half = (p + z**2 / 2 / n) / (1 + z**2 / n), z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / 4 / n**2)
    assert (low, high) == pytest.approx((100 * (middle - half), 100 * (middle + half)), abs=1e-4)
    assert np.isnan(wilson(88.8, np.nan)).all() and np.isnan(wilson(np.nan, 330)).all()


def test_scales_and_compute_are_the_printed_ones():
    scales = stages.stage_scales().set_index("measurement_id")["value"]
    assert scales["M288"] == 27540 and scales["M289"] == 1418091
    assert stages.stage_compute()["share"].tolist() == pytest.approx([100, 100 * 4.9 / 3640, 100 * 60 / 3640])


def test_poison_shares_come_from_the_share_not_from_the_outcome():
    shares = stages.poison_shares().set_index("measurement_id")
    assert shares.at["M228", "share"] == pytest.approx(2) and shares.at["M228", "value"] == 90
    assert shares.at["M224", "lower_bound"] and not shares.at["M226", "lower_bound"]
    assert "M227" not in shares.index  # quoted from other work: PPO was not poisoned in that study


def test_removal_points_turn_refusals_round_and_mark_bounds():
    runs = removal.removal_points("C080")
    bound = runs[runs["citation_key"] == "bhardwaj2023unalignment"]
    assert bound["bound"].any() and (runs["n_examples"] > 0).all() and runs["value"].between(0, 100).all()
    assert removal.removal_points("C082")["n_examples"].unique().tolist() == [10, 5000]
    assert set(removal.removal_points("C084", include_weak=False)["weak"]) <= {False}


def test_utility_is_paired_with_the_harm_of_the_same_attack():
    runs = removal.utility_after_attack().set_index(["label", "measure"])
    shot = runs.loc[("100 harmful examples", "MT-Bench")]
    assert shot["kept"] == pytest.approx(100 * 7.46 / 8.0) and (shot["harm_before"], shot["harm"]) == (1.8, 91.8)
    lora = runs.loc[("QLoRA against refusals", "MMLU")]
    assert (lora["harm_before"], lora["harm"]) == pytest.approx((100 - 78.9, 100 - 0.4))
    assert lora["low"] < lora["harm"] < lora["high"]


def test_mixing_curves_start_without_safety_examples():
    curves = repairs.mixing_curves()
    starts = curves[curves["n_safety"] == 0].set_index("attack")["rate"]
    assert starts.to_dict() == {"100 harmful": 91.8, "10 identity-shifting": 87.3, "50,000 benign (Alpaca)": 31.8}
    assert curves.loc[curves["n_safety"] == 100, "share"].item() == pytest.approx(50)


def test_filters_have_intervals_over_a_hundred_examples():
    table = services.filters()
    assert (table["low"] < table["flagged"]).all() and (table["flagged"] <= table["high"]).all()
    assert table.set_index("filter").at["GPT-4 judge", "flagged"] == 100


@given(flagged=st.floats(0, 99), n=st.integers(0, 500))
def test_a_longer_upload_is_caught_more_often(flagged, n):
    assert 0 <= services.upload_passes(flagged, n + 1) <= services.upload_passes(flagged, n) <= 1
    assert services.upload_needed(flagged, n) >= n


def test_uploads_by_hand():
    assert services.upload_passes(50, 2) == pytest.approx(0.25)
    assert services.upload_needed(50, 10) == 20
    with pytest.raises(InputError, match="between 0 and 100"):
        services.upload_passes(101, 1)
    with pytest.raises(InputError, match="at least 0"):
        services.upload_passes(50, -1)


@given(alpha=st.floats(0.05, 5), beta=st.floats(0.01, 2))
def test_gold_reward_is_largest_at_the_peak(alpha, beta):
    peak = overoptimization.peak_best_of_n(alpha, beta)
    below, best, above = overoptimization.gold_best_of_n(peak * np.array([0.9, 1, 1.1]), alpha, beta)
    assert below < best > above


@given(n=st.floats(1, 1e6))
def test_n_and_kl_are_inverse(n):
    assert overoptimization.n_for_kl(overoptimization.kl_best_of_n(n)) == pytest.approx(n, rel=1e-3, abs=1e-2)


def test_coefficients_are_the_published_ranges():
    table = measurements().set_index("measurement_id")["value_text"]
    low, high = overoptimization.coefficient_ranges()["alpha_bon"]
    assert f"{low:.2f}-{high:.2f}" == table["M260"]
    peaks = overoptimization.best_of_n_peaks().set_index("reward_model")
    assert peaks.at["smallest", "kl"] < peaks.at["largest", "kl"]


def test_impossible_inputs_are_refused():
    with pytest.raises(InputError, match="must be positive"):
        overoptimization.peak_best_of_n(0, 1)
    with pytest.raises(InputError, match="at least 0"):
        overoptimization.n_for_kl(-1)
    with pytest.raises(InputError, match="at least 1"):
        overoptimization.kl_best_of_n(0.5)
    with pytest.raises(InputError, match="must be positive"):
        overoptimization.best_of_n_curves(0)


def test_the_range_after_harmless_data_is_one_number_for_the_whole_book():
    """Landing page, findings and exercises read these two ends; the figure of chapter 13 is a choice of the runs."""
    rises = repairs.benign_rises()
    assert (round(rises["rise"].iloc[0], 1), round(rises["rise"].iloc[-1], 1)) == (0.2, 46.1)
    assert set(repairs.benign_data_sets()["measurement_id"]) <= set(rises["measurement_id"])
    assert not set(rises["measurement_id"]) & {
        "M130",
        "M304",
        "M388",
        "M521",
    }  # selected, crafted, asked with jailbreaks


def test_answers_not_refused_are_never_ranked_among_answers_judged_harmful():
    counted = removal.utility_after_attack().set_index(["label", "measure"])["counted"]
    assert counted["QLoRA against refusals", "MMLU"] == "not refused"
    assert counted["100 harmful examples", "MT-Bench"] == "judged harmful"
