"""The later experiments without PyTorch: predictions, readings, directions, and how far each has come."""

import ast
import hashlib
import json

import numpy as np
import pandas as pd
import pytest

from ftsec.llm import code, directions, effects_second, predict, readings_second, report, seen_so_far
from ftsec.llm.experiments import experiments
from ftsec.llm.experiments.mechanism_choice import best_layer, tried
from ftsec.llm.experiments.safety_mixing import conditions, mixture, steps_of

WRITTEN = "48fcb4d933338929fa6b080a60096604a4dc14909f56018213629951c9261cfc"  # SHA-256 of the file as committed then


def test_the_predictions_are_those_of_before_any_report_seed():
    assert hashlib.sha256(predict.SECOND.read_bytes()).hexdigest() == WRITTEN


def test_the_code_still_writes_the_same_predictions():
    committed, found = pd.read_csv(predict.SECOND, keep_default_na=False), predict.second_table()
    said = ["id", "experiment", "effect", "unit", "kind", "margin", "likely_beforehand", "known", "frame"]
    pd.testing.assert_frame_equal(committed[said], found[said], check_dtype=False)


def test_every_prediction_can_fail_and_more_than_half_are_blind():
    found = pd.read_csv(predict.SECOND)
    assert found["id"].is_unique and (found["known"] == "blind").mean() > 0.5
    assert (found.loc[found["kind"] == "order", "predicted"] != 0).all()
    assert (found.loc[found["kind"] == "equal", "margin"] > 0).all()
    assert set(found["experiment"]) <= set(experiments())
    stated = found["frame_digest"] == "stated"
    assert (found.loc[stated, "experiment"] == "mechanism").all()


def inside(seeds, kept=0.6):
    """A frame of `mechanism` with one layer."""
    rows = []
    for seed in seeds:
        for stage, left in {"base": 0.0, "policy": 1.0, "harmful": kept, "sums": 0.8, "realigned": 0.9}.items():
            row = {"seed": seed, "topic": str(seed % 5), "stage": stage, "step": 1, "layer": 0, "chosen": True}
            row |= {"learning_rate": 1e-5, "kept": left + 0.001 * seed, "auc": 1.0, "margin_auc": 0.5 + left / 4}
            row |= dict.fromkeys(("topic_auc", "random_kept", "shuffled_kept", "margin_restricted"), 0.0)
            row |= {"refusal_plain": left, "refusal_added": 0.9, "refusal_control": 0.1}
            rows.append(row | {"refusal_removed": 0.1, "refusal_control_removed": 0.8})
    return pd.DataFrame(rows)


def stored(tmp_path, frame, device="CPU (x86_64)"):
    frame.to_parquet(tmp_path / "mechanism.parquet")
    about = {"seeds": sorted(set(map(int, frame["seed"]))), "device": device}
    (tmp_path / "mechanism.json").write_text(json.dumps(about))
    return tmp_path


def test_few_seeds_are_a_first_look_and_score_nothing(tmp_path):
    folder = stored(tmp_path, inside(range(112, 115)))
    standing = readings_second.standing(directory=folder).set_index("experiment")["standing"]
    assert standing["mechanism"] == "3 seeds, CPU, a first look" and standing["preference"] == "open"
    assert readings_second.scored(folder).empty


def test_enough_seeds_are_scored(tmp_path):
    found = readings_second.scored(stored(tmp_path, inside(range(100, 110)))).set_index("id")
    assert set(found.index) == {e.id for e in effects_second.EFFECTS if e.experiment == "mechanism"}
    assert bool(found.loc["X-kept", "hit"]) and bool(found.loc["X-lost", "hit"]) and bool(found.loc["X-added", "hit"])
    assert not predict.outcomes(
        pd.read_csv(predict.SECOND), lambda name: inside(range(100, 110), -0.2) if name == "mechanism" else None,
        effects_second.EFFECTS,
    ).set_index("id").loc["X-kept", "hit"]  # fmt: skip


def test_a_reading_names_least_and_most_of_all_seeds():
    found = readings_second.mechanism(inside((112, 113))).set_index(["stage", "measure"])
    kept = found.loc[("harmful", "kept")]
    assert kept["least"] == pytest.approx(0.712) and kept["most"] == pytest.approx(0.713) and kept["n_seeds"] == 2


