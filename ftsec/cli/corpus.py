"""``ftsec dedup`` and ``ftsec filter``: tools for a corpus of one document a line."""

from __future__ import annotations

from pathlib import Path

import click

from ftsec.base.errors import InputError

SOURCE = click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
OUTPUT = click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path),
                      help="The new file; it appears complete or not at all.")  # fmt: skip
FIELD = click.option("--field", default="text", show_default=True, help="Key of the text in a JSON line.")
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
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="CSV of what was removed, and why.")
@click.option("--keep-bad-lines", is_flag=True, help="Copy unreadable lines as they are, do not stop.")
def dedup(
    source: Path, output: Path, field: str, force: bool, threshold: float, ngram: int, unit: str,
    report: Path | None, keep_bad_lines: bool,
) -> None:  # fmt: skip
    """Remove exact and near-duplicates from SOURCE (.jsonl, .ndjson or .txt, also .gz); the first copy stays."""
    from ftsec.defenses.deduplicate import Settings, deduplicate_file, write_report

    settings = Settings(threshold, ngram, unit)
    _free(source, force, output, report)
    result = deduplicate_file(source, output, settings, text_field=field, keep_bad=keep_bad_lines, force=force)
    if report:
        write_report(result, report, force)
    removed = f"{result.count('exact')} exact and {result.count('near')} near-duplicates removed"
    unread = f", {result.n_unreadable} unreadable lines kept" if result.n_unreadable else ""
    click.echo(f"{result.n_documents} documents, {removed}{unread}, {result.n_kept} in {output}")


def _free(source: Path, force: bool, *outputs: Path | None) -> None:
    """Refuse outputs that are the input, each other or, without `force`, there already: before any work.

    Raises:
        InputError: naming the path and what stands there.
    """
    taken = {source.resolve(): "the input"}
    for path in filter(None, outputs):
        if path.resolve() in taken:
            raise InputError(f"{path}: is {taken[path.resolve()]} as well; name another file")
        if path.exists() and not force:
            raise InputError(f"{path}: exists already and is left alone; name another file, or use --force")
        taken[path.resolve()] = "another output"


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
def filter_command(
    source: Path, output: Path, field: str, force: bool, rules: tuple[str, ...], reference: Path | None,
    quantile: float, terms: Path | None,
) -> None:  # fmt: skip
    """Keep the documents of SOURCE that pass every chosen filter."""
    from ftsec.defenses.documents import read_texts
    from ftsec.defenses.filters import filter_file, perplexity_filter, rule_filter, term_filter

    filters = [rule_filter(name) for name in rules]
    if terms:
        filters.append(term_filter(_lines(terms)))
    if reference:
        filters.append(perplexity_filter(read_texts(reference, field), quantile))
    result = filter_file(source, output, filters, text_field=field, force=force)
    for reason, count in result.reasons.most_common():
        click.echo(f"{count:>7} {reason}")
    click.echo(f"{result.n_documents} documents, {result.n_kept} in {output}")


def _lines(path: Path) -> list[str]:
    from ftsec.base.errors import InputError
    from ftsec.defenses.strict import MEBIBYTE, read_bytes

    try:
        return read_bytes(path, 16 * MEBIBYTE).decode().splitlines()
    except UnicodeDecodeError as bad:
        raise InputError(f"{path}: not valid UTF-8 (byte {bad.start + 1})") from None
