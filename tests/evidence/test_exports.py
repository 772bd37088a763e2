"""The tables and the bibliography as files for others."""

import csv
import io
import json

from click.testing import CliRunner

from ftsec.base.errors import InputError
from ftsec.cli.evidence import evidence
from ftsec.evidence import claims, measurements, reference_keys
from ftsec.evidence.defenses import defenses
from ftsec.evidence.exports import files


def test_csv_and_json_hold_the_same_rows():
    exported = files()
    for name in ("measurements", "claims", "defenses", "searches"):
        rows = list(csv.DictReader(io.StringIO(exported[f"{name}.csv"].decode())))
        plain = json.loads(exported[f"{name}.json"])
        assert len(rows) == len(plain) and list(rows[0]) == list(plain[0])
    assert len(json.loads(exported["measurements.json"])) == len(measurements())
    assert json.loads(exported["claims.json"])[0]["measurement_ids"] == list(claims()["measurement_ids"][0])
    assert {row["defense_id"] for row in json.loads(exported["defenses.json"])} == set(defenses()["defense_id"])


def test_the_bibliography_is_whole_in_both_forms():
    exported = files()
    works = {work["citation_key"]: work for work in json.loads(exported["references.json"])}
    assert set(works) == reference_keys()
    assert works["qi2024finetuning"]["authors"][0] == "Qi, Xiangyu" and works["qi2024finetuning"]["year"] == 2024
    assert works["che2025tampering"]["venue"] == "Transactions on Machine Learning Research"
    assert b"@inproceedings{qi2024finetuning," in exported["references.bib"]


def test_the_command_writes_every_file(tmp_path):
    ran = CliRunner().invoke(evidence, ["export", str(tmp_path / "taken")])
    assert ran.exit_code == 0, ran.output
    assert {path.name for path in (tmp_path / "taken").iterdir()} == set(files())


def test_files_that_are_there_stay_unless_they_may_be_replaced(tmp_path):
    mine = tmp_path / "references.bib"
    mine.write_text("mine")
    refused = CliRunner().invoke(evidence, ["export", str(tmp_path)])
    assert isinstance(refused.exception, InputError) and "references.bib: exists already" in str(refused.exception)
    assert mine.read_text() == "mine" and list(tmp_path.iterdir()) == [mine]
    assert CliRunner().invoke(evidence, ["export", str(tmp_path), "--force"]).exit_code == 0
    assert mine.read_bytes() == files()["references.bib"] and {path.name for path in tmp_path.iterdir()} == set(files())


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    refused = CliRunner().invoke(evidence, ["export", str(tmp_path / "file" / "taken")])
    assert isinstance(refused.exception, InputError) and "cannot be made" in str(refused.exception)
