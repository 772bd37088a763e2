"""Two parts of the sidebar are folded, unless the page shown stands in them."""

from ftsec.publishing.sphinx.folded_parts import PARTS, with_folded_parts


def part(name: str, item: str = '<li class="toctree-l1"><a href="a.html">A</a></li>') -> str:
    return (
        f'<p aria-level="2" class="caption" role="heading"><span class="caption-text">{name}</span></p>\n'
        f'<ul class="nav bd-sidenav">\n{item}\n</ul>'
    )


def test_only_the_named_parts_are_folded():
    page = with_folded_parts(part("The first article") + "\n" + part(PARTS[0]) + "\n" + part(PARTS[1]))
    assert page.startswith(part("The first article"))
    assert page.count("<details>") == len(PARTS) and page.count("</ul></details>") == len(PARTS)


def test_the_part_of_the_page_shown_is_open():
    here = '<li class="toctree-l1 current active"><a class="current reference internal" href="#">A</a></li>'
    assert "<details open>" in with_folded_parts(part(PARTS[0], here))
