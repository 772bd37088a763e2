"""One page on the reader's model: for a terminal, as JSON for a program, as HTML to keep."""

from __future__ import annotations

import base64
import html
import math
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from ftsec.base.typeset import curly
from ftsec.base.words import signs
from ftsec.llm.stress.findings import ATTACKS, Finding, advice, brief, said
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
    "img{max-width:100%;background:#fff;border-radius:4px}"
    "table{border-collapse:collapse;width:100%}caption{text-align:left;margin-bottom:.3rem}"
    "th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #8886;vertical-align:top}"
    "ul{padding-left:1.2rem}@media(max-width:30rem){table{font-size:.85rem}}h1{font-size:1.5rem}h2{font-size:1.15rem}footer{font-size:.85rem;opacity:.8}"
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


def as_html(it: Stressed, png: bytes, alt: str, narrow: bytes | None = None) -> str:
    """One file that needs nothing else; `narrow` is the figure for phones."""
    parts = [f"<p>{_text(line)}</p>" for line in opening(it)]
    parts += [_table(it.found), _picture(png, alt, narrow)]
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


def _table(found: Sequence[Finding]) -> str:
    """The answer at a glance: half-lives in steps, refusal beside control and reference."""
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Trained on", "Refusal", "Canned answer", "135M model"))
    rows = "".join(
        f'<tr><th scope="row">{_text(ATTACKS[each.attack])}</th>'
        + "".join(f"<td>{_text(brief(life))}</td>" for life in (each.refusal, each.control, each.reference))
        + "</tr>"
        for each in found
    )
    return (
        "<table><caption>Steps of 8 examples until half of a habit is gone, with 95 % intervals</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _picture(png: bytes, alt: str, narrow: bytes | None) -> str:
    wide = f'<img src="{_data(png)}" alt="{_text(alt)}">'
    phone = f'<source media="(max-width: 40rem)" srcset="{_data(narrow)}">' if narrow else ""
    return f"<p><picture>{phone}{wide}</picture></p>"


def _data(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _text(text: str) -> str:
    whole = re.sub(r"(\de)-(?=\d)", "\\1\N{NON-BREAKING HYPHEN}", signs(text))  # a rate stays on one line
    return html.escape(curly(whole), quote=True)
