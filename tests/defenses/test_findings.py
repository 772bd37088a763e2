"""Every judge's answer becomes findings: the gravest is never lost, evidence stands beside it."""

from __future__ import annotations

import shutil
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.defenses import findings as room
from ftsec.defenses.adapters import verify_adapter
from ftsec.defenses.canary_scores import judge_scores
from ftsec.defenses.gates import Gate, evaluate
from ftsec.defenses.measured import Measurement, from_outcomes
from ftsec.defenses.provenance import create_manifest

DATA = Path(__file__).with_name("data")


def test_gates_give_one_finding_each_with_its_evidence():
    gates = [Gate(name, "post", "at_least", 0.5, low=0, high=1) for name in ("fine", "fails", "unknown")]
    gates.append(Gate("warns", "post", "at_least", 0.5, blocking=False, low=0, high=1))
    now = {
        "fine": Measurement(0.9, 90, 100, file="a.json", read_as="plain measurements"),
        "fails": Measurement(0.1, 10, 100),
        "unknown": Measurement(0.9),
        "warns": Measurement(0.1, 10, 100),
        "other": Measurement(1.0),
    }
    found = {(one.rule, one.subject): one for one in room.of_gates(evaluate(gates, now, {"fine": now["fine"]}))}
    fine = found["gate", "fine"]
    assert (fine.verdict, fine.value, fine.k, fine.n, fine.file) == (room.FINE, 0.9, 90, 100, "a.json")
    assert 0.8 < fine.bound < 0.9
    assert [found["gate", name].verdict for name in ("fails", "unknown", "warns")] == ["stop", "unknown", "warn"]
    assert found["gate-baseline", "fine"].verdict == room.FINE
    assert found["gate-baseline", "fails"].verdict == room.UNKNOWN
    assert found["gate-unused", "other"].verdict == room.NOTE


def test_a_loss_against_the_base_model_stops():
    gate = Gate("safe", "post", "at_least", 0.5, low=0, high=1)
    base = from_outcomes({f"p{i}": 1.0 for i in range(100)})
    now = from_outcomes({f"p{i}": float(i >= 20) for i in range(100)})
    found = room.of_gates(evaluate([gate], {"safe": now}, {"safe": base}))
    assert [one.verdict for one in found] == [room.FINE, room.STOP] and found[1].value == 0.2


def test_an_adapters_files_are_named_where_they_stand(tmp_path):
    folder = Path(shutil.copytree(DATA / "adapters" / "npy_object", tmp_path / "adapter"))
    (folder / "training_args.bin").write_bytes(b"")
    found = {one.rule: one for one in room.of_adapter(verify_adapter(folder), folder)}
    assert found["adapter-refused"].verdict == room.STOP and found["adapter-refused"].file == str(folder / "extra.npy")
    assert found["adapter-leftover"].verdict == room.WARN and found["adapter"].verdict == room.NOTE
    pointer = DATA / "adapters" / "lfs_pointer"
    assert [one.verdict for one in room.of_adapter(verify_adapter(pointer), pointer)] == [room.UNKNOWN]


def test_a_changed_file_stops(tmp_path):
    folder = Path(shutil.copytree(DATA / "adapter", tmp_path / "adapter"))
    records = create_manifest(folder)
    (folder / "README.md").write_text("new")
    found = room.of_adapter(verify_adapter(folder, records), folder)
    assert [one.verdict for one in found].count("stop") == 1 and found[0].rule == "manifest-added"


def test_canaries_stop_or_cannot_say():
    rows = [{"canary": "a", "inserted": i == 0, "log_likelihood": -1.0 - i} for i in range(9)]
    verdicts = {limit: room.of_canaries(judge_scores(rows, limit), Path("s"))[0].verdict for limit in (1, 4, None)}
    assert verdicts == {1: room.STOP, 4: room.UNKNOWN, None: room.FINE}


def test_what_cannot_be_read_is_unknown_with_its_line():
    found = room.of_unreadable(InputError("x.jsonl, line 7: not valid JSON"), Path("x.jsonl"))
    assert (found.verdict, found.line, found.what) == (room.UNKNOWN, 7, "line 7: not valid JSON")
