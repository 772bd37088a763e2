"""What comes before an audit, its digests and a first policy, says what to do next and never nothing."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ftsec.audit.begin import policy_for
from ftsec.base.errors import InputError
from ftsec.cli.audit import audit as command
from tests.audit.runs import whole


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Path, Path, Path]:
    return whole(tmp_path_factory.mktemp("first steps"))


def called(*words: object) -> Result:
    return CliRunner().invoke(command, [str(word) for word in words])


def test_digests_of_a_folder_without_a_model_are_wrong_usage(made):
    run, base, _ = made
    assert called("digests", run).exit_code == 0
    for words in (("digests", run / "data"), ("digests", run, "--base", base)):
        ended = called(*words)
        assert isinstance(ended.exception, InputError) and "holds no" in str(ended.exception) and not ended.output


def test_the_next_command_names_the_base_that_was_given(made, tmp_path):
    run, base, _ = made
    ended = called("init", run, "--base", base, "-o", tmp_path / "p.toml")
    told = shlex.split(ended.output.partition("then: ")[2])
    assert told == ["ftsec", "audit", str(run), "--base", str(base), "--policy", str(tmp_path / "p.toml")]


def test_a_policy_that_exists_is_replaced_only_by_force(made, tmp_path):
    words = ("init", made[0], "-o", tmp_path / "p.toml")
    assert called(*words).exit_code == 0
    assert "use --force" in str(called(*words).exception) and called(*words, "--force").exit_code == 0


def test_a_new_policy_decides_no_margin(made):
    assert not [line for line in policy_for(made[0], made[1]).splitlines() if line.startswith("margin")]
