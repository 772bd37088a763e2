"""What lies in a folder: every file is recognised by its content, or it is said why not."""

from __future__ import annotations

import fnmatch
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ftsec.base.errors import InputError, cannot_list
from ftsec.defenses import adapter_files as known
from ftsec.defenses.evaluation_archive import read_log
from ftsec.defenses.evaluation_files import holds_samples, load_measurements
from ftsec.defenses.evaluation_inspect import is_inspect
from ftsec.defenses.evaluation_lm_eval import is_lm_eval
from ftsec.defenses.hub_layout import allowed_roots, pointer_said, stays_inside
from ftsec.defenses.pickles import looks_like_pickle
from ftsec.defenses.provenance import FORMAT
from ftsec.defenses.safetensors_header import read_header
from ftsec.defenses.strict import BOM, MEBIBYTE, json_lines, opened, read_bytes, strict_json
from ftsec.defenses.training_data.formats import recognise as known_row
from ftsec.defenses.training_data.reader import PLAIN, open_data

EVALUATION, SAMPLES, DATA, MODEL = "evaluation", "samples", "training data", "model"
TRAINING, CANARIES, MANIFEST = "training configuration", "canary scores", "manifest"
OTHER, UNKNOWN = "no evidence", "not understood"
EVIDENCE = (EVALUATION, SAMPLES, DATA, MODEL, TRAINING, CANARIES, MANIFEST)
START = 64 << 10
PARSED = 16 * MEBIBYTE  # larger JSON objects are read only as evaluation logs
DOCUMENTS = (".md", ".log", ".rst", ".html", ".png", ".jpg", ".jpeg", ".svg", ".pdf", ".gitignore", ".gitattributes")
TEXT_NAMES = ("license", "licence", "notice", "readme", "copying")
MODEL_NAMES = ("merges.txt", "vocab.txt", "vocab.json", "added_tokens.json", "special_tokens_map.json")
YAML_KEYS = {"base_model", "model_name_or_path", "learning_rate", "num_train_epochs", "num_epochs", "finetuning_type"}
# keys that tell a JSON file of a model or of its trainer: all of a row, what it is, and its kind
OBJECTS = (
    (("peft_type",), "the configuration of an adapter", MODEL),
    (("global_step", "log_history"), "the state of a trainer", TRAINING),
    (("train_samples",), "the results of a trainer", TRAINING),
    (("train_runtime",), "the results of a trainer", TRAINING),
    (("per_device_train_batch_size",), "the arguments of a trainer", TRAINING),
    (("architectures",), "the configuration of a model", MODEL),
    (("model_type",), "the configuration of a model", MODEL),
    (("added_tokens", "model"), "a tokenizer", MODEL),
    (("tokenizer_class",), "the configuration of a tokenizer", MODEL),
    (("chat_template",), "the configuration of a tokenizer", MODEL),
    (("transformers_version",), "the configuration of generation", MODEL),
    (("canaries",), "a list of canaries that were planted", OTHER),
    (("weight_map",), "the list of a model's weights", MODEL),
)


@dataclass(frozen=True)
class Item:
    """One file.

    Attributes:
        name: its path below the folder that was given.
        kind: one of the kinds above.
        said: what it was read as, or why it was not understood.
        content: what a small file of settings, or a log, holds.
    """

    path: Path
    name: str
    kind: str
    said: str
    content: dict = field(default_factory=dict, repr=False, compare=False)


def recognise(root: Path) -> list[Item]:
    """Every file of a folder (or the one file that was given), by name.

    Raises:
        InputError: if there is nothing there.
    """
    if not root.exists():
        raise InputError(f"{root}: does not exist")
    if root.is_file():
        return [_item(root, root.name)]
    roots = allowed_roots(root)
    found = [_inside(path, path.relative_to(root).as_posix(), roots) for path in _walk(root)]
    return sorted(found, key=lambda item: item.name)


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root, onerror=cannot_list):
        yield from (Path(folder, name) for name in folders if Path(folder, name).is_symlink())
        yield from (Path(folder, name) for name in folders if name in known.FOREIGN_FOLDERS)
        folders[:] = sorted(name for name in folders if name not in known.FOREIGN_FOLDERS)
        yield from (Path(folder, name) for name in files)


def _inside(path: Path, name: str, roots: tuple[Path, ...]) -> Item:
    if not stays_inside(path, roots):
        return Item(path, name, UNKNOWN, "it is a link that leaves the folder")
    if path.is_dir() and path.name in known.FOREIGN_FOLDERS:
        return Item(path, f"{name}/", UNKNOWN, "it is a folder of another tool, which is not looked into")
    if not path.is_file():
        return Item(path, name, UNKNOWN, "it is no file that can be read")
    return _item(path, name)


def _item(path: Path, name: str) -> Item:
    try:
        return Item(path, name, *_judged(path))
    except InputError as problem:
        return Item(path, name, UNKNOWN, _because(str(problem).removeprefix(str(path)).lstrip(",: ")))


