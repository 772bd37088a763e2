"""Values as texts: assignments, lists, YAML files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftsec.base.errors import InputError
from ftsec.running.value_syntax import read_assignments, read_value_file, split_list


def test_a_value_may_hold_equals_signs():
    assert read_assignments(["a=b=c=d", " n = 1"]) == {"a": "b=c=d", "n": " 1"}


@pytest.mark.parametrize(("texts", "told"), [(["n"], "name=value"), (["=1"], "name=value"), (["n=1", "n=2"], "twice")])
def test_refuses_what_is_no_assignment(texts: list[str], told: str):
    with pytest.raises(InputError, match=told):
        read_assignments(texts)


def test_splits_at_the_commas_outside_brackets():
    assert split_list("[0,1], [2,3],4") == ["[0,1]", "[2,3]", "4"]
    assert split_list(" ") == []


@settings(deadline=None)
@given(st.lists(st.integers(), min_size=1))
def test_splitting_undoes_joining(numbers: list[int]):
    assert split_list(",".join(map(str, numbers))) == [str(number) for number in numbers]


def test_a_yaml_file_holds_the_same_texts_as_a_command_line(tmp_path: Path):
    file = tmp_path / "values.yaml"
    file.write_text("n_harmful: 5\nseeds: [1, 2]\nlearning_rate: 1e-4\ntop: null\nn: 12:30\n")
    read = {"n_harmful": "5", "seeds": ["1", "2"], "learning_rate": "1e-4", "top": "null", "n": "12:30"}
    assert read_value_file(file) == read


@pytest.mark.parametrize(("text", "told"), [("- 1\n", "name: value"), ("a: [\n", "not YAML")])
def test_refuses_a_file_that_holds_something_else(tmp_path: Path, text: str, told: str):
    (tmp_path / "values.yaml").write_text(text)
    with pytest.raises(InputError, match=told):
        read_value_file(tmp_path / "values.yaml")


def test_names_a_file_that_is_missing(tmp_path: Path):
    with pytest.raises(InputError, match=r"cannot read .*none\.yaml"):
        read_value_file(tmp_path / "none.yaml")
