"""`ftsec audit --llm` measures the half-life beside the answer and never changes it."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from tests.llm.conftest import WITHOUT

pytest.importorskip("torch", reason=WITHOUT)

from ftsec.cli.audit import audit
from ftsec.llm.stress import course, findings, safeguard
from tests.audit.runs import RUNS
from tests.llm.stress.models import QUICK, small


@pytest.fixture
def quick(monkeypatch):
    whole = safeguard.harmless
    monkeypatch.setattr(course, "Plan", lambda: QUICK)
    monkeypatch.setattr(safeguard, "harmless", lambda seed=0: small(whole(seed)))


def said(folder, *more):
    words = [folder / "run", "--base", folder / "base", "--policy", folder / "policy.toml", "--json", *more]
    result = CliRunner().invoke(audit, list(map(str, words)))
    return result.exit_code, json.loads(result.stdout)


@pytest.mark.parametrize("name", RUNS)
def test_the_half_life_is_context_and_changes_no_answer(folder_of, quick, tmp_path, name):
    RUNS[name](tmp_path)
    status, plain = said(tmp_path)
    again, measured = said(tmp_path, "--llm", folder_of("llama"))
    own = [line for line in measured["context"] if line.startswith("half-life")]
    assert len(own) == 9, "two lines that open, two for each of three attacks, and the reminder"
    assert findings.REMINDER in own[-1]
    assert again == status
    assert {**measured, "context": None} == {**plain, "context": None}


def test_a_model_that_learns_nothing_is_told_and_the_answer_stands(folder_of, quick, monkeypatch, tmp_path):
    monkeypatch.setattr(course, "Plan", lambda: replace(QUICK, target=0.0))
    RUNS["whole"](tmp_path)
    status, told = said(tmp_path, "--llm", folder_of("llama"))
    assert status == 0 and "half-life not measured, because the model did not learn" in told["context"][-1]


def test_a_folder_that_is_no_model_is_told_and_the_answer_stands(tmp_path):
    RUNS["failing"](tmp_path)
    status, told = said(tmp_path, "--llm", tmp_path)
    assert status == 1 and "holds no model" in told["context"][-1]
