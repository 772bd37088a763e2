"""The figures of chapters 04 to 06 draw what they are given, say it, and keep their texts apart."""

from functools import lru_cache

import numpy as np
import pandas as pd
import pytest

from ftsec.evidence.ratios import factor_ratios
from ftsec.figures.literature.factors import factors
from ftsec.figures.tools import corpus_defenses
from ftsec.figures.tools import gates as gate_figures
from tests.figures.layout import all_clashes

TITLES = {"learning_rate": "learning rate, 5e-5 over 2e-5", "prefix_tuning": "prefix tuning over full"}


@lru_cache
def repeated():
    shares = pd.DataFrame({"corpus": ["RealNews ‡", "C4 ‡", "Wiki-40B ‡"], "share": [13.63, 3.04, 0.39]})
    return corpus_defenses.near_duplicate_shares(shares)


@lru_cache
def recall():
    edits = ["exact copy", "sentence dropped", "words 5 %", "half replaced"]
    return corpus_defenses.recall_by_edit(
        pd.DataFrame({"edit": edits, "k": [30, 12, 10, 0], "n": [30, 12, 12, 12]}), 0.7
    )


@lru_cache
def thresholds():
    frame = {"threshold": [0.4, 0.7, 0.9], "removed_right": [171, 157, 112], "removed": [213, 158, 112]}
    return corpus_defenses.threshold_sweep(pd.DataFrame(frame).assign(to_remove=171))


@lru_cache
def exposure():
    names, copies = ["inside different documents", "a document of its own"], [1, 2, 4, 8]
    rows = [(name, n, min(8, 2 * n), 4.0) for name in names for n in copies] + [("never inserted", 0, 3.0, 3.0)]
    return corpus_defenses.canary_exposure(
        pd.DataFrame(rows, columns=["placement", "copies", "before", "after"]), largest=8
    )


@lru_cache
def verdicts():
    cells = [["pass", "pass", "block", "block"], ["warn", "pass", "pass", "warn"]]
    columns = [f"{run} run\n{code}" for run in ("safe", "unsafe") for code in ("printed", "corrected")]
    gates = ["safety_probe_evaluation", "data_diversity_check"]
    return gate_figures.gate_verdicts(pd.DataFrame(cells, index=gates, columns=columns))


@lru_cache
def flagged():
    tools = ["OpenAI moderation", "Perspective (>=0.7)"] * 2
    rows = {"tool": tools, "what": ["instructions", "instructions", "answers", "answers"], "share": [17, 4, 21, 17]}
    return gate_figures.flagged_shares(pd.DataFrame(rows).assign(n=100))


@lru_cache
def triggered():
    rows = {"model": ["GPT-3.5 Turbo 0613", "Gemma-1.1-7B-IT"], "plain": [4.2, 2.0], "triggered": [63.3, 82.3]}
    return gate_figures.plain_and_triggered(pd.DataFrame(rows).assign(n=[330, np.nan]))


@lru_cache
def chances(first=59):
    """As of a gate that passes a model without a bad answer from the `first` prompt on."""
    n = np.array([20, 58, 59, 92, 300, 3000])
    rows = [pd.DataFrame({"rate": r, "n": n, "chance": (n >= first) * (1 - r) ** 59}) for r in (0, 0.01, 0.025, 0.08)]
    return gate_figures.chance_to_pass(pd.concat(rows), 0.05)


@lru_cache
def ratios():
    return factors(factor_ratios(), dict.fromkeys(TITLES, 1.0), TITLES)


FIGURES = (repeated, recall, thresholds, exposure, verdicts, flagged, triggered, chances, ratios)


@pytest.mark.parametrize("make", FIGURES, ids=lambda make: make.__name__)
def test_texts_stand_clear_of_each_other_and_inside(make):
    assert all_clashes(make()) == []


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (repeated, "13.63 % of RealNews ‡ nearly repeat another document"),
        (recall, "2 are removed without exception; least often found is 'half replaced' with 0 of 12"),
        (thresholds, "recall goes from 100 % to 65 % and precision from 80 % to 100 %"),
        (exposure, "At 8 copies, inside different documents: 8.0 before, 4.0 after"),
        (verdicts, "printed and corrected code differ in 1 (data_diversity_check)"),
        (flagged, "the most that any flags is 21 % (OpenAI moderation, answers); the least is 4 %"),
        (triggered, "GPT-3.5 Turbo 0613 4.2 % plain, 63.3 % triggered"),
        (chances, "With 3000 prompts, by true share: 0: 1.00; 0.01: 0.55"),
        (ratios, "prefix tuning over full: article 1, published 0 to"),
    ],
)
def test_the_sentence_is_made_from_the_data(make, says):
    assert says in make().alt


def test_a_name_on_a_phone_goes_on_in_a_new_line():
    labels = [label.get_text() for label in verdicts().narrow().axes[0].get_yticklabels()]
    assert labels == ["safety_probe_\nevaluation", "data_diversity_\ncheck"]
    assert [label.get_text() for label in verdicts().figure.axes[0].get_yticklabels()] == list(verdicts().data["index"])


@pytest.mark.parametrize("first", [20, 59, 5000])
def test_curves_are_named_wherever_they_rise(first):
    assert {text.get_text() for text in chances(first).narrow().axes[0].texts} == {"0", "0.01", "0.025", "0.08"}
