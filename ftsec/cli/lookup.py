"""``ftsec lookup``: the published experiments closest to a planned fine-tuning run."""

from __future__ import annotations

import json
import math

import click

WIDTH = 118
NOTHING_COMPARABLE = 3  # exit status


@click.command()
@click.option("--data", help="explicit, identity, harmless, crafted, backdoor, covert, poisoning or other.")
@click.option("--method", help="full, lora (or qlora), prefix_tuning, llama_adapter, ia3, orpo or api.")
@click.option("--n-examples", type=float, help="Examples in the fine-tuning set.")
@click.option("--n-harmful", type=float, help="Harmful examples among them.")
@click.option("--learning-rate", type=float, help="Learning rate.")
@click.option("--epochs", type=float, help="Passes over the set.")
@click.option("--batch-size", type=float, help="Examples in a batch.")
@click.option("-k", type=int, default=5, show_default=True, help="How many runs to show.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
def lookup(as_json: bool, **plan: object) -> None:
    """Look a planned fine-tuning run up in the literature.

    Shows the closest published runs on the same kind of data with what was measured after them: ranges, never
    averages. Ends with status 3 if nothing is comparable.
    """
    from ftsec.evidence.lookup import nearest_experiments

    found = nearest_experiments(**plan)
    click.echo(json.dumps(as_object(found), indent=2, ensure_ascii=False) if as_json else as_text(found))
    if found.reasons:
        raise click.exceptions.Exit(NOTHING_COMPARABLE)


def as_object(found) -> dict:
    """A lookup as plain data; what a source does not say is null."""
    runs = [{name: _plain(value) for name, value in row.items()} for row in found.runs.to_dict("records")]
    return {
        "plan": found.plan.given(),
        "comparable": not found.reasons,
        "reasons": list(found.reasons),
        "runs": runs,
        "ranges": [{name: _plain(value) for name, value in row.items()} for row in found.ranges.to_dict("records")],
    }


def as_text(found) -> str:
    """A lookup as a table for the terminal."""
    from rich.console import Console

    console = Console(width=WIDTH)
    with console.capture() as capture:
        for part in _parts(found):
            console.print(part, highlight=False, soft_wrap=isinstance(part, str))
    return "\n".join(line.rstrip() for line in capture.get().rstrip().splitlines())


def _parts(found) -> list:
    if found.reasons:
        return ["No comparable experiment was found.", *(f"  {reason}" for reason in found.reasons)]
    notes = ["Rates of different metrics are not comparable. Distance: 0 is equal in all fields given."]
    if found.runs["weak"].any():
        notes.append("‡ read in notes or second hand: check the original.")
    sources = found.runs.drop_duplicates("source")
    return [
        _table(found.runs),
        *map(_range, found.ranges.itertuples()),
        *notes,
        *(f"{run.source}: {run.address}" for run in sources.itertuples()),
    ]


def _range(row) -> str:
    if row.n_runs == 1:
        return f"{row.metric}: {row.lowest:g} % in one run"
    return f"{row.metric}: {row.lowest:g} to {row.highest:g} % in {row.n_runs} runs"


def _table(runs):
    from rich.table import Table

    from ftsec.base.words import in_words

    table = Table(title="Closest published runs", title_justify="left")
    for name in ("Distance", "Source", "Model", "Data", "Method", "Training", "Unsafe answers, %"):
        table.add_column(name)
    for run in runs.itertuples():
        mark = " ‡" if run.weak else ""
        data, method = in_words(run.attack), run.method.replace("_", " ")
        table.add_row(f"{run.distance:.2f}", run.source + mark, run.model, data, method, _training(run), _outcome(run))
    return table


def _training(run) -> str:
    """The run's numbers; a dash where the source does not say."""
    size = f"{_cell(run.n_examples)} examples, {_cell(run.n_harmful)} harmful"
    return f"{size}, rate {_cell(run.learning_rate)}, {_cell(run.epochs)} epochs, batch {_cell(run.batch_size)}"


def _outcome(run) -> str:
    after = f"{run.rate:g}" if math.isnan(run.low) else f"{run.rate:g} [{run.low:.0f}, {run.high:.0f}]"
    return after if math.isnan(run.before) else f"{run.before:g} -> {after}"


def _cell(number: float) -> str:
    return "–" if math.isnan(number) else f"{number:g}"


def _plain(value: object) -> object:
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, tuple):
        return list(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value
