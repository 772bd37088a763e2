import json
import re
import zipfile
from importlib import resources
from pathlib import Path
from unittest.mock import MagicMock

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from ftsec.base.errors import InputError
from ftsec.base.project import Project, find_project
from ftsec.evidence import cite
from ftsec.running.notebook import run_notebook
from ftsec.teaching.editions import instructor_edition, solution_ids, solved, student_edition
from ftsec.teaching.exercises import exercises, keys, labs
from ftsec.teaching.keys import compute_keys
from ftsec.teaching.kit import build_kit, executed_copy, with_figures
from ftsec.teaching.plans import PLANS, read_plan

PROJECT = find_project(Path(__file__))
CHAPTERS = {path.stem.split("_")[0]: path for path in PROJECT.chapters()}
TAUGHT = sorted(labs())
DAY = 8 * 60


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    """A kit with all chapters."""
    folder = tmp_path_factory.mktemp("kit")
    build_kit(PROJECT, None, folder, cite)
    return folder


def chapter(number):
    return nbformat.read(CHAPTERS[number], as_version=4)


def said(notebook, prefix):
    """What the cells whose ids begin like this said in an executed notebook."""
    shown = [output for cell in notebook.cells if cell.id.startswith(prefix) for output in cell.get("outputs", [])]
    return [output.data["text/plain"] for output in shown if "data" in output]


def minutes(item):
    """Of the exercises that everybody does in a row of a plan."""
    return sum(exercises()[name].minutes for name in item.exercises)


@pytest.mark.parametrize("number", TAUGHT)
def test_every_exercise_has_a_solution_in_its_chapter(number):
    assert {name for name in exercises() if exercises()[name].chapter == number} == set(
        solution_ids(chapter(number), number)
    )


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
            first = exercises()[name].pointer or exercises()[name].hint
            assert first in "".join(cell.source for cell in student.cells)
    assert len({cell.id for cell in student.cells}) == len(student.cells)


def test_every_chapter_is_a_lab():
    assert sorted(CHAPTERS) == TAUGHT


@pytest.mark.parametrize("number", TAUGHT)
def test_a_lab_opens_with_a_prediction_and_closes_with_what_it_does_not_show(number, kit):
    notebook = nbformat.read(kit / "student" / "notebooks" / CHAPTERS[number].name, as_version=4)
    ids = [cell.id for cell in notebook.cells]
    assert ids[1:3] == ["sealed-prediction", "prediction"]
    assert ids[-3:] == ["expected", "reveal", "not-shown"]
    assert ids.index("quiz") < ids.index("expected")


@pytest.mark.parametrize("number", TAUGHT)
def test_the_instructor_edition_holds_everything(number):
    original = chapter(number)
    text = "".join(cell.source for cell in instructor_edition(original, number).cells)
    for name in solution_ids(original, number):
        assert all(mistake in text for mistake in exercises()[name].mistakes)
        assert exercises()[name].rubric in text
    assert all(cell.source in text for cell in original.cells if "solution" in cell.metadata.get("tags", []))
    assert labs()[number].prediction in text and labs()[number].not_shown in text


@pytest.mark.parametrize("name", PLANS)
def test_plans_leave_no_gap(name):
    plan = read_plan(PROJECT.root, name)
    for day in plan.days:
        ends = [0, *(item.start + item.minutes for item in day)]
        assert [item.start for item in day] == ends[:-1]
        assert ends[-1] <= DAY
        for item in day:  # a fifth of a lab, at least, is left for reading and running
            assert minutes(item) <= 0.8 * item.minutes, item.what
    assert {name.split("_")[0] for name in plan.chapters} <= set(TAUGHT)
    if name == "two-hours":
        assert ends[-1] == 120 and minutes(plan.days[0][2]) > 0


def test_one_lab_reads_a_table_and_in_one_the_effect_fails():
    roles = {number: lab.role for number, lab in labs().items() if lab.role}
    assert set(roles) == {"04", "10"}
    found = next(cell for cell in chapter("04").cells if cell.id == "recall").outputs[0]
    assert "least often found is ‘words 10 %’ with 0 of" in "".join(found.data["text/plain"])
    text = "".join(cell.source for cell in instructor_edition(chapter("10"), "10").cells)
    assert all(word in text for word in ("judge", "denominator", "seeds", "control"))
    for number, role in roles.items():
        assert role not in nbformat.writes(student_edition(chapter(number), number))


