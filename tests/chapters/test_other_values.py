"""Every chapter with other values than its own: it runs, says so, and shows no number that is none.

Each parameter alone at its bounds, and forty seeded combinations of all; a fixed tenth of them is tried each time.
"""

from __future__ import annotations

import itertools
import re
from html import unescape
from pathlib import Path

import nbformat
import pytest

from ftsec.base.project import find_project
from ftsec.running.notebook import default_kernel, run_notebook
from ftsec.running.parameters_cell import read_parameters
from ftsec.running.recorded import results_of
from tests.chapters.other_values import alone, combinations

PROJECT = find_project(Path(__file__))
N_COMBINATIONS, EVERY = 40, 10
NO_NUMBER = re.compile(r"(?<![\w.-])[-−]?(nan|NaN|NaT|inf|None)(?![\w-])|\d[eE]\+\d")
BARE_TABLE = re.compile(r"<tbody>\s*</tbody>|Empty DataFrame")
MARKS = re.compile(r"<[^>]+>")
WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
# counts that a text says in words: chapter, the sentence with the word, and the record that says it in digits
COUNTED = [
    ("05", r"knows (\w+) answers for all", "distinct_predictions"),
    ("06", r"(\w+) of five blocking gates pass", "blocking_gates_passed_unmeasured"),
    ("10", r"(\w+) attacks stay within the bound", "attacks_within_bound"),
    ("10", r"All (\w+) stay within", "attacks_with_utility"),
    ("10", r"(\w+) examples were enough in the runs", "identity_examples_published"),
    ("10", r"sets the alarm (\w+) times too high", "identity_range_starts_at"),
    ("15", r"only (\w+) answers on all runs", "distinct_predictions"),
]


def cases() -> list:
    """Chapter and values; all but a fixed tenth are slow."""
    chapters = [(path, read_parameters(path)) for path in PROJECT.chapters()]
    points = [
        (path, point)
        for number, (path, parameters) in enumerate(chapters)
        for point in itertools.chain(alone(parameters), combinations(parameters, N_COMBINATIONS, seed=number))
    ]
    names = [f"{path.stem[:2]}-{'-'.join(f'{k}={v}' for k, v in point.items())}" for path, point in points]
    return [
        pytest.param(path, point, id=name, marks=[] if number % EVERY == 0 else [pytest.mark.slow])
        for number, ((path, point), name) in enumerate(zip(points, names, strict=True))
    ]


@pytest.mark.parametrize(("chapter", "values"), cases())
def test_a_chapter_runs_with_other_values_and_shows_no_number_that_is_none(chapter: Path, values: dict, tmp_path: Path):
    executed = tmp_path / chapter.name
    outcome = run_notebook(chapter, executed, values, root=PROJECT.root, kernel=default_kernel())
    assert outcome.ok, outcome.error
    cells = nbformat.read(executed, as_version=4).cells
    changed = [each.name for each in read_parameters(chapter) if values.get(each.name, each.default) != each.default]
    told = notice(cells)
    assert "given" not in [cell.id for cell in cells] or [name for name in changed if f"{name} = " not in told] == [], (
        "the page says what differs"
    )
    assert wrong_outputs(cells) == []
    assert changed or contradictions(chapter, cells) == []


@pytest.mark.parametrize("chapter", PROJECT.chapters(), ids=lambda path: path.stem)
def test_counts_that_a_text_says_in_words_are_those_that_are_recorded(chapter: Path):
    assert contradictions(chapter, nbformat.read(chapter, as_version=4).cells) == []


def notice(cells: list) -> str:
    """What stands under the parameters."""
    return " ".join(text for cell in cells if cell.id == "given" for text, _ in texts(cell))


def wrong_outputs(cells: list) -> list[str]:
    """Cell and text of each number that is none, and of each table without a row and without a word."""
    found = []
    for cell in cells:
        for text, markup in texts(cell):
            found += [
                f"{cell.id}: …{text[max(hit.start() - 40, 0) : hit.end() + 20]}…" for hit in NO_NUMBER.finditer(text)
            ]
            found += [f"{cell.id}: a table without rows" for _ in BARE_TABLE.finditer(markup)]
    return found


def texts(cell: nbformat.NotebookNode) -> list[tuple[str, str]]:
    """What a reader reads in a cell's outputs, alternative texts included: without and with its markup."""
    found = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        for markup in (output.get("text", ""), data.get("text/plain", ""), data.get("text/html", "")):
            found.append((unescape(MARKS.sub(" ", markup)), markup))
    return found


def contradictions(chapter: Path, cells: list) -> list[str]:
    """The sentences of the text whose number word is not the number that is recorded."""
    recorded = {result["name"]: result["value"] for result in results_of(cells)}
    said = " ".join(" ".join(cell.source.split()) for cell in cells if cell.cell_type == "markdown")
    hits = [(re.search(each, said), name) for number, each, name in COUNTED if chapter.stem.startswith(number)]
    wrong = [(hit[0], name) for hit, name in hits if hit and WORDS.index(hit[1].lower()) != recorded.get(name)]
    return [f"{sentence!r}, but {name} is {recorded.get(name)}" for sentence, name in wrong]
