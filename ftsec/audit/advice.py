"""For each rule: what it asks, what to do, and the chapter behind it."""

from __future__ import annotations

from typing import NamedTuple

from ftsec.defenses.findings import UNKNOWN, Finding


class Advice(NamedTuple):
    asks: str
    to_do: str
    chapter: str


# where too little is known, and so no answer is known to have failed
OPEN = {"gate": "Measure what is missing.", "gate-baseline": "Ask both models the same prompts."}
GATES, DATA, ADAPTER = "chapter 06, safety gates", "chapter 04, what the data bring", "chapter 13, defences"
SERVICE, TRIGGER = "chapter 12, the fine-tuning service", "the run protocol"
RULES = {
    "gate": Advice(
        "The measurement meets its threshold with its bound.",
        "Look at the answers that failed; measure what is missing.",
        GATES,
    ),
    "gate-baseline": Advice(
        "The tuned model is no worse than the base model.",
        "Look at the prompts that turned bad.",
        GATES,
    ),
    "gate-note": Advice(
        "The log has no oddities.",
        "Read the note.",
        GATES,
    ),
    "gate-unused": Advice(
        "Every measurement has a gate.",
        'Add a gate with kind = "other", or do not hand it in.',
        GATES,
    ),
    "non-inferiority": Advice(
        "The loss stays below the accepted margin.",
        "Ask both models the missing prompts.",
        GATES,
    ),
    "prompts": Advice(
        "There are enough prompts to decide.",
        "Ask that many more, of both models.",
        GATES,
    ),
    "instruments": Advice(
        "Two instruments read the whole answer.",
        "Add a judge that reads whole answers.",
        GATES,
    ),
    "kinds": Advice(
        "Over-refusal and capability are measured.",
        "Run such an evaluation and add its gate.",
        GATES,
    ),
    "identity": Advice(
        "The logs are of these weights.",
        "Evaluate this model, with its digests in the log's metadata.",
        TRIGGER,
    ),
    "settings": Advice(
        "Both models were asked in the same way.",
        "Repeat the evaluation with the same settings.",
        TRIGGER,
    ),
    "dates": Advice(
        "Thresholds come before numbers.",
        "Decide first, then evaluate on prompts not seen yet.",
        TRIGGER,
    ),
    "conflict": Advice(
        "Files do not contradict each other.",
        "Keep one log for each measurement.",
        GATES,
    ),
    "no-policy": Advice(
        "Thresholds are given.",
        "Run `ftsec audit init`.",
        GATES,
    ),
    "base": Advice(
        "The base model was evaluated too.",
        "Give its logs by --base.",
        GATES,
    ),
    "base-weights": Advice(
        "The base model's logs are of the base that the adapter names.",
        "Evaluate that base, and give both logs its digest (`ftsec audit digests`).",
        TRIGGER,
    ),
    "evidence": Advice(
        "All files that the policy names are here.",
        "Bring the missing file, or name the new one.",
        TRIGGER,
    ),
    "unreadable": Advice(
        "Every file is understood.",
        "Repair the file or take it out of the folder.",
        TRIGGER,
    ),
    "data": Advice(
        "The data were read.",
        "Nothing.",
        DATA,
    ),
    "rows": Advice(
        "The data are what was trained on.",
        "Hand in all data and the trainer's train_results.json.",
        DATA,
    ),
    "overlap": Advice(
        "No evaluation prompt was trained on.",
        "Take the prompt out of the evaluation.",
        DATA,
    ),
    "data-bad-row": Advice(
        "Every row can be read.",
        "Repair the row.",
        DATA,
    ),
    "data-unanswered": Advice(
        "Every row teaches an answer.",
        "Look at the row.",
        DATA,
    ),
    "data-term": Advice(
        "No row holds a term of the policy.",
        "Look at the row and take it out.",
        DATA,
    ),
    "adapter": Advice(
        "The adapter is in order.",
        "Nothing.",
        ADAPTER,
    ),
    "adapter-refused": Advice(
        "No file speaks against loading the adapter.",
        "Do not load it; ask its maker for safetensors and a configuration that fits.",
        ADAPTER,
    ),
    "adapter-missing": Advice(
        "All files of the adapter are here.",
        "Fetch the file.",
        ADAPTER,
    ),
    "adapter-leftover": Advice(
        "Nothing is left of the training.",
        "Delete it before the adapter is passed on.",
        ADAPTER,
    ),
    "no-prompts": Advice(
        "The logs hold their prompts.",
        "Hand in the samples (lm-evaluation-harness: --log_samples).",
        DATA,
    ),
    "model": Advice(
        "The weights are here.",
        "Hand in the weights.",
        ADAPTER,
    ),
    "pickle": Advice(
        "Nothing runs a program when loaded.",
        "Ask for safetensors.",
        ADAPTER,
    ),
    "manifest": Advice(
        "Files are as recorded.",
        "Find out who changed the file.",
        ADAPTER,
    ),
    "canary-rows": Advice(
        "All scores of canaries are here.",
        "Hand in every row, those of the candidates too.",
        SERVICE,
    ),
    "canary": Advice(
        "Canaries were not memorised.",
        "Look at how often they were trained on.",
        SERVICE,
    ),
}


def advice(rule: str) -> Advice:
    """The advice of a rule, or of the family that its name begins with."""
    return RULES.get(rule) or RULES[rule.partition("-")[0]]


def to_do(one: Finding) -> str:
    """What to do about a finding."""
    said = advice(one.rule).to_do
    return OPEN.get(one.rule, said) if one.verdict == UNKNOWN else said
