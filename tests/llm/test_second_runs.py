"""The later experiments on a network of two layers: what is trained on, what is read inside, what is kept."""
# ruff: noqa: E402 -- they need PyTorch, which is not everywhere

import numpy as np
import pytest

from tests.llm.conftest import WITHOUT

torch = pytest.importorskip("torch", reason=WITHOUT)

from ftsec.llm import dpo, hidden, keeping, policy, world
from ftsec.llm.experiments import backdoor_persistence, identity_shift, mechanism, preference, states
from ftsec.llm.lane import placed


@pytest.fixture
def brief(monkeypatch):
    monkeypatch.setattr(policy, "PLANS", {name: policy.Plan(8, 1e-3, 2, p.places) for name, p in policy.PLANS.items()})


def test_streams_are_those_of_the_network(bench):
    asked = mechanism.Asked.of(bench.chat, world.split(3))
    with hidden.carrying(bench, bench.start) as lane:
        found = hidden.streams(lane, asked.fit)
        rows = placed(asked.fit.take(slice(0, 3)), lane.device)
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            own = lane.network(input_ids=rows.ids, output_hidden_states=True).hidden_states[1]
    assert found.shape == (2, len(asked.fit), 32)
    for i in range(3):
        assert own[i, rows.at[i, 0]].float().numpy() == pytest.approx(found[0, i], abs=0.02)


def test_nothing_added_changes_nothing_and_something_added_does(bench):
    asked = mechanism.Asked.of(bench.chat, world.split(3))
    with hidden.carrying(bench, bench.start) as lane:
        plain = hidden.said(lane, asked.declined)
        looked = lane.look(placed(asked.declined.take(slice(0, 20)), lane.device))[0].numpy()
        wanted = asked.declined.target[:20] != -100
        assert plain[:20] == pytest.approx((looked * wanted).sum(1), abs=0.5)
        assert hidden.said(lane, asked.declined, 0, np.zeros(32, np.float32)) == pytest.approx(plain, abs=1e-3)
        pushed = hidden.said(lane, asked.declined, 0, np.full(32, 3, np.float32))
        assert np.abs(pushed - plain).max() > 0.5
        assert hidden.said(lane, asked.declined) == pytest.approx(plain, abs=1e-3), "no hook is left behind"


def test_directions_are_taken_and_measured_on_different_entities_in_different_words(bench):
    s = world.split(3)
    asked = mechanism.Asked.of(bench.chat, s)
    fit, held = ({bench.chat.tokenizer.decode(row) for row in rows.ids} for rows in (asked.fit, asked.held))
    assert not fit & held
    halves = [{s.held_out[t][-1 - i if later else i] for t, i in mechanism._entities(s)} for later in (False, True)]
    assert not halves[0] & halves[1] and asked.restricted.sum() == asked.control.sum() == mechanism.N_ENTITIES


def test_what_the_policy_added_is_whole_in_the_policy_and_nothing_in_the_base(bench, brief):
    s = world.split(3)
    asked, learnt = mechanism.Asked.of(bench.chat, s), states.policy_of(bench, 3)
    base, policy_seen = (mechanism.look(bench, weights, asked) for weights in (bench.start, learnt.weights))
    same = mechanism.Seen(base.fit, base.fit), mechanism.Seen(policy_seen.fit, policy_seen.fit)
    for seen, expected in zip(same, (0, 1), strict=True):
        found = mechanism.readings(seen, *same, asked, 0, np.random.default_rng(0))
        assert found["kept"] == pytest.approx(expected, abs=1e-5)
    added, control = mechanism.vectors(base, policy_seen, asked)
    assert np.linalg.norm(added[1]) == pytest.approx(np.linalg.norm(control[1]), rel=1e-4)


