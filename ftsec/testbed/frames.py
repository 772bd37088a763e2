"""The stored frames, our own results: computed in pieces, shipped as tables with settings, digests and cost.

A piece is one experiment in one setting on a few bases. It is stored in the cache as soon as it ends, under a name
that contains everything it depends on: the setting, the bases and the code. A second call computes what is missing.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from ftsec.base.code import code_digests, graph
from ftsec.base.digests import text_digest
from ftsec.base.errors import InputError
from ftsec.base.files import write_atomic
from ftsec.testbed import bases
from ftsec.testbed.experiments import Setting, experiment

BASES_PER_PIECE = 5
ROOM = "ftsec.testbed."


@dataclass(frozen=True)
class Piece:
    """One experiment in one setting on a few bases."""

    name: str
    setting: Setting

    @property
    def path(self) -> Path:
        """Where its result is kept."""
        origin = f"{self.setting} {code_digest(self.name)}"
        return bases.cache_directory() / "report" / self.name / f"{text_digest(origin)}.parquet"


def pieces(name: str) -> list[Piece]:
    """All pieces of an experiment, in the order of its settings and bases."""
    found = []
    for setting in experiment(name).settings:
        for first in range(0, len(setting.bases), BASES_PER_PIECE):
            found.append(Piece(name, setting.only(setting.bases[first : first + BASES_PER_PIECE])))
    return found


def compute(piece: Piece) -> float:
    """Computes a piece if it is missing, stores it, and returns the CPU seconds it took (0 if it was there)."""
    if piece.path.exists():
        return 0.0
    frame = compute_frame(piece.name, piece.setting)
    write_atomic(piece.path, frame.to_parquet(compression="zstd", index=False))
    return frame.attrs["cpu_seconds"]


def compute_frame(name: str, setting: Setting) -> pd.DataFrame:
    """An experiment in one setting, with the columns world and width; bases that are missing are pre-trained first."""
    missing = [seed for seed in setting.bases if not bases.has_base(setting.world, setting.width, seed)]
    if missing:
        bases.make_bases(setting.world, setting.width, missing)
    found = experiment(name)
    start = time.process_time()
    frame = found.function(setting, **found.options)
    frame.insert(0, "width", setting.width)
    frame.insert(0, "world", setting.world)
    frame.attrs["cpu_seconds"] = time.process_time() - start
    return frame


def compute_all(todo: list[Piece], jobs: int = 1) -> Iterator[Piece]:
    """Computes pieces in `jobs` processes and yields each as it ends."""
    if jobs < 1:
        raise InputError(f"the number of jobs must be at least 1, got {jobs}")
    if jobs == 1:
        for piece in todo:
            compute(piece)
            yield piece
        return
    with ProcessPoolExecutor(jobs) as pool:
        running = {pool.submit(compute, piece): piece for piece in todo}
        for future in as_completed(running):
            future.result()
            yield running[future]


def computed(piece: Piece) -> tuple[str, bytes]:
    """Computes a piece for another machine; returns its file's name, which depends on the code, and the content."""
    compute(piece)
    return piece.path.name, piece.path.read_bytes()


def keep(piece: Piece, name: str, content: bytes) -> None:
    """Stores what another machine computed.

    Raises:
        InputError: if that machine has another version of the code.
    """
    if name != piece.path.name:
        raise InputError(f"a worker computed {piece.name} with another version of the code")
    write_atomic(piece.path, content)


def ship(name: str, directory: Path = bases.DATA) -> Path:
    """Joins an experiment's pieces and writes NAME.parquet and NAME.json.

    Raises:
        InputError: if a piece is missing; half a frame is never shipped.
    """
    missing = [piece for piece in pieces(name) if not piece.path.exists()]
    if missing:
        raise InputError(f"{name} is not complete: {len(missing)} of {len(pieces(name))} pieces are missing")
    parts = [pd.read_parquet(piece.path) for piece in pieces(name)]
    frame = pd.concat(parts, ignore_index=True)
    path = directory / f"{name}.parquet"
    write_atomic(path, frame.to_parquet(compression="zstd", index=False))
    about = json.dumps(_about(name, frame, sum(part.attrs["cpu_seconds"] for part in parts)), indent=1)
    write_atomic(path.with_suffix(".json"), about + "\n")
    return path


def shipped() -> list[str]:
    """Names of the stored frames, in alphabetical order."""
    return sorted(path.stem for path in bases.DATA.glob("*.parquet"))


def stored(name: str, main: bool = True) -> pd.DataFrame:
    """A stored frame; with `main`, only the rows of its first setting, without the columns world and width.

    Raises:
        InputError: if there is no such frame.
    """
    path = bases.DATA / f"{name}.parquet"
    if not path.exists():
        raise InputError(f"there is no stored frame of {name!r}; there are: {', '.join(shipped())}")
    return _read(path, path.stat().st_mtime_ns, main).copy(deep=False)  # pandas copies what a caller changes


@lru_cache(maxsize=64)
def _read(path: Path, modified: int, main: bool) -> pd.DataFrame:
    frame = pd.read_parquet(path)
    if not main:
        return frame
    first = frame.iloc[0]
    rows = (frame.world == first.world) & (frame.width == first.width)
    return frame[rows].drop(columns=["world", "width"]).reset_index(drop=True)


def about(name: str) -> dict:
    """Settings, digests, size and cost of a stored frame."""
    return json.loads((bases.DATA / f"{name}.json").read_text(encoding="utf-8"))


def frame_digest(frame: pd.DataFrame) -> str:
    """Fingerprint of a frame's values, independent of the file format."""
    hashes = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    return bases.digest(hashes)


def modules(name: str) -> dict[str, str]:
    """Fingerprints of the testbed's modules behind an experiment, by their names in the room, in alphabetical order.

    Modules of `ftsec.base` compute no number of a frame and are left out.
    """
    module = experiment(name).function.__module__
    behind = {module} | graph().find_upstream_modules(module)
    inside = code_digests(name for name in behind if name.startswith(ROOM))
    return {name.removeprefix(ROOM): value for name, value in inside.items()}


def code_digest(name: str) -> str:
    """Fingerprint of all the code behind an experiment."""
    return text_digest(json.dumps(modules(name), sort_keys=True))


def machine() -> dict[str, str]:
    """The processor and the numerical libraries: training amplifies how they round, so they belong to a result."""
    told = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {"processor": _processor(), "numpy": np.__version__, "blas": f"{told['name']} {told['version']}"}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def _about(name: str, frame: pd.DataFrame, cpu_seconds: float) -> dict:
    return {
        "experiment": name,
        "question": experiment(name).question,
        "settings": [asdict(setting) for setting in experiment(name).settings],
        "rows": len(frame),
        "cpu_seconds": round(cpu_seconds, 1),
        "machine": machine(),
        "code": code_digest(name),
        "modules": modules(name),
        "digest": frame_digest(frame),
    }
