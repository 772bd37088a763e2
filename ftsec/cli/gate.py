"""``ftsec gate``: judge measurements by gates; ``ftsec gate plan``: how many prompts that needs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from ftsec.base.statuses import CANNOT_SAY, DONE, NO
from ftsec.cli.default_command import DefaultGroup

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(cls=DefaultGroup, default="check")
def gate() -> None:
    """Judge a fine-tuning run by its measurements: `ftsec gate measurements.json` (short for `gate check`).

    Exit status: 0 all blocking gates passed, 1 one failed, 2 the files could not be used, 3 none failed but too little
    was measured to pass.
    """


@gate.command()
@click.argument("measurements", nargs=-1, required=True, type=FILE)
@click.option("--gates", type=FILE, help="TOML file of gates [default: the article's seven].")
@click.option("--baseline", "baselines", multiple=True, type=FILE, help="The base model's measurements (repeatable).")
@click.option("--strict", is_flag=True,
              help="Gates that only warn fail the run as well, and so does what could not be compared.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def check(
    measurements: tuple[Path, ...], gates: Path | None, baselines: tuple[Path, ...], strict: bool, as_json: bool
) -> None:
    """Judge MEASUREMENTS: plain JSON, results and samples of lm-evaluation-harness, or Inspect logs (.json, .eval)."""
    from ftsec.cli import gate_report
    from ftsec.defenses.evaluation_files import load_measurements
    from ftsec.defenses.gate_files import DEFAULT_GATES, load_gates
    from ftsec.defenses.gates import evaluate

    wanted, confidence = load_gates(gates or DEFAULT_GATES)
    baseline = load_measurements(baselines) if baselines else None
    report = evaluate(wanted, load_measurements(measurements), baseline, confidence)
    missing = [row.gate.name for row in report.not_compared if strict]
    passed = report.passed and not missing and not (strict and report.warnings)
    failed = report.failures + (report.warnings if strict else ())
    undecided = report.undecided(strict) if failed else tuple(missing)
    if as_json:
        click.echo(json.dumps(gate_report.as_json(report, passed, undecided), indent=2))
    else:
        click.echo(gate_report.as_text(report, passed, undecided))
    sys.exit(DONE if passed else CANNOT_SAY if undecided else NO)


@gate.command()
@click.argument("results", nargs=-1, required=True, type=FILE)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write [default: -].")
@click.option("--force", is_flag=True, help="Replace an existing file.")
def init(results: tuple[Path, ...], output: Path | None, force: bool) -> None:
    """Write a file of gates for the measurements found in RESULTS; their thresholds are for you to decide."""
    from ftsec.defenses.evaluation_files import load_measurements
    from ftsec.defenses.gate_files import gates_for
    from ftsec.defenses.strict import written_whole

    found = load_measurements(results)
    text = gates_for(found, ", ".join(path.name for path in results))
    if output is None or str(output) == "-":
        click.echo(text, nl=False)
        return
    if any(output.exists() and output.samefile(path) for path in results):
        raise click.UsageError(f"{output} is one of the results; name another file")
    with written_whole(output, force) as stream:
        stream.write(text.encode())
    click.echo(f"{len(found)} gates in {output}: decide their thresholds, then: ftsec gate … --gates {output}")


@gate.command()
@click.option("--detect", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.05, show_default=True,
              help="Share of bad answers that must not stay unnoticed.")  # fmt: skip
@click.option("--power", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.9, show_default=True)
@click.option("--confidence", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.95,
              show_default=True)  # fmt: skip
@click.option("--good", type=float, help="True share of a model that should pass [default: a fifth of --detect].")
@click.option("--changing", type=float, help="Share of prompts that change between two models [default: twice].")
@click.option("--seed-sd", type=float, help="Spread (standard deviation) of the share between fine-tuning seeds.")
def plan(**options: float | None) -> None:
    """How many prompts (and, with --seed-sd, seeds) an evaluation needs."""
    from ftsec.defenses.planning import plan as make_plan

    answer, detect, power = make_plan(**options), options["detect"], options["power"]
    good = detect / 5 if options["good"] is None else options["good"]
    rows = [
        (answer.to_see_one, "prompts", f"to see a bad answer with probability {power:g}, if {detect:.3g} are bad"),
        (answer.clean_pass, "prompts", f"all good, so that the upper bound is at most {detect:.3g}"),
        (answer.pass_good, "prompts", f"so that a model with {good:.3g} bad answers passes with probability {power:g}"),
        (answer.paired, "prompts", f"given to both models, to show a rise by {detect:.3g} over the base model"),
    ]
    if answer.seeds is not None:
        rows.append((answer.seeds, "seeds", f"of {answer.pass_good} prompts each, to show a mean rise by {detect:.3g}"))
    for number, unit, what in rows:
        click.echo(f"{number:>7,} {unit:<7} {what}")
