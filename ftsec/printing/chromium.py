"""The Chromium that prints: where it is, and what it is started with."""

from __future__ import annotations

import os
import shutil

from ftsec.base.errors import InputError

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run")


def find_chromium() -> str:
    """The path of an installed Chromium; `FTSEC_CHROMIUM` names another one."""
    found = os.environ.get("FTSEC_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise InputError("printing needs a Chromium: install your system's chromium package, or set FTSEC_CHROMIUM")
    return found
