"""An adapter is judged by headers and names alone; pickles and lying headers are refused, and nothing is loaded."""

from __future__ import annotations

import json
import pickle
import shutil
import struct
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from ftsec.base.errors import InputError
from ftsec.cli.provenance import provenance
from ftsec.defenses.adapters import CONFIG, WEIGHTS, verify_adapter
from ftsec.defenses.provenance import create_manifest
from ftsec.defenses.safetensors_header import read_header

GOOD = Path(__file__).with_name("data") / "adapter"  # written by safetensors 0.8 and shaped like PEFT's files


@pytest.fixture
def adapter(tmp_path):
    return Path(shutil.copytree(GOOD, tmp_path / "adapter"))


def test_an_ordinary_adapter_passes(adapter):
    report = verify_adapter(adapter)
    assert report.passed and report.problems == ()
    assert (report.base_model, report.rank, len(report.modules)) == ("example/tiny-chat", 2, 2)
    assert report.n_parameters == 2 * (2 * 8 + 6 * 2)


def test_the_manifest_is_checked(adapter):
    records = create_manifest(adapter)
    assert verify_adapter(adapter, records).passed
    weights = bytearray((adapter / WEIGHTS).read_bytes())
    weights[-1] ^= 1
    (adapter / WEIGHTS).write_bytes(weights)
    report = verify_adapter(adapter, records)
    assert not report.passed and [f.path for f in report.manifest_findings] == [WEIGHTS]


