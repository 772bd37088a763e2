"""Measurements from the files of evaluation tools, in the formats their makers document.

* lm-evaluation-harness: the aggregated results JSON; a measurement is ``task/metric,filter``.
* Inspect: the log as JSON or as ``.eval`` (a ZIP archive of JSON); a measurement is ``task/scorer/metric``.

An evaluation that did not end well, or did not score all its samples, is refused: a gate must not pass on a part.
"""

from __future__ import annotations

import io
import math
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import IO

import pyarrow as pa

from ftsec.base.errors import InputError
from ftsec.defenses.gates import Measurement
from ftsec.defenses.strict import MEBIBYTE, strict_json

MAX_MEMBER_BYTES = 64 * MEBIBYTE  # of one file inside an archive, unpacked
ZSTANDARD = 93  # the number of this packing in the ZIP format
# Inspect writes these letters for a sample that was answered correctly or not
LETTERS = {"C": True, "I": False}


def is_lm_eval(data: Mapping) -> bool:
    return isinstance(data.get("results"), dict) and "configs" in data and "versions" in data


def is_inspect(data: Mapping) -> bool:
    return isinstance(data.get("eval"), dict) and "status" in data and "version" in data


def read_lm_eval(data: Mapping, where: str) -> dict[str, Measurement]:
    """One measurement for every metric of every task; counts where the numbers agree with a mean of 0s and 1s."""
    samples = data.get("n-samples") or {}
    found = {}
    for task, metrics in data["results"].items():
        if not isinstance(metrics, dict):
            raise InputError(f"{where}: the results of {task!r} are not an object")
        n = _at(samples, task, "effective")
        for key, value in metrics.items():
            metric, _, name = key.partition(",")
            if _is_number(value) and name and not metric.endswith("_stderr"):
                stderr = metrics.get(f"{metric}_stderr,{name}")
                found[f"{task}/{key}"] = _with_counts(float(value), n, stderr)
    return _not_empty(found, where)


def read_inspect(data: Mapping, where: str) -> dict[str, Measurement]:
    """One measurement for every metric of every scorer; single outcomes for accuracies of one epoch."""
    _check_complete(data, where)
    task = _at(data, "eval", "task") or "task"
    epochs = _at(data, "eval", "config", "epochs") or 1
    found = {}
    for score in _at(data, "results", "scores") or []:
        for metric, record in (score.get("metrics") or {}).items():
            if not _is_number(record.get("value")) or metric in ("stderr", "std", "var"):
                continue
            name = f"{task}/{score['name']}/{metric}"
            # repeats of a prompt are not independent, so several epochs give a value and no counts
            outcomes = _outcomes(data.get("samples") or [], score["name"]) if epochs == 1 else None
            found[name] = _with_outcomes(float(record["value"]), outcomes)
    return _not_empty(found, where)


def read_inspect_zip(content: bytes, where: str) -> dict[str, Measurement]:
    """The same from an ``.eval`` archive: its ``header.json`` with the samples of ``summaries.json``."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if len(set(names)) != len(names):
                raise InputError(f"{where}: a file stands twice in the archive")
            if "header.json" not in names:
                raise InputError(f"{where}: no header.json in the archive; the evaluation did not end, or it is no log")
            data = strict_json(_member(archive, "header.json", content, where), f"{where}, header.json")
            if "summaries.json" in names:
                summaries = _member(archive, "summaries.json", content, where)
                data["samples"] = strict_json(summaries, f"{where}, summaries.json", list)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error, OSError, RuntimeError, struct.error) as bad:
        raise InputError(f"{where}: the archive cannot be read ({bad})") from None
    if not is_inspect(data):
        raise InputError(f"{where}: header.json is not that of an Inspect log")
    return read_inspect(data, where)


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


def _check_complete(data: Mapping, where: str) -> None:
    if data["status"] != "success" or data.get("invalidated"):
        state = "invalidated" if data.get("invalidated") else data["status"]
        raise InputError(f"{where}: the evaluation's status is {state!r}; a gate needs one that ended in success")
    total, done = _at(data, "results", "total_samples"), _at(data, "results", "completed_samples")
    if total != done:
        raise InputError(f"{where}: only {done} of {total} samples were completed")
    if missing := sum(score.get("unscored_samples") or 0 for score in _at(data, "results", "scores") or []):
        raise InputError(f"{where}: {missing} samples were not scored")


def _outcomes(samples: list, scorer: str) -> dict[str, bool] | None:
    values = {str(sample.get("id")): _at(sample, "scores", scorer, "value") for sample in samples}
    if len(values) != len(samples) or any(not _is_outcome(value) for value in values.values()):
        return None
    return {prompt: LETTERS[value] if isinstance(value, str) else bool(value) for prompt, value in values.items()}


def _is_outcome(value: object) -> bool:
    return value in LETTERS if isinstance(value, str) else isinstance(value, int | float) and value in (0, 1)


def _with_outcomes(value: float, outcomes: dict[str, bool] | None) -> Measurement:
    # only a metric that is the plain share of hits may use the hits (a mean of something else may not)
    if outcomes and math.isclose(sum(outcomes.values()) / len(outcomes), value, abs_tol=1e-9):
        return Measurement(value, sum(outcomes.values()), len(outcomes), outcomes)
    return Measurement(value)


def _with_counts(value: float, n: object, stderr: object) -> Measurement:
    if not isinstance(n, int) or n < 2 or not _is_number(stderr) or not 0 <= value <= 1:
        return Measurement(value)
    k = round(value * n)
    zero_one = math.isclose(stderr, math.sqrt(value * (1 - value) / (n - 1)), rel_tol=1e-6, abs_tol=1e-12)
    return Measurement(value, k, n) if zero_one and math.isclose(k, value * n, abs_tol=1e-6) else Measurement(value)


def _at(data: object, *keys: str) -> object:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _not_empty(found: dict[str, Measurement], where: str) -> dict[str, Measurement]:
    if not found:
        raise InputError(f"{where}: holds no measurement")
    return found
