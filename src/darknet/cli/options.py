"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from ..engines import DEFAULT, ENGINES, PRECISIONS

__all__ = [
    "complete_model",
    "engine_option",
    "engine_options",
    "fork_option",
    "json_option",
    "names_option",
    "old_flags",
    "once",
    "precision_option",
    "preprocess_option",
    "threads_option",
    "verbose_option",
]

F = TypeVar("F", bound=Callable[..., Any])


engine_option = click.option(
    "--engine",
    type=click.Choice(list(ENGINES)),
    default=DEFAULT,
    show_default=True,
    help="What computes.",
)
"""--engine."""

precision_option = click.option(
    "--precision",
    type=click.Choice(PRECISIONS),
    default="auto",
    help="Arithmetic: f32 gives C's answers, bf16 is faster where the CPU has it.",
)
"""--precision."""

threads_option = click.option(
    "--threads", type=click.IntRange(0, 1024), default=0, help="Threads; 0: every core."
)
"""--threads."""


def engine_options(command: F) -> F:
    """--engine, --precision, --threads."""
    for option in (threads_option, precision_option, engine_option):
        command = option(command)
    return command


def old_flags(command: F) -> F:
    """Flags of the C program that make no difference here: taken, and nothing done."""
    hidden: dict[str, Any] = {"hidden": True, "expose_value": False}
    command = click.option("-nogpu", "nogpu", is_flag=True, **hidden)(command)
    command = click.option("-dont_show", "dont_show", is_flag=True, **hidden)(command)
    command = click.option("-gpus", "gpus", **hidden)(command)
    command = click.option("-thresh", "thresh", **hidden)(command)
    return click.option("-i", "gpu_index", **hidden)(command)


def json_option(command: F) -> F:
    """--json."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Answer in JSON (docs/json.md says its form)."
    )(command)


def once(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> str:
    """Callback of an option that is declared as `multiple`, and of which one is expected.

    click takes the last of several without a word, which for data is not what was meant.
    """
    if len(given) > 1:
        raise click.BadParameter(f"given {len(given)} times; expected once", ctx, param)
    return given[0]


def verbose_option(command: F) -> F:
    """-v."""
    return click.option(
        "-v", "--verbose", is_flag=True, help="The layer table and what runs it, on stderr."
    )(command)


def fork_option(command: F) -> F:
    """--fork."""
    return click.option(
        "--fork",
        type=click.Choice(["pjreddie", "alexeyab"]),
        help="Whose arithmetic counts where the two Darknets differ (default: guessed from the "
        "cfg).",
    )(command)


def names_option(command: F) -> F:
    """--names."""
    return click.option(
        "--names",
        metavar="LIST",
        help="Class list: a file, or a shipped one (imagenet). Default: what the cfg or .data "
        "file says.",
    )(command)


def preprocess_option(command: F) -> F:
    """--preprocess."""
    return click.option(
        "--preprocess",
        type=click.Choice(["whole", "letterbox", "crop", "square", "area"]),
        help="How a photograph is brought to size. whole: shorter side to the network's, the "
        "network resized to it (the classic of 2016; default where the network allows). letterbox: "
        "fitted in, grey around (pjreddie's today). crop: shorter side, then the middle "
        "(AlexeyAB's; default otherwise). square: the middle square, resized (classifier valid). "
        "area: as crop, every pixel the mean of those that fall into it (for networks of 32 x 32). "
        "A model known by name has its own default.",
    )(command)


def complete_model(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """For a shell: models' names."""
    from ..zoo import models

    return [CompletionItem(name) for name in models() if name.startswith(incomplete)]
