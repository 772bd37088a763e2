"""The replication: what the predictions and headline numbers need, computed once on bases that nothing has used.

What counts as replicated was written down in ``replication.csv`` before these frames were read. Frames carry the name
of the experiment with `SUFFIX`. Experiments whose runs cost most have `FEWER_BASES`, the others all bases of the range.
"""

from __future__ import annotations

from ftsec.testbed.bases import REPLICATION_SEEDS
from ftsec.testbed.experiments.attacks import (
    benign_erosion,
    dose_response,
    fragility_control,
    identity_shift,
    method_comparison,
)
from ftsec.testbed.experiments.backdoors import backdoor_persistence, malicious_adapter, poison_count_or_fraction
from ftsec.testbed.experiments.common import Experiment, Setting
from ftsec.testbed.experiments.defenses import gate_run, realignment, safety_mixing, service_filter
from ftsec.testbed.experiments.memorisation import canary_exposure
from ftsec.testbed.experiments.preferences import preference_poisoning, reward_overoptimization
from ftsec.testbed.experiments.training import alignment_tax, pipeline_trajectory

SUFFIX = "_replicated"
ALL_BASES = Setting(bases=REPLICATION_SEEDS)
FEWER_BASES = Setting(bases=REPLICATION_SEEDS[:20])
NARROW = Setting(bases=REPLICATION_SEEDS[:20], width=16)
_PRETRAINED_ONCE = [arm for arm in canary_exposure.ARMS if arm.epochs == 1 and arm.phase != "fine_tuning"]

# experiment -> where it is computed again, and the part of its conditions that is needed
_TODO = (
    (dose_response.EXPERIMENT, ALL_BASES, {"n_examples": (10, 100)}),
    (method_comparison.EXPERIMENT, ALL_BASES, {"arms": ("full", "lora_8", "prefix_tuning"), "rates": ("own",)}),
    (
        benign_erosion.EXPERIMENT,
        ALL_BASES,
        {"arms": ("control", "old_random", "old_near", "old_far", "new_random"), "learning_rates": (1e-3,)},
    ),
    (identity_shift.EXPERIMENT, ALL_BASES, {}),
    (safety_mixing.EXPERIMENT, ALL_BASES, {"data": ("attack",), "cells": (("replace", 0.0), ("add", 0.1))}),
    (realignment.EXPERIMENT, ALL_BASES, {}),
    (fragility_control.EXPERIMENT, ALL_BASES, {"matched_on": ("log_odds",), "data": ("counter",)}),
    (backdoor_persistence.EXPERIMENT, FEWER_BASES, {"n_poison": (0, 50)}),
    (malicious_adapter.EXPERIMENT, ALL_BASES, {}),
    (canary_exposure.EXPERIMENT, FEWER_BASES, {"arms": _PRETRAINED_ONCE}),
    (poison_count_or_fraction.EXPERIMENT, FEWER_BASES, poison_count_or_fraction.REPEAT.options),
    (
        preference_poisoning.EXPERIMENT,
        FEWER_BASES,
        {
            "shares": {"random": (0.0,), "triggered": preference_poisoning.SHARES["triggered"]},
            "methods": ("rl", "dpo"),
        },
    ),
    (reward_overoptimization.EXPERIMENT, FEWER_BASES, {"n_comparisons": (50,)}),
    (alignment_tax.EXPERIMENT, NARROW, {"arms": ("refusal", "answered")}),
    (pipeline_trajectory.EXPERIMENT, FEWER_BASES, {"learning_rates": (3e-4, 1e-3)}),
    (gate_run.EXPERIMENT, FEWER_BASES, {}),
    (service_filter.EXPERIMENT, FEWER_BASES, {"poisons": ("none", "explicit", "identity")}),
)
REPLICATIONS = tuple(
    Experiment(f"{found.name}{SUFFIX}", found.function, f"{found.question} (the replication)", (setting,), options)
    for found, setting, options in _TODO
)
