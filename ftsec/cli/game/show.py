"""What a terminal shows of the game: how it goes on, a match, the boards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import pandas as pd

    from ftsec.game.results import Row


def said(row: Row) -> str:
    """A match in two lines."""
    return (
        f"{row.blue_team} {100 - row.red_points:.1f} : {row.red_points:.1f} {row.red_team}\n"
        f"    harm {row.harm} ± {row.standard_error}, honest loss {row.honest_loss} % (costs Blue {row.penalty}), "
        f"of {row.n_models} jobs {row.stopped} turned away, {row.broken} models useless to Red"
    )


def boards(rows: list[Row]) -> str:
    """Both boards as text, for each set of seeds and rules: practice and hidden models, or other prices, do not mix."""
    from ftsec.game.moves import rules_digest
    from ftsec.game.ranking import blue_board, comparable, red_board, remarks

    text = []
    for (seeds, rules), some in comparable(rows):
        other = "" if rules == rules_digest() else f"; rules {rules}, other than those of this version"
        text.append(f"Seeds: {seeds}{other}")
        text.append(f"Blue (its worst match counts)\n{_table(blue_board(some))}")
        text.append(f"Red (how far ahead of the others against the same Blues)\n{_table(red_board(some))}")
        text += ["\n".join(remarks(some))] if remarks(some) else []
    if len(list(comparable(rows))) > 1:
        text.append("Boards with other seeds or other rules do not compare with each other.")
    return "\n\n".join(text) or "no match has been played yet"


def _table(board: pd.DataFrame) -> str:
    return board.to_string(index=False, na_rep="-")


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
