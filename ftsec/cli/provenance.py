"""``ftsec provenance``: write a manifest, verify a tree against it, look at an adapter before it is loaded."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ftsec.base.printable import printable
from ftsec.base.statuses import CANNOT_SAY, DONE, NO

DIRECTORY = click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
MANIFEST = click.Path(dir_okay=False, path_type=Path)
DIGEST = click.option("--digest", help="SHA-256 that the manifest itself must have.")


@click.group()
def provenance() -> None:
    """Keep and check the origin of files."""


@provenance.command()
@DIRECTORY
@click.option("-o", "--output", required=True, type=MANIFEST, help="The manifest to write.")
@click.option("--licence", default="", help="Licence of the files, for example CC0-1.0.")
@click.option("--collected-at", default="", help="When they were collected, for example 2026-11-21.")
@click.option("--step", "steps", multiple=True, help="A processing step that was applied (repeatable, in order).")
@click.option("--update", is_flag=True, help="Keep what the existing manifest says of files that did not change.")
@click.option("--force", is_flag=True, help="Replace an existing manifest.")
def create(
    directory: Path, output: Path, licence: str, collected_at: str, steps: tuple[str, ...], update: bool, force: bool
) -> None:
    """Write a manifest of every file below DIRECTORY."""
    from ftsec.defenses.provenance import create_manifest, digest_of, to_json
    from ftsec.defenses.strict import written_whole

    # --force replaces a manifest, never a file of the tree that happens to have the name
    earlier = _records(output, None) if (update or force) and output.exists() else []
    known = earlier if update else []
    records = create_manifest(directory, licence, collected_at, steps, output, known)
    text = to_json(records)
    with written_whole(output, force or update) as stream:
        stream.write(text.encode())
    click.echo(f"{len(records)} files in {output}")
    click.echo(f"keep this elsewhere: sha256 {digest_of(text)}")


@provenance.command()
@DIRECTORY
@click.argument("manifest", type=MANIFEST)
@DIGEST
def verify(directory: Path, manifest: Path, digest: str | None) -> None:
    """Name every file that was changed, added or removed since MANIFEST; exit status 1 if there is one."""
    from ftsec.defenses.provenance import verify_manifest

    records = _records(manifest, digest)
    findings = verify_manifest(directory, records, manifest)
    _show(findings)
    click.echo(f"{len(records)} files recorded, " + (f"{len(findings)} differences" if findings else "all as recorded"))
    sys.exit(NO if findings else DONE)


@provenance.command(name="verify-adapter")
@DIRECTORY
@click.option("--manifest", type=MANIFEST, help="The manifest that came with it.")
@DIGEST
def verify_adapter(directory: Path, manifest: Path | None, digest: str | None) -> None:
    """Check a PEFT adapter without loading it.

    Exit status: 0 nothing found that forbids loading it, 1 do not load it, 3 cannot say (a file is not there).
    """
    from ftsec.defenses.adapters import verify_adapter as check

    records = _records(manifest, digest) if manifest else None
    report = check(directory, records, manifest)
    for problem in report.problems:
        click.echo(f"refused  {printable(problem)}")
    for what in report.missing:
        click.echo(f"missing  {printable(what)}")
    _show(report.manifest_findings)
    for seen in report.leftovers:
        click.echo(f"leftover {printable(seen.path)}: {seen.why}")
    for note in report.notes:
        click.echo(f"note     {printable(note)}")
    if report.kind:
        rank = f", rank {report.rank}, {len(report.modules)} modules" if report.rank else ""
        click.echo(f"{report.kind} on {printable(report.base_model) or 'an unnamed base model'}{rank}, "
                   f"{report.n_parameters:,} parameters")  # fmt: skip
    if records is None:
        click.echo("no manifest was given: the files may be anybody's")
    click.echo("nothing found that forbids loading it" if report.passed else
               "cannot say: a file is missing" if report.undecided else "do not load it")  # fmt: skip
    sys.exit(DONE if report.passed else CANNOT_SAY if report.undecided else NO)


def _records(manifest: Path, digest: str | None) -> list:
    from ftsec.base.errors import InputError
    from ftsec.defenses.provenance import digest_of, from_json
    from ftsec.defenses.strict import read_bytes

    content = read_bytes(manifest)
    if digest is not None and digest_of(content) != digest.lower():
        raise InputError(f"{manifest}: its SHA-256 is {digest_of(content)}, not the one that was given")
    return from_json(content, str(manifest))


def _show(findings: tuple | list) -> None:
    for finding in findings:
        detail = f" ({finding.detail})" if finding.detail else ""
        click.echo(f"{finding.kind:<8} {printable(finding.path)}{printable(detail)}")
