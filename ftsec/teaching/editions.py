"""Two editions of a chapter from one source: for students without solutions, for teachers with all there is to know."""

from __future__ import annotations

import copy
import re
import textwrap
from collections.abc import Callable, Iterator

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from ftsec.teaching.exercises import KINDS, Exercise, exercises, keys, labs
from ftsec.teaching.lab_cells import close, opening
from ftsec.teaching.places import where

DROPDOWN = re.compile(r"^:::\{dropdown\} (Solution[^\n]*)\n(.*?)\n:::[ \t]*$", re.MULTILINE | re.DOTALL)
CITATION = re.compile(r"\{cite(:t)?(?::\w+)?\}`([^`]+)`")
COMMENT_WIDTH = 88  # characters: wider lines are cut off beside JupyterLab's list of files
TRY_IT = "## Try it"
WITHOUT_NOTES = "Write your answer down and compare it with your neighbour's."


def student_edition(chapter: NotebookNode, number: str) -> NotebookNode:
    """The chapter with hints and stubs in place of its solutions, and without outputs."""
    result = _edition(chapter, number, _student_code, _student_text)
    for cell in result.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return result


def instructor_edition(chapter: NotebookNode, number: str) -> NotebookNode:
    """The chapter with its committed outputs, its solutions in the open, and notes for the teacher."""
    result = _edition(chapter, number, _teacher_code, _teacher_text)
    role = labs()[number].role if number in labs() else ""
    for cell in result.cells:
        if cell.id == "sealed-prediction" and role:
            cell.source += f"\n\n*For the teacher: {role}*"
    return result


def solution_ids(chapter: NotebookNode, number: str) -> list[str]:
    """The ids of the exercises whose solutions the chapter holds."""
    counts = [len(DROPDOWN.findall(cell.source)) or _is_solution(cell) for cell in _try_it(chapter)]
    return [f"{number}-{position}" for position in range(1, sum(counts) + 1)]


def solved(student: NotebookNode, chapter: NotebookNode, number: str) -> NotebookNode:
    """The student edition as a learner leaves it who found everything: solutions of the chapter pasted into stubs."""
    result = copy.deepcopy(student)
    sources = dict(_pasted(chapter, number))
    for cell in result.cells:
        for name in [name for name in sources if cell.id == _stub_id(name)]:
            wanted = exercises()[name]
            cell.source = cell.source.replace(_blank(wanted), sources[name])
    return result


def _pasted(chapter: NotebookNode, number: str) -> Iterator[tuple[str, str]]:
    """For each checked exercise what replaces its stub's line. Read off a second run where it needs parameters."""
    ids = iter(solution_ids(chapter, number))
    for cell in _try_it(chapter):
        for name in [next(ids) for _ in range(len(DROPDOWN.findall(cell.source)) or _is_solution(cell))]:
            wanted = exercises().get(name)
            if wanted is None or not wanted.checked:
                continue
            code = f"{cell.source}\n" if _is_solution(cell) else ""
            value = repr(keys()[name]) if wanted.parameters else wanted.answer
            yield name, code.rstrip() if wanted.signature else f"{code}{wanted.variable} = {value}"


def _edition(chapter: NotebookNode, number: str, code: Callable, text: Callable) -> NotebookNode:
    result = copy.deepcopy(chapter)
    ids = iter(solution_ids(chapter, number))
    tried = {cell.id for cell in _try_it(chapter)}
    cells = []
    for cell in result.cells:
        if cell.id in tried and _is_solution(cell):
            cells += code(cell, next(ids))
        elif cell.id in tried and DROPDOWN.search(cell.source):
            cells += text(cell, ids)
        else:
            cells.append(cell)
    result.cells = [*opening(number, cells[:1]), *cells[1:], *close(number)]
    return result


def with_names(text: str, cite: Callable[[str], str]) -> str:
    """Text with the names of authors in place of the book's citations, which JupyterLab does not know.

    Args:
        cite: gives for a key of the bibliography ``"Qi et al. (2024)"``.
    """

    def named(match: re.Match) -> str:
        names = [cite(key.strip()) for key in match.group(2).split(",")]
        if match.group(1):
            return ", ".join(names)
        return f"({'; '.join(name.replace('(', '').replace(')', '') for name in names)})"

    return CITATION.sub(named, text)


