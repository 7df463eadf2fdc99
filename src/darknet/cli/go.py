"""``darknet go``: the group, whose commands are imported when they are asked for."""

from __future__ import annotations

from importlib import import_module

import click

from ..errors import did_you_mean, printable

__all__ = ["GO_COMMANDS", "go"]

GO_COMMANDS: dict[str, str] = {
    "play": "go_play:play",
    "test": "go_play:test",
    "suggest": "go_suggest:suggest",
    "gtp": "go_gtp:gtp",
    "engine": "go_gtp:gtp",
    "self": "go_self:self_",
    "match": "go_match:match",
    "review": "go_review:review",
    "valid": "go_valid:valid",
    "data": "go_data:data",
    "train": "go_train:train",
}
"""Every command of ``darknet go``: the module here, and the function in it."""


class _Go(click.Group):
    """A group that imports a command's module when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(GO_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in GO_COMMANDS:
            return None
        module, function = GO_COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(f".{module}", __package__), function)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in GO_COMMANDS and not args[0].startswith("-"):
            near = did_you_mean(args[0], GO_COMMANDS) or "; darknet go lists the commands"
            raise click.UsageError(f"no command {printable(args[0])}{near}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=_Go, short_help="The game of Go.", invoke_without_command=True)
@click.pass_context
def go(ctx: click.Context) -> None:
    """Go with a policy network, DarkGo: it looks at a position and says where to play."""
    if ctx.invoked_subcommand is None:
        print(ctx.get_help())
