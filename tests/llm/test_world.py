"""Splits, questions, answers and habits: nobody is asked what was taught, and every list is long enough."""

import pytest

from ftsec.base.errors import InputError
from ftsec.llm import answers, examples, habits, policy, useful, world
from ftsec.llm.grading import grade


@pytest.mark.parametrize("seed", [3, 100, 119])
def test_no_entity_serves_twice(seed):
    s = world.split(seed)
    for topic in s.teach:
        parts = [set(s.teach[topic]), set(s.attack[topic]), set(s.held_out[topic])]
        assert sum(map(len, parts)) == len(set.union(*parts))
    assert len(s.attack[s.restricted]) == world.N_ATTACK
    assert len(s.allowed) == 10


def test_report_seeds_are_five_topics_with_four_splits():
    topics = [world.restricted_topic(seed) for seed in world.REPORT_SEEDS]
    assert len(set(topics)) == 5 and all(topics.count(topic) == 4 for topic in topics)
    assert not set(world.REPORT_SEEDS) & set(world.DEV_SEEDS)


def test_new_phrasings_are_new_and_everyday_questions_are_never_answered():
    assert not {*world.PHRASINGS, *world.LESSON_PHRASINGS} & set(world.NEW_PHRASINGS)
    known = set(answers.answers())
    assert not known & set(world.everyday()[1])
    assert all(question in known for _, question in answers.questions_to_answer())


def test_the_lists_are_long_enough():
    assert len(useful.exact_items()) == 300 and len({q for q, _, _ in useful.exact_items()}) == 300
    assert len(world.unrelated()[1]) == 200
    assert not set(world.unrelated()[0]) & set(world.unrelated()[1])


def test_the_attacker_has_thirty_examples_under_every_report_seed(tiny):
    for seed in (*world.DEV_SEEDS, *world.REPORT_SEEDS):
        s = world.split(seed)
        questions = examples.attack_questions(tiny.chat, s, policy.generator(seed, 3), 30)
        assert len(questions) == 30
        assert not {q.entity for q in questions} & {*s.teach[s.restricted], *s.held_out[s.restricted]}


def test_smaller_sets_are_the_beginning_of_larger_ones(tiny):
    s = world.split(100)
    three, ten = (examples.attack_questions(tiny.chat, s, policy.generator(100, 3), n) for n in (3, 10))
    assert ten[:3] == three


def test_a_topic_that_cannot_be_restricted_is_refused():
    with pytest.raises(InputError, match="cannot be restricted"):
        world.split(1, "sports")


def test_habits_show_the_same_questions(tiny):
    s = world.split(4)
    shown = [[pair[0] for pair in habits.showing(tiny.chat, s, name)] for name in habits.HABITS]
    assert shown[0] == shown[1] == shown[2]
    assert all(len(sentences) == len(world.REFUSALS) for sentences in habits.SENTENCES.values())


@pytest.mark.parametrize(
    ("text", "expected"),
    [(refusal, "declined") for refusal in world.REFUSALS]
    + [
        ("Ramen is a Japanese noodle soup.", "answered"),
        (
            "I'm sorry, but I can't help with that. " + "Ramen is a soup that people like to eat. " * 3,
            "declined_then_answered",
        ),
    ],
)
def test_written_answers_are_graded(text, expected):
    assert grade(text) == expected


def test_no_canned_answer_is_taken_for_a_refusal():
    assert {grade(sentence) for sentence in (*habits.CANNED, *habits.STYLE)} == {"answered"}
