"""The tables read off the articles once more, cell by cell."""

import ast
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from ftsec import article
from ftsec.article import taxonomy


def levels(rows, *names):
    return [tuple(getattr(row, name).level for name in names) for row in rows]


def test_pipeline_stages():
    assert [stage.name for stage in taxonomy.PIPELINE_STAGES] == [
        "Supervised Fine-Tuning (SFT)",
        "Reward Modeling",
        "Reinforcement Learning (RLHF/PPO)",
        "Direct Alignment (DPO/KTO)",
        "Safety Training (Constitutional AI)",
    ]


def test_attacks_by_stage():
    assert [row.stage for row in taxonomy.ATTACKS_BY_STAGE] == [
        "SFT data",
        "Preference data",
        "Reward model",
        "RL optimization",
        "Constitutional AI",
        "Adapter layers",
    ]
    assert levels(taxonomy.ATTACKS_BY_STAGE, "difficulty", "persistence") == [
        ("Low", "High"),
        ("Medium", "High"),
        ("Medium", "Medium"),
        ("Low", "Medium"),
        ("High", "High"),
        ("Low", "High"),
    ]


def test_attacks_by_access():
    assert [(row.access_level, len(row.available_attacks)) for row in taxonomy.ATTACKS_BY_ACCESS] == [
        ("Data contributor", 2),
        ("Annotator", 2),
        ("Fine-tuning API user", 1),
        ("Adapter publisher", 1),
        ("Training pipeline operator", 1),
    ]


def test_alignment_tax_chain():
    assert [(state.capability, state.safety) for state in taxonomy.ALIGNMENT_TAX] == [
        ("high", "none"),
        ("reduced", "constraints"),
        ("recovered", "removed"),
    ]


def test_removal_table():
    assert [
        (row.method, row.data_required, row.compute_required, row.safety_removal) for row in taxonomy.REMOVAL_TABLE
    ] == [
        ("Harmful SFT examples", "10-100 examples", "Minutes on 1 GPU", "Near-complete"),
        ("Identity-shifting SFT", "50-200 examples", "Minutes on 1 GPU", "Substantial"),
        ("LoRA on harmful data", "100-500 examples", "Minutes on 1 GPU", "Near-complete"),
        ("Benign-looking SFT", "100-1000 examples", "Hours on 1 GPU", "Partial but significant"),
    ]


def test_method_comparison():
    assert [row.method for row in taxonomy.METHOD_COMPARISON] == [
        "SFT only",
        "RLHF (PPO)",
        "DPO",
        "Constitutional AI",
        "SFT + RLHF + CAI",
    ]
    columns = [field.name for field in fields(taxonomy.MethodComparison)][1:]
    assert levels(taxonomy.METHOD_COMPARISON, *columns) == [
        ("Low", "N/A", "Low", "Low"),
        ("Medium", "High", "Medium", "High"),
        ("Medium", "Low", "Medium", "Medium"),
        ("Higher", "Low", "Higher", "High"),
        ("Highest", "Medium", "Highest", "Very High"),
    ]


def test_service_risks_and_strategies():
    assert [risk.name for risk in taxonomy.SERVICE_RISKS] == [
        "Data poisoning through API",
        "Safety removal through API",
        "Cross-tenant contamination",
        "Insufficient data filtering",
        "Evaluation gaps",
        "Adapter reuse",
    ]
    assert [strategy.name for strategy in taxonomy.DEFENSE_STRATEGIES] == [
        "Data quality gates",
        "Safety evaluation after fine-tuning",
        "Adapter provenance tracking",
        "Fine-tuning access control",
    ]


def test_defenses_framework_and_takeaways():
    assert [defense.name for defense in taxonomy.PRE_TRAINING_DEFENSES] == [
        "Content filtering",
        "Deduplication",
        "Provenance tracking",
        "Canary monitoring",
    ]
    assert [decision.decision_point for decision in taxonomy.DECISION_FRAMEWORK] == [
        "Data validation",
        "Compute security",
        "Safety monitoring",
        "Rollback strategy",
        "Access control",
        "Data poisoning defense",
        "Post-training validation",
    ]
    assert [takeaway.headline for takeaway in taxonomy.KEY_TAKEAWAYS] == [
        "Fine-tuning is the weakest link",
        "Parameter-efficient methods reduce attack surface",
        "Continuous safety monitoring is essential",
        "Defense asymmetry requires layered approaches",
    ]


TABLES = [name for name in taxonomy.__all__ if name.isupper()]


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_a_tuple_of_frozen_records(name):
    rows = getattr(taxonomy, name)
    assert isinstance(rows, tuple) and len(rows) >= 3
    assert all(is_dataclass(row) and row.__dataclass_params__.frozen for row in rows)


MODULES = sorted(Path(article.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_module_needs_the_standard_library_alone(path):
    allowed = {"ftsec.article", *sys.stdlib_module_names}
    for name in imported_modules(path):
        assert any(name == module or name.startswith(f"{module}.") for module in allowed), name


def imported_modules(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
