"""How many different wrong answers were handed in for an exercise, in this kernel: help grows with them."""

from __future__ import annotations

_seen: dict[str, set[str]] = {}


def count(name: str, answer: object) -> int:
    """Note a wrong answer and say how many different ones there were; running a cell again is no new try."""
    seen = _seen.setdefault(name, set())
    seen.add(_print_of(answer))
    return len(seen)


def forget() -> None:
    """Begin again, as a new kernel does."""
    _seen.clear()


def _print_of(answer: object) -> str:
    """What tells two answers apart; of a function its code, since every run of its cell makes a new one."""
    code = getattr(answer, "__code__", None)
    return repr(answer) if code is None else f"{code.co_code.hex()} {code.co_consts!r} {code.co_names}"
