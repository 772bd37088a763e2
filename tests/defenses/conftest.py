"""What several tests of this room need: an adapter that is in order, and files of safetensors as a test wants them."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path

import pytest

GOOD = Path(__file__).with_name("data") / "adapter"  # written by safetensors 0.8 and shaped like PEFT's files


@pytest.fixture
def adapter(tmp_path):
    return Path(shutil.copytree(GOOD, tmp_path / "adapter"))


def safetensors_file(path, header, data=b"", length=None):
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(raw) if length is None else length) + raw + data)
    return path


def tensor(start=0, end=8, shape=(2,), dtype="F32"):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}


def count_copies(texts, canaries):
    """In how many of the texts each canary stands."""
    texts = list(texts)
    return {canary.name: sum(canary.text in text for text in texts) for canary in canaries}
