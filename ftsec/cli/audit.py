"""``ftsec audit``: one answer on a fine-tuning run, in the forms that people and programs read."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from ftsec.base.errors import InputError
from ftsec.cli.default_command import DefaultGroup

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
PATH = click.Path(path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
SUFFIXES = (".html", ".md", ".json", ".sarif", ".txt")


@click.group(cls=DefaultGroup, default="run")
def audit() -> None:
    """Is there a reason to stop? `ftsec audit RUN --base BASE --policy policy.toml` looks at everything in a folder.

    Exit status: 0 no reason to stop found, 1 stop, 3 not enough evidence, 2 wrong usage, 70 a fault of the program.
    """


@audit.command("run")
@click.argument("run", type=PATH)
@click.option("--base", type=PATH, help="Folder or file with the base model's evaluations.")
@click.option("--policy", "policy_file", type=FILE, help="What was decided before; see `ftsec audit init`.")
@click.option("-o", "--output", "outputs", multiple=True, type=PATH,
              help="Report to write, its form by the suffix: .html, .md, .json, .sarif, .txt; "
                   "a name without one is a folder for all (repeatable).")  # fmt: skip
@click.option("--llm", "model", type=FOLDER, metavar="MODEL",
              help="Also measure how soon fine-tuning takes a refusal from the model in this folder (minutes; needs "
                   "the environment of `make llm`). Context alone: no answer depends on it.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def run_command(
    run: Path, base: Path | None, policy_file: Path | None, outputs: tuple[Path, ...], model: Path | None, as_json: bool
) -> None:
    """Audit RUN: a folder (or file) with evaluations, training data, an adapter and the trainer's files."""
    from dataclasses import replace

    from ftsec.audit.answer import audit as look
    from ftsec.audit.half_life import half_life
    from ftsec.audit.policy import load_policy
    from ftsec.audit.write_plain import as_json as to_json
    from ftsec.audit.write_plain import as_text
    from ftsec.base.files import write_atomic

    wanted = _targets(outputs, run, base)
    answer = look(run, base, load_policy(policy_file) if policy_file else None)
    if model:
        answer = replace(answer, context=(*answer.context, *half_life(model, _say)))
    texts = {target: _written(target.suffix, answer) for target in wanted}
    for target, text in texts.items():
        write_atomic(target, text)
    click.echo(to_json(answer) if as_json else as_text(answer), nl=False)
    sys.exit(answer.status)


@audit.command()
@click.argument("run", type=PATH)
@click.option("--base", type=PATH, help="Folder or file with the base model's evaluations.")
@click.option("-o", "--output", type=PATH, help="The file to write [default: standard output].")
@click.option("--force", is_flag=True, help="Replace an existing file.")
def init(run: Path, base: Path | None, output: Path | None, force: bool) -> None:
    """Write a policy with the files and measurements of RUN; the thresholds are left open."""
    from ftsec.audit.begin import policy_for
    from ftsec.defenses.strict import written_whole

    text = policy_for(run, base)
    if output is None or str(output) == "-":
        click.echo(text, nl=False)
        return
    with written_whole(output, force) as stream:
        stream.write(text.encode())
    words = [str(run), *(("--base", str(base)) if base else ()), "--policy", str(output)]
    click.echo(f"{output}: decide its open values, then: ftsec audit {shlex.join(words)}")


@audit.command()
@click.argument("paths", nargs=-1, required=True, type=PATH)
@click.option("--policy", "policy_file", type=FILE, help="Its terms are looked for.")
def files(paths: tuple[Path, ...], policy_file: Path | None) -> None:
    """Look at single files before they are committed: damaged data, pickles, the policy's terms (the pre-commit hook).

    Ends with 1 at a pickle or a term, with 3 at what cannot be read (also where it is the only file), with 2 at a
    file that does not exist.
    """
    from ftsec.audit.answer import look_at_files
    from ftsec.audit.policy import Policy, load_policy
    from ftsec.audit.write_plain import where
    from ftsec.base.printable import printable
    from ftsec.base.statuses import CANNOT_SAY, DONE, NO
    from ftsec.defenses.findings import STOP

    found = look_at_files(list(paths), load_policy(policy_file) if policy_file else Policy())
    for one in found:
        click.echo(printable(f"{where(one)}: {one.what}"))
    sys.exit(NO if any(one.verdict == STOP for one in found) else CANNOT_SAY if found else DONE)


@audit.command()
@click.argument("folder", type=PATH)
@click.option("--base", type=PATH, help="Folder of the weights that an adapter was made for.")
def digests(folder: Path, base: Path | None) -> None:
    """Print what an evaluation's metadata should say of a model, so that its log can be tied to these files."""
    from ftsec.audit.recognise import recognise
    from ftsec.audit.setting import BASE_WEIGHTS
    from ftsec.audit.side import digests_of

    found = digests_of(recognise(folder))
    if not found:
        raise InputError(f"{folder}: holds no model, neither weights in safetensors nor a tokenizer or template")
    weights = digests_of(recognise(base)).get("weights") if base else None
    if base and not weights:
        raise InputError(f"{base}: holds no weights in safetensors, so the base has no digest")
    told = {**found, BASE_WEIGHTS: weights} if weights else found
    for part, digest in told.items():
        click.echo(f"{part}_sha256={digest}")


def _say(text: str) -> None:
    click.echo(text, err=True)


def _targets(outputs: tuple[Path, ...], run: Path, base: Path | None) -> list[Path]:
    """The files to write; none of them may lie where the evidence does, or a second audit would see them."""
    targets = []
    for output in outputs:
        if output.suffix and output.suffix not in SUFFIXES:
            raise InputError(f"{output}: reports end in {', '.join(SUFFIXES)}")
        targets += [output] if output.suffix else [output / f"audit{suffix}" for suffix in SUFFIXES]
    for target in targets:
        for root in filter(None, (run, base)):
            if target.resolve().is_relative_to(root.resolve()):
                raise InputError(f"{target}: lies in {root}, which is audited; name another place")
    return targets


def _written(suffix: str, answer: object) -> str:
    from ftsec.audit import write_html, write_plain, write_sarif

    forms = {".html": write_html.as_html, ".md": write_plain.as_markdown, ".json": write_plain.as_json,
             ".sarif": write_sarif.as_sarif, ".txt": write_plain.as_text}  # fmt: skip
    return forms[suffix](answer)
