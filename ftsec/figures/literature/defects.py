"""How the claims fared: verdicts by chapter, and what kind of defect the contradicted ones have."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from ftsec.base.words import in_words
from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.style import RED, canvas, is_narrow
from ftsec.figures.literature.verdicts import VERDICT_COLOURS as VERDICTS

SHADES = {"exposed": 1.0, "over-cautious": 0.6, "no consequence": 0.3}


@two_widths
def verdicts_and_defects(claims: pd.DataFrame) -> Drawing:
    """Verdicts by chapter (top) and contradicted claims by kind and severity of defect (bottom).

    Counts of all claims, not a sample, so there is no interval; how reliable the coding is, kappa says.

    Args:
        claims: ``ftsec.evidence.claims()``.
    """
    by_chapter = pd.crosstab(claims["chapter"], claims["verdict"]).reindex(columns=VERDICTS, fill_value=0)
    wrong = claims[claims["verdict"] == "contradicted"]
    by_kind = pd.crosstab(wrong["defect_kind"], wrong["severity"]).reindex(columns=SHADES, fill_value=0)
    by_kind = by_kind.loc[by_kind.sum(axis=1).sort_values(ascending=False).index]
    with canvas(height=7.6, narrow=8.4, nrows=2, height_ratios=[3.2, 1]) as (figure, (top, bottom)):
        _bars(top, by_chapter, VERDICTS, dict.fromkeys(VERDICTS, 1.0))
        _name(top, "Verdicts by chapter", 2)
        _bars(bottom, by_kind, dict.fromkeys(SHADES, RED), SHADES)
        _name(bottom, "Contradicted claims: what is wrong, and how badly", 2)
    return Drawing(figure, _told(claims, by_kind), "verdicts_and_defects", by_chapter.reset_index())


def _bars(axes: Axes, table: pd.DataFrame, colours: dict[str, str], shades: dict[str, float]) -> None:
    left = pd.Series(0, index=table.index)
    rows = range(len(table))
    for name in table.columns:
        colour, pale = colours[name], shades[name] < 1
        style = {"color": (colour, shades[name]), "edgecolor": colour} if pale else {"color": colour}
        axes.barh(rows, table[name], left=left, label=name, height=0.7, **style)
        for row, start, count in zip(rows, left, table[name], strict=True):
            if count:
                axes.text(start + count / 2, row, count, ha="center", va="center", color="k" if pale else "w", size=9)
        left = left + table[name]
    axes.set_yticks(rows, [in_words(name) for name in table.index])
    axes.set(ylim=(len(table) - 0.5, -0.5), xlabel="claims")
    axes.grid(axis="y", visible=False)


def _name(axes: Axes, title: str, ncols: int) -> None:
    """The title, and the key beside the short bars; on a phone in `ncols` columns between title and bars."""
    if not is_narrow():
        axes.set_title(title)
        axes.legend(loc="lower right")
        return
    axes.tick_params(axis="y", labelsize=9)
    key = axes.legend(loc="lower right", bbox_to_anchor=(1.02, 1), ncols=ncols, handlelength=1, columnspacing=1)
    axes.set_title(title, pad=12 + 14 * -(-len(key.get_texts()) // ncols))


def _told(claims: pd.DataFrame, by_kind: pd.DataFrame) -> str:
    counts = claims["verdict"].value_counts()
    verdict = ", ".join(f"{counts.get(name, 0)} {name}" for name in VERDICTS)
    kinds = ", ".join(
        f"{int(row.sum())} of {kind} ({int(row['exposed'])} exposing)" for kind, row in by_kind.iterrows()
    )
    return f"Of {len(claims)} claims {verdict}. Defects of the contradicted claims: {kinds}."
