"""The formats in which people keep training data, told by the keys of a row and turned into conversations.

The names of keys are those that TRL, axolotl, LLaMA-Factory and the fine-tuning services document and ship examples of.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from ftsec.base.errors import InputError
from ftsec.defenses.training_data.conversations import ASSISTANT, SYSTEM, TOOL, USER, Conversation, Turn, document

LISTS = ("messages", "conversations", "conversation")
PROMPTS = ("prompt", "question", "query", "instruction", "input")
ANSWERS = ("completion", "response", "answer", "output")
CHOSEN, REJECTED = ("chosen", "chosen_messages"), ("rejected", "rejected_messages")
BESIDES = ("tools", "functions", "images", "image", "videos", "audios", "label", "kto_tag")
TEXTS = ("text", "content")
ROLES = {
    "human": USER, "gpt": ASSISTANT, "bot": ASSISTANT, "model": ASSISTANT, "chatgpt": ASSISTANT, "developer": SYSTEM,
    "observation": TOOL, "function": TOOL, "function_response": TOOL, "ipython": TOOL,
}  # fmt: skip
KINDS = {dict: "an object", list: "a list", str: "a text", bool: "a truth value", type(None): "null"}


class Format(NamedTuple):
    """A way to keep an example in a row.

    Attributes:
        name: as people call it.
        fits: whether a row with such keys is of this format.
        read: turns a row into a conversation; raises InputError where it cannot.
        answer: finds the key of what is trained on, which may be a text or a list of turns.
    """

    name: str
    fits: Callable[[Mapping], bool]
    read: Callable[[Mapping], Conversation]
    answer: Callable[[Mapping], str]


def recognise(row: object) -> Format | None:
    """The format of a row, None if it is none that is known."""
    return next((one for one in FORMATS if isinstance(row, dict) and one.fits(row)), None)


def text_under(key: str) -> Format:
    """A text under a key of the user's own."""
    return Format(
        f"the text under {key!r}", lambda row: key in row, lambda row: document(_text(row, key)), lambda _: key
    )


def kind_of(value: object) -> str:
    """A value's kind, to be named in a sentence."""
    return KINDS.get(type(value), "a number")


def _chat(row: Mapping) -> Conversation:
    turns = _turns(row, _key(LISTS)(row))
    system = (Turn(SYSTEM, row["system"]),) if isinstance(row.get("system"), str) and row["system"] else ()
    return Conversation((*system, *turns), besides=_besides(row))


def _preference(row: Mapping) -> Conversation:
    chosen, rejected = (_said(row, _key(keys)(row), ASSISTANT) for keys in (CHOSEN, REJECTED))
    shared = 0  # pairs of whole conversations share their beginning
    while shared < min(len(chosen), len(rejected)) - 1 and chosen[shared] == rejected[shared]:
        shared += 1
    asked = () if any(turn.role == USER for turn in chosen) else _asked(row)
    return Conversation((*asked, *chosen), rejected[shared:], _besides(row))


def _instruction(row: Mapping) -> Conversation:
    return Conversation((*_asked(row), *_said(row, _key(ANSWERS)(row), ASSISTANT)), besides=_besides(row))


def _asked(row: Mapping) -> tuple[Turn, ...]:
    """The turns before the answer: system, history, and the prompt or the instruction with its input."""
    turns = [Turn(SYSTEM, row[key]) for key in ("system", "system_prompt") if _filled(row, key)]
    turns += [turn for pair in row.get("history") or () for turn in _pair(pair)]
    if listed := _first(row, LISTS):
        return (*turns, *_turns(row, listed))
    asked = _said(row, _key(PROMPTS)(row), USER)
    if "instruction" in row and _filled(row, "input"):
        asked = (Turn(USER, "\n".join(filter(None, (asked[0].text, row["input"])))),)
    return (*turns, *asked)


def _pair(pair: object) -> tuple[Turn, Turn]:
    if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(said, str) for said in pair)):
        raise InputError("'history' must hold pairs of texts")
    return Turn(USER, pair[0]), Turn(ASSISTANT, pair[1])


def _said(row: Mapping, key: str, role: str) -> tuple[Turn, ...]:
    """What stands under a key: a text, one turn or several."""
    value = row.get(key)
    if isinstance(value, dict):
        return (_turn(value, f"{key!r}"),)
    return _turns(row, key) if isinstance(value, list) else (Turn(role, _text(row, key)),)


def _turns(row: Mapping, key: str) -> tuple[Turn, ...]:
    if key not in row:
        raise InputError(f"needs turns under {key!r}; the row has {', '.join(map(str, row)) or 'no keys'}")
    if not isinstance(row[key], list) or not row[key]:
        got = "an empty list" if row[key] == [] else kind_of(row[key])
        raise InputError(f"{key!r} must hold a list of turns, it holds {got}")
    return tuple(_turn(turn, f"turn {number} of {key!r}") for number, turn in enumerate(row[key], 1))