def _because(said: str) -> str:
    """A reason as it reads after "because"."""
    first = said.partition(" ")[0].rstrip(":")
    return f"it {said}" if first in ("holds", "must", "looks") else f"it is {said}" if first in ("a", "empty") else said


def _judged(path: Path) -> tuple:
    with opened(path) as stream:
        start = stream.read(START + 1)
    name, suffix = path.name.lower(), path.suffix.lower()
    if not start.strip():
        raise InputError(f"{path}: empty")
    if said := pointer_said(start):
        raise InputError(f"{path}: {said}")
    left = any(fnmatch.fnmatchcase(name, pattern) for pattern in known.LEFT_BEHIND)
    pickled = looks_like_pickle(start[:START], len(start) <= START)
    if (
        left and suffix != ".json" and not (not pickled and holds_rows(path))
    ):  # what a trainer writes as JSON tells of the training
        return OTHER, "a leftover of training; delete it before the model is passed on"
    if suffix == ".safetensors":
        return MODEL, f"weights, {len(read_header(path)):,} tensors"
    if start[:2] == b"PK" and suffix in (".eval", ".zip"):
        return _log(path, read_log(read_bytes(path), str(path)))
    if pickled:
        return MODEL, "a pickle"
    if suffix in known.PICKLES:
        raise InputError(f"{path}: named like a pickle, and its first bytes are of none")
    return _by_text(path, start.removeprefix(BOM).lstrip(), suffix)


def _by_text(path: Path, start: bytes, suffix: str) -> tuple:
    if suffix in known.PICTURES and not start.startswith(known.PICTURES[suffix]):
        raise InputError(f"{path}: no picture, whatever its name says")
    if named := _by_name(path, suffix):
        if not holds_rows(path):
            return named
        return _rows_under_another_name(path)
    if suffix in (".yaml", ".yml"):
        return TRAINING, "the configuration of a training", _yaml(path)
    if start[:1] == b"{":
        if holds_samples(path):
            load_measurements([path])  # all of it, so that a broken row is told here
            return SAMPLES, "samples of lm-evaluation-harness"
        if _is_one_object(path):
            return _object(path)
        if {"canary", "inserted", "log_likelihood"} <= next(json_lines(path))[1].keys():
            return CANARIES, "scores of canaries"
    with open_data(path) as data:
        return DATA, data.read_as


def _by_name(path: Path, suffix: str) -> tuple:
    """What a name alone says of a text; empty if it says nothing."""
    if suffix in DOCUMENTS or path.stem.lower() in TEXT_NAMES:
        return OTHER, "a document or picture, without rows of training data"
    if suffix in (".jinja", ".model", ".tiktoken") or path.name in MODEL_NAMES:
        return MODEL, "a tokenizer or template"
    if suffix == ".toml":
        return OTHER, "settings in TOML; a policy is given by --policy"
    return ()


def _rows_under_another_name(path: Path) -> tuple:
    with open_data(path) as data:
        if data.format is PLAIN:
            raise InputError(f"{path}: a text in which rows of training data stand; hand them in as .jsonl")
        return DATA, data.read_as


def holds_rows(path: Path) -> bool:
    """Whether a line of a file is a row of training data, whatever the file is called."""
    with opened(path) as stream:
        lines = iter(lambda: stream.readline(PARSED), b"")
        return any(_is_row(line.removeprefix(BOM).strip()) for line in lines)


def _is_row(line: bytes) -> bool:
    if line[:1] != b"{":
        return False
    with suppress(ValueError, RecursionError):
        return known_row(json.loads(line)) is not None
    return False


def _is_one_object(path: Path) -> bool:
    """Whether a file that begins like an object is one, and not rows of them."""
    with opened(path) as stream:
        first = stream.readline(PARSED).strip()
        rest = stream.readline(PARSED).strip()
    if not rest:
        return path.suffix.lower() not in (".jsonl", ".ndjson")
    with suppress(ValueError, RecursionError):
        json.loads(first)
        return False
    return True


def _object(path: Path) -> tuple:
    content = strict_json(read_bytes(path).removeprefix(BOM), str(path))
    if content.get("format") == FORMAT:
        return MANIFEST, "a manifest of files", content
    if is_inspect(content) or is_lm_eval(content):
        return _log(path, content)
    for keys, said, kind in OBJECTS:
        if all(key in content for key in keys):
            return kind, said, content
    return _log(path, content)


def _log(path: Path, content: dict) -> tuple:
    measured = load_measurements([path])
    said = next(iter(measured.values())).read_as if measured else "plain measurements"
    return EVALUATION, f"{said}, {len(measured)} measurement{'' if len(measured) == 1 else 's'}", content


def _yaml(path: Path) -> dict:
    try:
        import yaml
    except ModuleNotFoundError:
        raise InputError(f"{path}: YAML is read with PyYAML, which comes with the extra `chapters`") from None
    try:
        content = yaml.safe_load(read_bytes(path, MEBIBYTE))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError):
        raise InputError(f"{path}: not valid YAML") from None
    if not isinstance(content, dict) or not YAML_KEYS & content.keys():
        raise InputError(f"{path}: no configuration of a training that is known")
    return content
