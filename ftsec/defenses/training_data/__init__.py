"""Data that people fine-tune on, read in every usual form as a stream of conversations and written back in it."""

from ftsec.defenses.training_data.conversations import Conversation, Turn
from ftsec.defenses.training_data.reader import Data, Row, open_data, read_texts, readable

__all__ = ["Conversation", "Data", "Row", "Turn", "open_data", "read_texts", "readable"]
