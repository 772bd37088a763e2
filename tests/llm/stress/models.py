"""Five architectures for random models, a plan that takes seconds, and a policy of a reader."""

import json
from dataclasses import replace

import pytest

from tests.llm.conftest import TEMPLATE, WITHOUT

pytest.importorskip("torch", reason=WITHOUT)

from ftsec.llm.stress import course, findings, loading, page, safeguard
from ftsec.llm.stress.learner import Learner

SIZE = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
SIZE |= {"num_key_value_heads": 2, "max_position_embeddings": 256}
NO_SYSTEM = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system message') }}{% endif %}" + TEMPLATE
SPACED = TEMPLATE.replace("}}</s>", "}} </s>")
KINDS = {
    "llama": ("Llama", SIZE, TEMPLATE),
    "gpt2": ("GPT2", {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 256}, NO_SYSTEM),
    "qwen2": ("Qwen2", SIZE, TEMPLATE),
    "gemma2": ("Gemma2", SIZE | {"head_dim": 8, "query_pre_attn_scalar": 8}, NO_SYSTEM),
    "mistral": ("Mistral", SIZE, SPACED),
}
QUICK = course.Plan(
    repeats=2,
    teach_rate={"full": 1e-2, "lora": 2e-2},
    attack_rates={"restricted": 1e-2, "sums": 1e-2, "own": 1e-2},
    lora_rate=2e-2,
    steps={"restricted": (0, 1, 2), "sums": (0, 1, 2), "own": (0, 1, 2)},
    teach_steps=8,
    target=-30.0,
)


def small(guard):
    """The same policy with few prompts, of which the first are seen again and again."""
    answered = {part: prompts[:12] for part, prompts in guard.answered.items()}
    return replace(
        guard, teach_declined=guard.teach_declined[:48], held_declined=guard.held_declined[:6], answered=answered
    )


def stressed(path, plan=QUICK, guard=None, method="auto"):
    guard = guard or small(safeguard.harmless(0))
    loaded = loading.load(path, method)
    rows = course.course(Learner(loaded), loaded.chat, guard, plan)
    return page.Stressed.of(loaded, guard, findings.findings(rows, loaded.method), rows)


def policy_file(tmp_path, n_declined=14, n_answered=30, refusal="Sorry, not today.", **more):
    stated = {"declined": [f"Tell me prompt {i}." for i in range(n_declined)], "refusal": refusal}
    stated |= {"answered": [f"Please do request {i}." for i in range(n_answered)]} | more
    path = tmp_path / "policy.toml"
    path.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in stated.items()))
    return path
