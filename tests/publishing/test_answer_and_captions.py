"""A staged chapter: its answer stands under its title, its figures have numbers, addresses and captions."""

import base64
import io

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from ftsec.base.errors import InputError
from ftsec.base.record import MIME_TYPE as RECORD
from ftsec.publishing.answer import MIME_TYPE, answer_on_top
from ftsec.publishing.captions import number_figures

ALT = "A line with 3 * 2 points. It rises from zero to one."
FOUND = {"verdict": "It holds.", "advice": "Do it.", "figure": "second", "scope": "of ours"}


def png(width: int, height: int) -> str:
    drawn = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(drawn, "png")
    return base64.b64encode(drawn.getvalue()).decode()


def figure(id_: str, narrow: str = "", **mystnb: dict) -> NotebookNode:
    about = {"alt": ALT, "name": id_} | ({"narrow": narrow} if narrow else {})
    output = new_output("display_data", {"image/png": png(1400, 800)}, metadata={"ftsec": about})
    return new_code_cell("draw()", id=id_, outputs=[output], metadata={"mystnb": mystnb} if mystnb else {})


@pytest.fixture
def chapter() -> NotebookNode:
    found = FOUND | {"counts": [["supported", 2], ["not found", 1]]}
    told = new_output("display_data", {MIME_TYPE: found, "text/plain": "In short."})
    second = figure("second", png(700, 600), figure={"caption": "What it shows."})
    second.outputs.insert(0, new_output("stream", text="a word\n"))
    title = new_markdown_cell("# A title\n\nThe claim under test.", id="title")
    cells = [title, new_code_cell("n = 1", id="parameters"), new_code_cell("answer()", id="answer", outputs=[told])]
    return new_notebook(cells=[*cells, figure("first"), second])


def test_the_answer_stands_between_title_and_claim(chapter: NotebookNode):
    cells = answer_on_top(chapter, "02_two").notebook.cells
    assert [cell.id for cell in cells] == ["title", "answer", "about", "parameters", "first", "second"]
    assert [cells[0].source, cells[2].source] == ["# A title", "The claim under test."]
    box = cells[1].source
    assert "**In short.** It holds." in box and "**What to do.** Do it." in box
    assert '3 claims of ours: <span class="verdict verdict-supported">2 supported</span>, <span' in box
    assert "verdict-not-found" in box


def test_the_headline_figure_is_shown_in_small_and_leads_to_itself(chapter: NotebookNode):
    boxed = answer_on_top(chapter, "02_two")
    (name,) = boxed.files
    assert name.endswith("-narrow.png") and f"answers/{name.rpartition('/')[2]}" in boxed.notebook.cells[1].source
    assert ':target: "#fig-02-second"' in boxed.notebook.cells[1].source
    assert ':alt: "Figure 2.2, in small. A line with' in boxed.notebook.cells[1].source


def test_of_a_picture_too_tall_for_the_box_the_upper_part_is_shown(chapter: NotebookNode):
    chapter.cells[-1].outputs[-1].metadata["ftsec"]["narrow"] = png(700, 1400)
    boxed = answer_on_top(chapter, "02_two")
    ((name, data),) = boxed.files.items()
    assert name.endswith("-top.png") and "Figure 2.2, its upper part." in boxed.notebook.cells[1].source
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.width == 700 and 0.7 * 910 < picture.height <= 910


def test_a_tall_picture_ends_between_its_panels_and_without_half_a_label(chapter: NotebookNode):
    drawn = Image.new("RGB", (720, 1400), "white")
    for box in ((100, 20, 700, 640), (100, 720, 700, 1390)):  # two panels
        drawn.paste("black", box)
    for box in ((5, 200, 25, 300), (5, 560, 25, 800)):  # labels: one of the first panel, one that goes on below it
        drawn.paste("black", box)
    packed = io.BytesIO()
    drawn.save(packed, "png")
    chapter.cells[-1] = figure("second", base64.b64encode(packed.getvalue()).decode())
    (data,) = answer_on_top(chapter, "02_two").files.values()
    with Image.open(io.BytesIO(data)) as shown:
        seen = shown.convert("L")
    assert 640 < seen.height < 720
    assert seen.getpixel((15, 250)) == 0 and seen.getpixel((15, 600)) == 255 and seen.getpixel((400, 600)) == 0


def test_a_figure_of_one_width_is_reduced(chapter: NotebookNode):
    del chapter.cells[-1].outputs[-1].metadata["ftsec"]["narrow"]
    ((name, data),) = answer_on_top(chapter, "02_two").files.items()
    assert name.endswith("-small.png")
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.size == (720, 411)


def test_a_chapter_without_an_answer_stays_as_it_is(chapter: NotebookNode):
    chapter.cells.pop(2)
    assert answer_on_top(chapter, "02_two") == (chapter, {})
    assert chapter.cells[0].source.startswith("# A title\n\nThe claim")


def test_figures_are_numbered_through_the_chapter_and_have_an_address(chapter: NotebookNode):
    number_figures(chapter, "02_two")
    first, second, drawn = chapter.cells[-3:]
    assert first.metadata["mystnb"]["figure"]["name"] == "fig-02-first"
    assert first.metadata["mystnb"]["figure"]["caption"] == r"**Figure 2.1.** A line with 3 \* 2 points."
    assert drawn.metadata["mystnb"]["figure"]["caption"] == "**Figure 2.2.** What it shows."
    assert drawn.metadata["mystnb"]["figure"]["name"] == "fig-02-second"
    assert second.outputs[0].output_type == "stream" and "mystnb" not in second.metadata


def test_a_chapter_in_several_pages_numbers_each_by_its_own_name(chapter: NotebookNode):
    number_figures(chapter, "16b_two")
    assert chapter.cells[3].metadata["mystnb"]["figure"]["caption"].startswith("**Figure 16b.1.**")


def test_a_caption_shows_numbers_that_the_chapter_records(chapter: NotebookNode):
    chapter.cells[-1].metadata["mystnb"]["figure"]["caption"] = "Drawn are {drawn} of them."
    kept = {"name": "drawn", "value": 43, "unit": None, "interval": None}
    told = new_output("display_data", {RECORD: kept, "text/plain": "drawn = 43"})
    chapter.cells.append(new_code_cell("record()", id="record-drawn", outputs=[told]))
    number_figures(chapter, "02_two")
    captions = [cell.metadata.get("mystnb", {}).get("figure", {}).get("caption") for cell in chapter.cells]
    assert "**Figure 2.2.** Drawn are 43 of them." in captions


def test_a_caption_that_names_an_unknown_number_is_refused(chapter: NotebookNode):
    chapter.cells[-1].metadata["mystnb"]["figure"]["caption"] = "Drawn are {drawn} of them."
    with pytest.raises(InputError, match=r"02_two names \{drawn\}, which the chapter does not record"):
        number_figures(chapter, "02_two")
