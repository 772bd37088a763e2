"""What a step costs on this device, in one lane alone and in several at once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch

from ftsec.llm import probes, world
from ftsec.llm.lane import Lane, placed
from ftsec.llm.policy import lessons
from ftsec.llm.tuning import Tuning

if TYPE_CHECKING:
    from ftsec.llm.bench import Bench

N_STEPS = 12


def step_times(bench: Bench) -> list[dict]:
    """Milliseconds per step: rows with method, batch_size, lanes, ms (of one lane's step) and per_second (of all)."""
    found = []
    for kind, queue in list(bench._free.items()):
        lanes = [queue.get() for _ in range(queue.qsize())]
        for size in bench.DEFAULT_BATCHES if kind == ("full", "adamw") else bench.DEFAULT_BATCHES[:1]:
            for n in sorted({1, 2, 4, len(lanes)} & set(range(1, len(lanes) + 1))):
                found.append(_measure(bench, lanes[:n], kind[0], size))
        found.append(_look(bench, lanes[0]))
        for lane in lanes:
            queue.put(lane)
    return found


def _measure(bench: Bench, lanes: list[Lane], method: str, size: int) -> dict:
    data = lessons(bench.chat, world.split(0), N_STEPS)
    rows = placed(data.rows, bench.device)
    which = torch.from_numpy(data.order[:, :size].copy()).to(bench.device)
    for lane in lanes:
        with lane.here():
            lane.begin(bench.start, Tuning(0.0, method, 8), 0)
            lane.step(rows, which[0])
    seconds = _clock(bench, lambda: [_step(lane, rows, which[i]) for i in range(N_STEPS) for lane in lanes])
    per_second = N_STEPS * len(lanes) / seconds
    ms = round(1000 * seconds / N_STEPS, 1)
    return {
        "method": method,
        "batch_size": size,
        "lanes": len(lanes),
        "ms": ms,
        "per_second": round(per_second),
    }


def _look(bench: Bench, lane: Lane) -> dict:
    rows = placed(probes.quick(bench.chat, world.split(0)).rows, bench.device)
    with lane.here():
        lane.look(rows)
        seconds = _clock(bench, lambda: lane.look(rows))
    return {"method": lane.kind[0], "look_at_rows": len(rows.ids), "ms": round(1000 * seconds, 1)}


def _step(lane: Lane, rows, which) -> None:
    with lane.here():
        lane.step(rows, which)


def _clock(bench: Bench, work) -> float:
    wait = torch.cuda.synchronize if bench.device.type == "cuda" else lambda: None
    wait()
    began = time.perf_counter()
    work()
    wait()
    return time.perf_counter() - began
