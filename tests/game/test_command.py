"""The command of the game, played on barely trained models."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from ftsec.base.errors import InputError
from ftsec.base.project import find_project
from ftsec.cli.game import match
from ftsec.cli.game.commands import game
from ftsec.game import files, payoffs
from ftsec.game import results as game_results
from ftsec.game import seeds as game_seeds
from ftsec.game.moves import digest, rules_digest
from ftsec.game.seeds import DEVELOPMENT, PUBLISHED
from ftsec.testbed import bases
from ftsec.testbed.experiments.common import Setting, load
from ftsec.testbed.training import Plan, pretraining, sft

TABLES = ["game-sides", "game-payoffs", "game-blues", "game-payoffs-development", "game-order", "game-steps"]
ROOT = find_project(Path(__file__)).root


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """Matches take milliseconds: two models of width 8, hardly trained."""
    patch = pytest.MonkeyPatch()
    patch.setenv("FTSEC_CACHE", str(tmp_path_factory.mktemp("cache")))
    plan = Plan(n_steps=2, batch_size=4, tail=None)
    patch.setattr(bases, "pretrain", lambda *a: pretraining.pretrain(*a, plan=plan))
    patch.setattr(sft, "PLAN", Plan(n_steps=2, batch_size=4))
    bases.make_bases("hidden_topic", 8, [1, 2])
    match.honest.cache_clear()
    patch.setattr(match, "models", lambda seeds: tuple(load(Setting(bases=(1, 2), width=8))))
    yield
    patch.undo()
    match.honest.cache_clear()


@pytest.fixture
def folder(tmp_path):
    """Two teams with a side each, and a teacher's secret."""
    for name, side, team in (("ada-blue", "blue", "Ada"), ("bo-blue", "blue", "Bo"), ("ada-red", "red", "Ada")):
        (tmp_path / f"{name}.toml").write_text(files.template(side, team))
    (tmp_path / "secret.txt").write_text("three small words\n")
    return tmp_path


def run(*arguments, status=0):
    result = CliRunner().invoke(game, [str(each) for each in arguments])
    if isinstance(result.exception, InputError):
        assert status == 2, result.exception
        return str(result.exception)
    assert result.exit_code == status, result.output
    return result.output


def test_from_an_empty_folder_to_a_commitment(tmp_path):
    path = tmp_path / "blue.toml"
    run("new", "blue", "--team", "Ada", "-o", path)
    assert "Ada: filter content" in run("check", path)
    assert run("commit", path) == f"{digest(files.read(path))}  Ada\n"
    assert "exists already" in run("new", "blue", "-o", path, status=2)
    assert "team must have" in run("new", "blue", "--team", "=1", "-o", tmp_path / "x.toml", status=2)


def test_check_tells_every_mistake(tmp_path):
    path = tmp_path / "red.toml"
    path.write_text('side = "red"\nteam = "Bo"\nkind = "loud"\nn_steps = 0\n')
    said = run("check", path, status=2)
    assert "kind must be" in said and "n_steps must be" in said


def test_a_match_has_the_same_row_when_played_again(tiny, folder):
    first, again = (folder / name for name in ("a.csv", "b.csv"))
    for results in (first, again):
        match.honest.cache_clear()
        said = run("play", folder / "bo-blue.toml", folder / "ada-red.toml", "--results", results)
    assert first.read_bytes() == again.read_bytes()
    assert "harm" in said and "Bo" in said and "Ada" in said


def test_a_stored_match_is_not_played_again(tiny, folder, monkeypatch):
    arguments = ("play", folder / "bo-blue.toml", "house", "--results", folder / "results.csv")
    said = run(*arguments)
    monkeypatch.setattr(match, "play", None)
    assert run(*arguments).splitlines()[-1] == said.splitlines()[-1]


def test_sides_are_told_apart(folder):
    assert "is a red side" in run("play", folder / "ada-red.toml", folder / "ada-red.toml", status=2)
    assert "the house has no red 'loud'" in run("play", "house:open", "house:loud", status=2)
    both = ("play", "house:open", "house:blunt", "--practice", "--seed-file", folder / "secret.txt")
    assert "exclude each other" in run(*both, status=2)