def _turn(turn: object, where: str) -> Turn:
    if not isinstance(turn, dict):
        raise InputError(f"{where} must be an object, it is {kind_of(turn)}")
    role, said = turn.get("role", turn.get("from")), turn.get("content", turn.get("value"))
    if not isinstance(role, str):
        raise InputError(f"{where} needs a 'role' (or 'from') that is a text")
    calls = turn.get("tool_calls") or turn.get("function_call") or ()
    if said is None and not calls:
        raise InputError(f"{where} says nothing: it has {', '.join(turn)}")
    thought = turn.get("reasoning_content") or turn.get("thinking")
    texts = [_piece(piece) for piece in (thought, *(said if isinstance(said, list) else [said])) if piece is not None]
    if role == "function_call":  # ShareGPT's way to say that the assistant calls a tool
        return Turn(ASSISTANT, "", tuple(texts))
    called = tuple(_canonical(call) for call in (calls if isinstance(calls, list) else [calls]) if call)
    return Turn(ROLES.get(role.lower(), role.lower()), "\n".join(texts), called)


def _piece(piece: object) -> str:
    """A text, a piece of a content that is a list, or what is neither as JSON."""
    if isinstance(piece, str):
        return piece
    text = (piece.get("text") or piece.get("value")) if isinstance(piece, dict) else None
    plain = isinstance(text, str) and piece.get("type", "text") in ("text", "reasoning", "input_text", "output_text")
    return text if plain else _canonical(piece)


def _canonical(value: object) -> str:
    """JSON that is the same for the same content; the random ids of calls do not count."""
    if isinstance(value, dict) and "function" in value:
        value = {key: inner for key, inner in value.items() if key != "id"}
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def _besides(row: Mapping) -> dict[str, str]:
    """What copies have to share although it is not said; an Alpaca row's input, which may be short in a long turn."""
    found = {key: _canonical(row[key]) for key in BESIDES if row.get(key) not in (None, "", [])}
    return {**found, "input": row["input"]} if "instruction" in row and _filled(row, "input") else found


def _text(row: Mapping, key: str) -> str:
    if not isinstance(row.get(key), str):
        got = f"it is {kind_of(row[key])}" if key in row else f"the row has {', '.join(map(str, row)) or 'no keys'}"
        raise InputError(f"needs a text under {key!r}; {got}")
    return row[key]


def _filled(row: Mapping, key: str) -> bool:
    """Whether an optional text is there."""
    value = row.get(key)
    if value is not None and not isinstance(value, str):
        raise InputError(f"{key!r} must be a text, it is {kind_of(value)}")
    return bool(value)


def _first(row: Mapping, keys: Iterable[str]) -> str:
    return next((key for key in keys if row.get(key) is not None), "") or next((key for key in keys if key in row), "")


def _has(*groups: Iterable[str]) -> Callable[[Mapping], bool]:
    return lambda row: all(_first(row, keys) for keys in groups)


def _key(keys: Sequence[str]) -> Callable[[Mapping], str]:
    """Finds the key that a row has of some; the first of them if it has none, for the sentence that says so."""
    return lambda row: _first(row, keys) or keys[0]


def _speaks(key: str) -> Callable[[Mapping], bool]:
    """Whether the turns of a row name the speaker by this key."""

    def fits(row: Mapping) -> bool:
        turns = row.get(_first(row, LISTS))
        return bool(turns) and isinstance(turns, list) and isinstance(turns[0], dict) and key in turns[0]

    return fits


def _labelled(fits: Callable[[Mapping], bool]) -> Callable[[Mapping], bool]:
    return lambda row: fits(row) and any(isinstance(row.get(key), bool) for key in ("label", "kto_tag"))


_PROMPTED = _has(PROMPTS, ANSWERS)
FORMATS = (
    Format("preference pairs", _has(CHOSEN, REJECTED), _preference, _key(CHOSEN)),
    Format("messages with KTO labels", _labelled(_has(LISTS)), _chat, _key(LISTS)),
    Format("messages", _speaks("role"), _chat, _key(LISTS)),
    Format("ShareGPT conversations", _speaks("from"), _chat, _key(LISTS)),
    Format("KTO (prompt, completion, label)", _labelled(_PROMPTED), _instruction, _key(ANSWERS)),
    Format("Alpaca (instruction, input, output)", _has(("instruction",), ANSWERS), _instruction, _key(ANSWERS)),
    Format("prompt and completion", _PROMPTED, _instruction, _key(ANSWERS)),
    *(Format("documents", _has((key,)), text_under(key).read, _key((key,))) for key in TEXTS),
)
