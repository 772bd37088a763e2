"""One table of exit statuses for all commands: a crash is never a verdict."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ftsec.base import statuses
from ftsec.base.errors import InputError
from ftsec.base.project import find_project
from ftsec.cli import cli, main

ROOT = find_project(Path(__file__)).root
GATE = '[[gate]]\nname = "{}"\nstage = "post"\ndirection = "at_most"\nthreshold = 0.05\nrange = [0, 1]\n'


def ends(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["ftsec", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        main()
    return stop.value.code


def breaks_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> int:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(cli, "main", fail)
    return ends(monkeypatch)


def test_the_readme_explains_every_status():
    rows = re.findall(r"^\| (\d+) \| (.*) \|$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert {int(status) for status, meaning in rows if meaning} == {
        value for name, value in vars(statuses).items() if name.isupper()
    }


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (InputError("no"), 2, "ftsec: no"),
        (KeyboardInterrupt(), 130, "ftsec: interrupted"),
        (ValueError("first\nsecond"), 70, "not an answer (ValueError: first)"),
        (ModuleNotFoundError("No module", name="pandas.core"), 2, "needs pandas, which comes with: pip install"),
        (ModuleNotFoundError("No module", name="distributed"), 2, "pip install 'ftsec[cluster]'"),
        (ModuleNotFoundError("No module named 'ftsec.nowhere'", name="ftsec.nowhere"), 70, "ftsec.nowhere"),
    ],
)  # fmt: skip
def test_whatever_goes_wrong_is_one_sentence(monkeypatch, capsys, error, status, said):
    monkeypatch.delenv("FTSEC_TRACEBACK", raising=False)
    assert breaks_with(monkeypatch, error) == status
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1


def test_a_fault_shows_where_it_happened_if_asked(monkeypatch, capsys):
    monkeypatch.setenv("FTSEC_TRACEBACK", "1")
    assert breaks_with(monkeypatch, ValueError("deep")) == 70
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("measured", "options", "status", "said"),
    [
        ({"k": 0, "n": 1000}, [], 0, "passed"),
        ({"k": 900, "n": 1000}, [], 1, "failed: rate"),
        ({"k": 0, "n": 10}, [], 3, "not passed, too little is known: rate"),
        ({"value": None}, [], 3, "not passed, too little is known: rate"),
        (None, [], 3, "not passed, too little is known: rate"),
        (None, ["--json"], 3, '"undecided": [\n    "rate"'),
    ],
)
def test_a_gate_without_enough_data_says_neither_yes_nor_no(
    monkeypatch, capsys, tmp_path, measured, options, status, said
):
    gates, file = tmp_path / "gates.toml", tmp_path / "measured.json"
    gates.write_text(
        '[[gate]]\nname = "rate"\nstage = "post"\ndirection = "at_most"\nthreshold = 0.05\nrange = [0, 1]\n'
    )
    file.write_text(json.dumps({} if measured is None else {"rate": measured}))
    assert ends(monkeypatch, "gate", file, "--gates", gates, *options) == status
    assert said in capsys.readouterr().out


def test_a_true_failure_outweighs_what_is_not_known(monkeypatch, tmp_path):
    (tmp_path / "gates.toml").write_text(GATE.format("one") + GATE.format("two"))
    (tmp_path / "measured.json").write_text('{"one": 0.5}')
    assert ends(monkeypatch, "gate", tmp_path / "measured.json", "--gates", tmp_path / "gates.toml") == 1


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["lookup", "--n-harmful", "100"], 0),
        (["lookup", "--n-harmful", "1e9"], 3),
        (["lookup"], 2),
        (["nonsense"], 2),
        (["gate", "nowhere.json"], 2),
        (["provenance", "verify-adapter", "."], 3),
        (["--version"], 0),
    ],
)
def test_commands_end_with_the_status_of_their_answer(monkeypatch, tmp_path, arguments, status):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["ftsec", *arguments])
    try:
        main()
        found = 0
    except SystemExit as stop:
        found = stop.code or 0
    assert found == status


@pytest.mark.parametrize("words", ["--help", "gate --help", "gate plan", "lookup --n-harmful 100 -k 80"])
def test_a_reader_that_left_gets_a_status_of_its_own_and_no_traceback(words):
    command = f"{sys.executable} -m ftsec {words} | (exec 0<&-; sleep 3); echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout.strip(), "Traceback" in done.stderr) == ("141", False)


@pytest.mark.parametrize("report", ["out.jsonl", "corpus.jsonl", "there.csv"])
def test_outputs_that_are_taken_are_refused_before_any_work(monkeypatch, tmp_path, report, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "corpus.jsonl").write_text('{"text": "one"}\n', encoding="utf-8")
    (tmp_path / "there.csv").write_text("mine\n", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["ftsec", "dedup", "corpus.jsonl", "-o", "out.jsonl", "--report", report])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert report in capsys.readouterr().err and not (tmp_path / "out.jsonl").exists()
    assert (tmp_path / "there.csv").read_text(encoding="utf-8") == "mine\n"


@pytest.mark.parametrize(
    "words", ["testbed check --only nope", "testbed check --only ../x", "sweep 02 --dry-run --timeout nan"]
)
def test_a_users_mistake_is_never_a_fault_of_the_program(monkeypatch, words, capsys):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", ["ftsec", *words.split()])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert capsys.readouterr().err.startswith("ftsec: ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("words", ["list", "gate --help", "lookup --n-harmful 100", "lookup --n-harmful 100 --json"])
def test_a_full_disk_is_told_in_a_sentence(words):
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "ftsec", *words.split()]
        done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "the output cannot be written (No space left on device)" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("dedup corpus.jsonl -o -", "name a file instead of -"),
        ("canaries make --seed 1 -o -", "name a file instead of -"),
        ("provenance create . -o -", "name a file instead of -"),
        ("pdf -o -", "name a file instead of -"),
        ("filter corpus.jsonl -o out.jsonl --quantile 0.5", "--quantile has no effect without --reference"),
    ],
)
def test_what_would_do_something_else_than_asked_is_refused(monkeypatch, tmp_path, capsys, words, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "corpus.jsonl").write_text('{"text": "one"}\n', encoding="utf-8")
    assert ends(monkeypatch, *words.split()) == 2 and said in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["corpus.jsonl"]
