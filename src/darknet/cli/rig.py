"""``darknet rig``: the group, whose commands are imported when they are asked for."""

from __future__ import annotations

from importlib import import_module

import click

from ..errors import did_you_mean, printable

__all__ = ["RIG_COMMANDS", "rig"]

RIG_COMMANDS = {
    "gpus": "rig_gpus:gpus",
    "predict": "rig_predict:predict",
    "measure": "rig_measure:measure",
    "plan": "rig_plan:plan",
    "check": "rig_check:check",
    "report": "rig_report:report",
    "guide": "rig_guide:guide",
}
"""Every command of ``darknet rig``: the module here, and the function in it."""


class _Rig(click.Group):
    """A group that imports a command's module when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(RIG_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in RIG_COMMANDS:
            return None
        module, function = RIG_COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(f".{module}", __package__), function)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in RIG_COMMANDS and not args[0].startswith("-"):
            near = did_you_mean(args[0], RIG_COMMANDS) or "; darknet rig lists the commands"
            raise click.UsageError(f"no command {printable(args[0])}{near}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Rig, short_help="What hardware does, costs, and lacks.", invoke_without_command=True
)
@click.pass_context
def rig(ctx: click.Context) -> None:
    """The hardware guide as a program: how fast a box of parts trains and answers, and why.

    A rig is a file that names a box's parts (docs/rig.md), the word ``guide`` (the Hardware
    Guide's box of 2016), or ``this``: the machine at hand, once ``darknet rig measure`` has run.
    """
    if ctx.invoked_subcommand is None:
        print(ctx.get_help())
