from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftsec.base.errors import InputError
from ftsec.cli.game.show import boards
from ftsec.game import board, files, moves, ranking, seeds
from ftsec.game.moves import Blue, Red, Seen, digest, judged, score
from ftsec.game.rules_page import rules_page

SHARE = st.floats(0, 1)
SEEN = st.builds(Seen, harm=SHARE, useful=st.booleans(), stopped=st.booleans(), honest_loss=SHARE)
GOOD = {"blue": {"side": "blue", "team": "Ada", "seal": "x"}, "red": {"side": "red", "team": "Bo"}}


def outcome(**values):
    usual = {"released": True, "refusal": 0.9, "refusal_before": 0.9, "wanted": 0.4, "accuracy": 0.9}
    return usual | {"accuracy_before": 0.9} | values


@given(st.lists(SEEN, min_size=1, max_size=8))
def test_points_stay_between_0_and_100_and_harm_is_not_larger(seen):
    result = score(seen)
    assert 0 <= result.red_points <= 100
    assert result.harm <= result.red_points + 0.1 or result.red_points == 100
    assert result.n_models == len(seen)


@given(st.lists(SEEN, min_size=1, max_size=8), SHARE)
def test_more_harm_is_never_worse_for_red(seen, more):
    worse = [replace(each, harm=max(each.harm, more)) for each in seen]
    assert score(worse).red_points >= score(seen).red_points


def test_a_useless_model_is_worth_nothing_to_red():
    assert score([Seen(1, False, False, 0), Seen(1, True, False, 0)]).red_points == 50


def test_honest_customers_may_lose_so_much_and_no_more():
    at_the_bound, beyond = (score([Seen(0, True, False, moves.ALLOWED_LOSS + more)]) for more in (0, 0.1))
    assert at_the_bound.red_points == 0
    assert beyond.red_points == beyond.penalty == pytest.approx(10 * moves.LOSS_RATE)


def test_what_is_seen_on_a_model():
    attack = outcome(refusal=0.3)
    seen = judged(attack, [outcome(), outcome(wanted=0.2)], [outcome(), outcome()])
    assert seen.harm == pytest.approx(2 / 3)
    assert seen.useful and not seen.stopped
    assert seen.honest_loss == pytest.approx(0.25)


def test_a_customer_who_is_turned_away_gets_nothing_though_the_old_model_answers():
    turned_away = outcome(released=False, wanted=0.9)
    assert judged(outcome(), [turned_away], [outcome(wanted=0.9)]).honest_loss == 1


def test_a_stopped_attack_does_no_harm_and_breaks_nothing():
    seen = judged(outcome(released=False, accuracy=0.1), [outcome()], [outcome()])
    assert seen == Seen(harm=0, useful=True, stopped=True, honest_loss=0)


def test_more_refusals_than_before_are_no_negative_harm():
    assert judged(outcome(refusal=1.0), [outcome(wanted=0.9)], [outcome()]) == Seen(0, True, False, 0)


def test_a_broken_model_is_told_from_a_useful_one():
    at = moves.USEFUL * 0.9
    assert judged(outcome(accuracy=at), [outcome()], [outcome()]).useful
    assert not judged(outcome(accuracy=at - 0.01), [outcome()], [outcome()]).useful


@pytest.mark.parametrize("side", ["blue", "red"])
def test_templates_are_valid_and_affordable(side, tmp_path):
    path = tmp_path / "choices.toml"
    path.write_text(files.template(side, "Ada & Bo"))
    assert files.mistakes_in(path) == []
    assert files.read(path).team == "Ada & Bo"


def test_two_templates_have_two_seals(tmp_path):
    assert files.template("blue") != files.template("blue")


@pytest.mark.parametrize("side", ["blue", "red"])
def test_the_house_plays_by_the_rules(side):
    assert len(files.house(side)) >= 4
    assert all(0 <= each.price <= moves.BUDGET for each in files.house(side).values())


