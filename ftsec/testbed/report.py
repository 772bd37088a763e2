"""The published frames: computed in pieces that can be interrupted, shipped as tables with settings, digest and cost.

A piece is one experiment in one setting on a few bases. It is stored in the cache as soon as it ends, under a name
that contains everything it depends on: the setting, the bases and the code. A second call computes what is missing.
"""

from __future__ import annotations

import ast
import hashlib
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

import pandas as pd

from ftsec.errors import InputError
from ftsec.testbed import store
from ftsec.testbed.experiments import Setting, experiment

BASES_PER_PIECE = 5
CORE = ("world", "model", "attacks", "measures", "training.loop", "training.optimizers", "training.tuning")
EXPERIMENTS = "ftsec.testbed.experiments."
CORE += ("training.pretraining", "training.sft", "experiments.common")


@dataclass(frozen=True)
class Piece:
    """One experiment in one setting on a few bases."""

    name: str
    setting: Setting

    @property
    def path(self) -> Path:
        """Where its result is kept."""
        origin = f"{self.setting} {code_digest(self.name)}"
        return store.cache_directory() / "report" / self.name / f"{_short(origin)}.parquet"


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
    setting = piece.setting
    missing = [seed for seed in setting.bases if not store.has_base(setting.world, setting.width, seed)]
    if missing:
        store.make_bases(setting.world, setting.width, missing)
    start = time.process_time()
    frame = experiment(piece.name).function(setting)
    frame.insert(0, "width", setting.width)
    frame.insert(0, "world", setting.world)
    frame.attrs["cpu_seconds"] = time.process_time() - start
    store.write_atomically(piece.path, lambda path: frame.to_parquet(path, compression="zstd", index=False))
    return frame.attrs["cpu_seconds"]


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
    store.write_atomically(piece.path, lambda path: path.write_bytes(content))


def ship(name: str, directory: Path = store.DATA) -> Path:
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
    store.write_atomically(path, lambda file: frame.to_parquet(file, compression="zstd", index=False))
    about = json.dumps(_about(name, frame, sum(part.attrs["cpu_seconds"] for part in parts)), indent=1)
    store.write_atomically(path.with_suffix(".json"), lambda file: file.write_text(about + "\n", encoding="utf-8"))
    return path


def published(name: str, main: bool = True) -> pd.DataFrame:
    """A shipped frame; with `main`, only the rows of its first setting, without the columns world and width.

    Raises:
        InputError: if there is no such frame.
    """
    path = store.DATA / f"{name}.parquet"
    if not path.exists():
        shipped = ", ".join(sorted(p.stem for p in store.DATA.glob("*.parquet")))
        raise InputError(f"no frame of {name!r} was published; there are: {shipped}")
    frame = pd.read_parquet(path)
    if not main:
        return frame
    first = frame.iloc[0]
    rows = (frame.world == first.world) & (frame.width == first.width)
    return frame[rows].drop(columns=["world", "width"]).reset_index(drop=True)


def about(name: str) -> dict:
    """Settings, digests, size and cost of a shipped frame."""
    return json.loads((store.DATA / f"{name}.json").read_text(encoding="utf-8"))


def frame_digest(frame: pd.DataFrame) -> str:
    """Fingerprint of a frame's values, independent of the file format."""
    hashes = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    return store.digest(hashes)


def code_digest(name: str) -> str:
    """Fingerprint of the code behind an experiment; comments, docstrings and layout do not count."""
    module = sys.modules[experiment(name).function.__module__]
    used = {getattr(value, "__module__", "") for value in vars(module).values()}
    own = {m for m in used | {module.__name__} if m.startswith(EXPERIMENTS)} - {f"{EXPERIMENTS}common"}
    modules = [f"ftsec.testbed.{core}" for core in CORE] + sorted(own)
    return _short("".join(_code(Path(import_module(m).__file__)) for m in modules))


def _code(path: Path) -> str:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            body[0] = ast.Pass()
    return ast.dump(tree)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _about(name: str, frame: pd.DataFrame, cpu_seconds: float) -> dict:
    return {
        "experiment": name,
        "question": experiment(name).question,
        "settings": [asdict(setting) for setting in experiment(name).settings],
        "rows": len(frame),
        "cpu_seconds": round(cpu_seconds, 1),
        "code": code_digest(name),
        "digest": frame_digest(frame),
    }


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
