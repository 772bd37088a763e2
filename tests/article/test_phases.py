import dataclasses

import pytest

from ftsec.article.phases import PHASE_PROFILES, TrainingPhase, compare_phases, data_scale_range
from ftsec.article.rated import Rated

# read off the printed table, one line a phase: impact, supply chain, alignment, memorization
PRINTED = {
    "pre_training": ("moderate", "critical", "low", "moderate"),
    "supervised_fine_tuning": ("high", "medium", "high", "high"),
    "rlhf": ("critical", "low", "critical", "low"),
    "dpo": ("critical", "medium", "critical", "moderate"),
    "deployment_fine_tuning": ("critical", "critical", "critical", "very high"),
}
CATEGORIES = ("Data Poisoning", "Supply Chain", "Safety Alignment", "Memorization")


def test_compares_the_four_printed_categories_with_their_short_levels():
    expected = {
        category: {phase: levels[i] for phase, levels in PRINTED.items()} for i, category in enumerate(CATEGORIES)
    }
    assert compare_phases(PHASE_PROFILES) == expected


def test_categories_and_phases_come_in_the_printed_order():
    report = compare_phases(PHASE_PROFILES)
    assert tuple(report) == CATEGORIES
    assert all(tuple(row) == tuple(PRINTED) for row in report.values())


def test_difficulty_and_insider_threat_as_printed():
    difficulty = [profile.data_poisoning_difficulty.level for profile in PHASE_PROFILES]
    insider = [profile.insider_threat_risk.level for profile in PHASE_PROFILES]
    assert difficulty == ["high", "low", "medium", "low", "very low"]
    assert insider == ["high", "high", "critical", "high", "N/A"]


def test_defect_insider_threat_and_difficulty_are_never_compared():
    safer = [
        dataclasses.replace(p, insider_threat_risk=Rated("none"), data_poisoning_difficulty=Rated("high"))
        for p in PHASE_PROFILES
    ]
    assert compare_phases(safer) == compare_phases(PHASE_PROFILES)


def test_scales_and_durations_as_printed():
    assert [(p.data_scale, p.compute_duration) for p in PHASE_PROFILES] == [
        ("1T-15T tokens", "weeks to months"),
        ("10K-1M examples", "hours to days"),
        ("50K-500K comparisons", "days to weeks"),
        ("10K-100K pairs", "hours"),
        ("100-10K examples", "minutes to hours"),
    ]


def test_scales_as_numbers():
    assert [data_scale_range(p) for p in PHASE_PROFILES] == [
        (1_000_000_000_000, 15_000_000_000_000, "tokens"),
        (10_000, 1_000_000, "examples"),
        (50_000, 500_000, "comparisons"),
        (10_000, 100_000, "pairs"),
        (100, 10_000, "examples"),
    ]


def test_every_phase_once_every_level_short_every_reason_given():
    assert [p.phase for p in PHASE_PROFILES] == list(TrainingPhase)
    rated = [v for p in PHASE_PROFILES for v in vars(p).values() if isinstance(v, Rated)]
    assert len(rated) == 30
    assert all("(" not in cell.level and cell.reason for cell in rated)
    assert all(len(p.typical_defenses) == 4 for p in PHASE_PROFILES)


def test_a_level_without_a_reason_is_taken_whole_and_no_profile_gives_empty_rows():
    bare = dataclasses.replace(PHASE_PROFILES[0], supply_chain_risk=Rated("low"))
    assert compare_phases([bare])["Supply Chain"] == {"pre_training": "low"}
    assert compare_phases([]) == {category: {} for category in CATEGORIES}


def test_records_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        PHASE_PROFILES[0].data_scale = "1 token"
