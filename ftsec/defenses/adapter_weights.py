"""The weights of an adapter by the names and shapes that PEFT's own saving code gives them.

What is no low-rank pair must have a reason in the configuration: a module saved whole, a bias, trained tokens, the
vocabulary. The rules are those of ``get_peft_model_state_dict`` and of the wrappers that it asks.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from ftsec.defenses.peft_config import LONGEST_NAME, PREFIXES, PROMPTS, PeftConfig
from ftsec.defenses.safetensors_header import Tensor

LISTED = "listed"
PAIR = re.compile(r"^(?P<module>.+?)\.lora_(?P<embedding>embedding_)?(?P<side>[AB])(?:\.(?!bias$)\w+)?(?:\.weight)?$")
# other parts of a LoRA layer: DoRA, a trained bias of B, KaSA, MonteCLoRA, Arrow
LORA_PARTS = re.compile(
    r"\.lora_(?:magnitude_vector|B\.(?:\w+\.)?bias|diag|monteclora_sampler|arrow|E|ranknum)(?:\.|$)"
)
PROMPT_NAMES = re.compile(r"^(?:prompt_embeddings|prefix_task_(?:cols|rows)|(?:.*\.)?prompt_encoder\..+)$")
TOKENS = re.compile(r"\.(?:token_adapter\.)?trainable_tokens_(?:delta|original)(?:\.\w+)?$")
# PEFT saves these whole if the vocabulary was resized or they are trained (get_input_embeddings of the usual models)
EMBEDDINGS = re.compile(
    r"\.(?:embed_tokens|lm_head|wte|embed_in|embed_out|word_embeddings|tok_embeddings|shared|output_projection|decoder|"
    r"proj_out|embeddings)(?:\.base_layer)?\.(?:weight|bias)$"
)
# of a classifier's head: PEFT trains it without being told, and older versions did not list it
HEADS = {"SEQ_CLS": ("classifier", "score"), "TOKEN_CLS": ("classifier", "score"), "QUESTION_ANS": ("qa_outputs",)}


@dataclass
class Judgement:
    """What the names and shapes say: problems, notes, the modules with a low-rank pair, weights stored whole."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)


def judge_weights(config: PeftConfig, tensors: Sequence[Tensor], file: str) -> Judgement:
    """Whether PEFT, with this configuration, could have written these names and shapes."""
    found, pairs, others = Judgement(), {}, []
    for tensor in tensors:
        if len(tensor.name) > LONGEST_NAME:
            found.problems.append(f"{file}: the name of a weight has {len(tensor.name)} characters")
        elif (pair := PAIR.match(tensor.name)) and config.kind == "LORA":
            pairs.setdefault(pair["module"], {})[pair["side"]] = tensor
        elif not _is_of_its_type(tensor.name, config):
            others.append(tensor.name)
    for module, sides in sorted(pairs.items()):
        found.modules.append(module)
        found.problems += [f"{file}: {module!r} {said}" for said in _pair_problems(config, module, sides)]
    if not pairs and config.kind == "LORA" and not config.tokens:
        found.problems.append(f"{file}: holds no LoRA weight")
    for name in others:
        _judge_whole(name, config, pairs.keys(), found, file)
    if found.whole:
        found.notes.append(f"weights that are stored whole and replace the base model's: {len(found.whole)}, "
                           f"the first is {found.whole[0]!r}")  # fmt: skip
    return found


def _is_of_its_type(name: str, config: PeftConfig) -> bool:
    if config.kind in PROMPTS:
        return bool(PROMPT_NAMES.match(name))
    if config.kind == "LORA":
        part = LORA_PARTS.search(name)
        return bool(part) and (config.dora or "magnitude" not in part[0])
    return any(part.startswith(PREFIXES[config.kind]) for part in name.split("."))


def _judge_whole(name: str, config: PeftConfig, modules: Collection[str], found: Judgement, file: str) -> None:
    if reason := _reason(name, config, modules):
        found.whole.append(name)
        if reason != LISTED:
            found.notes.append(f"{name!r}: {reason}")
    else:
        kind = "LoRA" if config.kind == "LORA" else config.kind
        found.problems.append(f"{file}: {name!r} is no {kind} weight, and nothing in the configuration asks for it")


def _reason(name: str, config: PeftConfig, modules: Collection[str]) -> str:
    """Why PEFT would have stored this weight; empty if it would not."""
    if config.whole and any(path.endswith(config.whole) for path in _paths(name)):
        return LISTED  # PEFT compares the ends of the modules' paths, so classifier covers pre_classifier
    if config.tokens and TOKENS.search(name):
        return LISTED
    if name.endswith("bias") and (config.bias == "all" or _is_bias_of_its_layer(name, config, modules)):
        return LISTED
    if any(path.endswith(HEADS.get(config.task, ())) for path in _paths(name)):
        return "the head of a classifier, not listed in modules_to_save, as older versions of PEFT wrote it"
    if EMBEDDINGS.search(f".{name}"):
        return "the vocabulary's weights, which PEFT stores if it was resized or they are trained"
    return ""


def _is_bias_of_its_layer(name: str, config: PeftConfig, modules: Collection[str]) -> bool:
    # PEFT of 2026 saves the bias of a tuned layer as .base_layer.bias, before it was .bias
    return config.bias.endswith("_only") and name.removesuffix(".bias").removesuffix(".base_layer") in modules


def _paths(name: str) -> Iterator[str]:
    """The paths of the modules that a weight may belong to: every beginning of its name."""
    parts = name.split(".")
    return (".".join(parts[:end]) for end in range(1, len(parts)))


def _pair_problems(config: PeftConfig, module: str, sides: dict[str, Tensor]) -> list[str]:
    if set(sides) != {"A", "B"}:
        return [f"has no lora_{'B' if 'A' in sides else 'A'}"]
    a, b = sides["A"], sides["B"]
    if len(a.shape) < 2 or len(b.shape) < 2:
        return [f"has the shapes {a.shape} and {b.shape}, which are no matrices"]
    path = module
    while path.endswith(".base_layer"):  # two parameters of one module are tuned in layers around each other
        path = path.removesuffix(".base_layer")
    rank = config.rank_of(path)
    if _fits(config, path, a.shape, b.shape, rank):
        return []
    return [f"has the shapes {a.shape} and {b.shape}, the configuration says rank {rank}"]


def _fits(config: PeftConfig, path: str, a: tuple[int, ...], b: tuple[int, ...], rank: int) -> bool:
    """A is rank x in (and the kernel), B out x rank; PEFT stores embeddings the same way."""
    if config.blocks:  # of block-diagonal LoRA one side is a part
        return a[0] == rank and rank % max(1, b[1]) == 0
    if a[0] == rank and b[1] == rank:
        return True
    if _is_expert(path, config):  # the experts' ranks stand beside each other
        return any(a[0] == b[1] and a[0] % one == 0 and a[0] > 0 for one in (config.rank, *config.ranks.values()))
    groups = len(b) > 2 and b[1] > 0 and rank % b[1] == 0  # a grouped convolution splits B
    return a[0] == rank and groups


def _is_expert(path: str, config: PeftConfig) -> bool:
    return any(path.endswith(name.rpartition(".")[0]) for name in config.experts if "." in name) or any(
        "." not in name for name in config.experts
    )
