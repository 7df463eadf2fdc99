"""``darknet help``: a section's options from its own declaration, or a command's help."""

from __future__ import annotations

import json
from typing import Any

import click

from ..errors import did_you_mean, printable
from .options import json_option

__all__ = ["help_"]


@click.command("help", short_help="Explain a section of a .cfg, or a command.")
@click.argument("topic", metavar="[SECTION | COMMAND]", required=False)
@json_option
@click.pass_context
def help_(ctx: click.Context, topic: str | None, as_json: bool) -> None:
    """Explain a section of a .cfg (darknet help convolutional) or a command.

    Without a topic: the commands, and the names of all sections.
    """
    from ..layers import NOT_YET
    from ..sections import describe, section_class, section_names

    root = ctx.find_root()
    group = root.command
    if topic is None:
        if as_json:
            print(json.dumps({"sections": [describe(name) for name in section_names()]}, indent=1))
            return
        print(group.get_help(root))
        print(f"\nSections of a .cfg: {' '.join(section_names())}")
        return
    topic = topic.strip("[]")
    command = group.get_command(root, topic) if isinstance(group, click.Group) else None
    if section_class(topic) is not None:
        found = describe(topic)
        print(json.dumps(found, indent=1) if as_json else _text(found))
    elif command is not None:
        print(command.get_help(click.Context(command, info_name=topic, parent=root)))
    elif topic in NOT_YET:
        print(f"[{topic}] is {NOT_YET[topic]}; this version does not run it yet.")
    else:
        known = [
            *section_names(),
            *(group.list_commands(root) if isinstance(group, click.Group) else []),
        ]
        near = did_you_mean(topic, known) or "; darknet help lists both"
        raise click.UsageError(f"no section or command {printable(topic)}{near}", ctx)


def _text(section: dict[str, Any]) -> str:
    others = f" (also {', '.join(f'[{name}]' for name in section['aliases'])})"
    lines = [f"[{section['section']}]{others if section['aliases'] else ''}", "", section["help"]]
    if section["forks"] != ["pjreddie", "alexeyab"]:
        lines += ["", f"Only in {section['forks'][0]}'s Darknet."]
    if not section["options"]:
        return "\n".join([*lines, "", "It has no options."])
    lines.append("")
    width = max(len(option["key"]) for option in section["options"])
    for option in section["options"]:
        default = "required" if option["required"] else f"default {option['default'] or 'none'}"
        facts = ", ".join(filter(None, (option["kind"], option["bounds"], default)))
        if option["fork"]:
            facts += f", {option['fork']}'s"
        if option["ignored"]:
            facts += ", of no effect here"
        lines.append(f"  {option['key']:{width}s}  {option['help']} ({facts})")
        if option["choices"]:
            lines.append(f"  {'':{width}s}  one of: {' '.join(option['choices'])}")
    return "\n".join(lines)
