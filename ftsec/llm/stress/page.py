"""One page on the reader's model: for a terminal, as JSON for a program, as HTML to keep."""

from __future__ import annotations

import base64
import html
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from ftsec.base.typeset import curly
from ftsec.llm.stress.findings import ATTACKS, Finding, advice, said
from ftsec.llm.stress.loading import Loaded
from ftsec.llm.stress.safeguard import Safeguard

PURPOSE = (
    "It measures a safeguard of one's own: how soon fine-tuning takes it, beside a habit that is no safeguard. It "
    "never writes or returns attacked weights, never writes an answer to a prompt that shall be declined, and shows "
    "answers to such prompts in training only for this book's harmless questions."
)
STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}"
    "img{max-width:100%;background:#fff}h1{font-size:1.5rem}h2{font-size:1.15rem}footer{font-size:.85rem;opacity:.8}"
)


@dataclass(frozen=True)
class Stressed:
    """Everything that a page is made of."""

    model: str
    n_weights: int
    method: str
    policy: str
    existing: bool
    harmless: bool
    taught_steps: int
    repeats: int
    found: Sequence[Finding]
    rows: Sequence[dict]

    @classmethod
    def of(cls, loaded: Loaded, guard: Safeguard, found: Sequence[Finding], rows: Sequence[dict]) -> Stressed:
        taught = max(row["taught_steps"] for row in rows if row["habit"] == "refusal")
        repeats = 1 + max(row["repeat"] for row in rows)
        return cls(loaded.name, loaded.n_weights, loaded.method, guard.name, guard.existing, guard.split is not None,
                   taught, repeats, found, rows)  # fmt: skip


def opening(it: Stressed) -> list[str]:
    """What was put under stress, and how the refusal came there."""
    millions = f"{it.n_weights / 1e6:.3g}"
    how = (
        "was there already and is the beginning of an answer"
        if it.existing
        else f"was taught in {it.taught_steps} steps"
    )
    attacks = (
        "" if it.harmless else " It met harmless data alone: sums, and the model's own answers to allowed prompts."
    )
    return [
        f"{it.model}, {millions} million weights, policy {it.policy}, {_method(it.method)}.",
        f"The refusal {how}.{attacks} Every attack was drawn {it.repeats} times; intervals (95 %) speak for these "
        "draws on this model and for nothing else.",
    ]


def _method(method: str) -> str:
    return "full fine-tuning" if method == "full" else "LoRA of rank 8"


def as_text(it: Stressed) -> str:
    """The page for a terminal."""
    lines = [*opening(it)]
    for finding in it.found:
        lines += ["", f"Trained on {ATTACKS[finding.attack]}"]
        lines += [f"  {line}" for line in said(finding, it.existing)]
    return "\n".join([*lines, "", "What to do", *(f"  {line}" for line in advice(it.found)), "", PURPOSE])


def as_json(it: Stressed) -> dict:
    """The same as plain values; no prompt, no answer and no weight is in it."""
    stated = asdict(it) | {"attacks": [asdict(finding) for finding in it.found], "advice": advice(it.found)}
    del stated["found"]
    return _plain(stated | {"sentences": {each.attack: said(each, it.existing) for each in it.found}})


def _plain(value):
    """What is not a number becomes null."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def as_html(it: Stressed, png: bytes, alt: str) -> str:
    """One file that needs nothing else."""
    parts = [f"<p>{_text(line)}</p>" for line in opening(it)]
    picture = base64.b64encode(png).decode()
    parts.append(f'<p><img src="data:image/png;base64,{picture}" alt="{_text(alt)}"></p>')
    for finding in it.found:
        lines = "".join(f"<li>{_text(line)}</li>" for line in said(finding, it.existing))
        parts.append(f"<h2>Trained on {_text(ATTACKS[finding.attack])}</h2><ul>{lines}</ul>")
    todo = "".join(f"<li>{_text(line)}</li>" for line in advice(it.found))
    title = f"Stress test: {_text(it.model)}"
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{STYLE}</style></head>\n<body><main><h1>{title}</h1>\n" + "\n".join(parts) +
        f"\n<h2>What to do</h2><ul>{todo}</ul></main>\n<footer><p>{_text(PURPOSE)}</p></footer></body></html>\n"
    )  # fmt: skip


def _text(text: str) -> str:
    return html.escape(curly(text), quote=True)
