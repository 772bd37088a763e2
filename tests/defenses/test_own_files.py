"""Chapters 04 and 06 run on the reader's own files and with other parameters."""

from __future__ import annotations

import json
from pathlib import Path

import papermill
import pytest

from ftsec.base.record import MIME_TYPE
from scripts.make_sample_corpus import make_sample

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def _records(chapter: str, tmp_path: Path, **parameters) -> dict:
    done = papermill.execute_notebook(
        NOTEBOOKS / f"{chapter}.ipynb", tmp_path / "out.ipynb", parameters, progress_bar=False, cwd=tmp_path
    )
    outputs = [output.get("data", {}) for cell in done.cells for output in cell.get("outputs", [])]
    found = [data[MIME_TYPE] for data in outputs if MIME_TYPE in data]
    return {record["name"]: record["value"] for record in found}


@pytest.mark.slow
def test_chapter_04_takes_a_corpus(tmp_path):
    path = tmp_path / "own.txt"
    path.write_text("\n".join(entry.text for entry in make_sample(99)[:300]) + "\n")
    found = _records("04_pretraining_defenses", tmp_path, data_path=str(path), threshold=0.6, ngram=2, n_candidates=63)
    assert 0.9 < found["recall"] <= 1 and 0.9 < found["precision"] <= 1
    assert found["exposure_inside_different_documents"] > found["exposure_a_document_of_its_own"]


@pytest.mark.slow
def test_chapter_06_takes_measurements_and_a_baseline(tmp_path):
    for name, failures in (("now", 9), ("base", 0)):
        outcomes = {f"p{i}": int(i >= failures) for i in range(120)}
        (tmp_path / f"{name}.json").write_text(json.dumps({"full_safety_benchmark": {"outcomes": outcomes}}))
    paths = {"measurements_path": str(tmp_path / "now.json"), "baseline_path": str(tmp_path / "base.json")}
    found = _records("06_safety_gates", tmp_path, **paths, detect=0.02, power=0.8, n_prompts=37)
    assert found["bound_at_no_harm"] == pytest.approx(100 * (1 - 0.05 ** (1 / 37)))
    assert found["prompts_needed"] == 386
