"""Rules: what they may say, when they hold, and what is told when they do not."""

from __future__ import annotations

import pytest

from ftsec.base.errors import InputError
from ftsec.running.parameters import Parameters
from ftsec.running.parameters_cell import parse_parameters
from ftsec.running.rules import Rule

CELL = """\
n_examples: int = 100  # examples [1, 1000]
n_harmful: int = 10  # harmful ones among them [0, 1000]
# rule: n_harmful <= n_examples
"""


@pytest.mark.parametrize(
    ("text", "values", "holds"),
    [
        ("n_harmful <= n_examples", {"n_harmful": 1, "n_examples": 1}, True),
        ("n_harmful <= n_examples / 2", {"n_harmful": 1, "n_examples": 1}, False),
        ("method == 'lora' or rank > 4", {"method": "full", "rank": 8}, True),
        ("not method == 'lora'", {"method": "lora"}, False),
        ("0 < rate <= 1", {"rate": 0.5}, True),
        ("method in ('lora', 'full')", {"method": "lora"}, True),
        ("rate > 0", {"rate": None}, False),
        ("rate > 0", {"other": 1}, False),
        ("1 / rate > 0", {"rate": 0}, False),
    ],
)
def test_a_rule_holds_or_not_and_never_fails(text: str, values: dict, holds: bool):
    assert Rule(text).holds(values) is holds


@pytest.mark.parametrize("text", ["", "n <", "n = 3", "n", "f(n) > 1", "n.real > 1", "__import__('os') == 1", "n\nm"])
def test_a_rule_that_is_none_is_refused_in_a_sentence(text: str):
    with pytest.raises(InputError) as error:
        Rule(text)
    assert "\n" not in str(error.value).replace(repr(text), "")


def test_rules_are_declared_among_the_parameters():
    parameters = parse_parameters(CELL)
    assert [rule.text for rule in parameters.rules] == ["n_harmful <= n_examples"] and len(parameters) == 2
    assert parameters.broken_rule({}) is None
    told = parameters.broken_rule({"n_harmful": 200})
    assert told == "n_harmful <= n_examples must hold; n_harmful is 200, n_examples is 100"
    assert Parameters().broken_rule({}) is None


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("# rule: n_harm <= n_examples", "names n_harm, which is no parameter"),
        ("# rule: n_harmful > n_examples", "the defaults of the parameters cell break a rule"),
        ("# rule: n_harmful", "compares nothing"),
    ],
)
def test_a_wrong_rule_is_refused_with_the_cell(line: str, told: str):
    with pytest.raises(InputError, match=told):
        parse_parameters(CELL + line)
