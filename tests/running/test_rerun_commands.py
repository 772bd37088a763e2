"""The commands that run chapters again: what they show, and what they refuse before anything starts."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pandas as pd
import pytest

from ftsec.base.project import Project
from ftsec.cli import main
from ftsec.running import runs
from ftsec.running.digests import code_cells
from ftsec.running.notebook import Outcome
from ftsec.running.parameters_cell import read_parameters
from tests.small_book import TOY_PARAMETERS, make_run, store_run

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted(ROOT.glob("notebooks/*.ipynb"))


FILES = {
    "twice.yaml": b"seed: 1\nseed: 2\n",
    "broken.yaml": b"seed: 1\na: b: c\n",
    "null.yaml": b"seed: null\n",
    "list.yaml": b"seed: [1, 2]\n",
    "other.yaml": b"sed: 1\n",
    "nothing.yaml": b"\n",
    "latin.yaml": "seed: \u00fc".encode("latin-1"),
}


@pytest.fixture
def ftsec(toy: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    """Calls the command line in the toy project; returns exit status, output and errors."""
    monkeypatch.setenv("FTSEC_ROOT", str(toy.root))
    monkeypatch.chdir(toy.root)

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["ftsec", *arguments])
        try:
            main()
            status = 0
        except SystemExit as stop:
            status = stop.code
        return status, *capsys.readouterr()

    return call


def test_lists_chapters_and_shows_parameters(ftsec):
    assert ftsec("list")[1].splitlines() == [
        "05_toy                     Chapter 05_toy",
        "                           n_harmful, method, learning_rate, seed, wait, examples",
    ]
    status, shown, _ = ftsec("params", "05")
    assert status == 0 and shown.splitlines()[1].split()[:3] == ["n_harmful", "int", "100"]
    assert len(shown.splitlines()) == 1 + len(TOY_PARAMETERS.splitlines())


def test_a_parameter_file_written_by_params_is_read_by_run(ftsec, toy: Project):
    (toy.root / "values.yaml").write_text(ftsec("params", "05", "--yaml")[1])
    status, out, _ = ftsec("sweep", "05", "-f", "values.yaml", "-p", "seed=7", "--dry-run")
    assert (status, out) == (0, "1 run to make, 1 at once, no run is stored yet that says how long\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "06"], "no chapter is called '06'"),
        (["run", "05", "-p", "n_harmfull=1"], "did you mean n_harmful?"),
        (["run", "05", "-p", "n_harmful=-1"], "in [0, 10000], not '-1'"),
        (["run", "05", "-p", "n_harmful"], "name=value"),
        (["run", "05", "-p", "examples=none.txt"], "no file 'none.txt'"),
        (["run", "05", "-f", "none.yaml"], "cannot read none.yaml"),
        (["params", "6"], "no chapter is called '6'"),
        (["sweep", "05", "-g", "method=full,lorra"], "did you mean lora?"),
        (["sweep", "05", "-g", "seed=1,2", "--seeds", "3"], "seed is varied or set in two ways"),
        (["sweep", "05", "-z", "seed=1,2", "-z", "n_harmful=1"], "equally long"),
        (["sweep", "05", "-s", "learning_rate=0:1:log"], "no range"),
        (["sweep", "05", "-s", "learning_rate=0.5:2"], "in (0, 1]"),
        (["sweep", "05", "-s", "seed=0:9", "-n", "9999999"], "9,999,999 runs are more than a sweep may have"),
        (["sweep", "05", "-s", "seed=9:0"], "the lower end comes first"),
        (["sweep", "05", "-n", "5"], "--samples goes with --sample"),
        (["run", "05", "-p", "method=LoRA"], "did you mean lora?"),
        (["run", "05", "-p", "seed=" + "9" * 5000], "…"),
        (["swep", "05"], "there is no command 'swep'; did you mean sweep?"),
        (["sweep", "05", "--retry-failed"], "goes with --resume"),
        (["run", "05", "-f", "twice.yaml"], "seed is given twice"),
        (["run", "05", "-f", "broken.yaml"], "broken.yaml is not YAML: mapping values are not allowed here (line 2)"),
        (["run", "05", "-f", "null.yaml"], "not 'null'"),
        (["run", "05", "-f", "list.yaml"], "seed takes a whole number in [0, inf), not ['1', '2']"),
        (["run", "05", "-f", "other.yaml"], "there is no parameter 'sed'; did you mean seed?"),
        (["run", "05", "-f", "nothing.yaml"], "must hold lines of the form"),
        (["run", "05", "-f", "latin.yaml"], "no text in UTF-8"),
        (["run", "05", "-f", "."], "cannot read ."),
        (["run", "05", "-p", "seed=1", "-p", "seed=2"], "seed is given twice"),
        (["run", "05", "-o", "/dev/null/runs"], "cannot write to /dev/null/runs/05_toy"),
        (["compare", "nowhere"], "neither a folder"),
    ],
)
def test_a_mistake_ends_in_one_sentence_before_anything_starts(ftsec, toy: Project, arguments: list[str], told: str):
    for name, text in FILES.items():
        (toy.root / name).write_bytes(text)
    status, out, error = ftsec(*arguments)
    assert (status, out) == (2, "") and told in error and error.count("\n") == 1
    assert not (toy.root / "runs").exists()


def test_says_how_many_runs_and_how_long(ftsec, toy: Project):
    store_run(toy.root / "runs" / "05_toy", make_run(seconds=30.0))
    options = ("-g", "n_harmful=0,10", "-g", "method=full,lora", "--seeds", "5", "-j", "2", "--dry-run")
    assert ftsec("sweep", "05", *options)[1] == "20 runs to make, 2 at once, about 5 min\n"


def test_run_shows_results_and_where_they_are(ftsec, toy: Project, monkeypatch: pytest.MonkeyPatch):
    def pretend(source: Path, target: Path, parameters: dict, **_: object) -> Outcome:
        assert parameters == {"n_harmful": 50}
        target.write_text(source.read_text())
        return Outcome("ok", 1.25)

    monkeypatch.setattr(runs, "run_notebook", pretend)
    monkeypatch.setattr(runs, "read_results", lambda _: make_run().results)
    status, out, error = ftsec("run", "05", "-p", "n_harmful=50")
    assert (status, error) == (0, "")
    assert out.splitlines()[0] == "safety = 0.5 [0.4, 0.6] share"
    assert out.splitlines()[1].startswith("ok in 1.2 s, stored in runs/05_toy/")


def test_compare_writes_tables_figure_and_report(ftsec, toy: Project):
    for number in range(6):
        key, parameters = f"{number:016}", {"n_harmful": number, "method": "full", "seed": 0}
        results = [
            {"name": "safety", "value": 1 - number / 10, "unit": "share", "interval": [0, 1]},
            {"name": "same", "value": 1, "unit": None, "interval": None},
        ]
        store_run(toy.root / "runs" / "05_toy", make_run(key=key, parameters=parameters, results=results))
    status, out, _ = ftsec("compare", "runs")
    folder = toy.root / "runs" / "comparison"
    names = {"runs.parquet", "runs.csv", "runs.jsonl", "summary.csv", "results.png", "report.html"}
    assert status == 0 and out.startswith("6 runs\n") and "\nthe same in every run: same\n" in out
    assert {path.name for path in folder.iterdir()} == names
    frame = pd.read_parquet(folder / "runs.parquet")
    assert list(frame["n_harmful"]) == list(range(6)) and frame.attrs["results"] == ["safety", "same"]
    columns = ["n_harmful", "method", "safety", "safety_low", "safety_high"]
    pd.testing.assert_frame_equal(frame[columns], pd.read_csv(folder / "runs.csv")[columns])
    page = (folder / "report.html").read_text()
    assert 'alt="Mean safety by n_harmful' in page and not [w for w in ("<script", "http") if w in page]
    assert ftsec("compare", str(folder / "runs.jsonl"), "-o", "again")[0] == 0


def test_compare_says_what_it_left_out_and_that_one_run_cannot_be_summarised(ftsec, toy: Project):
    folder = store_run(toy.root / "runs" / "05_toy", make_run())
    status, out, _ = ftsec("compare", "runs")
    assert status == 0 and out == "1 run\nnothing to summarise; table and report: runs/comparison\n"
    (folder / "run.json").write_text("{", encoding="utf-8")
    status, out, error = ftsec("compare", "runs")
    assert (status, out) == (2, "") and "left out" in error and "there is no run in runs" in error


@pytest.mark.parametrize(
    "command",
    [
        "params 02",
        "run 02 -p adversarial_example=50",
        "run 02 -p adversarial_examples=1000",
        "run 15 -p n_examples=10",
        "sweep 15 -g n_examples=10,100,1000 -g n_harmful=10,100 --strict",
    ],
)
def test_the_page_on_running_again_shows_what_commands_print(ftsec, monkeypatch: pytest.MonkeyPatch, command: str):
    monkeypatch.setenv("FTSEC_ROOT", str(ROOT))
    _, out, error = ftsec(*command.split())
    assert f"$ ftsec {command}\n{out}{error}" in (ROOT / "book" / "how-to-rerun.md").read_text(encoding="utf-8")


FREE_TEXTS = {("04_pretraining_defenses", "text_field")}  # a key in the reader's own records
OPENS = {"Path", "open", "read_csv", "read_parquet", "read_json", "load_runs"}


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_parameter_that_is_a_text_lists_its_choices_or_says_that_it_names_a_file(path: Path):
    texts = [each for each in read_parameters(path) if each.type == "str" and not each.choices and not each.path]
    assert {(path.stem, each.name) for each in texts} <= FREE_TEXTS
    used = {name for source in code_cells(path) for name in opened(source)}
    assert not used & {each.name for each in texts}


def opened(source: str) -> set[str]:
    """The names that a cell gives to what opens files."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    calls = [node for node in calls if getattr(node.func, "id", getattr(node.func, "attr", "")) in OPENS]
    return {name.id for node in calls for name in ast.walk(node) if isinstance(name, ast.Name)}


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_chapter_obeys_the_grammar(path: Path):
    parameters = read_parameters(path)
    assert 1 <= len(parameters) <= 8
    assert all(len(parameter.meaning) > 3 for parameter in parameters)


def test_a_run_is_shown_in_the_browser_when_asked(ftsec, toy: Project, monkeypatch: pytest.MonkeyPatch):
    shown = []
    monkeypatch.setattr("webbrowser.open", shown.append)
    assert ftsec("run", "05", "-p", "seed=3")[0] == 0 and shown == []
    assert ftsec("run", "05", "-p", "seed=3", "--open")[0] == 0
    assert len(shown) == 1 and shown[0].startswith("file://") and shown[0].endswith("/report.html")


def test_a_book_that_was_not_built_cannot_be_published(ftsec, toy: Project):
    status, _, told = ftsec("publish")
    assert status == 2 and "make book" in told
    toy.site.mkdir(parents=True)
    (toy.site / "index.html").write_text("<p>A small book</p>")
    first = toy.site / f"{toy.pages()[0]}.html"
    first.parent.mkdir(exist_ok=True)
    first.write_text("<p>A small book</p>")
    status, shown, _ = ftsec("publish", "-o", "out")
    assert status == 0 and "for no address" in shown and list(toy.root.glob("out/*.zip"))
