"""The figures of chapters 00 to 03: the sentence says what the data say, and texts do not cover each other."""

from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from ftsec.figures.base.intervals import with_wilson
from ftsec.figures.literature.asymmetry import compute_shares, dose, safety_path, sensitivity
from ftsec.figures.literature.attack_surface import phase_heat_map, published_scales, rank_shares
from ftsec.figures.literature.before_after import before_after
from ftsec.figures.literature.data_sources import priorities, reachable_share
from ftsec.figures.literature.verdicts import verdict_overview
from tests.figures.layout import all_clashes

PHASES = ["pre-training", "SFT", "RLHF", "DPO", "deployment fine-tuning"]
RISKS = ["Data Poisoning", "Supply Chain", "Memorization"]
SOURCES = ["Common Crawl / Web Crawl", "Wikipedia", "Synthetic Data (from other models)"]


@lru_cache
def heat_map():
    words = np.array([["low", "high", "very high"]] * 4 + [["critical"] * 3])
    ranks = np.array([[0, 1, 2]] * 4 + [[3] * 3])
    frames = (pd.DataFrame(values, index=PHASES, columns=RISKS) for values in (words, ranks))
    return phase_heat_map(*frames, n_ranks=4)


@lru_cache
def scales():
    units = ["tokens", "examples", "comparisons", "pairs", "examples"]
    printed = pd.DataFrame({"phase": PHASES, "low": 10**4, "high": 10**6, "unit": units})
    phases = [*PHASES, PHASES[-1], PHASES[-1]]
    amounts = [2e12, 13e3, 33e3, 17e4, 10, 15, 600]
    return published_scales(printed, pd.DataFrame({"phase": phases, "amount": amounts, "source": "GPT-3.5 Turbo 0613"}))


@lru_cache
def places():
    return rank_shares(pd.DataFrame([[1.0, 0.0], [0.0, 1.0]], index=["SFT", "RLHF"], columns=[1, 2]))


@lru_cache
def path(scores=(0.15, 0.3, 0.5, 0.25)):
    states = pd.DataFrame({"stage": ["pre-training", "SFT", "RLHF", "after attack"], "safety_score": scores})
    models = ["GPT-3.5 Turbo 0613", "Llama-2-7b-Chat"]
    published = pd.DataFrame({"model": models, "before": [98.2, 99.7], "after": [8.2, 20.0], "n_prompts": 330})
    return safety_path(states, published)


@lru_cache
def doses(left=(100.0, 60.0, 20.0)):
    model = pd.DataFrame({"n_examples": [0, 100, 200], "safety_left": left})
    rows = [
        (name, n, rate)
        for name, rates in (("A", (98, 11, 8)), ("B", (99, 50, 20)))
        for n, rate in zip((0, 10, 100), rates, strict=True)
    ]
    return dose(model, pd.DataFrame(rows, columns=["model", "n_examples", "safe_rate"]).assign(n_prompts=330))


@lru_cache
def panels():
    names = ["pre_training_data_quality", "sft_safety_examples", "rlhf_comparisons", "adversarial_examples"]
    frames = [
        pd.DataFrame({"input": name, "value": [0, 400_000], "aligned": [0.3, 0.7], "attacked": [0.1, 0.45]})
        for name in names
    ]
    return sensitivity(pd.concat(frames), dict.fromkeys(names, 1000.0))


@lru_cache
def compute():
    rows = {"stage": ["pre-training", "SFT"], "printed": [1000.0, 10.0], "published": [1000.0, 1.346]}
    return compute_shares(pd.DataFrame(rows))


@lru_cache
def lists():
    printed = pd.DataFrame({"source": SOURCES, "priority": "STANDARD"})
    new = pd.DataFrame({"source": SOURCES[::-1], "priority": ["HIGH_PRIORITY", "STANDARD", "HIGH_PRIORITY"]})
    return priorities(printed, new)


@lru_cache
def reach():
    rows = {"corpus": ["Wikipedia", "LAION-400M, COYO-700M"], "share": [6.5, 0.01], "precision": ["at_most", "exact"]}
    return reachable_share(pd.DataFrame(rows).assign(label=["up to 6.5 %", "0.01 %"]))


@lru_cache
def verdicts():
    counts = pd.DataFrame({"supported": [2, 5], "contradicted": [1, 0]}, index=["00 overview", "01 attack surface"])
    return verdict_overview(counts)


@lru_cache
def rates(low=0.3, high=80.0):
    row = {"label": "Llama-2-7b-Chat", "before": low, "after": high, "n_prompts": 330}
    return before_after(pd.DataFrame([row]), "harmfulness rate (%)")


FIGURES = (heat_map, scales, places, path, doses, panels, compute, lists, reach, verdicts, rates)


@pytest.mark.parametrize("make", FIGURES, ids=lambda make: make.__name__)
def test_texts_stand_clear_of_each_other_and_inside(make):
    drawing = make()
    assert all_clashes(drawing) == []


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (heat_map, "The darkest row is deployment fine-tuning"),
        (scales, "deployment fine-tuning: 3 of 3 published amounts lie outside"),
        (places, "SFT most often place 1 (100%)"),
        (path, "RLHF 0.50, after attack 0.25"),
        (path, "Llama-2-7b-Chat from 99.7 to 20.0 %"),
        (doses, "line ends at 20 % for 200. Published shares of safe answers: A 11 % after 10; B 50 % after 10"),
        (panels, "RLHF comparisons from 0.10 to 0.45"),
        (compute, "SFT 1.35 published, 10 in the article"),
        (lists, "As printed, 0 have high priority; with the look-up corrected 2 have"),
        (reach, "Wikipedia: up to 6.5 %"),
        (verdicts, "8 in all: supported 7, partly 0, contradicted 1, not found 0. 00 overview has the most"),
        (rates, "Llama-2-7b-Chat from 0.3 to 80"),
    ],
)
def test_the_sentence_is_made_from_the_data(make, says):
    assert says in make().alt


@pytest.mark.parametrize("make", FIGURES, ids=lambda make: make.__name__)
def test_the_drawn_numbers_can_be_downloaded(make):
    assert len(make().data) > 0


@pytest.mark.parametrize("scores", [(0.0, 0.0, 0.0, 0.1), (0.3, 0.6, 0.95, 1.0), (0.3, 0.6, 0.95, 0.5)])
def test_the_path_is_drawn_at_the_ends_of_the_range(scores):
    assert all_clashes(path(scores)) == []


def test_a_model_without_safety_has_no_dose_line_but_a_figure():
    assert "no safety to lose" in doses((np.nan, np.nan, np.nan)).alt
    assert doses((100.0, 300.0, 300.0)).figure.axes[0].get_ylim()[1] > 300


@pytest.mark.parametrize(("successes", "trials"), [(1, 330), (303, 330), (0, 50), (50, 50)])
def test_wilson_agrees_with_scipy(successes, trials):
    frame = with_wilson(pd.DataFrame({"rate": [100 * successes / trials], "n": [trials]}), "rate", "n")
    expected = binomtest(successes, trials).proportion_ci(method="wilson")
    assert frame.loc[0, ["low", "high"]].tolist() == pytest.approx([100 * expected.low, 100 * expected.high])
