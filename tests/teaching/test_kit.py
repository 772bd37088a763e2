import json
import zipfile
from pathlib import Path

import nbformat
import pytest

from ftsec.cli.workshop import PLANS
from ftsec.errors import InputError
from ftsec.execution.notebook import run_notebook
from ftsec.execution.project import find_project
from ftsec.teaching.editions import instructor_edition, solution_ids, solved, student_edition
from ftsec.teaching.exercises import exercises, keys, labs
from ftsec.teaching.keys import compute_keys
from ftsec.teaching.kit import build_kit
from ftsec.teaching.plans import read_plan

PROJECT = find_project(Path(__file__))
CHAPTERS = {path.stem.split("_")[0]: path for path in PROJECT.chapters()}
TAUGHT = sorted(labs())
DAY = 8 * 60


def chapter(number):
    return nbformat.read(CHAPTERS[number], as_version=4)


def checks(notebook):
    """What the checks in an executed notebook said."""
    shown = [output for cell in notebook.cells if cell.id.startswith("stub-") for output in cell.get("outputs", [])]
    return [output.data["text/plain"] for output in shown if "data" in output]


@pytest.mark.parametrize("number", TAUGHT)
def test_every_exercise_has_a_solution_in_its_chapter(number):
    assert {name for name in exercises() if name.startswith(number)} == set(solution_ids(chapter(number), number))


@pytest.mark.parametrize("number", sorted(CHAPTERS))
def test_the_student_edition_holds_no_solution(number):
    original = chapter(number)
    student = student_edition(original, number)
    text = nbformat.writes(student)
    assert "{dropdown} Solution" not in text
    assert not any("solution" in cell.metadata.get("tags", []) for cell in student.cells)
    assert all(not cell.outputs for cell in student.cells if cell.cell_type == "code")
    for name in solution_ids(original, number):
        if name in exercises():
            assert exercises()[name].hint in "".join(cell.source for cell in student.cells)
    assert len({cell.id for cell in student.cells}) == len(student.cells)


@pytest.mark.parametrize("number", TAUGHT)
def test_the_instructor_edition_holds_everything(number):
    original = chapter(number)
    text = "".join(cell.source for cell in instructor_edition(original, number).cells)
    for name in solution_ids(original, number):
        assert all(mistake in text for mistake in exercises()[name].mistakes)
    assert all(cell.source in text for cell in original.cells if "solution" in cell.metadata.get("tags", []))
    assert labs()[number].prediction in text and labs()[number].not_shown in text


@pytest.mark.parametrize("name", PLANS)
def test_plans_leave_no_gap(name):
    plan = read_plan(PROJECT.root, name)
    for day in plan.days:
        ends = [0, *(item.start + item.minutes for item in day)]
        assert [item.start for item in day] == ends[:-1]
        assert ends[-1] <= DAY
    assert {name.split("_")[0] for name in plan.chapters} <= set(TAUGHT)
    if name == "two-hours":
        assert ends[-1] == 120


def test_an_unknown_plan_is_named():
    with pytest.raises(InputError, match="there is no plan 'a-week'"):
        read_plan(PROJECT.root, "a-week")


def test_a_kit_is_whole_and_reproducible(tmp_path: Path):
    first, second = (build_kit(PROJECT, "two-hours", tmp_path / name) for name in ("a", "b"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    with zipfile.ZipFile(first[0]) as archive:
        names = archive.namelist()
        assert archive.read("student/README.md").decode().count("02_safety_asymmetry") == 1
    assert "student/notebooks/02_safety_asymmetry.ipynb" in names and "student/ftsec/__init__.py" in names
    assert not [name for name in names if "book/teach" in name or "__pycache__" in name]
    assert (tmp_path / "a" / "instructor" / "book" / "teach" / "plans.md").exists()
    files = [path for path in (tmp_path / "a" / "student").rglob("*") if path.is_file()]
    assert sorted(path.relative_to(tmp_path / "a").as_posix() for path in files) == names
    with pytest.raises(InputError, match="exists already"):
        build_kit(PROJECT, "two-hours", tmp_path / "a")


def test_links_lead_to_chapters_of_the_kit_only(tmp_path: Path):
    build_kit(PROJECT, "two-hours", tmp_path)
    folder = tmp_path / "student" / "notebooks"
    for path in folder.iterdir():
        assert "14_claims_ledger.ipynb" not in json.dumps(nbformat.read(path, as_version=4))


@pytest.mark.parametrize("number", ["02"])
def test_unsolved_it_runs_and_fails_each_check_with_its_hint(number, tmp_path):
    run_edition(number, tmp_path, is_solved=False)


@pytest.mark.slow
@pytest.mark.parametrize("is_solved", [False, True], ids=["unsolved", "solved"])
@pytest.mark.parametrize("number", TAUGHT)
def test_editions_run_and_checks_say_what_they_should(number, is_solved, tmp_path):
    run_edition(number, tmp_path, is_solved)


@pytest.mark.slow
def test_the_keys_are_what_the_chapters_say():
    assert dict(compute_keys(PROJECT, exercises().values())) == keys()


def run_edition(number, folder, is_solved):
    student = student_edition(chapter(number), number)
    asked = solved(student, chapter(number), number) if is_solved else student
    nbformat.write(asked, folder / "asked.ipynb")
    outcome = run_notebook(folder / "asked.ipynb", folder / "done.ipynb", root=PROJECT.root)
    assert outcome.ok, outcome.error
    said = checks(nbformat.read(folder / "done.ipynb", as_version=4))
    known = [name for name in solution_ids(chapter(number), number) if exercises()[name].checked]
    assert len(said) == len(known)
    for name, words in zip(known, said, strict=True):
        assert words.startswith(f"{name}: {'holds' if is_solved else 'not yet'}")
        assert is_solved or exercises()[name].hint in words
