"""Judge of the base: whether the base model's logs are of the weights that the adapter was made for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ftsec.audit.judge_logs import used
from ftsec.audit.policy import Policy
from ftsec.audit.setting import BASE_WEIGHTS, Setting
from ftsec.audit.side import Side, adapter_bases, digests_of
from ftsec.defenses.findings import FINE, UNKNOWN, Finding

COMMIT = re.compile(r"[0-9a-f]{40}")


def base_weights(policy: Policy, tuned: Side, base: Side | None) -> Iterator[Finding]:
    """For each log that a gate uses: that the adapter's base is what the base model's log evaluated.

    A name alone does not tie them, since other weights may stand under it on another day: either both logs give the
    same digest of the base's weights, or adapter and log name the same model and commit.
    """
    named = sorted(adapter_bases(tuned.items), key=str)
    if not named or base is None:
        return
    here = digests_of(base.items).get("weights")
    for name, file in used(policy, tuned).items():
        now, before = tuned.setting(name), base.setting(name)
        why = "the adapters name several bases" if len(named) > 1 else _untied(*named[0], now, before, here)
        what = why or f"the base model's log is of {named[0][0]}, for which the adapter was made"
        yield Finding("base-weights", UNKNOWN if why else FINE, "base model", what, file=file)


def _untied(name: str | None, revision: str | None, now: Setting, before: Setting, here: str | None) -> str:
    """Why adapter and logs are not tied; empty if they are."""
    if name is None:
        return "the adapter does not name its base model"
    if before.model is None:
        return "the base model's log does not say which model it is of"
    said, own = now.digests.get(BASE_WEIGHTS), before.digests.get("weights")
    by_digest = bool(said and own)
    if _last(name) != _last(before.model) or (name != before.model and not by_digest):
        return f"the adapter is for {name}, the base model's log is of {before.model}"
    if here and own and here != own:
        return f"the base model's log is of other weights ({own[:12]}…) than lie beside it ({here[:12]}…)"
    if by_digest:
        return "" if said == own else f"this log is on base weights {said[:12]}…, the base model's log of {own[:12]}…"
    if revision and COMMIT.fullmatch(revision) and revision == before.revision:
        return ""
    return f"only the name {name} ties adapter and base model's log ({BASE_WEIGHTS}_sha256 in the metadata would)"


def _last(name: str) -> str:
    """The name without the folder or the owner: a downloaded copy lies elsewhere."""
    return name.rstrip("/").rpartition("/")[2].lower()
