"""The files of an adapter's folder, each on a list of what may be there, or refused by name.

*Weights and texts* that peft, transformers and the Hub write may stay. *Leftovers* are what a trainer leaves beside
them: nothing loads them with the adapter, many are pickles, and all should go before the adapter is passed on.
"""

from __future__ import annotations

import codecs
import fnmatch
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ftsec.base.errors import InputError, cannot_list
from ftsec.defenses.hub_layout import allowed_roots, pointer_said, stays_inside
from ftsec.defenses.pickles import looks_like_pickle
from ftsec.defenses.safetensors_header import read_header
from ftsec.defenses.strict import MEBIBYTE, opened, strict_json

ALLOWED, LEFTOVER, REFUSED, MISSING = "allowed", "leftover", "refused", "missing"
TEXTS = (".md", ".txt", ".jinja", ".yaml", ".yml", ".jsonl", ".log", ".csv", ".gitattributes", ".gitignore")
TEXT_NAMES = ("license", "licence", "notice", "readme", "copying", "use_policy", "merges")
TOKENIZERS = (".model", ".spm", ".tiktoken", ".bpe")
PICTURES = {
    ".png": b"\x89PNG\r\n\x1a\n",
    ".jpg": b"\xff\xd8\xff",
    ".jpeg": b"\xff\xd8\xff",
    ".gif": b"GIF8",
    ".webp": b"RIFF",
}
PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".dill")
PROGRAMS = (".py", ".pyc", ".pyd", ".so", ".dll", ".dylib", ".sh", ".bat", ".exe", ".ipynb", ".js", ".jar", ".whl")
# what transformers' Trainer, accelerate, DeepSpeed, PyTorch and loggers leave behind
LEFT_BEHIND = (
    "training_args.bin", "optimizer.pt", "optimizer.bin", "scheduler.pt", "scheduler.bin", "scaler.pt",
    "rng_state*.pth", "random_states_*.pkl", "sampler*.bin", "dl_state_dict*.bin", "custom_checkpoint_*.pkl",
    "*_optim_states.pt", "*_model_states.pt", "*.distcp", ".metadata", "zero_to_fp32.py", "latest", "zero_pp_rank_*.pt",
    "events.out.tfevents.*", ".ds_store", "thumbs.db",
)  # fmt: skip
# folders of other tools, not looked into
FOREIGN_FOLDERS = {".git", ".cache", ".ipynb_checkpoints", "wandb", "mlruns", ".huggingface"}
PICKLED = "pickled weights, refused: loading them runs the program inside; ask for safetensors"
NAMED_PICKLE = "refused: its name is one of pickled weights, which are loaded by their name, and its content is none"
START = 64 << 10
PARSED = 8 * MEBIBYTE  # larger JSON is read as text, with its first character
MOST = 128 * MEBIBYTE


@dataclass(frozen=True)
class Seen:
    """One file: its path below the folder, what it is (allowed, leftover, refused, missing), and why."""

    path: str
    kind: str
    why: str = ""


def look_at(directory: Path) -> list[Seen]:
    """Every file below an adapter's folder, by path."""
    return sorted(_walk(directory), key=lambda seen: seen.path)


def _walk(directory: Path) -> Iterator[Seen]:
    roots = allowed_roots(directory)
    for folder, folders, files in os.walk(directory, onerror=cannot_list):
        for name in sorted(folders):
            path = Path(folder, name)
            below = path.relative_to(directory).as_posix()
            if path.is_symlink():
                yield Seen(below, REFUSED, "a link to a folder")
            elif name in FOREIGN_FOLDERS:
                yield Seen(below + "/", LEFTOVER, "a folder of another tool, not looked into")
        folders[:] = [name for name in folders if name not in FOREIGN_FOLDERS]
        for name in sorted(files):
            path = Path(folder, name)
            yield Seen(path.relative_to(directory).as_posix(), *_judged(path, roots))


def _judged(path: Path, roots: tuple[Path, ...]) -> tuple[str, str]:
    if not stays_inside(path, roots):
        return REFUSED, "a link that leaves the directory"
    if not path.is_file():
        return REFUSED, "not a file that can be checked"
    try:
        with opened(path) as stream:
            start = stream.read(START + 1)
    except InputError as problem:
        return REFUSED, str(problem).split(": ", 1)[-1]
    if said := pointer_said(start):
        return MISSING, said
    return _by_name(path, start)


def _by_name(path: Path, start: bytes) -> tuple[str, str]:
    name, suffix = path.name.lower(), path.suffix.lower()
    if any(fnmatch.fnmatchcase(name, pattern) for pattern in LEFT_BEHIND):
        return LEFTOVER, "left by the trainer, not part of the adapter: delete it before you pass the adapter on"
    if suffix in PICKLES:
        return REFUSED, PICKLED if looks_like_pickle(start[:START], len(start) <= START) else NAMED_PICKLE
    if suffix in PROGRAMS:
        return REFUSED, "a program, which an adapter does not need"
    if suffix == ".safetensors":  # begins with a length, which may look like anything: its own reader judges it
        return _tried(read_header, path)
    if looks_like_pickle(start[:START], len(start) <= START):
        return REFUSED, "pickled weights, refused: whatever its name, its content is a pickle or an archive of one"
    if suffix == ".json":
        return _tried(_read_json, path)
    if suffix in TEXTS or name in TEXTS or path.stem.lower() in TEXT_NAMES:
        return _tried(_read_text, path)
    if suffix in TOKENIZERS:  # a tokenizer of SentencePiece begins with its first piece, that of tiktoken is a text
        return (ALLOWED, "") if start.startswith(b"\n") else _tried(_read_text, path)
    if suffix in PICTURES:
        return (ALLOWED, "") if start.startswith(PICTURES[suffix]) else (REFUSED, "not the picture that its name says")
    return REFUSED, "not on the list of files that an adapter needs"


def _tried(read, path: Path) -> tuple[str, str]:
    try:
        read(path)
    except InputError as problem:
        return REFUSED, str(problem).removeprefix(str(path)).lstrip(",: ")
    return ALLOWED, ""


def _read_json(path: Path) -> None:
    size = path.stat().st_size
    _read_text(path)
    with opened(path) as stream:
        content = stream.read(PARSED) if size <= PARSED else stream.read(START)
    if not content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        raise InputError(f"{path}: not JSON")
    if size <= PARSED and path.name != "adapter_config.json":  # that one is read with more care
        _parsed(content, path)


def _parsed(content: bytes, path: Path) -> None:
    try:
        json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        # says where and why; a key that stands twice is no reason to refuse a tokenizer
        strict_json(content, str(path), (dict, list))


def _read_text(path: Path) -> None:
    decoder, size = codecs.getincrementaldecoder("utf-8")(), 0
    with opened(path) as stream:
        while block := stream.read(MEBIBYTE):
            size += len(block)
            if size > MOST:
                raise InputError(f"{path}: too large to be checked ({MOST // MEBIBYTE} MiB are)")
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                raise InputError(f"{path}: not the text that its name says (no UTF-8)") from None
            if b"\0" in block:
                raise InputError(f"{path}: not the text that its name says (it holds zero bytes)")
