"""The half-life of a model's refusal, measured by the room of the real model: context, and no part of the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from ftsec.base.errors import InputError


def half_life(model: Path, say: Callable[[str], None] = lambda text: None) -> tuple[str, ...]:
    """What a stress test of the model says, in sentences; or the one sentence why there is none.

    The audit goes on either way: what is missing here could not have changed the answer.
    """
    try:
        return tuple(_sentences(model, say))
    except ModuleNotFoundError as lacking:
        package = (lacking.name or "").partition(".")[0]
        if package == "ftsec":
            raise
        return (f"half-life not measured: this needs {package}; run `make llm`, then call .venv-llm/bin/ftsec",)
    except InputError as why:
        return (f"half-life not measured, because {why}",)


def _sentences(model: Path, say: Callable[[str], None]) -> Iterator[str]:
    from ftsec.llm.stress import course, findings, safeguard
    from ftsec.llm.stress.measuring import measured
    from ftsec.llm.stress.page import opening

    result = measured(model, safeguard.harmless(), course.Plan(), say=say)
    yield from (f"half-life: {line}" for line in opening(result))
    for found in result.found:
        trained = findings.ATTACKS[found.attack]
        yield from (f"half-life, trained on {trained}: {line}" for line in findings.said(found, result.existing)[:2])
    yield f"half-life: {findings.REMINDER}"
