"""Three whole runs get their answers, and an answer never gets better by knowing less."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ftsec.audit.answer import NO_REASON, NOT_ENOUGH, STOPS, Answer, audit
from ftsec.audit.policy import load_policy
from tests.audit.runs import RUNS

EXPECTED = {"whole": NO_REASON, "failing": STOPS, "small": NOT_ENOUGH}
ORDER = (STOPS, NOT_ENOUGH, NO_REASON)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> dict[str, Path]:
    folders = {name: tmp_path_factory.mktemp(name) for name in RUNS}
    for name, folder in folders.items():
        RUNS[name](folder)
    return folders


@pytest.fixture
def copied(made, tmp_path):
    return lambda name: Path(shutil.copytree(made[name], tmp_path / name))


def answered(folder: Path) -> Answer:
    return audit(folder / "run", folder / "base", load_policy(folder / "policy.toml"))


def evidence(folder: Path) -> list[Path]:
    return sorted(path for below in ("run", "base") for path in (folder / below).rglob("*") if path.is_file())


@pytest.mark.parametrize("name", RUNS)
def test_each_whole_run_gets_its_answer(made, name):
    found = answered(made[name])
    assert found.answer == EXPECTED[name]
    assert found.status == {STOPS: 1, NOT_ENOUGH: 3, NO_REASON: 0}[found.answer]


@pytest.mark.parametrize("name", ["whole", "small"])
def test_deleting_any_file_of_evidence_never_improves_the_answer(made, copied, name):
    for path in evidence(made[name]):
        folder = copied(name)
        (folder / path.relative_to(made[name])).unlink()
        assert answered(folder).answer == NOT_ENOUGH, path.name
        shutil.rmtree(folder)


def test_what_stops_is_never_followed_by_no_reason_to_stop(made, copied):
    # with the log that shows the failures gone nobody can know of them: then it is not enough
    for path in evidence(made["failing"]):
        folder = copied("failing")
        (folder / path.relative_to(made["failing"])).unlink()
        expected = NOT_ENOUGH if path.name == "safety.json" and path.parent.name == "eval" else STOPS
        assert answered(folder).answer == expected, path.name
        shutil.rmtree(folder)
