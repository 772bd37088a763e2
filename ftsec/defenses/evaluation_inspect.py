"""Measurements from the logs of Inspect, as JSON or as an ``.eval`` archive, in its present and older forms.

A measurement is ``task/scorer/metric``; with a reducer other than the mean ``task/scorer[reducer]/metric``. A prompt
that was asked in several epochs is one outcome: what Inspect's own reduction says, or the mean.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from ftsec.base.errors import InputError
from ftsec.defenses.evaluation_lm_eval import at
from ftsec.defenses.measured import Measurement, from_outcomes, from_statistics, number, part_of

READ_AS = "an Inspect log"
# what Inspect takes a score's letter or word for (value_to_float in inspect_ai/scorer/_metric.py)
LETTERS = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
WORDS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
SPREADS = ("stderr", "std", "var", "bootstrap_std", "bootstrap_stderr")


def is_inspect(data: Mapping) -> bool:
    return isinstance(data.get("eval"), dict) and "status" in data and "version" in data


def read_inspect(data: Mapping, where: str) -> dict[str, Measurement]:
    """One measurement for every metric of every scorer and reducer.

    Raises:
        InputError: if the evaluation did not end well, two metrics have one name, or there is none.
    """
    scores = _scores(data.get("results"))
    _check_complete(data, scores, where)
    task, part = at(data, "eval", "task") or "task", _part(data)
    rows = [(score, key, record) for score in scores for key, record in _metrics(score)]
    names = _names(task, rows)
    found: dict[str, Measurement] = {}
    for (score, key, record), name in zip(rows, names, strict=True):
        if name in found:
            raise InputError(f"{where}: two entries are called {name!r}, and only one can be meant")
        value = number(record["value"], f"{where}: {name}")
        outcomes = _outcomes(data, score)
        spread = at(score, "metrics", "stderr", "value")
        found[name] = _measured(value, outcomes, spread, data, key, where, part)
    if not found:
        raise InputError(f"{where}: holds no measurement")
    return found


def _scores(results: object) -> list[Mapping]:
    """The scores of a log: a list today, ``scorers`` or one ``scorer`` beside its ``metrics`` in older logs."""
    if not isinstance(results, dict):
        return []
    if isinstance(results.get("scorer"), dict):
        return [{"metrics": results.get("metrics"), **results["scorer"]}]
    return results.get("scores") or results.get("scorers") or []


def _metrics(score: Mapping) -> Iterator[tuple[str, Mapping]]:
    for key, record in (score.get("metrics") or {}).items():
        if key not in SPREADS and record.get("value") is not None:
            yield key, record


def _names(task: str, rows: list) -> list[str]:
    plain = []
    for score, key, _ in rows:
        reducer = score.get("reducer") or "mean"
        plain.append(f"{task}/{score['name']}{'' if reducer == 'mean' else f'[{reducer}]'}/{key}")
    often = Counter(plain)
    # the keys of two scorers' dictionaries may be the same: then the scorer is named as well
    return [
        f"{task}/{score.get('scorer')}/{name.split('/', 1)[1]}" if often[name] > 1 and _differs(score) else name
        for (score, _, _), name in zip(rows, plain, strict=True)
    ]


def _differs(score: Mapping) -> bool:
    return bool(score.get("scorer")) and score.get("scorer") != score["name"]


def _measured(
    value: float, outcomes: dict[str, float] | None, spread: object, data: Mapping, key: str, where: str, part: str
) -> Measurement:
    total, single = _prompts(data), _epochs(data) == 1
    if outcomes is None:
        return from_statistics(value, total if single else None, spread, file=where, read_as=READ_AS, part=part)
    bare = Measurement(value, part=part, file=where, read_as=READ_AS)
    if not outcomes:
        return bare.noting("its samples and its reductions disagree, so neither is used")
    own = from_outcomes(outcomes, part=part, file=where, read_as=READ_AS)
    if total is not None and len(outcomes) < total:
        return replace(bare, part=f"only {part_of(len(outcomes), total)} stand in the file")
    # only a metric that is the plain mean of the scores may use them (a mean of something else may not)
    if math.isclose(own.value, value, abs_tol=1e-6) and total in (None, len(outcomes)):
        return own
    told = key in ("accuracy", "mean")
    return bare.noting(f"its {len(outcomes)} samples give {own.value:.4g}, so they are not used") if told else bare


def _outcomes(data: Mapping, score: Mapping) -> dict[str, float] | None:
    """What each prompt scored, from Inspect's reductions or from the samples.

    None if that is not known, and empty if the two accounts of one log disagree.
    """
    scorer, reducer = score.get("scorer") or score["name"], score.get("reducer")
    rows = [(row.get("id"), row.get("epoch", 1), _sample_value(row, scorer)) for row in data.get("samples") or []]
    single = _by_prompt(rows, score["name"]) if rows and reducer in (None, "mean") else None
    reductions = [r for r in data.get("reductions") or [] if r["scorer"] == scorer and r.get("reducer") == reducer]
    if len(reductions) != 1:
        return None if reductions else single
    reduced = _by_prompt([(row["sample_id"], 1, row["value"]) for row in reductions[0]["samples"]], score["name"])
    return reduced if single is None or single == reduced else {}


def _sample_value(row: Mapping, scorer: str) -> object:
    scores = row.get("scores")
    if scores is None and row.get("score") is not None:  # logs of 2024 have one score
        return at(row, "score", "value")
    return at(scores, scorer, "value")


def _by_prompt(rows: list[tuple], key: str) -> dict[str, float] | None:
    """The mean of each prompt's epochs; None if a value is not understood, or stands there twice."""
    by_prompt: dict[str, dict[object, float]] = {}
    for prompt, epoch, value in rows:
        credit = _credit(value.get(key) if isinstance(value, dict) else value)
        epochs = by_prompt.setdefault(str(prompt), {})
        if credit is None or str(epoch) in epochs:
            return None
        epochs[str(epoch)] = credit
    return {prompt: math.fsum(epochs.values()) / len(epochs) for prompt, epochs in by_prompt.items()}


