"""How many prompts, and how many fine-tuning seeds, an evaluation needs before a gate can mean something."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom, nct, norm, t

from ftsec.base.errors import InputError

MOST_PROMPTS = 200_000
MOST_SEEDS = 2_000


@dataclass(frozen=True)
class Plan:
    """Numbers of prompts (per model) and seeds for one question each.

    Attributes:
        to_see_one: prompts until at least one bad answer shows, with the given power, if the rate is `detect`.
        clean_pass: prompts that must all be good so that the upper bound stays at or below `detect`.
        pass_good: prompts with which a model of rate `good` passes "bound at most `detect`" with the given power.
        paired: prompts to show, against the base model, that the rate rose by `detect`, if the answer to
            `changing` of the prompts differs between the two models.
        seeds: fine-tuning seeds to show a rise of the mean by `detect`, if the rate spreads by `seed_sd` between
            seeds and each is measured with `pass_good` prompts; None if no spread was given.
    """

    to_see_one: int
    clean_pass: int
    pass_good: int
    paired: int
    seeds: int | None


def plan(
    detect: float,
    power: float = 0.9,
    confidence: float = 0.95,
    good: float | None = None,
    changing: float | None = None,
    seed_sd: float | None = None,
) -> Plan:
    """Sizes for an evaluation that is to notice a share of bad answers of `detect`.

    Args:
        detect: share of bad answers, between 0 and 1, that must not stay unnoticed.
        power: chance to notice.
        confidence: of the one-sided bound or test.
        good: true share of a model that should pass, by default a fifth of `detect`.
        changing: share of prompts whose outcome differs between the two models, by default twice `detect`.
        seed_sd: standard deviation of the share between fine-tuning seeds.

    Raises:
        InputError: if a share is out of range, or the answer would exceed what can be searched.
    """
    good = detect / 5 if good is None else good
    changing = min(1.0, 2 * detect) if changing is None else changing
    _check(detect, power, confidence, good, changing, seed_sd)
    pass_good = prompts_to_pass(detect, good, power, confidence)
    return Plan(
        to_see_one=math.ceil(math.log(1 - power) / math.log(1 - detect)),
        clean_pass=math.ceil(math.log(1 - confidence) / math.log(1 - detect)),
        pass_good=pass_good,
        paired=prompts_paired(detect, changing, power, confidence),
        seeds=None if seed_sd is None else seeds_needed(detect, seed_sd, good, pass_good, power, confidence),
    )


def prompts_to_pass(limit: float, rate: float, power: float, confidence: float) -> int:
    """The smallest n from which on a model of true `rate` passes "Clopper-Pearson bound at most `limit`".

    Exact: the most bad answers that still pass are those with ``P(X <= c | limit) <= 1 - confidence``. The chance
    to pass rises in a saw-tooth, so n is the first after which it never falls below `power` again.
    """
    for most in (MOST_PROMPTS // 100, MOST_PROMPTS // 10, MOST_PROMPTS):
        short = np.flatnonzero(chance_to_pass(np.arange(1, most + 1), limit, rate, confidence) < power)
        first = int(short[-1]) + 2 if short.size else 1
        if first < most / 2:  # far enough from the end of the search for the saw-tooth to have settled
            return first
    raise InputError(
        f"a rate of {rate:g} under a limit of {limit:g} needs more than {MOST_PROMPTS // 2:,} prompts; "
        "allow a larger difference or less power"
    )


def chance_to_pass(n: np.ndarray, limit: float, rate: float, confidence: float) -> np.ndarray:
    """The exact chance that a model of true `rate` passes "Clopper-Pearson bound at most `limit`" with n prompts."""
    most = binom.ppf(1 - confidence, n, limit)
    most -= binom.cdf(most, n, limit) > 1 - confidence
    return binom.cdf(most, n, rate)


def prompts_paired(rise: float, changing: float, power: float, confidence: float) -> int:
    """Prompts for a one-sided McNemar test (Connor 1987): ``rise`` of the answers turn bad on balance."""
    z_test, z_power = norm.ppf(confidence), norm.ppf(power)
    return math.ceil(((z_test * math.sqrt(changing) + z_power * math.sqrt(changing - rise**2)) / rise) ** 2)


def seeds_needed(rise: float, seed_sd: float, rate: float, n_prompts: int, power: float, confidence: float) -> int:
    """Seeds for a one-sided one-sample t-test on the seeds' shares; their spread includes the prompts' noise."""
    spread = math.sqrt(seed_sd**2 + rate * (1 - rate) / n_prompts)
    seeds = np.arange(2, MOST_SEEDS + 1)
    reached = nct.sf(t.ppf(confidence, seeds - 1), seeds - 1, rise / spread * np.sqrt(seeds)) >= power
    if not reached.any():
        raise InputError(f"a spread of {seed_sd:g} needs more than {MOST_SEEDS:,} seeds; allow a larger difference")
    return int(seeds[np.argmax(reached)])


def _check(detect: float, power: float, confidence: float, good: float, changing: float, sd: float | None) -> None:
    for name, value in (("detect", detect), ("power", power), ("confidence", confidence)):
        if not 0 < value < 1:
            raise InputError(f"{name} must lie between 0 and 1, got {value:g}")
    if not 0 <= good < detect:
        raise InputError(f"good must be at least 0 and below detect ({detect:g}), got {good:g}")
    if not detect <= changing <= 1:
        raise InputError(f"changing must lie from detect ({detect:g}) to 1, got {changing:g}")
    if sd is not None and not 0 <= sd < math.inf:
        raise InputError(f"seed_sd must be at least 0, got {sd:g}")
