"""``adapter_config.json`` by the rules of PEFT 0.21: what it may say, and the rank that it gives a module.

PEFT itself imports what two keys name, and reads the keys of ``rank_pattern`` as regular expressions; an adapter from
elsewhere could misuse both, so both are bounded here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.defenses.hub_layout import pointer_said
from ftsec.defenses.measured import shown
from ftsec.defenses.strict import MEBIBYTE, read_bytes, strict_json

# type -> what the names of its weights hold (PEFT_TYPE_TO_PREFIX_MAPPING, its prefixes cut to what shared weights have)
PREFIXES = {
    "LORA": "lora_", "ADALORA": "lora_", "ADAMSS": "adamss_", "ADAPTION_PROMPT": "adaption_", "BEFT": "beft_",
    "BOFT": "boft_", "BONE": "bone_", "C3A": "c3a_", "DEFT": "deft_", "DELORA": "delora_", "FOURIERFT": "fourierft_",
    "FROD": "frod_", "GLORA": "glora_", "GRALORA": "gralora_", "HIRA": "hira_", "HRA": "hra_", "IA3": "ia3_",
    "LILY": "lily_", "LN_TUNING": "ln_tuning_", "LOHA": "hada_", "LOKR": "lokr_", "MISS": "miss_", "OFT": "oft_",
    "OSF": "osf_", "PEANUT": "peanut_", "POLY": "poly_", "PSOFT": "psoft_", "PVERA": "pvera_", "RANDLORA": "randlora_",
    "ROAD": "road_", "SHADOW": "shadow_", "SHIRA": "shira_", "SUPERTUNING": "supertuning_", "TINYLORA": "tinylora_",
    "TRAINABLE_TOKENS": "trainable_tokens_", "UNILORA": "unilora_", "VBLORA": "vblora_", "VERA": "vera_",
    "WAVEFT": "waveft_", "XLORA": "xlora_",
}  # fmt: skip
# these learn a prompt, which is saved under names of its own
PROMPTS = {"PROMPT_TUNING", "MULTITASK_PROMPT_TUNING", "P_TUNING", "PREFIX_TUNING", "CPT", "CARTRIDGE"}
LIBRARIES = ("transformers", "diffusers", "lerobot")  # PEFT's own list of what an adapter may make it import
MEGATRON = "megatron"
MODEL_PREFIX = "base_model.model."
LONGEST_NAME, MOST_REPEATS = 500, 4


@dataclass(frozen=True)
class PeftConfig:
    """What the check needs of the configuration.

    Attributes:
        kind: ``peft_type``.
        rank: of every module that no pattern matches; None where the type has none.
        ranks: pattern -> rank, in PEFT's order.
        whole: ``modules_to_save``.
        experts: ``target_parameters``.
        bias: ``none``, ``all``, or ``lora_only`` and the like.
        tokens: whether ``trainable_token_indices`` is set.
        notes: what is unusual and no reason to refuse.
    """

    kind: str
    base_model: str
    rank: int | None
    ranks: Mapping[str, int]
    whole: tuple[str, ...]
    experts: tuple[str, ...]
    bias: str
    task: str
    tokens: bool
    dora: bool
    blocks: bool
    notes: tuple[str, ...] = field(default=())

    def rank_of(self, module: str) -> int | None:
        """The rank that PEFT gives a module: that of the first pattern that matches the end of its path."""
        path = module.removeprefix(MODEL_PREFIX)
        for pattern, rank in self.ranks.items():
            if re.match(rf"(.*\.)?({pattern})$", path):
                return rank
        return self.rank


def read_config(path: Path) -> PeftConfig:
    """The configuration of an adapter.

    Raises:
        InputError: if PEFT could not have written it, or it names something to import that PEFT would not.
    """
    content = read_bytes(path, MEBIBYTE)
    if said := pointer_said(content):
        raise InputError(f"{path}: {said}")
    config = strict_json(content, str(path))
    kind = config.get("peft_type")
    if kind not in PREFIXES | dict.fromkeys(PROMPTS) if isinstance(kind, str) else True:
        raise InputError(f"{path}: peft_type must be one that PEFT has (LORA is the usual one), got {shown(kind)}")
    _check_imports(config, path)
    base, notes = _base_model(config)
    tokens = config.get("trainable_token_indices")
    return PeftConfig(
        kind,
        base,
        _rank(config, kind, path),
        _ranks(config, kind, path),
        _texts(config, "modules_to_save", path),
        _texts(config, "target_parameters", path),
        config.get("bias") if isinstance(config.get("bias"), str) else "none",
        str(config.get("task_type")),
        tokens not in (None, [], {}) or kind == "TRAINABLE_TOKENS",
        bool(config.get("use_dora")),
        bool(config.get("use_bdlora")),
        notes,
    )


def _base_model(config: Mapping) -> tuple[str, tuple[str, ...]]:
    base = config.get("base_model_name_or_path")
    if isinstance(base, str) and base:
        return base, ()
    return "", ("base_model_name_or_path is missing, so nobody knows what it adapts",)


def _check_imports(config: Mapping, path: Path) -> None:
    mapping, megatron = config.get("auto_mapping"), config.get("megatron_core")
    if mapping:
        library = mapping.get("parent_library") if isinstance(mapping, dict) else None
        if not isinstance(library, str) or not _below(library, LIBRARIES):
            raise InputError(f"{path}: auto_mapping names {shown(library)} to import; PEFT writes that for models of "
                             f"{', '.join(LIBRARIES)} and imports no other")  # fmt: skip
    if megatron is not None and not (isinstance(megatron, str) and _below(megatron, (MEGATRON,))):
        raise InputError(f"{path}: megatron_core names {shown(megatron)} to import")


def _below(library: str, allowed: tuple[str, ...]) -> bool:
    return any(library == one or library.startswith(f"{one}.") for one in allowed)


def _rank(config: Mapping, kind: str, path: Path) -> int | None:
    rank = config.get("r")
    if kind != "LORA":
        return rank if is_rank(rank) else None
    if not is_rank(rank):
        raise InputError(f"{path}: r must be a whole number from 1 on, got {shown(rank)}")
    return rank


def _ranks(config: Mapping, kind: str, path: Path) -> dict[str, int]:
    ranks = config.get("rank_pattern") or {}
    if kind != "LORA":  # AdaLoRA has another thing under this key
        return {}
    if not isinstance(ranks, dict):
        raise InputError(f"{path}: rank_pattern must be an object")
    for pattern, rank in ranks.items():
        if not is_rank(rank):
            raise InputError(
                f"{path}: rank_pattern must give {shown(pattern)} a whole number from 1 on, got {shown(rank)}"
            )
        _check_pattern(pattern, path)
    return ranks


def _check_pattern(pattern: str, path: Path) -> None:
    """Refuse a regular expression that could take for ever: PEFT would match it against every module."""
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        raise InputError(f"{path}: rank_pattern holds {shown(pattern)}, which is no regular expression") from None
    repeats = len(re.findall(r"[*+?{]", pattern))
    # a repeat of a group, or a reference back to one: where the time explodes
    if len(pattern) > LONGEST_NAME or repeats > MOST_REPEATS or re.search(r"\)[*+?{]|\(\?P?[=<!>]|\\[1-9]", pattern):
        raise InputError(f"{path}: rank_pattern holds {shown(pattern)}, which is more than the name of a module")


def _texts(config: Mapping, key: str, path: Path) -> tuple[str, ...]:
    values = config.get(key) or ()
    if not isinstance(values, list | tuple) or not all(isinstance(value, str) and value for value in values):
        raise InputError(f"{path}: {key} must be a list of names, got {shown(config.get(key))}")
    return tuple(values)


def is_rank(value: object) -> bool:
    return type(value) is int and 0 < value <= 1 << 31
