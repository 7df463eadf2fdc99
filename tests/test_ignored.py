"""Options that are read and change nothing: declared so, shown so, and noted by training."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import darknet
from conftest import network
from darknet.cli import main
from darknet.layers import Layer, NetSection, sections
from darknet.options import options_of, set_but_ignored
from darknet.train.plan import Plan

DECLARED = [NetSection, *dict.fromkeys(sections().values())]


def names_that_are_read() -> set[str]:
    """What any module takes from an object: ``x.name`` and ``getattr(x, "name")``."""
    found: set[str] = set()
    for path in Path(darknet.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "getattr":
                found |= {word.value for word in node.args if isinstance(word, ast.Constant)}
    return found


def test_an_option_that_nothing_reads_is_declared_so() -> None:
    read = names_that_are_read() | {"antialiasing", "deform", "stretch", "stretch_sway", "sway"}
    read |= {"maxpool_depth", "out_channels"}  # refused, by a list of keys
    for cls in DECLARED:
        for key, option in options_of(cls).items():
            if key not in read and f"{key}_" not in read:
                assert option.ignored, f"{cls.__name__}: {key}"


def test_help_and_reference_mark_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "net"]) == 0
    lines = {
        line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line[:2] == "  "
    }
    assert lines["mosaic"].endswith("(integer, default 0, alexeyab's, of no effect here)")
    assert lines["momentum"].endswith("(number, default 0.9)")
    page = (Path(__file__).parents[1] / "docs/reference/sections.md").read_text()
    marked = [
        line.split("`")[1] for line in page.splitlines() if line.endswith("*Of no effect here.* |")
    ]
    assert set(marked) == {
        key for cls in DECLARED for key, option in options_of(cls).items() if option.ignored
    }


def test_training_notes_those_that_are_set() -> None:
    net = network(
        "[net]\nwidth=8\nheight=8\nchannels=3\nbatch=2\nmax_batches=9\nmosaic=1\ntrack=0\n"
        "[convolutional]\nfilters=2\ndot=.1\n[softmax]\n"
    )
    assert [option.key for option in set_but_ignored(net.net)] == ["mosaic"]
    notes = Plan(network=net, photographs=1).notes()
    assert notes[0].endswith(":7: [net] mosaic=1 is not done here")
    assert notes[1].endswith("layer 0 [convolutional]: dot= is not done here")
    assert len(notes) == 2


def test_what_every_section_has_is_ignored_in_all_of_them() -> None:
    own = {key for key, option in options_of(Layer).items() if option.ignored}
    assert own == {"dontsave", "onlyforward", "smooth", "truth"}
