"""Options that commands of ``darknet go`` share, apart from those of the network (`go_network`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from ..errors import printable
from .declared import declared
from .numbers import FloatRange

if TYPE_CHECKING:
    from ..go.choice import Choice

__all__ = ["RULES", "Choosing", "resign_option", "rules_option"]

RULES = ("tromp-taylor", "chinese", "japanese", "korean", "aga", "new-zealand")
"""The names in go/rules.py, which is not imported for ``--help``; a test compares them."""

_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})\s*(%?)", re.ASCII)


def _percent(context: click.Context, option: click.Parameter, value: str) -> float:
    """0 to 100 of ``5`` or ``5%``; below 1 the sign is needed.

    Without it 0.05 may be meant as a chance, which is a hundred times as much.
    """
    found = _PERCENT.fullmatch(value.strip())
    if found is None or float(found[1]) > 100:
        shown = printable(value, 40)
        raise click.BadParameter(f"{shown}: expected per cent, 0 to 100 (5 or 5%)", context, option)
    percent = float(found[1])
    if 0 < percent < 1 and not found[2]:
        raise click.BadParameter(
            f"{found[1]}: expected per cent: {100 * percent:g} for a chance of {percent:g}, or"
            f" {percent:g}% if it is less than one per cent",
            context,
            option,
        )
    return percent


rules_option = click.option(
    "--rules",
    type=click.Choice(RULES, case_sensitive=False),
    default="chinese",
    show_default=True,
    help="How ko, suicide and the score are taken, where an SGF does not say.",
)
"""--rules."""

resign_option = click.option(
    "--resign",
    callback=_percent,
    default="0",
    show_default=True,
    metavar="PERCENT",
    help="Networks resign where their chance to win is below this, if they tell it; 0: never.",
)
"""--resign, in per cent everywhere."""


@dataclass(frozen=True, kw_only=True)
class Choosing:
    """How a network that plays a person or a program chooses its moves."""

    temperature: float = declared(
        click.option("--temperature", type=FloatRange(0, 100), default=0.0, show_default=True,
                     help="0: the most probable move; 1: moves by their probability.")
    )  # fmt: skip
    temperature_moves: int = declared(
        click.option("--temperature-moves", type=click.IntRange(0), default=0, metavar="N",
                     help="The temperature counts in a game's first N moves alone; 0: in all.")
    )  # fmt: skip
    resign: float = declared(resign_option)
    assist: bool = declared(
        click.option("--assist", is_flag=True,
                     help="A reader of ataris and ladders may overrule the network.")
    )  # fmt: skip
    seed: int | None = declared(
        click.option("--seed", type=click.IntRange(0), metavar="N", help="Where chance begins.")
    )

    def choice(self, *, multi: bool) -> Choice:
        """The same for a player."""
        from ..go.choice import Choice

        return Choice(
            temperature=self.temperature,
            temperature_moves=self.temperature_moves,
            resign_below=self.resign / 100,
            symmetries=multi,
            assist=self.assist,
        )
