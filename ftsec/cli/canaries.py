"""``ftsec canaries``: make them, put them into a corpus, list what to score, and read the exposure."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from ftsec.base.statuses import CANNOT_SAY, DONE, NO

CANARIES = click.argument("canaries", type=click.Path(exists=True, dir_okay=False, path_type=Path))
OUTPUT = click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
FORCE = click.option("--force", is_flag=True, help="Replace an existing output.")
SEED = click.option(
    "--seed", type=click.IntRange(0), required=True, help="Keep it secret: it makes the same canaries again."
)


@click.group(name="canaries")
def canaries_group() -> None:
    """Plant secrets that mean nothing, and measure how well a model knows them.

    In this order: make, insert, train your model, candidates, score each text with it, score.
    """


@canaries_group.command()
@click.option("-n", "--count", type=click.IntRange(1), default=10, show_default=True)
@click.option("--copies", type=click.IntRange(1), default=1, show_default=True, help="How often each is inserted.")
@click.option("--digits", type=click.IntRange(3, 30), default=9, show_default=True, help="Length of the secret.")
@SEED
@OUTPUT
@FORCE
def make(count: int, copies: int, digits: int, seed: int, output: Path, force: bool) -> None:
    """Write a file of canaries."""
    from ftsec.defenses.canaries import make_canaries, to_json

    _write(output, to_json(make_canaries(count, seed, digits, copies)), force)
    click.echo(f"{count} canaries in {output}: keep it out of the training data")


@canaries_group.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@CANARIES
@SEED
@click.option("--field", default="", metavar="KEY", help="Put them into the text under this key.")
@OUTPUT
@FORCE
def insert(source: Path, canaries: Path, seed: int, field: str, output: Path, force: bool) -> None:
    """Copy SOURCE with the CANARIES in it, each at the end of a document or of a last answer.

    The copies of one canary go to different documents; two canaries may share one.
    SOURCE is what `ftsec dedup` reads, and the output has its form.
    """
    from ftsec.defenses.canary_files import insert_into

    made = _load(canaries)
    n_copies, read_as = insert_into(source, output, made, seed, field=field, beside=[canaries], force=force)
    click.echo(f"{source}: read as {read_as}")
    click.echo(f"{n_copies} copies of {len(made)} canaries in {output}")


@canaries_group.command()
@CANARIES
@click.option("-n", "--count", type=click.IntRange(1, 1_000_000), default=999, show_default=True,
              help="Candidates per canary.")  # fmt: skip
@SEED
@OUTPUT
@FORCE
def candidates(canaries: Path, count: int, seed: int, output: Path, force: bool) -> None:
    """List the texts whose log-likelihood your model must give: add it to each line as "log_likelihood"."""
    from ftsec.defenses.canaries import candidates as draw
    from ftsec.defenses.outputs import check_outputs, written_together

    check_outputs([canaries], [output], force)
    written = 0
    with written_together(output) as (stream,):
        for index, canary in enumerate(_load(canaries)):
            rows = [(canary.text, True), *((text, False) for text in draw(canary, count, seed + index))]
            for text, yes in rows:
                stream.write(json.dumps({"canary": canary.name, "inserted": yes, "text": text}).encode() + b"\n")
            written += len(rows)
    click.echo(f"{written} texts to score in {output}")


@canaries_group.command()
@click.argument("scored", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--at-most", type=click.FloatRange(0), metavar="BITS", help="Fail if a canary shows more than this.")
@click.option("--canaries", "planted", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
              help="The file of `make`: a canary without scores ends with 3.")  # fmt: skip
@click.option("--rows", type=click.IntRange(1), metavar="N",
              help="How many rows there must be, candidates included; another number ends with 3.")  # fmt: skip
@click.option("--ratio", is_flag=True, help="The numbers are differences to another model's, and may be above 0.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def score(
    scored: Path, at_most: float | None, planted: Path | None, rows: int | None, ratio: bool, as_json: bool
) -> None:
    """Exposure of each canary from SCORED, the lines of `candidates` with "log_likelihood" added.

    Exit status: 0 no limit was given or none shows more, 1 one shows more, 3 too few candidates or rows to say.
    """
    from ftsec.base.printable import printable
    from ftsec.defenses import canary_scores

    names = [canary.name for canary in _load(planted)] if planted else None
    exposed = canary_scores.judge_scores(canary_scores.read_scored(scored, ratio), at_most, names, rows)
    if as_json:
        click.echo(json.dumps(canary_scores.as_json(exposed), indent=2))
    else:
        click.echo("\n".join(printable(line) for line in canary_scores.as_lines(exposed)))
    sys.exit(DONE if exposed.passed else CANNOT_SAY if exposed.undecided else NO)


def _load(path: Path) -> list:
    from ftsec.defenses.canaries import from_json
    from ftsec.defenses.strict import MEBIBYTE, read_bytes

    return from_json(read_bytes(path, 16 * MEBIBYTE), str(path))


def _write(path: Path, text: str, force: bool) -> None:
    from ftsec.defenses.strict import written_whole

    with written_whole(path, force) as stream:
        stream.write(text.encode())
