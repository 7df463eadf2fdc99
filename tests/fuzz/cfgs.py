"""Cfg text: sane small networks from the package's own declarations, and real files."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from darknet.cfg import Cfg
from darknet.errors import DarknetError
from darknet.layers import NOT_YET
from darknet.network import Network
from darknet.sections import describe, section_names

__all__ = ["Options", "Section", "kind_of", "known", "real_cfgs", "real_network", "sane_network"]

Options = list[tuple[str, str]]
Section = tuple[str, Options]
ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "cfg", ROOT.parent / "shared" / "data" / "cfg")
SIZES = (1, 2, 3, 4, 5, 7, 8, 8, 12, 16, 16, 24, 32)
WEIGHTED = (
    "convolutional", "convolutional", "convolutional", "convolutional", "maxpool", "route",
    "shortcut", "connected", "softmax", "avgpool", "batchnorm", "upsample", "reorg",
)  # fmt: skip


def _one(*values: object) -> Callable[[Random], str]:
    return lambda rng: str(rng.choice(values))


def _backwards(rng: Random) -> str:
    return ",".join(
        str(rng.choice((-1, -2, -3, -4, 0, 1))) for _ in range(rng.choice((1, 1, 2, 3)))
    )


SANE: dict[str, Callable[[Random], str]] = {
    "filters": _one(1, 2, 3, 4, 8, 12),
    "output": _one(1, 2, 3, 10, 12),
    "size": _one(1, 2, 3, 3, 3, 5, 7),
    "stride": _one(1, 1, 2, 2, 3),
    "stride_x": _one(1, 2, 3),
    "stride_y": _one(1, 2, 3),
    "padding": _one(0, 1, 2, 3),
    "dilation": _one(1, 2, 3),
    "groups": _one(1, 1, 2, 3, 4),
    "share_index": _one(-1, -2, 0, 1),
    "crop_height": _one(1, 4, 7, 8),
    "crop_width": _one(1, 4, 7, 8),
    "probability": _one(0, 0.25, 0.5, 1),
    "temperature": _one(0.5, 1, 2, 20),
    "layers": _backwards,
    "from": _backwards,
    "extra": _one(0, 1, 2),
    "alpha": _one(0, 0.5, 1, 2),
    "beta": _one(0, 0.5, 0.75, 1),
    "tree": _one("tree.txt", "tree.txt", "other.txt", "missing.txt"),
    "names": _one("names.txt", "names.txt", "imagenet", "missing.txt"),
}
OFTEN = {"filters", "size", "stride", "pad", "activation", "output", "batch_normalize"}
REFUSED = ("antialiasing", "maxpool_depth", "deform", "stretch", "stretch_sway", "sway", "rotate")
"""Options that end most networks at once; they are tried among the extremes."""


@cache
def known(name: str) -> tuple[dict[str, Any], ...]:
    """What the package declares of a section's options."""
    try:
        return tuple(describe(name)["options"])
    except KeyError:
        return tuple(describe("convolutional")["options"])


def kind_of(section: str, key: str) -> str:
    """The kind of an option, 'integer' where it is not known."""
    return next((o["kind"] for o in known(section) if o["key"] == key), "integer")


def _sane_value(option: dict[str, Any], rng: Random) -> str:
    if option["key"] in SANE:
        return SANE[option["key"]](rng)
    if option["choices"]:
        return str(rng.choice(option["choices"]))
    if option["kind"] == "number":
        return rng.choice(("0", "0.1", ".5", "1", "1.5", "20"))
    if option["kind"] == "text":
        return "names.txt"
    return rng.choice(("0", "1", "1", "2"))


def _sane_section(name: str, rng: Random) -> Section:
    options: Options = []
    for option in known(name):
        chance = 0.8 if option["key"] in OFTEN else 0.08
        if option["key"] in REFUSED:
            chance = 0.002
        if option["required"] or rng.random() < chance:
            options.append((option["key"], _sane_value(option, rng)))
    return name, options


def _net(rng: Random) -> Section:
    side = rng.choice(SIZES)
    image = [
        ("width", str(side if rng.random() < 0.8 else rng.choice(SIZES))),
        ("height", str(side)),
        ("channels", str(rng.choice((1, 3, 3, 3, 2, 4)))),
    ]
    if rng.random() < 0.1:
        image = [("inputs", str(rng.choice((1, 5, 12, 64))))]
    more = [(key, value) for key, value in _sane_section("net", rng)[1] if key not in dict(image)]
    return "net", image + [pair for pair in more if pair[0] != "inputs"]


def sane_network(rng: Random) -> list[Section]:
    """A few small layers of any kinds, which fit together but for the last one at times."""
    names = section_names()[1:]
    sections = [_net(rng)]
    for _ in range(rng.choice((1, 1, 2, 2, 3, 4, 5, 8))):
        for _ in range(4):
            name = rng.choice(WEIGHTED if rng.random() < 0.5 else names)
            section = _sane_section(name, rng)
            if rng.random() < 0.03 or _fits([*sections, section]):
                sections.append(section)
                break
    if rng.random() < 0.4:
        sections += [("avgpool", []), ("softmax", _tail(rng))]
    if rng.random() < 0.02:
        sections.insert(rng.randint(1, len(sections)), (rng.choice(list(NOT_YET)), []))
    return sections


def _fits(sections: list[Section]) -> bool:
    """False where the network is refused; a crash is for the case itself to find."""
    try:
        Network.build(Cfg.build((name, dict(options)) for name, options in sections))
    except DarknetError:
        return False
    except Exception:
        return True
    return True


def _tail(rng: Random) -> Options:
    return [
        pair
        for pair in (("tree", "tree.txt"), ("spatial", "1"), ("groups", "2"))
        if rng.random() < 0.15
    ]


@cache
def real_cfgs() -> tuple[Path, ...]:
    """Every real cfg that is here, sorted."""
    return tuple(sorted(path for folder in FOLDERS for path in folder.rglob("*.cfg")))


@cache
def _read(path: Path) -> tuple[Section, ...]:
    sections: list[Section] = []
    for line in path.read_text("latin-1").splitlines():
        text = line.strip()
        if text.startswith("["):
            sections.append((text.strip("[]"), []))
        elif "=" in text and sections and text[0] not in "#;":
            key, _, value = text.partition("=")
            sections[-1][1].append((key.strip(), value.strip()))
    return tuple(sections)


def real_network(rng: Random) -> list[Section]:
    """A real cfg's sections; at times only the first few, over a small image."""
    sections = [(name, list(options)) for name, options in _read(rng.choice(real_cfgs()))]
    if rng.random() < 0.5:
        sections = sections[: rng.randint(2, 12)]
        side = str(rng.choice(SIZES))
        small = {"width": side, "height": side, "filters": "4", "output": "5"}
        sections = [(name, [(k, small.get(k, v)) for k, v in opts]) for name, opts in sections]
    return sections
