"""Living figures hold every curve their sliders can ask for."""

import json
import re

import pandas as pd
import pytest

from ftsec.figures.living import Control, Living

FRAME = pd.DataFrame(
    [
        (n, rate, "refusal", step, n * rate / (step + 1), 0.0, 1.0)
        for n in (1, 10)
        for rate in (0.1, 0.2, 0.3)
        for step in (2, 0, 1)
    ],
    columns=["n", "rate", "series", "x", "y", "low", "high"],
)
CONTROLS = (Control("n", "examples", 10), Control("rate", "learning rate", 0.2))


def living(frame: pd.DataFrame = FRAME, controls: tuple = CONTROLS) -> Living:
    return Living(frame, controls, "Refusal over steps", "steps", "refusal")


def test_the_last_control_runs_fastest_and_curves_run_along_x():
    settings = living().settings()
    assert [control["values"] for control in settings["controls"]] == [[1, 10], [0.1, 0.2, 0.3]]
    assert [control["start"] for control in settings["controls"]] == [1, 1]
    x, y, low, high = settings["curves"][1 * 3 + 1][0]  # n = 10, rate = 0.2
    assert x == [0, 1, 2] and y == pytest.approx([2, 1, 0.667]) and (low, high) == ([0, 0, 0], [1, 1, 1])


def test_stages_become_positions_with_names():
    frame = FRAME.assign(x=FRAME["x"].map({0: "before", 1: "during", 2: "after"}))
    settings = living(frame).settings()
    assert settings["x"]["categories"] == ["after", "before", "during"]
    assert settings["curves"][0][0][0] == [0, 1, 2]


def test_missing_combinations_and_impossible_starts_are_refused():
    with pytest.raises(ValueError, match=r"no rows for \(10, 0.3\)"):
        living(FRAME[~((FRAME["n"] == 10) & (FRAME["rate"] == 0.3))])
    with pytest.raises(ValueError, match="cannot start at 5"):
        living(controls=(Control("n", "examples", 5),))


def test_the_page_gets_json_that_cannot_end_its_script():
    page = Living(FRAME.assign(series="</script>"), CONTROLS, "t", "x", "y")._repr_html_()
    data = re.search(r'<script type="application/json">(.*)</script></div>$', page)[1]
    assert "</script" not in data and json.loads(data)["series"][0]["name"] == "</script>"
