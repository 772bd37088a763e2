"""An Inspect ``.eval`` log, a ZIP archive of JSON packed with Zstandard, read with a bound on what it unpacks to."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import IO

import pyarrow as pa

from ftsec.base.errors import InputError
from ftsec.defenses.evaluation_inspect import is_inspect, read_inspect
from ftsec.defenses.measured import Measurement
from ftsec.defenses.strict import MAX_PARSED_BYTES, MEBIBYTE, strict_json

MAX_MEMBER_BYTES = 64 * MEBIBYTE  # of one file inside an archive, unpacked
ZSTANDARD = 93  # the number of this packing in the ZIP format
PARTS = {"samples": "summaries.json", "reductions": "reductions.json"}


def read_inspect_zip(content: bytes, where: str) -> dict[str, Measurement]:
    """The measurements of an archive: its ``header.json`` with the samples of ``summaries.json`` and the reductions.

    Raises:
        InputError: if the archive is damaged, unpacks to too much, or is no log that ended.
    """
    return read_inspect(read_log(content, where), where)


def read_log(content: bytes, where: str) -> dict:
    """An archive as the one object that Inspect's JSON logs are: its header, samples and reductions.

    Raises:
        InputError: if the archive is damaged, unpacks to too much, or is no log that ended.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            data = _log(archive, content, where)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error, OSError, RuntimeError, struct.error) as bad:
        raise InputError(f"{where}: the archive cannot be read ({bad})") from None
    if not is_inspect(data):
        raise InputError(f"{where}: header.json is not that of an Inspect log")
    return data


def _log(archive: zipfile.ZipFile, content: bytes, where: str) -> dict:
    names = archive.namelist()
    if len(set(names)) != len(names):
        raise InputError(f"{where}: a file stands twice in the archive")
    if "header.json" not in names:
        raise InputError(f"{where}: no header.json in the archive; the evaluation did not end, or it is no log")
    most = MAX_PARSED_BYTES // (1 + len(PARTS))  # all are held at once
    data = strict_json(_member(archive, "header.json", content, where), f"{where}, header.json", most=most)
    for key, name in PARTS.items():
        if name in names:
            data[key] = strict_json(_member(archive, name, content, where), f"{where}, {name}", list, most)
    return data


def _member(archive: zipfile.ZipFile, name: str, content: bytes, where: str) -> bytes:
    info = archive.getinfo(name)
    with _unpacked(archive, info, content) as stream:  # the size in the archive's directory may lie: limit the reading
        member = stream.read(MAX_MEMBER_BYTES + 1)
    if len(member) > MAX_MEMBER_BYTES:
        raise InputError(f"{where}: {name} unpacks to more than {MAX_MEMBER_BYTES // MEBIBYTE} MiB")
    if zlib.crc32(member) != info.CRC:
        raise InputError(f"{where}: {name} is damaged (its checksum differs)")
    return bytes(member)


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, content: bytes) -> IO[bytes]:
    if info.compress_type != ZSTANDARD:
        return archive.open(info)
    # Inspect packs with Zstandard, which zipfile knows from Python 3.14 on; PyArrow brings it along
    name_length, extra_length = struct.unpack_from("<HH", content, info.header_offset + 26)
    start = info.header_offset + 30 + name_length + extra_length
    packed = pa.BufferReader(content[start : start + info.compress_size])
    return pa.CompressedInputStream(packed, "zstd")
