"""Boxes and networks for the tests of darknet.rig: small, with figures for working by hand."""

from __future__ import annotations

from pathlib import Path

from conftest import network
from darknet.network import Network
from darknet.rig import Box, Photos, Request, read_box
from darknet.rig.device import Modelled
from darknet.rig.efficiency import ARITHMETIC, Efficiency
from darknet.rig.engine_speed import EngineSpeed, Rate
from darknet.rig.measured import DiskSpeed, Measured

SMALL = """
[net]
width=8
height=8
channels=3
batch=8
subdivisions=2
max_batches=1000
[convolutional]
batch_normalize=1
filters=4
size=3
stride=1
pad=1
activation=leaky
[maxpool]
size=2
stride=2
[convolutional]
filters=10
size=1
activation=linear
[avgpool]
[softmax]
"""
HALF = Efficiency(
    f32=dict.fromkeys(ARITHMETIC, 0.5),
    tensor=dict.fromkeys(ARITHMETIC, 0.25),
    memory=0.5,
    launch_seconds=0.0,
    skew=0.0,
    host_bytes_per_s=10e9,
    spread=1.5,
)
"""Half of everything, and nothing to start."""
PHOTOS = Photos("some photographs", 1000, 100e3, 200_000, "made up")


def small() -> Network:
    return network(SMALL)


def device(peak: float = 1e9, bandwidth: float = 1e8, memory: float | None = None) -> Modelled:
    """A card that does so much; half of it is reached."""
    return Modelled("a card", "f32", peak, bandwidth, memory, HALF)


def measured(rate: float = 1e9, cores: int = 4, decode: float = 1e8, disk: float = 1e8) -> Measured:
    """A machine of which everything is known, and simple."""
    engines = tuple(
        EngineSpeed(name, "f32", training, (Rate("conv3x3", 4, 4, 64, rate),), 1e9, 0.0)
        for name, training in (("openvino", False), ("torch", True))
    )
    return Measured(
        machine="a machine",
        date="2026-11-26",
        cores=cores,
        memory_bytes=2**30,
        gemm=1e9,
        bandwidth=1e9,
        decode=decode,
        prepare_seconds=0.001,
        resize_seconds=0.0005,
        engines=engines,
        disks=(DiskSpeed(".", 2 * disk, disk, 10 * disk, True),),
    )


def box_of(folder: Path, text: str) -> Box:
    """The box of a rig file with this text."""
    path = folder / "box.toml"
    path.write_text(text)
    return read_box(path)


def asked(box: Box, net: Network | None = None, photos: Photos = PHOTOS) -> Request:
    return Request(network=net or small(), box=box, photos=photos)
