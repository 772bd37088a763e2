"""Entries of the bibliography, as the book's style writes them."""

import pytest
from pybtex.database import parse_string
from pybtex.plugin import find_plugin

from ftsec.publishing.sphinx.bibliography import ShortLinks, setup


def entry(fields: str) -> str:
    text = f"@misc{{key, author = {{Ada Bo}}, title = {{On {{LoRA}}}}, year = {{2024}}, {fields}}}"
    style = ShortLinks()
    (formatted,) = style.format_entries(parse_string(text, "bibtex").entries.values())
    return formatted.text.render_as("html")


@pytest.mark.parametrize(
    ("fields", "addresses"),
    [
        ("url = {https://arxiv.org/abs/2402.1}, eprint = {2402.1}", ["arXiv:2402.1"]),
        ("url = {https://doi.org/10.1/x}, doi = {10.1/x}", ["doi:10.1/x"]),
        ("url = {https://example.org/paper/}", ["example.org/paper"]),
        ("url = {https://example.org/p}, eprint = {2402.1}", ["example.org/p", "arXiv:2402.1"]),
        ("eprint = {2402.1}", ["arXiv:2402.1"]),
        ("note = {No address}", []),
    ],
)
def test_each_place_is_linked_once(fields, addresses):
    text = entry(fields)
    assert text.startswith("Ada Bo.") and "LoRA" in text and "URL" not in text
    assert text.count("<a ") == len(addresses) and all(f">{address}</a>" in text for address in addresses)


def test_an_address_in_a_note_is_a_link():
    assert 'Code: <a href="https://example.org/code">example.org/code</a>.' in entry(
        "note = {Code: https://example.org/code}"
    )


def test_a_title_of_two_sentences_has_two_capitals():
    text = "@misc{key, author = {Ada Bo}, title = {Is {GPT} Safe? No! It Is: Not}, year = 2024}"
    (formatted,) = ShortLinks().format_entries(parse_string(text, "bibtex").entries.values())
    assert "Is GPT safe? No! It is: not." in formatted.text.render_as("text")


def test_institutions_stand_among_people():
    names = ["{Joint Task Force}", "Zhang, Yiming", "Abe, Ada"]
    text = "".join(f"@misc{{k{n}, author = {{{name}}}, title = {{T}}, year = 2024}}" for n, name in enumerate(names))
    style = ShortLinks()
    assert [entry.key for entry in style.sort(parse_string(text, "bibtex").entries.values())] == ["k2", "k0", "k1"]


def test_the_style_has_the_name_that_the_configuration_gives_it():
    assert setup(None)["parallel_read_safe"]
    assert find_plugin("pybtex.style.formatting", "short_links") is ShortLinks
