"""Outline and document information of the PDF that Chromium prints, and the pages on which its places lie."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence

from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject


def pages_of_places(printed: bytes) -> dict[str, int]:
    """The page, counted from 1, on which each place lies that a link of the file leads to; by its id."""
    reader = PdfReader(io.BytesIO(printed))
    places = reader.named_destinations.items()
    # Chromium names places by name objects, which pypdf gives with their slash
    return {name.removeprefix("/"): reader.get_destination_page_number(place) + 1 for name, place in places}


def with_outline(printed: bytes, about: Mapping[str, str], headings: Sequence[str]) -> bytes:
    """The PDF with an outline that a reader's program shows, and that reads as the headings do.

    Chromium enters a heading that it moves to the next page with the words of both tries.

    Args:
        about: entries of the document information, for example ``{"/Author": ...}``.
        headings: the words of all headings, in their order.
    """
    reader = PdfReader(io.BytesIO(printed))
    writer = PdfWriter(clone_from=reader)
    writer.pdf_header = reader.pdf_header
    entries = list(_entries(writer.root_object["/Outlines"]))
    if len(entries) != len(headings):
        raise ValueError(f"the outline has {len(entries)} entries for {len(headings)} headings")
    for entry, heading in zip(entries, headings, strict=True):
        entry[NameObject("/Title")] = TextStringObject(heading)
    writer.add_metadata(about)
    writer.page_mode = "/UseOutlines"
    result = io.BytesIO()
    writer.write(result)
    return result.getvalue()


def _entries(parent: DictionaryObject) -> Iterator[DictionaryObject]:
    """The entries of the outline below this one, in the order of reading."""
    entry = parent.get("/First")
    while entry is not None:
        entry = entry.get_object()
        yield entry
        yield from _entries(entry)
        entry = entry.get("/Next")
