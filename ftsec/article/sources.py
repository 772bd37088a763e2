"""Sources of pre-training data, printed priority: section "Data Pipeline Vulnerabilities" (comparison)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ftsec.article.rated import Rated


@dataclass(frozen=True)
class DataSource:
    """One source of pre-training data and its risk as the article sees it.

    Attributes:
        source_name, scale: as printed.
        attacker_access: how an attacker gets content in.
        poisoning_persistence: how long the content stays in.
        detection_difficulty: how hard poison is to find; levels ``Very hard``, ``Hard``, ``Medium``,
            ``Easy``.
        real_world_examples: what the article points to, in our words.
    """

    source_name: str
    scale: str
    attacker_access: Rated
    poisoning_persistence: Rated
    detection_difficulty: Rated
    real_world_examples: tuple[str, ...]


DATA_SOURCES: tuple[DataSource, ...] = (
    DataSource(
        source_name="Common Crawl / Web Crawl",
        scale="Petabytes",
        attacker_access=Rated("Create/modify web pages, SEO manipulation"),
        poisoning_persistence=Rated("Until next crawl or domain decommission"),
        detection_difficulty=Rated("Very hard", "too large and too mixed to look through"),
        real_world_examples=(
            "Crawls already hold text written to please search engines",
            "Practical poisoning of web data was shown by Carlini et al. 2024",
        ),
    ),
    DataSource(
        source_name="Wikipedia",
        scale="~20GB text",
        attacker_access=Rated("Edit pages", "moderated, but an edit lives until it is reverted"),
        poisoning_persistence=Rated("Until revert", "commonly after hours or days"),
        detection_difficulty=Rated("Medium", "every edit is recorded in a fixed form"),
        real_world_examples=(
            "Moderators meet vandalism all the time",
            "A small factual change may stay for months",
        ),
    ),
    DataSource(
        source_name="GitHub / Code Repositories",
        scale="Terabytes of code",
        attacker_access=Rated("Create repositories, submit pull requests"),
        poisoning_persistence=Rated("Until repository deletion or PR rejection"),
        detection_difficulty=Rated("Hard", "honest code is varied too"),
        real_world_examples=(
            "Packages on PyPI and npm whose names imitate known ones",
            "Malicious code that reached well-known repositories",
        ),
    ),
    DataSource(
        source_name="Books / Academic Papers",
        scale="Terabytes",
        attacker_access=Rated("Publish via open-access platforms, arXiv"),
        poisoning_persistence=Rated("Permanent", "what is published stays"),
        detection_difficulty=Rated("Very hard", "looks like honest work"),
        real_world_examples=(
            "Journals that print for a fee without review",
            "Preprint servers that check little",
        ),
    ),
    DataSource(
        source_name="Synthetic Data (from other models)",
        scale="Variable",
        attacker_access=Rated("Compromise teacher model, manipulate generation"),
        poisoning_persistence=Rated("Permanent in generated dataset"),
        detection_difficulty=Rated("Very hard", "reads like text by people"),
        real_world_examples=(
            "Models that decay when trained on their own output",
            "Benchmarks spoiled by training on their test sets",
        ),
    ),
)

DETECTION_SCORES = {"Very hard": 4, "Hard": 3, "Medium": 2, "Easy": 1}
DEFAULT_SCORE = 2
HIGH_FROM = 3


def prioritize_sources(sources: Iterable[DataSource]) -> list[tuple[str, str]]:
    """(source name, ``HIGH_PRIORITY`` or ``STANDARD``), hardest to detect first, as printed.

    Defect kept: the score is looked up under the whole cell, reason and all ("Very hard (…)"), which is no
    key, so that every printed source falls to the default score, prints STANDARD and keeps its place.
    """
    scored = [(source.source_name, _score(source)) for source in sources]
    scored.sort(key=lambda pair: pair[1], reverse=True)
    return [(name, "HIGH_PRIORITY" if score >= HIGH_FROM else "STANDARD") for name, score in scored]


def _score(source: DataSource) -> int:
    return DETECTION_SCORES.get(str(source.detection_difficulty), DEFAULT_SCORE)
