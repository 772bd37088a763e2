"""An adapter is judged by headers and names alone; pickles and lying headers are refused, and nothing is loaded."""

from __future__ import annotations

import json
import math
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
from ftsec.defenses.pickles import looks_like_pickle
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
    assert (report.kind, report.leftovers, report.missing, report.notes) == ("LORA", (), (), ())


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
        ({"peft_type": "IA3"}, "is no IA3 weight"),
        ({"peft_type": "NEW"}, "peft_type"),
        ({"peft_type": ["LORA"]}, "peft_type"),
        ({"r": 0}, "r must be"),
        ({"r": True}, "r must be"),
        ({"r": 3}, "says rank 3"),
        ({"auto_mapping": {"parent_library": "x"}}, "auto_mapping"),
        ({"auto_mapping": {"parent_library": "transformers_modules.x"}}, "auto_mapping"),
        ({"auto_mapping": ["transformers"]}, "auto_mapping"),
        ({"megatron_core": "os"}, "megatron_core"),
        ({"rank_pattern": {"a": [2]}}, "whole number"),
        ({"rank_pattern": {"b": "2"}}, "whole number"),
        ({"rank_pattern": {"c": True}}, "whole number"),
        ({"rank_pattern": {"(": 2}}, "no regular expression"),
        ({"rank_pattern": {"(a+)+": 2}}, "more than the name of a module"),
        ({"rank_pattern": {"(a|a)*b": 2}}, "more than the name of a module"),
        ({"rank_pattern": {"a?a?a?a?a?": 2}}, "more than the name of a module"),
        ({"rank_pattern": {r"(a)\\1": 2}}, "more than the name of a module"),
        ({"modules_to_save": "lm_head"}, "modules_to_save"),
        ({"modules_to_save": [""]}, "modules_to_save"),
        ({"modules_to_save": [["lm_head"]]}, "modules_to_save"),
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


def change(adapter, **changes):
    config = json.loads((adapter / CONFIG).read_text())
    (adapter / CONFIG).write_text(json.dumps({**config, **changes}))
    return adapter


def add(adapter, name, shape=(2,)):
    """One more weight, of zeros, in the adapter's file."""
    tensors = {tensor.name: tensor for tensor in read_header(adapter / WEIGHTS)}
    end = max(tensor.end for tensor in tensors.values())
    header = {t.name: _tensor(t.start, t.end, t.shape, t.dtype) for t in tensors.values()}
    size = 4 * math.prod(shape)
    _file(adapter / WEIGHTS, {**header, name: _tensor(end, end + size, shape)}, b"\0" * (end + size))
    return adapter


WHOLE = "base_model.model.pre_classifier.weight"


@pytest.mark.parametrize("saved", [None, [], ["head"], ["pre"], ["classifier.weight"]])
def test_a_weight_that_nothing_asks_for_is_named(adapter, saved):
    report = verify_adapter(add(change(adapter, modules_to_save=saved), WHOLE))
    assert report.problems == (f"{WEIGHTS}: {WHOLE!r} is no LoRA weight, and nothing in the configuration asks for it",)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        (WHOLE, {"modules_to_save": ["classifier"]}),  # PEFT compares the ends of paths
        ("base_model.model.model.layers.0.mlp.weight", {"modules_to_save": ["layers.0.mlp"]}),
        ("base_model.model.score.weight", {"task_type": "SEQ_CLS"}),
        ("base_model.model.lm_head.weight", {}),  # a resized vocabulary, which the configuration does not tell
        ("base_model.model.x.bias", {"bias": "all"}),
        ("base_model.model.model.layers.0.self_attn.q_proj.base_layer.bias", {"bias": "lora_only"}),
        ("base_model.model.q_proj.lora_magnitude_vector", {"use_dora": True}),
        ("base_model.model.embed.token_adapter.trainable_tokens_delta", {"trainable_token_indices": [1]}),
    ],
)
def test_a_weight_that_the_configuration_asks_for_passes_and_is_refused_without_it(adapter, name, changes):
    assert verify_adapter(add(change(adapter, **changes), name)).problems == ()
    if changes:
        change(adapter, **dict.fromkeys(changes))
        assert len(verify_adapter(adapter).problems) == 1


def test_the_bias_of_a_module_that_is_not_tuned_is_refused(adapter):
    name = "base_model.model.other.bias"
    assert len(verify_adapter(add(change(adapter, bias="lora_only"), name)).problems) == 1


def test_a_base_model_without_a_name_is_noted(adapter):
    report = verify_adapter(change(adapter, base_model_name_or_path=None))
    assert report.passed and "nobody knows what it adapts" in report.notes[0]


def test_the_rank_of_another_module_does_not_fit(adapter):
    assert verify_adapter(change(adapter, r=3, rank_pattern={"q_proj": 2, "v_proj": 2})).passed
    report = verify_adapter(change(adapter, r=3, rank_pattern={"v_proj": 2}))
    assert len(report.problems) == 1 and "q_proj" in report.problems[0]


CASES = GOOD.parent / "adapters"  # configurations and headers as PEFT writes them, tensors of zeros


