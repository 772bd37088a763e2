"""The header of a safetensors file, read and checked without touching a weight.

The format, as its authors document it: eight bytes with the header's length (little-endian), the header as a JSON
object ``name -> {dtype, shape, data_offsets}`` (and texts under ``__metadata__``), then the weights, without a gap.
"""

from __future__ import annotations

import math
import os
import struct
from dataclasses import dataclass
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.defenses.hub_layout import pointer_said
from ftsec.defenses.strict import opened, strict_json

MAX_HEADER_BYTES = 100_000_000  # the format's own limit
POINTER_BYTES = 300  # more than a git-lfs pointer has
BITS = {
    "F4": 4,
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 16),
    **dict.fromkeys(("U32", "I32", "F32"), 32),
    **dict.fromkeys(("U64", "I64", "F64", "C64"), 64),
}


@dataclass(frozen=True)
class Tensor:
    """A tensor as the header describes it: name, type, shape, and its bytes ``start … end`` after the header."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


def read_header(path: Path) -> list[Tensor]:
    """The tensors of a safetensors file, in the order of their bytes.

    Raises:
        InputError: if the file is truncated, or the header does not agree with itself or with the file.
    """
    with opened(path) as stream:
        file_size = os.fstat(stream.fileno()).st_size
        start = stream.read(8)
        if len(start) < 8:
            raise InputError(f"{path}: too short for a safetensors file ({file_size} bytes)")
        if said := pointer_said(start + stream.read(POINTER_BYTES)):
            raise InputError(f"{path}: {said}")
        stream.seek(8)
        (length,) = struct.unpack("<Q", start)
        if length > min(MAX_HEADER_BYTES, file_size - 8):
            raise InputError(f"{path}: the header claims {length} bytes, the file has {file_size - 8} after it")
        raw = stream.read(length)
    header = strict_json(raw, f"{path}, header")
    _check_metadata(header.pop("__metadata__", {}), path)
    tensors = sorted((_tensor(name, entry, path) for name, entry in header.items()), key=lambda t: (t.start, t.end))
    _check_layout(tensors, file_size - 8 - length, path)
    return tensors


def _tensor(name: str, entry: object, path: Path) -> Tensor:
    where = f"{path}: tensor {name!r}"
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise InputError(f"{where} needs exactly dtype, shape and data_offsets")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if dtype not in BITS if isinstance(dtype, str) else True:
        raise InputError(f"{where} has the unknown type {dtype!r}")
    if not _whole_numbers(shape) or not _whole_numbers(offsets) or len(offsets) != 2:
        raise InputError(f"{where} needs a shape and two offsets of whole numbers from 0 on")
    bits = math.prod(shape) * BITS[dtype]
    if bits % 8:
        raise InputError(f"{where} does not end at a whole byte")
    needed = bits // 8
    if offsets[1] - offsets[0] != needed:
        raise InputError(f"{where} has {offsets[1] - offsets[0]} bytes, its shape and type need {needed}")
    return Tensor(name, dtype, tuple(shape), *offsets)


def _check_metadata(metadata: object, path: Path) -> None:
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise InputError(f"{path}: __metadata__ must hold texts only")


def _check_layout(tensors: list[Tensor], data_size: int, path: Path) -> None:
    if not tensors:
        raise InputError(f"{path}: holds no tensor")
    position = 0
    for tensor in tensors:
        if tensor.start != position:
            what = "overlaps the one before" if tensor.start < position else "leaves a gap before it"
            raise InputError(f"{path}: tensor {tensor.name!r} {what}")
        position = tensor.end
    if position != data_size:
        raise InputError(f"{path}: the header describes {position} bytes of weights, the file has {data_size}")


def _whole_numbers(values: object) -> bool:
    return isinstance(values, list) and all(type(value) is int and value >= 0 for value in values)
