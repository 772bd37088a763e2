"""Lists of seeds on the command line."""

from __future__ import annotations

import click

from ftsec.base.errors import InputError


def seed_list(ctx: click.Context, parameter: click.Parameter, text: str | None) -> list[int] | None:
    """``200-203,210`` -> [200, 201, 202, 203, 210]; None where nothing was given."""
    if text is None:
        return None
    seeds: list[int] = []
    try:
        for part in text.split(","):
            first, _, last = part.partition("-")
            seeds.extend(range(int(first), int(last or first) + 1))
    except ValueError:
        raise InputError(f"{text!r} is no list of seeds; write for example 200-219 or 200,205") from None
    if not seeds:
        raise InputError(f"{text!r} holds no seed; write for example 200-219 or 200,205")
    return seeds
