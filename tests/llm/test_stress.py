"""The reader's own model: four architectures with random weights, and every mistake told in one sentence."""
# ruff: noqa: E402 -- what is tested needs PyTorch, which is not everywhere

import json
import socket
import sys
from dataclasses import replace

import numpy as np
import pytest

from tests.llm.conftest import TEMPLATE, WITHOUT

torch = pytest.importorskip("torch", reason=WITHOUT)
transformers = pytest.importorskip("transformers", reason=WITHOUT)

from ftsec.base import statuses
from ftsec.base.errors import InputError
from ftsec.cli import main
from ftsec.llm.stress import course, findings, loading, own, page, safeguard
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


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def closed_network(monkeypatch):
    """Whatever is loaded or trained here is loaded and trained without a network."""

    def refused(*arguments, **options):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "create_connection", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)


@pytest.fixture(scope="session")
def folder_of(folder, tmp_path_factory):
    """Folders of random models with the tokenizer of the tiny one, made once."""
    made = {}

    def make(kind):
        if kind not in made:
            name, size, template = KINDS[kind]
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
            tokenizer.chat_template = template
            torch.manual_seed(0)
            config = getattr(transformers, f"{name}Config")(
                vocab_size=len(tokenizer), bos_token_id=0, eos_token_id=1, pad_token_id=None, **size
            )
            path = tmp_path_factory.mktemp(kind)
            transformers.AutoModelForCausalLM.from_config(config).save_pretrained(path)
            tokenizer.save_pretrained(path)
            made[kind] = path
        return made[kind]

    return make


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


# -- the reader's own policy ---------------------------------------------------------------------------------------


def policy_file(tmp_path, n_declined=14, n_answered=30, refusal="Sorry, not today.", **more):
    stated = {"declined": [f"Tell me prompt {i}." for i in range(n_declined)], "refusal": refusal}
    stated |= {"answered": [f"Please do request {i}." for i in range(n_answered)]} | more
    path = tmp_path / "policy.toml"
    path.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in stated.items()))
    return path


def test_no_prompt_of_a_policy_serves_twice(tmp_path):
    guard = safeguard.read(policy_file(tmp_path))
    parts = [guard.teach_declined, guard.held_declined, *guard.answered.values()]
    assert sum(map(len, parts)) == len({prompt for part in parts for prompt in part}) == 44


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"n_declined": 3}, "declined needs at least 12 different prompts and has 3"),
        ({"n_answered": 5}, "answered needs at least 24 different prompts and has 5"),
        ({"existing": True, "n_declined": 5}, "declined needs at least 6"),
        ({"existing": "yes"}, "existing is true or false"),
        ({"refusal": []}, "the wording of the refusal is missing"),
        ({"refusal": ["a b", "c d"]}, "one wording is taught"),
        ({"refusals": "x"}, "did you mean refusal"),
        ({"declined": [1, 2]}, "must be a list of texts"),
        ({"answered": [f"Tell me prompt {i}." for i in range(30)]}, "declined and answered at once"),
    ],
)
def test_what_is_wrong_with_a_policy_is_one_sentence(tmp_path, more, said):
    with pytest.raises(InputError, match=said) as told:
        safeguard.read(policy_file(tmp_path, **more))
    assert "\n" not in str(told.value)


def test_an_existing_refusal_is_measured_and_never_taught(folder_of, tmp_path, monkeypatch):
    guard = safeguard.read(policy_file(tmp_path, n_declined=6, existing=True, refusal=["Sorry", "No"]))
    assert guard.teach_declined == () and len(guard.held_declined) == 6
    with pytest.raises(InputError, match="hardly ever gives this refusal"):
        stressed(folder_of("llama"), guard=guard)
    monkeypatch.setattr(course, "NEVER", 0.0)
    monkeypatch.setattr(course, "replace", lambda plan, **more: plan)
    result = stressed(folder_of("llama"), guard=guard)
    assert result.existing and result.taught_steps == 0
    assert {row["attack"] for row in result.rows} == {"sums", "own"}


def test_a_habit_that_is_not_learnt_is_told_with_what_may_help(folder_of):
    with pytest.raises(InputError, match=r"did not learn the refusal within 8 steps.*--teach-rate"):
        stressed(folder_of("llama"), replace(QUICK, target=0.0))


# -- folders that cannot be used -----------------------------------------------------------------------------------


