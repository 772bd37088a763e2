"""The answer's box, and the articles' code as it is shown to be read."""

import pytest

from ftsec.article.degradation import estimate_degradation
from ftsec.article.gates import evaluate_gates
from ftsec.article.trajectory import asymmetry_ratio, safety_trajectory
from ftsec.evidence import answer_of, claims
from ftsec.figures import answer_box, printed_code

FLOOR = {"max(ATTACK_FLOOR": "The floor can lift a model."}


def test_a_box_reads_well_without_the_site():
    shown = answer_box(answer_of("02"))._repr_mimebundle_()
    assert shown["text/plain"].startswith("In short. Breaking safety is far cheaper")
    counts = claims().query("chapter.str.startswith('02')")["verdict"].value_counts()
    assert (
        f"Claims. {counts.sum()}: " in shown["text/plain"]
        and f"{counts['contradicted']} contradicted" in shown["text/plain"]
    )
    assert shown["text/html"].count("<p>") == 3


def test_code_is_that_of_the_article_without_what_is_ours():
    text = repr(printed_code(safety_trajectory, asymmetry_ratio))
    assert "attacked = max(ATTACK_FLOOR, aligned - 0.5 * min(1.0, adversarial_examples / 200))" in text
    assert "ATTACK_FLOOR = 0.1" in text
    assert not any(ours in text for ours in ("require_quantit", "Defects kept", "for state in states[:4]:\n"))


def test_functions_that_are_called_come_along():
    assert "def _wants_low(gate: SafetyGate) -> bool:" in repr(printed_code(evaluate_gates))
    text = repr(printed_code(estimate_degradation))
    assert "def learning_rate_factor" in text and "def _check" not in text


def test_the_caption_names_article_section_and_function():
    caption = printed_code(safety_trajectory).caption
    assert "safety_trajectory" in caption and "Security Comparison" in caption
    assert "section “The Fine-Tuning Safety Vulnerability”" in caption


def test_the_line_at_fault_is_marked_and_says_why():
    shown = printed_code(safety_trajectory, faults=FLOOR)
    html = shown._repr_html_()
    line, rest = html.split("<mark>")[1].split("</mark>")
    assert "ATTACK_FLOOR" in line and rest.startswith('\n<span class="ftsec-fault">^ The floor can lift a model.')
    assert html.count("<mark>") == 1
    lines = repr(shown).splitlines()
    assert lines[lines.index("# ^ The floor can lift a model.") - 1].strip().startswith("attacked = max(")


def test_a_piece_that_names_no_single_line_is_refused():
    with pytest.raises(ValueError, match="stands in 0 lines"):
        printed_code(safety_trajectory, faults={"nowhere": "A sentence."})
    with pytest.raises(ValueError, match="lines of the code, not in one"):
        printed_code(safety_trajectory, faults={"min(": "A sentence."})
