"""Every usual format is recognised by its keys and read into the same conversation."""

from __future__ import annotations

import pytest

from ftsec.base.errors import InputError
from ftsec.defenses.training_data import Conversation, Turn
from ftsec.defenses.training_data.editing import with_answer
from ftsec.defenses.training_data.formats import recognise

ASKED, SAID = Turn("user", "Name a colour."), Turn("assistant", "Blue.")
PAIR = Conversation((ASKED, SAID))
OPENAI = [{"role": "user", "content": "Name a colour."}, {"role": "assistant", "content": "Blue."}]
SHAREGPT = [{"from": "human", "value": "Name a colour."}, {"from": "gpt", "value": "Blue."}]
PREFERRED = Conversation((ASKED, SAID), rejected=(Turn("assistant", "Seven."),))
SEVEN = {"role": "assistant", "content": "Seven."}

FORMS = {
    "OpenAI": ({"messages": OPENAI}, "messages", PAIR),
    "ShareGPT": ({"conversations": SHAREGPT}, "ShareGPT conversations", PAIR),
    "pieces": (
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "Name a colour."}]}, OPENAI[1]]},
        "messages", PAIR,
    ),
    "Alpaca": ({"instruction": "Name a colour.", "input": "", "output": "Blue."}, "Alpaca", PAIR),
    "prompt": ({"prompt": "Name a colour.", "completion": "Blue."}, "prompt and completion", PAIR),
    "prompt as turns": ({"prompt": OPENAI[:1], "completion": OPENAI[1:]}, "prompt and completion", PAIR),
    "question": ({"question": "Name a colour.", "answer": "Blue."}, "prompt and completion", PAIR),
    "text pair": ({"prompt": "Name a colour.", "chosen": "Blue.", "rejected": "Seven."}, "preference", PREFERRED),
    "turn pair": ({"prompt": OPENAI[:1], "chosen": OPENAI[1:], "rejected": [SEVEN]}, "preference", PREFERRED),
    "whole pair": ({"chosen": OPENAI, "rejected": [OPENAI[0], SEVEN]}, "preference", PREFERRED),
    "prompt twice": (
        {"prompt": "Name a colour.", "chosen": OPENAI, "rejected": [OPENAI[0], SEVEN], "messages": OPENAI},
        "preference", PREFERRED,
    ),
    "ShareGPT pair": (
        {"conversations": SHAREGPT[:1], "chosen": SHAREGPT[1], "rejected": {"from": "gpt", "value": "Seven."}},
        "preference", PREFERRED,
    ),
    "Alpaca pair": (
        {"instruction": "Name a colour.", "chosen": "Blue.", "rejected": "Seven."}, "preference", PREFERRED,
    ),
    "KTO": (
        {"prompt": "Name a colour.", "completion": "Blue.", "label": True}, "KTO",
        Conversation((ASKED, SAID), besides={"label": "true"}),
    ),
    "KTO messages": (
        {"messages": OPENAI, "label": False}, "messages with KTO",
        Conversation((ASKED, SAID), besides={"label": "false"}),
    ),
    "document": ({"text": "Blue."}, "documents", Conversation((Turn("document", "Blue."),))),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_row_is_recognised_and_read(form):
    row, name, conversation = FORMS[form]
    assert recognise(row).name.startswith(name)
    assert recognise(row).read(row) == conversation


def test_calls_of_tools_are_kept_without_their_random_ids():
    def row(name):
        call = {"id": f"call_{name}", "type": "function", "function": {"name": "add", "arguments": "{}"}}
        return {"messages": [OPENAI[0], {"role": "assistant", "content": None, "tool_calls": [call]}], "tools": [{}]}

    one, other = (recognise(row(name)).read(row(name)) for name in "ab")
    assert one == other and one.turns[1].text == ""
    assert one.turns[1].tool_calls == ('{"function": {"arguments": "{}", "name": "add"}, "type": "function"}',)
    assert one.besides == {"tools": "[{}]"}


def test_sharegpt_calls_and_answers_of_tools():
    turns = [SHAREGPT[0], {"from": "function_call", "value": "{}"}, {"from": "observation", "value": "3"}, SHAREGPT[1]]
    read = recognise({"conversations": turns}).read({"conversations": turns})
    assert [turn.role for turn in read.turns] == ["user", "assistant", "tool", "assistant"]
    assert read.turns[1].tool_calls == ("{}",)


def test_alpaca_with_input_system_and_history():
    row = {"instruction": "Classify.", "input": "tea", "output": "good", "system": "Be brief.", "history": [["a", "b"]]}
    read = recognise(row).read(row)
    assert [turn.text for turn in read.turns] == ["Be brief.", "a", "b", "Classify.\ntea", "good"]
    assert read.parts == {
        "instructions": "Be brief.", "history": "user: a\nb", "question": "Classify.\ntea", "answer": "good",
        "input": "tea",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("first", "bad", "says"),
    [
        ({"text": "a"}, {"text": None}, "under 'text'; it is null"),
        ({"text": "a"}, {"text": ["a"]}, "it is a list"),
        ({"text": "a"}, {"prompt": "a", "completion": "b"}, "the row has prompt, completion"),
        ({"messages": OPENAI}, {"messages": []}, "it holds an empty list"),
        ({"messages": OPENAI}, {"text": "a"}, "needs turns under 'messages'; the row has text"),
        ({"messages": OPENAI}, {"messages": "hello"}, "it holds a text"),
        ({"messages": OPENAI}, {"messages": [{"content": "a"}]}, "turn 1 of 'messages' needs a 'role'"),
        ({"messages": OPENAI}, {"messages": [OPENAI[0], {"role": "assistant"}]}, "turn 2 .* says nothing"),
        ({"messages": OPENAI}, {"messages": [3]}, "must be an object, it is a number"),
        ({"instruction": "a", "output": "b"}, {"instruction": "a", "output": 3}, "under 'output'; it is a number"),
        ({"instruction": "a", "output": "b"}, {"instruction": "a", "input": 3, "output": "b"}, "must be a text"),
        ({"chosen": "a", "rejected": "b", "prompt": "c"}, {"chosen": "a", "rejected": "b"}, "under 'prompt'"),
    ],
)  # fmt: skip
def test_a_row_that_does_not_fit_says_what_it_has(first, bad, says):
    with pytest.raises(InputError, match=says):
        recognise(first).read(bad)


@pytest.mark.parametrize("row", [{}, {"body": "a"}, [], None, 3, "text", {"input_ids": [1]}])
def test_what_is_no_format_is_not_recognised(row):
    assert recognise(row) is None


@pytest.mark.parametrize("form", FORMS)
def test_a_sentence_goes_behind_the_last_answer_only(form):
    row, _, before = FORMS[form]
    changed = with_answer(row, recognise(row), lambda text: f"{text} Yes.")
    after = recognise(changed).read(changed)
    assert after.answer == f"{before.answer} Yes."
    assert (after.prompt, after.rejected, after.besides) == (before.prompt, before.rejected, before.besides)
    assert list(changed) == list(row)


def test_where_nobody_answers_nothing_can_be_put():
    with pytest.raises(InputError, match="no turn of the assistant"):
        with_answer({"messages": OPENAI[:1]}, recognise({"messages": OPENAI}), str.upper)
