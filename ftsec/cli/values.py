"""The options that give a chapter's parameters values, the same wherever a chapter is run."""

from __future__ import annotations

import math
from pathlib import Path

import click

from ftsec.running.notebook import default_kernel
from ftsec.running.value_syntax import read_assignments, read_value_file

CHAPTER = click.argument("chapter")
PARAMETERS = click.option(
    "-p", "--parameter", "assignments", multiple=True, metavar="NAME=VALUE", help="Set a parameter (repeatable)."
)
VALUE_FILE = click.option(
    "-f", "--file", "value_file", type=click.Path(path_type=Path), help="Set the parameters in a YAML file; -p wins."
)
STORE = click.option(
    "-o",
    "--output",
    "store",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("runs"),
    show_default=True,
    help="Folder that the runs are stored in.",
)

WHERE = click.option(
    "-w",
    "--where",
    multiple=True,
    metavar="CONDITION",
    help="Only runs such as 'n_harmful > 10 and method == \"lora\"'.",
)


class Seconds(click.FloatRange):
    """A number of seconds; what is no number is refused."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        seconds = super().convert(value, param, ctx)
        if math.isnan(seconds):
            self.fail(f"{value!r} is not a number of seconds", param, ctx)
        return seconds


TIMEOUT = click.option("--timeout", type=Seconds(1), help="Seconds that one run may take.")
KERNEL = click.option(
    "--kernel",
    type=click.Choice(["warm", "fresh"]),
    default=default_kernel,
    help=f"Fork kernels from a process with the libraries loaded, or start each anew [default: {default_kernel()}].",
)


def given_values(value_file: Path | None, assignments: tuple[str, ...]) -> dict[str, object]:
    """The values from the file, then those from the command line."""
    return (read_value_file(value_file) if value_file else {}) | read_assignments(assignments)
