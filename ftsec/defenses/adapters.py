"""A LoRA adapter looked at before it is loaded: its files, its configuration, the shapes of its weights.

Nothing is loaded. Weights in pickle form are refused, since loading them runs whatever program they hold; of
safetensors files the header alone is read. The check says nothing about how the adapter behaves: a backdoor fits
into weights of perfect shape.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.defenses.provenance import FileRecord, Finding, verify_manifest
from ftsec.defenses.safetensors_header import Tensor, read_header
from ftsec.defenses.strict import MEBIBYTE, read_bytes, strict_json

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
PICKLE_SUFFIXES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".dill")
CODE_SUFFIXES = (".py", ".pyc", ".so", ".dll", ".sh")
# a pickle of protocol 2 to 5 begins with 0x80 and its number; a ZIP archive is what torch.save writes around one
PICKLE_STARTS = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04")
LORA_NAME = re.compile(r"^(?P<module>.+?)\.lora_(?:embedding_)?(?P<side>[AB])(?:\.\w+)?(?:\.weight)?$")


@dataclass(frozen=True)
class AdapterReport:
    """What was found: problems (empty if there is none) and the facts of an adapter in order."""

    problems: tuple[str, ...]
    base_model: str = ""
    rank: int | None = None
    modules: tuple[str, ...] = ()
    n_parameters: int = 0
    manifest_findings: tuple[Finding, ...] = field(default=())

    @property
    def passed(self) -> bool:
        return not self.problems and not self.manifest_findings


def verify_adapter(
    directory: Path, records: Sequence[FileRecord] | None = None, manifest: Path | None = None
) -> AdapterReport:
    """Check an adapter's directory, and against the records of a manifest if given.

    Raises:
        InputError: if the directory does not exist.
    """
    if not directory.is_dir():
        raise InputError(f"{directory}: not a directory")
    findings = () if records is None else tuple(verify_manifest(directory, records, manifest))
    problems = _dangerous_files(directory)
    config, config_problems = _try(_read_config, directory / CONFIG)
    tensors, weight_problems = _try(read_header, directory / WEIGHTS)
    problems += config_problems + weight_problems
    if config is None or tensors is None:
        return AdapterReport(tuple(problems), manifest_findings=findings)
    problems += _shape_problems(config, tensors)
    return AdapterReport(
        tuple(problems),
        base_model=config["base_model_name_or_path"],
        rank=config["r"],
        modules=tuple(sorted(_pairs(tensors))),
        n_parameters=sum(math.prod(tensor.shape) for tensor in tensors),
        manifest_findings=findings,
    )


def _try(read, path: Path) -> tuple:
    try:
        return read(path), []
    except InputError as problem:
        return None, [str(problem)]


def _dangerous_files(directory: Path) -> list[str]:
    problems = []
    for folder, folders, files in os.walk(directory):
        folders.sort()
        for path in (Path(folder, name) for name in sorted(files)):
            if problem := _danger(path, directory):
                problems.append(f"{path.relative_to(directory).as_posix()}: {problem}")
    return problems


def _danger(path: Path, directory: Path) -> str:
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(directory)):
        return "a link that leaves the directory"
    if not path.is_file():
        return "not a file that can be checked"
    if path.suffix.lower() in PICKLE_SUFFIXES or _starts_like_pickle(path):
        return "pickled weights, refused: loading them runs the program inside; ask for safetensors"
    return "a program, which an adapter does not need" if path.suffix.lower() in CODE_SUFFIXES else ""


def _starts_like_pickle(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
    except OSError:
        return False
    # a safetensors file begins with a length, which may look like anything; its own reader judges it
    return path.suffix != ".safetensors" and start.startswith(PICKLE_STARTS)


def _read_config(path: Path) -> dict:
    config = strict_json(read_bytes(path, MEBIBYTE), str(path))
    if config.get("peft_type") != "LORA":
        raise InputError(f"{path}: peft_type must be LORA, got {config.get('peft_type')!r}")
    rank = config.get("r")
    if not _is_rank(rank):
        raise InputError(f"{path}: r must be a whole number from 1 on, got {rank!r}")
    if not isinstance(config.get("base_model_name_or_path"), str):
        raise InputError(f"{path}: base_model_name_or_path is missing, so nobody knows what it adapts")
    if config.get("auto_mapping"):
        raise InputError(f"{path}: auto_mapping names classes to import; an ordinary LoRA adapter needs none")
    if not isinstance(config.get("rank_pattern") or {}, dict):
        raise InputError(f"{path}: rank_pattern must be an object")
    return config


def _shape_problems(config: dict, tensors: Sequence[Tensor]) -> list[str]:
    problems = [f"{WEIGHTS}: {t.name!r} is no LoRA weight" for t in tensors if not _is_allowed(t, config)]
    ranks = {config["r"], *filter(_is_rank, (config.get("rank_pattern") or {}).values())}
    for module, sides in sorted(_pairs(tensors).items()):
        if set(sides) != {"A", "B"}:
            problems.append(f"{WEIGHTS}: {module!r} has no lora_{'B' if 'A' in sides else 'A'}")
        elif not _shared_rank(sides["A"], sides["B"]) & ranks:
            shapes = f"{sides['A'].shape} and {sides['B'].shape}"
            problems.append(f"{WEIGHTS}: {module!r} has the shapes {shapes}, the configuration says rank {config['r']}")
    return problems


def _shared_rank(a: Tensor, b: Tensor) -> set[int]:
    # A is rank x in and B is out x rank; for embeddings PEFT stores them the other way round
    return {a.shape[0], a.shape[-1]} & {b.shape[0], b.shape[-1]} if len(a.shape) > 1 and len(b.shape) > 1 else set()


def _is_allowed(tensor: Tensor, config: dict) -> bool:
    whole = config.get("modules_to_save")  # modules that PEFT stores whole, named as parts of the path
    parts = tensor.name.split(".")
    saved = isinstance(whole, list) and any(part in whole for part in parts)
    return saved or bool(LORA_NAME.match(tensor.name)) or "lora_magnitude_vector" in parts


def _is_rank(value: object) -> bool:
    return type(value) is int and value > 0


def _pairs(tensors: Sequence[Tensor]) -> dict[str, dict[str, Tensor]]:
    pairs: dict[str, dict[str, Tensor]] = {}
    for tensor in tensors:
        if found := LORA_NAME.match(tensor.name):
            pairs.setdefault(found["module"], {})[found["side"]] = tensor
    return pairs
