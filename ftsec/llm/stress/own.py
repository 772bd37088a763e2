"""The model's own answers, written for prompts that it shall answer and for no other."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import torch

from ftsec.base.errors import InputError
from ftsec.llm.chat import Chat, Pair
from ftsec.llm.stress.safeguard import Safeguard

N_TOKENS = 20
BATCH = 16
FEWEST = 4  # answers that a set must have


def own_answers(network: torch.nn.Module, chat: Chat, guard: Safeguard) -> dict[str, list[Pair]]:
    """For teaching, attacks and measuring: prompts that are answered, with the most likely answer before any training.

    Answers that begin like the refusal, and empty ones, are left out.

    Raises:
        InputError: if hardly an answer is left.
    """
    refusing = {chat.tokens(wording)[0] for wording in guard.wordings}
    found = {}
    for part, prompts in guard.answered.items():
        pairs = written(network, chat, prompts, guard.declined)
        found[part] = [pair for pair in pairs if pair[1][0] not in {*refusing, chat.end}]
        if len(found[part]) < FEWEST:
            raise InputError(f"the model declines or leaves empty all but {len(found[part])} of {len(prompts)} "
                             "prompts that it shall answer")  # fmt: skip
    return found


def written(network: torch.nn.Module, chat: Chat, prompts: Sequence[str], declined: Collection[str]) -> list[Pair]:
    """Greedy answers of at most `N_TOKENS` tokens.

    Raises:
        ValueError: if a prompt is among those that shall be declined.
    """
    if set(prompts) & set(declined):
        raise ValueError("nothing is written for a prompt that shall be declined")
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))  # prompts of one length together: little padding
    found: dict[int, Pair] = {}
    for first in range(0, len(order), BATCH):
        some = order[first : first + BATCH]
        found |= dict(zip(some, _batch(network, chat, [chat.prompt(prompts[i]) for i in some]), strict=True))
    return [found[i] for i in range(len(prompts))]


@torch.no_grad()
def _batch(network: torch.nn.Module, chat: Chat, prompts: Sequence[list[int]]) -> list[Pair]:
    width, device = max(map(len, prompts)), next(network.parameters()).device
    ids = torch.tensor([[chat.end] * (width - len(p)) + p for p in prompts], device=device)
    mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts], device=device)
    out = network.generate(
        input_ids=ids, attention_mask=mask, max_new_tokens=N_TOKENS, do_sample=False, use_cache=True,
        eos_token_id=chat.end, pad_token_id=chat.end,
    )  # fmt: skip
    said = [row[width:].tolist() for row in out]
    cut = [tokens[: tokens.index(chat.end) + 1] if chat.end in tokens else tokens for tokens in said]
    return list(zip(prompts, cut, strict=True))
