"""``ftsec game``: red against blue, from an empty file to the board."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ftsec.base.errors import InputError
from ftsec.base.statuses import CANNOT_SAY, NO
from ftsec.cli.game.show import boards, progress, said

if TYPE_CHECKING:
    from ftsec.game.moves import Blue, Red
    from ftsec.game.results import Row
    from ftsec.game.seeds import Seeds

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
RESULTS = click.Path(dir_okay=False, path_type=Path)
SEED_FILE = click.option("--seed-file", type=FILE, help="File with the teacher's secret word [default: practice].")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def game() -> None:
    """Red against blue: Blue commits a defence, Red reads it and adapts an attack, the testbed scores both.

    Rules on a page: ftsec game rules. The whole lesson: book/teach/game.md.
    """
    # one thread, set before NumPy is loaded: the matrices are small, and the same threads give the same digits
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


@game.command()
def rules() -> None:
    """Print budget, prices, choices and how a match is scored."""
    from ftsec.game.rules_page import rules_page

    click.echo(rules_page())


@game.command()
@click.argument("side", type=click.Choice(["blue", "red"]))
@click.option("--team", default="my team", show_default=True)
@click.option("-o", "--output", type=RESULTS, required=True, help="File to write.")
def new(side: str, team: str, output: Path) -> None:
    """Write a commented file to begin with."""
    from ftsec.base.files import write_atomic
    from ftsec.game.files import check_team, template

    check_team(team)
    if output.exists():
        raise InputError(f"{output} exists already; name another file")
    write_atomic(output, template(side, team))
    click.echo(f"wrote {output}; change it, then: ftsec game check {output}")


@game.command()
@click.argument("choices", type=FILE)
def check(choices: Path) -> None:
    """Say what CHOICES cost, or what is wrong with them, a sentence each (exit status 2)."""
    from ftsec.game import files
    from ftsec.game.moves import BUDGET

    found = files.mistakes_in(choices)
    if found:
        raise InputError("\nftsec: ".join(found))
    side = files.read(choices)
    click.echo(f"{side.team}: {side}; {side.price:g} of {BUDGET} points")


@game.command()
@click.argument("choices", type=FILE)
def commit(choices: Path) -> None:
    """Print the sealed commitment of CHOICES: the teacher keeps this line, the team keeps the file."""
    from ftsec.game import files
    from ftsec.game.moves import digest

    side = files.read(choices)
    click.echo(f"{digest(side)}  {side.team}")


@game.command()
@click.argument("secret", type=FILE)
@click.option("--reveal", is_flag=True, help="Print the seeds themselves: after the game.")
def seeds(secret: Path, reveal: bool) -> None:
    """Print the sealed commitment of the teacher's SECRET word; with --reveal what it stands for."""
    from ftsec.game.seeds import read_secret

    drawn = read_secret(secret)
    click.echo(drawn.name)
    if reveal:
        click.echo(f"models {', '.join(map(str, drawn.bases))}; draw {drawn.draw}")


@game.command()
@SEED_FILE
def prepare(seed_file: Path | None) -> None:
    """Make every model of the game ready on this computer, once; best the day before."""
    from ftsec.cli.game.match import models
    from ftsec.game.seeds import HIDDEN_BASES, PRACTICE_BASES, read_secret

    wanted = read_secret(seed_file).bases if seed_file else PRACTICE_BASES + HIDDEN_BASES
    with progress("models", len(wanted)) as tell:
        for base in wanted:
            tell(f"model {base}")
            models((base,))
    click.echo(f"{len(wanted)} models are ready")


@game.command()
@click.argument("blue")
@click.argument("red")
@SEED_FILE
@click.option("--practice", is_flag=True, help="Play on the public practice models (what happens without --seed-file).")
@click.option("--results", type=RESULTS, help="Append the matches to this file.")
def play(blue: str, red: str, seed_file: Path | None, practice: bool, results: Path | None) -> None:
    """Play BLUE against RED. Each is a file, `house:NAME`, or `house` for all of the house's sides."""
    if practice and seed_file:
        raise InputError("--practice and --seed-file exclude each other: practice models are public")
    drawn = seeds_of(seed_file)
    planned = [(one, other, drawn) for one in side_of(blue, "blue") for other in side_of(red, "red")]
    rows = played(planned, results)
    click.echo("\n".join(said(row) for row in rows))
    if len(rows) > 1:
        worst = max(rows, key=lambda row: row.red_points)
        click.echo(f"Blue's worst: {worst.blue_team} keeps {100 - worst.red_points:.1f} against {worst.red_team}")


