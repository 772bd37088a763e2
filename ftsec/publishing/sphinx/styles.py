"""One style sheet out of many, with the rules and the icons that the book uses."""

from __future__ import annotations

import base64
import io
import logging
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from posixpath import dirname, join, normpath, relpath

import tinycss2
from tinycss2.ast import Node

ICON_FONT = "fa-solid-900"  # the theme's icons; read as .ttf, which needs no further library
ICON_FAMILY = r"Font Awesome\ 6 Free"
ICON = re.compile(r'content:\s*"([^"\\])"')
FACE = re.compile(r"@font-face\s*\{[^}]*\}")
OWN_FONTS = "url(fonts/"  # the text face, which lies beside the sheet
WORD = re.compile(r"[\w-]+")


def one_sheet(site: Path, names: Iterable[str], words: str) -> str:
    """The named sheets as one, to lie in ``_static``.

    Args:
        names: files relative to the site, in the order in which pages load them.
        words: pages and scripts; a rule stays if every class and every id of one of its selectors occurs there.
    """
    known = frozenset(WORD.findall(words))
    rules = [rule for name in names for rule in _sheet(site, normpath(name), known)]
    text = "\n".join(['@charset "utf-8";', *rules])
    return _with_icons(text, site / "_static")


def _sheet(site: Path, name: str, known: frozenset[str]) -> Iterator[str]:
    text = (site / name).read_text(encoding="utf-8")
    for rule in tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True):
        if rule.type == "at-rule" and rule.lower_at_keyword == "import":
            target = next(token.value for token in rule.prelude if token.type in ("string", "url"))
            yield from _sheet(site, normpath(join(dirname(name), target)), known)
        else:
            kept = _kept(rule, known)
            if kept:
                yield _rebased(kept, dirname(name))


def _kept(rule: Node, known: frozenset[str]) -> str:
    """The rule as text, without selectors that match nothing; empty if none is left."""
    if rule.type == "qualified-rule":
        selectors = [each for each in _selectors(rule.prelude) if _may_match(each, known)]
        body = tinycss2.serialize(rule.content).strip()
        return f"{','.join(map(tinycss2.serialize, selectors))}{{{body}}}" if selectors and body else ""
    if rule.type != "at-rule" or rule.lower_at_keyword == "charset":
        return ""
    if rule.lower_at_keyword in ("media", "supports"):
        inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
        body = "\n".join(filter(None, (_kept(each, known) for each in inner)))
        return f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{body}}}" if body else ""
    return tinycss2.serialize([rule])


def _selectors(prelude: list[Node]) -> Iterator[list[Node]]:
    """The parts of a selector list between its commas."""
    part: list[Node] = []
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            yield _stripped(part)
            part = []
        else:
            part.append(token)
    yield _stripped(part)


def _stripped(tokens: list[Node]) -> list[Node]:
    return [token for token in tokens if token.type != "comment"]


def _may_match(selector: list[Node], known: frozenset[str]) -> bool:
    """Whether all classes and ids that the selector asks for occur; what stands in brackets is not looked at."""
    for before, token in zip([None, *selector], selector, strict=False):
        is_class = token.type == "ident" and before is not None and before.type == "literal" and before.value == "."
        if (is_class or token.type == "hash") and token.value not in known:
            return False
    return True


def _rebased(rule: str, folder: str) -> str:
    """Addresses of files, seen from ``_static``."""

    def rebase(match: re.Match) -> str:
        return f"url({relpath(normpath(join(folder, match['file'])), '_static')})"

    return re.sub(r"url\([\"']?(?!data:|#)(?P<file>[^)\"']+)[\"']?\)", rebase, rule)


def _with_icons(sheet: str, static: Path) -> str:
    """The sheet with the icon font inside, cut down to the icons that it names; of other fonts the book's own stay."""
    codes = sorted({ord(icon) for icon in ICON.findall(sheet)})
    rest = FACE.sub(lambda face: face[0] if OWN_FONTS in face[0] else "", sheet)
    for face in FACE.findall(sheet):
        source = re.search(rf"[^(\s,]*{ICON_FONT}\.ttf", face)
        if source and ICON_FAMILY in face:
            font = base64.b64encode(_subset(static / source[0], codes)).decode()
            face = re.sub(r"src:[^;}]*", f'src:url(data:font/woff;base64,{font}) format("woff")', face)
            return rest.replace("\n", f"\n{face}\n", 1)  # after the line that names the encoding
    return sheet


def _subset(font: Path, codes: list[int]) -> bytes:
    """The font with only these characters, as WOFF."""
    from fontTools import subset

    logging.getLogger("fontTools").setLevel(logging.WARNING)  # each table of the font is told otherwise
    options = subset.Options(flavor="woff", layout_features=[], name_IDs=[], hinting=False, notdef_outline=False)
    loaded = subset.load_font(str(font), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codes)
    cutter.subset(loaded)
    result = io.BytesIO()
    subset.save_font(loaded, result, options)
    return result.getvalue()
