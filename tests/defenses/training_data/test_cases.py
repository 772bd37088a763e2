"""Inputs that a practitioner would bring, reduced: each gives the right answer, on the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ftsec.cli import main

CASES = Path(__file__).parents[1] / "data" / "corpus"


@pytest.fixture
def ftsec(tmp_path, monkeypatch, capsys):
    """Runs the command on a copy of a case; gives status, what was said, and the folder."""

    def run(command: str, case: str, *options: str) -> tuple[int, str]:
        shutil.copy(CASES / case, tmp_path / case)
        monkeypatch.setattr("sys.argv", ["ftsec", *command.split(), str(tmp_path / case), *options])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code, said.out + said.err

    monkeypatch.chdir(tmp_path)
    return run


@pytest.mark.parametrize(
    ("case", "read_as", "rows", "kept"),
    [
        ("openai_messages.jsonl", "messages, in JSON lines", 2, 1),
        ("dpo.jsonl", "preference pairs, in JSON lines", 1, 1),
        ("alpaca.jsonl", "Alpaca (instruction, input, output), in JSON lines", 2, 2),
        ("alpaca_array.json", "Alpaca (instruction, input, output), in a JSON array", 1, 1),
        ("operators_and_signs.jsonl", "documents, in JSON lines", 11, 11),
        ("punctuation_and_emoji.jsonl", "documents, in JSON lines", 6, 6),
        ("bom.jsonl", "documents, in JSON lines", 2, 2),
        ("crlf.jsonl", "documents, in JSON lines", 2, 2),
        ("UPPER.JSONL", "documents, in JSON lines", 1, 1),
        ("braces.txt", "plain text, a document a line", 3, 3),
    ],
)
def test_what_is_no_copy_stays_byte_for_byte(ftsec, tmp_path, case, read_as, rows, kept):
    out = f"out{Path(case).suffix}"
    status, said = ftsec("dedup", case, "-o", out)
    assert status == 0 and f"read as {read_as}" in said and f"{rows} documents" in said
    original, written = (CASES / case).read_bytes(), (tmp_path / out).read_bytes()
    assert written == (original if kept == rows else original.splitlines(keepends=True)[0])


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ("damaged.jsonl.gz", "cannot be read to its end"),
        ("utf16.jsonl", "UTF-16, as Windows writes it: save it as UTF-8"),
        ("mixed_schema_null.jsonl", "line 2: needs a text under 'text'; it is null"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_sentence(ftsec, tmp_path, case, says):
    status, said = ftsec("dedup", case, "-o", "out.jsonl")
    assert status == 2 and says in said and len(said.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == [case]


def test_rows_of_another_form_are_named_with_their_kind(ftsec, tmp_path):
    status, said = ftsec("dedup", "mixed_schema_null.jsonl", "-o", "out.jsonl", "--keep-bad-lines")
    assert status == 0 and "4 documents, 0 exact and 0 near-duplicates removed, 3 unreadable rows kept" in said
    assert (tmp_path / "out.jsonl").read_bytes() == (CASES / "mixed_schema_null.jsonl").read_bytes()


def test_a_key_of_the_users_own_is_taken_at_its_word(ftsec):
    status, said = ftsec("dedup", "alpaca.jsonl", "--field", "instruction", "-o", "out.jsonl")
    assert status == 0 and "read as the text under 'instruction'" in said and "1 exact" in said


def _canaries(tmp_path, copies: int) -> str:
    canary = {"name": "canary-00", "prefix": "The number is ", "secret": "123 456 789", "copies": copies}
    (tmp_path / "canaries.json").write_text(json.dumps({"canaries": [canary]}))
    return "canaries.json"


def test_a_canary_goes_behind_a_line_of_plain_text_whatever_it_begins_with(ftsec, tmp_path):
    made = _canaries(tmp_path, copies=3)
    status, _ = ftsec("canaries insert", "braces.txt", made, "--seed", "1", "-o", "out.txt")
    lines = (CASES / "braces.txt").read_text().splitlines()
    assert status == 0
    assert (tmp_path / "out.txt").read_text() == "".join(f"{line} The number is 123 456 789.\n" for line in lines)


@pytest.mark.parametrize("same", ["the input", "the output"])
def test_a_report_never_replaces_the_data(ftsec, tmp_path, same):
    path = {"the input": "crlf.jsonl", "the output": "out.jsonl"}[same]
    (tmp_path / "out.jsonl").write_bytes(b"precious")
    status, said = ftsec("dedup", "crlf.jsonl", "-o", "out.jsonl", "--report", path, "--force")
    assert status == 2 and "name another file" in said
    assert (tmp_path / "crlf.jsonl").read_bytes() == (CASES / "crlf.jsonl").read_bytes()
    assert (tmp_path / "out.jsonl").read_bytes() == b"precious"


def test_a_report_that_cannot_be_written_leaves_no_output(ftsec, tmp_path):
    status, said = ftsec("dedup", "crlf.jsonl", "-o", "out.jsonl", "--report", "nowhere/report.csv")
    assert status == 2 and "the folder nowhere does not exist" in said
    assert [path.name for path in tmp_path.iterdir()] == ["crlf.jsonl"]


@pytest.mark.parametrize("name", ["out.parquet", "out.csv", "out.txt", "out.parquet.gz"])
def test_an_output_is_not_named_after_a_form_that_it_does_not_have(ftsec, tmp_path, name):
    status, said = ftsec("dedup", "crlf.jsonl", "-o", name)
    assert status == 2 and "the output has the form of the input" in said
    assert not (tmp_path / name).exists()
