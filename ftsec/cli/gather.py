"""``ftsec workshop gather``: a class's predictions from their files, with histograms for the projector."""

from __future__ import annotations

import base64
import html
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ftsec.base.statuses import NO

if TYPE_CHECKING:
    from ftsec.figures.base.drawing import Drawing
    from ftsec.teaching.gathering import Gathered, Question

PAGE = "predictions.html"
STYLE = "img { display: block; max-width: 100%; height: auto } h2 { margin-top: 2.5rem } li { margin: .3rem 0 }"


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--lab", "labs", multiple=True, metavar="NN", help="Only this lab (repeatable).")
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path),
              help="Write the page and its figures here [default: FOLDER/gathered].")  # fmt: skip
def gather(folder: Path, labs: tuple[str, ...], output: Path | None) -> None:
    """Gather a class's predictions and draw them beside what came out.

    FOLDER holds each learner's predictions.jsonl, under the learner's name (ada.jsonl) or in a folder of that name
    (ada/predictions.jsonl). A page for the projector and a PNG for each number are written. What cannot be read is
    named here and left out, and the page says how much that is; the exit status is 1 then, and all the rest is there.
    """
    from ftsec.base.errors import InputError
    from ftsec.base.files import write_atomic
    from ftsec.teaching.gathering import gather as gathered_from

    found = gathered_from(folder)
    known = set(found.predictions)
    unknown = [lab for lab in labs if lab not in known]
    if unknown:
        raise InputError(
            f"nobody predicted anything for lab {unknown[0]}; there are {', '.join(sorted(known)) or 'none'}"
        )
    chosen = [each for each in found.questions() if not labs or each.lab in labs]
    drawn = [(each, _drawing(each)) for each in chosen]
    target = output or folder / "gathered"
    for question, drawing in drawn:
        write_atomic(target / f"{question.lab}-{question.number.name}.png", drawing.png())
        click.echo(f"{question.lab}  {drawing.alt}")
    shown = sorted(known & set(labs)) if labs else sorted(known)
    write_atomic(target / PAGE, as_page(found, drawn, shown))
    click.echo(f"files: {found.files}; for the projector: {target / PAGE}")
    for problem in found.problems:
        click.echo(problem, err=True)
    if found.problems:
        raise click.exceptions.Exit(NO)


def _drawing(question: Question) -> Drawing:
    from ftsec.figures.tools.class_predictions import class_predictions

    number = question.number
    return class_predictions(question.guesses, question.outcomes, number.ask, number.unit, number.most)


def as_page(found: Gathered, drawn: list[tuple[Question, Drawing]], labs: list[str]) -> str:
    """One page that stands alone: for each lab the question, its histograms, and what people wrote."""
    from ftsec.publishing.run_report import page
    from ftsec.teaching.exercises import labs as all_labs

    parts = ["<h1>What the class expected, and what came out</h1>"]
    for lab in labs:
        parts.append(f"<h2>Lab {lab}</h2>\n<p>{html.escape(all_labs()[lab].prediction)}</p>")
        parts += [_picture(drawing) for question, drawing in drawn if question.lab == lab]
        words = "".join(f"<li>{html.escape(each)}</li>" for each in found.words(lab))
        parts += [f"<h3>In words</h3>\n<ul>{words}</ul>"] if words else []
    parts += [f"<p>Left out: {len(found.problems)}.</p>"] if found.problems else []  # the class sees no name
    return page("Predictions of the class", "\n".join(parts), STYLE)


def _picture(drawing: Drawing) -> str:
    data = base64.b64encode(drawing.png()).decode()
    return f'<p><img src="data:image/png;base64,{data}" alt="{html.escape(drawing.alt)}"></p>'
