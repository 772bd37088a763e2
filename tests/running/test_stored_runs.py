"""Commands about stored runs: listed, shown, chosen, set side by side, removed; and runs of older formats."""

from __future__ import annotations

import io
import json
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pytest

from ftsec.base.errors import InputError
from ftsec.base.project import Project
from ftsec.running.compare import load_runs
from ftsec.running.selection import find_runs
from ftsec.running.store import FORMAT, as_run, read_run
from ftsec.running.summary import pivot
from tests.running.test_rerun_commands import ftsec
from tests.small_book import make_run, store_run

__all__ = ["ftsec"]


@pytest.fixture
def store(toy: Project) -> Path:
    """Four runs: two doses by two methods."""
    for number, (dose, method) in enumerate([(1, "full"), (1, "lora"), (100, "full"), (100, "lora")]):
        parameters = {"n_harmful": dose, "method": method, "seed": 0}
        results = [{"name": "safety", "value": 1 - dose / 200, "unit": "share", "interval": None}]
        defaults = {"n_harmful": 100, "method": "full", "seed": 0}
        run = make_run(key=f"{number:016}", parameters=parameters, results=results, defaults=defaults)
        store_run(toy.root / "runs" / "05_toy", run)
    return toy.root / "runs"


def test_a_run_of_the_first_format_is_read_and_a_later_one_says_what_it_is(tmp_path: Path):
    folder = store_run(tmp_path, make_run())
    content = json.loads((folder / "run.json").read_text())
    assert content["format"] == FORMAT
    first = {name: value for name, value in content.items() if name not in ("format", "defaults")}
    assert as_run(first) == make_run() == as_run(content | {"note": "mine"})
    for wrong, told in [(content | {"format": 99}, "format 99"), ({"chapter": "x"}, "it lacks key"), ([], "no object")]:
        with pytest.raises(ValueError, match=told):
            as_run(wrong)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"format": 9}', "\ufffd", '{"parameters": 1}'])
def test_whatever_stands_in_a_file_is_read_or_told_in_a_sentence(tmp_path: Path, text: str):
    folder, told = store_run(tmp_path, make_run()), []
    (folder / "run.json").write_text(text)
    assert read_run(folder, told.append) is None and len(told) == 1 and "()" not in told[0]


def test_runs_are_chosen_by_conditions(store: Path):
    assert len(find_runs([store])) == 4
    assert [run.parameters["method"] for _, run in find_runs([store], where=["n_harmful > 10"])] == ["full", "lora"]
    assert len(find_runs([store], where=["safety < 0.9", "method == 'lora'"])) == 1
    assert len(load_runs(store, where=["chapter == '05_toy' and status == 'ok'"])) == 4
    for wrong, told in [
        ("dose > 1", "no run has a 'dose'"),
        ("methd == 'lora'", "did you mean method"),
        ("method == lora", "'lora'; texts stand in quotes"),
        ("seed > 5", "none of the 4 runs"),
    ]:
        with pytest.raises(InputError, match=told):
            find_runs([store], where=[wrong])


def test_runs_are_listed_with_what_is_not_at_its_default(ftsec, store: Path):
    status, out, _ = ftsec("runs", "list")
    assert status == 0 and len(out.splitlines()) == 4
    assert out.splitlines()[1].endswith("1.5 s  n_harmful=1  method=lora") and out.splitlines()[2].endswith("defaults")
    assert len(ftsec("runs", "list", "runs", "-w", "method == 'lora'")[1].splitlines()) == 2


def test_a_run_is_shown_with_its_defaults(ftsec, store: Path):
    folder = find_runs([store])[1][0]
    status, out, _ = ftsec("runs", "show", str(folder))
    assert status == 0 and "  n_harmful = 1  (default 100)\n" in out and "\nsafety = 0.995 share\n" in out
    assert "holds 4 runs; name one" in ftsec("runs", "show", "runs")[2]


def test_two_runs_and_two_folders_are_set_side_by_side(ftsec, store: Path, toy: Project):
    first, second = (str(find_runs([store])[number][0]) for number in (0, 2))
    status, out, _ = ftsec("runs", "compare", first, second)
    rows = [line.split() for line in out.splitlines()]
    assert status == 1 and ["n_harmful", "1", "100"] in rows and ["safety", "0.995", "share", "0.5", "share"] in rows
    assert ftsec("runs", "compare", first, first)[:2] == (0, "the same parameters, code, data and results\n")
    for _, run in find_runs([store])[:3]:
        changed = [run.results[0] | {"value": 0.25}] if run.parameters["n_harmful"] == 100 else run.results
        store_run(toy.root / "later" / "05_toy", make_run(**asdict(run) | {"results": changed}))
    status, out, _ = ftsec("runs", "compare", "runs", "later")
    assert status == 1 and out.startswith("3 pairs of equal parameters, 1 runs without a partner\n")
    assert out.count("0.25 share") == 1


