"""A Sphinx extension that helps readers and machines find a page: a description, a card for previews, a site map.

`sphinxext.opengraph` describes each page by its first sentences; `share_cards` draws its card. Cards and the site map
need to know where the site will stand, which is one setting: see `ftsec.publishing.address`. The foot of a page says
the version.
"""

from __future__ import annotations

import os
from html import escape
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from ftsec import __version__
from ftsec.publishing.address import VARIABLE, with_slash
from ftsec.publishing.sphinx.share_cards import add_card

DESCRIBED = 155  # characters that search engines show
SKIPPED = ("genindex", "search")


def setup(app: Sphinx) -> dict:
    """Set up the cards and the site map."""
    app.setup_extension("sphinxext.opengraph")
    app.connect("config-inited", describe_pages)
    app.connect("html-page-context", add_card, priority=400)  # before the extension writes a page's metadata
    app.connect("build-finished", write_site_map)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def describe_pages(app: Sphinx, config: Config) -> None:
    """Tell Sphinx and the extension where the site will stand; without an address no card is drawn."""
    address = with_slash(os.environ.get(VARIABLE, "") or config.html_baseurl)
    config.html_baseurl = config.ogp_site_url = address
    config.ogp_type, config.ogp_description_length = "article", DESCRIBED
    config.ogp_social_cards = {"enable": False}
    config.html_theme_options["extra_footer"] = foot(address)


def foot(address: str) -> str:
    """The version, and where it is published: copies of the book lie on sticks and intranets, too."""
    where = f' · <a href="{escape(address)}">{escape(address)}</a>' if address else ""
    return f'<p class="ftsec-version">Version {__version__}{where}</p>'


def write_site_map(app: Sphinx, error: Exception | None) -> None:
    """Write ``sitemap.xml`` with every page of the book, if it is known where the site will stand."""
    if error is None and app.builder.name == "html" and app.config.html_baseurl:
        pages = sorted(set(app.env.found_docs) - set(SKIPPED))
        (Path(app.outdir) / "sitemap.xml").write_text(site_map(pages, app.config.html_baseurl), encoding="utf-8")


def site_map(pages: list[str], address: str) -> str:
    """The site map of pages named without suffix, below an address with a slash at its end."""
    urls = "\n".join(f"  <url><loc>{escape(f'{address}{page}.html')}</loc></url>" for page in pages)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}\n</urlset>\n'
    )
