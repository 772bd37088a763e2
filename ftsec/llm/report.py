"""The report: computed in slices that can be interrupted, shipped as tables with settings, versions and digest.

A slice is one experiment under one seed. It is stored as soon as it ends; a second call computes what is missing. Its
name holds a fingerprint of the code it depends on, so slices of another version are never taken for it.
"""

from __future__ import annotations

import json
import os
import platform
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ftsec.base.errors import InputError
from ftsec.llm import code, policy, world
from ftsec.llm.experiments import experiment

if TYPE_CHECKING:
    from ftsec.llm.bench import Bench
    from ftsec.llm.experiments import Experiment

FIRST = 10  # experiments with a smaller place are computed for all seeds before any other
STORED = world.DATA / "frames"
PILOT_SEEDS = (3, 4, 5, 6, 7, 8, 9)
MORE_SLICES = 0  # slices at work beside one per lane: they make examples while others train


@dataclass(frozen=True)
class Slice:
    """One experiment under one seed, kept in a folder."""

    name: str
    seed: int
    folder: Path

    @property
    def path(self) -> Path:
        digest = code.digest(experiment(self.name).function.__module__)
        return self.folder / self.name / f"{self.seed}-{policy.chosen()}-{digest}.parquet"


def folder() -> Path:
    """Where slices are kept by default: the directory of ``FTSEC_CACHE``, or ``~/.cache/ftsec``."""
    return Path(os.environ.get("FTSEC_CACHE") or Path.home() / ".cache" / "ftsec") / "llm"


def slices(names: Iterable[str], where: Path, seeds: Iterable[int] | None = None) -> list[Slice]:
    """Slices of these experiments in the order in which they are computed."""
    chosen = None if seeds is None else tuple(seeds)
    found = [(e, seed) for e in map(experiment, names) for seed in (e.seeds if chosen is None else chosen)]
    return [Slice(e.name, seed, where) for e, seed in sorted(found, key=_turn)]


def _turn(found: tuple[Experiment, int]) -> tuple:
    """Policies first; then all experiments of one seed before the next, so that time that ends leaves whole seeds.
    Consecutive seeds take one topic each."""
    e, seed = found
    return (e.place,) if e.place < FIRST else (FIRST, seed), e.place, e.name, seed


def pilot_slices(names: Iterable[str], where: Path, seeds: Iterable[int] | None = None) -> list[Slice]:
    """Slices on development seeds: first what chooses settings, then one seed after the other, so that little time
    still shows a little of everything."""
    found = [experiment(name) for name in names]
    choices = [e for e in found if set(e.seeds) <= set(world.DEV_SEEDS)]
    others = sorted((e for e in found if e not in choices), key=lambda e: (e.place, e.name))
    first = slices([e.name for e in choices], where, seeds)
    return first + [Slice(e.name, seed, where) for seed in seeds or PILOT_SEEDS for e in others]


def compute(bench: Bench, one: Slice) -> None:
    """Computes a slice and stores it; notes device, versions and time in the file."""
    began = time.monotonic()
    frame = tidy(experiment(one.name).function(bench, one.seed))
    frame.attrs = machine(bench) | {"seconds": round(time.monotonic() - began, 1)}
    write_atomically(one.path, lambda path: frame.to_parquet(path, compression="zstd", index=False))


def compute_all(
    bench: Bench, todo: Iterable[Slice], minutes: float | None = None, at_once: int = 1, reserve: float = 0.0
) -> Iterator[tuple[Slice, Exception | None]]:
    """Computes missing slices, several at once, and yields each as it ends with what went wrong, if anything did.

    After `minutes` no further run begins; what has not ended is left for another call. No slice begins in the last
    `reserve` seconds.
    """
    from ftsec.llm.bench import OutOfTime

    if minutes is not None:
        bench.deadline = time.monotonic() + 60 * minutes
    waiting = [one for one in todo if not one.path.exists()]
    with ThreadPoolExecutor(at_once) as pool:
        running = {}
        while waiting or running:
            while waiting and len(running) < at_once and time.monotonic() < bench.deadline - reserve:
                one = waiting.pop(0)
                running[pool.submit(compute, bench, one)] = one
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                error = future.exception()
                if not isinstance(error, OutOfTime):
                    yield running[future], error
                del running[future]


