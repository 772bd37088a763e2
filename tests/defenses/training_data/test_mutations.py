"""Hostile changes of well-formed files end in an answer or one sentence, and leave no half output."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ftsec.base.errors import InputError
from ftsec.defenses.canaries import make_canaries
from ftsec.defenses.canary_files import insert_into
from ftsec.defenses.deduplicate import deduplicate_file
from ftsec.defenses.examine import examine
from ftsec.defenses.filters import filter_file, rule_filter, term_filter
from tests.defenses.training_data.mutations import files, mutated

FILES = files()
COMMANDS = {
    "dedup": lambda source, target, keep: deduplicate_file(source, target, keep_bad=keep),
    "filter": lambda source, target, keep: filter_file(
        source, target, [term_filter(["tea"]), rule_filter("c4"), rule_filter("gopher")], keep_bad=keep
    ),
    "insert": lambda source, target, keep: insert_into(source, target, make_canaries(1, seed=1), seed=1),
    "examine": lambda source, target, keep: examine(source, prompts=["p"], terms=["tea"]),
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("command", COMMANDS)
def test_changed_files_give_an_answer_or_a_sentence(tmp_path, command):
    rng = random.Random(20260)
    for name in sorted(FILES) * 3:
        source, target = tmp_path / name, tmp_path / f"out{''.join(Path(name).suffixes)}"
        source.write_bytes(mutated(FILES[name], rng))
        try:
            COMMANDS[command](source, target, rng.random() < 0.5)
            left = {target.name, name} - ({target.name} if command == "examine" else set())
        except InputError as told:
            assert "\n" not in str(told)
            left = {name}
        assert {path.name for path in tmp_path.iterdir()} == left
        for path in tmp_path.iterdir():
            path.unlink()
