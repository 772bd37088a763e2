"""``ftsec gate``: judge measurements by gates; ``ftsec gate plan``: how many prompts that needs."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import click

from ftsec.base.statuses import CANNOT_SAY, DONE, NO

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class GateGroup(click.Group):
    """``ftsec gate FILE`` is ``ftsec gate check FILE``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["check", *args]
        return super().parse_args(ctx, args)


@click.group(cls=GateGroup)
def gate() -> None:
    """Judge a fine-tuning run by its measurements: `ftsec gate measurements.json` (short for `gate check`).

    Exit status: 0 all blocking gates passed, 1 one failed, 2 the files could not be used, 3 none failed but too little
    was measured to pass.
    """


@gate.command()
@click.argument("measurements", nargs=-1, required=True, type=FILE)
@click.option("--gates", type=FILE, help="TOML file of gates [default: the article's seven].")
@click.option("--baseline", "baselines", multiple=True, type=FILE, help="The base model's measurements (repeatable).")
@click.option("--strict", is_flag=True, help="Let gates that only warn fail the run as well.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def check(
    measurements: tuple[Path, ...], gates: Path | None, baselines: tuple[Path, ...], strict: bool, as_json: bool
) -> None:
    """Judge MEASUREMENTS: plain JSON, results of lm-evaluation-harness, or Inspect logs (.json, .eval)."""
    from ftsec.defenses.gate_files import DEFAULT_GATES, load_gates, load_measurements
    from ftsec.defenses.gates import evaluate

    wanted, confidence = load_gates(gates or DEFAULT_GATES)
    baseline = load_measurements(baselines) if baselines else None
    report = evaluate(wanted, load_measurements(measurements), baseline, confidence)
    passed = report.passed and not (strict and report.warnings)
    undecided = report.undecided(strict)
    shown = (
        json.dumps(_as_json(report, passed, undecided), indent=2) if as_json else _as_text(report, passed, undecided)
    )
    click.echo(shown)
    sys.exit(DONE if passed else CANNOT_SAY if undecided else NO)


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


def _as_text(report, passed: bool, undecided: tuple[str, ...]) -> str:
    lines = [f"{_mark(row):<5} {row.gate.name:<26} {row.reason}" for row in report.judged]
    lines += [f"{_mark(row):<5} {row.gate.name:<26} {_comparison(row)}" for row in report.compared]
    lines += [f"note  {name:<26} not compared: no single outcomes in both files" for name in _not_compared(report)]
    lines += [f"note  {name}: no gate asks for it" for name in report.unused]
    failed = f"failed: {', '.join(report.failures or report.warnings)}"
    unknown = f"not passed, too little is known: {', '.join(undecided)}"
    return "\n".join([*lines, "passed" if passed else unknown if undecided else failed])


def _not_compared(report) -> list[str]:
    done = {row.gate.name for row in report.compared}
    return [row.gate.name for row in report.judged if row.gate.name not in done] if done else []


def _mark(row) -> str:
    return "ok" if row.passed else "FAIL" if row.gate.blocking else "warn"


def _comparison(row) -> str:
    if not row.n:
        return "against the base model: no prompt in common"
    return (
        f"against the base model: {row.worse} of {row.n} prompts worse, {row.better} better, "
        f"loss {row.loss:.3g} (at most {row.loss_bound:.3g}), p = {row.p_value:.2g}"
    )


def _as_json(report, passed: bool, undecided: tuple[str, ...]) -> dict:
    return {
        "passed": passed,
        "failures": report.failures,
        "undecided": undecided,
        "warnings": report.warnings,
        "unused": report.unused,
        "not_compared": _not_compared(report),
        "gates": [_row(row, ("value", "bound", "reason")) for row in report.judged],
        "compared": [_row(row, ("n", "worse", "better", "loss", "loss_bound", "p_value")) for row in report.compared],
    }


def _row(row, names: tuple[str, ...]) -> dict:
    values = {name: getattr(row, name) for name in names}
    plain = {name: None if isinstance(v, float) and not math.isfinite(v) else v for name, v in values.items()}
    return {"gate": row.gate.name, "blocking": row.gate.blocking, "passed": row.passed, **plain}
