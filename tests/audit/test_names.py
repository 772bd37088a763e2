"""No name of a file keeps an audit from looking into it, and what is not looked into is named as unread."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
from click.testing import CliRunner

from ftsec.audit.answer import NO_REASON, NOT_ENOUGH, STOPS
from ftsec.audit.recognise import DATA, MODEL, OTHER, UNKNOWN, recognise
from ftsec.cli.provenance import provenance
from tests.audit.runs import answered

ROW = json.dumps({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}) + "\n"


def kind(folder: Path, name: str, content: bytes) -> tuple[str, str]:
    (folder / name).write_bytes(content)
    found = recognise(folder / name)[0]
    return found.kind, found.said


def test_a_text_that_is_named_like_a_pickle_is_not_called_one(tmp_path):
    assert kind(tmp_path, "note.bin", b"Only a note.\n") == (
        UNKNOWN,
        "named like a pickle, and its first bytes are of none",
    )
    assert kind(tmp_path, "weights.bin", pickle.dumps([1])) == (MODEL, "a pickle")
    assert kind(tmp_path, "note.md", pickle.dumps([1])) == (MODEL, "a pickle")


@pytest.mark.parametrize("name", ["train.md", "README.md", "LICENSE", "train.log", "a.toml", "a.jinja", "latest"])
def test_rows_of_training_data_are_seen_under_any_name(tmp_path, name):
    assert kind(tmp_path, name, (ROW * 3).encode())[0] == DATA
    below = kind(tmp_path, name, f"A text.\n\n{ROW}".encode())
    assert below[0] in (UNKNOWN, DATA)


def test_a_document_without_rows_is_a_document_and_no_picture_is_one_by_name(tmp_path):
    assert kind(tmp_path, "README.md", b"# A model\n\n{a note}\n")[0] == OTHER
    assert kind(tmp_path, "a.png", ROW.encode())[0] == UNKNOWN


@pytest.mark.parametrize("name", [".cache", ".git", "wandb"])
def test_a_folder_that_is_not_looked_into_is_named_and_not_enough(whole_run, copied, name):
    assert answered(whole_run).answer == NO_REASON
    (copied / "run" / name).mkdir()
    (copied / "run" / name / "train.jsonl").write_text(ROW)
    found = answered(copied)
    assert found.answer == NOT_ENOUGH
    assert [one.subject for one in found.of("unknown")] == [f"{name}/"]


TERM = "internal use only"
HIDDEN = {
    "letters of full width": "".join(chr(ord(c) + 0xFEE0) if c.isalpha() else c for c in TERM),
    "spaces of no width in the words": "\u200b".join(TERM),
    "spaces of no width between the words": TERM.replace(" ", "\u200b"),
    "both": "inter\u200bnal\u200buse only",
    "soft hyphens": TERM.replace("tern", "ter\u00adn"),
}


@pytest.mark.parametrize("how", HIDDEN)
def test_a_term_is_found_however_its_letters_are_dressed(copied, how):
    data = copied / "run/data/train.jsonl"
    rows = data.read_text().splitlines(keepends=True)
    row = json.loads(rows[3])
    row["messages"][1]["content"] = f"This is for {HIDDEN[how]}."
    data.write_text("".join([*rows[:3], json.dumps(row) + "\n", *rows[4:]]))
    found = answered(copied)
    assert found.answer == STOPS
    assert [(one.rule, one.line) for one in found.of("stop")] == [("data-term", 4)]


@pytest.mark.parametrize("gone", ["adapter_config.json", "adapter_model.safetensors"])
def test_a_part_of_an_adapter_that_is_missing_is_not_enough_and_no_reason_to_stop(copied, gone):
    adapter = copied / "run/adapter"
    (adapter / gone).unlink()
    assert answered(copied).answer == NOT_ENOUGH
    ended = CliRunner().invoke(provenance, ["verify-adapter", str(adapter)])
    assert ended.exit_code == 3 and f"missing  {gone}: not in the folder" in ended.output
    (adapter / "adapter_model.bin").write_bytes(pickle.dumps([1]))
    assert answered(copied).answer == STOPS
    assert CliRunner().invoke(provenance, ["verify-adapter", str(adapter)]).exit_code == 1
