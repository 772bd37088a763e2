"""The grammar of the parameters cell, and values checked against it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftsec.base.errors import InputError
from ftsec.running.parameters import check_values, checked
from ftsec.running.parameters_cell import parse_parameters, read_parameters
from tests.small_book import write_chapter

CELL = """\
# how the attack is made
n_harmful: int = 100  # harmful examples [0, 10000]
method: str = "full"  # fine-tuning method {full, lora, prefix_tuning}
rates: list[float] = [1e-5, 1e-4]  # learning rates (0, 1]
seeds: list[int] = [0, 1]  # seeds of the random numbers
examples: str = ""  # your own examples, one a line (a file)
top: int | None = None  # rows shown, null for all [1, inf)
quiet: bool = False  # show less {True, False}
"""
PARAMETERS = {parameter.name: parameter for parameter in parse_parameters(CELL)}


def test_reads_name_type_default_meaning_and_rule():
    n_harmful, rates, top = PARAMETERS["n_harmful"], PARAMETERS["rates"], PARAMETERS["top"]
    assert (n_harmful.type_text, n_harmful.default, n_harmful.meaning) == ("int", 100, "harmful examples")
    assert (n_harmful.rule_text, n_harmful.bounds.low, n_harmful.bounds.high) == ("[0, 10000]", 0, 10000)
    assert PARAMETERS["method"].choices == ("full", "lora", "prefix_tuning")
    assert (rates.type_text, rates.rule_text, 0 in rates.bounds, 1 in rates.bounds) == (
        "list[float]",
        "(0, 1]",
        False,
        True,
    )
    assert PARAMETERS["examples"].path == "file"
    assert (top.type_text, top.optional, 10**9 in top.bounds) == ("int | None", True, True)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("x = 1  # a number", "not of the form"),
        ("x: int = 1", "what the parameter means"),
        ("x: dict = {}  # a table", "type other than"),
        ("x: int = f()  # a number", "not a plain value"),
        ("x: int = 5  # a number [0, 4]", "in [0, 4], not 5"),
        ('x: int = "5"  # a number', "default of another type"),
        ('x: str = "a"  # a text [0, 1]', "does not fit its type"),
        ("x: int = 1  # a number [2, 1]", "lower bound above"),
        ("x: int = 1  # a number {1, b}", "choices of another type"),
        ("x: int = (", "not Python"),
        ("x: int = 1  # a\nx: int = 2  # b", "sets x twice"),
        ("\n".join(f"x{i}: int = 1  # a number" for i in range(9)), "at most 8"),
    ],
)
def test_refuses_what_the_grammar_does_not_know(line: str, told: str):
    with pytest.raises(InputError, match=told.replace("[", r"\[")):
        parse_parameters(line)


def test_names_the_notebook_whose_cell_is_wrong(tmp_path: Path):
    path = write_chapter(tmp_path / "03_wrong.ipynb", "x = 1")
    with pytest.raises(InputError, match="03_wrong: line 1 of the parameters cell"):
        read_parameters(path)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("n_harmful", "50", 50),
        ("n_harmful", 50.0, 50),
        ("method", "lora", "lora"),
        ("rates", "1e-3", [0.001]),
        ("rates", "[1e-3, 1]", [0.001, 1.0]),
        ("rates", [1], [1.0]),
        ("seeds", "3,4", [3, 4]),
        ("top", "null", None),
        ("top", None, None),
        ("top", "7", 7),
        ("quiet", "true", True),
        ("quiet", False, False),
        ("examples", "", ""),
    ],
)
def test_takes_texts_and_typed_values_alike(name: str, value: object, expected: object):
    result = check_values(PARAMETERS.values(), {name: value})[name]
    assert result == expected and type(result) is type(expected)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("n_harmfull", "1", "no parameter 'n_harmfull'; did you mean n_harmful?"),
        ("zzz", "1", "no parameter 'zzz'; there are n_harmful"),
        ("n_harmful", "many", "n_harmful takes a whole number in [0, 10000], not 'many'"),
        ("n_harmful", 2.5, "not 2.5"),
        ("n_harmful", True, "not true"),
        ("n_harmful", None, "not null"),
        ("n_harmful", "10001", "in [0, 10000]"),
        ("method", "lorra", "one of full, lora, prefix_tuning, not 'lorra'; did you mean lora?"),
        ("method", 3, "not 3"),
        ("rates", "0", "in (0, 1]"),
        ("rates", "nan", "not 'nan'"),
        ("rates", 0.5, "a list"),
        ("seeds", "", "at least one element"),
        ("quiet", "perhaps", "one of True, False, not 'perhaps'"),
        ("examples", "missing.txt", "examples: there is no file 'missing.txt'"),
        ("examples", "/", "examples takes a file; '/' is a folder"),
    ],
)
def test_says_in_one_sentence_what_is_wrong(name: str, value: object, told: str):
    with pytest.raises(InputError) as error:
        check_values(PARAMETERS.values(), {name: value})
    assert told in str(error.value) and "\n" not in str(error.value)


def test_makes_paths_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "mine.txt").write_text("an example\n")
    monkeypatch.chdir(tmp_path)
    assert checked(PARAMETERS["examples"], "mine.txt") == str(tmp_path / "mine.txt")
    with pytest.raises(InputError, match="is a folder"):
        checked(PARAMETERS["examples"], str(tmp_path))


@settings(deadline=None)
@given(st.integers())
def test_allows_exactly_the_whole_numbers_within_the_bounds(number: int):
    if 0 <= number <= 10000:
        assert checked(PARAMETERS["n_harmful"], str(number)) == number
    else:
        with pytest.raises(InputError):
            checked(PARAMETERS["n_harmful"], str(number))


@settings(deadline=None)
@given(st.lists(st.floats(min_value=0, max_value=1, exclude_min=True), min_size=1))
def test_a_list_written_as_text_is_read_back_exactly(numbers: list[float]):
    assert checked(PARAMETERS["rates"], str(numbers)) == numbers