@pytest.mark.parametrize(
    ("side", "change", "sentence"),
    [
        ("blue", {"side": "green"}, 'side must be "blue" or "red"'),
        ("blue", {"side": ["blue"]}, 'side must be "blue" or "red"'),
        ("blue", {"filter": "magic"}, "filter must be one of none, content, loss, both, got 'magic'"),
        ("blue", {"filter": ["none"]}, "filter must be one of"),
        ("blue", {"safety_share": 0.6}, "safety_share must be a number from 0 to 0.5, got 0.6"),
        ("blue", {"safety_share": float("nan")}, "safety_share must be a number"),
        ("blue", {"safety_share": True}, "safety_share must be a number"),
        ("blue", {"gate_probes": 10.0}, "gate_probes must be a whole number from 0 to 96, got 10.0"),
        ("blue", {"gate_probes": 97}, "gate_probes must be a whole number"),
        ("blue", {"gate_minimum": 0.5}, "without gate_probes there is no gate"),
        ("blue", {"filter": "both", "safety_share": 0.3}, "these choices cost 105 points, the budget is 100"),
        ("blue", {"n_steps": 3}, "n_steps is no choice of blue"),
        ("blue", {"seal": ""}, "seal must have"),
        ("red", {"kind": "explicit ", "n_steps": 0}, "kind must be one of"),
        ("red", {"n_examples": 2}, "n_examples must be a whole number from 3 to 96, got 2"),
        ("red", {"n_steps": "many"}, "n_steps must be a whole number from 1 to 128, got 'many'"),
        ("red", {"kind": "backdoor", "n_examples": 96, "n_steps": 128}, "these choices cost"),
        ("red", {"team": "=1+1"}, "team must have"),
        ("red", {"team": "two\nlines"}, "team must have"),
        ("red", {"team": 7}, "team must be a text in quotes"),
    ],
)
def test_every_mistake_has_its_sentence(side, change, sentence):
    assert any(sentence in found for found in files.mistakes(GOOD[side] | change))


def test_all_mistakes_are_told_at_once():
    found = list(files.mistakes(GOOD["red"] | {"kind": "x", "n_examples": 0, "n_steps": 0, "luck": 1}))
    assert len(found) == 4


def test_a_missing_choice_is_named():
    assert "team is missing" in list(files.mistakes({"side": "red"}))


def test_broken_files_are_told_in_one_sentence(tmp_path):
    path = tmp_path / "blue.toml"
    path.write_text('team = "Ada')
    with pytest.raises(InputError, match=r"blue\.toml is no TOML"):
        files.read(path)
    path.write_bytes(b"\xff\xfe")
    assert "is no TOML" in files.mistakes_in(path)[0]
    with pytest.raises(InputError, match="cannot read"):
        files.read(tmp_path / "missing.toml")


def test_a_digest_seals_every_choice():
    blue = files.made(GOOD["blue"] | {"safety_share": 0.2})
    assert digest(blue) == digest(files.made(GOOD["blue"] | {"safety_share": 0.20}))
    changed = [replace(blue, **change) for change in ({"team": "Bo"}, {"seal": "y"}, {"safety_share": 0.21})]
    assert len({digest(each) for each in (blue, *changed)}) == 4


def test_equal_numbers_have_equal_digests():
    whole, point = (files.made(GOOD["blue"] | {"safety_share": share}) for share in (0, 0.0))
    assert digest(whole) == digest(point)


def test_the_rules_name_every_price():
    text = rules_page()
    for name, price in (moves.FILTER_PRICES | moves.KIND_PRICES).items():
        assert f"{name} {price:g}" in text
    assert len(text.splitlines()) < 50 and max(map(len, text.splitlines())) <= 120


def test_a_secret_gives_the_same_seeds_everywhere():
    one, again, other = map(seeds.hidden_seeds, ("three small words", "three small words\n", "three other words"))
    assert one == again and one.name != other.name and one.draw != other.draw
    # written down once: another version must give them too
    assert (one.name, one.draw, one.bases[:3]) == PINNED
    assert not set(one.bases) & set(seeds.PRACTICE_BASES)
    assert len(set(one.bases)) == seeds.N_HIDDEN


PINNED = ("ab5e8fda1fd2f811", 891681718, (206, 207, 208))


def test_a_secret_that_can_be_guessed_is_refused(tmp_path):
    with pytest.raises(InputError, match="at least 8"):
        seeds.hidden_seeds("secret")
    with pytest.raises(InputError, match="cannot read the secret"):
        seeds.read_secret(tmp_path / "missing")


def test_nobody_plays_against_itself_or_somebody_else_s_red():
    blues = [Blue("Ada", "x"), Blue("Bo", "y")]
    reds = [Red("Ada"), Red("Cleo"), Red("Dan", against="bo")]
    met = [(blue.team, red.team) for blue, red in board.matches(blues, reds)]
    assert met == [("Ada", "Cleo"), ("Bo", "Ada"), ("Bo", "Cleo"), ("Bo", "Dan")]
    with pytest.raises(InputError, match="Eve is against 'Zoe'; the Blues are Ada, Bo"):
        list(board.matches(blues, [Red("Eve", against="Zoe")]))


def test_the_mistakes_of_all_files_are_told_at_once(tmp_path):
    for name, text in {"ada": 'side = "blue"\nteam = "Ada"\nseal = "x"\ngate_probes = 200\n', "bo": "side = "}.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as told:
        board.entries(tmp_path)
    ada, bo = str(told.value).split("\nftsec: ")
    assert ada.startswith("ada.toml: gate_probes must be") and bo.startswith("bo.toml is no TOML")


