"""What was published: measurements, claims, references, fits, look-up."""

from ftsec.evidence.references import cite, reference_keys
from ftsec.evidence.tables import claims, claims_of, evidence_for, measurements

__all__ = ["cite", "claims", "claims_of", "evidence_for", "measurements", "reference_keys"]
