"""What the speaker reads beside a slide: the minutes, what to say or do, and what the chapter says around it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ftsec.teaching.exercises import exercises, labs
from ftsec.teaching.slides.timing import Lesson

PART = re.compile(r"\*\*(The one idea|Show|Ask|Stuck)\.\*\* (.*?)(?=\n- \*\*|\n\n|\Z)", re.DOTALL)
GATHER = "Later, `ftsec workshop gather FOLDER --lab {number}` draws what the class expected."


def parts(section: str) -> dict[str, str]:
    """The page of notes on a chapter: the one idea, what to show, what to ask, and where people get stuck."""
    return {name: " ".join(text.split()) for name, text in PART.findall(section)}


def title(notes: Mapping[str, str], claim: str) -> str:
    """The one idea that should remain."""
    return f"**The one idea.** {notes['The one idea']}" if "The one idea" in notes else claim


def prediction(number: str) -> str:
    """How a sealed prediction is taken."""
    asked = ", ".join(f"{each.ask} ({each.unit})" for each in labs()[number].numbers)
    how = f"Everybody writes numbers: {asked}. " if asked else "Everybody writes a sentence. "
    later = f" {GATHER.format(number=number)}" if asked else ""
    return f"{how}Nobody explains yet, and nothing is shown before all have sealed theirs.{later}"


def verdict(notes: Mapping[str, str]) -> str:
    """The question to put before the verdict is read."""
    ask = f"**Ask first.** {notes['Ask']} " if "Ask" in notes else "Ask for a show of hands first: does it hold? "
    return f"{ask}Then read the verdict, and compare it with the sealed predictions."


def to_do() -> str:
    return "Let each person name one line that they can do on Monday, and one that they cannot. Ask what it would take."


def not_shown() -> str:
    return "Read it aloud. Ask for one thing that the room would have concluded, and that does not follow."


def work(asked: Iterable[str], lesson: Lesson, notes: Mapping[str, str]) -> str:
    """The exercises that stand on a slide with their minutes and common mistakes, and where people get stuck."""
    own = [exercises()[name] for name in asked if name in exercises()]
    if not own:
        return "Let people try what stands on the slide, in pairs, and compare."
    lines = [
        f"- {each.id}, {each.minutes} minutes{_who(each.id, lesson)}."
        + (f" Common mistake: {each.mistakes[0]}." if each.mistakes else "")
        for each in own
    ]
    stuck = [f"**Stuck.** {notes['Stuck']}"] if "Stuck" in notes else []
    return "\n\n".join(["\n".join(lines), *stuck])


def _who(name: str, lesson: Lesson) -> str:
    if name in lesson.exercises:
        return ""
    named = lesson.exercises or lesson.quick
    return ", for the quick" if name in lesson.quick or not named else ", not in this plan"


def clock(start: float, minutes: float, plan: str) -> str:
    """The first line of every note."""
    if minutes:
        length = f"{minutes:g} {'minute' if minutes <= 1 else 'minutes'}"
        lesson = f" of this lesson ({course(plan)})" if plan else ""
        return f"**{length}**, from minute {start:g} to {start + minutes:g}{lesson}."
    return f"**No time{f' in {course(plan)}' if plan else ''}.** Show it only if somebody asks."


def course(plan: str) -> str:
    """A plan in words, such as ``the course of two hours``."""
    return f"the course of {plan.replace('-', ' ')}"
