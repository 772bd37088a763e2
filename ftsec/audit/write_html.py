"""An answer as one HTML page that needs nothing else, in the colours and letters of the book."""

from __future__ import annotations

from html import escape

from ftsec.audit.advice import advice, to_do
from ftsec.audit.answer import LAST, NO_REASON, STOPS, Answer
from ftsec.audit.write_plain import CONTEXT, in_short, listed, sections, where
from ftsec.defenses.findings import STOP, UNKNOWN, WARN, Finding

STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --muted: #54595e; --page: #fff; --rule: #d0d5da;
  --fine: #0072b2; --open: #8a6d00; --stop: #c0392b; }
@media (prefers-color-scheme: dark) { :root { --ink: #ced6dd; --muted: #b4bac0; --page: #14181e; --rule: #4a5057;
  --fine: #4bade4; --open: #d0b445; --stop: #ff8c80; } }
body { background: var(--page); color: var(--ink); font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", sans-serif;
  margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 3rem; }
.answer { border: 1px solid var(--rule); border-left: 4px solid var(--tone); border-radius: .25rem;
  padding: .75rem 1rem; }
.answer h1 { color: var(--tone); font-size: 1.75rem; line-height: 1.2; margin: 0 0 .5rem; }
.answer p { margin: .25rem 0; } .scope, .where, .todo, footer { color: var(--muted); font-size: .875rem; }
h2 { font-size: 1.25rem; margin: 2rem 0 .5rem; }
ul { list-style: none; margin: 0; padding: 0; } li { border-top: 1px solid var(--rule); padding: .5rem 0; }
li > * { display: block; overflow-wrap: anywhere; } summary { cursor: pointer; font-weight: 600; }
footer { border-top: 1px solid var(--rule); margin-top: 2rem; padding-top: .5rem; }
"""
TOLD = (STOP, UNKNOWN, WARN)


def as_html(answer: Answer) -> str:
    """The page."""
    tone = {STOPS: "stop", NO_REASON: "fine"}.get(answer.answer, "open")
    context = _list(CONTEXT, [escape(line) for line in answer.context], "details") if answer.context else ""
    files = [f"<strong>{escape(name)}</strong><span>{escape(said)}</span>" for name, said in listed(answer)]
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(answer.answer)}: audit of a fine-tuning run</title><style>{STYLE}</style></head>
<body style="--tone: var(--{tone})"><main><section class="answer"><h1>{escape(answer.answer)}</h1>
<p>{escape(in_short(answer))}</p><p class="scope">{escape(answer.scope)}</p></section>
{"".join(_section(head, rows) for head, rows in sections(answer))}
{_list("Files", files, "details")}{context}
</main><footer>{escape(LAST)}</footer></body></html>
"""


def _section(head: str, rows: list[Finding]) -> str:
    return _list(
        f"{head} ({sum(not one.rest for one in rows)})",
        [_row(one) for one in rows],
        "section" if rows[0].verdict in TOLD else "details",
    )


def _row(one: Finding) -> str:
    told = advice(one.rule)
    do = f'<span class="todo">{escape(to_do(one))} See {escape(told.chapter)}.</span>' if one.verdict in TOLD else ""
    place = f'<span class="where">{escape(where(one))}</span>' if one.file else ""
    return f"<strong>{escape(one.subject)}</strong><span>{escape(one.what)}</span>{place}{do}"


def _list(head: str, rows: list[str], kind: str) -> str:
    title = f"<summary>{escape(head)}</summary>" if kind == "details" else f"<h2>{escape(head)}</h2>"
    return f"<{kind}>{title}<ul>{''.join(f'<li>{row}</li>' for row in rows)}</ul></{kind}>\n"
