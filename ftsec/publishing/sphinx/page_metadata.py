"""A Sphinx extension that helps readers and machines find a page: a description, a card for previews, a site map.

`sphinxext.opengraph` describes each page by its first sentences and draws its card. Cards and the site map need to know
where the site will stand: set ``FTSEC_BASE_URL`` when building, for example to ``https://example.org/book``.
"""

from __future__ import annotations

import os
from html import escape
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

DESCRIBED = 155  # characters that search engines show
ICON = "book/_static/icon.png"  # of this kind since cards are drawn by Matplotlib
SKIPPED = ("genindex", "search")


def setup(app: Sphinx) -> dict:
    """Set up the cards and the site map."""
    app.setup_extension("sphinxext.opengraph")
    app.connect("config-inited", describe_pages)
    app.connect("build-finished", write_site_map)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def base_url() -> str:
    """Where the site will stand, with a slash at the end; empty if unknown."""
    url = os.environ.get("FTSEC_BASE_URL", "").strip()
    return f"{url.rstrip('/')}/" if url else ""


def describe_pages(app: Sphinx, config: Config) -> None:
    """Tell Sphinx and the extension where the site will stand; without an address no card is drawn."""
    config.html_baseurl = config.ogp_site_url = base_url()
    config.ogp_type, config.ogp_description_length = "article", DESCRIBED
    config.ogp_social_cards = {"enable": bool(base_url()), "line_color": "#0072B2", "image_mini": ICON}


def write_site_map(app: Sphinx, error: Exception | None) -> None:
    """Write ``sitemap.xml`` with every page of the book, if it is known where the site will stand."""
    if error is None and app.builder.name == "html" and base_url():
        pages = sorted(set(app.env.found_docs) - set(SKIPPED))
        (Path(app.outdir) / "sitemap.xml").write_text(site_map(pages), encoding="utf-8")


def site_map(pages: list[str]) -> str:
    """The site map of pages named without suffix."""
    urls = "\n".join(f"  <url><loc>{escape(f'{base_url()}{page}.html')}</loc></url>" for page in pages)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}\n</urlset>\n'
    )
