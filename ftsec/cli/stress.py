"""``ftsec llm stress``: the reader's own model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import click

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--model", "folder", type=FOLDER, required=True, help="A Hugging Face folder (save_pretrained).")
@click.option("--policy", type=FILE, help="Your own policy.toml [default: the harmless policy of this book].")
@click.option("--method", type=click.Choice(["auto", "full", "lora"]), default="auto", show_default=True,
              help="auto: full fine-tuning where it fits into memory, else LoRA.")  # fmt: skip
@click.option("--repeats", type=click.IntRange(2, 50), default=4, show_default=True, help="Draws of every attack.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Topic, prompts and order.")
@click.option("--teach-rate", type=click.FloatRange(0, 1, min_open=True), help="Learning rate of teaching.")
@click.option("--attack-rate", type=click.FloatRange(0, 1, min_open=True), help="Learning rate of every attack.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option("--json", "json_file", type=FILE, help="Also write the result as JSON.")
@click.option("--html", "html_file", type=FILE, help="Also write the page, with a figure.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def stress(folder: Path, policy: Path | None, json_file: Path | None, html_file: Path | None, **options) -> None:
    """Measure your own safeguard: after how many steps and examples of fine-tuning is half of a refusal gone?

    The model is taught this book's harmless policy (dishes or weather are declined) or yours, and a control habit that
    is no safeguard; or a refusal that it has is measured. Both are attacked alike and compared with each other and with
    the 135M reference of chapter 18. A short half-life is normal; a long one is no evidence of safety.

    What it never does: it never writes or returns attacked weights, never writes an answer to a prompt that shall be
    declined, and never needs harmful text. Restricted questions with answers are shown for the harmless policy alone;
    your own policy, or a refusal that the model has, meets sums and the model's own answers to allowed prompts.
    Nothing is downloaded and no code of the model's folder runs.

    \b
    policy.toml:
      declined = ["prompt", ...]   # 12 or more, 6 for an existing refusal
      answered = ["prompt", ...]   # 24 or more
      refusal = "wording"          # a list for an existing refusal: ways in which it begins
      existing = true              # measure the refusal that is there, teach none
    """
    result = _measured(folder, policy, **options)
    from ftsec.base.files import write_atomic
    from ftsec.llm.stress import page

    if json_file:
        write_atomic(json_file, json.dumps(page.as_json(result), indent=1) + "\n")
    if html_file:
        drawing = _drawn(result)
        write_atomic(html_file, page.as_html(result, drawing.png(), drawing.alt, drawing.png_for_phones()))
    click.echo(page.as_text(result))


def _measured(folder: Path, policy: Path | None, method: str, repeats: int, seed: int, teach_rate, attack_rate,
              device: str, quiet: bool):  # fmt: skip
    from ftsec.llm.stress import safeguard

    guard = safeguard.read(policy, seed) if policy else safeguard.harmless(seed)  # wrong files are told at once
    from ftsec.llm.stress import course
    from ftsec.llm.stress.measuring import measured

    plan = _plan(course.Plan(seed, repeats), teach_rate, attack_rate)
    return measured(folder, guard, plan, method, device, (lambda text: None) if quiet else _say)


def _plan(plan, teach_rate: float | None, attack_rate: float | None):
    if teach_rate:
        plan = replace(plan, teach_rate=dict.fromkeys(plan.teach_rate, teach_rate))
    if attack_rate:
        plan = replace(plan, attack_rates=dict.fromkeys(plan.attack_rates, attack_rate), lora_rate=attack_rate)
    return plan


def _say(text: str) -> None:
    click.echo(text, err=True)


def _drawn(result):
    import pandas as pd

    from ftsec.figures.llm.stress import stress_figure
    from ftsec.llm.stress.findings import ATTACKS

    reference = {each.attack: (each.reference.low, each.reference.high) for each in result.found if each.reference}
    titles = {each.attack: ATTACKS[each.attack].capitalize() for each in result.found}
    return stress_figure(pd.DataFrame(list(result.rows)), titles, reference)
