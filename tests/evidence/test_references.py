"""The bibliography that ships with the package."""

import json
import re
from pathlib import Path

import pytest
from pybtex.database import parse_file
from pybtex.richtext import Text

from ftsec.base.errors import InputError
from ftsec.base.project import find_project
from ftsec.evidence import measurements
from ftsec.evidence.references import BIBLIOGRAPHY, address, cite, reference_keys, title


def test_short_citations():
    assert cite("qi2024finetuning") == "Qi et al. (2024)"
    assert cite("bhardwaj2023unalignment") == "Bhardwaj and Poria (2023)"
    assert cite("rando2024universal") == "Rando and Tramèr (2024)"
    assert cite("obrien2025deep").startswith("O’Brien et al.")


def test_works_of_the_same_people_and_year_are_told_apart():
    assert cite("bai2022training") == "Bai et al. (2022a)" and cite("bai2022constitutional") == "Bai et al. (2022b)"
    assert len({cite(key) for key in reference_keys()}) == len(reference_keys())


def test_titles_carry_no_braces():
    assert not [key for key in reference_keys() if set("{}\\") & set(title(key))]
    assert address("qi2024finetuning").startswith("https://arxiv.org/abs/")


def test_an_unknown_key_is_told():
    with pytest.raises(InputError, match="'nobody2020' is not a key"):
        cite("nobody2020")


def test_every_work_is_cited_in_the_book_or_has_a_row():
    root = find_project(Path(__file__)).root
    texts = [path.read_text(encoding="utf-8") for path in (root / "book").rglob("*.md")]
    for path in (root / "notebooks").glob("*.ipynb"):
        texts += ["".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
    cited = {key for group in re.findall(r"\{cite(?::t)?\}`([^`]+)`", "\n".join(texts)) for key in group.split(",")}
    assert cited <= reference_keys()
    assert reference_keys() == cited | set(measurements()["citation_key"])


def test_citations_and_titles_are_those_that_a_full_parser_reads():
    def plain(text: str) -> str:
        return Text.from_latex(text).render_as("text") if set(text) & set("{}\\") else text

    entries = parse_file(str(BIBLIOGRAPHY)).entries
    assert set(entries) == reference_keys()
    for key, entry in entries.items():
        first = entry.persons["author"][0]
        assert cite(key).startswith(plain(" ".join(first.prelast_names + first.last_names)))
        assert cite(key).endswith(f"({entry.fields['year']})")
        assert (title(key), address(key)) == (plain(entry.fields["title"]), entry.fields.get("url", ""))
