"""Folders that cannot be used are told in one sentence, and what does not fit is trained by adapters."""

import sys

import pytest

from tests.llm.conftest import WITHOUT

pytest.importorskip("torch", reason=WITHOUT)

from ftsec.base import statuses
from ftsec.base.errors import InputError
from ftsec.cli import main
from ftsec.llm.stress import loading


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
