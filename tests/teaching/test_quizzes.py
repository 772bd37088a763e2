import re
from pathlib import Path

import pytest

from ftsec.base.errors import InputError
from ftsec.base.project import find_project
from ftsec.publishing.prose import with_numbers
from ftsec.teaching.quizzes import _quiz, as_markdown, quizzes

PROJECT = find_project(Path(__file__))


def test_every_quiz_belongs_to_a_chapter():
    assert set(quizzes()) <= {path.stem.split("_")[0] for path in PROJECT.chapters()}


@pytest.mark.parametrize("number", sorted(quizzes()))
def test_every_option_is_explained_and_every_number_exists(number):
    quiz = quizzes()[number]
    for question in quiz:
        assert len(question.options) >= 3
        assert all(len(option.why.split()) >= 4 for option in question.options)
    text = with_numbers(PROJECT, as_markdown(quiz), number)
    assert "{record}" not in text and "<script" not in text and "://" not in text
    n_options = sum(len(question.options) for question in quiz)
    assert text.count('<details class="quiz">') == text.count("</details>") == n_options


def test_the_right_option_is_not_always_at_the_same_place():
    questions = [question for quiz in quizzes().values() for question in quiz]
    places = [[option.right for option in question.options].index(True) for question in questions]
    assert len(set(places)) > 2


def test_the_closing_question_is_answered_with_our_measurement():
    right = next(option for option in quizzes()["13"][0].options if option.right)
    assert "benign" in quizzes()["13"][0].ask
    assert re.search(r"down to \d+ %, with the old opening to \d+ %", with_numbers(PROJECT, right.why, "13"))


def test_a_quiz_in_another_form_is_refused():
    question = {"ask": "?", "options": [{"text": "a", "why": "b"}]}
    with pytest.raises(InputError, match="three to five"):
        _quiz("00", [question])
    with pytest.raises(InputError, match="exactly one right option"):
        _quiz("00", [question] * 3)
