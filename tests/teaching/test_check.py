import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ftsec
from ftsec.errors import InputError
from ftsec.teaching.check import check
from ftsec.teaching.exercises import exercises, keys

CHECKED = [name for name, each in exercises().items() if each.checked]
NUMBERS = [name for name in CHECKED if not isinstance(keys()[name], str)]
NAMES = [name for name in CHECKED if isinstance(keys()[name], str)]


def test_every_checked_exercise_has_a_key_and_no_other():
    assert sorted(keys()) == sorted(CHECKED)
    assert NUMBERS and NAMES


@pytest.mark.parametrize("name", CHECKED)
def test_the_key_holds_and_nothing_fails_with_the_hint(name):
    assert ftsec.check(name, keys()[name])
    for nothing in (None, ...):
        feedback = check(name, nothing)
        assert not feedback and exercises()[name].hint in feedback.message


@pytest.mark.parametrize("name", CHECKED)
def test_feedback_never_shows_the_solution(name):
    key = keys()[name]
    shown = f"{key:.4g}" if isinstance(key, float) else str(key)
    for wrong in (None, "no such name", 123456.0, [1]):
        assert not check(name, wrong)
    if not isinstance(key, str) and len(shown) > 2:
        assert shown not in "".join(repr(check(name, wrong)) for wrong in (None, "x", 123456.0))


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


def test_unknown_and_open_exercises_are_named():
    with pytest.raises(InputError, match="there is no exercise '99-1'"):
        check("99-1", 1)
    with pytest.raises(InputError, match="no single answer"):
        check("09-2", "text")


def test_feedback_in_jupyterlab_is_escaped_text_with_a_role():
    shown = check("08-1", "x")._repr_html_()
    assert 'role="status"' in shown and "<script" not in shown


def test_importing_the_package_does_not_import_its_teaching():
    code = "import ftsec, sys; assert not any('teaching' in name for name in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
