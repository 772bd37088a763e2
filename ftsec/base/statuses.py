"""Exit statuses of the command line, the same for every command."""

from __future__ import annotations

DONE, NO, UNUSABLE, CANNOT_SAY, INTERNAL = 0, 1, 2, 3, 70
INTERRUPTED, PIPE_CLOSED, ENDED = 130, 141, 143
# as the documentation prints them
MEANINGS = {
    DONE: "yes, or done",
    NO: "no: a check failed, files differ, a run failed",
    UNUSABLE: "wrong usage, input that cannot be read, or a package that is not installed",
    CANNOT_SAY: "cannot say: too little is known, or nothing is comparable",
    INTERNAL: "a fault of the program; `FTSEC_TRACEBACK=1` or `ftsec --traceback` shows where",
    INTERRUPTED: "interrupted (Ctrl-C)",
    PIPE_CLOSED: "whoever read the output stopped reading",
    ENDED: "asked to end",
}
