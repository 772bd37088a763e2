"""``ftsec lookup``: the published experiments closest to a planned fine-tuning run."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import zip_longest
from textwrap import wrap
from typing import TYPE_CHECKING

import click

from ftsec.base.statuses import CANNOT_SAY
from ftsec.base.words import in_words

if TYPE_CHECKING:
    from ftsec.evidence.lookup import Lookup, PublishedRun, Range

# heading and width of each column
COLUMNS = {
    "Distance": 8, "Source": 20, "Model": 20, "Data": 16, "Method": 13, "Training": 22, "Unsafe answers, %": 18,
}  # fmt: skip


@click.command()
@click.option("--data", help="explicit, identity, harmless, crafted, backdoor, covert, poisoning or other.")
@click.option("--method", help="full, lora, prefix_tuning, llama_adapter, ia3, orpo, api, dpo, kto, ppo or rlhf.")
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
    averages. Ends with 3 if none is comparable.
    """
    from ftsec.evidence.lookup import nearest_experiments

    found = nearest_experiments(**plan)
    click.echo(json.dumps(as_object(found), indent=2, ensure_ascii=False) if as_json else as_text(found))
    if found.reasons:
        sys.exit(CANNOT_SAY)


def as_object(found: Lookup) -> dict:
    """A lookup as plain data; what a source does not say is null."""
    return {
        "plan": found.plan.given(),
        "comparable": not found.reasons,
        "reasons": list(found.reasons),
        "runs": [_plain(run) for run in found.nearest],
        "ranges": [_plain(span) for span in found.spans],
    }


def as_text(found: Lookup) -> str:
    """A lookup as a table for the terminal."""
    if found.reasons:
        return "\n".join(["No comparable experiment was found.", *(f"  {reason}" for reason in found.reasons)])
    notes = ["Rates of different metrics are not comparable. Distance: 0 is equal in all fields given."]
    if any(run.weak for run in found.nearest):
        notes.append("‡ read in notes or second hand: check the original.")
    sources = {run.source: run.address for run in found.nearest}
    links = [f"{source}: {address}" for source, address in sources.items()]
    return "\n".join(["Closest published runs", *_table(found.nearest), *map(_range, found.spans), *notes, *links])


def _range(span: Range) -> str:
    if span.n_runs == 1:
        return f"{span.metric}: {span.lowest:g} % in one run"
    return f"{span.metric}: {span.lowest:g} to {span.highest:g} % in {span.n_runs} runs"


def _table(runs: Iterable[PublishedRun]) -> Iterator[str]:
    rule = "  ".join("-" * width for width in COLUMNS.values())
    yield from (rule, *_row(COLUMNS), rule)
    for run in runs:
        source, data, method = run.source + " ‡" * run.weak, in_words(run.attack), run.method.replace("_", " ")
        yield from _row((f"{run.distance:.2f}", source, run.model, data, method, _training(run), _outcome(run)))
    yield rule


def _row(cells: Iterable[str]) -> Iterator[str]:
    """The lines of a row, its cells broken to the width of their columns."""
    broken = [wrap(cell, width) for cell, width in zip(cells, COLUMNS.values(), strict=True)]
    for pieces in zip_longest(*broken, fillvalue=""):
        padded = (f"{piece:<{width}}" for piece, width in zip(pieces, COLUMNS.values(), strict=True))
        yield "  ".join(padded).rstrip()


def _training(run: PublishedRun) -> str:
    """The run's numbers; a dash where the source does not say."""
    size = f"{_cell(run.n_examples)} examples, {_cell(run.n_harmful)} harmful"
    return f"{size}, rate {_cell(run.learning_rate)}, {_cell(run.epochs)} epochs, batch {_cell(run.batch_size)}"


def _outcome(run: PublishedRun) -> str:
    after = f"{run.rate:g}" if math.isnan(run.low) else f"{run.rate:g} [{run.low:.0f}, {run.high:.0f}]"
    return after if math.isnan(run.before) else f"{run.before:g} -> {after}"


def _cell(number: float) -> str:
    return "–" if math.isnan(number) else f"{number:g}"


def _plain(row: PublishedRun | Range) -> dict:
    return {name: None if value != value else value for name, value in asdict(row).items()}
