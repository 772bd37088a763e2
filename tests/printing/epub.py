"""The rules of EPUB 3 that a file of ours could break; EPUBCheck knows them all, and is written in Java."""

from __future__ import annotations

import io
import zipfile
from xml.etree import ElementTree

OPF = "{http://www.idpf.org/2007/opf}"
HTML = "{http://www.w3.org/1999/xhtml}"
BOOK = "EPUB/book.opf"


def faults(epub: bytes) -> list[str]:
    """What is wrong with the file."""
    with zipfile.ZipFile(io.BytesIO(epub)) as archive:
        entries = archive.infolist()
        files = {entry.filename: archive.read(entry) for entry in entries}
    first = (entries[0].filename, entries[0].compress_type, files["mimetype"])
    wrong = [] if first == ("mimetype", zipfile.ZIP_STORED, b"application/epub+zip") else ["mimetype"]
    container = ElementTree.fromstring(files["META-INF/container.xml"])
    if BOOK not in [element.get("full-path") for element in container.iter()]:
        wrong.append("container")
    package = ElementTree.fromstring(files[BOOK])
    items = {item.get("id"): item for item in package.iter(f"{OPF}item")}
    listed = {f"EPUB/{item.get('href')}" for item in items.values()}
    wrong += [f"manifest: {name}" for name in listed ^ (set(files) - {"mimetype", "META-INF/container.xml", BOOK})]
    wrong += [f"spine: {each.get('idref')}" for each in package.iter(f"{OPF}itemref") if each.get("idref") not in items]
    pages = {name: ElementTree.fromstring(files[name]) for name in files if name.endswith(".xhtml")}
    told = {f"EPUB/{item.get('href')}": item.get("properties", "").split() for item in items.values()}
    for name, page in pages.items():
        wrong += [f"{name}: {what}" for what in _faults_of_page(page, pages, files)]
        for tag, property_ in (("math", "mathml"), ("svg", "svg")):
            if (property_ in told[name]) != any(element.tag.endswith(f"}}{tag}") for element in page.iter()):
                wrong.append(f"{name}: property {property_}")
    return wrong


def _faults_of_page(page: ElementTree.Element, pages: dict, files: dict) -> list[str]:
    ids = [element.get("id") for element in page.iter() if element.get("id")]
    wrong = [f"id {each} twice" for each in set(ids) if ids.count(each) > 1]
    for element in page.iter():
        tag = element.tag.removeprefix(HTML)
        if tag in ("script", "iframe", "button", "input", "details") or "style" in element.attrib:
            wrong.append(tag)
        if tag == "img" and (not element.get("alt") or f"EPUB/{element.get('src')}" not in files):
            wrong.append(f"picture {element.get('src')}")
        if tag == "link" and f"EPUB/{element.get('href')}" not in files:
            wrong.append(f"style {element.get('href')}")
        if tag == "a" and not _leads_somewhere(element.get("href"), pages):
            wrong.append(f"link {element.get('href')}")
    return wrong


def _leads_somewhere(href: str | None, pages: dict) -> bool:
    if href is None or href.startswith(("https:", "http:", "mailto:")):
        return True
    file, _, place = href.partition("#")
    page = pages.get(f"EPUB/{file}")
    return page is not None and (not place or any(element.get("id") == place for element in page.iter()))
