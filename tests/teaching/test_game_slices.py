"""Slices of the game's published table, played again on the real models."""

import pytest

from ftsec.cli import game_match
from ftsec.teaching import game_board, game_files, game_payoffs, game_results, game_seeds


@pytest.mark.slow
@pytest.mark.parametrize(("blue", "red"), [("filter", "trigger"), ("safety", "blunt"), ("open", "blunt")])
def test_a_slice_of_the_published_table_comes_out_again(blue, red):
    """Matches without a gate: there a model on the edge could fall to the other side on another processor."""
    chosen = game_files.house("blue")[blue], game_files.house("red")[red]
    again = game_match.play(*chosen, game_seeds.PRACTICE)
    (stored,) = [row for row in game_results.read(game_payoffs.SHIPPED) if row.match == again.match]
    assert game_board.differences([stored], [again]) <= game_results.TOLERANCE
    assert abs(stored.honest_loss - again.honest_loss) <= game_results.TOLERANCE
