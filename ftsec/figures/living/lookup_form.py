"""The look-up of a planned run, as a form in the page: it holds the published runs, and a small script compares."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class LookupForm:
    """A form over the published runs. Where scripts are off it stays hidden, and the table above it speaks.

    Attributes:
        rules: what the script needs, as ``ftsec.evidence.lookup.for_page()`` gives it.
        start: values that the fields start with, by name; None and what is left out stay empty.
        title: what the form is called where only its name is read.
    """

    rules: Mapping[str, object]
    start: Mapping[str, object]
    title: str = "Look a run of your own up among the published runs"

    def __repr__(self) -> str:
        return f"Form in the built page: {self.title}"

    def _repr_html_(self) -> str:
        data = json.dumps(_plain({**self.rules, "start": dict(self.start)}), separators=(",", ":"), allow_nan=False)
        return (
            f'<div class="ftsec-lookup" role="group" aria-label="{html.escape(self.title)}" hidden>'
            f'<script type="application/json">{data.replace("</", "<" + chr(92) + "/")}</script></div>'
        )


def _plain(value: object) -> object:
    """Nested mappings and sequences with null in the place of NaN, as JSON has no NaN."""
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return None if math.isnan(value) else int(value) if value.is_integer() else value
    return value