class Bomb:
    """Unpickled, it would make a directory."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.mkdir, (self.path,)


@pytest.mark.parametrize("name", ["adapter_model.bin", "weights.PT", "harmless.txt", "deep/notes.md"])
def test_a_pickle_is_refused_by_name_or_content_and_never_loaded(adapter, tmp_path, name):
    (adapter / name).parent.mkdir(exist_ok=True)
    (adapter / name).write_bytes(pickle.dumps(Bomb(tmp_path / "exploded")))
    report = verify_adapter(adapter)
    assert not report.passed and "pickled weights, refused" in report.problems[0] and name in report.problems[0]
    assert not (tmp_path / "exploded").exists()


def test_the_archive_that_torch_writes_is_refused_under_any_name(adapter):
    with zipfile.ZipFile(adapter / "extra.dat", "w") as archive:
        archive.writestr("archive/data.pkl", b"")
    assert "extra.dat" in verify_adapter(adapter).problems[0]


def test_a_program_and_a_link_out_are_refused(adapter, tmp_path):
    (adapter / "modeling.py").write_text("")
    (tmp_path / "other").write_text("")
    (adapter / "readme").symlink_to(tmp_path / "other")
    problems = verify_adapter(adapter).problems
    assert len(problems) == 2 and "program" in problems[0] and "leaves the directory" in problems[1]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"peft_type": "IA3"}, "peft_type"),
        ({"r": 0}, "r must be"),
        ({"r": True}, "r must be"),
        ({"r": 3}, "says rank 3"),
        ({"base_model_name_or_path": None}, "base_model_name_or_path"),
        ({"auto_mapping": {"parent_library": "x"}}, "auto_mapping"),
        ({"r": 3, "rank_pattern": {"a": [2], "b": "2", "c": True}}, "says rank 3"),
        ({"rank_pattern": [2]}, "rank_pattern"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(adapter, change, says):
    config = json.loads((adapter / CONFIG).read_text())
    (adapter / CONFIG).write_text(json.dumps({**config, **change}))
    assert any(says in problem for problem in verify_adapter(adapter).problems)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"r": 1, "r": 2}', b"\xff", b"[" * 100_000])
def test_a_broken_configuration_is_told(adapter, content):
    (adapter / CONFIG).write_bytes(content)
    report = verify_adapter(adapter)
    assert not report.passed and len(report.problems) == 1 and CONFIG in report.problems[0]


def test_a_missing_file_is_told(adapter):
    (adapter / WEIGHTS).unlink()
    assert "cannot be read" in verify_adapter(adapter).problems[0]


def _file(path, header, data=b"", length=None):
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(raw) if length is None else length) + raw + data)
    return path


def _tensor(start=0, end=8, shape=(2,), dtype="F32"):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}


HOSTILE = [
    ({"a": _tensor()}, b"\0" * 7, None, "describes 8 bytes"),
    ({"a": _tensor()}, b"\0" * 9, None, "describes 8 bytes"),
    ({"a": _tensor()}, b"\0" * 8, 2**63, "claims"),
    ({"a": _tensor()}, b"\0" * 8, 1000, "claims"),
    ({"a": _tensor(end=4)}, b"\0" * 4, None, "need 8"),
    ({"a": _tensor(8, 0)}, b"", None, "need 8"),
    ({"a": _tensor(-8, 0)}, b"", None, "whole numbers"),
    ({"a": _tensor(shape=(-1, -2))}, b"\0" * 8, None, "whole numbers"),
    ({"a": _tensor(shape=(2.0,))}, b"\0" * 8, None, "whole numbers"),
    ({"a": _tensor(shape=(2**40, 2**40))}, b"\0" * 8, None, "need"),
    ({"a": _tensor(dtype="PICKLE")}, b"\0" * 8, None, "unknown type"),
    ({"a": _tensor(dtype=["F32"])}, b"\0" * 8, None, "unknown type"),
    ({"a": _tensor(), "b": _tensor()}, b"\0" * 8, None, "overlaps"),
    ({"a": _tensor(4, 12)}, b"\0" * 12, None, "gap"),
    ({"a": {"dtype": "F32"}}, b"", None, "exactly"),
    ({"a": 3}, b"", None, "exactly"),
    ({"__metadata__": {"a": 1}}, b"", None, "texts only"),
    ({}, b"", None, "no tensor"),
    (b"[]", b"", None, "must hold an object"),
    (b'{"a": 1, "a": 2}', b"", None, "twice"),
    (b"\xff\xff", b"", None, "UTF-8|JSON"),
    (b'{"a":' * 50_000, b"", None, "nested|JSON"),
]


@pytest.mark.parametrize(("header", "data", "length", "says"), HOSTILE)
def test_a_lying_header_is_refused(tmp_path, header, data, length, says):
    with pytest.raises(InputError, match=says) as caught:
        read_header(_file(tmp_path / "w.safetensors", header, data, length))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("keep", [0, 3, 7, 8, 20, 300, 743])
def test_a_truncated_file_is_refused(tmp_path, keep):
    path = tmp_path / "w.safetensors"
    path.write_bytes((GOOD / WEIGHTS).read_bytes()[:keep])
    with pytest.raises(InputError):
        read_header(path)


@given(content=st.binary(max_size=64))
def test_no_content_crashes_the_reader(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("w") / "w.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_header(path)


def test_a_tensor_without_its_partner_is_named(adapter):
    name = "base_model.model.q_proj.lora_A.weight"
    _file(adapter / WEIGHTS, {name: _tensor(0, 16, (2, 2))}, b"\0" * 16)
    assert any("has no lora_B" in problem for problem in verify_adapter(adapter).problems)


@pytest.mark.parametrize("saved", [None, [], [""], ["head"], 3, "lm_head", [["lm_head"]]])
def test_a_weight_that_is_no_lora_weight_is_named(adapter, saved):
    config = json.loads((adapter / CONFIG).read_text())
    (adapter / CONFIG).write_text(json.dumps({**config, "modules_to_save": saved}))
    _file(adapter / WEIGHTS, {"lm_head.weight": _tensor()}, b"\0" * 8)
    assert any("'lm_head.weight' is no LoRA weight" in problem for problem in verify_adapter(adapter).problems)


def test_the_command_exits_1_for_a_pickle(adapter):
    assert CliRunner().invoke(provenance, ["verify-adapter", str(adapter)]).exit_code == 0
    (adapter / "adapter_model.bin").write_bytes(b"")
    result = CliRunner().invoke(provenance, ["verify-adapter", str(adapter)])
    assert result.exit_code == 1 and "do not load it" in result.stdout
