"""Exit statuses of the command line, the same for every command."""

from __future__ import annotations

DONE, NO, UNUSABLE, CANNOT_SAY, INTERNAL = 0, 1, 2, 3, 70
INTERRUPTED, PIPE_CLOSED, ENDED = 130, 141, 143
