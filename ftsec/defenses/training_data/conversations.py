"""A row of training data as a conversation: turns with a role and a text; a plain document is one turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

SYSTEM, USER, ASSISTANT, TOOL, DOCUMENT = "system", "user", "assistant", "tool", "document"


@dataclass(frozen=True)
class Turn:
    """What one side says.

    Attributes:
        role: ``system``, ``user``, ``assistant``, ``tool``, ``document``, or another as the file has it.
        text: what is said; what is no text (a picture, a thought marked as such) stands in it as JSON.
        tool_calls: the calls of tools, each as JSON with sorted keys and without its random id.
    """

    role: str
    text: str
    tool_calls: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """The text with the calls of tools below it."""
        return "\n".join((self.text, *self.tool_calls) if self.text else self.tool_calls)


@dataclass(frozen=True)
class Conversation:
    """One example.

    Attributes:
        turns: what was said, up to and with the answer that is trained on (of a preference pair the chosen one).
        rejected: the answer that a preference pair rejects.
        besides: what else two copies have to share, by name: tools, pictures, the label of KTO, the input of Alpaca.
    """

    turns: tuple[Turn, ...]
    rejected: tuple[Turn, ...] = ()
    besides: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """All that is said, one turn below the other."""
        return _joined((*self.turns, *self.rejected))

    @property
    def prompt(self) -> tuple[Turn, ...]:
        """The turns before the answer."""
        return self.turns[: self._answer_at]

    @property
    def answer(self) -> str:
        """What comes after the last question; of a document all of it."""
        return _joined(self.turns[self._answer_at :])

    @property
    def parts(self) -> dict[str, str]:
        """The parts by which copies are told: each has to be alike, not only their sum."""
        if len(self.turns) == 1 and not self.besides and not self.rejected:
            return {"answer": self.turns[0].whole}
        system = [turn for turn in self.prompt if turn.role == SYSTEM]
        asked = [turn for turn in self.prompt if turn.role != SYSTEM]
        found = {
            "instructions": _joined(system),
            "history": _joined(_named(asked[:-1])),
            "question": _joined(asked[-1:]),
            "answer": _joined(_named(self.turns[self._answer_at :])),
            "rejected": _joined(_named(self.rejected)),
            **self.besides,
        }
        return {name: text for name, text in found.items() if text} or {"answer": ""}

    @property
    def _answer_at(self) -> int:
        """The index of the first turn after the last question."""
        asked = [index for index, turn in enumerate(self.turns) if turn.role in (USER, SYSTEM)]
        return asked[-1] + 1 if asked else 0


def document(text: str) -> Conversation:
    """A text that is no conversation."""
    return Conversation((Turn(DOCUMENT, text),))


def _joined(turns: Iterable[Turn]) -> str:
    return "\n".join(turn.whole for turn in turns)


def _named(turns: Iterable[Turn]) -> Iterator[Turn]:
    """The turns; where somebody else than the assistant speaks, with the role in front."""
    for turn in turns:
        plain = turn.role in (ASSISTANT, DOCUMENT)
        yield turn if plain else Turn(turn.role, f"{turn.role}: {turn.text}", turn.tool_calls)
