"""``ftsec list`` and ``ftsec params``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ftsec.base.project import find_project
from ftsec.running.parameters_cell import read_parameters


@click.command("list")
def list_chapters() -> None:
    """List the chapters with their parameters."""
    for path in find_project().chapters():
        names = ", ".join(parameter.name for parameter in read_parameters(path))
        print(f"{path.stem:<26} {_title(path)}\n{'':<26} {names or '(no parameters)'}")


@click.command()
@click.argument("chapter")
@click.option("--yaml", "as_yaml", is_flag=True, help="As a YAML file with the defaults, to edit and give to -f.")
def params(chapter: str, as_yaml: bool) -> None:
    """Show a CHAPTER's parameters: name, type, default, what is allowed, meaning."""
    parameters = read_parameters(find_project().chapter(chapter))
    if as_yaml:
        for each in parameters:
            print(f"{each.name}: {json.dumps(each.default)}  # {each.meaning} {each.rule_text}".rstrip())
        return
    rows = [(each.name, each.type_text, json.dumps(each.default), each.rule_text, each.meaning) for each in parameters]
    head = ("name", "type", "default", "allowed", "meaning")
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
    for rule in parameters.rules:
        print(f"rule: {rule.text}")


def _title(path: Path) -> str:
    """The first heading of a notebook."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for line in "".join(cell["source"]).splitlines():
            if cell["cell_type"] == "markdown" and line.startswith("# "):
                return line[2:].strip()
    return ""
