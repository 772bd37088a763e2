"""Where the book is published: one setting, ``html: baseurl`` in ``_config.yml``.

Links of reports, canonical links, cards for previews and the citation use it. ``FTSEC_BASE_URL`` stands in for it.
"""

from __future__ import annotations

import os

import yaml

from ftsec.base.project import Project

VARIABLE = "FTSEC_BASE_URL"


def book_address(project: Project) -> str:
    """The address with a slash at its end; empty where the book has none."""
    return with_slash(os.environ.get(VARIABLE, "") or configured(project))


def configured(project: Project) -> str:
    """What the configuration says."""
    if not project.config.exists():
        return ""
    config = yaml.safe_load(project.config.read_text(encoding="utf-8")) or {}
    return str((config.get("html") or {}).get("baseurl") or "")


def with_slash(address: str) -> str:
    """An address that names of pages can follow; empty if it is empty."""
    return f"{address.strip().rstrip('/')}/" if address.strip() else ""
