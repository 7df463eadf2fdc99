"""The recipes: their arithmetic follows from the cfg, and their commands exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from conftest import ROOT
from darknet import zoo
from darknet.cfg import Cfg
from darknet.cli import COMMANDS, cli
from darknet.network import Network

RECIPES = sorted((ROOT / "recipes").glob("*.md"))
IMAGENET = (ROOT / "recipes" / "tiny-imagenet.md").read_text("utf-8")
PHOTOGRAPHS = 1_281_167
DAY, HOUR = 86_400, 3600
GPUS = {  # 16-bit TFLOPS with tensor cores, GB/s: the makers' data sheets
    "T4": (65, 320),
    "RTX 3090": (71, 936),
    "A100": (312, 1560),
    "H100": (989, 3350),
}


def total() -> int:
    """Photographs that the training of tiny.cfg sees."""
    net = zoo.named("tiny").network().net
    return net.batch * net.max_batches


def three(value: float) -> str:
    """Three figures, with commas: 1,760."""
    digits = len(str(int(value)))
    return f"{round(value, 3 - digits):,.0f}"


def test_what_has_to_be_computed() -> None:
    net = zoo.named("tiny").network()
    assert f"128 x 1,600,000 = {total():,} photographs" in IMAGENET
    assert f"{total() / PHOTOGRAPHS:.1f} times each of the {PHOTOGRAPHS:,}" in IMAGENET
    assert f"{net.flops / 1e9:.3f} GFLOP for one photograph forward" in IMAGENET
    assert f"{3 * net.flops / 1e9:.2f} GFLOP, and for all of them" in IMAGENET
    assert f"{3 * net.flops * total():.2e}".replace("e+", "e") in IMAGENET


@pytest.mark.parametrize(("rate", "column"), [(31, 1), (121, 2)])
def test_days_on_two_cores(rate: int, column: int) -> None:
    milliseconds = 1000 / rate + 4.3 / 2
    row = next(line for line in IMAGENET.splitlines() if line.startswith("| and its preparation"))
    assert row.split("|")[column + 1].strip() == f"{milliseconds:.1f} ms"
    row = next(line for line in IMAGENET.splitlines() if line.startswith("| 204,800,000 of them"))
    days = total() * milliseconds / 1000 / DAY
    assert row.split("|")[column + 1].strip() == f"{days:.0f} days"


@pytest.mark.parametrize("name", GPUS)
def test_hours_on_a_gpu(name: str) -> None:
    net = zoo.named("tiny").network()
    teraflops, bandwidth = GPUS[name]
    values = sum(node.output.size for node in net.nodes)
    assert f"{4 * values / 1e6:.1f} MB a photograph in f32" in IMAGENET
    arithmetic = [share * teraflops * 1e12 / (3 * net.flops) for share in (0.08, 0.24)]
    memory = [0.7 * bandwidth * 1e9 / (passes * 2 * values) for passes in (20, 8)]
    slow, fast = (min(pair) for pair in zip(arithmetic, memory, strict=True))
    row = next(line for line in IMAGENET.splitlines() if line.startswith(f"| {name} ({teraflops},"))
    cells = [cell.strip() for cell in row.split("|")[2:-1]]
    for cell, (low, high) in zip(cells, (arithmetic, memory, (slow, fast)), strict=False):
        assert cell == f"{three(low)} to {three(high)}"
    low, high = (float(word) for word in cells[3].removesuffix(" hours").split(" to "))
    assert low == pytest.approx(total() / fast / HOUR, abs=0.2)
    assert high == pytest.approx(total() / slow / HOUR, abs=0.5)


# ---- commands


def commands() -> list[tuple[Path, str]]:
    """Every line of the recipes that runs darknet."""
    found = []
    for recipe in RECIPES:
        blocks = re.findall(r"^```\n(.*?)^```", recipe.read_text("utf-8"), re.MULTILINE | re.DOTALL)
        text = "\n".join(blocks).replace("\\\n", " ").replace("$ darknet", "darknet")
        found += [(recipe, line) for line in text.splitlines() if line.startswith("darknet ")]
    return found


def test_the_recipes_have_commands() -> None:
    assert len(commands()) >= 5


@pytest.mark.parametrize(("recipe", "line"), commands(), ids=str)
def test_a_recipes_command_is_one_that_darknet_has(recipe: Path, line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    command, context = cli, click.Context(cli)
    while isinstance(command, click.Group):
        found = command.get_command(context, words[0])
        if found is None and not {"data", "train"} <= set(COMMANDS):
            pytest.skip(f"darknet {line.split()[1]} comes with training, which is not there yet")
        assert found is not None, line
        command, words = found, words[1:]
    command.make_context(command.name, list(words), parent=context, resilient_parsing=False)


def test_the_teacher_of_tiny_cifar_is_that_network_with_twice_the_filters() -> None:
    wide = Network.build(Cfg.read(ROOT / "recipes" / "tiny-cifar-wide.cfg"))
    pupil = zoo.named("tiny-cifar").network()
    assert (wide.input, wide.net.names) == (pupil.input, pupil.net.names)
    pairs = list(zip(wide.nodes, pupil.nodes, strict=True))
    assert all(type(one.layer) is type(other.layer) for one, other in pairs)
    ratios = [one.output.channels / other.output.channels for one, other in pairs]
    assert all(1.9 < ratio < 2.3 for ratio in ratios[:-2])
    assert ratios[-2:] == [1, 1]  # the classes
