import copy
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ftsec
from ftsec.base.errors import InputError
from ftsec.teaching import tries
from ftsec.teaching.check import check
from ftsec.teaching.exercises import KINDS, Exercise, exercises, keys
from ftsec.teaching.judging import MARGIN

CHECKED = [name for name, each in exercises().items() if each.checked]
NUMBERS = [name for name in CHECKED if exercises()[name].form == "number"]


@pytest.fixture(autouse=True)
def new_kernel():
    tries.forget()


def right(name):
    """An answer that holds, made from the key: for a function one that looks the cases up."""
    wanted, key = exercises()[name], keys()[name]
    if wanted.form == "function":
        return lambda *arguments: next(result for case, result in key if case == list(arguments))
    if wanted.form == "gate":
        return lambda run: next(harmful for measured, harmful in key if measured == run)
    if wanted.form == "plan":
        within = [each for each in key if all(each[1][name] <= limit for name, limit in wanted.limits.items())]
        return max(within, key=lambda each: each[1][wanted.most])[0]
    return key


def test_every_checked_exercise_has_a_key_and_no_other():
    assert sorted(keys()) == sorted(CHECKED)


def test_all_kinds_of_exercises_are_there():
    counts = Counter(each.kind for each in exercises().values())
    assert set(counts) == set(KINDS)
    assert counts["fault"] >= 2 and counts["gate"] >= 2 and counts["budget"] >= 1
    assert all(each.ask for each in exercises().values() if each.checked)


@pytest.mark.parametrize("name", CHECKED)
def test_the_key_holds_and_nothing_handed_in_is_asked_for_without_a_hint(name):
    assert ftsec.check(name, right(name))
    for nothing in (None, ...):
        feedback = check(name, nothing)
        assert not feedback and exercises()[name].ask in feedback.message and "int:" not in feedback.message


@pytest.mark.parametrize("name", CHECKED)
def test_help_comes_nearer_with_each_new_wrong_answer(name):
    wanted = exercises()[name]
    told = [check(name, wrong).message for wrong in ([1], [1], [2], {}, [3])]
    assert all(wanted.pointer in each and wanted.hint not in each for each in told[:2])  # the same answer twice
    assert wanted.hint in told[2] and "The place" not in told[2]
    assert all(wanted.hint in each and f"The place: chapter {wanted.chapter}, “" in each for each in told[3:])


def test_a_function_without_a_body_is_nothing_handed_in_and_costs_no_hint():
    space = {}
    exec("def attacked(before, n_examples):\n    ...\ndef half(before, n_examples):\n    return before / 2", space)
    assert check("02-3", space["attacked"]).message == f"Nothing handed in yet. Wanted: {exercises()['02-3'].ask}."
    told = check("02-3", space["half"]).message
    assert exercises()["02-3"].pointer in told and exercises()["02-3"].hint not in told


def test_a_number_may_be_handed_in_as_text_with_its_sign_for_per_cent():
    assert check("02-1", "95 %") and check("02-1", "95,0") and check("02-1", 95)
    assert "A single number is wanted" in check("02-1", "about 95").message


def test_a_function_that_is_defined_again_unchanged_is_no_new_try():
    def made(end):
        return eval(f"lambda before, n_examples: {end}")

    told = [check("02-3", made(end)).message for end in ("0.5", "0.5", "0.6")]
    assert exercises()["02-3"].hint not in told[1] and exercises()["02-3"].hint in told[2]


@pytest.mark.parametrize("name", CHECKED)
def test_a_wrong_answer_fails_with_help_and_never_shows_the_solution(name):
    wanted, key = exercises()[name], keys()[name]
    for wrong in ("no such name", 123456.0, [1], {}, lambda *arguments: "no such name", lambda: None):
        feedback = check(name, wrong)
        if wanted.form != "gate" or not callable(wrong):
            assert not feedback and ("Hint: " in feedback.message or "Nearer hint: " in feedback.message)
        said = repr(feedback).replace(wanted.hint, "").split(" The place: ")[0]
        if wanted.form == "number" and len(f"{key:.4g}") > 2:
            assert f"{key:.4g}" not in said
        elif isinstance(key, str) and not wanted.choices:
            assert key not in said


@given(st.sampled_from(NUMBERS), st.floats(1.03, 50) | st.floats(-50, 0.97))
def test_numbers_that_are_off_do_not_hold(name, factor):
    assert not check(name, keys()[name] * factor)


