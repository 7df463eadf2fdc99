"""``darknet completion``: the shell's completion script."""

from __future__ import annotations

import click

__all__ = ["completion"]

_WHERE = {
    "bash": 'eval "$(darknet completion bash)"          in ~/.bashrc',
    "zsh": 'eval "$(darknet completion zsh)"           in ~/.zshrc',
    "fish": "darknet completion fish | source           in ~/.config/fish/config.fish",
}


@click.command(
    short_help="A completion script for your shell.",
    epilog="\b\n" + "\n".join(_WHERE.values()),
)
@click.argument("shell", type=click.Choice(list(_WHERE)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that makes SHELL complete darknet's commands, options and files."""
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"no completion for {shell}", ctx)
    root = ctx.find_root().command
    try:
        print(found(root, {}, "darknet", "_DARKNET_COMPLETE").source())
    except RuntimeError as problem:  # bash older than 4.4, or none at all
        raise click.UsageError(str(problem), ctx) from None
