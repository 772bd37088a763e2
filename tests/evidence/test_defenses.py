"""Defences: every one has an effect, and an attack or a search for one."""

import re

import pandas as pd
import pytest

from ftsec.evidence import measurements
from ftsec.evidence.defenses import as_table, defense_map, defenses, outcomes, own_papers, read_defenses
from ftsec.evidence.searches import searches
from ftsec.evidence.selection import by_id
from ftsec.evidence.tables import DATA, is_weak


def test_every_defence_has_an_attack_or_a_search_record():
    table = defenses()
    attacked = table["broken_by_ids"].map(len) > 0
    assert (attacked == (table["broken"] != "no attack read")).all()
    assert set(table.loc[~attacked, "search_id"]) <= set(searches()["search_id"])
    assert 15 <= attacked.sum() < len(table)


def test_all_stages_have_defences_in_the_order_of_training():
    stages = list(dict.fromkeys(defenses()["stage"]))
    assert stages == ["pre-training", "alignment", "provider", "fine-tuning", "after fine-tuning", "audit"]


def test_no_defence_is_broken_by_the_row_that_says_that_it_helped():
    for row in defenses().itertuples():
        assert not set(row.helped_ids) & set(row.broken_by_ids), row.defense


def test_what_helped_is_the_undefended_value_beside_the_defended_one():
    rows = by_id(defenses()["helped_ids"].explode())
    paired = rows["before"].notna() & rows["value"].notna() & (rows["unit"] == "%")
    falls = rows[paired & rows["outcome"].isin(["harmfulness_rate", "attack_success_rate"])]
    assert (falls["value"] < falls["before"]).all() and len(falls) >= 18


def test_the_table_names_the_sources_of_the_attacks_and_marks_the_weak():
    table = as_table().set_index("defence")
    assert "Kuo et al. (2026) ‡" in table.at["TAR", "broken by"]
    assert "72.5 → 63.9 % ‡" in table.at["TAR", "helped"]
    assert table.at["Vaccine", "cost"].startswith("training time")
    assert table.at["AsFT", "broken by"] == ""


def test_the_second_half_of_the_table_is_no_single_study():
    new = measurements()[measurements()["measurement_id"] >= "M541"]
    counts = new["citation_key"].value_counts()
    assert counts.max() <= len(new) / 10 and len(counts) >= 40
    assert (new["year"] >= 2024).all()
    assert not is_weak(new[new["provenance"] == "paper_text"]).any()


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("broken_by_ids", "", "D03: needs either broken_by_ids, or a search_id"),
        ("search_id", "S25", "D03: needs either broken_by_ids, or a search_id"),
        ("helped_ids", "", "D03: helped_ids: needs at least one id"),
        ("helped_ids", "M999", "D03: helped_ids names M999, which does not exist"),
        ("cost_ids", "M999", "D03: cost_ids names M999"),
        ("stage", "later", "D03: stage: must be one of"),
        ("broken", "maybe", "D03: broken: must be one of"),
        ("citation_key", "nobody2020", "D03: citation_key names nobody2020"),
    ],
)
def test_a_wrong_defence_fails_with_its_id_and_the_reason(tmp_path, column, value, reason):
    table = pd.read_csv(DATA / "defenses.csv", dtype=str, keep_default_na=False)
    table.loc[2, column] = value
    table.to_csv(tmp_path / "defenses.csv", index=False)
    with pytest.raises(ValueError, match=re.escape(reason)):
        read_defenses(tmp_path / "defenses.csv")


def test_outcomes_add_up():
    counts = outcomes()
    assert counts["undone"] + counts["weakened"] + counts["unattacked"] == counts["defences"] == len(defenses())


def test_a_value_of_another_study_names_it_and_what_is_measured_stands_once():
    lisa = as_table().set_index("defence").loc["Lisa"]
    assert "harmful score (Llama Guard 3): 11.40 → 1.90 %, 49.40 → 12.80 % (Zhang et al. (2026c))" in lisa["helped"]
    assert lisa["helped"].count("harmful score (BeaverTails)") == 1
    assert "52.30 → 36.80 % (own paper)" in lisa["helped"]
    assert "23.94 → 5.86 % (Nguyen et al. (2026) ‡)" in lisa["helped"]
    assert lisa["cost"].endswith("1.08 ×") and "Huang et al. (2024a)" not in lisa["cost"]


def test_the_map_knows_which_figures_come_from_the_paper_that_proposes_the_defence():
    frame = defense_map().set_index("defense")
    assert frame.loc["TAR", "own_paper"] and not frame.loc[["Lisa", "Panacea", "Safe LoRA"], "own_paper"].any()
    counts = own_papers()
    assert 0 < counts["most"] < counts["own"] == frame["own_paper"].sum() < len(frame) < outcomes()["defences"]
