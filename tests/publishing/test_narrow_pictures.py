"""Figures on phones: a page offers the narrow picture beside the wide one."""

import base64
from hashlib import sha256
from pathlib import Path

import nbformat
import pytest
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from ftsec.publishing.narrow_pictures import narrow_pictures, staged_name, with_narrow_pictures
from ftsec.publishing.sphinx.pictures import describe_pictures

PAGE = '<img alt="A plot." src="../plot.png" />'


def picture(path: Path, width: float, height: float = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Figure(figsize=(width, height)).savefig(path, dpi=100)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    picture(tmp_path / "plot.png", 2)
    (tmp_path / "pages").mkdir()
    return tmp_path / "pages"


def test_a_figure_without_a_narrow_picture_is_marked_as_one_and_says_its_size(folder: Path):
    page = describe_pictures(with_narrow_pictures(PAGE, folder, folder / "nothing-staged"), folder)
    assert page.startswith(
        '<img class="ftsec-figure dark-light" alt="A plot." src="../plot.png" width="200" height="100"'
    )
    assert "<picture>" not in page and page.endswith(' fetchpriority="high">')


def test_a_narrow_screen_is_offered_the_narrow_picture(folder: Path):
    staged = folder / "source"
    picture(staged / staged_name("plot"), 1, 3)
    page = describe_pictures(with_narrow_pictures(PAGE, folder, staged), folder)
    assert 'srcset="../plot-narrow.png" width="100" height="300">' in page
    assert page.count("<picture>") == page.count('width="200" height="100"') == 1
    with Image.open(folder / ".." / "plot-narrow.png") as shown:
        assert shown.size == (100, 300)


def test_narrow_pictures_are_staged_under_the_name_of_the_wide_one():
    wide, narrow = (base64.b64encode(name).decode() for name in (b"wide", b"narrow"))
    drawn = new_output("display_data", {"image/png": wide}, metadata={"ftsec": {"alt": "A.", "narrow": narrow}})
    plain = new_output("display_data", {"image/png": wide}, metadata={"ftsec": {"alt": "A."}})
    notebook = nbformat.from_dict(new_notebook(cells=[new_code_cell(outputs=[plain, drawn])]))
    assert narrow_pictures(notebook) == {f"book/narrow/{sha256(b'wide').hexdigest()}.png": b"narrow"}
