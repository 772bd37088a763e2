"""Loading the reader's model: what is in the folder, whether it fits, and by which method it can be trained."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ftsec.base.errors import InputError
from ftsec.llm.chat import Chat

if TYPE_CHECKING:
    import torch

# bytes a weight: itself, its gradient, two moments of AdamW, and copies of the base and of the taught habit; for LoRA
# the weight alone, once in single precision and once in bf16
PER_WEIGHT = {"full": 24, "lora": 4, "lora_bf16": 2}
ROWS, LENGTH = 32, 64  # of a training batch: its logits and their gradients stand in memory


@dataclass(frozen=True, eq=False)
class Loaded:
    """A network with its chat, and the method that its size leaves."""

    network: torch.nn.Module
    chat: Chat
    name: str
    method: str
    n_weights: int


class AnyChat(Chat):
    """A chat whose template may put a space before the sign that ends a turn."""

    def __post_init__(self) -> None:
        try:
            super().__post_init__()
            turns = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "ANSWER"}]
            tail = self.tokenizer.apply_chat_template(turns, tokenize=False).rpartition("ANSWER")[2]
            self.prompt("Q")
        except InputError:
            raise
        except Exception as error:  # a template is a program of its own
            raise InputError(f"the chat template cannot show one question and its answer: {_first(error)}") from error
        special = [token for token in self.tokens(tail) if token in set(self.tokenizer.all_special_ids)]
        object.__setattr__(self, "end", (special or self.tokens(tail.strip()) or [self.end])[0])


def load(folder: Path, method: str = "auto", device: str = "cpu") -> Loaded:
    """The model of a folder as ``save_pretrained`` writes it; nothing is downloaded and no code of the folder runs.

    Raises:
        InputError: if it holds no language model, has no chat template, or does not fit into memory.
    """
    os.environ["HF_HUB_OFFLINE"] = "1"
    from transformers import AutoConfig, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()
    if not (folder / "config.json").is_file():
        raise InputError(f"{folder} holds no model: there is no config.json in it")
    config = _tried(folder, "configuration", AutoConfig.from_pretrained)
    chat = AnyChat(_tried(folder, "tokenizer", AutoTokenizer.from_pretrained))
    n_weights = _count(folder, config)
    chosen, half = _fitting(n_weights, len(chat.tokenizer), method, free_bytes(device))
    return Loaded(_network(folder, half), chat, folder.resolve().name, chosen, n_weights)


def _tried(folder: Path, what: str, make):
    """What `make` reads from the folder; whatever goes wrong there is one sentence."""
    try:
        return make(folder, local_files_only=True)
    except ImportError:
        raise
    except Exception as error:  # files of strangers fail in many ways
        raise InputError(f"the {what} in {folder} cannot be loaded: {_first(error)}") from error


def _network(folder: Path, half: bool) -> torch.nn.Module:
    import torch
    from transformers import AutoModelForCausalLM

    options = {"dtype": torch.bfloat16 if half else torch.float32, "output_loading_info": True}
    network, about = _tried(folder, "model", lambda *a, **k: AutoModelForCausalLM.from_pretrained(*a, **k, **options))
    if missing := sorted(about["missing_keys"]):
        raise InputError(f"the model in {folder} cannot be used: weights are missing, among them {missing[0]}")
    network.eval()
    network.config.use_cache = False
    return network


def _count(folder: Path, config) -> int:
    """Weights of the model, counted without loading one."""
    import torch
    from transformers import AutoModelForCausalLM

    try:
        with torch.device("meta"):
            return sum(p.numel() for p in AutoModelForCausalLM.from_config(config).parameters())
    except Exception as error:
        raise InputError(f"{folder} holds no language model that writes text: {_first(error)}") from error


def _fitting(n_weights: int, n_tokens: int, method: str, free: int) -> tuple[str, bool]:
    """The method, and whether weights are loaded in bf16.

    Raises:
        InputError: if nothing fits.
    """
    work = 16 * ROWS * LENGTH * n_tokens
    need = {name: per_weight * n_weights + work for name, per_weight in PER_WEIGHT.items()}
    for name in PER_WEIGHT:
        if method in ("auto", name.partition("_")[0]) and need[name] <= free:
            return name.partition("_")[0], name.endswith("bf16")
    least = need["full" if method == "full" else "lora_bf16"]
    more = "; --method lora needs less" if method == "full" else ""
    raise InputError(
        f"too little memory: {n_weights / 1e6:.0f} million weights need {_gigabytes(least)} and "
        f"{_gigabytes(free)} are free{more}"
    )


def free_bytes(device: str) -> int:
    """Memory that can be had on a device."""
    if device == "cuda":
        import torch

        return torch.cuda.mem_get_info()[0]
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"


def _first(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