def test_runs_are_removed_after_a_question(ftsec, store: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("click.confirm", lambda *_, **__: False)
    assert ftsec("runs", "rm", "runs", "-w", "method == 'lora'")[:2] == (0, "nothing removed\n")
    assert ftsec("runs", "rm", "runs", "-w", "method == 'lora'", "--yes")[:2] == (0, "2 runs removed\n")
    assert [run.parameters["method"] for _, run in find_runs([store])] == ["full", "full"]
    assert len(list((store / "05_toy").iterdir())) == 2


def test_a_run_that_was_left_out_changes_the_status(ftsec, store: Path):
    (find_runs([store])[0][0] / "run.json").write_text("{")
    for words in ("compare runs", "runs list"):
        status, _, error = ftsec(*words.split())
        assert status == 1 and error.count("left out") == 1 and error.count("\n") == 1


def test_a_pivot_table_has_a_row_and_a_column_for_each_value(ftsec, store: Path):
    frame = load_runs(store)
    crossed = pivot(frame, "n_harmful", "method", "safety")
    expected = pd.DataFrame([[0.995, 0.995], [0.5, 0.5]], index=[1, 100], columns=["full", "lora"])
    pd.testing.assert_frame_equal(crossed, expected, check_names=False)
    status, out, _ = ftsec("compare", "runs", "--pivot", "n_harmful", "method", "safety")
    assert status == 0 and "safety, mean of the runs" in out and (store / "comparison" / "pivot.csv").exists()
    for names, told in [(("dose", "method", "safety"), "no parameter"), (("method", "method", "safety"), "twice")]:
        with pytest.raises(InputError, match=told):
            pivot(frame, *names)
    with pytest.raises(InputError, match="no result with numbers 'safty'; did you mean safety"):
        pivot(frame, "n_harmful", "method", "safty")


def test_removal_never_follows_a_link(ftsec, store: Path, tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    store.rename(elsewhere)
    store.mkdir()
    own = store_run(store / "05_toy", make_run())
    (store / "linked").symlink_to(elsewhere)
    (store / "05_toy" / "run").symlink_to(find_runs([elsewhere])[0][0])
    (tmp_path / "link").symlink_to(elsewhere)
    status, out, told = ftsec("runs", "rm", "runs", "--yes")
    assert status == 1 and out == "1 run removed\n" and told.count("it is a link") == 2
    assert not own.exists() and len(find_runs([elsewhere])) == 4
    assert ftsec("runs", "rm", str(tmp_path / "link"), "--yes")[0] == 2 and len(find_runs([elsewhere])) == 4


def test_a_link_that_leads_in_a_circle_is_named_once(ftsec, store: Path):
    (store / "loop").symlink_to(".")
    for words in ("runs list runs", "runs compare runs runs", "compare runs -o out", "runs rm runs --yes"):
        status, _, told = ftsec(*words.split())
        assert status == 1 and set(told.splitlines()) == {
            "ftsec: left out runs/loop: it is a link; name the folder that it leads to"
        }


def test_a_run_that_is_named_twice_is_removed_once_and_the_question_says_where(ftsec, store: Path, monkeypatch):
    monkeypatch.setattr("click.confirm", lambda question, **_: question == "remove 4 runs in runs, runs/05_toy?")
    assert ftsec("runs", "rm", "runs", "runs/05_toy")[:2] == (0, "4 runs removed\n")


def test_a_question_that_nobody_answers_removes_nothing(ftsec, store: Path, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    status, _, told = ftsec("runs", "rm", "runs")
    assert status == 2 and told.endswith("ftsec: not removed: nobody answered; use --yes\n")
    assert len(find_runs([store])) == 4


def test_no_run_that_matches_is_an_answer(ftsec, store: Path):
    for command in ("list", "rm"):
        assert ftsec("runs", command, "runs", "-w", "seed > 5")[:2] == (0, "no run matches\n")


def test_folders_without_equal_parameters_are_not_comparable(ftsec, store: Path, tmp_path: Path):
    for seed in (7, 8):
        store_run(tmp_path / "other", make_run(key=f"{seed:016}", parameters={"seed": seed}))
    status, out, _ = ftsec("runs", "compare", "runs", "other")
    assert status == 3 and out.splitlines()[-1] == "nothing is comparable"


def test_a_folder_with_a_notebook_and_no_run_is_told_once(ftsec, store: Path):
    folder = find_runs([store])[0][0]
    (folder / "notebook.ipynb").write_text("{}")
    (folder / "run.json").unlink()
    status, out, told = ftsec("runs", "list")
    assert status == 1 and len(out.splitlines()) == 3 and told.count(folder.name) == 1


def test_a_comparison_of_some_runs_leaves_that_of_all_alone(ftsec, store: Path):
    assert ftsec("compare", "runs")[0] == 0
    whole = (store / "comparison" / "runs.jsonl").read_bytes()
    assert ftsec("compare", "runs", "-w", "method == 'lora'")[0] == 0
    assert (store / "comparison" / "runs.jsonl").read_bytes() == whole
    assert len((store / "comparison-filtered" / "runs.jsonl").read_text().splitlines()) == 2


def test_columns_that_runs_lack_are_named(store: Path):
    with pytest.raises(InputError, match=r"runs have no article_loss; the columns needed are method, article_loss"):
        load_runs(store, needs=("method", "article_loss"))
