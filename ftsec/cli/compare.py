"""``ftsec compare``."""

from __future__ import annotations

import base64
import html
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import pandas as pd

    from ftsec.figures import Drawing

MOST_ROWS = 200  # of the table in the report; the files hold all


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Folder [PATH/comparison].")
@click.option("--by", help="Summarise by these parameters jointly, with commas between them.")
@click.option("--repeated", is_flag=True, help="Keep every one of several equal runs, not only the newest.")
def compare(paths: tuple[Path, ...], output: Path | None, by: str | None, repeated: bool) -> None:
    """Put the runs in PATHS into one table (Parquet, CSV) with a summary, a figure and a report.

    PATHS are folders of runs or archives (runs.jsonl), which a comparison leaves behind and which can be sent along.
    """
    from ftsec.base.files import write_atomic
    from ftsec.cli.progress import counted
    from ftsec.running.compare import constant_results, find_runs, load_runs, summarise
    from ftsec.running.store import archive

    with warnings.catch_warnings(record=True) as left_out:
        warnings.simplefilter("always")
        try:
            frame = load_runs(paths, repeated=repeated)
        finally:
            for warning in left_out:
                click.echo(f"ftsec: {warning.message}", err=True)
    summary, constant = summarise(frame, by.split(",") if by else None), constant_results(frame)
    summary = summary[~summary["result"].isin(constant)]
    folder = output or (paths[0] if paths[0].is_dir() else paths[0].parent) / "comparison"
    write_comparison(folder, frame, summary)
    write_atomic(folder / "runs.jsonl", archive(run for _, run in find_runs(paths, repeated=repeated)))
    failed = int((frame["status"] != "ok").sum())
    print(counted(len(frame)) + (f", {failed} of them failed" if failed else ""))
    if len(summary):
        print(summary.to_string(index=False, na_rep="–", float_format=lambda number: f"{number:.4g}"))
    if constant:
        print(f"the same in every run: {', '.join(constant)}")
    written = "tables, figure and report" if len(summary) else "nothing to summarise; table and report"
    print(f"{written}: {folder}")


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
        parts.append(f'<img src="data:image/png;base64,{picture}" alt="{html.escape(drawing.alt)}">')
        caption = "Mean of each result by value; 95 % interval over runs (Student's t, Wilson's for truth values)"
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
