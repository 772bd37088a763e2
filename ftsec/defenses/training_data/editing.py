"""A sentence put at the end of what a row's example teaches: its document, or the last answer of its conversation."""

from __future__ import annotations

from collections.abc import Callable

from ftsec.base.errors import InputError
from ftsec.defenses.training_data.formats import Format

Edit = Callable[[str], str]
SPOKEN = (("role", "content"), ("from", "value"))
ANSWERING = ("assistant", "gpt", "bot", "model", "chatgpt")


def with_answer(row: dict, form: Format, edit: Edit) -> dict:
    """The row with `edit` applied to its last answer; the row that is given stays as it is.

    Raises:
        InputError: if nobody answers in it.
    """
    key = form.answer(row)
    return {**row, key: _edited(row[key], edit)}


def _edited(value: object, edit: Edit) -> object:
    if isinstance(value, str):
        return edit(value)
    if isinstance(value, dict):
        return _turn(value, edit)
    for index in reversed(range(len(value))):
        if _speaker(value[index]) in ANSWERING and _said(value[index]):
            return [*value[:index], _turn(value[index], edit), *value[index + 1 :]]
    raise InputError("no turn of the assistant says anything")


def _turn(turn: dict, edit: Edit) -> dict:
    key = next(said for _, said in SPOKEN if said in turn)
    if isinstance(turn[key], str):
        return {**turn, key: edit(turn[key])}
    pieces = turn[key]
    last = max(index for index, piece in enumerate(pieces) if isinstance(piece, str) or _plain(piece))
    if isinstance(pieces[last], str):
        changed: object = edit(pieces[last])
    else:
        changed = {**pieces[last], _plain(pieces[last]): edit(pieces[last][_plain(pieces[last])])}
    return {**turn, key: [*pieces[:last], changed, *pieces[last + 1 :]]}


def _speaker(turn: dict) -> str:
    return next((str(turn[who]).lower() for who, _ in SPOKEN if who in turn), "")


def _said(turn: dict) -> bool:
    """Whether the turn holds a text that a sentence can be put behind."""
    said = next((turn[said] for _, said in SPOKEN if said in turn), None)
    return isinstance(said, str) or (isinstance(said, list) and any(isinstance(p, str) or _plain(p) for p in said))


def _plain(piece: object) -> str:
    """The key of the text in a piece of a content that is a list; empty if it is a picture or the like."""
    if not isinstance(piece, dict) or piece.get("type", "text") not in ("text", "output_text"):
        return ""
    return next((key for key in ("text", "value") if isinstance(piece.get(key), str)), "")
