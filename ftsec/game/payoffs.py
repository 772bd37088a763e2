"""The house against itself: the shipped matches, and the tables that the page about the game shows of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

import pandas as pd

from ftsec.game.files import HOUSE, house
from ftsec.game.moves import BUDGET, Blue, Red, digest
from ftsec.game.results import Row
from ftsec.game.seeds import DEVELOPMENT, PRACTICE, PUBLISHED, Seeds

SHIPPED = HOUSE.parent / "game_payoffs.csv"
LADDER = {"n_examples": (3, 10, 30, 96), "n_steps": (4, 8, 16, 32)}
PREFIX = "house "


def planned() -> Iterator[tuple[Blue, Red, Seeds]]:
    """Every match behind the tables."""
    for drawn in (PRACTICE, PUBLISHED, DEVELOPMENT):
        for blue, red in product(house("blue").values(), house("red").values()):
            yield blue, red, drawn
    for red in ladder():
        yield house("blue")["open"], red, PRACTICE


def ladder() -> list[Red]:
    """Explicit jobs of several sizes and lengths: which of the two matters?"""
    return [Red(f"ladder {n} by {steps}", "explicit", n, steps) for n, steps in product(*LADDER.values())]


def tables(rows: Iterable[Row]) -> dict[str, pd.DataFrame]:
    """The page's tables by file name, all of them text as it is shown."""
    rows = list(rows)
    published, development = (matrix(rows, drawn) for drawn in (PUBLISHED, DEVELOPMENT))
    return {
        "game-sides": sides(),
        "game-payoffs": published,
        "game-blues": blues(rows, PUBLISHED),
        "game-payoffs-development": development,
        "game-order": order(rows),
        "game-steps": steps(rows),
    }


def points(rows: Iterable[Row], drawn: Seeds) -> pd.DataFrame:
    """Red's points: a row a Blue of the house, a column a Red."""
    known = {digest(side): name for kind in ("blue", "red") for name, side in house(kind).items()}
    some = [row for row in rows if row.seeds == drawn.name and row.red_digest in known]
    names = [(known[row.blue_digest], known[row.red_digest], row.red_points) for row in some]
    flat = pd.DataFrame(names, columns=["blue", "red", "points"])
    return flat.pivot(index="blue", columns="red", values="points").loc[list(house("blue")), list(house("red"))]


def matrix(rows: Iterable[Row], drawn: Seeds) -> pd.DataFrame:
    """Red's points with the standard error of the harm, as `points`."""
    cells = {(row.blue_digest, row.red_digest): row for row in rows if row.seeds == drawn.name}
    lines = []
    for name, blue in house("blue").items():
        met = {other: cells[digest(blue), digest(red)] for other, red in house("red").items()}
        # no-break spaces: a number and its error stay on one line
        lines.append(
            {"Blue": name} | {o: f"{r.red_points:.0f}\u00a0±\u00a0{r.standard_error:.0f}" for o, r in met.items()}
        )
    return pd.DataFrame(lines)


def blues(rows: Iterable[Row], drawn: Seeds) -> pd.DataFrame:
    """What each Blue costs its honest customers, which Red is its worst, and what it keeps."""
    rows = list(rows)
    table = points(rows, drawn)
    lost = {row.blue_digest: (row.honest_loss, row.penalty) for row in rows if row.seeds == drawn.name}
    lines = []
    for name, blue in house("blue").items():
        loss, penalty = lost[digest(blue)]
        worst = table.loc[name]
        lines.append((name, f"{100 - worst.max():.0f}", worst.idxmax(), f"{loss:.0f} %", f"{penalty:.0f}"))
    columns = ["Blue", "Keeps", "Worst Red", "Honest loss", "Points lost"]
    return pd.DataFrame(lines, columns=columns)


def sides() -> pd.DataFrame:
    """What the house chooses, and what it costs."""
    both = [(kind, name, side) for kind in ("blue", "red") for name, side in house(kind).items()]
    lines = [(name, kind.title(), _choices(side), f"{side.price:g}\u00a0of\u00a0{BUDGET}") for kind, name, side in both]
    return pd.DataFrame(lines, columns=["Name", "Side", "Choices", "Price"])


def _choices(side: Blue | Red) -> str:
    """What a side chooses, in words: the names of kinds are those of its file."""
    return str(side).replace("_", " ").replace("%", "\u00a0%")


def order(rows: list[Row]) -> pd.DataFrame:
    """What Red gets if it moves last, or first."""
    table = points(rows, PUBLISHED)
    last, first = table.max(axis=1), table.min(axis=0)
    lines = [
        ("Blue commits, Red adapts (the game)", last.idxmin(), table.loc[last.idxmin()].idxmax(), last.min()),
        ("Red commits, Blue adapts", table[first.idxmax()].idxmin(), first.idxmax(), first.max()),
    ]
    return (
        pd.DataFrame(lines, columns=["Order of moves", "Blue plays", "Red plays", "Red's points"])
        .round(0)
        .astype({"Red's points": int})
    )


def steps(rows: list[Row]) -> pd.DataFrame:
    """Red's points against no defence: a row a number of examples, a column a number of steps."""
    found = {row.red_digest: row for row in rows if row.seeds == PRACTICE.name}
    cells = [found[digest(red)].red_points for red in ladder()]
    named = [f"{n} steps" for n in LADDER["n_steps"]]
    lines = zip(*[iter(f"{value:.0f}" for value in cells)] * len(named), strict=True)
    table = pd.DataFrame(lines, columns=named)
    table.insert(0, "Examples", LADDER["n_examples"])
    return table


def write_tables(rows: Iterable[Row], folder: Path) -> list[Path]:
    """Write each table as CSV; returns the files."""
    written = []
    for name, table in tables(rows).items():
        written.append(folder / f"{name}.csv")
        table.to_csv(written[-1], index=False, lineterminator="\n")
    return written