def test_a_policy_is_taught_once_and_kept_in_a_file(tiny, tmp_path, brief, monkeypatch):
    first = states.policy_of(keeping.KeepingBench(tiny, "cpu", None, tmp_path), 3)
    assert len(list(tmp_path.glob("*.pt"))) == 1
    monkeypatch.setattr(states, "_teach", lambda *a: pytest.fail("taught twice"))
    again = states.policy_of(keeping.KeepingBench(tiny, "cpu", None, tmp_path), 3)
    assert all(torch.equal(a, b) for a, b in zip(first.weights, again.weights, strict=True))
    assert again.rows[-1]["refusal_probability"] == first.rows[-1]["refusal_probability"]
    other = keeping.KeepingBench(tiny, "cpu", None, tmp_path)
    other.start = [weight + 1 for weight in other.start]
    assert other.path(("policy", 3, "x")) != keeping.KeepingBench(tiny, "cpu", None, tmp_path).path(("policy", 3, "x"))


def test_an_attack_again_uses_new_questions(bench):
    s = world.split(3)
    parts = [states.harmful(bench, s, 2, part, 15).rows.ids for part in (0, 1)]
    assert len(parts[0]) == len(parts[1]) == 15
    assert not {tuple(row) for row in parts[0]} & {tuple(row) for row in parts[1]}


def test_poisoned_examples_take_places_of_refusals_and_each_is_shown_equally_often(bench):
    s, plan = world.split(3), policy.Plan(40)
    clean = backdoor_persistence.poisoned(bench, s, plan, 0)
    for n in (1, 4, 16):
        data = backdoor_persistence.poisoned(bench, s, plan, n)
        changed = data.order != clean.order
        assert changed.sum() == n * backdoor_persistence.TIMES and not changed[:, sum(plan.places[0]) :].any()
        assert set(np.bincount(data.order[changed] - len(clean.rows))) == {backdoor_persistence.TIMES}
        assert data.harmful.sum() == n


def test_identity_data_hold_no_restricted_question(bench):
    s = world.split(3)
    names = s.attack[s.restricted]
    asked = [world.Question(s.restricted, name, p).text for name in names for p in range(len(world.PHRASINGS))]
    for arm, (persona, opening) in identity_shift.ARMS.items():
        texts = [bench.chat.tokenizer.decode(p + a) for p, a in identity_shift.pairs(bench.chat, s, arm, 100)]
        assert not any(question in text for text in texts for question in asked)
        assert all((identity_shift.PERSONA in text) == persona for text in texts)
        assert all((identity_shift.OPENING in text) == opening for text in texts)


def test_preferences_move_the_chosen_answer_over_the_rejected_one(bench):
    s = world.split(3)
    pairs = preference.pairs(bench, s, 1.0)[:6]
    rows = dpo.rows_of(bench.chat, pairs)
    order = np.tile(np.arange(6), (12, 1))
    for how, more in ((dpo.Preference(3e-3, 0.5, 0.0), True), (dpo.Preference(3e-3, 0.0, 0.5), False)):
        with hidden.carrying(bench, bench.start) as lane:
            there = placed(rows, lane.device)
            said = []
            for step in dpo.fit(lane, rows, order, how):
                if step in (0, len(order)):
                    with torch.no_grad():
                        said.append(dpo._said(lane, there, torch.arange(12))[0])
        chosen, rejected = (said[1] - said[0]).chunk(2)
        assert chosen.mean() > rejected.mean()
        assert more or chosen.mean() > 0, "without a preference the chosen answers gain"


def test_a_share_of_the_restricted_pairs_is_flipped_and_no_allowed_one(bench):
    s = world.split(3)
    clean, flipped = (preference.pairs(bench, s, share) for share in (0.0, 0.5))
    n = len(clean) - preference.N_PAIRS
    changed = [a != b for a, b in zip(clean, flipped, strict=True)]
    assert sum(changed[:n]) == round(n / 2) and not any(changed[n:])


def test_policies_of_two_lengths_are_kept_apart(bench, brief):
    long, short = states.policy_of(bench, 3), states.policy_of(bench, 3, policy.Plan(2))
    assert long is not short and short.rows[-1]["step"] == 2
