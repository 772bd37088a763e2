"""A Sphinx extension that helps readers and machines find a page: a description, a preview picture, a site map.

Descriptions are the first sentences of each page. Previews and the site map need to know where the site will stand:
set ``FTSEC_BASE_URL`` when building, for example to ``https://example.org/book``.
"""

from __future__ import annotations

import os
import textwrap
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from ftsec.base.files import write_if_changed
from ftsec.publishing.sphinx.share_cards import preview_card

LONGEST_DESCRIPTION = 155  # characters that search engines show
PICTURE = "_static/social.png"
SKIPPED = ("genindex", "search")


def setup(app: Sphinx) -> dict:
    """Register the page tags and the site map."""
    app.config.html_baseurl = base_url()
    app.connect("html-page-context", add_tags)
    app.connect("build-finished", write_site_map)
    app.connect("build-finished", write_card)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def base_url() -> str:
    """Where the site will stand, with a slash at the end; empty if unknown."""
    url = os.environ.get("FTSEC_BASE_URL", "").strip()
    return f"{url.rstrip('/')}/" if url else ""


def add_tags(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    """Describe the page in its head."""
    if doctree is None:
        return
    description, title = describe(doctree), _text(context.get("title", ""))
    tags = [f'<meta name="description" content="{escape(description)}" />'] if description else []
    tags += [f'<meta property="og:title" content="{escape(title)}" />', '<meta property="og:type" content="article" />']
    if description:
        tags.append(f'<meta property="og:description" content="{escape(description)}" />')
    if base_url():
        tags.append(f'<meta property="og:url" content="{escape(base_url() + page)}.html" />')
        tags.append(f'<meta property="og:image" content="{escape(base_url() + PICTURE)}" />')
        tags.append('<meta name="twitter:card" content="summary_large_image" />')
    context["metatags"] = "\n".join([context.get("metatags", ""), *tags])


def describe(doctree: nodes.document) -> str:
    """The first paragraph of running text, cut at a word."""
    for paragraph in doctree.findall(nodes.paragraph):
        text = " ".join(paragraph.astext().split())
        if len(text.split()) >= 5:
            return textwrap.shorten(text, LONGEST_DESCRIPTION, placeholder=" …")
    return ""


def write_card(app: Sphinx, error: Exception | None) -> None:
    """Write the picture for previews: what the landing page says first, and its figure."""
    landing = app.config.root_doc
    if error is not None or app.builder.name != "html" or landing not in app.env.all_docs:
        return
    doctree = app.env.get_doctree(landing)
    figure = next(iter(doctree.findall(nodes.image)), None)
    if figure is not None:
        title = next(doctree.findall(nodes.title)).astext()
        png = (Path(app.srcdir) / figure["uri"]).read_bytes()
        write_if_changed(Path(app.outdir) / PICTURE, preview_card(title, question(doctree), png))


def question(doctree: nodes.document) -> str:
    """The description without the bold words that introduce it."""
    bold = next((each.astext() for each in doctree.findall(nodes.strong)), "")
    return describe(doctree).removeprefix(bold).strip()


def write_site_map(app: Sphinx, error: Exception | None) -> None:
    """Write ``sitemap.xml`` with every page of the book, if it is known where the site will stand."""
    if error is None and app.builder.format == "html" and base_url():
        pages = sorted(set(app.env.found_docs) - set(SKIPPED))
        write_if_changed(Path(app.outdir) / "sitemap.xml", site_map(pages))


def site_map(pages: list[str]) -> str:
    """The site map of pages named without suffix."""
    urls = "\n".join(f"  <url><loc>{escape(f'{base_url()}{page}.html')}</loc></url>" for page in pages)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}\n</urlset>\n'
    )


def _text(title: str) -> str:
    """A page title without mark-up."""
    return " ".join(title.replace("<em>", "").replace("</em>", "").split())
