"""``ftsec dedup`` and ``ftsec filter``: tools for training data in any usual form."""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

SOURCE = click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
OUTPUT = click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path),
                      help="The new file; it appears complete or not at all.")  # fmt: skip
FIELD = click.option("--field", default="", metavar="KEY",
                     help="Take the text under this key, instead of what the rows are recognised as.")  # fmt: skip
REPORT = click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="CSV of what went, and why.")
KEEP_BAD = click.option("--keep-bad-lines", is_flag=True, help="Copy unreadable rows as they are, do not stop.")
FORCE = click.option("--force", is_flag=True, help="Replace an existing output.")


@click.command()
@SOURCE
@OUTPUT
@FIELD
@FORCE
@click.option("--threshold", type=click.FloatRange(0.1, 1), default=0.7, show_default=True,
              help="Jaccard similarity of a near-duplicate; 1 removes exact copies only.")  # fmt: skip
@click.option("--ngram", type=click.IntRange(1), default=3, show_default=True, help="Length of the n-grams.")
@click.option("--unit", type=click.Choice(["words", "characters"]), default="words", show_default=True)
@REPORT
@KEEP_BAD
def dedup(
    source: Path, output: Path, field: str, force: bool, threshold: float, ngram: int, unit: str,
    report: Path | None, keep_bad_lines: bool,
) -> None:  # fmt: skip
    """Remove exact and near-duplicates from SOURCE; the first copy stays, as it is.

    SOURCE holds documents or conversations: messages, ShareGPT, Alpaca, prompt and completion, preference pairs, KTO,
    plain text; in JSON lines, a JSON array, CSV, Parquet or .txt, also .gz and .zst. The output has the same form.
    """
    from ftsec.defenses.deduplicate import Settings, deduplicate_file

    settings = Settings(threshold, ngram, unit)
    result = deduplicate_file(
        source, output, settings, field=field, keep_bad=keep_bad_lines, report=report, force=force
    )  # fmt: skip
    click.echo(f"{source}: read as {result.read_as}")
    for near, text in result.examples:
        click.echo(f"  {near.line} repeats {near.duplicate_of} (similarity {near.similarity:.2f}): {text}")
    removed = f"{result.count('exact')} exact and {result.count('near')} near-duplicates removed"
    click.echo(f"{result.n_documents} documents, {removed}{_unread(result)}, {result.n_kept} in {output}")


@click.command(name="filter")
@SOURCE
@OUTPUT
@FIELD
@FORCE
@click.option("--rules", multiple=True, type=click.Choice(["c4", "gopher"]), help="Published rules (repeatable).")
@click.option("--reference", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Your own good text; drops what surprises a model of it.")  # fmt: skip
@click.option("--quantile", type=click.FloatRange(0, 1, min_open=True), default=0.99, show_default=True,
              help="Share of the reference itself that stays below the limit.")  # fmt: skip
@click.option("--terms", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Your own list of terms, one a line; drops what contains one.")  # fmt: skip
@REPORT
@KEEP_BAD
def filter_command(
    source: Path, output: Path, field: str, force: bool, rules: tuple[str, ...], reference: Path | None,
    quantile: float, terms: Path | None, report: Path | None, keep_bad_lines: bool,
) -> None:  # fmt: skip
    """Keep the documents of SOURCE that pass every chosen filter; SOURCE is what `ftsec dedup` reads.

    A document stays or goes as a whole. (C4 also takes single lines out of what stays; that is not done here.)
    """
    from ftsec.defenses.filters import filter_file, perplexity_filter, rule_filter, term_filter
    from ftsec.defenses.outputs import check_outputs
    from ftsec.defenses.training_data import read_texts

    chosen = click.get_current_context().get_parameter_source("quantile") is not ParameterSource.DEFAULT
    if chosen and not reference:
        raise click.UsageError("--quantile has no effect without --reference")
    beside = [reference, terms]
    check_outputs([source, *beside], [output, report], force)  # a filter may take minutes to make
    filters = [rule_filter(name) for name in rules]
    if terms:
        filters.append(term_filter(_lines(terms)))
    if reference:
        filters.append(perplexity_filter(read_texts(reference, field), quantile))
    result = filter_file(
        source, output, filters, field=field, keep_bad=keep_bad_lines, report=report, beside=beside, force=force
    )  # fmt: skip
    click.echo(f"{source}: read as {result.read_as}")
    for reason, count in result.reasons.most_common():
        click.echo(f"{count:>7} {reason}")
    click.echo(f"{result.n_documents} documents{_unread(result)}, {result.n_kept} in {output}")


def _unread(result) -> str:
    return f", {result.n_unreadable} unreadable rows kept" if result.n_unreadable else ""


def _lines(path: Path) -> list[str]:
    from ftsec.base.errors import InputError
    from ftsec.defenses.strict import MEBIBYTE, read_bytes

    try:
        return read_bytes(path, 16 * MEBIBYTE).decode().splitlines()
    except UnicodeDecodeError as bad:
        raise InputError(f"{path}: not valid UTF-8 (byte {bad.start + 1})") from None
