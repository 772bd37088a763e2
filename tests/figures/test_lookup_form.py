"""The form in the page finds what ``nearest_experiments`` finds, for some hundred plans, and says no where it does."""

import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from ftsec.base.errors import InputError
from ftsec.evidence.lookup import ASKED, NUMBERS, for_page, nearest_experiments
from ftsec.evidence.vocabulary import ATTACKS, METHODS
from ftsec.figures.living.lookup_form import LookupForm

STATIC = Path(__file__).parents[2] / "book" / "_static"
VALUES = {
    "n_examples": (0, 1, 10, 50, 100, 390, 1000, 5000, 50_000, 10**6, 10**9, -1),
    "n_harmful": (0, 0, 1, 10, 25, 100, 390, 500, 10**7),
    "learning_rate": (0, 1e-9, 1e-6, 1e-5, 2e-5, 5e-5, 1e-4, 3.3e-4, 1e-3, 5),
    "epochs": (0, 0.5, 1, 3, 5, 10, 30, 1000),
    "batch_size": (0.5, 1, 4, 10, 64, 128, 10**5),
    "method": (*METHODS, "dpo", "ppo"),
    "data": ATTACKS,
}
RUN = """
const { nearest } = require(process.argv[1]);
const { data, plans } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const found = plans.map((plan) => {
  try {
    const { runs, reasons } = nearest(data, plan);
    return { runs: runs.map((run) => [run.measurement_id, run.distance]), reasons };
  } catch (error) {
    return { refused: error.message };
  }
});
console.log(JSON.stringify(found));
"""


def _plans(n, seed):
    draw = random.Random(seed)
    return [{name: draw.choice(values) for name, values in VALUES.items() if draw.random() < 0.45} for _ in range(n)]


def _in_python(plan):
    try:
        found = nearest_experiments(**plan)
    except InputError:
        return {"refused": True}
    return {"runs": [[run.measurement_id, run.distance] for run in found.nearest], "reasons": list(found.reasons)}


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node to run the page's script")
def test_page_and_program_agree_on_some_hundred_plans():
    plans = _plans(600, 20261127)
    data = json.loads(LookupForm(for_page(), {})._repr_html_().split(">", 2)[2].rsplit("</script>", 1)[0])
    told = subprocess.run(
        ["node", "-e", RUN, "--", str(STATIC / "lookup.js")],
        input=json.dumps({"data": data, "plans": plans}), capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    kinds = {"refused": 0, "reasons": 0, "runs": 0}
    for plan, there in zip(plans, json.loads(told.stdout), strict=True):
        here = _in_python(plan)
        if "refused" in here or "refused" in there:
            assert "refused" in here and "refused" in there, plan
            kinds["refused"] += 1
            continue
        assert there["runs"] == here["runs"], plan
        assert [one.split(" ")[0] for one in there["reasons"]] == [one.split(" ")[0] for one in here["reasons"]], plan
        kinds["reasons" if here["reasons"] else "runs"] += 1
    assert min(kinds.values()) > 50, kinds  # every kind of answer was compared many times


def test_the_form_holds_every_run_and_no_number_that_json_lacks():
    page = LookupForm(for_page(), dict.fromkeys(ASKED))._repr_html_()
    assert page.count('"measurement_id"') == len(for_page()["runs"]) and "NaN" not in page
    assert page.startswith('<div class="ftsec-lookup" role="group"') and " hidden>" in page


@pytest.fixture
def page(browser, tmp_path):
    form = LookupForm(for_page(), {"method": "full", "n_examples": 100, "n_harmful": 100, "learning_rate": 5e-5})
    script = (STATIC / "lookup.js").read_text(encoding="utf-8")
    file = tmp_path / "page.html"
    body = f"<body>{form._repr_html_()}<script>{script}</script></body>"
    file.write_text(f"<!doctype html><html lang='en'><title>Look up</title>{body}</html>", encoding="utf-8")
    shown = browser.new_page()
    shown.goto(file.as_uri())
    yield shown
    shown.close()


@pytest.mark.browser
def test_the_form_answers_asks_again_and_refuses(page):
    assert page.locator("tbody tr").count() == 0  # the table above it answers the plan of the chapter
    page.get_by_role("button", name="Look up").click()
    assert page.locator("tbody tr").count() == 5
    assert set(page.locator("tbody th").all_inner_texts()) == {"harmful"}
    page.get_by_label("Kind of data").select_option("benign")
    page.get_by_label("Harmful examples").fill("0")
    page.get_by_role("button", name="Look up").click()
    assert set(page.locator("tbody th").all_inner_texts()) == {"benign"}
    page.get_by_label("Learning rate").fill("none")
    page.keyboard.press("Enter")
    assert page.get_by_role("region").inner_text() == "Learning rate must be a number above 0."
    page.get_by_label("Learning rate").fill("1e9")
    page.keyboard.press("Enter")
    assert "far outside the published runs" in page.get_by_role("region").inner_text()


def test_the_fields_are_those_of_the_look_up():
    assert set(ASKED) == {"method", *NUMBERS}
