"""Whatever PEFT itself saves is understood: adapters written here by its own code, with random weights."""

from __future__ import annotations

import json

import pytest

from tests.llm.conftest import WITHOUT

torch = pytest.importorskip("torch", reason=WITHOUT)
peft = pytest.importorskip("peft", reason=WITHOUT)
transformers = pytest.importorskip("transformers", reason=WITHOUT)

from ftsec.defenses.adapters import CONFIG, WEIGHTS, verify_adapter  # noqa: E402
from ftsec.defenses.peft_config import PREFIXES, PROMPTS  # noqa: E402
from ftsec.defenses.safetensors_header import read_header  # noqa: E402

SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32, "vocab_size": 50}
ATTENTION = ["q_proj", "v_proj"]


def llama(**more):
    config = transformers.LlamaConfig(**{**SMALL, "num_key_value_heads": 2, **more})
    return named(transformers.LlamaForCausalLM(config))


def named(model):
    """With the name of a base model, which a model made from a configuration lacks."""
    model.name_or_path = model.config._name_or_path = "example/tiny"
    return model


def mixtral():
    config = transformers.MixtralConfig(**SMALL, num_key_value_heads=2, num_local_experts=4)
    return named(transformers.MixtralForCausalLM(config))


def gpt2():
    config = transformers.GPT2Config(vocab_size=50, n_positions=32, n_embd=16, n_layer=2, n_head=2)
    return named(transformers.GPT2LMHeadModel(config))


def classifier(cls="DistilBertForSequenceClassification"):
    config = transformers.DistilBertConfig(vocab_size=50, dim=16, hidden_dim=32, n_layers=2, n_heads=2)
    return named(getattr(transformers, cls)(config))


def llama_classifier():
    return named(transformers.LlamaForSequenceClassification(transformers.LlamaConfig(**SMALL, num_labels=3)))


def whisper():
    config = transformers.WhisperConfig(
        vocab_size=50, d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2, num_mel_bins=8,
        decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16, pad_token_id=0, bos_token_id=1,
        eos_token_id=2, decoder_start_token_id=1,
    )  # fmt: skip
    return named(transformers.WhisperForConditionalGeneration(config))


def resnet():
    config = transformers.ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], num_labels=2)
    return named(transformers.ResNetForImageClassification(config))


class Attending(torch.nn.Module):
    """A module of PyTorch's own attention, a grouped convolution and an embedding."""

    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(30, 16)
        self.conv = torch.nn.Conv2d(16, 16, 3, groups=2)
        self.conv1 = torch.nn.Conv1d(16, 8, 3)
        self.mha = torch.nn.MultiheadAttention(16, 2)

    def forward(self, x):
        return self.embed(x)


def lora(**options):
    return lambda: peft.LoraConfig(**{"r": 4, "target_modules": ATTENTION, "task_type": "CAUSAL_LM", **options})


def small(task, **options):
    return lora(task_type=task, **{"target_modules": ["q_lin"], **options})


OTHERS = ["embed", "conv", "conv1", "mha"]
LORA = {
    "plain": (llama, lora()),
    "auto mapping": (llama, lora(task_type=None)),
    "whisper": (whisper, lora(task_type=None)),
    "dora": (llama, lora(use_dora=True)),
    "rslora": (llama, lora(use_rslora=True)),
    "pissa": (llama, lora(init_lora_weights="pissa_niter_2")),
    "olora": (llama, lora(init_lora_weights="olora")),
    "all linear": (llama, lora(target_modules="all-linear")),
    "expression": (llama, lora(target_modules=r".*\.layers\.[01]\.self_attn\.(q|v)_proj")),
    "rank pattern": (llama, lora(rank_pattern={"v_proj": 2, "layers.0.self_attn.q_proj": 8})),
    "rank expression": (llama, lora(rank_pattern={r"layers\.[01]\.self_attn\.q_proj": 8})),
    "alpha pattern": (llama, lora(alpha_pattern={"v_proj": 2})),
    "bias all": (gpt2, lora(target_modules=["c_attn"], bias="all", fan_in_fan_out=True)),
    "bias of its layers": (gpt2, lora(target_modules=["c_attn"], bias="lora_only", fan_in_fan_out=True)),
    "bias of B": (llama, lora(lora_bias=True)),
    "embedding": (llama, lora(target_modules=[*ATTENTION, "embed_tokens"])),
    "head": (llama, lora(target_modules=[*ATTENTION, "lm_head"])),
    "head tied": (lambda: llama(tie_word_embeddings=True), lora(target_modules=[*ATTENTION, "embed_tokens"])),
    "saved": (llama, lora(modules_to_save=["embed_tokens", "lm_head"])),
    "saved by path": (llama, lora(modules_to_save=["model.embed_tokens", "layers.1.mlp"])),
    "trained tokens": (llama, lora(trainable_token_indices=[1, 2])),
    "trained tokens by name": (llama, lora(trainable_token_indices={"embed_tokens": [3]})),
    "trained tokens tied": (lambda: llama(tie_word_embeddings=True), lora(trainable_token_indices=[1])),
    "sequence classifier": (llama_classifier, lora(task_type="SEQ_CLS")),
    "distilbert": (classifier, small("SEQ_CLS")),
    "distilbert listed": (classifier, small("SEQ_CLS", modules_to_save=["pre_classifier"])),
    "tokens": (lambda: classifier("DistilBertForTokenClassification"), small("TOKEN_CLS")),
    "answers": (lambda: classifier("DistilBertForQuestionAnswering"), small("QUESTION_ANS")),
    "convolution": (resnet, lora(task_type=None, target_modules=["convolution"])),
    "convolution and dora": (resnet, lora(task_type=None, target_modules=["convolution"], use_dora=True)),
    "other modules": (Attending, small("FEATURE_EXTRACTION", target_modules=OTHERS)),
    "experts": (mixtral, lora(target_parameters=["mlp.experts.gate_up_proj"], target_modules=[])),
    "two experts": (mixtral, lora(target_parameters=["mlp.experts.gate_up_proj", "mlp.experts.down_proj"])),
    "experts and rank": (mixtral, lora(target_parameters=["mlp.experts.down_proj"], rank_pattern={"q_proj": 2})),
    "blocks": (llama, lambda: lora(use_bdlora=peft.BdLoraConfig(target_modules_bd_a=["q_proj"], nblocks=2,
                                                                target_modules_bd_b=["v_proj"]))()),
    "kasa": (llama, lambda: lora(kasa_config=peft.tuners.lora.config.KasaConfig())()),
}  # fmt: skip


