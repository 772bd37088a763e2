"""A small book as one page, and what tests look at in a print: words broken in a table, nearly empty pages."""

from __future__ import annotations

import io
import re

from pypdf import PdfReader

# as Sphinx's builder `singlehtml` writes it
PAGE = """<html lang="en"><head><meta charset="utf-8"><title>Landing \u2014 A book</title></head><body>
<div id="jb-print-toc"><h2>Contents</h2><nav><p role="heading" aria-level="2">Part</p>
<ul><li><a href="#document-notebooks/01_first">First chapter</a></li></ul>
<p role="heading" aria-level="2">Later</p>
<ul><li><a href="#document-notebooks/14_ledger">Ledger</a></li></ul></nav></div>
<article class="bd-article"><section id="a-book"><h1>A book<a class="headerlink" href="#a-book">#</a></h1>
<p><a href="../_static/ftsec.pdf" download>The book</a> (9 MB) <a href="../_static/ftsec.epub" download>as ePub</a></p>
<span id="document-notebooks/01_first"></span><section id="first"><h2>First chapter</h2>
<p id="verdict">First verdict</p><a id="own" href="#verdict">own</a> <a id="cite" href="book/index.html#id2">cited</a>
<a id="claim" href="14_ledger.html#C001">C001</a> <a id="data" href="../_static/chapters/data.csv">Data</a>
<a id="away" href="https://example.org/">away</a>
<div class="ftsec-table"><table><caption>Many columns.</caption><thead><tr><th>Claim</th><th>Contradicted</th>
<th>Minutes</th><th>What was found</th></tr></thead><tbody><tr><td>C001</td><td>partly</td><td>0:05</td>
<td>A long sentence about what was found that takes all the room it can get and then some more of it</td></tr></tbody>
</table></div>
<div class="ftsec-table ftsec-always"><table><caption>Wide rows.</caption><thead><tr><th>Defence</th><th>Source</th>
<th>Helped</th><th>Cost</th><th>Broken by</th><th>Outcome</th></tr></thead><tbody><tr><th>Lisa</th><td>Huang</td>
<td>much</td><td>–</td><td>steps</td><td>undone</td></tr></tbody></table></div>
<div class="ftsec-answer"><p>Few are enough.</p>
<a class="image-reference"><img src="cut-top.png" alt="The top of a figure"></a></div>
<p>Keep it. <span class="ftsec-on-screen">Ticks are kept in this browser.</span></p>
<figure><figcaption><span class="caption-number">Fig. 7 </span>What it shows.</figcaption></figure>
<ul class="contains-task-list"><li class="task-list-item"><p><input type="checkbox" disabled> To do</p></li></ul>
<div class="cell" id="playing"><pre>living_figure(frame)</pre><div class="ftsec-living">play</div></div>
<div class="cell"><details class="hide"><summary><p class="collapsed">Solution 2</p>
<p class="expanded">Hide solution 2</p></summary><pre>print(2)</pre></details></div>
<details class="sd-dropdown"><summary><span class="sd-summary-text">Hint</span><span>v</span></summary>Think.</details>
<section id="quiz"><h3>Quiz</h3><p>Open an option to see whether it holds.</p><p>1. Is it so?</p>
<details class="quiz"><summary>A. Perhaps.</summary><p><strong>No.</strong> It is not.</p></details>
<details class="quiz"><summary>B. Surely.</summary><p><strong>Yes.</strong> It is.</p></details></section>
</section>
<span id="document-notebooks/14_ledger"></span><section id="ledger"><h2>Ledger</h2><p id="verdict">Second verdict</p>
<div class="ledger"><table><thead><tr><th><button class="ledger-sort">Claim</button></th></tr></thead></table></div>
<p id="id2">A note</p><p id="C001">The claim</p></section>
<span id="document-book/bibliography"></span><section id="bibliography"><h2>Sources</h2><p id="id2">A work</p></section>
</section></article></body></html>"""

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


def lines_on_pages(printed: bytes) -> list[int]:
    """How many lines of text each page has, running head and page number included; a picture counts for ten."""
    contents = (page.get_contents().get_data() for page in PdfReader(io.BytesIO(printed)).pages)
    return [len(set(re.findall(rb" (\S+) Tm\b", page))) + 10 * len(re.findall(rb" Do\b", page)) for page in contents]