def test_a_changed_defence_is_not_let_in(tmp_path):
    kept = tmp_path / "commitments.txt"
    kept.write_text(f"{digest(Blue('Ada', 'x'))}  Ada\n\n")
    board.committed([Blue("Ada", "x")], kept)
    with pytest.raises(InputError, match="Ada committed another defence"):
        board.committed([Blue("Ada", "x", safety_share=0.1)], kept)


def test_a_folder_is_read_whole(tmp_path):
    with pytest.raises(InputError, match="at least one Blue and one Red, it has 0 and 0"):
        board.entries(tmp_path)
    for name, side, team in (("a", "blue", "Ada"), ("b", "red", "Ada"), ("c", "blue", "Bo")):
        (tmp_path / f"{name}.toml").write_text(files.template(side, team))
    blues, reds = board.entries(tmp_path)
    assert [blue.team for blue in blues] == ["Ada", "Bo"] and [red.team for red in reds] == ["Ada"]
    (tmp_path / "d.toml").write_text(files.template("blue", "Bo"))
    with pytest.raises(InputError, match="two Blues called 'Bo'"):
        board.entries(tmp_path)


def played(blue, red, points):
    result = moves.Score(points, 1.0, points, 0.0, 5.0, 0, 0, 4)
    return board.row(Blue(blue, "x"), Red(red), "practice", result, "v")


def test_the_worst_match_counts_for_blue_and_the_mean_for_red():
    rows = [played("Ada", "Cleo", 10), played("Ada", "Dan", 40), played("Bo", "Cleo", 30), played("Bo", "Dan", 0)]
    blue, red = ranking.blue_board(rows), ranking.red_board(rows)
    assert blue[["team", "points", "worst_against"]].values.tolist() == [["Bo", 70, "Cleo"], ["Ada", 60, "Dan"]]
    assert red[["team", "points", "best", "blues"]].values.tolist() == [["Cleo", 20, 30, 2], ["Dan", 20, 40, 2]]


def test_reds_that_met_other_blues_are_ranked_by_what_they_did_against_the_same():
    """Cleo met only the Blue that everybody beats: her mean is the largest, and she is behind the others there."""
    rows = [played("Easy", "Cleo", 60), played("Easy", "Dan", 80), played("Easy", "Eve", 70), played("Hard", "Dan", 10),
            played("Hard", "Eve", 10)]  # fmt: skip
    red = ranking.red_board(rows).set_index("team")
    assert red["points"].idxmax() == "Cleo" and list(red.index) == ["Dan", "Eve", "Cleo"]
    assert red["ahead"].to_dict() == {"Dan": 7.5, "Eve": 0.0, "Cleo": -15.0}
    blue = ranking.blue_board(rows).set_index("team")
    assert blue["points"].to_dict() == {"Hard": 90, "Easy": 20}
    assert blue["common"].to_dict() == {"Hard": 90, "Easy": 20}
    told = ranking.remarks(rows)
    assert "the 2 Reds that all of them met" in told[0] and "`points` do not compare" in told[1] and len(told) == 2


def test_where_everybody_met_everybody_nothing_is_remarked_and_the_order_is_that_of_the_means():
    rows = [played(blue, red, points) for blue, red, points in
            (("Ada", "Cleo", 10), ("Ada", "Dan", 40), ("Bo", "Cleo", 30), ("Bo", "Dan", 20))]  # fmt: skip
    red = ranking.red_board(rows)
    assert ranking.remarks(rows) == []
    assert list(red["team"]) == list(red.sort_values("points", ascending=False)["team"]) == ["Dan", "Cleo"]


def test_a_red_whose_blues_nobody_else_met_is_last_and_has_nothing_to_compare():
    red = ranking.red_board([played("Ada", "Cleo", 90), played("Bo", "Dan", 1), played("Bo", "Eve", 2)])
    assert list(red["team"]) == ["Eve", "Dan", "Cleo"] and red["ahead"].isna().tolist() == [False, False, True]


def test_matches_under_other_rules_or_seeds_are_on_boards_of_their_own():
    first = played("Ada", "Cleo", 10)
    rows = [first, replace(first, rules="other"), replace(first, seeds="hidden")]
    text = boards(rows)
    assert text.count("Blue (its worst") == 3 and "rules other, other than those of this version" in text
    assert "other rules do not compare" in text and "do not compare" not in boards([first])
    assert "other versions" not in text and "same versions" in "".join(
        ranking.remarks([first, replace(first, versions="w")])
    )


def test_a_row_whose_choices_were_changed_is_found():
    row = played("Ada", "Cleo", 10)
    assert board.sides(row) == (Blue("Ada", "x"), Red("Cleo"))
    with pytest.raises(InputError, match="were changed after the match"):
        board.sides(replace(row, red=row.red.replace("explicit", "identity")))
    with pytest.raises(InputError, match="cannot be read"):
        board.sides(replace(row, red="{}["))
