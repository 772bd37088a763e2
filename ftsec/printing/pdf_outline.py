"""What Chromium's PDF tells, and what it leaves to be said: pages of places, entries of the outline, about the book.

The file is plain PDF 1.4 with a cross-reference table; only what is needed is read, by its written form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

PAGE = re.compile(rb"\n(\d+) 0 obj\n<</Type /Page\n")
DESTINATIONS = re.compile(rb"/Dests (\d+) 0 R")
PLACE = re.compile(rb"/(\S+) \[(\d+) 0 R /XYZ")
ENTRY = re.compile(rb"\n(\d+) 0 obj\n<</Title (\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f]*>)\n/Dest")
TRAILER = re.compile(rb"trailer\n<<(?P<entries>.*?)>>\nstartxref\n(?P<start>\d+)\n%%EOF\s*$", re.DOTALL)


def pages_of_places(printed: bytes) -> dict[str, int]:
    """The page, counted from 1, on which each place lies that a link of the file leads to; by its id."""
    number = {int(page): place for place, page in enumerate(PAGE.findall(printed), start=1)}
    listed = _object(printed, int(DESTINATIONS.search(printed)[1])) if DESTINATIONS.search(printed) else b""
    return {_plain(name): number[int(page)] for name, page in PLACE.findall(listed)}


def finish(printed: bytes, about: Mapping[str, str], headings: Sequence[str]) -> bytes:
    """The PDF with more said about it, and an outline that reads as the headings do: an update at its end.

    Chromium enters a heading that it moves to the next page with the words of both tries.

    Args:
        about: entries of the document information, for example ``{"Author": ...}``.
        headings: the words of all headings, in their order.
    """
    trailer = TRAILER.search(printed)
    root, info = (int(re.search(rb"/%b (\d+) 0 R" % key, trailer["entries"])[1]) for key in (b"Root", b"Info"))
    said = b"\n".join(b"/%b %b" % (key.encode(), _text(words)) for key, words in about.items())
    changed = {
        info: _object(printed, info).replace(b"<<", b"<<" + said + b"\n", 1),
        root: _object(printed, root).replace(b"<<", b"<</PageMode /UseOutlines\n", 1),  # a reader shows the outline
    }
    return _updated(printed, trailer, changed | _outline(printed, headings))


def _outline(printed: bytes, headings: Sequence[str]) -> dict[int, bytes]:
    """The entries of the outline by their number, with the words of the headings; they are numbered in order."""
    entries = sorted((int(number), words) for number, words in ENTRY.findall(printed))
    if len(entries) != len(headings):
        raise ValueError(f"the outline has {len(entries)} entries for {len(headings)} headings")
    return {
        number: _object(printed, number).replace(words, _text(heading), 1)
        for (number, words), heading in zip(entries, headings, strict=True)
    }


def _updated(printed: bytes, trailer: re.Match, changed: Mapping[int, bytes]) -> bytes:
    result, table = bytearray(printed), b"xref\n"
    for number, content in sorted(changed.items()):
        table += b"%d 1\n%010d 00000 n \n" % (number, len(result))
        result += b"%d 0 obj\n%bendobj\n" % (number, content)
    update = b"%btrailer\n<<%b\n/Prev %b>>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(result) + update % (table, trailer["entries"], trailer["start"], len(result))


def _object(printed: bytes, number: int) -> bytes:
    start = printed.index(b"\n%d 0 obj\n" % number) + len(b"\n%d 0 obj\n" % number)
    return printed[start : printed.index(b"endobj", start)]


def _plain(name: bytes) -> str:
    return re.sub(rb"#([0-9A-F]{2})", lambda code: bytes.fromhex(code[1].decode()), name).decode("utf-8")


def _text(words: str) -> bytes:
    if words.isascii():
        return b"(" + re.sub(rb"([\\()])", rb"\\\1", words.encode("ascii")) + b")"
    return b"<FEFF%b>" % words.encode("utf-16-be").hex().upper().encode()
