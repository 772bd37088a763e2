"""A small byte n-gram language model, trained in seconds on the user's own reference text.

Probabilities are interpolated over all orders with Witten and Bell's weights (1991): an order counts the more, the
fewer different bytes followed its context. The alphabet is the 256 bytes, so nothing is out of vocabulary.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from ftsec.base.errors import InputError

ORDER = 5
MAX_ORDER = 8
REMEMBERED = 1 << 18  # windows of `order` bytes; text repeats most of its own


class NgramModel:
    """Counts of bytes after contexts of 0 to ``order - 1`` bytes; `bits_per_byte` of a text is its surprise."""

    def __init__(self, texts: Iterable[str], order: int = ORDER) -> None:
        if not 1 <= order <= MAX_ORDER:
            raise InputError(f"order must lie between 1 and {MAX_ORDER}, got {order}")
        self.order = order
        self._counts: dict[bytes, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for text in texts:
            self._add(text.encode())
        if not self._counts:
            raise InputError("the reference text is empty")
        self._totals = {context: sum(after.values()) for context, after in self._counts.items()}
        self._log2_of_last = lru_cache(REMEMBERED)(self._log2_of_last)

    def log2_probability(self, text: str) -> float:
        """The base-2 logarithm of the probability of the text's bytes."""
        return self.log2_of_bytes(text.encode())

    def log2_of_bytes(self, data: bytes) -> float:
        """The same of bytes, which need not be text."""
        reach = self.order
        return sum(self._log2_of_last(data[max(0, end - reach) : end]) for end in range(1, len(data) + 1))

    def bits_per_byte(self, text: str) -> float:
        """Minus `log2_probability` per byte; perplexity per byte is 2 to this power. An empty text has none: NaN."""
        n = len(text.encode())
        return -self.log2_probability(text) / n if n else math.nan

    def _add(self, data: bytes) -> None:
        for i, byte in enumerate(data):
            for length in range(min(self.order, i + 1)):
                self._counts[data[i - length : i]][byte] += 1

    def _log2_of_last(self, window: bytes) -> float:
        """The logarithm of the probability of a window's last byte after those before it."""
        byte, last, probability = window[-1], len(window) - 1, 1 / 256
        for length in range(len(window)):
            context = window[last - length : last]
            total = self._totals.get(context)
            if total is None:
                break
            after = self._counts[context]
            probability = (after.get(byte, 0) + len(after) * probability) / (total + len(after))
        return math.log2(probability)
