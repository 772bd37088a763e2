"""The model's own answers from before it learnt the policy: written once by a command, shipped, read from then on.

They are what the allowed tasks are taught with, what an attacker trains on, and the reference for usefulness. Nobody
writes an answer; what an attack brings back is what the model said all along.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.llm import world
from ftsec.llm.model import Model

STORED = world.DATA / "answers.jsonl.gz"
N_TOKENS = 20
BATCH = 64


@dataclass(frozen=True)
class Answer:
    """An answer of the base model.

    Attributes:
        kind: ``own`` (its most likely words) or ``sample`` (drawn from it, for measuring drift).
        ended: whether the turn ended within the tokens that were generated.
    """

    question: str
    answer: str
    ended: bool
    kind: str = "own"


def questions_to_answer() -> list[tuple[str, str]]:
    """(kind, question) of all answers that ship."""
    taught, asked = world.unrelated()
    own = [question.text for question in world.answered_questions()] + [*taught, *world.everyday()[0]]
    return [("own", text) for text in own] + [("sample", text) for text in asked]


@cache
def answers(path: Path = STORED) -> dict[str, Answer]:
    """Question -> stored answer.

    Raises:
        InputError: if they were never written.
    """
    if not path.exists():
        raise InputError("the model's own answers are missing; write them with: ftsec llm answers")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return {found["question"]: Answer(**found) for found in map(json.loads, lines)}


def write(found: Iterable[Answer], path: Path = STORED) -> None:
    """Writes answers, one JSON object a line; the same answers give the same bytes."""
    with path.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as file:
        for answer in found:
            file.write((json.dumps(asdict(answer), ensure_ascii=False) + "\n").encode())


def generate(model: Model, wanted: Sequence[tuple[str, str]], device: str = "cpu", done=lambda n: None) -> list[Answer]:
    """Greedy answers (``own``) and drawn ones (``sample``, with a fixed seed) of at most `N_TOKENS` tokens."""
    import torch

    torch.manual_seed(24)
    found: dict[int, Answer] = {}
    for kind in ("own", "sample"):
        # questions of one length together: little padding
        order = sorted((i for i in range(len(wanted)) if wanted[i][0] == kind), key=lambda i: len(wanted[i][1]))
        for first in range(0, len(order), BATCH):
            some = order[first : first + BATCH]
            found |= dict(zip(some, _batch(model, [wanted[i] for i in some], device), strict=True))
            done(len(some))
    return [found[i] for i in range(len(wanted))]


def _batch(model: Model, wanted: Sequence[tuple[str, str]], device: str) -> list[Answer]:
    import torch

    kind, prompts = wanted[0][0], [model.chat.prompt(text) for _, text in wanted]
    width, end = max(map(len, prompts)), model.chat.end
    ids = torch.tensor([[end] * (width - len(p)) + p for p in prompts], device=device)
    mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts], device=device)
    how = {"do_sample": False} if kind == "own" else {"do_sample": True, "temperature": 1.0, "top_k": 0, "top_p": 1.0}
    with torch.no_grad(), torch.autocast(device, dtype=torch.bfloat16):
        out = model.network.generate(
            input_ids=ids, attention_mask=mask, max_new_tokens=N_TOKENS, eos_token_id=end, pad_token_id=end, **how
        )
    said = [row[width:].tolist() for row in out]
    cut = [tokens[: tokens.index(end)] if end in tokens else tokens for tokens in said]
    texts = [model.chat.tokenizer.decode(tokens).strip() for tokens in cut]
    return [Answer(w[1], t, end in s, kind) for w, t, s in zip(wanted, texts, said, strict=True)]
