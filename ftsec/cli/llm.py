"""``ftsec llm``: a real language model under the same attacks."""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from ftsec.base.errors import InputError
from ftsec.cli.seeds import seed_list
from ftsec.cli.stress import stress

FULL_LANES, LORA_LANES = 6, 3  # copies of the network on a GPU: about 6 and 4 GB each
LAST_SECONDS = 30  # on a GPU no slice begins so shortly before the end: it would be lost


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def llm() -> None:
    """A real language model under the attacks of the miniature (set up with: make llm)."""


llm.add_command(stress)


def training_options(command):
    """The options that all training commands share."""
    for option in (
        click.option("--model", "model_folder", type=click.Path(path_type=Path), help="A Hugging Face folder."),
        click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True),
        click.option("--folder", type=click.Path(path_type=Path), help="Where slices are kept (default: the cache)."),
        click.option("--minutes", type=float, help="Begin nothing new after this time."),
        click.option("--seeds", callback=seed_list, help="Other seeds: 100-119 or 100,105."),
        click.option("--lanes", type=(int, int), help="Copies of the network for full and for low-rank runs."),
        click.option("--bench", "timed", is_flag=True, help="First measure what steps cost."),
        click.option("--pack", "packed", type=click.Path(path_type=Path), help="Also put all slices into this file."),
    ):
        command = option(command)
    return command


@llm.command()
@click.option("--again", is_flag=True, help="Write the stored answers anew (for maintainers).")
def answers(again: bool) -> None:
    """Write the model's own answers from before it learns the policy; they ship with the package."""
    from rich.progress import Progress

    from ftsec.llm import answers as own
    from ftsec.llm import model

    if own.STORED.exists() and not again:
        raise InputError("the answers are stored already; write them anew with --again")
    wanted = own.questions_to_answer()
    with Progress() as progress:
        bar = progress.add_task("answers", total=len(wanted))
        own.write(own.generate(model.load(), wanted, done=lambda n: progress.advance(bar, n)))


@llm.command()
@click.option("--only", multiple=True, metavar="NAME", help="Only this experiment; may be given several times.")
@click.option("--choose", is_flag=True, help="First choose the policy's plan on development seeds.")
@training_options
def report(only: tuple[str, ...], **options) -> None:
    """Compute the experiments, slice by slice. Finished slices are kept: an interrupted report goes on."""
    from ftsec.llm.experiments import experiments
    from ftsec.llm.world import DEV_SEEDS

    names = only or [name for name, e in experiments().items() if not set(e.seeds) <= set(DEV_SEEDS)]
    compute(names, **options)


@llm.command()
@click.option("--only", multiple=True, metavar="NAME", help="Only this experiment; may be given several times.")
@training_options
def pilot(only: tuple[str, ...], seeds: list[int] | None, **options) -> None:
    """Compute experiments on development seeds (by default 3 to 9): settings are chosen on these alone."""
    from ftsec.llm.experiments import experiments
    from ftsec.llm.world import DEV_SEEDS

    if not set(seeds or ()) <= set(DEV_SEEDS):
        raise InputError(f"the development seeds are {DEV_SEEDS[0]} to {DEV_SEEDS[-1]}")
    compute(only or list(experiments()), seeds=seeds, dev=True, **options)


