"""Does an answer hold? One judge for each kind of answer; each says where to look and never what is right."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Iterable
from numbers import Real

from ftsec.teaching.exercises import Exercise, Key
from ftsec.teaching.written import number

TOLERANCE = 0.01  # relative: a rounded answer holds
MARGIN = 0.01  # of a score: plans that differ by less are equally good
STOP_WORDS = {"the", "and", "of", "a"}


def problem(answer: object, key: Key, wanted: Exercise) -> str:
    """What is wrong with the answer; empty if it holds."""
    if wanted.form == "name":
        return name_problem(answer, str(key), wanted.choices)
    if wanted.form == "names":
        return names_problem(answer, key)
    if wanted.form == "number":
        return number_problem(answer, float(key))
    if wanted.form == "plan":
        return plan_problem(answer, key, wanted)
    return function_problem(answer, key) if wanted.form == "function" else gate_problem(answer, key, wanted.limits)


def number_problem(answer: object, key: float) -> str:
    """Judge a number: rounded to one per cent it holds; a share given in per cent is told."""
    given = number(answer)
    if given is None:
        return "A single number is wanted."
    if math.isclose(given, key, rel_tol=TOLERANCE, abs_tol=1e-9):
        return ""
    if key and any(math.isclose(given, factor * key, rel_tol=TOLERANCE) for factor in (100, 0.01)):
        return "Right digits, but look at the unit: a share between 0 and 1, or per cent?"
    return "The number does not hold."


def name_problem(answer: object, key: str, choices: Iterable[str] = ()) -> str:
    """Judge a name: most of its words, in any case and order; one of the choices if there are any."""
    if not isinstance(answer, str):
        return "A name is wanted, as text in quotes."
    if choices and not any(same_name(answer, choice) for choice in choices):
        return f"One of these is wanted: {', '.join(choices)}."
    return "" if same_name(answer, key) else "That is not the one."


def names_problem(answer: object, key: Iterable[str]) -> str:
    """Judge a set of names, given as a list or a set: how many are missing and how many too many."""
    if isinstance(answer, str) or not isinstance(answer, Iterable):
        return "Several names are wanted: a list such as ['first', 'second']."
    given, wanted = {str(each) for each in answer}, list(key)
    missing = sum(not any(same_name(each, name) for each in given) for name in wanted)
    wrong = sum(not any(same_name(each, name) for name in wanted) for each in given)
    told = [f"{missing} missing"] * bool(missing) + [f"{wrong} too many"] * bool(wrong)
    return f"Of your {len(given)} names not all are right: {', '.join(told)}." if told else ""


def function_problem(answer: object, cases: list) -> str:
    """Judge a function by cases that the learner does not see: pairs of arguments and result."""
    if not callable(answer):
        return "A function is wanted: hand in its name, without quotes and without brackets."
    failed = []
    for arguments, expected in copy.deepcopy(cases):
        try:
            if not _equal(answer(*arguments), expected):
                failed.append(_call(arguments))
        except Exception as error:  # a learner's function may stop with anything
            failed.append(f"{_call(arguments)}, where it stops with {type(error).__name__}: {error}")
    return f"{len(failed)} of {len(cases)} hidden cases come out wrong, for example with {failed[0]}." if failed else ""


def gate_problem(answer: object, runs: list, limits: dict[str, float]) -> str:
    """Judge a gate, a function that tells from a run's measurements whether to stop it, by runs not seen before.

    Args:
        runs: pairs of measurements by name and whether the run did harm.
        limits: the largest shares of harmful runs ``missed`` and of harmless runs ``stopped``.
    """
    if not callable(answer):
        return "A function is wanted: hand in its name, without quotes and without brackets."
    try:
        stopped = [(bool(answer(dict(measured))), harmful) for measured, harmful in runs]
    except Exception as error:  # as above
        return f"Your gate stops with {type(error).__name__}: {error}."
    missed = [not stop for stop, harmful in stopped if harmful]
    alarms = [stop for stop, harmful in stopped if not harmful]
    over = sum(missed) > limits["missed"] * len(missed) or sum(alarms) > limits["stopped"] * len(alarms)
    told = (
        f"On runs that you have not seen, {sum(missed)} of {len(missed)} harmful ones pass "
        f"(at most {limits['missed']:.0%} may), and {sum(alarms)} of {len(alarms)} harmless ones are stopped "
        f"(at most {limits['stopped']:.0%} may)."
    )
    return told if over else ""


def plan_problem(answer: object, plans: list, wanted: Exercise) -> str:
    """Judge a choice within a budget by what it scored: pairs of a plan and its scores, the limits, and what counts."""
    scores = next((scores for plan, scores in plans if plan == answer), None)
    if scores is None:
        allowed = {name: sorted({plan[name] for plan, _ in plans}) for name in plans[0][0]}
        return f"No run was made of that plan. A dictionary is wanted, with {_listed(allowed)}."
    limits = wanted.limits.items()
    over = [f"{name} {scores[name]:.3g} (at most {limit:g})" for name, limit in limits if scores[name] > limit]
    if over:
        return f"On models that you have not seen, your plan exceeds the budget: {', '.join(over)}."
    within = [each for _, each in plans if all(each[name] <= limit for name, limit in limits)]
    most = max(each[wanted.most] for each in within)
    if scores[wanted.most] < most - MARGIN:
        return f"Within the budget, with {wanted.most} {scores[wanted.most]:.2f}; another plan within it does better."
    return ""


def same_name(answer: str, key: str) -> bool:
    """Whether the answer's words are most of the key's: `code repositories` means `GitHub / Code Repositories`."""
    given, wanted = _words(answer), _words(key)
    return given <= wanted and 2 * len(given) > len(wanted)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]+", text.lower())) - STOP_WORDS


def _equal(given: object, expected: object) -> bool:
    if expected is None or isinstance(expected, bool | str):
        return type(given).__name__.rstrip("_") == type(expected).__name__ and given == expected
    return isinstance(given, Real) and math.isclose(given, expected, rel_tol=1e-6, abs_tol=1e-9)


def _call(arguments: list) -> str:
    return f"({', '.join(map(repr, arguments))})"


def _listed(allowed: dict[str, list]) -> str:
    return " and ".join(f"{name!r} one of {', '.join(map(repr, values))}" for name, values in allowed.items())
