"""The reader's own policy: what is wrong with it is one sentence, and a refusal that is there is never taught."""

import pytest

from tests.llm.conftest import WITHOUT

pytest.importorskip("torch", reason=WITHOUT)

from dataclasses import replace

from ftsec.base.errors import InputError
from ftsec.llm.stress import course, safeguard
from tests.llm.stress.models import QUICK, policy_file, stressed


def test_no_prompt_of_a_policy_serves_twice(tmp_path):
    guard = safeguard.read(policy_file(tmp_path))
    parts = [guard.teach_declined, guard.held_declined, *guard.answered.values()]
    assert sum(map(len, parts)) == len({prompt for part in parts for prompt in part}) == 44


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"n_declined": 3}, "declined needs at least 12 different prompts and has 3"),
        ({"n_answered": 5}, "answered needs at least 24 different prompts and has 5"),
        ({"existing": True, "n_declined": 5}, "declined needs at least 6"),
        ({"existing": "yes"}, "existing is true or false"),
        ({"refusal": []}, "the wording of the refusal is missing"),
        ({"refusal": ["a b", "c d"]}, "one wording is taught"),
        ({"refusals": "x"}, "did you mean refusal"),
        ({"declined": [1, 2]}, "must be a list of texts"),
        ({"answered": [f"Tell me prompt {i}." for i in range(30)]}, "declined and answered at once"),
    ],
)
def test_what_is_wrong_with_a_policy_is_one_sentence(tmp_path, more, said):
    with pytest.raises(InputError, match=said) as told:
        safeguard.read(policy_file(tmp_path, **more))
    assert "\n" not in str(told.value)


def test_an_existing_refusal_is_measured_and_never_taught(folder_of, tmp_path, monkeypatch):
    guard = safeguard.read(policy_file(tmp_path, n_declined=6, existing=True, refusal=["Sorry", "No"]))
    assert guard.teach_declined == () and len(guard.held_declined) == 6
    with pytest.raises(InputError, match="hardly ever gives this refusal"):
        stressed(folder_of("llama"), guard=guard)
    monkeypatch.setattr(course, "NEVER", 0.0)
    monkeypatch.setattr(course, "replace", lambda plan, **more: plan)
    result = stressed(folder_of("llama"), guard=guard)
    assert result.existing and result.taught_steps == 0
    assert {row["attack"] for row in result.rows} == {"sums", "own"}


def test_a_habit_that_is_not_learnt_is_told_with_what_may_help(folder_of):
    with pytest.raises(InputError, match=r"did not learn the refusal within 8 steps.*--teach-rate"):
        stressed(folder_of("llama"), replace(QUICK, target=0.0))
