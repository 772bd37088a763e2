"""What was published: measurements, claims, references, fits, look-up."""

from ftsec.evidence.coding import agreement, coding_sheet, second_coding
from ftsec.evidence.comparison import article_against_published
from ftsec.evidence.dose import dose_response
from ftsec.evidence.effects import effect_sizes
from ftsec.evidence.lookup import nearest_experiments
from ftsec.evidence.references import cite, reference_keys
from ftsec.evidence.repairs import benign_rises
from ftsec.evidence.selection import with_source
from ftsec.evidence.tables import claims, claims_of, evidence_for, measurements

__all__ = [
    "agreement",
    "article_against_published",
    "benign_rises",
    "cite",
    "claims",
    "claims_of",
    "coding_sheet",
    "dose_response",
    "effect_sizes",
    "evidence_for",
    "measurements",
    "nearest_experiments",
    "reference_keys",
    "second_coding",
    "with_source",
]
