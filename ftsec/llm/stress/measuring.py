"""One stress test as a whole: a folder is loaded, taught, attacked and summed up; commands say where it is shown."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import torch

from ftsec.base.errors import InputError
from ftsec.llm.stress import course, findings, loading, page
from ftsec.llm.stress.learner import Learner
from ftsec.llm.stress.safeguard import Safeguard


def measured(
    folder: Path,
    guard: Safeguard,
    plan: course.Plan,
    method: str = "auto",
    device: str = "auto",
    say: Callable[[str], None] = lambda text: None,
) -> page.Stressed:
    """The half-lives of a model's refusal and of its control habit; the folder keeps what it holds.

    Raises:
        InputError: if the folder holds no such model, it does not fit, or it does not learn the habits.
    """
    device = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    if device == "cpu":
        torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS") or torch.get_num_threads()))
    loaded = loading.load(folder, method, device)
    try:
        rows = course.course(Learner(loaded, device), loaded.chat, guard, plan, say)
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise InputError(f"too little memory for {loaded.n_weights / 1e6:.0f} million weights by {loaded.method}"
                         " fine-tuning; try --method lora or a smaller model") from error  # fmt: skip
    return page.Stressed.of(loaded, guard, findings.findings(rows, loaded.method), rows)
