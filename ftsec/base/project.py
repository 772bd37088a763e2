"""Where the book lies: its root folder, its chapters, and the folder that everything built goes into."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ftsec.base.errors import InputError

NUMBER = r"[0-9]{2}[a-z]?"  # a chapter's number heads its file's name; 16b is the second page of chapter 16


@dataclass(frozen=True)
class Project:
    """The folders of one checkout of the book."""

    root: Path

    @property
    def toc(self) -> Path:
        return self.root / "_toc.yml"

    @property
    def config(self) -> Path:
        return self.root / "_config.yml"

    @property
    def build(self) -> Path:
        """Everything that can be made again: executed chapters, staged source, site."""
        return self.root / "_build"

    @property
    def executed(self) -> Path:
        return self.build / "executed"

    @property
    def staged(self) -> Path:
        return self.build / "source"

    @property
    def site(self) -> Path:
        return self.build / "html"

    def pages(self) -> list[str]:
        """All documents of `_toc.yml` in reading order, relative to the root and without suffix."""
        return list(_pages(self.toc.read_text(encoding="utf-8")))

    def chapters(self) -> list[Path]:
        """The notebooks of `_toc.yml` in reading order."""
        paths = [self.root / f"{page}.ipynb" for page in self.pages()]
        return [path for path in paths if path.exists()]

    def chapter(self, name: str) -> Path:
        """The notebook called ``05``, ``5``, ``05_finetuning_attack`` or by its path.

        Raises:
            InputError: if no chapter has that name.
        """
        chapters = self.chapters()
        wanted = Path(name).stem
        for path in chapters:
            if wanted in (path.stem, number := number_of(path), number.lstrip("0")):
                return path
        raise InputError(_unknown(name, [path.stem for path in chapters]))


def number_of(path: Path) -> str:
    """A chapter's number as its file has it: ``05``, ``16b``."""
    return path.stem.split("_")[0]


def find_project(start: Path | None = None) -> Project:
    """The project that holds `start` (default: the working directory, then the package's own checkout).

    Raises:
        InputError: if there is no `_toc.yml` beside a `notebooks` folder in it or above it.
    """
    here = Path(os.environ.get("FTSEC_ROOT") or start or Path.cwd()).resolve()
    package = Path(__file__).resolve()
    for folder in (here, *here.parents, *package.parents):
        if (folder / "_toc.yml").exists() and (folder / "notebooks").is_dir():
            return Project(folder)
    raise InputError(
        f"no book in {here} or above it: a book has a _toc.yml beside a notebooks folder; go there"
        " (cd), or name the folder in FTSEC_ROOT"
    )


@lru_cache
def _pages(text: str) -> tuple[str, ...]:
    import yaml

    return tuple(_files(yaml.safe_load(text)))


def _files(node: object) -> Iterator[str]:
    """Every document named in a table of contents, depth first."""
    if isinstance(node, list):
        for item in node:
            yield from _files(item)
    elif isinstance(node, dict):
        if "root" in node or "file" in node:
            yield node.get("root") or node["file"]
        for key in ("parts", "chapters", "sections", "subtrees", "entries"):
            yield from _files(node.get(key))


def _unknown(name: str, known: list[str]) -> str:
    same_number = [each for each in known if each.startswith(name.split("_")[0] + "_")]
    words = {each.partition("_")[2]: each for each in known} | {each: each for each in known}
    wanted = Path(name).stem.casefold()
    within = [each for each in known if len(wanted) > 2 and wanted in each]
    near = [*same_number, *within, *(words[each] for each in difflib.get_close_matches(wanted, words, n=1))]
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"no chapter is called {name!r}{hint or '; there are ' + ', '.join(known)}"
