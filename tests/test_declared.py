"""Options declared as the fields of a dataclass."""

from __future__ import annotations

import dataclasses
import typing
from dataclasses import dataclass

import click
import pytest
from click.testing import CliRunner

from darknet.cli.declared import declared, flags_of, takes
from darknet.cli.train_options import Length, Net, Run, Start
from darknet.layers import NetSection
from darknet.options import options_of


@dataclass(frozen=True, kw_only=True)
class Pace:
    rate: float | None = declared(click.option("--rate", "-r", type=float))
    steps: int = declared(click.option("--count", "steps", type=int, default=3))


@click.command()
@takes(Pace, "pace")
@click.argument("name")
def walk(name: str, pace: Pace) -> None:
    print(name, pace)


def test_a_command_gets_what_was_given_with_its_types() -> None:
    done = CliRunner().invoke(walk, ["home", "-r", "2"])
    assert done.output == "home Pace(rate=2.0, steps=3)\n"
    done = CliRunner().invoke(walk, ["home", "--count", "9"])
    assert done.output == "home Pace(rate=None, steps=9)\n"


def test_options_come_in_the_order_of_their_declaration() -> None:
    assert [option.name for option in walk.params] == ["rate", "steps", "name"]
    assert flags_of(Pace) == {"rate": "--rate", "steps": "--count"}


@pytest.mark.parametrize("cls", [Length, Net, Run, Start])
def test_what_is_not_given_has_the_type_of_its_field(cls: type) -> None:
    found: list[object] = []
    command = click.command()(takes(cls, "given")(lambda given: found.append(given)))
    done = CliRunner().invoke(command, [], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    for name, hint in typing.get_type_hints(cls).items():
        value = getattr(found[0], name)
        kinds = typing.get_args(hint) or (hint,)
        if typing.get_origin(hint) is typing.Literal:
            assert value in kinds
        elif typing.get_origin(hint) is tuple:
            assert value == ()
        else:
            assert type(value) in kinds, name


@pytest.mark.parametrize("cls", [Length, Net])
def test_options_of_net_are_called_as_there(cls: type) -> None:
    assert {f.name for f in dataclasses.fields(cls)} - {"net"} <= set(options_of(NetSection))
