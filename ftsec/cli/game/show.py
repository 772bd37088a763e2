"""What a terminal shows of the game: how it goes on, a match, the boards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ftsec.game.results import Row


def said(row: Row) -> str:
    """A match in two lines."""
    return (
        f"{row.blue_team} {100 - row.red_points:.1f} : {row.red_points:.1f} {row.red_team}\n"
        f"    harm {row.harm} ± {row.standard_error}, honest loss {row.honest_loss} % (costs Blue {row.penalty}), "
        f"of {row.n_models} jobs {row.stopped} turned away, {row.broken} models useless to Red"
    )


def boards(rows: list[Row]) -> str:
    """Both boards as text, for each set of seeds: practice and hidden models do not mix."""
    from ftsec.game.board import blue_board, red_board

    text = []
    for seeds in dict.fromkeys(row.seeds for row in rows):
        some = [row for row in rows if row.seeds == seeds]
        text.append(f"Seeds: {seeds}")
        text.append(f"Blue (its worst match counts)\n{blue_board(some).to_string(index=False)}")
        text.append(f"Red (mean over the Blues it met)\n{red_board(some).to_string(index=False)}")
    return "\n\n".join(text) or "no match has been played yet"


@contextmanager
def progress(unit: str, total: int, turns: int = 1) -> Iterator:
    """A bar on a terminal, a line for each turn elsewhere, both on standard error; yields a function to call."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(unit, total=total * turns)

        def tell(what: str) -> None:
            bar.update(task, advance=1, description=what)
            if not console.is_terminal:
                click.echo(what, err=True)

        yield tell