def save(tmp_path, model, config, **options):
    torch.manual_seed(0)
    wrapped = peft.get_peft_model(model(), config())
    wrapped.save_pretrained(tmp_path, **options)
    return wrapped


@pytest.mark.parametrize("name", LORA)
def test_what_peft_saves_of_lora_is_understood(tmp_path, name):
    model, config = LORA[name]
    save(tmp_path, model, config)
    report = verify_adapter(tmp_path)
    assert report.problems == (), [tensor.name for tensor in read_header(tmp_path / WEIGHTS)]
    assert report.passed and report.modules and report.n_parameters


@pytest.mark.parametrize("name", ["plain", "embedding", "experts"])
def test_the_embeddings_that_peft_adds_are_understood(tmp_path, name):
    save(tmp_path, *LORA[name], save_embedding_layers=True)
    report = verify_adapter(tmp_path)
    assert report.passed and any("vocabulary" in note for note in report.notes)


def test_adapters_of_other_names_are_checked_too(tmp_path):
    wrapped = peft.get_peft_model(llama(), lora()())
    wrapped.add_adapter("second", lora(r=2)())
    wrapped.save_pretrained(tmp_path)
    assert verify_adapter(tmp_path).passed
    path = tmp_path / "second" / CONFIG
    path.write_text(path.read_text().replace('"r": 2', '"r": 3'))
    assert any("says rank 3" in problem for problem in verify_adapter(tmp_path).problems)


def test_an_adapter_of_another_rank_is_refused_whatever_peft_wrote_it(tmp_path):
    save(tmp_path, *LORA["rank pattern"])
    config = json.loads((tmp_path / CONFIG).read_text())
    (tmp_path / CONFIG).write_text(json.dumps({**config, "rank_pattern": {"q_proj": 2}}))
    assert len(verify_adapter(tmp_path).problems) == 4  # both projections of both layers


def test_the_pickled_form_of_the_same_adapter_is_refused(tmp_path):
    save(tmp_path, *LORA["plain"], safe_serialization=False)
    assert any("pickled weights" in problem for problem in verify_adapter(tmp_path).problems)


OTHER = {
    "ADALORA": {"target_modules": ATTENTION, "total_step": 10},
    "ADAPTION_PROMPT": {"adapter_len": 2, "adapter_layers": 1},
    "BOFT": {"target_modules": ATTENTION, "boft_block_size": 4},
    "C3A": {"target_modules": ATTENTION, "block_size": 16},
    "FOURIERFT": {"target_modules": ATTENTION, "n_frequency": 4},
    "IA3": {"target_modules": ["k_proj", "down_proj"], "feedforward_modules": ["down_proj"]},
    "LN_TUNING": {"target_modules": ["input_layernorm"]},
    "MISS": {"target_modules": ATTENTION, "r": 4},
    "PSOFT": {"target_modules": ATTENTION, "r": 4},
    "ROAD": {"target_modules": ATTENTION, "group_size": 16},
    "SHIRA": {"target_modules": ATTENTION, "r": 2},
    "VBLORA": {"target_modules": ATTENTION, "vector_length": 4, "num_vectors": 8},
    "WAVEFT": {"target_modules": ATTENTION, "n_frequency": 8},
    "TRAINABLE_TOKENS": {"target_modules": ["embed_tokens"], "token_indices": [1]},
    "PROMPT_TUNING": {"num_virtual_tokens": 2},
    "PREFIX_TUNING": {"num_virtual_tokens": 2},
    "P_TUNING": {"num_virtual_tokens": 2, "encoder_hidden_size": 8},
    "MULTITASK_PROMPT_TUNING": {"num_virtual_tokens": 2},
    "CPT": None,
    "CARTRIDGE": None,
    "XLORA": None,
}


@pytest.mark.parametrize("kind", sorted(kind.value for kind in peft.mapping.PEFT_TYPE_TO_CONFIG_MAPPING))
def test_every_type_that_peft_has_is_known(tmp_path, kind):
    assert kind in {*PREFIXES, *PROMPTS}
    options = OTHER.get(kind, {"target_modules": ATTENTION})
    if options is None:
        pytest.skip("needs adapters or prompts of other files")
    try:
        config = peft.mapping.PEFT_TYPE_TO_CONFIG_MAPPING[peft.PeftType(kind)](task_type="CAUSAL_LM", **options)
        save(tmp_path, llama, lambda: config)
    except Exception as cannot:  # the tiny model lacks what this type needs
        pytest.skip(f"PEFT cannot put it on this model: {type(cannot).__name__}: {cannot}")
    report = verify_adapter(tmp_path)
    assert report.problems == (), [tensor.name for tensor in read_header(tmp_path / WEIGHTS)][:5]
    assert report.kind == kind