def _student_code(cell: NotebookNode, name: str) -> list[NotebookNode]:
    return [new_markdown_cell(_hint(name), id=f"hint-{name}"), *_stub(name)]


def _student_text(cell: NotebookNode, ids: Iterator[str]) -> list[NotebookNode]:
    """Hints in place of the dropdowns, and the stubs after the cell."""
    names = []

    def replaced(match: re.Match) -> str:
        names.append(next(ids))
        return _hint(names[-1])

    cell.source = DROPDOWN.sub(replaced, cell.source)
    return [cell, *(stub for name in names for stub in _stub(name))]


def _teacher_code(cell: NotebookNode, name: str) -> list[NotebookNode]:
    return [cell, new_markdown_cell(_note(name), id=f"note-{name}")]


def _teacher_text(cell: NotebookNode, ids: Iterator[str]) -> list[NotebookNode]:
    cell.source = DROPDOWN.sub(
        lambda match: f"**{match.group(1)}.** {match.group(2).strip()}\n\n{_note(next(ids))}", cell.source
    )
    return [cell]


def _hint(name: str) -> str:
    known = exercises().get(name)
    hint = (known.pointer or known.hint) if known else WITHOUT_NOTES
    return f"<details><summary>Hint for {name}</summary>\n\n{hint}\n\n</details>"


def _stub(name: str) -> list[NotebookNode]:
    wanted = exercises().get(name)
    if wanted is None or not wanted.checked:
        return [new_markdown_cell(f"*Your answer to {name}:*", id=f"yours-{name}")]
    asked = "\n".join(f"# {line}" for line in textwrap.wrap(f"Wanted: {wanted.ask}.", COMMENT_WIDTH))
    handed_in = wanted.answer if wanted.signature else wanted.variable
    source = f'from ftsec import check\n\n{asked}\n{_blank(wanted)}\n\ncheck("{name}", {handed_in})'
    return [new_code_cell(source, id=_stub_id(name))]


def _blank(wanted: Exercise) -> str:
    """What a learner fills in."""
    return f"def {wanted.signature}:\n    ..." if wanted.signature else f"{wanted.variable} = None"


def _stub_id(name: str) -> str:
    return f"stub-{name}"


def _note(name: str) -> str:
    """What the teacher needs to know of an exercise."""
    if name not in exercises():
        return f"*For the teacher, {name}: no notes yet; the hint for learners is to compare answers.*"
    known = exercises()[name]
    lines = [f"**For the teacher, {name}** ({known.minutes} minutes)", f"- {_hints(known)}"]
    lines[0] += f": {KINDS[known.kind]}"
    lines += [f"- Expected answer ({known.ask}): {expected(known)}"] if known.checked else []
    lines += [f"- Open, for discussion. {known.rubric}"] if known.rubric else []
    lines += [f"- The chapter runs with `{key} = {value!r}` for this." for key, value in known.parameters.items()]
    return "\n".join(lines + [f"- Common mistake: {mistake}." for mistake in known.mistakes])


def _hints(known: Exercise) -> str:
    """The hints in the order in which a learner gets them."""
    if not known.checked:
        return f"Hint given to learners: {known.hint}"
    last = where(known.chapter, known.place)
    return f"Hints, one for each wrong try: {known.pointer} Then: {known.hint} Then the place: {last}."


def expected(wanted: Exercise) -> str:
    """The right answer of a checked exercise, for teachers."""
    key = keys()[wanted.id]
    if wanted.form in ("function", "gate"):
        judged = f"{len(key)} hidden cases" if wanted.form == "function" else f"{len(key)} runs of other models"
        return f"a function as in the solution; it is judged by {judged}"
    if wanted.form == "names":
        return ", ".join(key)
    return wanted.answer if wanted.form == "plan" else key if isinstance(key, str) else f"{key:.4g}"


def _try_it(chapter: NotebookNode) -> list[NotebookNode]:
    """The cells of the exercises: from the heading to the end."""
    starts = [i for i, cell in enumerate(chapter.cells) if cell.cell_type == "markdown" and TRY_IT in cell.source]
    return chapter.cells[starts[-1] :] if starts else []


def _is_solution(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and "solution" in cell.metadata.get("tags", [])


__all__ = ["Exercise", "expected", "instructor_edition", "solution_ids", "solved", "student_edition"]
