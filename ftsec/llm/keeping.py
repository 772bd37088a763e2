"""A bench that keeps taught policies in files: on a CPU, teaching one takes longer than most attacks on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from ftsec.llm import code
from ftsec.llm.bench import Bench
from ftsec.llm.model import Model
from ftsec.llm.report import write_atomically
from ftsec.llm.runs import Outcome

STANDARD = "ftsec.llm.experiments.policy_learning"  # its fingerprint names what a policy depends on


class KeepingBench(Bench):
    """See the module: a policy that was taught by the same code to the same model is read instead.

    Args:
        folder: where policies are kept, half a gigabyte each for 135 million weights.
    """

    def __init__(self, model: Model, device: str, lanes: dict[tuple[str, str], int] | None, folder: Path):
        super().__init__(model, device, lanes)
        self.folder = folder

    def kept(self, key: object, make: Callable[[], Outcome]) -> Outcome:
        """As a bench does it; policies also from one process to the next."""
        if not isinstance(key, tuple) or key[0] != "policy":
            return super().kept(key, make)
        return super().kept(key, lambda: self._from_file(self.path(key), make))

    def path(self, key: tuple) -> Path:
        """The file of a policy."""
        shape = sum(weight.numel() for weight in self.start)
        first = float(self.start[0].double().abs().sum())  # another model of the same shape has other weights
        origin = code.short(f"{code.digest(STANDARD)} {self.model.name} {shape} {first:.10g}")
        return self.folder / f"{'-'.join(map(str, key[1:]))}-{origin}.pt"

    def _from_file(self, path: Path, make: Callable[[], Outcome]) -> Outcome:
        if path.exists():
            stored = torch.load(path, map_location=self.device, weights_only=True)
            return Outcome(stored["rows"], stored["weights"])
        made = make()
        plain = {"rows": [_plain(row) for row in made.rows], "weights": [weight.cpu() for weight in made.weights]}
        write_atomically(path, lambda file: torch.save(plain, file))
        return made


def _plain(row: dict) -> dict:
    return {name: value.item() if hasattr(value, "item") else value for name, value in row.items()}
