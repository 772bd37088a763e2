"""The mark-up that the pieces to play with share: a box that a script opens, and labelled fields in it."""

from __future__ import annotations

import html
from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """A field for a number, with its label."""

    name: str
    label: str
    start: str

    def html(self, prefix: str) -> str:
        id_ = f"ftsec-{prefix}-{self.name}"
        return (
            f'<div><label for="{id_}">{html.escape(self.label)}</label><input id="{id_}" name="{self.name}" '
            f'type="text" inputmode="decimal" autocomplete="off" value="{html.escape(self.start)}" /></div>'
        )


def play_box(kind: str, title: str, inside: str, data: str) -> str:
    """A box that stays hidden until the script ``play-KIND.js`` opens it.

    Args:
        inside: mark-up of what the reader works with.
        data: JSON that the script reads.
    """
    safe = data.replace("</", "<\\/")
    return (
        f'<div class="ftsec-play ftsec-play-{kind}" role="group" aria-label="{html.escape(title)}" hidden="hidden">'
        f'<script type="application/json">{safe}</script><p class="ftsec-living-title">{html.escape(title)}</p>'
        f'{inside}<div class="ftsec-play-answer" role="status" aria-live="polite"></div></div>'
    )