@given(st.sampled_from(NUMBERS), st.floats(0.9905, 1.0095))
def test_rounded_numbers_hold(name, factor):
    assert check(name, keys()[name] * factor)


def test_a_wrong_unit_is_told():
    assert "unit" in check("12-2", 100 * keys()["12-2"]).message


def test_words_count_in_any_case_and_order():
    assert check("03-1", "code repositories") and check("08-1", " sft")
    assert not check("03-1", "code books") and not check("03-1", "code") and not check("08-1", "")
    assert "single number" in check("02-2", "ten").message and "quotes" in check("08-1", 3).message
    assert "formula, literature" in check("17-2", "testbed").message


def test_of_several_names_the_missing_and_the_wrong_ones_are_counted():
    first, *rest = keys()["08-2"]
    assert check("08-2", {first, *rest}) and check("08-2", [first.lower(), *rest])
    assert f"{len(rest)} missing." in check("08-2", [first]).message
    assert "1 too many" in check("08-2", [first, *rest, "DPO"]).message
    assert "a list" in check("08-2", first).message


@pytest.mark.parametrize("name", [name for name in CHECKED if exercises()[name].form == "function"])
def test_a_function_must_be_right_on_every_hidden_case(name):
    cases = keys()[name]
    for turned, _ in cases:

        def wrong(*arguments, turned=turned):
            return "wrong" if list(arguments) == turned else right(name)(*arguments)

        assert f"1 of {len(cases)} hidden cases" in check(name, wrong).message
    assert "stops with ZeroDivisionError" in check(name, lambda *arguments: 1 / 0).message
    before = copy.deepcopy(cases)
    check(name, lambda *arguments: [each.clear() for each in arguments])
    assert keys()[name] == before


@pytest.mark.parametrize(
    ("stop", "told"),
    [
        (lambda run: True, "harmless ones are stopped"),
        (lambda run: False, "harmful ones pass"),
        (lambda run: run["full_safety_benchmark"] < 0.8, "harmful ones pass"),  # blind to a trigger
        (lambda run: run["no such gate"] > 1, "KeyError"),
    ],
)
def test_a_gate_that_misses_or_stops_too_much_fails(stop, told):
    assert told in check("06-4", stop).message


def test_two_gates_that_see_different_attacks_pass():
    assert check("06-4", lambda run: run["data_toxicity_scan"] > 0.12 or run["full_safety_benchmark"] < 0.5)


def test_a_plan_over_its_budget_or_behind_another_fails():
    wanted, plans = exercises()["13-3"], keys()["13-3"]
    held = [plan for plan, _ in plans if check("13-3", plan)]
    assert held == [right("13-3")]  # one choice, and it is not the margin that decides
    scores = sorted(s[wanted.most] for _, s in plans if all(s[name] <= x for name, x in wanted.limits.items()))
    assert scores[-1] - scores[-2] > 2 * MARGIN
    assert "exceeds the budget: over_refusal" in check("13-3", {"arm": "replace", "share": 0.2}).message
    assert "does better" in check("13-3", {"arm": "add", "share": 0.05}).message
    assert "'share' one of" in check("13-3", {"arm": "add", "share": 0.3}).message


@pytest.mark.parametrize(
    ("name", "told"),
    [("02-9", "chapter 02 has 02-1, 02-2, 02-3."), ("2-1", "chapter 02 has 02-1"), ("99-1", "are in chapters 00"),
     (2, "chapter 02 has 02-1"), (2 - 1, "stands in quotes"), (None, "a name is a chapter and a number"),
     ("09-2", "open question")],
)  # fmt: skip
def test_unknown_and_open_exercises_are_answered_in_a_sentence(name, told):
    feedback = check(name, 1)
    assert not feedback and told in repr(feedback) and "not yet" not in repr(feedback)


def test_an_exercise_is_checked_or_has_a_rubric():
    for wrong in (
        {"kind": "other", "rubric": "r"},
        {"kind": "gate"},
        {"kind": "gate", "rubric": "r", "answer": "1"},
        {"kind": "gate", "answer": "1", "pointer": "p"},
    ):
        with pytest.raises(InputError, match="exercise 99-1"):
            Exercise(id="99-1", hint="", minutes=1, mistakes=(), **wrong)


def test_feedback_in_jupyterlab_is_escaped_text_with_a_role():
    shown = check("08-1", "x")._repr_html_()
    assert 'role="status"' in shown and "<script" not in shown


def test_importing_the_package_does_not_import_its_teaching():
    code = "import ftsec, sys; assert not any('teaching' in name for name in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
