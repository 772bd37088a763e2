"""How sure a finding is comes from its rows by a written rule, and no verdict or figure rests on weak rows alone."""

import re

import pandas as pd
import pytest

from ftsec.base.errors import InputError
from ftsec.base.project import find_project
from ftsec.evidence import claims, measurements
from ftsec.evidence.certainty import how_sure, n_groups, n_models, sure_of_claims, sure_of_findings
from ftsec.evidence.tables import DATA, is_weak, read_findings, shown

PLOTTED_ONLY = {"gold_reward"}  # coefficients that the paper plots and does not print; the figure says so


def _rows(*rows):
    return pd.DataFrame(rows, columns=["citation_key", "provenance", "model"])


ONE = ("qi2024finetuning", "paper_text", "Llama-2-7b-Chat")
SAME_GROUP = ("qi2025shallow", "authors", "Gemma-1.1-7B-IT")  # shares authors with the first
SECOND = ("zhang2026misalignment", "paper_text", "GLM-4-9B-Chat")
THIRD = ("lermen2023lora", "authors", "Llama 2-Chat 70B")
IN_ABSTRACT = ("zhan2024removing", "abstract", "GPT-4")
IN_NOTES = ("gong2025misalignment", "notes", "Beaver-7B")


@pytest.mark.parametrize(
    ("rows", "level"),
    [
        ((ONE, SECOND, THIRD), "high"),
        ((ONE, SAME_GROUP, SECOND), "medium"),
        ((ONE, IN_ABSTRACT), "medium"),
        ((ONE, SAME_GROUP), "low"),
        ((IN_ABSTRACT,), "low"),
        ((ONE, IN_NOTES), "low"),
        ((IN_NOTES,), "open"),
        ((), "open"),
    ],
)
def test_the_level_follows_the_rule(rows, level):
    assert how_sure(_rows(*rows)).level == level


def test_figures_that_point_both_ways_are_medium_at_most():
    assert how_sure(_rows(ONE, SECOND, THIRD), both_ways=True).level == "medium"
    assert sure_of_claims(["C096"]).level == "high"


def test_three_groups_on_one_model_are_not_high():
    rows = [(key, read, "Llama-2-7b-Chat") for key, read, _ in (ONE, SECOND, THIRD)]
    assert how_sure(_rows(*rows)).level == "medium"


def test_works_that_share_an_author_are_one_group():
    assert n_groups(["qi2024finetuning", "qi2025shallow"]) == 1
    assert n_groups(["qi2024finetuning", "lermen2023lora"]) == 2
    assert n_groups([]) == 0


@pytest.mark.parametrize(
    ("cells", "number"),
    [
        (["24 LLMs, 1.5B-72B"], 24),
        (["13 open chat models up to 72B", "GPT-4"], 13),
        (["Llama-2-7B, Mistral-7B, Gemma-2B", "Gemma-2B"], 3),
        (["", ""], 0),
        (["6.9B models"], 1),
    ],
)
def test_models_are_counted(cells, number):
    assert n_models(cells) == number


def test_a_claim_that_does_not_exist_is_named():
    with pytest.raises(InputError, match="'C999'"):
        sure_of_claims(["C999"])


def test_every_finding_says_how_sure_in_computed_words():
    """A level is shown by its record and never typed beside it."""
    page = (find_project(DATA).root / "book" / "what-we-found.md").read_text(encoding="utf-8")
    shown_parts = set(re.findall(r"\{record\}`14:sure_(\w+)`", page))
    assert shown_parts == set(sure_of_findings())
    said = re.findall(r"^How sure\n: (.*?)^Do this\n: ", page, re.DOTALL | re.MULTILINE)
    assert len(said) == 10
    assert not [text for text in said if re.search(r"\b(high|medium|low)\b", text)]


def test_every_finding_names_the_verdicts_of_its_claims_and_no_other():
    page = (find_project(DATA).root / "book" / "what-we-found.md").read_text(encoding="utf-8")
    verdict = claims().set_index("claim_id")["verdict"]
    found = read_findings(DATA / "findings.csv", claims())
    judged = {int(n): {verdict[one] for ids in rows["claims"] for one in ids} for n, rows in found.groupby("finding")}
    for n, text in enumerate(re.split(r"^## \d+\. ", page, flags=re.MULTILINE)[1:], start=1):
        marked = {word: kind for word, kind in re.findall(r"\[([a-z ]+)\]\{\.verdict \.verdict-([a-z-]+)\}", text)}
        assert all(kind == word.replace(" ", "-") for word, kind in marked.items())
        assert set(marked) == judged.get(n, set(marked)), n


def test_a_finding_without_claims_is_refused(tmp_path):
    (tmp_path / "findings.csv").write_text("part,finding,about,claims,measurements\n1,1,x,,\n")
    with pytest.raises(ValueError, match="names no claim"):
        read_findings(tmp_path / "findings.csv", claims())


def test_no_verdict_rests_on_weak_rows_alone():
    weak = set(measurements()[is_weak(measurements())]["measurement_id"])
    decided = claims()[claims()["verdict"] != "not found"]
    alone = [row.claim_id for row in decided.itertuples() if row.measurement_ids and set(row.measurement_ids) <= weak]
    assert alone == []


def test_no_figure_rests_on_weak_rows_alone_and_none_on_memory():
    rows = measurements().set_index("measurement_id")
    for figure, chosen in shown().groupby("figure"):
        read = rows.loc[chosen["measurement_id"], "provenance"]
        assert "memory" not in set(read), figure
        assert figure in PLOTTED_ONLY or not is_weak(rows.loc[chosen["measurement_id"]]).all(), figure


def test_what_is_only_remembered_bears_on_no_claim():
    remembered = set(measurements().query("provenance == 'memory'")["measurement_id"])
    assert remembered and not remembered & {one for ids in claims()["measurement_ids"] for one in ids}