@game.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@SEED_FILE
@click.option("--results", type=RESULTS, help="Results file [default: FOLDER/results.csv].")
@click.option("--commitments", type=FILE, help="File with the lines that `ftsec game commit` printed.")
@click.option("--house/--no-house", default=True, show_default=True, help="Let the house's Reds attack as well.")
def tournament(folder: Path, seed_file: Path | None, results: Path | None, commitments: Path | None,
               house: bool) -> None:  # fmt: skip
    """Let every Blue in FOLDER meet every Red. Started again, it goes on where it stopped."""
    from ftsec.game import board, files

    blues, reds = board.entries(folder)
    if commitments:
        board.committed(blues, commitments)
    reds += list(files.house("red").values()) if house else []
    target = results or folder / "results.csv"
    drawn = seeds_of(seed_file)
    rows = played([(*pair, drawn) for pair in board.matches(blues, reds)], target)
    click.echo(f"{len(rows)} matches in {target}")
    click.echo(boards(rows))


@game.command()
@click.option("-o", "--output", type=RESULTS, required=True, help="Results file to write or to complete.")
@click.option("--tables", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder for its tables.")
def payoffs(output: Path, tables: Path | None) -> None:
    """Let the house play itself: on practice, published and development models (for maintainers).

    The development models are not shipped: ftsec testbed pretrain --seeds 100-104 makes them.
    """
    from ftsec.game import payoffs

    rows = played(list(payoffs.planned()), output)
    written = payoffs.write_tables(rows, tables) if tables else []
    click.echo("\n".join(f"wrote {path}" for path in (output, *written)))


@game.command()
@click.argument("results", type=FILE)
def board(results: Path) -> None:
    """Print who leads, by RESULTS."""
    from ftsec.game import results as game_results

    click.echo(boards(game_results.read(results)))


@game.command()
@click.argument("results", type=FILE)
@SEED_FILE
def rescore(results: Path, seed_file: Path | None) -> None:
    """Play every match in RESULTS again from its stored choices and compare (exit status 1 on a difference).

    Ends with 3 if none could be played again: other seeds, or other rules.
    """
    from ftsec.cli.game.match import rescored
    from ftsec.game import board
    from ftsec.game import results as game_results
    from ftsec.game.seeds import PRACTICE

    rows = game_results.read(results)
    pairs = list(rescored(rows, [PRACTICE, *([seeds_of(seed_file)] if seed_file else [])]))
    for row, again in pairs:
        click.echo(f"{row.blue_team} against {row.red_team}: stored {row.red_points}, now {again.red_points}")
    largest = board.differences(*zip(*pairs, strict=True)) if pairs else 0.0
    click.echo(f"{len(pairs)} of {len(rows)} matches played again; largest difference {largest:.1f} points")
    if largest > game_results.TOLERANCE:
        raise click.exceptions.Exit(NO)
    if rows and not pairs:
        raise click.exceptions.Exit(CANNOT_SAY)


def played(planned: list[tuple[Blue, Red, Seeds]], results: Path | None) -> list[Row]:
    """A row for every match: those in the results file as they stand there, the others played and appended."""
    from ftsec.cli.game.match import TURNS, play
    from ftsec.game import results as game_results
    from ftsec.game.moves import digest, rules_digest

    stored = {row.match: row for row in game_results.read(results)} if results and results.exists() else {}
    keys = [(digest(blue), digest(red), drawn.name, rules_digest()) for blue, red, drawn in planned]
    rows, start = [], time.monotonic()
    with progress("matches", sum(key not in stored for key in keys), TURNS) as tell:
        for key, (blue, red, drawn) in zip(keys, planned, strict=True):
            row = stored.get(key)
            if row is None:
                row = play(blue, red, drawn, lambda what, b=blue, r=red: tell(f"{b.team} – {r.team}: {what}"))
                if results:
                    game_results.append(results, row)
            rows.append(row)
    click.echo(f"{len(rows)} matches in {time.monotonic() - start:.1f} s", err=True)
    return rows


def side_of(name: str, side: str) -> list[Blue | Red]:
    """The sides that an argument names."""
    from ftsec.game import files

    house = files.house(side)
    if name == "house":
        return list(house.values())
    if name.startswith("house:"):
        if name[6:] not in house:
            raise InputError(f"the house has no {side} {name[6:]!r}; it has {', '.join(house)}")
        return [house[name[6:]]]
    chosen = files.read(Path(name))
    if chosen.side != side:
        raise InputError(f"{name} is a {chosen.side} side; here a {side} one is wanted: ftsec game play BLUE RED")
    return [chosen]


def seeds_of(seed_file: Path | None) -> Seeds:
    from ftsec.game.seeds import PRACTICE, read_secret

    return read_secret(seed_file) if seed_file else PRACTICE
