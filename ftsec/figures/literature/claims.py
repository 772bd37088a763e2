"""How claims are shown: a chapter's own in a short table, each linked to its row of the ledger."""

from __future__ import annotations

import html

import pandas as pd

from ftsec.base.vocabulary import WEAK_MARK
from ftsec.figures.base.table import Table

LEDGER = "14_claims_ledger.html"
BRACKETS = (
    "in brackets: what is wrong (a fact, an attribution or code), and what follows for a team that relies on it ({})"
)
FOLLOWS = {
    "exposed": "exposed: the risk is larger than the article lets it believe",
    "over-cautious": "over-cautious: it does more than the evidence asks",
}


def claims_table(frame: pd.DataFrame) -> Table:
    """A chapter's claims with verdict, evidence and a link to the ledger.

    Args:
        frame: rows of ``ftsec.evidence.claims_of``: claim_id, claim, verdict, defect_kind, severity,
            published_evidence, measurement_ids, n_weak.

    Returns:
        A table whose first column links to the claim's row in the ledger.
    """
    counts = zip(frame["measurement_ids"], frame["n_weak"], strict=True)
    shown = pd.DataFrame(
        {
            "Claim": [ledger_link(claim_id) for claim_id in frame["claim_id"]],
            "The article says": frame["claim"],
            "Verdict": [_coloured(*row) for row in frame[["verdict", "defect_kind", "severity"]].values],
            "Published evidence": frame["published_evidence"],
            "Figures": [_count(len(ids), weak) for ids, weak in counts],
        }
    )
    caption = "Claims and verdicts. Figures: how many published figures bear on the claim"
    if frame["n_weak"].any():
        caption += f"; {WEAK_MARK} not read in the paper itself"
    if frame["defect_kind"].any():
        caption += f"; {_brackets(frame)}"
    return Table(shown, caption + ".", raw=("Claim", "Verdict"))


def testbed_table(
    said: pd.DataFrame,
    claims: pd.DataFrame | None = None,
    caption: str = "What the testbed says to these claims; it changes no verdict.",
) -> Table:
    """What the testbed says to claims, each linked to its row of the ledger.

    Args:
        said: rows of ``ftsec.testbed.outcomes.testbed_results``: claim_id, result, experiment, reason.
        claims: rows of ``ftsec.evidence.claims_of``; only these are shown. None for all.
        caption: says which claims these are.
    """
    if claims is not None:
        said = said[said["claim_id"].isin(claims["claim_id"])]
    shown = pd.DataFrame(
        {
            "Claim": [ledger_link(claim_id) for claim_id in said["claim_id"]],
            "Testbed": said["result"],
            "Why": said["reason"],
            "Experiment": said["experiment"],
        }
    )
    return Table(shown, caption, raw=("Claim",))


def _brackets(frame: pd.DataFrame) -> str:
    """What stands in brackets, with the words explained that the table uses; the first of them always."""
    used = {"exposed", *frame["severity"]}
    return BRACKETS.format("; ".join(said for word, said in FOLLOWS.items() if word in used))


def ledger_link(claim_id: str) -> str:
    """HTML that leads from a page of the book to the claim's row in the ledger."""
    name = html.escape(claim_id)
    return f'<a href="{LEDGER}#{name}">{name}</a>'


def _coloured(verdict: str, defect_kind: str, severity: str) -> str:
    """The verdict in its colour, as in the ledger; what is wrong stays in plain letters."""
    said = html.escape(verdict_text(verdict, defect_kind, severity))
    kind = verdict.replace(" ", "-")
    return said.replace(verdict, f'<span class="verdict verdict-{kind}">{verdict}</span>', 1)


def verdict_text(verdict: str, defect_kind: str, severity: str) -> str:
    """``"supported"``, or with its defect: ``"contradicted (code, exposed)"``."""
    return f"{verdict} ({defect_kind}, {severity})" if defect_kind else verdict


def _count(total: int, weak: int) -> str:
    if not total:
        return "none"
    return f"{total}, {weak} {WEAK_MARK}" if weak else str(total)
