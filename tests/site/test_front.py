"""The front page and the findings say what a visitor of two minutes needs; type and measure are as designed."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from tests.site.conftest import DESKTOP, PROJECT

pytestmark = pytest.mark.browser
WIDE = {"width": 1440, "height": 900}
HAND = {"width": 390, "height": 844}
CHAPTER = "notebooks/06_safety_gates.html"
PAGES = ("book/index.html", "book/what-we-found.html", CHAPTER)
ARTICLES = ("pre-training-vs-fine-tuning-security", "topics/training-pipeline/fine-tuning")
LINES = ["The articles said", "How sure", "Do this"]
# characters in a line of the longest paragraph, on average
PER_LINE = """() => {
  const long = [...document.querySelectorAll(".bd-article section > p")].sort((a, b) =>
    b.textContent.length - a.textContent.length)[0];
  const lines = long.getBoundingClientRect().height / parseFloat(getComputedStyle(long).lineHeight);
  return long.textContent.length / lines;
}"""
SIZES = """() => ["h1", "h2", "h3", "p"].map((name) => document.querySelector(`.bd-article section ${name}`))
  .filter((each) => each).map((each) => parseFloat(getComputedStyle(each).fontSize))"""
# pairs of pictures, captions and the list of contents that lie on each other
OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll(".bd-article figure img, .bd-article figcaption, .bd-sidebar-secondary")]
    .map((each) => [each.className || each.tagName, each.getBoundingClientRect()]).filter(([, box]) => box.width);
  const touch = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  return boxes.flatMap(([one, a], i) => boxes.slice(i + 1).filter(([, b]) => touch(a, b)).map(([two]) => [one, two]));
}"""
BESIDE = """() => [...document.querySelectorAll(".cell_output figure")].filter((figure) => {
  const [picture, words] = ["img", "figcaption"].map((part) => figure.querySelector(part).getBoundingClientRect());
  return words.left >= picture.right;
}).length"""


def test_the_front_names_both_articles_and_answers_for_both_phases_in_six_points(visit):
    page = visit().go("book/index.html")
    links = page.locator(".bd-article a").evaluate_all("links => links.map((link) => link.href)")
    assert all(any(link.endswith(article) for link in links) for article in ARTICLES)
    answers = page.locator("#the-answer-in-six-points > ol > li").all_inner_texts()
    assert len(answers) == 6
    assert "pre-training" in answers[0].lower() and "fine-tuning" in answers[2].lower() and "What to do" in answers[5]


def test_the_front_has_one_figure_three_paths_and_says_who_how_and_where(visit):
    page = visit().go("book/index.html")
    assert page.locator(".bd-article figure").count() == 1
    paths = page.locator(".ftsec-path")
    assert paths.locator("p > strong").all_inner_texts() == ["Two minutes", "Twenty minutes", "Two hours"]
    links = paths.locator("a").evaluate_all("links => links.map((link) => link.href)")
    assert len(links) >= 8 and all(page.request.get(link).ok for link in links)
    said = page.locator("#who-made-it-and-how-to-use-it").inner_text()
    made_by = re.search(r"^  - name: The (.+)$", (PROJECT.root / "CITATION.cff").read_text(encoding="utf-8"), re.M)[1]
    assert all(part in said for part in (made_by, "language models", "How to cite", "repository", "CC BY 4.0"))


def test_every_finding_has_a_figure_with_a_caption_and_three_marked_lines(visit):
    page = visit().go("book/what-we-found.html")
    findings = page.locator(".ftsec-finding")
    assert findings.count() == 10
    for finding in findings.all():
        assert finding.locator("dt").all_inner_texts() == LINES
        assert len(finding.locator("figure img").get_attribute("alt").split()) > 8
        assert finding.locator("figcaption a").count() >= 1
    assert page.locator(".bd-article > section > p").first.inner_text().startswith("What it adds up to.")


@pytest.mark.parametrize("viewport", [DESKTOP, WIDE], ids=["1280", "1440"])
@pytest.mark.parametrize("name", PAGES)
def test_text_is_set_in_the_books_face_at_a_readable_measure(visit, name: str, viewport: dict):
    page = visit(viewport).go(name)
    page.evaluate("document.fonts.ready.then(() => null)")
    assert page.evaluate("document.fonts.check('18px \"Source Serif 4\"')")
    assert 60 <= page.evaluate(PER_LINE) <= 78
    sizes = page.evaluate(SIZES)
    assert len(sizes) >= 3 and all(larger > 1.1 * smaller for larger, smaller in pairwise(sizes))


@pytest.mark.parametrize("viewport", [DESKTOP, WIDE, HAND], ids=["1280", "1440", "390"])
@pytest.mark.parametrize("name", PAGES)
def test_no_caption_figure_or_list_of_contents_lies_on_another(visit, name: str, viewport: dict):
    page = visit(viewport).go(name)
    assert page.evaluate(OVERLAPS) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_captions_stand_beside_figures_only_where_there_is_room(visit):
    figures = visit().go(CHAPTER).locator(".cell_output figure").count()
    assert [visit(size).go(CHAPTER).evaluate(BESIDE) for size in (HAND, DESKTOP, WIDE)] == [0, 0, figures]