def _credit(value: object) -> float | None:
    """A score as Inspect turns it into a number, if that lies from 0 to 1."""
    if isinstance(value, str):
        value = LETTERS.get(value, WORDS.get(value.lower(), value))
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    return float(value) if isinstance(value, int | float) and 0 <= value <= 1 else None


def _check_complete(data: Mapping, scores: list[Mapping], where: str) -> None:
    if data["status"] != "success" or data.get("invalidated"):
        state = "invalidated" if data.get("invalidated") else data["status"]
        raise InputError(f"{where}: the evaluation's status is {state!r}; a gate needs one that ended in success")
    total, done = at(data, "results", "total_samples"), at(data, "results", "completed_samples")
    if total != done:
        raise InputError(f"{where}: only {done} of {total} samples were completed")
    if missing := sum(score.get("unscored_samples") or 0 for score in scores):
        raise InputError(f"{where}: {missing} samples were not scored")


def _epochs(data: Mapping) -> int:
    epochs = at(data, "eval", "config", "epochs")
    return epochs if type(epochs) is int and epochs > 0 else 1


def _prompts(data: Mapping) -> int | None:
    """How many prompts were asked: samples are counted with their epochs."""
    total, ids = at(data, "results", "total_samples"), at(data, "eval", "dataset", "sample_ids")
    if type(total) is not int:
        return len(ids) if isinstance(ids, list) and not _is_limited(data) else None
    epochs, most = _epochs(data), at(data, "eval", "dataset", "samples")
    repeated = type(most) is int and total > most * epochs  # more than there are: repeats that no epoch explains
    return total // epochs if total % epochs == 0 and not repeated else None


def _is_limited(data: Mapping) -> bool:
    config = at(data, "eval", "config")
    return at(config, "limit") is not None or at(config, "sample_id") is not None


def _part(data: Mapping) -> str:
    """In words, whether the log holds a part of its dataset."""
    total, done = at(data, "eval", "dataset", "samples"), _prompts(data)
    if type(total) is int and done is not None:
        return part_of(done, total)
    limit, chosen = at(data, "eval", "config", "limit"), at(data, "eval", "config", "sample_id")
    if limit is not None:
        return f"run with limit {str(limit)[:40]}"
    if chosen is not None:
        return "run on chosen samples"
    return "its numbers of samples and epochs do not fit" if type(total) is int else ""
