"""``ftsec doctor``: is this computer ready for class?"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import click

from ftsec.base.statuses import NO

if TYPE_CHECKING:
    from ftsec.teaching.doctor import Finding

TRAINING_SECONDS = 2.0
SLOWEST_STEPS_PER_SECOND = 5  # below that the exercises that train outlast their minutes


@click.command()
def doctor() -> None:
    """Say the day before what would fail in class, and what to do about it.

    Python, packages, memory, disk, write access, wheels, JupyterLab's port, Chromium, a kernel, a whole chapter without
    any other host, and training. A fault ends with status 1; a note is about what class can do without.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # as chapters compute; set before NumPy is loaded
    from ftsec.base.project import find_project
    from ftsec.teaching.doctor import examine, standard_checks

    faults = 0
    for finding in examine([*standard_checks(find_project().root), ("training", check_training)]):
        faults += not finding.ok
        click.echo(f"{finding.mark:<5}  {finding.name:<12}  {finding.found}")
        if finding.advice:
            click.echo(f"       what to do: {finding.advice}")
    click.echo("this computer is ready" if not faults else f"{faults} to put right; then run `ftsec doctor` again")
    if faults:
        sys.exit(NO)


def check_training(seconds: float = TRAINING_SECONDS) -> Finding:
    """Train the testbed's model for some seconds: whether its loss falls, and how fast a step is."""
    from ftsec.teaching.doctor import Finding

    losses, took = train_for(seconds)
    speed = len(losses) / took
    found = f"{len(losses)} steps in {took:.1f} s, loss from {losses[0]:.2f} to {losses[-1]:.2f}"
    if losses[-1] >= losses[0]:
        return Finding("training", found, "NumPy computes wrongly here: install the lock again (see the README)")
    slow = speed < SLOWEST_STEPS_PER_SECOND
    return Finding("training", found, "close other programs, or use the stored results of the chapters" * slow)


def train_for(seconds: float, batch_size: int = 32) -> tuple[list[float], float]:
    """Losses of a fresh testbed model (width 48), one for each step that fits into the time, and the time in s."""
    import numpy as np

    from ftsec.testbed.model import initial_weights
    from ftsec.testbed.training import Tuning
    from ftsec.testbed.training.loop import train_step
    from ftsec.testbed.training.pretraining import LEARNING_RATE, config_of, corpus
    from ftsec.testbed.training.tuning import Trainee
    from ftsec.testbed.world import build_world

    world, rng = build_world("hidden_topic", 0), np.random.default_rng(0)
    config = config_of(world)
    trainee = Trainee(config, initial_weights(config, [rng]), [Tuning(learning_rate=LEARNING_RATE)], [rng], "adam")
    losses, start = [], time.perf_counter()
    while len(losses) < 2 or time.perf_counter() - start < seconds:
        batch = corpus(world, rng, batch_size)[None]
        losses.append(float(train_step(trainee, trainee.effective(), batch, config.length)[0]))
    return losses, time.perf_counter() - start