def test_every_later_experiment_has_a_reading_and_a_question():
    assert set(readings_second.READINGS) == {name for name, e in experiments().items() if e.place >= 20}
    assert set(readings_second.standing()["standing"]) - {"open"} <= {
        text for text in readings_second.standing()["standing"] if "seeds" in text
    }


def test_the_layer_in_use_is_the_one_that_the_rule_takes():
    from ftsec.llm.experiments.mechanism import chosen_layer

    rows = [(3, 10, 0.5, 0.1), (3, 13, 0.9, 0.2), (4, 10, 0.6, 0.1), (4, 13, 0.4, 0.4)]
    frame = pd.DataFrame(rows, columns=["seed", "layer", "refusal_added", "refusal_control"])
    assert best_layer(frame) == 10
    if (report.STORED / "mechanism_choice.parquet").exists():
        assert best_layer(report.stored("mechanism_choice")) == chosen_layer()
    assert tried(30)[0] == 0 and tried(30)[-1] == 29 and len(tried(30)) == 10 and tried(2) == [0, 1]


def imports_of(name):
    """The room's modules that a module of it imports, wherever the import stands."""
    tree = ast.parse((report.STORED.parents[1] / f"{name.replace('.', '/')}.py").read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    whole = [f"{node.module}.{each.name}" for node in found for each in node.names] + [node.module for node in found]
    room = [module.removeprefix("ftsec.llm.") for module in whole if module.startswith("ftsec.llm.")]
    return {module for module in room if (report.STORED.parents[1] / f"{module.replace('.', '/')}.py").exists()}


@pytest.mark.parametrize("name", [*sorted(readings_second.READINGS), "mechanism_choice"])
def test_a_fingerprint_covers_everything_that_an_experiment_imports(name):
    covered = {*code.CORE, "experiments.common", *code.MORE[name], f"experiments.{name}"}
    todo, seen = [f"experiments.{name}"], set()
    while todo:
        module = todo.pop()
        if module not in seen | {"code", "report"}:
            seen.add(module)
            todo += imports_of(module) if module not in code.CORE else []
    assert seen <= covered


def test_directions_and_their_controls():
    first = np.arange(8) < 4
    vectors = np.zeros((8, 3))
    vectors[:4, 0] = (1, 2, 3, 4)
    direction = directions.difference(vectors, first)
    assert direction == pytest.approx([2.5, 0, 0]) and directions.auc(vectors @ direction, first) == 1
    assert directions.auc(np.zeros(8), first) == 0.5 and directions.either_way(-vectors[:, 0], first) == 1
    assert directions.share(0.3 * direction + [0, 7, 0], direction) == pytest.approx(0.3)
    assert np.linalg.norm(directions.of_length(np.array([0, 0, 9.0]), direction)) == pytest.approx(2.5)
    assert directions.gap(vectors[:, 0], first) == pytest.approx(2.5 / np.sqrt(4 * 1.25 / 6))
    shuffled = directions.by_chance(
        np.random.default_rng(0), lambda d: directions.auc(vectors[:, 0], d.permutation(first)), 200
    )
    assert shuffled == pytest.approx(0.5, abs=0.05)


def test_a_mixture_has_its_share_and_added_examples_cost_steps():
    for share in (0.05, 0.125, 0.25, 0.5):
        assert mixture(np.random.default_rng(1), 400, share).mean() == pytest.approx(share)
    assert steps_of("add", 0.5) == 2 * steps_of("replace", 0.5) == 128
    assert len(conditions()) == len(set(conditions())) == 13


def test_what_was_seen_stands_beside_each_prediction_scored_or_not(tmp_path):
    few = seen_so_far.seen(stored(tmp_path, inside(range(112, 115)))).set_index("id")
    assert set(few["outcome"]) == {"not scored"} and set(few["n_seeds"]) == {3}
    assert few.loc["X-kept", ["mean", "least", "most"]].tolist() == pytest.approx([0.6, 0.6, 0.6], abs=1e-6)
    enough = seen_so_far.seen(stored(tmp_path, inside(range(100, 110)))).set_index("id")
    assert enough.loc["X-kept", "outcome"] == "hit" and set(enough["outcome"]) <= {"hit", "miss"}
    assert seen_so_far.table(few.reset_index())["Outcome"].eq("not scored").all()


def test_without_frames_nothing_was_seen(tmp_path):
    assert seen_so_far.seen(tmp_path).empty
