"""Whether a file begins as a pickle, the format whose loading runs the program inside. Nothing is loaded."""

from __future__ import annotations

import pickletools

# protocols 2 to 5 begin with 0x80 and their number
STARTS = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
ARCHIVE = b"PK\x03\x04"  # a ZIP archive is what torch.save writes around a pickle
RUNS = {"GLOBAL", "STACK_GLOBAL", "INST", "OBJ", "REDUCE", "BUILD", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4"}
FEWEST = 3  # instructions of a text that could be a pickle; "N." and "a." are words too
MAX_STEPS = 100_000


def looks_like_pickle(start: bytes, whole: bool) -> bool:
    """Judge the first bytes of a file.

    Args:
        start: as much as was read.
        whole: whether that is the whole file.
    """
    return start.startswith((*STARTS, ARCHIVE)) or _is_program(start, whole)


def _is_program(start: bytes, whole: bool) -> bool:
    """Whether the oldest protocols, which are plain letters, could be read to their end."""
    found, steps = set(), 0
    try:
        for operation, _, position in pickletools.genops(start):
            steps += 1
            found.add(operation.name)
            if operation.name == "STOP":
                at_end = whole and not start[position + 1 :].strip()
                return bool(found & RUNS) or (at_end and steps >= FEWEST)
            if steps > MAX_STEPS:
                return bool(found & RUNS)
    except Exception:  # genops raises whatever the operations' own readers raise at bytes that are none of theirs
        return False
    return False