def test_a_tournament_goes_on_where_it_stopped(tiny, folder, monkeypatch):
    arguments = ("tournament", folder, "--no-house", "--seed-file", folder / "secret.txt")
    calls = []
    play = match.play
    monkeypatch.setattr(match, "play", lambda *a, **k: calls.append(a) or play(*a, **k))
    said = run(*arguments)
    assert len(calls) == 1 and "1 matches in" in said  # Ada's Red does not play against Ada's Blue
    (folder / "cleo.toml").write_text(files.template("red", "Cleo"))
    run(*arguments)
    assert len(calls) == 3
    rows = game_results.read(folder / "results.csv")
    assert {(row.blue_team, row.red_team) for row in rows} == {("Ada", "Cleo"), ("Bo", "Ada"), ("Bo", "Cleo")}
    assert {row.seeds for row in rows} == {game_seeds.hidden_seeds("three small words").name}
    assert "Cleo" in run("board", folder / "results.csv")


def test_a_changed_defence_ends_the_tournament(tiny, folder):
    kept = folder / "commitments.txt"
    kept.write_text(run("commit", folder / "ada-blue.toml") + run("commit", folder / "bo-blue.toml"))
    run("tournament", folder, "--no-house", "--commitments", kept)
    path = folder / "bo-blue.toml"
    path.write_text(path.read_text().replace("gate_probes = 16", "gate_probes = 17"))
    assert "Bo committed another defence" in run("tournament", folder, "--commitments", kept, status=2)


def test_anybody_can_score_again_once_the_word_is_known(tiny, folder):
    results, secret = folder / "results.csv", folder / "secret.txt"
    run("tournament", folder, "--no-house", "--seed-file", secret)
    assert "1 of 1 matches played again; largest difference 0.0" in run("rescore", results, "--seed-file", secret)
    assert "0 of 1 matches played again" in run("rescore", results, status=3)
    (row,) = game_results.read(results)
    results.write_text(results.read_text().replace(f",Ada,{row.red_points},", f",Ada,{row.red_points + 9},"))
    assert "largest difference 9.0" in run("rescore", results, "--seed-file", secret, status=1)


def test_the_word_is_sealed_and_revealed(folder):
    sealed = run("seeds", folder / "secret.txt")
    assert "models" not in sealed
    shown = run("seeds", folder / "secret.txt", "--reveal")
    assert shown.startswith(sealed) and "models 206" in shown


def test_the_published_table_is_whole_and_of_these_rules():
    rows = game_results.read(payoffs.SHIPPED)
    wanted = {(digest(blue), digest(red), drawn.name) for blue, red, drawn in payoffs.planned()}
    assert {(row.blue_digest, row.red_digest, row.seeds) for row in rows} == wanted and len(rows) == len(wanted)
    assert {row.rules for row in rows} == {rules_digest()}
    assert {row.n_models for row in rows if row.seeds == "published"} == {20}


@pytest.mark.parametrize("name", sorted(TABLES))
def test_the_page_shows_what_the_shipped_matches_say(name):
    shown = (ROOT / "book" / "_static" / f"{name}.csv").read_text(encoding="utf-8")
    table = payoffs.tables(game_results.read(payoffs.SHIPPED))[name]
    assert table.to_csv(index=False, lineterminator="\n") == shown
    assert f"_static/{name}.csv" in (ROOT / "book" / "teach" / "game.md").read_text(encoding="utf-8")


def test_what_the_page_says_of_the_tables_is_so():
    rows = game_results.read(payoffs.SHIPPED)
    published, development = (payoffs.points(rows, drawn) for drawn in (PUBLISHED, DEVELOPMENT))
    for table in (published, development):
        worst = table.max(axis=1)
        assert worst.min() > 20  # no defence is perfect
        assert worst["filter"] > 2 * worst["safety"]  # a filter alone is not enough
        assert table.loc["filter", "blunt"] < 10 < table.loc["filter"].drop("blunt").min()  # what it stops, what passes
        assert table.loc["gate"].idxmax() == "trigger"  # what a gate does not ask for it does not see
        assert table.idxmax(axis=1).nunique() >= 3  # no attack is best against everything
        close = worst.sort_values().iloc[:3]
        assert close.iloc[2] - close.iloc[0] < 15  # three different defences come close to each other
        assert {"safety", "probed"} < set(close.index)
    closed = [row for row in rows if row.blue_team == "house closed" and row.seeds == "published"]
    assert max(row.harm for row in closed) < 5 and min(row.red_points for row in closed) > 40


def test_moving_last_is_no_disadvantage():
    table = payoffs.order(game_results.read(payoffs.SHIPPED))
    last, first = table["Red's points"]
    assert last >= first


def test_steps_matter_more_than_examples():
    values = payoffs.steps(game_results.read(payoffs.SHIPPED)).set_index("Examples").astype(float)
    by_steps = values.max(axis=1) - values.min(axis=1)
    by_examples = values.max() - values.min()
    assert by_steps.min() > 5 * by_examples.max()
