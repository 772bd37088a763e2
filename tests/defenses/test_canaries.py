"""Exposure is what its definition says, and the way from making to scoring holds together."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from ftsec.base.errors import InputError
from ftsec.cli.canaries import canaries_group
from ftsec.defenses.canaries import (
    Canary,
    candidates,
    exposure,
    from_json,
    insert,
    make_canaries,
    score,
    to_json,
)
from ftsec.defenses.training_data import open_data
from tests.defenses.conftest import count_copies


def test_the_most_likely_of_a_thousand_shows_ten_bits():
    assert exposure(0.0, [-1.0] * 1023) == 10.0


def test_the_least_likely_shows_nothing():
    assert exposure(-2.0, [-1.0] * 1023) == 0.0


@given(st.floats(-50, 0), st.lists(st.floats(-50, 0), min_size=1, max_size=40))
def test_exposure_depends_on_the_rank_alone(canary, others):
    bits = exposure(canary, others)
    assert 0 <= bits <= np.log2(len(others) + 1) + 1e-12
    assert exposure(2 * canary, [2 * other for other in others]) == bits


def test_a_canary_that_was_never_seen_shows_about_one_and_a_half_bits():
    draws = np.random.default_rng(0).normal(size=(4000, 512))
    bits = [exposure(row[0], row[1:]) for row in draws]
    assert np.mean(bits) == pytest.approx(1 / np.log(2), abs=0.08)
    assert np.mean(np.array(bits) >= 4) == pytest.approx(2.0**-4, abs=0.015)


@pytest.mark.parametrize(("canary", "others"), [(0.0, []), (np.nan, [1.0]), (0.0, [np.inf])])
def test_what_cannot_be_ranked_is_refused(canary, others):
    with pytest.raises(InputError):
        exposure(canary, others)


def test_canaries_are_different_and_come_again():
    made = make_canaries(50, seed=1)
    assert len({c.secret for c in made}) == 50
    assert made == make_canaries(50, seed=1) != make_canaries(50, seed=2)
    assert from_json(to_json(made)) == made


def test_candidates_have_the_canarys_form_and_are_not_it():
    canary = make_canaries(1, seed=1)[0]
    texts = candidates(canary, 500, seed=2)
    assert len(set(texts)) == 500 and canary.text not in texts
    assert {len(text) for text in texts} == {len(canary.text)}


@pytest.mark.parametrize("bad", [{"count": 0}, {"digits": 2, "count": 2}, {"copies": 0}])
def test_canaries_that_hide_nothing_are_refused(bad):
    with pytest.raises(InputError):
        make_canaries(**{"count": 1, "seed": 0, **bad})


def test_insertion_is_counted_again():
    made = [Canary("a", "x ", "111 222 333", 5), Canary("b", "y ", "444 555 666", 1)]
    texts, placed = insert([f"text {i}" for i in range(30)], made, seed=0)
    assert count_copies(texts, made) == {"a": 5, "b": 1}
    assert len(set(placed)) == 6 and [name for name, _ in placed] == ["a"] * 5 + ["b"]
    with pytest.raises(InputError, match="needs 5 documents"):
        insert(["one"], made, seed=0)


def test_the_score_names_the_exposed_first():
    frame = pd.DataFrame(
        {
            "canary": ["a"] * 4 + ["b"] * 4,
            "inserted": [True, False, False, False] * 2,
            "log_likelihood": [-9.0, -1, -2, -3, -1.0, -7, -8, -9],
        }
    )
    assert score(frame.to_dict("records")) == [("b", 2.0, 2.0, 0.25), ("a", 0.0, 2.0, 1.0)]


@pytest.mark.parametrize("change", [{"inserted": True}, {"inserted": False}, {"log_likelihood": np.nan}])
def test_a_table_that_cannot_be_scored_is_refused(change):
    frame = pd.DataFrame({"canary": "a", "inserted": [True, False], "log_likelihood": [1.0, 2.0]}).assign(**change)
    with pytest.raises(InputError):
        score(frame.to_dict("records"))
    with pytest.raises(InputError, match="missing: log_likelihood"):
        score(frame.drop(columns="log_likelihood").to_dict("records"))


NO_CANARIES = [
    "",
    "[]",
    "{}",
    '{"canaries": 3}',
    '{"canaries": [{"name": "a"}]}',
    '{"canaries": [{"name": "a", "prefix": "", "secret": 1}]}',
    '{"canaries": [{"name": "a", "prefix": "", "secret": "1", "copies": -1}]}',
]


@pytest.mark.parametrize("text", NO_CANARIES)
def test_a_file_that_holds_no_canaries_is_refused(text):
    with pytest.raises(InputError):
        from_json(text)


def test_the_commands_from_making_to_scoring(tmp_path):
    def run(*arguments):
        result = CliRunner().invoke(canaries_group, [str(a) for a in arguments])
        assert result.exit_code == 0, result.output
        return result.stdout

    corpus, made, planted = tmp_path / "in.jsonl", tmp_path / "c.json", tmp_path / "out.jsonl"
    corpus.write_text("".join(json.dumps({"id": i, "text": f"text {i}"}) + "\n" for i in range(20)))
    run("make", "-n", 3, "--copies", 4, "--seed", 1, "-o", made)
    run("insert", corpus, made, "--seed", 2, "-o", planted)
    rows = [json.loads(line) for line in planted.read_text().splitlines()]
    assert [row["id"] for row in rows] == list(range(20))
    assert count_copies([r["text"] for r in rows], from_json(made.read_text())) == dict.fromkeys(
        ["canary-00", "canary-01", "canary-02"], 4
    )
    run("candidates", made, "-n", 7, "--seed", 3, "-o", tmp_path / "list.jsonl")
    scored = [json.loads(line) for line in (tmp_path / "list.jsonl").read_text().splitlines()]
    lines = [json.dumps({**row, "log_likelihood": 0.0 if row["inserted"] else -1.0}) for row in scored]
    (tmp_path / "scored.jsonl").write_text("\n".join(lines))
    assert run("score", tmp_path / "scored.jsonl").count("3.00") == 6  # the exposure and its largest value, thrice


def test_two_canaries_of_one_name_are_refused():
    canary = make_canaries(1, seed=1)[0]
    with pytest.raises(InputError, match="two canaries are called canary-00"):
        from_json(to_json([canary, canary]))


def test_insertion_does_not_hold_the_corpus_in_memory(tmp_path):
    corpus, made, planted = tmp_path / "in.txt", tmp_path / "c.json", tmp_path / "out.txt"
    line = "word " * 2000 + "\n"
    corpus.write_text(line * 4000)  # 40 MB
    made.write_text(to_json(make_canaries(2, seed=1, copies=3)))
    arguments = ["insert", corpus, made, "--seed", 2, "-o", planted]
    tracemalloc.start()
    result = CliRunner().invoke(canaries_group, [str(each) for each in arguments])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert result.exit_code == 0 and planted.stat().st_size > corpus.stat().st_size
    assert peak < 20e6  # 16 of them to read the canaries with
    assert sum("The " in row for row in planted.read_text().splitlines()) in range(4, 7)


def test_a_corpus_that_changes_while_it_is_read_gives_no_output(tmp_path, monkeypatch):
    corpus, made, planted = tmp_path / "in.txt", tmp_path / "c.json", tmp_path / "out.txt"
    corpus.write_text("one\ntwo\nthree\n")
    made.write_text(to_json(make_canaries(1, seed=1)))

    def changed(path, field):
        corpus.write_text("one\n")
        return open_data(path, field)

    monkeypatch.setattr("ftsec.defenses.canary_files.open_data", changed)
    result = CliRunner().invoke(canaries_group, ["insert", str(corpus), str(made), "--seed", "2", "-o", str(planted)])
    assert isinstance(result.exception, InputError) and "changed while it was read" in str(result.exception)
    assert not planted.exists()


CASES = Path(__file__).with_name("data") / "canaries"


def score_of(*arguments):
    return CliRunner().invoke(canaries_group, ["score", *map(str, arguments)])


@pytest.mark.parametrize(
    ("case", "options", "says"),
    [
        ("s_loss.jsonl", [], "a log-likelihood is at most 0"),
        ("s_ok.jsonl", [], "a log-likelihood is at most 0"),
        ("s_big.jsonl", [], "line 1: log_likelihood: the number is too large"),
        ("s_nullcan.jsonl", [], "canary must be a name, got None"),
        ("s_strins.jsonl", ["--ratio"], "inserted must be true or false, got 'true'"),
    ],
)
def test_scores_that_cannot_be_are_refused(case, options, says):
    result = score_of(CASES / case, *options)
    assert isinstance(result.exception, InputError) and says in str(result.exception)


@pytest.mark.parametrize(("case", "count"), [("s_ok.jsonl", 100), ("s_notext.jsonl", 4)])
def test_ratios_may_be_above_0_and_the_text_is_not_needed(case, count):
    result = score_of(CASES / case, "--ratio", "--json")
    assert json.loads(result.stdout)["canaries"][0]["largest"] == pytest.approx(np.log2(count))


def scored(path, exposed, count=99):
    """A canary that all candidates are likelier than, or none."""
    rows = [{"canary": "a", "inserted": True, "log_likelihood": 0.0 if exposed else -9.0}]
    rows += [{"canary": "a", "inserted": False, "log_likelihood": -1 - i / 100} for i in range(count)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_limit_decides_the_status(tmp_path):
    leak, none = scored(tmp_path / "leak.jsonl", True), scored(tmp_path / "none.jsonl", False)
    few = scored(tmp_path / "few.jsonl", False, count=3)
    assert [score_of(path, "--at-most", 5).exit_code for path in (leak, none, few)] == [1, 0, 3]
    assert "exposed by more than 5 bits: a" in score_of(leak, "--at-most", 5).stdout
    assert score_of(leak).exit_code == 0  # without a limit it only measures
    assert json.loads(score_of(leak, "--at-most", 5, "--json").stdout)["above"] == ["a"]


def test_a_set_is_inserted_once(tmp_path: Path):
    source, made = tmp_path / "corpus.jsonl", tmp_path / "canaries.json"
    source.write_text("".join(json.dumps({"text": f"Text {number}."}) + "\n" for number in range(6)), encoding="utf-8")
    made.write_text(to_json(make_canaries(8, seed=1)), encoding="utf-8")
    words = ["insert", str(source), str(made), "--seed", "2", "-o", str(tmp_path / "once.jsonl")]
    assert CliRunner().invoke(canaries_group, words).exit_code == 0
    words[1], words[-1] = str(tmp_path / "once.jsonl"), str(tmp_path / "twice.jsonl")
    refused = CliRunner().invoke(canaries_group, words)
    assert "already; insert a set of canaries once" in str(refused.exception)
    assert not (tmp_path / "twice.jsonl").exists()
