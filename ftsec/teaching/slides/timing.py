"""How many minutes each slide gets: what it needs, or what a plan leaves it; the sum is the plan's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from ftsec.base.errors import InputError
from ftsec.teaching.exercises import exercises
from ftsec.teaching.plans import Plan

STEP = 0.5  # minutes
WANTED = {  # minutes that a slide of this role takes
    "title": 1, "prediction": 2, "key": 3, "shown": 2, "verdict": 2, "to do": 1, "exercises": 0, "not shown": 1,
}  # fmt: skip
LEAST = {"title": 0.5, "prediction": 1, "key": 1, "verdict": 1, "not shown": 0.5}  # no time for the others, if need be
GIVEN_UP = ("shown", "to do", "verdict", "key", "prediction", "title", "not shown")  # what is shortened first


@dataclass(frozen=True)
class Lesson:
    """The time for one chapter: minutes in all, the exercises that everybody does in them, and those for the quick."""

    minutes: float
    exercises: tuple[str, ...]
    plan: str = ""
    quick: tuple[str, ...] = ()


def lesson_of(plan: Plan, chapter: str) -> Lesson | None:
    """What a plan gives a chapter (the stem of its file); None if it does not name it. A lab means all exercises."""
    items = plan.items_of(chapter)
    if not items:
        return None
    named = tuple(name for item in items for name in item.exercises)
    number = chapter.split("_")[0]
    if not named and any(item.what.startswith("Lab") for item in items):
        named = tuple(name for name, each in exercises().items() if each.chapter == number)
    quick = tuple(name for item in items for name in item.for_the_quick)
    return Lesson(sum(item.minutes for item in items), named, plan.name, quick)


def lesson_without_plan(number: str, roles: Sequence[str]) -> Lesson:
    """As long as the slides and all exercises of the chapter take."""
    own = tuple(name for name, each in exercises().items() if each.chapter == number)
    return Lesson(sum(WANTED[role] for role in roles) + work(own), own)


def work(names: Sequence[str]) -> float:
    """The minutes of exercises."""
    return sum(exercises()[name].minutes for name in names)


def minutes(roles: Sequence[str], lesson: Lesson, asked: Sequence[Sequence[str]] = ()) -> list[float]:
    """Minutes for each slide, in the order of their roles; together the lesson's.

    What the slides leave is time for the exercises: a slide has it in proportion to the work that stands on it. If time
    is short, slides get less or none, from the last one shown.

    Args:
        asked: for each slide the exercises that stand on it; without this all slides of exercises have the same time.

    Raises:
        InputError: if the exercises alone, or what no slide can do without, take longer than the lesson.
    """
    given = [float(WANTED[role]) for role in roles]
    short = sum(given) - (lesson.minutes - work(lesson.exercises))
    for role in GIVEN_UP:
        for place in [place for place, each in enumerate(roles) if each == role][::-1]:
            cut = min(given[place] - LEAST.get(role, 0), max(short, 0))
            given[place], short = given[place] - cut, short - cut
    if short > 0:
        raise InputError(
            f"{lesson.minutes:g} minutes are too few for the slides and {work(lesson.exercises):g} of work"
        )
    rest = lesson.minutes - sum(given)
    takers = [place for place, role in enumerate(roles) if role == "exercises"]
    places = takers or [roles.index("verdict")]
    on_slide = [[name for name in asked[place] if name in lesson.exercises] for place in places] if asked else []
    for place, part in zip(places, _split(rest, [work(names) for names in on_slide], len(places)), strict=True):
        given[place] += part
    return given


def _split(total: float, weights: Sequence[float], parts: int) -> list[float]:
    """The total in steps, in proportion to the weights as far as steps allow; in even parts if no weight is above 0."""
    shares = weights if sum(weights) else [1.0] * parts
    ends = [math.ceil(total / STEP * end / sum(shares) - 1e-9) for end in accumulate(shares, initial=0)]
    return [STEP * (end - start) for start, end in pairwise(ends)]
