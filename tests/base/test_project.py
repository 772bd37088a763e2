"""Finding the book and its chapters."""

import pytest

from ftsec.base.errors import InputError
from ftsec.base.project import Project, find_project


def test_chapters_come_in_the_order_of_the_table_of_contents(book: Project):
    assert [path.stem for path in book.chapters()] == ["01_one", "02_two"]
    assert book.pages()[0] == "book/index"


@pytest.mark.parametrize("name", ["02", "02_two", "notebooks/02_two.ipynb"])
def test_a_chapter_is_found_by_number_name_or_path(book: Project, name: str):
    assert book.chapter(name).stem == "02_two"


def test_an_unknown_chapter_is_refused_with_the_nearest_name(book: Project):
    with pytest.raises(InputError, match="did you mean 02_two"):
        book.chapter("02_tow")


def test_the_project_is_found_from_a_folder_inside_it(book: Project, monkeypatch):
    monkeypatch.delenv("FTSEC_ROOT", raising=False)
    assert find_project(book.root / "notebooks") == book


def test_nested_tables_of_contents_are_read_depth_first(book: Project):
    parts = "parts:\n- chapters:\n  - file: b\n    sections: [{file: c}]\n- chapters: [{file: d}]\n"
    book.toc.write_text("root: a\n" + parts, encoding="utf-8")
    assert book.pages() == ["a", "b", "c", "d"]


@pytest.mark.parametrize("name", ["tow", "two", "TWO"])
def test_a_chapter_without_its_number_is_suggested(book: Project, name: str):
    with pytest.raises(InputError, match="did you mean 02_two"):
        book.chapter(name)