def compute(names, model_folder, device, folder, minutes, seeds, lanes, timed, packed, dev=False, choose=False) -> None:
    """Loads the model, makes lanes and computes what is missing."""
    began = time.monotonic()
    import torch

    from ftsec.llm import bench, keeping, model, policy, speed
    from ftsec.llm import report as frames

    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    where = folder or frames.folder()
    chosen = frames.pilot_slices(names, where, seeds) if dev else frames.slices(names, where, seeds)
    full, lora = lanes or ((FULL_LANES, LORA_LANES) if device == "cuda" else (1, 1))
    if device == "cpu":
        torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS") or torch.get_num_threads()))
    kinds = {("full", "adamw"): full, ("lora", "adamw"): lora}
    loaded = model.load(model_folder)
    if device == "cuda":
        place = bench.Bench(loaded, device, kinds)
        place.prepare()
    else:
        place = keeping.KeepingBench(loaded, device, kinds, where / "policies")
    if timed:
        for row in speed.step_times(place):
            click.echo(f"  {row}")
    say = _teller(began, place)
    say(f"ready: {full} + {lora} lanes, {frames.machine(place)['device']}")
    at_once, reserve = (full + lora + frames.MORE_SLICES, LAST_SECONDS) if device == "cuda" else (1, 0)
    if choose:
        for one, error in frames.choose_policy(place, where, at_once):
            say(f"{one.name} {one.seed} {policy.chosen()}" + (f" FAILED: {_last_lines(error)}" if error else ""))
            if packed:
                frames.pack(where, packed)
        say(f"the plan is {policy.chosen()}")
    todo = [one for one in chosen if not one.path.exists()]
    say(f"{len(todo)} slices to compute")
    left, done = None if minutes is None else minutes - (time.monotonic() - began) / 60, 0
    for one, error in frames.compute_all(place, todo, left, at_once, reserve):
        done += error is None
        say(f"{one.name} {one.seed}" + (f" FAILED: {_last_lines(error)}" if error else ""))
        if packed:
            frames.pack(where, packed)
    say(f"{done} of {len(todo)} slices computed")


def _last_lines(error: Exception) -> str:
    import traceback

    return "".join(traceback.format_exception(error)[-3:])


def _teller(began: float, place):
    def say(text: str) -> None:
        seconds = time.monotonic() - began
        click.echo(f"{seconds:6.1f} s  {place.steps_done:6d} steps  {text}")

    return say


@llm.command()
@click.option("--only", multiple=True, metavar="NAME", help="Only this experiment; may be given several times.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where slices are kept (default: the cache).")
@click.option("--seeds", callback=seed_list, help="Other seeds: 100-119 or 100,105.")
def ship(only: tuple[str, ...], folder: Path | None, seeds: list[int] | None) -> None:
    """Write finished frames into the package (for maintainers)."""
    from ftsec.llm import report as frames
    from ftsec.llm.experiments import experiments

    where = folder or frames.folder()
    for name in only or experiments():
        if any(one.path.exists() for one in frames.slices([name], where, seeds)):
            click.echo(f"wrote {frames.ship(name, where, seeds=seeds)}")


@llm.command()
@click.option("--counting", is_flag=True, help="Only seeds whose policy declines enough in words never taught.")
def predictions(counting: bool) -> None:
    """What the miniature predicted of the real model, and what came out (from stored frames; needs no PyTorch)."""
    import pandas as pd

    from ftsec.llm import predict, readings, readings_second
    from ftsec.llm import report as frames

    seeds = readings.counting(frames.stored("policy_learning")) if counting else None

    def frame_of(name: str) -> pd.DataFrame:
        frame = frames.stored(name)
        return frame if seeds is None else frame[frame["seed"].isin(seeds)]

    found = predict.outcomes(pd.read_csv(predict.STORED), frame_of)
    for known, group in found.groupby("known"):
        click.echo(f"{known}: {group['hit'].sum()} of {len(group)} predictions hit")
        for row in group.itertuples():
            never = f", {row.n_censored} runs never lost half" if row.n_censored else ""
            click.echo(
                f"  {'hit ' if row.hit else 'miss'} {row.id}: predicted {row.predicted:.2f}, "
                f"came out {row.estimate:.2f} [{row.low:.2f}, {row.high:.2f}] ({row.kind}{never})"
            )
    for row in predict.scores(found).itertuples():
        click.echo(f"skill on half-lives, {row.known}: {row.skill:.2f} against the rival {row.best_rival}")
    second = pd.read_csv(predict.SECOND)
    for row in readings_second.standing().itertuples():
        n = (second["experiment"] == row.experiment).sum()
        click.echo(f"{row.experiment}: {row.standing}, {n} predictions not scored yet; {row.command}")
