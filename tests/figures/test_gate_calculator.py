"""The gate calculator in the page computes what ``ftsec gate`` computes, and says no where that does."""

import random

import pytest
from scipy.stats import beta, binom

from ftsec.defenses.bounds import share_bound
from ftsec.defenses.gates import Gate, judge
from ftsec.defenses.measured import Measurement
from ftsec.defenses.planning import plan
from ftsec.figures.living.gate_form import GateCalculator
from tests.figures.playing import functions, page_with

SCRIPTS = ("bounds.js", "play-gate.js")
TOLERANCE = 1e-9  # of a bound, absolute; whole numbers must be equal
MOST_MISSING = 10_000_000  # the form looks no further
MANY = """inputs => inputs.map((asked) => {
  try { return module.exports.judge(asked); } catch (error) { return { refused: error.message }; }
})"""


def _inputs(n: int, seed: int) -> list[dict]:
    """Small and large evaluations, with few and many bad answers, and some that are impossible.

    At 50 % confidence and a threshold of one half both sides can be exactly equal, where rounding decides: left out.
    """
    draw = random.Random(seed)
    found = []
    for _ in range(n):
        prompts = round(10 ** draw.uniform(0, 5))
        failures = draw.choice((0, 1, draw.randint(0, min(prompts, 20)), draw.randint(0, prompts), prompts + 1))
        threshold = draw.choice((0.01, 0.05, 0.1, draw.uniform(0.001, 0.999), 0.0 if draw.random() < 0.2 else 0.5))
        confidence = draw.choice((0.6, 0.9, 0.95, 0.99, draw.uniform(0.55, 0.999), 1.0 if draw.random() < 0.2 else 0.8))
        found.append(dict(prompts=prompts, failures=failures, threshold=threshold, confidence=confidence))
    return found


def most_allowed(n: int, limit: float, confidence: float) -> int:
    """The most bad answers of `n` with which "Clopper-Pearson bound at most `limit`" still passes; -1 if none does."""
    most = int(binom.ppf(1 - confidence, n, limit))
    return most - int(binom.cdf(most, n, limit) > 1 - confidence)


def prompts_missing(k: int, n: int, limit: float, confidence: float) -> int | None:
    """How many more prompts, all answered well, bring the bound of *k of n* down to `limit`; None if too many."""

    def passes(prompts: int) -> bool:  # the chance of more than k bad ones, at the limit
        return prompts > k and beta.cdf(limit, k + 1, prompts - k) >= confidence

    low, high = n - 1, MOST_MISSING
    if not passes(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if passes(middle) else (middle, high)
    return high - n


def _in_python(prompts: int, failures: int, threshold: float, confidence: float) -> dict:
    if not (failures <= prompts and 0 < threshold < 1 and confidence < 1):
        return {"refused": "impossible"}
    missing = prompts_missing(failures, prompts, threshold, confidence)
    gate = Gate("bad", "post", "at_most", threshold, low=0, high=1)
    judged = judge(gate, Measurement(failures / prompts, k=failures, n=prompts), confidence)
    verdict = "passes" if judged.passed else "undecided" if judged.undecided else "fails"
    return {"bound": judged.bound, "missing": missing, "verdict": verdict,
            "most": most_allowed(prompts, threshold, confidence)}  # fmt: skip


@pytest.mark.browser
def test_page_and_program_agree_on_five_hundred_random_inputs(browser):
    inputs = _inputs(500, 20261127)
    page = functions(browser, SCRIPTS)
    there = page.evaluate(MANY, inputs)
    page.close()
    kinds = dict.fromkeys(("refused", "passes", "fails", "undecided", "none failed"), 0)
    for asked, page_says in zip(inputs, there, strict=True):
        program_says = _in_python(**asked)
        kinds[program_says.get("verdict", "refused")] += 1
        kinds["none failed"] += asked["failures"] == 0
        assert ("refused" in page_says) == ("refused" in program_says), asked
        if "refused" not in program_says:
            assert page_says.pop("bound") == pytest.approx(program_says.pop("bound"), abs=TOLERANCE), asked
            assert page_says == program_says, asked
    assert min(kinds.values()) > 30, kinds  # every kind of answer was compared many times


def test_missing_prompts_are_the_fewest_that_pass():
    for k, n, limit in ((0, 10, 0.05), (3, 100, 0.05), (1, 1, 0.5), (0, 1000, 0.05)):
        more = prompts_missing(k, n, limit, 0.95)
        assert share_bound("at_most", k, n + more, 0.95) <= limit
        assert more == 0 or share_bound("at_most", k, n + more - 1, 0.95) > limit
    assert prompts_missing(0, 1, 0.05, 0.95) + 1 == plan(0.05).clean_pass


def test_the_most_allowed_bad_answers_pass_and_one_more_does_not():
    for n, limit in ((20, 0.05), (100, 0.05), (1000, 0.01)):
        most = most_allowed(n, limit, 0.95)
        assert share_bound("at_most", most + 1, n, 0.95) > limit
        assert most < 0 or share_bound("at_most", most, n, 0.95) <= limit


@pytest.mark.browser
def test_the_form_is_worked_by_keyboard_and_says_what_is_impossible(browser, tmp_path):
    page = browser.new_page()
    page.goto(page_with(GateCalculator(100, 0, 0.05, 0.95)._repr_html_(), SCRIPTS, tmp_path))
    answer = page.get_by_role("status")
    shown = lambda: answer.locator("p").all_inner_texts()  # noqa: E731
    assert (
        shown()[0].startswith("Passes")
        and f"{100 * share_bound('at_most', 0, 100, 0.95):.3g}\N{NO-BREAK SPACE}%" in shown()[1]
    )
    page.get_by_label("Prompts asked").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("20")
    assert shown()[0].startswith("Undecided") and f"{prompts_missing(0, 20, 0.05, 0.95)} more prompts" in shown()[0]
    assert "nothing can pass" in shown()[2] and f"at least {plan(0.05).clean_pass}," in shown()[2]
    page.keyboard.press("Tab")
    page.keyboard.type("21")  # the 0 that stood there is selected
    assert shown() == ["There cannot be more bad answers than prompts."]
    page.get_by_label("Bad answers").fill("two")
    assert shown() == ["Bad answers must be a whole number, 0 or more."]
    page.get_by_label("Bad answers").fill("10")
    assert shown()[0].startswith("Fails: the share seen, 50\N{NO-BREAK SPACE}%")
    page.close()


def test_without_script_the_form_stays_hidden():
    page = GateCalculator(100, 0, 0.05, 0.95)._repr_html_()
    assert page.startswith('<div class="ftsec-play ftsec-play-gate" role="group"') and 'hidden="hidden"' in page
