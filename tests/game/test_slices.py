"""Slices of the game's published table, played again on the real models."""

import pytest

from ftsec.cli.game import match
from ftsec.game import (
    board,
    files,
    payoffs,
    results,
    seeds,
)


@pytest.mark.slow
@pytest.mark.parametrize(("blue", "red"), [("filter", "trigger"), ("safety", "blunt"), ("open", "blunt")])
def test_a_slice_of_the_published_table_comes_out_again(blue, red):
    """Matches without a gate: there a model on the edge could fall to the other side on another processor."""
    chosen = files.house("blue")[blue], files.house("red")[red]
    again = match.play(*chosen, seeds.PRACTICE)
    (stored,) = [row for row in results.read(payoffs.SHIPPED) if row.match == again.match]
    assert board.differences([stored], [again]) <= results.TOLERANCE
    assert abs(stored.honest_loss - again.honest_loss) <= results.TOLERANCE