def test_an_unknown_plan_is_named():
    with pytest.raises(InputError, match="there is no plan 'a-week'"):
        read_plan(PROJECT.root, "a-week")


def test_a_kit_is_whole_and_reproducible(tmp_path: Path):
    first, second = (build_kit(PROJECT, "two-hours", tmp_path / name, cite) for name in ("a", "b"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    with zipfile.ZipFile(first[0]) as archive:
        names = archive.namelist()
        assert archive.read("student/README.md").decode().count("02_safety_asymmetry") == 1
    assert "student/notebooks/02_safety_asymmetry.ipynb" in names and "student/ftsec/__init__.py" in names
    assert not [name for name in names if "book/teach" in name or "__pycache__" in name]
    instructor = tmp_path / "a" / "instructor"
    assert (instructor / "book" / "teach" / "plans.md").exists()
    assert (instructor / "hub" / "jupyterhub_config.py").exists() and (instructor / "sheets" / "rubric.html").exists()
    sheet = (instructor / "EXERCISES.md").read_text(encoding="utf-8")
    assert "| 06-4 | design a gate" in sheet and "13-3" not in sheet and "EXERCISES.md" not in "".join(names)
    assert "student/game/rules.txt" in names and (instructor / "game" / "rules.txt").exists()
    page = (instructor / "book" / "teach" / "game.md").read_text(encoding="utf-8")
    tables = re.findall(r"^:file: (.*)$", page, re.MULTILINE)
    assert tables and all((instructor / "book" / "teach" / table).exists() for table in tables)
    files = [path for path in (tmp_path / "a" / "student").rglob("*") if path.is_file()]
    assert sorted(path.relative_to(tmp_path / "a").as_posix() for path in files) == names
    with pytest.raises(InputError, match="exists already"):
        build_kit(PROJECT, "two-hours", tmp_path / "a", cite)


def test_pictures_come_from_the_executed_copy_if_it_says_the_same(tmp_path: Path):
    project = Project(tmp_path)
    drawn, other = (new_output("display_data", {"text/plain": said}) for said in ("Figure: a", "Figure: b"))
    cells = [new_code_cell("x", id="same", outputs=[drawn]), new_code_cell("y", id="changed", outputs=[other])]
    path = tmp_path / "notebooks" / "05_x.ipynb"
    path.parent.mkdir()
    nbformat.write(new_notebook(cells=cells), path)
    assert with_figures(project, path).cells[0].outputs[0].data.keys() == {"text/plain"}
    project.executed.mkdir(parents=True)
    for cell in cells:
        cell.outputs = [new_output("display_data", {"text/plain": "Figure: a", "image/png": "QUJD"})]
    nbformat.write(new_notebook(cells=cells), executed_copy(project, path))
    same, changed = with_figures(project, path).cells
    assert same.outputs[0].data["image/png"].strip() == "QUJD" and "image/png" not in changed.outputs[0].data


def test_the_hub_copies_the_kit_once_for_a_name_and_keeps_what_was_left_there(tmp_path, monkeypatch):
    """The configuration as the instructor edition holds it, read by a stand-in for JupyterHub."""
    kit, homes = tmp_path / "kit", tmp_path / "homes"
    for name in ("notebooks/02.ipynb", ".venv/bin/python", "ftsec/__init__.py", "_toc.yml"):
        (kit / name).parent.mkdir(parents=True, exist_ok=True)
        (kit / name).write_text(name, encoding="utf-8")
    for name, value in (("KIT", kit), ("HOMES", homes), ("HUB_PASSWORD", "a word for the class")):
        monkeypatch.setenv(f"FTSEC_{name}", str(value))
    config = MagicMock()
    source = resources.files("ftsec.teaching").joinpath("jupyterhub_config.py").read_text(encoding="utf-8")
    names = {"get_config": lambda: config}
    exec(compile(source, "jupyterhub_config.py", "exec"), names)
    assert config.SharedPasswordAuthenticator.user_password == "a word for the class"
    assert config.Spawner.cmd == [str(kit / ".venv" / "bin" / "jupyterhub-singleuser")]
    assert not re.fullmatch(config.Authenticator.username_pattern, "../ada")
    spawner = MagicMock()
    spawner.user.name = "ada"
    names["copy_the_kit"](spawner)
    assert {path.name for path in (homes / "ada").iterdir()} == {"notebooks", "_toc.yml"}
    (homes / "ada" / "notebooks" / "02.ipynb").write_text("mine", encoding="utf-8")
    names["copy_the_kit"](spawner)
    assert (homes / "ada" / "notebooks" / "02.ipynb").read_text(encoding="utf-8") == "mine"


def test_links_lead_to_chapters_of_the_kit_only(tmp_path: Path):
    build_kit(PROJECT, "two-hours", tmp_path, cite)
    folder = tmp_path / "student" / "notebooks"
    teach = tmp_path / "instructor" / "book" / "teach"
    assert all("12_finetuning" not in path.read_text(encoding="utf-8") for path in teach.iterdir())
    assert "../use-in-your-pipeline" not in (teach / "notes.md").read_text(encoding="utf-8")
    assert "Use it in your pipeline" in (teach / "notes.md").read_text(encoding="utf-8")
    assert "../book/" not in (folder / "06_safety_gates.ipynb").read_text(encoding="utf-8")
    assert "notebooks/06_safety_gates.ipynb" in (teach / "plans.md").read_text(encoding="utf-8")
    for path in folder.iterdir():
        assert "14_claims_ledger.ipynb" not in json.dumps(nbformat.read(path, as_version=4))


@pytest.mark.parametrize("number", ["02"])
def test_unsolved_it_runs_and_each_check_says_what_is_wanted(number, tmp_path, monkeypatch):
    run_edition(number, tmp_path, False, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("is_solved", [False, True], ids=["unsolved", "solved"])
@pytest.mark.parametrize("number", TAUGHT)
def test_editions_run_and_checks_say_what_they_should(number, is_solved, tmp_path, monkeypatch):
    run_edition(number, tmp_path, is_solved, monkeypatch)


@pytest.mark.slow
def test_the_keys_are_what_the_chapters_say():
    assert dict(compute_keys(PROJECT, exercises().values())) == keys()


def run_edition(number, folder, is_solved, monkeypatch):
    monkeypatch.setenv("FTSEC_PREDICTIONS", str(folder / "predictions.jsonl"))
    student = student_edition(chapter(number), number)
    asked = solved(student, chapter(number), number) if is_solved else student
    if is_solved:
        seal = next(cell for cell in asked.cells if cell.id == "prediction")
        seal.source = seal.source.replace('""', '"what I expect"')
    nbformat.write(asked, folder / "asked.ipynb")
    outcome = run_notebook(folder / "asked.ipynb", folder / "done.ipynb", root=PROJECT.root)
    assert outcome.ok, outcome.error
    done = nbformat.read(folder / "done.ipynb", as_version=4)
    known = [name for name in solution_ids(chapter(number), number) if exercises()[name].checked]
    for name, words in zip(known, said(done, "stub-"), strict=True):
        assert words.startswith(f"{name}: {'holds' if is_solved else 'not yet'}")
        assert is_solved or exercises()[name].ask in words or exercises()[name].pointer in words
    (shown,) = said(done, "reveal")
    assert ("what I expect" if is_solved else "nothing was sealed") in shown
    came_out = shown.split("What came out: ")[1]
    assert len(came_out) > 20 and "nan" not in came_out.split()


@pytest.mark.slow
@pytest.mark.parametrize("number", TAUGHT)
def test_the_instructor_edition_runs(number, tmp_path, monkeypatch):
    monkeypatch.setenv("FTSEC_PREDICTIONS", str(tmp_path / "predictions.jsonl"))
    nbformat.write(instructor_edition(chapter(number), number), tmp_path / "asked.ipynb")
    outcome = run_notebook(tmp_path / "asked.ipynb", tmp_path / "done.ipynb", root=PROJECT.root)
    assert outcome.ok, outcome.error
