"""The head of a report: what the run was, what differs from the chapter, and what came out instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from ftsec.base.dates import moment
from ftsec.base.record import label, value_in_words
from ftsec.publishing.status import WORDS
from ftsec.running.store import Run

SAME = "Every parameter has the value that the chapter has in the book."


def head(run: Run, recorded: Sequence[dict]) -> str:
    """Everything that stands between the title and the chapter.

    Args:
        recorded: what the chapter recorded with its own values.
    """
    parts = [f'<p class="ftsec-run-line">{_line(run)}</p>', _error(run), _differs(run), _results(run, recorded)]
    return f'<div class="ftsec-run">\n{"".join(parts)}{_more(run)}\n</div>'


def _line(run: Run) -> str:
    said = WORDS.get(run.status, run.status)
    status = f'<b class="status-{escape(run.status)}">{said}</b> in {run.seconds:.1f} s'
    version = f"ftsec {escape(run.versions.get('ftsec', 'of unknown version'))}"
    return f'A run of this chapter: {moment(run.started)} · {status} · {version} · <a href="run.json">run.json</a>'


def _error(run: Run) -> str:
    if not run.error:
        return ""
    return f'<p class="error">It stopped in cell {escape(str(run.error["cell"]))}: {escape(run.error["message"])}</p>'


def _differs(run: Run) -> str:
    if not run.changed:
        return f"<p>{SAME}</p>"
    rows = ((name, _value(run.defaults.get(name)), _value(value)) for name, value in run.changed.items())
    return _table("What differs from the chapter", ("Parameter", "Chapter", "This run"), rows)


def _results(run: Run, recorded: Sequence[dict]) -> str:
    before = {result["name"]: result for result in recorded}
    now = {result["name"]: result for result in run.results}
    names = dict.fromkeys((*before, *now))
    rows = [(label(now.get(name) or before[name]), _shown(before.get(name)), _shown(now.get(name))) for name in names]
    changed = [row for row in rows if row[1] != row[2]]
    same = [row for row in rows if row[1] == row[2]]
    table = _table("Results that differ", ("Result", "Chapter", "This run"), changed) if changed else ""
    if not same:
        return table
    unchanged = _table("Results that are the same", ("Result", "Value"), (row[:2] for row in same))
    some = "recorded result is" if len(same) == 1 else "recorded results are"
    return f"{table}<details><summary>{len(same)} {some} the same as in the chapter</summary>{unchanged}</details>"


def _shown(result: dict | None) -> str:
    return "not recorded" if result is None else value_in_words(result)


def _more(run: Run) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    inputs = [(f"File in {name}", digest) for name, digest in run.inputs.items()]
    lists = [
        ("Parameters", "; ".join(f"{name} = {_value(value)}" for name, value in run.parameters.items()) or "none"),
        ("Digests", ", ".join(f"{name} {digest}" for name, digest in run.digests.items())),
        *inputs,
        ("Versions", versions),
        ("Key", run.key),
    ]
    terms = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in lists)
    return f"<details><summary>Parameters, digests and versions</summary><dl>{terms}</dl></details>"


def _value(value: object) -> str:
    """A value as it is written on the command line."""
    if isinstance(value, str):
        return Path(value).name if value.startswith("/") else value or "(none)"
    return str(value)


def _table(caption: str, heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = list(heads)
    top = "".join(f'<th scope="col">{each}</th>' for each in heads)
    body = "\n".join(_row(list(row), heads[1:]) for row in rows)
    return (
        f'<div class="ftsec-table ftsec-cards"><table><caption>{caption}</caption><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _row(cells: list[str], heads: list[str]) -> str:
    first, *others = map(escape, cells)
    named = "".join(f'<td data-label="{head}">{each}</td>' for head, each in zip(heads, others, strict=True))
    return f'<tr><th scope="row">{first}</th>{named}</tr>'