def choose_policy(bench: Bench, where: Path, at_once: int = 1) -> Iterator[tuple[Slice, Exception | None]]:
    """Tries plans from the smallest on development seeds until one suffices, and leaves the chosen one in use."""
    from ftsec.llm.experiments import policy_choice

    tried = []
    for name in policy.PLANS:
        policy.use(name)
        yield from compute_all(bench, slices(["policy_choice"], where), at_once=at_once)
        tried.append(merged("policy_choice", where))
        if policy_choice.means(tried[-1])["sufficient"].all():
            break
    policy.use(policy_choice.choose(pd.concat(tried, ignore_index=True)))


def tidy(rows: list[dict]) -> pd.DataFrame:
    """Rows as a small frame: measures in single precision."""
    frame = pd.DataFrame(rows)
    floats = [c for c in frame.columns if frame[c].dtype == float and c != "learning_rate"]
    return frame.astype(dict.fromkeys(floats, "float32"))


def machine(bench: Bench) -> dict[str, str]:
    """Device and versions."""
    import peft
    import torch
    import transformers

    device = torch.cuda.get_device_name() if bench.device.type == "cuda" else f"CPU ({platform.machine()})"
    return {
        "policy": policy.chosen(),
        "model": bench.model.name,
        "device": device,
        "torch": torch.__version__.split("+")[0],
        "transformers": transformers.__version__,
        "peft": peft.__version__,
    }


def merged(name: str, where: Path, seeds: Iterable[int] | None = None) -> pd.DataFrame:
    """All slices of an experiment that are there, one below the other; `attrs` holds devices, versions and seconds.

    Raises:
        InputError: if there are none, or if slices of two kinds of device would be mixed.
    """
    present = [one for one in slices([name], where, seeds) if one.path.exists()]
    if not present:
        raise InputError(f"no slice of {name} has been computed yet; see: ftsec llm report --only {name}")
    parts = [pd.read_parquet(one.path) for one in present]
    devices = {part.attrs["device"] for part in parts}
    if len(devices) > 1:
        raise InputError(f"slices of {name} come from different devices ({', '.join(sorted(devices))}): never mixed")
    frame = pd.concat(parts, ignore_index=True)
    frame.attrs = parts[0].attrs | {"seconds": round(sum(part.attrs["seconds"] for part in parts), 1)}
    return frame


def ship(name: str, where: Path, directory: Path = STORED, seeds: Iterable[int] | None = None) -> Path:
    """Writes NAME.parquet and NAME.json into the package; says which seeds are still open."""
    frame = merged(name, where, seeds)
    directory.mkdir(exist_ok=True)
    path = directory / f"{name}.parquet"
    about = {
        "experiment": name,
        "question": experiment(name).question,
        "control": experiment(name).control,
        "seeds": sorted(int(seed) for seed in frame["seed"].unique()),
        "open_seeds": sorted(set(experiment(name).seeds) - set(frame["seed"])),
        "rows": len(frame),
        "code": code.digest(experiment(name).function.__module__),
        "digest": code.frame_digest(frame),
    } | frame.attrs
    frame.attrs = {}
    write_atomically(path, lambda file: frame.to_parquet(file, compression="zstd", index=False))
    text = json.dumps(about, indent=1) + "\n"
    write_atomically(path.with_suffix(".json"), lambda file: file.write_text(text, encoding="utf-8"))
    return path


def stored(name: str, directory: Path = STORED) -> pd.DataFrame:
    """A shipped frame.

    Raises:
        InputError: if it was not shipped.
    """
    path = directory / f"{name}.parquet"
    if not path.exists():
        raise InputError(f"no frame of {name!r} is stored; compute it with: ftsec llm report --only {name}")
    return _read(path, path.stat().st_mtime_ns).copy(deep=False)  # pandas copies what a caller changes


@lru_cache(maxsize=32)
def _read(path: Path, modified: int) -> pd.DataFrame:
    return pd.read_parquet(path)


def pack(where: Path, path: Path) -> None:
    """All slices of a folder in one file, to be carried to another machine."""

    def fill(file: Path) -> None:
        with tarfile.open(file, "w:gz") as archive:
            for one in sorted(where.rglob("*.parquet")):
                if not one.name.startswith("."):
                    archive.add(one, one.relative_to(where).as_posix())

    write_atomically(path, fill)


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Lets `write` fill a temporary file beside `path` and moves it there, so that no reader sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=path.suffix)
    os.close(handle)
    try:
        write(Path(name))
        os.chmod(name, 0o644)
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
