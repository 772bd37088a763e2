"""What a sweep varies, as one object and as a file: ``sweep.yaml`` is read, and written beside the runs that it made.

chapter: 15_dose_response
grid: {n_examples: [10, 100, 1000], n_harmful: [10, 100]}   # every combination
zip: {method: [full, lora], learning_rate: [2e-5, 2e-4]}    # first with first, second with second
sample: {epochs: "1:10"}                                    # low:high or low:high:log
samples: 16
fixed: {batch_size: 64}
rules: [n_harmful < n_examples]                             # beside those of the chapter
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path

from ftsec.base.errors import InputError, did_you_mean
from ftsec.base.files import write_atomic
from ftsec.running.grid import SAMPLERS, Point, combine, grid, read_axis, read_range, samples, seed_points, together
from ftsec.running.parameters import CONVERT, Parameters, check_values
from ftsec.running.rules import Rule
from ftsec.running.value_syntax import read_value_file

SWEEP_FILE = "sweep.yaml"
SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class Definition:
    """What a sweep varies.

    Attributes:
        grid, zip: the values of each parameter; sample: its range.
        samples, sampler, sample_seed: how many samples, drawn how.
        seeds: how many seeds repeat each run.
        rules: what must hold beside the chapter's own rules; points that break one are left out.
        strict: such points are refused instead.
    """

    chapter: str
    grid: Mapping[str, list] = field(default_factory=dict)
    zip: Mapping[str, list] = field(default_factory=dict)
    sample: Mapping[str, str] = field(default_factory=dict)
    samples: int = 32
    sampler: str = SAMPLERS[0]
    sample_seed: int = 0
    seeds: int | None = None
    fixed: Mapping[str, object] = field(default_factory=dict)
    rules: tuple[str, ...] = ()
    strict: bool = False

    def typed(self, parameters: Parameters) -> Definition:
        """The same with every value checked and in its parameter's type.

        Raises:
            InputError: if a value is not allowed, or a rule speaks of what is no parameter.
        """
        names = [parameter.name for parameter in parameters]
        for name in (*self.sample, *(name for rule in self.rules for name in Rule(rule).names)):
            if name not in names:
                raise InputError(f"there is no parameter {name!r}{did_you_mean(name, names)}")
        axes = {
            kind: {name: [check_values(parameters, {name: value})[name] for value in values] for name, values in axis}
            for kind, axis in (("grid", self.grid.items()), ("zip", self.zip.items()))
        }
        return replace(self, fixed=check_values(parameters, dict(self.fixed)), **axes)

    def points(self, parameters: Parameters) -> tuple[list[Point], int]:
        """The runs to make, and how many were left out because they break a rule.

        Raises:
            InputError: if nothing is left, or, with `strict`, if anything would be left out.
        """
        whole = [parameter.name for parameter in parameters if parameter.type == "int"]
        ranges = {name: read_range(name, text) for name, text in self.sample.items()}
        drawn = samples(ranges, whole, self.samples, self.sampler, self.sample_seed)
        seeds = seed_points(parameters, self.seeds)
        points = combine([dict(self.fixed)], grid(self.grid), together(self.zip), drawn, seeds)
        ruled = Parameters(parameters, (*parameters.rules, *map(Rule, self.rules)))
        broken = [ruled.broken_rule(point) for point in points]
        kept = [point for point, wrong in zip(points, broken, strict=True) if not wrong]
        if points and (not kept or (self.strict and any(broken))):
            raise InputError(next(filter(None, broken)))
        return kept, len(points) - len(kept)

    def as_yaml(self) -> str:
        """The file's content: what is not as it would be anyway."""
        import yaml

        usual = {each.name: each.default for each in fields(self)}
        said = {name: value for name, value in asdict(self).items() if value and value != usual[name]}
        if self.sample:
            said |= {"samples": self.samples}
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}
        return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)

    def keep(self, folder: Path, command: str) -> Path:
        """Write the file beside the runs, with the command that made them; another sweep's file is left alone."""
        text = self.as_yaml()
        for number in itertools.count(1):
            path = folder / (SWEEP_FILE if number == 1 else f"sweep-{number}.yaml")
            if not path.exists():
                write_atomic(path, f"# {command}\n{text}")
                return path
            if path.read_text(encoding="utf-8").partition("\n")[2] == text:
                return path
        raise AssertionError("unreachable")


def read_definition(path: Path | None, given: Mapping[str, object]) -> Definition:
    """The sweep in a file, or none, with what is given beside it; of two equal names the given one counts.

    Raises:
        InputError: if the file cannot be read, or names or values are none of a sweep's.
    """
    values = dict(read_value_file(path)) if path else {}
    for name in values:
        if name not in READERS:
            hint = did_you_mean(name, READERS) or f"; it knows {', '.join(READERS)}"
            raise InputError(f"{path}: a sweep knows no {name!r}{hint}")
    parts = {name: _part(name, value) for name, value in values.items()}
    for name, value in given.items():
        part = _part(name, value)
        parts[name] = {**parts.get(name, {}), **part} if isinstance(part, dict) else part
    if "chapter" not in parts:
        raise InputError(f"{path} does not say which chapter: chapter: 02")
    return Definition(**parts)


def _part(name: str, value: object) -> object:
    """One part of a definition in its type; texts are read as on the command line."""
    try:
        return READERS[name](value)
    except InputError:
        raise
    except (AttributeError, TypeError, ValueError):
        raise InputError(f"{name} of a sweep is not {value!r}") from None


def _axes(value: Mapping) -> dict[str, list]:
    return {name: read_axis(name, values) if isinstance(values, str) else values for name, values in value.items()}


def _at_least(least: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if (number := CONVERT["int"](value)) < least:
            raise ValueError(value)
        return number

    return read


def _rules(value: object) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


READERS: dict[str, Callable] = {
    "chapter": CONVERT["str"],
    "grid": _axes,
    "zip": _axes,
    "sample": lambda value: dict(value.items()),
    "samples": _at_least(1),
    "sampler": lambda value: SAMPLERS[SAMPLERS.index(value)],
    "sample_seed": _at_least(0),
    "seeds": _at_least(1),
    "fixed": lambda value: dict(value.items()),
    "rules": _rules,
    "strict": CONVERT["bool"],
}
