"""What tests look at in a print: words broken in a table, pages with next to nothing on them."""

from __future__ import annotations

import re
import zlib

# words of table cells that stand on more than one line; a name with underscores or slashes may be broken
BROKEN_WORDS = """() => [...document.querySelectorAll("th, td")].flatMap((cell) => {
  const broken = [];
  const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    for (const word of text.data.matchAll(/[\\p{L}\\d.:]+/gu)) {
      const range = document.createRange();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) broken.push(word[0]);
    }
  }
  return broken;
})"""
CONTENT = re.compile(rb"/Type /Page\n.*?/Contents (\d+) 0 R", re.DOTALL)


def lines_on_pages(printed: bytes) -> list[int]:
    """How many lines of text each page has, running head and page number included; a picture counts for ten."""
    contents = (_content(printed, number) for number in CONTENT.findall(printed))
    return [len(set(re.findall(rb" (\S+) Tm\b", page))) + 10 * len(re.findall(rb" Do\b", page)) for page in contents]


def _content(printed: bytes, number: bytes) -> bytes:
    found = re.search(rb"\n%b 0 obj\n<<[^>]*>> stream\n(.*?)\nendstream" % number, printed, re.DOTALL)
    return zlib.decompress(found[1])