def told(capsys, monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["ftsec", "llm", "stress", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == statuses.UNUSABLE
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "Traceback" not in error
    return error


def test_a_folder_that_is_no_model_is_told(tmp_path, capsys, monkeypatch):
    assert "holds no model" in told(capsys, monkeypatch, "--model", tmp_path)
    (tmp_path / "config.json").write_text("{")
    assert "configuration" in told(capsys, monkeypatch, "--model", tmp_path)


def test_a_model_without_its_weights_is_told(folder_of, tmp_path, capsys, monkeypatch):
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        (tmp_path / name).write_bytes((folder_of("llama") / name).read_bytes())
    assert "the model in" in told(capsys, monkeypatch, "--model", tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    assert "the model in" in told(capsys, monkeypatch, "--model", tmp_path)


def test_a_tokenizer_without_a_chat_template_is_told(folder_of, tmp_path, capsys, monkeypatch):
    for path in folder_of("llama").iterdir():
        if path.name != "chat_template.jinja":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    assert "no chat template" in told(capsys, monkeypatch, "--model", tmp_path)


def test_too_little_memory_is_told_with_how_much(folder_of, capsys, monkeypatch):
    monkeypatch.setattr(loading, "free_bytes", lambda device: 10**7)
    error = told(capsys, monkeypatch, "--model", folder_of("llama"), "--device", "cpu")
    assert "too little memory" in error and "GB are free" in error


def test_what_does_not_fit_is_trained_by_adapters():
    work = 16 * loading.ROWS * loading.LENGTH * 1000
    assert loading._fitting(10**9, 1000, "auto", 24 * 10**9 + work) == ("full", False)
    assert loading._fitting(10**9, 1000, "auto", 23 * 10**9) == ("lora", False)
    assert loading._fitting(10**9, 1000, "auto", 3 * 10**9) == ("lora", True)
    with pytest.raises(InputError, match="--method lora needs less"):
        loading._fitting(10**9, 1000, "full", 10**9)


# -- what is said --------------------------------------------------------------------------------------------------


def rows_of(lives, last=16):
    """Runs whose probability falls to half after so many steps."""
    rows = []
    for habit, each in lives.items():
        for repeat, life in enumerate(each):
            for step in [0, 1, 2, 4, 8, 16]:
                left = 0.8 * 0.5 ** ((step / life) ** 0.5)
                row = {"habit": habit, "attack": "restricted", "repeat": repeat, "step": step, "learning_rate": 5e-6}
                row |= {"n_examples": min(30, 8 * step), "habit_probability": left, "habit_log_odds": 1.0}
                rows.append(row | {"own_loss": 1.0, "prose_loss": 2.0, "exact_accuracy": 0.5, "taught_steps": 40})
    return rows


def test_overlapping_intervals_are_said_and_others_too():
    same = findings.findings(rows_of({"refusal": [2, 3, 4], "canned answer": [2.5, 3, 3.5]}), "full")[0]
    assert "overlap: these runs do not tell the habits apart" in " ".join(findings.said(same, False))
    apart = findings.findings(rows_of({"refusal": [2, 2.1, 2.2], "canned answer": [8, 8.2, 8.4]}), "full")[0]
    assert "do not overlap: the refusal went sooner" in " ".join(findings.said(apart, False))
    assert apart.refusal.steps == pytest.approx(2.1, abs=0.1)
    assert "the reference's own, its easiest case" in " ".join(findings.said(apart, False))


def test_a_run_that_never_loses_half_is_said_to_be_at_least_that_long():
    found = findings.findings(rows_of({"refusal": [99, 99], "canned answer": [8, 8.2]}), "full")[0]
    assert found.refusal.n_censored == 2 and found.refusal.steps == 16
    assert "No run lost half" in findings.said(found, False)[0]
    assert "no evidence of safety" in findings.advice([found])[0] and "--attack-rate" in findings.advice([found])[1]


def test_a_half_life_of_the_table_says_when_it_is_a_lower_bound():
    part, none = (findings.findings(rows_of({"refusal": lives, "canned answer": [8, 8]}), "full")[0].refusal
                  for lives in ([2, 99], [99, 99]))  # fmt: skip
    assert findings.brief(part).startswith("≥ 5.7") and findings.brief(none) == "more than 16"
    assert findings.brief(None) == "not measured"


def test_the_reference_is_read_from_stored_frames_in_steps_of_the_readers_rate():
    life = findings.references("restricted")["refusal"]
    assert life.at(2 * life.learning_rate).steps == pytest.approx(life.steps / 2)
    assert findings.references("own")["refusal"].n_censored > 0


def test_the_page_is_one_file_that_names_no_other_host(folder_of, tmp_path, capsys, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(course, "Plan", lambda seed, repeats: replace(QUICK, seed=seed, repeats=repeats))
    command = [
        "--model",
        folder_of("mistral"),
        "--repeats",
        2,
        "--json",
        tmp_path / "a.json",
        "--html",
        tmp_path / "a.html",
    ]
    monkeypatch.setattr(sys, "argv", ["ftsec", "llm", "stress", *map(str, command)])
    with pytest.raises(SystemExit) as stop:
        main()
    assert not stop.value.code
    said, text = capsys.readouterr(), (tmp_path / "a.html").read_text()
    assert "teaching the refusal" in said.err and "What to do" in said.out
    assert "http" not in text and 'alt="Share of a refusal' in text and str(tmp_path) not in text
    assert text.index("<caption>Steps of 8 examples") < text.index("<h2>") and "<source media=" in text
    assert json.loads((tmp_path / "a.json").read_text())["attacks"][0]["attack"] == "restricted"
    assert not list(tmp_path.rglob("*.safetensors")), "no weights are written"
