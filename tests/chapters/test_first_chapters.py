from pathlib import Path

import nbformat
import pytest

from ftsec.base.project import find_project
from ftsec.running.notebook import run_notebook

PROJECT = find_project(Path(__file__))
NOTHING = {
    "pre_training_data_quality": 0.0,
    "sft_safety_examples": 0,
    "rlhf_comparisons": 0,
    "adversarial_examples": 0,
}
EVERYTHING = {
    "pre_training_data_quality": 1.0,
    "sft_safety_examples": 20_000,
    "rlhf_comparisons": 400_000,
    "adversarial_examples": 400,
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("chapter", "parameters"),
    [
        ("00", {"n_examples": 10, "article": "second"}),
        ("00", {"n_examples": 50, "article": "first"}),
        ("01", {"very_high_is_worst": True, "n_codings": 100, "seed": 1}),
        ("02", NOTHING),
        ("02", EVERYTHING),
        ("02", {"adversarial_examples": 50}),
        ("03", {"high_from": "Easy"}),
        ("03", {"high_from": "Very hard"}),
        ("05", {"n_examples": 1, "n_harmful": 0, "learning_rate": 1e-9, "epochs": 1, "method": "lora"}),
        ("05", {"n_examples": 1, "n_harmful": 10_000_000, "epochs": 1000, "base_safety_score": 0.01}),
        ("07", {"phase": "pre_training"}),
    ],
)
def test_a_chapter_runs_quietly_at_the_ends_of_its_range(tmp_path, chapter, parameters):
    target = tmp_path / "out.ipynb"
    outcome = run_notebook(PROJECT.chapter(chapter), target, parameters, root=PROJECT.root)
    assert outcome.error is None
    outputs = [output for cell in nbformat.read(target, 4).cells for output in cell.get("outputs", [])]
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []
