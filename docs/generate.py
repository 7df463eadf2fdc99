"""Write the reference pages from the declarations themselves: sections of a .cfg, and commands.

python docs/generate.py            write docs/reference/*.md
python docs/generate.py --check    exit 1 if a page is not what would be written
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from darknet.cli import cli
from darknet.sections import describe, section_names

PAGES = Path(__file__).parent / "reference"
_NOTE = "<!-- Written by docs/generate.py from the code: change it there. -->\n"


def sections_page() -> str:
    """Every section with its options, in Markdown."""
    parts = [_NOTE, "# Sections of a .cfg\n"]
    parts.append(
        "`darknet help SECTION` prints the same. An option's first occurrence counts. "
        "What is of no effect here is read all the same; where a cfg sets it, training says so.\n"
    )
    parts += [_section(describe(name)) for name in section_names()]
    return "\n".join(parts)


def _section(found: dict[str, Any]) -> str:
    lines = [f"## [{found['section']}]", ""]
    if found["aliases"]:
        lines += [f"Also {', '.join(f'`[{name}]`' for name in found['aliases'])}.", ""]
    lines += [found["help"], ""]
    if len(found["forks"]) == 1:
        lines += [f"Only in {found['forks'][0]}'s Darknet.", ""]
    if found["options"]:
        lines += ["| option | kind | default | |", "| --- | --- | --- | --- |"]
        lines += [_option(option) for option in found["options"]] + [""]
    return "\n".join(lines)


def _option(option: dict[str, Any]) -> str:
    kind = ", ".join(filter(None, (option["kind"], option["bounds"])))
    default = "required" if option["required"] else f"`{option['default']}`"
    if default == "``":
        default = ""
    text = option["help"]
    if option["choices"]:
        text += f" One of {', '.join(f'`{word}`' for word in option['choices'])}."
    if option["fork"]:
        text += f" ({option['fork']})"
    if option["ignored"]:
        text += " *Of no effect here.*"
    return f"| `{option['key']}` | {kind} | {default} | {text} |"


def cli_page() -> str:
    """The help of every command, in Markdown."""
    parts = [_NOTE, "# Commands\n"]
    for path, command, context in commands():
        parts += [f"## {path}\n", "```", command.get_help(context), "```", ""]
    return "\n".join(parts)


def commands() -> Iterator[tuple[str, click.Command, click.Context]]:
    """Every command and subcommand: its words, itself, and a context to ask it for help in."""
    yield from _below("darknet", cli, _context(cli, "darknet", None))


def _below(
    path: str, command: click.Command, context: click.Context
) -> Iterator[tuple[str, click.Command, click.Context]]:
    yield path, command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _below(f"{path} {name}", inner, _context(inner, name, context))


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    settings = {"terminal_width": 88, "max_content_width": 88, **command.context_settings}
    return click.Context(command, info_name=name, parent=parent, **settings)


def main() -> int:
    """Write the pages, or check them; the exit code."""
    pages = {"sections.md": sections_page(), "commands.md": cli_page()}
    check = "--check" in sys.argv[1:]
    PAGES.mkdir(exist_ok=True)
    stale = []
    for name, content in pages.items():
        page = PAGES / name
        if page.exists() and page.read_text("utf-8") == content:
            continue
        stale.append(name)
        if not check:
            page.write_text(content, "utf-8")
    if check and stale:
        print(f"docs/reference is stale: {', '.join(stale)}; run python docs/generate.py")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
