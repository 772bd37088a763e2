"""``ftsec compare``."""

from __future__ import annotations

import base64
import html
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ftsec.base.statuses import NO
from ftsec.cli.values import WHERE

if TYPE_CHECKING:
    import pandas as pd

    from ftsec.figures import Drawing
    from ftsec.running.selection import Found

FOLDER = "comparison"
MOST_ROWS = 200  # of the table in the report; the files hold all


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Folder [PATH/comparison].")
@click.option("--by", help="Summarise by these parameters jointly, with commas between them.")
@click.option("--pivot", nargs=3, metavar="ROWS COLUMNS RESULT", help="Print this result by two parameters instead.")
@WHERE
@click.option("--repeated", is_flag=True, help="Keep every one of several equal runs, not only the newest.")
def compare(
    paths: tuple[Path, ...], output: Path | None, by: str | None, pivot: tuple[str, str, str] | None,
    where: tuple[str, ...], repeated: bool,
) -> None:  # fmt: skip
    """Put the runs in PATHS into one table (Parquet, CSV) with a summary, a figure and a report.

    PATHS are folders of runs or archives (runs.jsonl), which a comparison leaves behind and which can be sent along.
    With a condition the folder is PATH/comparison-filtered, so that the comparison of all runs stays.
    """
    from ftsec.base.files import write_atomic
    from ftsec.cli.progress import counted
    from ftsec.running import summary as summaries
    from ftsec.running.compare import table
    from ftsec.running.store import archive

    found, complete = found_runs(paths, where, repeated)
    frame = table(found)
    crossed = summaries.pivot(frame, *pivot) if pivot else None
    summary, constant = summaries.summarise(frame, by.split(",") if by else None), summaries.constant_results(frame)
    summary = summary[~summary["result"].isin(constant)]
    folder = output or (paths[0] if paths[0].is_dir() else paths[0].parent) / (
        f"{FOLDER}-filtered" if where else FOLDER
    )
    write_comparison(folder, frame, summary)
    write_atomic(folder / "runs.jsonl", archive(run for _, run in found))
    if crossed is not None:
        write_atomic(folder / "pivot.csv", crossed.to_csv())
    failed = int((frame["status"] != "ok").sum())
    print(counted(len(frame)) + (f", {failed} of them failed" if failed else ""))
    if crossed is not None:
        print(f"{pivot[2]}, mean of the runs\n{crossed.to_string(na_rep='–', float_format='{:.4g}'.format)}")
    elif len(summary):
        print(summary.to_string(index=False, na_rep="–", float_format="{:.4g}".format))
    if constant:
        print(f"the same in every run: {', '.join(constant)}")
    written = "tables, figure and report" if len(summary) else "nothing to summarise; table and report"
    print(f"{written}: {folder}")
    if not complete:
        sys.exit(NO)


def found_runs(
    paths: tuple[Path, ...], where: tuple[str, ...], repeated: bool = True, none_will_do: bool = False
) -> tuple[Found, bool]:
    """The runs that a command is about, and whether every run there could be read; those that could not are told."""
    from ftsec.running.selection import NoneMatches, find_runs

    told: list[str] = []

    def tell(sentence: str) -> None:
        told.append(sentence)
        click.echo(f"ftsec: {sentence}", err=True)

    try:
        return find_runs(paths, where=where, repeated=repeated, tell=tell), not told
    except NoneMatches:
        if not none_will_do:
            raise
        return [], not told


def write_comparison(folder: Path, frame: pd.DataFrame, summary: pd.DataFrame) -> None:
    """Write ``runs.parquet``, ``runs.csv``, ``summary.csv``, ``results.png`` and ``report.html``.

    Raises:
        InputError: if the folder cannot be written to.
    """
    from ftsec.base.files import write_atomic
    from ftsec.figures.runs.results import results_by_parameter

    drawing = results_by_parameter(summary, frame.attrs["units"]) if len(summary) else None
    write_atomic(folder / "runs.parquet", _uniform(frame).to_parquet(index=False))
    write_atomic(folder / "runs.csv", frame.to_csv(index=False))
    write_atomic(folder / "summary.csv", summary.to_csv(index=False))
    if drawing is not None:
        write_atomic(folder / "results.png", drawing.png())
    write_atomic(folder / "report.html", report(frame, summary, drawing))


def report(frame: pd.DataFrame, summary: pd.DataFrame, drawing: Drawing | None) -> str:
    """One page: what was compared, the figure, the summary, the runs."""
    from ftsec.cli.progress import counted
    from ftsec.figures import Table
    from ftsec.publishing.run_report import page

    chapters = ", ".join(frame["chapter"].unique())
    parts = [f"<h1>{counted(len(frame))} of {html.escape(chapters)}</h1>"]
    if drawing is not None:
        picture = base64.b64encode(drawing.png()).decode()
        parts.append(f'<img class="picture" src="data:image/png;base64,{picture}" alt="{html.escape(drawing.alt)}">')
        caption = "Mean of each result by value. Low and high: 95 % interval (Student's t, Wilson's for truth values)"
        caption += " where runs differ in their seeds alone, else the least and the most over the other parameters."
        parts.append(Table(summary, caption)._repr_html_())
    same = [name for name in frame.attrs["parameters"] if frame[name].nunique(dropna=False) == 1]
    constants = ", ".join(f"{name} = {frame[name].iloc[0]}" for name in same)
    parts.append(f"<p>In every run: {html.escape(constants)}</p>" if same else "")
    shown = frame.drop(columns=[*same, "chapter", "started", "key", "folder"]).head(MOST_ROWS)
    parts.append(Table(shown, f"The runs, oldest first ({len(shown)} of {len(frame)})")._repr_html_())
    return page(f"Comparison of {chapters}", "\n".join(parts))


def _uniform(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns of one type each, as Parquet wants them: a mixed one becomes text."""
    mixed = [name for name in frame if frame[name].dropna().map(type).nunique() > 1]
    return frame.astype({name: "string" for name in mixed})
