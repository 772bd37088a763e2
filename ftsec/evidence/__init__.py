"""What was published: measurements, claims, references, fits, look-up."""

__all__ = [
    "agreement",
    "answer_of",
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
    "shown_in",
    "with_source",
]


def __getattr__(name: str) -> object:
    """A name is looked up when it is asked for: whoever looks a run up needs no pandas."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ftsec.evidence import (
        answers,
        coding,
        comparison,
        dose,
        effects,
        lookup,
        references,
        repairs,
        selection,
        tables,
    )

    rooms = (answers, coding, comparison, dose, effects, lookup, references, repairs, selection, tables)
    return next(getattr(room, name) for room in rooms if hasattr(room, name))
