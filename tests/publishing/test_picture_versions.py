"""The versions of a figure that a page offers."""

import base64
from hashlib import sha256
from pathlib import Path

import nbformat
import pytest
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from ftsec.publishing.picture_versions import derive_dark, narrow_pictures, staged_name, with_versions
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


def test_a_figure_gets_a_dark_picture_once(folder: Path):
    page = with_versions(PAGE, folder, folder / "nothing-staged")
    assert page.count('alt="A plot."') == 2 and "<picture>" not in page
    assert 'src="../plot.png"' in page and 'src="../plot-dark.png"' in page
    assert (folder / "../plot-dark.png").read_bytes().startswith(b"\x89PNG")
    assert with_versions(page, folder, folder / "nothing-staged") == page
    loaded = describe_pictures(page, folder)
    assert loaded.count('loading="lazy"') == loaded.count('width="200" height="100"') == 2


def test_a_narrow_screen_is_offered_the_narrow_picture_in_both_modes(folder: Path):
    staged = folder / "source"
    picture(staged / staged_name("plot"), 1, 3)
    page = describe_pictures(with_versions(PAGE, folder, staged), folder)
    for name in ("plot-narrow.png", "plot-narrow-dark.png"):
        assert f'srcset="../{name}" width="100" height="300">' in page
        with Image.open(folder / ".." / name) as shown:
            assert shown.size == (100, 300)
    assert page.count("<picture>") == page.count('width="200" height="100"') == 2


def test_a_dark_picture_follows_its_origin(tmp_path: Path):
    plot, dark = picture(tmp_path / "plot.png", 1), tmp_path / "plot-dark.png"
    derive_dark(plot, dark)
    first = dark.stat().st_mtime_ns
    derive_dark(plot, dark)
    assert dark.stat().st_mtime_ns == first
    derive_dark(picture(plot, 1, 2), dark)
    with Image.open(dark) as shown:
        assert shown.size == (100, 200)


def test_narrow_pictures_are_staged_under_the_name_of_the_wide_one():
    wide, narrow = (base64.b64encode(name).decode() for name in (b"wide", b"narrow"))
    drawn = new_output("display_data", {"image/png": wide}, metadata={"ftsec": {"alt": "A.", "narrow": narrow}})
    plain = new_output("display_data", {"image/png": wide}, metadata={"ftsec": {"alt": "A."}})
    notebook = nbformat.from_dict(new_notebook(cells=[new_code_cell(outputs=[plain, drawn])]))
    assert narrow_pictures(notebook) == {f"book/narrow/{sha256(b'wide').hexdigest()}.png": b"narrow"}
