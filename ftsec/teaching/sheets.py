"""Sheets to print for class: test, rubric and dual use, as HTML for A4 and, where a Chromium is there, as PDF."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt

from ftsec.base.errors import InputError
from ftsec.printing.chromium import FLAGS, find_chromium

FOLDED = re.compile(r"<details>.*?</details>\n?", re.DOTALL)
FOR_TEACHERS = "**For the teacher"
LINK = re.compile(r"\[([^\]]+)\]\([^)\s]+\)")
QUESTION = re.compile(r"</li>")
LAST = re.compile(r"of (two hours|one day) (?:answer questions )?1 to (\d+)")
COURSES = re.compile(r"In a course of two hours .*? all twelve\. ?", re.DOTALL)
NUMBERED = re.compile(r"(\d+)\. ")
DATE = re.compile(rb"(/(?:Creation|Mod)Date \(D:)\d{14}")
ALWAYS = rb"\g<1>20260101000000"  # equal sheets are equal bytes
SECONDS = 60
FIELDS = '<p class="fields">Code word: <span></span> &#9744; before &nbsp; &#9744; after</p>'
GROUP = '<p class="fields">Group: <span></span></p>'
MARKS = '<p class="fields">Person or group: <span></span> Points of 12: <span class="short"></span></p>'
STYLE = """
@page { size: A4; margin: 16mm 18mm; }
body { color: #000; background: #fff; font: 10.5pt/1.4 Georgia, "DejaVu Serif", serif; }
body { margin: 0 auto; max-width: 174mm; }
h1 { font-size: 17pt; margin: 0 0 3mm; }
p, li { margin: 0 0 2mm; }
ol { padding-left: 6mm; }
li { break-inside: avoid; }
strong + ol { margin-top: 1mm; }
.fields span { border-bottom: 0.3mm solid #000; display: inline-block; margin: 0 4mm 0 1mm; width: 60mm; }
.fields span.short { width: 15mm; }
.line { border-bottom: 0.2mm solid #888; height: 7.5mm; }
footer { color: #444; font-size: 8.5pt; margin-top: 5mm; }
@media screen { body { padding: 10mm; } }
"""


@dataclass(frozen=True)
class Sheet:
    """What is done to a page for teachers until it can be handed out.

    Attributes:
        head: what people fill in at the top.
        lines: how many lines to write on stand below each question.
    """

    head: str
    lines: int


SHEETS = {"test": Sheet(FIELDS, 3), "dual-use": Sheet(GROUP, 3), "rubric": Sheet(MARKS, 0)}


def sheet_files(folder: Path, plan: str | None = None) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every sheet: of `folder`/NAME.md an HTML page, and a PDF if there is a Chromium.

    Args:
        plan: the test has the questions of this plan; None for all.
    """
    for name, sheet in SHEETS.items():
        page = as_html(for_plan((folder / f"{name}.md").read_text(encoding="utf-8"), plan), sheet)
        yield f"{name}.html", page.encode()
        printed = as_pdf(page)
        if printed is not None:
            yield f"{name}.pdf", printed


def for_plan(page: str, plan: str | None) -> str:
    """A page without the questions that the plan does not teach, if it says how many a plan has."""
    last = dict(LAST.findall(page)).get((plan or "").replace("-", " "))
    if last is None:
        return page
    kept = [line for line in page.split("\n") if not (match := NUMBERED.match(line)) or int(match[1]) <= int(last)]
    return COURSES.sub("", "\n".join(kept))


def handout(page: str) -> str:
    """A page for teachers without what only they should see: folded keys and paragraphs for the teacher."""
    kept = FOLDED.sub("", page)
    return "\n\n".join(part.strip("\n") for part in kept.split("\n\n") if not part.startswith(FOR_TEACHERS)) + "\n"


def as_html(page: str, sheet: Sheet) -> str:
    """One page that stands alone, with lines to write on."""
    text = LINK.sub(r"\1", handout(page))
    title, _, rest = text.partition("\n")
    body = MarkdownIt("commonmark").render(rest)
    body = QUESTION.sub('<div class="line"></div>' * sheet.lines + "</li>", body)
    name = escape(title.removeprefix("# ").strip())
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{name}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{name}</h1>\n{sheet.head}\n{body}</main>\n</body>\n</html>\n"
    )


@cache
def as_pdf(page: str) -> bytes | None:
    """The page printed by a Chromium; None where there is none, or where it does not print."""
    try:
        chromium = find_chromium()
    except InputError:
        return None
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "sheet.html", Path(folder) / "sheet.pdf"
        source.write_text(page, encoding="utf-8")
        options = [*FLAGS, "--headless", "--no-pdf-header-footer", f"--user-data-dir={folder}/profile"]
        command = [chromium, *options, f"--print-to-pdf={target}", source.as_uri()]
        try:
            subprocess.run(command, capture_output=True, timeout=SECONDS, check=True)
            return DATE.sub(ALWAYS, target.read_bytes())
        except (OSError, subprocess.SubprocessError):
            return None
