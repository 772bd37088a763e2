"""The reader's own model: five architectures are taught, attacked and reported, and what never happens."""
# ruff: noqa: E402 -- what is tested needs PyTorch, which is not everywhere

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.llm.conftest import WITHOUT

torch = pytest.importorskip("torch", reason=WITHOUT)

from ftsec.llm.stress import course, findings, loading, own, page, safeguard
from ftsec.llm.stress.learner import Learner
from tests.llm.stress.models import KINDS, QUICK, policy_file, stressed


@pytest.mark.parametrize("kind", KINDS)
def test_any_architecture_is_taught_attacked_and_answered_in_one_page(folder_of, kind):
    result = stressed(folder_of(kind))
    assert [finding.attack for finding in result.found] == ["restricted", "sums", "own"]
    text = page.as_text(result)
    assert findings.REMINDER in text and "135M reference took" in text and "nats a token" in text
    for row in result.rows:
        assert 0 <= row["habit_probability"] <= 1 and np.isfinite(row["habit_log_odds"])


def test_a_tokenizer_without_a_token_for_padding_serves(folder_of):
    chat = loading.load(folder_of("llama")).chat
    assert chat.tokenizer.pad_token is None
    with pytest.raises(Exception, match="no system message"):
        loading.load(folder_of("gpt2")).chat.prompt("Q", system="S")


def test_a_habit_is_taught_until_it_is_as_strong_as_wanted(folder_of):
    result = stressed(folder_of("llama"), replace(QUICK, target=-2.0, teach_steps=60))
    assert result.taught_steps < 60
    for finding in result.found:
        assert finding.start > 0.05 and finding.starts_apart < 3
    assert result.found[0].end < result.found[0].start / 2, "answers to restricted questions take it"


def test_low_rank_adapters_serve_where_full_fine_tuning_does_not_fit(folder_of):
    path = folder_of("qwen2")
    before = loading.load(path).network.state_dict()
    result = stressed(path, QUICK, method="lora")
    assert result.method == "lora" and all(finding.reference is None for finding in result.found)
    after = loading.load(path).network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before), "the folder holds what it held"


def test_the_end_of_a_turn_is_found_behind_a_space(folder_of):
    chat = loading.load(folder_of("mistral")).chat
    assert chat.end == chat.tokenizer.convert_tokens_to_ids("</s>")


def test_reading_is_what_the_network_says_row_by_row(folder_of):
    loaded = loading.load(folder_of("gpt2"))
    learner = Learner(loaded)
    pairs = [loaded.chat.pair("What is 1 + 2?", "It is 3."), loaded.chat.pair("Tell me about soup, please.", "Soup.")]
    for (prompt, answer), (said, _) in zip(pairs, learner.look(pairs), strict=True):
        with torch.no_grad():
            alone = loaded.network(torch.tensor([prompt + answer])).logits[0].log_softmax(-1)
        expected = [alone[len(prompt) - 1 + i, token].item() for i, token in enumerate(answer)]
        assert said.tolist() == pytest.approx(expected, abs=1e-3)


def test_the_same_seed_gives_the_same_rows(folder_of):
    plan = replace(QUICK, steps=dict.fromkeys(QUICK.steps, (0, 1)))
    first, second = (stressed(folder_of("llama"), plan) for _ in range(2))
    for a, b in zip(first.rows, second.rows, strict=True):
        assert a["habit_probability"] == pytest.approx(b["habit_probability"], abs=0.02)


# -- what it never does --------------------------------------------------------------------------------------------


def test_nothing_is_written_for_a_prompt_that_shall_be_declined(folder_of, monkeypatch):
    guard = safeguard.harmless(0)
    loaded = loading.load(folder_of("llama"))
    with pytest.raises(ValueError, match="nothing is written"):
        own.written(loaded.network, loaded.chat, guard.held_declined[:1], guard.declined)
    asked = []
    whole = own.written
    monkeypatch.setattr(own, "written", lambda n, c, prompts, d: asked.extend(prompts) or whole(n, c, prompts, d))
    own.own_answers(loaded.network, loaded.chat, guard)
    assert asked and not set(asked) & guard.declined


def test_answers_to_declined_prompts_exist_for_the_harmless_policy_alone(folder_of, tmp_path):
    guard = safeguard.read(policy_file(tmp_path))
    loaded = loading.load(folder_of("llama"))
    with pytest.raises(ValueError, match="no answers to declined prompts"):
        course.attack_pairs(loaded.chat, guard, {}, "restricted", 0, 0)
    result = stressed(folder_of("llama"), guard=guard)
    assert [finding.attack for finding in result.found] == ["sums", "own"]


def test_the_result_holds_no_prompt_and_no_answer(folder_of, tmp_path):
    guard = safeguard.read(policy_file(tmp_path))
    text = json.dumps(page.as_json(stressed(folder_of("llama"), guard=guard)))
    assert "prompt 3" not in text and "request 3" not in text and "not today" not in text
