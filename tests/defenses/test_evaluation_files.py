"""Files written by lm-evaluation-harness 0.4.13 and Inspect 0.3.285 are read; unfinished ones are refused.

The samples in ``data/`` come from the tools themselves, run on harmless probes (the message contents of the Inspect
JSON log were removed; nothing else was changed but a path).
"""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from pathlib import Path

import pytest

from ftsec.base.errors import InputError
from ftsec.defenses import evaluation_archive
from ftsec.defenses.evaluation_archive import read_inspect_zip
from ftsec.defenses.evaluation_files import load_measurements
from ftsec.defenses.evaluation_inspect import read_inspect
from ftsec.defenses.evaluation_lm_eval import read_lm_eval
from ftsec.defenses.gate_files import load_gates
from ftsec.defenses.gates import evaluate

DATA = Path(__file__).with_name("data")
PROBE = "refusal_probe/match/accuracy"


def test_results_of_lm_evaluation_harness():
    found = load_measurements([DATA / "lm_eval_results.json"])
    assert list(found) == ["capability_probe/acc,none"]
    measured = found["capability_probe/acc,none"]
    assert (measured.value, measured.k, measured.n) == (0.8, 4, 5)


def test_counts_need_a_standard_error_that_fits_them():
    data = json.loads((DATA / "lm_eval_results.json").read_text())
    data["results"]["capability_probe"]["acc_stderr,none"] = 0.1
    measured = read_lm_eval(data, "x")["capability_probe/acc,none"]
    assert (measured.value, measured.n) == (0.8, None)


@pytest.mark.parametrize("name", ["inspect_log.json", "inspect_log.eval"])
def test_logs_of_inspect(name):
    found = load_measurements([DATA / name])
    assert list(found) == [PROBE]
    assert (found[PROBE].k, found[PROBE].n) == (4, 6)
    assert found[PROBE].outcomes == {"p0": False, "p1": True, "p2": True, "p3": False, "p4": True, "p5": True}


def test_a_gate_names_its_measurement_in_the_log(tmp_path):
    path = tmp_path / "gates.toml"
    path.write_text(
        f'[[gate]]\nname="probe"\nstage="post"\ndirection="at_least"\nthreshold=0.2\nmeasurement="{PROBE}"\n'
        '[[gate]]\nname="ability"\nstage="post"\ndirection="at_least"\nthreshold=0.9\n'
        'measurement="capability_probe/acc,none"\n'
    )
    gates, _ = load_gates(path)
    both = load_measurements([DATA / "inspect_log.eval", DATA / "lm_eval_results.json"])
    assert evaluate(gates, both).failures == ("ability",)


def _changed(change):
    data = json.loads((DATA / "inspect_log.json").read_text())
    change(data)
    return data


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d.update(status="error"), "'error'"),
        (lambda d: d.update(status="started"), "'started'"),
        (lambda d: d.update(invalidated=True), "invalidated"),
        (lambda d: d["results"].update(completed_samples=5), "5 of 6"),
        (lambda d: d["results"]["scores"][0].update(unscored_samples=1), "not scored"),
        (lambda d: d["results"].update(scores=[]), "no measurement"),
    ],
)
def test_an_evaluation_that_did_not_end_well_is_refused(change, says):
    with pytest.raises(InputError, match=says):
        read_inspect(_changed(change), "log")


def test_repeated_prompts_give_no_counts():
    data = _changed(lambda d: d["eval"]["config"].update(epochs=2))
    measured = read_inspect(data, "log")[PROBE]
    assert measured.value == pytest.approx(4 / 6) and measured.n is None


def test_samples_that_contradict_the_reductions_give_no_counts():
    data = _changed(lambda d: d["samples"][0]["scores"]["match"].update(value="C"))
    assert read_inspect(data, "log")[PROBE].n is None


def _archive(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.json", content)
    return buffer.getvalue()


def test_an_archive_that_is_no_log_is_refused():
    with pytest.raises(InputError, match=r"no header.json"):
        read_inspect_zip(_archive(start="{}"), "x")
    with pytest.raises(InputError, match="not that of an Inspect log"):
        read_inspect_zip(_archive(header="{}"), "x")


def test_an_archive_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(evaluation_archive, "MAX_MEMBER_BYTES", 1 << 20)
    with pytest.raises(InputError, match="unpacks to more"):
        read_inspect_zip(_archive(header=" " * (2 << 20)), "x")


@pytest.mark.parametrize("keep", [100, 2000, 8000, 13000])
def test_a_truncated_archive_is_refused(keep):
    content = (DATA / "inspect_log.eval").read_bytes()
    with pytest.raises(InputError, match="cannot be read"):
        read_inspect_zip(content[:keep], "x")


def test_no_damaged_byte_goes_unnoticed_or_crashes():
    content = (DATA / "inspect_log.eval").read_bytes()
    expected = read_inspect_zip(content, "x")
    for position in range(0, len(content), 97):
        damaged = content[:position] + bytes([content[position] ^ 0x55]) + content[position + 1 :]
        with contextlib.suppress(InputError):
            assert read_inspect_zip(damaged, "x") == expected
