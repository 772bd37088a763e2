"""A group of commands one of which is meant where none is named: ``ftsec gate FILE`` is ``ftsec gate check FILE``."""

from __future__ import annotations

import click


class DefaultGroup(click.Group):
    """A group with a command that need not be named."""

    def __init__(self, *args: object, default: str, **options: object) -> None:
        super().__init__(*args, **options)
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = [self.default, *args]
        return super().parse_args(ctx, args)
