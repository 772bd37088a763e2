"""How a log says it was made: when, of which model, with which system text and sampling, on which prompts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from ftsec.audit.recognise import Item
from ftsec.defenses.evaluation_inspect import is_inspect
from ftsec.defenses.evaluation_lm_eval import FILE_NAME, at, is_lm_eval
from ftsec.defenses.strict import json_lines

PARTS = ("weights", "tokenizer", "template")
BASE_WEIGHTS = "base_weights"  # of the model that an adapter was put on
QUESTIONS = ("prompt", "question", "query", "instruction", "goal", "input", "text")


@dataclass(frozen=True)
class Setting:
    """How a log was made; None where it does not say.

    Attributes:
        model: the base model that was evaluated (with or without an adapter), as the harness was given it.
        revision: its commit, where the log names one.
        digests: SHA-256 of the weights, the tokenizer and the template that were evaluated, and of the base's weights.
        system, sampling: fingerprints of the system text and of everything that decides how answers are drawn.
        prompts: prompt -> its text; empty if the log does not hold them.
    """

    day: date | None
    model: str | None
    revision: str | None
    digests: Mapping[str, str]
    system: str | None
    sampling: str | None
    prompts: Mapping[str, str]


UNSAID = Setting(None, None, None, {}, None, None, {})


def setting_of(item: Item, task: str, samples: Mapping[str, str]) -> Setting:
    """How a log was made; `samples` are the prompts of its task, which lm-evaluation-harness writes beside it."""
    if is_inspect(item.content):
        return _inspect(item.content)
    return _lm_eval(item.content, task, samples) if is_lm_eval(item.content) else UNSAID


def samples_of(path: Path) -> tuple[str, dict[str, str]]:
    """The task of a file of samples, and the text of each prompt."""
    named, prompts = FILE_NAME.match(path.stem), {}
    for _, row in json_lines(path):
        prompts[f"{row.get('doc_id')}:{str(row.get('doc_hash', ''))[:16]}"] = _asked(row)
    return (named["task"] if named else path.stem), prompts


def _asked(row: Mapping) -> str:
    doc = row.get("doc")
    texts = [doc[key] for key in QUESTIONS if isinstance(at(doc, key), str)]
    first = row.get("arguments")
    while isinstance(first, list | dict) and first and not texts:
        first = first[0] if isinstance(first, list) else next(iter(first.values()))
    return texts[0] if texts else first if isinstance(first, str) else ""


def _inspect(log: Mapping) -> Setting:
    plan = at(log, "plan")
    how = [plan, at(log, "eval", "model_generate_config"), at(log, "eval", "task_args"), at(log, "eval", "config")]
    steps = at(log, "plan", "steps")
    created = at(log, "eval", "created")
    return Setting(
        _iso_day(created), *_inspect_model(log), _said_digests(at(log, "eval", "metadata")),
        None if steps is None else _mark(steps), None if plan is None else _mark(how), inspect_prompts(log),
    )  # fmt: skip


def inspect_prompts(log: Mapping) -> dict[str, str]:
    """The text of each prompt of a log of Inspect."""
    found = {}
    rows = at(log, "samples")
    for row in rows if isinstance(rows, list) else []:
        asked = at(row, "input")
        turns = [at(turn, "content") for turn in asked] if isinstance(asked, list) else [asked]
        found[str(at(row, "id"))] = "\n".join(turn for turn in turns if isinstance(turn, str))
    return found


def _lm_eval(log: Mapping, task: str, prompts: Mapping[str, str]) -> Setting:
    config = at(log, "configs", task)
    how = [at(log, "config", "gen_kwargs"), at(log, "n-shot", task), at(log, "fewshot_as_multiturn"), config]
    stamp = log.get("date")
    day = None
    if isinstance(stamp, int | float) and 0 < stamp < 1e11:
        day = datetime.fromtimestamp(stamp, UTC).date()
    said = _said_digests(at(log, "config", "metadata"))
    if isinstance(log.get("chat_template_sha"), str):
        said.setdefault("template", log["chat_template_sha"])
    system = _mark(log["system_instruction_sha"]) if "system_instruction_sha" in log else None
    return Setting(day, *_lm_eval_model(log), said, system, None if config is None else _mark(how), prompts)


def _inspect_model(log: Mapping) -> tuple[str | None, str | None]:
    """``hf/org/name`` names the model behind the provider, unless a path was given."""
    name = at(log, "eval", "model_args", "model_path") or at(log, "eval", "model")
    if isinstance(name, str) and name == at(log, "eval", "model"):
        name = name.partition("/")[2] or name
    return _text(name), _text(at(log, "eval", "model_args", "revision"))


def _lm_eval_model(log: Mapping) -> tuple[str | None, str | None]:
    """The arguments as a text (``pretrained=…,revision=…``) or a table, and the commit that the harness looked up."""
    given = at(log, "config", "model_args")
    if isinstance(given, str):
        given = dict(pair.partition("=")[::2] for pair in given.split(","))
    revision = at(log, "config", "model_sha") or at(given, "revision") or at(log, "config", "model_revision")
    return _text(at(given, "pretrained")), _text(revision)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _said_digests(metadata: object) -> dict[str, str]:
    found = {part: at(metadata, f"{part}_sha256") for part in (*PARTS, BASE_WEIGHTS)}
    return {part: value.lower() for part, value in found.items() if isinstance(value, str)}


def _iso_day(text: object) -> date | None:
    try:
        return datetime.fromisoformat(text).date()
    except (TypeError, ValueError):
        return None


def _mark(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