@pytest.mark.parametrize(
    ("case", "status", "says"),
    [
        ("automap", 0, "nothing found"),
        ("training_args", 0, "leftover training_args.bin: left by the trainer"),
        ("seqcls_suffix_match", 0, "stored whole"),
        ("seqcls_old", 0, "the head of a classifier"),
        ("modules_to_save_dotted", 0, "nothing found"),
        ("trainable_tokens", 0, "nothing found"),
        ("moe_params", 0, "nothing found"),
        ("lfs_pointer", 3, "a git-lfs pointer, the file of 262,231,096 bytes was not fetched: run `git lfs pull`"),
        ("link_as_text", 3, "a link of the Hub's cache that was copied as text"),
        ("npy_object", 1, "refused  extra.npy: not on the list"),
        ("sevenz", 1, "refused  x.7z: not on the list"),
        ("pickle_v0_as_json", 1, "refused  tokenizer.json: pickled weights"),
        ("pattern_wrong_module", 1, "the configuration says rank 8"),
    ],
)
def test_reduced_adapters_get_the_right_answer(case, status, says):
    result = CliRunner().invoke(provenance, ["verify-adapter", str(CASES / case)])
    assert (result.exit_code, says in result.stdout) == (status, True), result.stdout


@pytest.fixture
def cached(tmp_path, adapter):
    """The adapter as the Hub's cache holds it."""
    model = tmp_path / "models--org--adapter"
    snapshot = model / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (model / "blobs").mkdir()
    for position, path in enumerate(sorted(adapter.iterdir())):
        blob = path.rename(model / "blobs" / f"{position:064x}")
        (snapshot / path.name).symlink_to(Path("../../blobs") / blob.name)
    return snapshot


def test_the_cache_of_the_hub_is_followed_inside_the_models_own_folder(cached, tmp_path):
    assert verify_adapter(cached).passed and verify_adapter(cached.parent.parent).passed
    records = create_manifest(cached)
    assert [record.path for record in records] == [CONFIG, WEIGHTS]
    assert verify_adapter(cached, records).passed
    (tmp_path / "elsewhere").write_text("{}")
    (cached / "extra.json").symlink_to(tmp_path / "elsewhere")
    assert verify_adapter(cached).problems == ("extra.json: a link that leaves the directory",)


def test_of_several_snapshots_one_must_be_named(cached):
    (cached.parent / "def").mkdir()
    with pytest.raises(InputError, match="name one of its snapshots"):
        verify_adapter(cached.parent.parent)


def test_a_folder_called_blobs_does_not_open_the_way_out(adapter, tmp_path):
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / "x").write_text("{}")
    (adapter / "x.json").symlink_to(tmp_path / "blobs" / "x")
    assert "leaves the directory" in verify_adapter(adapter).problems[0]


LEFT = [
    "training_args.bin", "optimizer.pt", "scheduler.pt", "rng_state.pth", "rng_state_3.pth", "scaler.pt",
    "global_step5/mp_rank_00_model_states.pt", "global_step5/zero_pp_rank_0_mp_rank_00_optim_states.pt", "latest",
    "zero_to_fp32.py", "runs/events.out.tfevents.1.host", "random_states_0.pkl", "optimizer_0/__0_0.distcp",
]  # fmt: skip


def test_what_a_trainer_leaves_is_named_and_forbids_nothing(adapter):
    for name in LEFT:
        (adapter / name).parent.mkdir(exist_ok=True)
        (adapter / name).write_bytes(pickle.dumps([1]))
    (adapter / ".git").mkdir()
    (adapter / ".git" / "hook.sh").write_text("")
    report = verify_adapter(adapter)
    assert report.passed and {seen.path for seen in report.leftovers} == {*LEFT, ".git/"}


@pytest.mark.parametrize(
    "name", ["README.md", "LICENSE", "tokenizer.json", "chat_template.jinja", "merges.txt", "vocab.txt",
             "trainer_state.json", ".gitattributes", "train.yaml"],
)  # fmt: skip
def test_the_usual_texts_may_be_there_and_must_be_texts(adapter, name):
    (adapter / name).write_text('{"a": 1}')
    assert verify_adapter(adapter).passed
    for content in (b"\xff\xfe{", b"{\0}"):
        (adapter / name).write_bytes(content)
        assert not verify_adapter(adapter).passed


def test_a_tokenizer_model_and_pictures_are_told_by_their_content(adapter):
    (adapter / "tokenizer.model").write_bytes(b"\n\x0e\n\x05<unk>\x15")
    (adapter / "loss.png").write_bytes(b"\x89PNG\r\n\x1a\n...")
    assert verify_adapter(adapter).passed
    (adapter / "loss.png").write_bytes(b"GIF89a")
    assert verify_adapter(adapter).problems == ("loss.png: not the picture that its name says",)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("name", ["tokenizer.json", "notes.txt", "tokenizer.model", "README.md"])
def test_no_pickle_hides_behind_the_name_of_a_text(adapter, tmp_path, protocol, name):
    (adapter / name).write_bytes(pickle.dumps(Bomb(tmp_path / "exploded"), protocol) + b"\nand more text")
    assert not verify_adapter(adapter).passed and not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("text", ["N.", "a.", "", "I am.", "(see below).", "copyright 2026\nall rights\n", "0.", "2."])
def test_ordinary_words_are_no_pickle(text):
    assert not looks_like_pickle(text.encode(), True)


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), min_size=8))
def test_printed_words_are_hardly_ever_a_pickle(text):
    assert not looks_like_pickle(f"# {text}".encode(), True)


def test_the_command_exits_1_for_a_pickle(adapter):
    assert CliRunner().invoke(provenance, ["verify-adapter", str(adapter)]).exit_code == 0
    (adapter / "adapter_model.bin").write_bytes(b"")
    result = CliRunner().invoke(provenance, ["verify-adapter", str(adapter)])
    assert result.exit_code == 1 and "do not load it" in result.stdout
