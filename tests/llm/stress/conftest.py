"""Random models of five architectures, and no network."""

import socket

import pytest

from tests.llm.conftest import WITHOUT


@pytest.fixture(autouse=True)
def one_thread():
    torch = pytest.importorskip("torch", reason=WITHOUT)
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
    torch = pytest.importorskip("torch", reason=WITHOUT)
    import transformers

    from tests.llm.stress.models import KINDS

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
