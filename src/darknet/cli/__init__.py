"""The command `darknet`: doors to the package, one short function a command.

A door imports what it runs inside its function, so that ``darknet --help`` and ``darknet summary``
start at once. Exit codes: 0 done, 2 bad input or usage (one line on stderr says what), 130
interrupted, 141 the reader of our output went away.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from .. import __version__
from ..errors import MAX_MESSAGE, DarknetError, did_you_mean, printable
from .options import old_flags

__all__ = ["COMMANDS", "cli", "main"]

COMMANDS = {
    "classify": "classify:classify",
    "classifier": "classify:classifier",
    "train": "train:train",
    "lr-find": "lr_find:lr_find",
    "data": "data:data",
    "rig": "rig:rig",
    "models": "models:models",
    "pull": "pull:pull",
    "cache": "cache:cache",
    "summary": "summary:summary",
    "visualize": "visualize:visualize",
    "speed": "speed:speed",
    "go": "go:go",
    "export": "export:export",
    "import": "import_:import_",
    "ops": "surgery:ops",
    "print": "surgery:print_",
    "partial": "surgery:partial",
    "rescale": "surgery:rescale",
    "rgbgr": "surgery:rgbgr",
    "denormalize": "surgery:denormalize",
    "reset": "surgery:reset",
    "normalize": "surgery:normalize",
    "statistics": "surgery:statistics",
    "average": "surgery:average",
    "oneoff": "surgery:oneoff",
    "help": "help:help_",
    "completion": "completion:completion",
}
"""Every command: the module here, and the function in it. A command's module is light."""


NOT_YET = {
    **dict.fromkeys(("detect", "detector", "yolo", "coco", "voc", "demo"), "detection"),
    **dict.fromkeys(("rnn", "vid"), "recurrent networks"),
    **dict.fromkeys(("segmenter", "isegmenter", "lsd", "super", "cifar"), "its task"),
    **dict.fromkeys(("regressor", "tag", "captcha", "dice", "writing", "compare"), "its task"),
    **dict.fromkeys(("nightmare", "art", "3d", "imtest", "mkimg", "test"), "its task"),
}
"""Commands of the C program that this version does not have, and what it misses for them."""


class Doors(click.Group):
    """A group that imports a command's module when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, function = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(f".{module}", __name__), function)
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # of which click would make exit code 1
            raise click.exceptions.Exit(141) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            name = printable(args[0])
            if args[0] in NOT_YET:
                missing = NOT_YET[args[0]]
                raise click.UsageError(f"{name}: {missing} is not in this version yet", ctx)
            near = did_you_mean(args[0], COMMANDS) or "; darknet help lists the commands"
            raise click.UsageError(f"no command {name}{near}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=Doors,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help", "-help"]},
    epilog="darknet COMMAND --help says more; darknet help SECTION explains a section of a .cfg.",
)
@old_flags
@click.version_option(__version__, "--version", prog_name="darknet", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Run Darknet networks: .cfg and .weights files."""
    if ctx.invoked_subcommand is None:
        print(ctx.get_help())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code. `arguments` None means the process's own."""
    _prepare_streams()
    try:
        result = cli.main(
            None if arguments is None else list(arguments),
            prog_name="darknet",
            standalone_mode=False,
        )
        sys.stdout.flush()
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _fail("interrupted", 130)
    except BrokenPipeError:
        _drop_stdout()
        return 141
    except click.ClickException as error:
        return _fail(_usage(error, sys.argv[1:] if arguments is None else arguments), 2)
    except DarknetError as error:
        return _fail(str(error), 2)
    except OSError as problem:  # of files the package speaks itself: this is stdout
        _drop_stdout()
        return _fail(f"{problem.filename or 'standard output'}: {problem.strerror}", 2)
    except MemoryError:
        return _fail("out of memory: use a smaller batch, image or network", 2)
    return result if isinstance(result, int) else 0


def _prepare_streams() -> None:
    """Standard streams that are there, and that take the names of files as they are."""
    for name, mode, errors in (
        ("stdin", "r", "surrogateescape"),
        ("stdout", "w", "backslashreplace"),
        ("stderr", "w", "backslashreplace"),
    ):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us: a daemon, cron
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 - for the whole process
        elif hasattr(stream, "reconfigure"):
            with contextlib.suppress(OSError):  # read from already, by a program that calls us
                stream.reconfigure(errors=errors)


def _drop_stdout() -> None:
    """Let the interpreter's last flush go nowhere: it would fail and complain once more."""
    with contextlib.suppress(OSError):  # a stdout without a file has nothing to drop
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _usage(error: click.ClickException, words: Sequence[str]) -> str:
    """Click's message in one line, with the command to ask; `words` are what was typed."""
    message = error.format_message().rstrip(".")
    if isinstance(error, click.NoSuchOption) and len(error.option_name) == 2:
        typed = [word for word in words if word.startswith(error.option_name)]
        if len(typed) == 1:  # -clear, of which click names the first letter
            message = message.replace(error.option_name, typed[0], 1)
    context: click.Context | None = getattr(error, "ctx", None)
    if context and isinstance(error, click.NoSuchOption | click.BadParameter):
        message += _dashed(context, words)
    path = context.command_path if context else "darknet"
    where = f"{path.removeprefix('darknet ')}: " if " " in path else ""
    return f"{where}{message} (see {path} --help)"


def _dashed(context: click.Context, words: Sequence[str]) -> str:
    """A hint where an option was typed with one dash that has two: -top, which is -t op."""
    known = {option for parameter in context.command.params for option in parameter.opts}
    typed = [f"-{word}" for word in words if word not in known and f"-{word}" in known]
    return f"; did you mean {typed[0]}?" if typed else ""


def _fail(message: str, code: int) -> int:
    with contextlib.suppress(OSError):  # nobody reads stderr: the exit code still says it
        line = printable(" ".join(message.split()), MAX_MESSAGE)
        print(f"darknet: {line}", file=sys.stderr, flush=True)
    return code
