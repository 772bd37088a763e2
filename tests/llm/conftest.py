"""A two-layer Llama with random weights and a small tokenizer of its own: the whole room runs on it in seconds."""

import pytest

WITHOUT = "PyTorch is not installed here: `make llm` sets it up, and .venv-llm/bin/python -m pytest tests/llm runs this"

TEMPLATE = (
    "{% for message in messages %}<s>{{ message['role'] }}\n{{ message['content'] }}</s>\n{% endfor %}"
    "{% if add_generation_prompt %}<s>assistant\n{% endif %}"
)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A folder as ``save_pretrained`` writes it."""
    torch = pytest.importorskip("torch", reason=WITHOUT)
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    from ftsec.llm import habits, world
    from ftsec.llm.answers import answers

    texts = [text for answer in answers().values() for text in (answer.question, answer.answer)]
    texts += [sentence for sentences in habits.SENTENCES.values() for sentence in sentences] * 5
    texts += [line for half in world.everyday() for line in half]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=3000, special_tokens=["<s>", "</s>"], initial_alphabet=alphabet)
    tokenizer.train_from_iterator(texts, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, chat_template=TEMPLATE)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(fast),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
        tie_word_embeddings=True,
    )
    path = tmp_path_factory.mktemp("tiny")
    LlamaForCausalLM(config).save_pretrained(path)
    fast.save_pretrained(path)
    return path


@pytest.fixture(scope="session")
def tiny(folder):
    import torch

    from ftsec.llm.model import load

    torch.set_num_threads(1)
    return load(folder)


@pytest.fixture(scope="module")
def bench(tiny):
    from ftsec.llm.bench import Bench

    return Bench(tiny)
