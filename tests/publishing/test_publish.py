"""Publishing: a folder and an archive that stand alone, one address for everything that names it."""

from __future__ import annotations

import re
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

from ftsec import __version__
from ftsec.base.errors import InputError
from ftsec.base.project import Project, find_project
from ftsec.publishing.address import VARIABLE, book_address
from ftsec.publishing.prose import cited_at
from ftsec.publishing.publish import NO_JEKYLL, citation, publish
from ftsec.publishing.site_check import faults
from ftsec.publishing.sphinx.page_metadata import foot

ADDRESS = "https://example.org/book/"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose site has two pages."""
    monkeypatch.delenv(VARIABLE, raising=False)
    project = Project(tmp_path)
    project.toc.write_text("format: jb-book\nroot: two\n")
    (project.site / "_static").mkdir(parents=True)
    (project.site / "index.html").write_text('<a href="two.html#here">two</a> <img src="_static/a.png">')
    (project.site / "two.html").write_text('<p id="here">here</p>')
    (project.site / "_static" / "a.png").write_bytes(b"picture")
    return project


def test_the_published_folder_and_archive_hold_the_site(site: Project):
    done = publish(site, site.root / "out")
    assert (done.folder / "_static" / "a.png").read_bytes() == b"picture" and (done.folder / NO_JEKYLL).exists()
    assert __version__ in done.folder.name
    with zipfile.ZipFile(done.archive) as packed:
        assert f"{done.folder.name}/two.html" in packed.namelist() and packed.testzip() is None
    assert sorted(path.name for path in (site.root / "out").iterdir()) == sorted(path.name for path in done)


def test_publishing_again_replaces_what_was_there(site: Project):
    before = publish(site, site.root / "out")
    (site.site / "_static" / "a.png").write_bytes(b"another")
    (before.folder / "left.html").touch()
    done = publish(site, site.root / "out")
    assert (done.folder / "_static" / "a.png").read_bytes() == b"another" and not (done.folder / "left.html").exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('<a href="three.html">x</a>', "index.html links to three.html, which is not there"),
        ('<a href="two.html#there">x</a>', "links to two.html#there"),
        ('<script src="https://elsewhere.example/x.js"></script>', "from another host"),
        ("<p>{root}/notebooks</p>", "names a folder of this machine"),
    ],
)
def test_a_site_that_does_not_stand_alone_is_not_published(site: Project, text: str, told: str):
    (site.site / "index.html").write_text(text.replace("{root}", str(site.root)))
    with pytest.raises(InputError, match=told):
        publish(site, site.root / "out")
    assert not (site.root / "out").exists()


def test_a_site_that_was_built_for_another_address_is_not_published(site: Project, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(VARIABLE, ADDRESS)
    with pytest.raises(InputError, match="built for no address; build it again"):
        publish(site, site.root / "out")
    page = (site.site / "two.html").read_text()
    (site.site / "two.html").write_text(f'<link rel="canonical" href="{ADDRESS}two.html" />{page}')
    assert publish(site, site.root / "out").folder.exists()
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(InputError, match=f"built for {ADDRESS}"):
        publish(site, site.root / "out")


def test_a_style_sheet_from_another_host_is_a_fault(site: Project):
    assert faults(site.site, []) == []
    (site.site / "_static" / "a.css").write_text('@import "//elsewhere.example/font.css";')
    assert faults(site.site, []) == ["_static/a.css loads from another host"]


def test_the_address_is_one_setting_which_the_environment_overrides(site: Project, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert book_address(site) == ""
    site.config.write_text("html:\n  baseurl: https://example.org/book\n")
    assert book_address(site) == ADDRESS
    monkeypatch.setenv(VARIABLE, "https://example.com")
    assert book_address(site) == "https://example.com/"


def test_citation_and_foot_name_the_address_and_the_version():
    assert citation("title: x\n", ADDRESS) == f'title: x\nurl: "{ADDRESS}"\n'
    assert citation('url: "https://old.example/"\ntitle: x\n', "") == "title: x\n"
    assert f"  url    = {{{ADDRESS}}},\n" in cited_at("```bibtex\n@misc{ftsec2026,\n  year = {2026},\n", ADDRESS)
    assert __version__ in foot("") and f'href="{ADDRESS}"' in foot(ADDRESS)


def test_the_version_is_the_same_wherever_it_is_written():
    root = find_project(Path(__file__)).root
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    cited = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    page = (root / "book" / "how-to-cite.md").read_text(encoding="utf-8")
    written = {project["version"], cited["version"], *re.findall(r"Version (\d+\.\d+\.\d+)", page)}
    assert written == {__version__}
