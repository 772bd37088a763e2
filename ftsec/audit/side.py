"""One side of an audit, the tuned model's files or the base model's: what was measured, how, and of which weights."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ftsec.audit.recognise import EVALUATION, MODEL, SAMPLES, TRAINING, Item
from ftsec.audit.setting import UNSAID, Setting, inspect_prompts, samples_of, setting_of
from ftsec.base.errors import InputError
from ftsec.defenses.evaluation_files import load_measurements
from ftsec.defenses.evaluation_lm_eval import at
from ftsec.defenses.measured import Measurement, is_number

METHODS = {"LORA": "lora", "IA3": "ia3", "PREFIX_TUNING": "prefix_tuning"}
LARGEST = 1e15  # what is above is no count of anything
BASE = ("base_model_name_or_path", "revision")  # as PEFT writes it
TOKENIZERS = ("tokenizer.json", "tokenizer.model")
TEMPLATES = ("chat_template.jinja",)


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
        self._samples = [(item, *samples_of(item.path)) for item in self.of(SAMPLES)]

    def of(self, *kinds: str) -> list[Item]:
        return [item for item in self.items if item.kind in kinds]

    @property
    def measurements(self) -> dict[str, Measurement]:
        return {name: found[0] for name, found in self.candidates.items()}

    def setting(self, name: str) -> Setting:
        """How a measurement was made."""
        file = self.measurements[name].file if name in self.candidates else ""
        item = next((item for item in self.items if str(item.path) == file), None)
        return UNSAID if item is None else setting_of(item, task := name.partition("/")[0], self._prompts_of(task))

    def prompts(self) -> list[str]:
        """The texts of all prompts that any log holds, each once."""
        texts = [text for item in self.of(EVALUATION) for text in inspect_prompts(item.content).values()]
        texts += [text for _, _, prompts in self._samples for text in prompts.values()]
        return sorted({text for text in texts if text.strip()})

    def _prompts_of(self, task: str) -> dict[str, str]:
        return {key: text for _, own, held in self._samples if own == task for key, text in held.items()}


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


def adapter_bases(items: list[Item]) -> set[tuple[str | None, str | None]]:
    """The base model that each adapter names, with its revision."""
    configs = [item.content for item in items if item.kind == MODEL and "peft_type" in item.content]
    return {
        tuple(value if isinstance(value := at(config, key), str) and value else None for key in BASE)
        for config in configs
    }


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
            "method": METHODS.get(peft if isinstance(peft, str) else ""),
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


def _sha(paths: list[Path]) -> str:
    each = [(path.name, sha256(path)) for path in sorted(paths)]
    if len(each) == 1:
        return each[0][1]
    lines = "".join(f"{own}  {name}\n" for name, own in each)
    return hashlib.sha256(lines.encode(errors="surrogateescape")).hexdigest()


def sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
