"""Where runs are trained: lanes on a device, runs handed to them, rows of measures back.

`Bench.train` is called by experiments. On a GPU several runs are trained at once, each in a lane; on a CPU one after
the other. Nothing waits for a number while a run trains, except where a run shall stop at one.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import LifoQueue

import torch

from ftsec.llm.grading import shares
from ftsec.llm.lane import Lane, placed
from ftsec.llm.measures import Probe
from ftsec.llm.model import Model, copy_of
from ftsec.llm.runs import Outcome, Run, Weights

WRITTEN_TOKENS = 40


class OutOfTime(Exception):
    """The time that was given is over: what has not begun is left for another call."""


class Bench:
    """Lanes on one device.

    Args:
        lanes: how many of each kind (method, optimiser) at most; they are built when first needed, or by `prepare`.
    """

    DEFAULT_BATCHES = (8, 32)

    def __init__(self, model: Model, device: str = "cpu", lanes: dict[tuple[str, str], int] | None = None):
        self.model, self.device = model, torch.device(device)
        self.start: Weights = [weight.to(self.device) for weight in model.weights]
        self.counts = lanes or {}
        self._free: dict[tuple[str, str], LifoQueue[Lane]] = {}
        self._lock = threading.Lock()
        self._kept: dict[object, Outcome] = {}
        self._locks: dict[object, threading.Lock] = {}
        self._workers: dict[tuple[str, str], ThreadPoolExecutor] = {}
        self.steps_done = 0
        self.deadline = float("inf")  # on the clock `time.monotonic`: no run begins after it

    @property
    def chat(self):
        return self.model.chat

    def prepare(self) -> None:
        """Builds all lanes now (on a GPU: before anything else runs there)."""
        gc.collect()
        gc.freeze()  # each recording collects garbage; what is there now need not be looked at again
        for kind in self.counts:
            self._queue(kind)

    def _queue(self, kind: tuple[str, str]) -> LifoQueue[Lane]:
        with self._lock:
            if kind not in self._free:
                queue: LifoQueue[Lane] = LifoQueue()
                batches = self.DEFAULT_BATCHES if kind == ("full", "adamw") else self.DEFAULT_BATCHES[:1]
                for _ in range(self.counts.get(kind, 1)):
                    queue.put(Lane(copy_of(self.model, str(self.device)), kind, batches))
                    if self.device.type == "cuda":
                        torch.cuda.empty_cache()  # what warming up took
                self._free[kind] = queue
                self._workers[kind] = ThreadPoolExecutor(self.counts.get(kind, 1))
        return self._free[kind]

    def train(self, runs: Sequence[Run]) -> list[Outcome]:
        """Trains all runs and returns their outcomes in order."""
        for run in runs:
            self._queue(run.tuning.lane)
        waiting = [self._workers[run.tuning.lane].submit(self._in_a_lane, run) for run in runs]
        return [future.result() for future in waiting]

    def kept(self, key: object, make: Callable[[], Outcome]) -> Outcome:
        """An outcome that several experiments need, made once (by the first that asks)."""
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._kept:
                self._kept[key] = make()
        return self._kept[key]

    def forget(self, key: object) -> None:
        """Lets an outcome go that nobody needs any more."""
        self._kept.pop(key, None)

    def _in_a_lane(self, run: Run) -> Outcome:
        if time.monotonic() > self.deadline:
            raise OutOfTime
        queue = self._queue(run.tuning.lane)
        lane = queue.get()
        try:
            with lane.here():
                return self._train(lane, run)
        finally:
            queue.put(lane)

    def _train(self, lane: Lane, run: Run) -> Outcome:
        lane.begin(run.start, run.tuning, run.seed)
        rows, order = placed(run.data.rows, lane.device), torch.from_numpy(run.data.order).to(lane.device)
        probe = placed(run.probe.rows, lane.device)
        full = placed(run.full.rows, lane.device) if run.full else probe
        write = placed(run.write, lane.device) if run.write else None
        seen: list[tuple[int, Probe, torch.Tensor]] = []
        written: dict[int, torch.Tensor] = {}
        last = max((*run.steps, *run.full_steps))
        for step in range(last + 1):
            if step in run.full_steps:
                seen.append((step, run.full, lane.look(full)))
            elif step in run.steps:
                seen.append((step, run.probe, lane.look(probe)))
            if step in run.write_steps:
                written[step] = lane.write(write, WRITTEN_TOKENS)
            if run.stop and seen and seen[-1][0] == step and _reached(seen[-1], run.stop):
                break
            if step < last:
                if run.tuning.decay_steps:
                    lane.set_rate(run.tuning.rate_at(step, last))
                lane.step(rows, order[step])
                self.steps_done += 1
        weights = lane.snapshot() if run.keep else None
        return Outcome([self._row(run, *look, written) for look in seen], weights)

    def _row(self, run: Run, step: int, probe: Probe, look: torch.Tensor, written: dict[int, torch.Tensor]) -> dict:
        tuning = run.tuning
        row = run.condition | {
            "method": tuning.method,
            "lora_rank": tuning.lora_rank,
            "learning_rate": tuning.learning_rate,
            "batch_size": run.data.order.shape[1],
            "step": step,
        }
        row |= run.data.seen(step) | _read(probe, look)
        if step in written:
            row |= shares(self._texts(written[step]))
        return row

    def _texts(self, tokens: torch.Tensor) -> list[str]:
        end, texts = self.chat.end, []
        for row in tokens.cpu().tolist():
            texts.append(self.chat.tokenizer.decode(row[: row.index(end)] if end in row else row).strip())
        return texts


def _read(probe: Probe, look: torch.Tensor) -> dict[str, float]:
    said, likely = look.cpu().numpy()
    return probe.read(said, likely)


def _reached(look: tuple[int, Probe, torch.Tensor], stop: tuple[str, float]) -> bool:
    return _read(look[1], look[2])[stop[0]] >= stop[1]
