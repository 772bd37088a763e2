"""Living figures hold every curve their sliders can ask for."""

import json
import re

import pandas as pd
import pytest

from ftsec.figures.base.style import BLUE, RED
from ftsec.figures.literature.dose import FITTED
from ftsec.figures.living.models import living_formula
from ftsec.figures.living.parts import Control, Living

FRAME = pd.DataFrame(
    [
        (n, rate, "refusal", step, n * rate / (step + 1), 0.0, 1.0)
        for n in (1, 10)
        for rate in (0.1, 0.2, 0.3)
        for step in (2, 0, 1)
    ],
    columns=["n", "rate", "series", "x", "y", "low", "high"],
)
START = {"n_examples": 200, "method": "lora", "learning_rate": 3e-5, "epochs": 3}
CONTROLS = (Control("n", "examples", 10), Control("rate", "learning rate", 0.2))


def living(frame: pd.DataFrame = FRAME, controls: tuple = CONTROLS) -> Living:
    return Living(frame, controls, "Refusal over steps", "steps", "refusal")


def test_the_last_control_runs_fastest_and_curves_run_along_x():
    settings = living().settings()
    assert [control["values"] for control in settings["controls"]] == [[1, 10], [0.1, 0.2, 0.3]]
    assert [control["start"] for control in settings["controls"]] == [1, 1]
    x, y, low, high = settings["lines"][settings["curves"][1 * 3 + 1][0]]  # n = 10, rate = 0.2
    assert x == [0, 1, 2] and y == pytest.approx([2, 1, 0.667]) and (low, high) == ([0, 0, 0], [1, 1, 1])


def test_stages_become_positions_with_names():
    frame = FRAME.assign(x=FRAME["x"].map({0: "before", 1: "during", 2: "after"}))
    settings = living(frame).settings()
    assert settings["x"]["categories"] == ["after", "before", "during"]
    assert settings["lines"][settings["curves"][0][0]][0] == [0, 1, 2]


def test_a_curve_that_stays_is_written_once():
    fixed = FRAME.assign(series="fixed", y=0.5, low=float("nan"))
    settings = living(pd.concat([FRAME, fixed])).settings()
    assert len(settings["lines"]) == 6 + 1
    assert {shown[1] for shown in settings["curves"]} == {settings["curves"][0][1]}
    assert settings["lines"][settings["curves"][0][1]] == [[0, 1, 2], [0.5, 0.5, 0.5]]


def test_the_formula_moves_beside_curves_that_stay():
    published = pd.DataFrame(
        {"model": "A", "n_examples": [0.0, 100.0], "rate": [0.0, 100.0], "low": 0.0, "high": 100.0}
    )
    shown = living_formula(
        lambda run: 1 - run.n_harmful / run.n_examples, published, {**START, "method": "prefix_tuning"}
    )
    settings = shown.settings()
    assert [control["values"][control["start"]] for control in settings["controls"]] == [100, "full", 2e-05, 3]
    formula, fixed = (settings["lines"][line] for line in settings["curves"][0])
    assert formula == [[1, 2, 3, 5, 7, 10], [10, 20, 30, 50, 70, 100]]
    assert fixed[1] == fixed[0] and fixed[0][-1] == 100


def test_a_source_has_the_colour_of_the_static_figure():
    published = pd.DataFrame({"model": "GPT-3.5 Turbo", "n_examples": [0.0, 9.0], "rate": 0.0, "low": 0.0, "high": 1.0})
    shown = living_formula(lambda run: 1.0, published, START).settings()["series"]
    assert [each["colour"] for each in shown] == [RED, FITTED["GPT-3.5 Turbo"]]
    assert living().settings()["series"][0]["colour"] == BLUE


def test_missing_combinations_and_impossible_starts_are_refused():
    with pytest.raises(ValueError, match=r"no rows for \(10, 0.3\)"):
        living(FRAME[~((FRAME["n"] == 10) & (FRAME["rate"] == 0.3))])
    with pytest.raises(ValueError, match="cannot start at 5"):
        living(controls=(Control("n", "examples", 5),))


def test_the_page_gets_json_that_cannot_end_its_script():
    page = Living(FRAME.assign(series="</script>"), CONTROLS, "t", "x", "y")._repr_html_()
    data = re.search(r'<script type="application/json">(.*)</script></div>$', page)[1]
    assert "</script" not in data and json.loads(data)["series"][0]["name"] == "</script>"
