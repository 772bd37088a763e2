"""An adapter is judged by PEFT's rules, from headers and names alone; nothing is loaded."""

from __future__ import annotations

import json
import math

import pytest
from click.testing import CliRunner

from ftsec.cli.provenance import provenance
from ftsec.defenses.adapters import CONFIG, WEIGHTS, verify_adapter
from ftsec.defenses.provenance import create_manifest
from ftsec.defenses.safetensors_header import read_header
from tests.defenses.conftest import GOOD, safetensors_file, tensor


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
    report = verify_adapter(adapter)
    assert report.missing == (f"{WEIGHTS}: not in the folder",) and report.undecided


def test_a_tensor_without_its_partner_is_named(adapter):
    name = "base_model.model.q_proj.lora_A.weight"
    safetensors_file(adapter / WEIGHTS, {name: tensor(0, 16, (2, 2))}, b"\0" * 16)
    assert any("has no lora_B" in problem for problem in verify_adapter(adapter).problems)


def change(adapter, **changes):
    config = json.loads((adapter / CONFIG).read_text())
    (adapter / CONFIG).write_text(json.dumps({**config, **changes}))
    return adapter


def add(adapter, name, shape=(2,)):
    """One more weight, of zeros, in the adapter's file."""
    tensors = {tensor.name: tensor for tensor in read_header(adapter / WEIGHTS)}
    end = max(tensor.end for tensor in tensors.values())
    header = {t.name: tensor(t.start, t.end, t.shape, t.dtype) for t in tensors.values()}
    size = 4 * math.prod(shape)
    safetensors_file(adapter / WEIGHTS, {**header, name: tensor(end, end + size, shape)}, b"\0" * (end + size))
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


def test_the_command_exits_1_for_a_pickle(adapter):
    assert CliRunner().invoke(provenance, ["verify-adapter", str(adapter)]).exit_code == 0
    (adapter / "adapter_model.bin").write_bytes(b"")
    result = CliRunner().invoke(provenance, ["verify-adapter", str(adapter)])
    assert result.exit_code == 1 and "do not load it" in result.stdout
