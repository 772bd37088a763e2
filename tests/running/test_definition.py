"""A sweep as a file: read, written beside the runs, and the same sweep when it is read again."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ftsec.base.errors import InputError
from ftsec.running.definition import Definition, read_definition
from ftsec.running.parameters_cell import parse_parameters
from tests.small_book import TOY_PARAMETERS

PARAMETERS = parse_parameters(TOY_PARAMETERS + "# rule: n_harmful <= 100 or method == 'full'\n")
FILE = """\
chapter: 05_toy
grid: {n_harmful: [0, 200], method: [full, lora]}
sample: {learning_rate: 1e-5:1e-3:log}
samples: 3
seeds: 2
fixed: {wait: 0.5}
rules: [seed < 1]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "sweep.yaml").write_text(FILE)
    return tmp_path / "sweep.yaml"


def test_a_file_says_which_runs_are_made_and_which_break_a_rule(file: Path):
    points, left_out = read_definition(file, {}).typed(PARAMETERS).points(PARAMETERS)
    assert (len(points), left_out) == (9, 15)
    assert {(point["n_harmful"], point["method"]) for point in points} == {(0, "full"), (0, "lora"), (200, "full")}
    assert {point["seed"] for point in points} == {0} and {point["wait"] for point in points} == {0.5}


def test_what_is_given_beside_the_file_counts(file: Path):
    given = {"grid": {"n_harmful": "7"}, "samples": 1, "rules": ()}
    points, left_out = read_definition(file, given).typed(PARAMETERS).points(PARAMETERS)
    assert len(points) == 4 and left_out == 0 and {point["n_harmful"] for point in points} == {7}


def test_a_sweep_that_was_written_is_read_as_the_same(file: Path, tmp_path: Path):
    definition = read_definition(file, {}).typed(PARAMETERS)
    kept = definition.keep(tmp_path / "runs", "ftsec sweep sweep.yaml")
    assert kept.name == "sweep.yaml" and kept.read_text().startswith("# ftsec sweep sweep.yaml\n")
    assert read_definition(kept, {}).typed(PARAMETERS) == definition
    assert yaml.safe_load(kept.read_text())["grid"] == {"n_harmful": [0, 200], "method": ["full", "lora"]}


def test_another_sweep_does_not_take_the_place_of_the_first(tmp_path: Path):
    first, second = Definition("05_toy"), Definition("05_toy", grid={"seed": [1]})
    names = [each.keep(tmp_path, "said").name for each in (first, second, first, second)]
    assert names == ["sweep.yaml", "sweep-2.yaml", "sweep.yaml", "sweep-2.yaml"]


def test_points_that_break_a_rule_are_refused_if_asked_or_if_nothing_is_left():
    broken = {"n_harmful": [0, 200], "method": ["lora"]}
    with pytest.raises(InputError, match="must hold; n_harmful is 200"):
        Definition("05_toy", grid=broken, strict=True).points(PARAMETERS)
    with pytest.raises(InputError, match="must hold; n_harmful is 200"):
        Definition("05_toy", fixed={"n_harmful": 200, "method": "lora"}).points(PARAMETERS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("grid: {n_harmful: [1]}\n", "does not say which chapter"),
        ("chapter: 05\ngird: {n_harmful: [1]}\n", "a sweep knows no 'gird'; did you mean grid?"),
        ("chapter: 05\ngrid: [1, 2]\n", "grid of a sweep is not"),
        ("chapter: 05\nsamples: many\n", "samples of a sweep is not 'many'"),
        ("chapter: 05\nsamples: 0\n", "samples of a sweep is not '0'"),
        ("chapter: 05\nsample_seed: -1\n", "sample_seed of a sweep is not '-1'"),
        ("chapter: 05\nsampler: dice\n", "sampler of a sweep is not 'dice'"),
        ("chapter: 05\nrules: [n_harm < 1]\n", "no parameter 'n_harm'; did you mean n_harmful?"),
        ("chapter: 05\ngrid: {n_harmful: [1, -1]}\n", r"in \[0, 10000\], not '-1'"),
        ("chapter: 05\ngrid: {n_harmful: 3}\n", None),
    ],
)
def test_a_wrong_file_is_told_in_a_sentence(tmp_path: Path, text: str, told: str | None):
    (tmp_path / "sweep.yaml").write_text(text)
    if told is None:
        assert read_definition(tmp_path / "sweep.yaml", {}).typed(PARAMETERS).grid == {"n_harmful": [3]}
        return
    with pytest.raises(InputError, match=told):
        read_definition(tmp_path / "sweep.yaml", {}).typed(PARAMETERS)
