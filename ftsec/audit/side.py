"""One side of an audit, the tuned model's files or the base model's: what was measured, how, and of which weights."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from ftsec.audit.recognise import EVALUATION, MODEL, SAMPLES, TRAINING, Item
from ftsec.base.errors import InputError
from ftsec.defenses.evaluation_files import load_measurements
from ftsec.defenses.evaluation_inspect import is_inspect
from ftsec.defenses.evaluation_lm_eval import FILE_NAME, at, is_lm_eval
from ftsec.defenses.measured import Measurement, is_number
from ftsec.defenses.strict import json_lines

PARTS = ("weights", "tokenizer", "template")
QUESTIONS = ("prompt", "question", "query", "instruction", "goal", "input", "text")
METHODS = {"LORA": "lora", "IA3": "ia3", "PREFIX_TUNING": "prefix_tuning"}
LARGEST = 1e15  # what is above is no count of anything
TOKENIZERS = ("tokenizer.json", "tokenizer.model")
TEMPLATES = ("chat_template.jinja",)


@dataclass(frozen=True)
class Setting:
    """How a log was made; None where it does not say.

    Attributes:
        digests: SHA-256 of the weights, the tokenizer and the template that were evaluated.
        system, sampling: fingerprints of the system text and of everything that decides how answers are drawn.
        prompts: prompt -> its text; empty if the log does not hold them.
    """

    day: date | None
    digests: Mapping[str, str]
    system: str | None
    sampling: str | None
    prompts: Mapping[str, str]


UNSAID = Setting(None, {}, None, None, {})


class Side:
    """The files of one model.

    Attributes:
        candidates: measurement -> every account of it, one unless files contradict each other.
        conflicts: why files could not be read together.
    """

    def __init__(self, items: list[Item]) -> None:
        self.items = items
        logs = [item.path for item in self.of(EVALUATION, SAMPLES)]
        self.candidates, self.conflicts = _measured(logs)
        self._samples = [(item, *_samples(item.path)) for item in self.of(SAMPLES)]

    def of(self, *kinds: str) -> list[Item]:
        return [item for item in self.items if item.kind in kinds]

    @property
    def measurements(self) -> dict[str, Measurement]:
        return {name: found[0] for name, found in self.candidates.items()}

    def setting(self, name: str) -> Setting:
        """How a measurement was made."""
        file = self.measurements[name].file if name in self.candidates else ""
        item = next((item for item in self.items if str(item.path) == file), None)
        return UNSAID if item is None else self._setting_of(item, name.partition("/")[0])

    def prompts(self) -> list[str]:
        """The texts of all prompts that any log holds, each once."""
        texts = [text for item in self.of(EVALUATION) for text in _inspect_prompts(item.content).values()]
        texts += [text for _, _, prompts in self._samples for text in prompts.values()]
        return sorted({text for text in texts if text.strip()})

    def _setting_of(self, item: Item, task: str) -> Setting:
        if is_inspect(item.content):
            return _inspect(item.content)
        if not is_lm_eval(item.content):
            return UNSAID
        prompts = {key: text for _, own, held in self._samples if own == task for key, text in held.items()}
        return _lm_eval(item.content, task, prompts)


def digests_of(items: list[Item]) -> dict[str, str]:
    """SHA-256 of a model's weights, tokenizer and template.

    Of several files of weights: of the lines that ``sha256sum`` prints for them, by name.
    """
    own = [item for item in items if item.kind == MODEL]
    weights = [item.path for item in own if item.path.suffix == ".safetensors"]
    named = {part: [item.path for item in own if item.path.name in names]
             for part, names in (("tokenizer", TOKENIZERS), ("template", TEMPLATES))}  # fmt: skip
    found = {part: _sha(paths) for part, paths in {"weights": weights, **named}.items() if paths}
    template = [at(item.content, "chat_template") for item in own]
    if "template" not in found and (texts := [text for text in template if isinstance(text, str)]):
        found["template"] = hashlib.sha256(texts[0].encode(errors="surrogatepass")).hexdigest()
    return found


def training_facts(items: list[Item]) -> dict[str, object]:
    """What the files of the training and of the adapter say of it, in the words of the look-up."""
    facts: dict[str, object] = {}
    for item in items:
        if item.kind not in (TRAINING, MODEL):
            continue
        content = item.content
        history, peft = at(content, "log_history"), at(content, "peft_type")
        rates = [at(row, "learning_rate") for row in history] if isinstance(history, list) else []
        said = {
            "rows": at(content, "train_samples"),
            "method": {"LORA": "lora", "IA3": "ia3", "PREFIX_TUNING": "prefix_tuning"}.get(
                peft if isinstance(peft, str) else ""
            ),
            "epochs": at(content, "num_train_epochs") or at(content, "num_epochs"),
            "learning_rate": at(content, "learning_rate") or max(filter(_is_rate, rates), default=None),
            "batch_size": at(content, "train_batch_size") or at(content, "per_device_train_batch_size"),
        }
        facts = {**{key: value for key, value in said.items() if _usable(value)}, **facts}
    return facts


def _usable(value: object) -> bool:
    return isinstance(value, str) or (is_number(value) and 0 < value < LARGEST)


def _is_rate(value: object) -> bool:
    return isinstance(value, float) and value > 0


def _measured(logs: list[Path]) -> tuple[dict[str, list[Measurement]], list[str]]:
    try:
        return {name: [one] for name, one in load_measurements(logs).items()}, []
    except InputError as conflict:
        found: dict[str, list[Measurement]] = {}
        for log in logs:  # each by itself, so that no bad result gets lost behind the conflict
            for name, one in load_measurements([log]).items():
                found.setdefault(name, []).append(one)
        return found, [str(conflict)]


def _samples(path: Path) -> tuple[str, dict[str, str]]:
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
        _iso_day(created), _said_digests(at(log, "eval", "metadata")),
        None if steps is None else _mark(steps), None if plan is None else _mark(how), _inspect_prompts(log),
    )  # fmt: skip


def _inspect_prompts(log: Mapping) -> dict[str, str]:
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
    return Setting(day, said, system, None if config is None else _mark(how), prompts)


def _said_digests(metadata: object) -> dict[str, str]:
    found = {part: at(metadata, f"{part}_sha256") for part in PARTS}
    return {part: value.lower() for part, value in found.items() if isinstance(value, str)}


def _iso_day(text: object) -> date | None:
    try:
        return datetime.fromisoformat(text).date()
    except (TypeError, ValueError):
        return None


def _mark(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def _sha(paths: list[Path]) -> str:
    each = [(path.name, sha256(path)) for path in sorted(paths)]
    if len(each) == 1:
        return each[0][1]
    lines = "".join(f"{own}  {name}\n" for name, own in each)
    return hashlib.sha256(lines.encode(errors="surrogateescape")).hexdigest()


def sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
