"""The networks that published speeds were measured with, as cfgs.

They differ from those in cfg/ where Darknet's own do: a ResNet's shortcuts that change the number
of channels are convolutions (projections), and this AlexNet is the grouped one of Caffe. With them
a predicted speed is compared with a measured one of the same network.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from ..cfg import Cfg
from ..errors import InputError, did_you_mean
from ..network import Network

__all__ = ["REFERENCES", "reference_network"]

_BLOCKS = {
    "resnet18": (2, 2, 2, 2),
    "resnet34": (3, 4, 6, 3),
    "resnet50": (3, 4, 6, 3),
    "resnet101": (3, 4, 23, 3),
    "resnet152": (3, 8, 36, 3),
}
_DEEP = ("resnet50", "resnet101", "resnet152")
_VGG16 = (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0)
REFERENCES = ("alexnet", "vgg16", *_BLOCKS)
"""Their names."""


@cache
def reference_network(name: str) -> Network:
    """The network of this name, for 224 x 224 pixels; InputError when there is none."""
    if name not in REFERENCES:
        raise InputError(f"no reference network {name}{did_you_mean(name, REFERENCES)}")
    makers = {"alexnet": _alexnet, "vgg16": _vgg16}
    lines = makers[name]() if name in makers else _resnet(name)
    side = 227 if name == "alexnet" else 224
    text = f"[net]\nwidth={side}\nheight={side}\nchannels=3\n" + "\n".join(lines)
    return Network.build(Cfg.parse(text.encode(), f"{name} (reference)"))


def _conv(filters: int, size: int, stride: int = 1, *, normalized: bool = True, groups: int = 1,
          activation: str = "relu", padding: int | None = None) -> str:  # fmt: skip
    pad = size // 2 if padding is None else padding
    return (
        f"[convolutional]\nbatch_normalize={int(normalized)}\nfilters={filters}\nsize={size}\n"
        f"stride={stride}\npadding={pad}\ngroups={groups}\nactivation={activation}"
    )


def _connected(output: int, activation: str = "relu") -> str:
    return f"[connected]\noutput={output}\nactivation={activation}"


def _alexnet() -> Iterator[str]:
    """Krizhevsky et al. 2012 with its two groups, as Caffe's bvlc_alexnet."""
    pool = "[maxpool]\nsize=3\nstride=2\npadding=0"
    norm = "[normalization]\nsize=5\nalpha=.0001\nbeta=.75\nkappa=1"
    yield _conv(96, 11, 4, normalized=False, padding=0)
    yield from (norm, pool)
    yield _conv(256, 5, normalized=False, groups=2)
    yield from (norm, pool)
    yield _conv(384, 3, normalized=False)
    yield _conv(384, 3, normalized=False, groups=2)
    yield _conv(256, 3, normalized=False, groups=2)
    yield pool
    yield from (_connected(4096), "[dropout]", _connected(4096), "[dropout]")
    yield from (_connected(1000, "linear"), "[softmax]")


def _vgg16() -> Iterator[str]:
    for filters in _VGG16:
        if filters:
            yield _conv(filters, 3, normalized=False)
        else:
            yield "[maxpool]\nsize=2\nstride=2"
    yield from (_connected(4096), "[dropout]", _connected(4096), "[dropout]")
    yield from (_connected(1000, "linear"), "[softmax]")


def _resnet(name: str) -> Iterator[str]:
    deep = name in _DEEP
    channels = 64
    yield _conv(64, 7, 2)
    yield "[maxpool]\nsize=3\nstride=2\npadding=2"
    for stage, count in enumerate(_BLOCKS[name]):
        inner = 64 << stage
        for number in range(count):
            stride = 2 if stage and not number else 1
            outer = 4 * inner if deep else inner
            yield from _block(inner, outer, stride, deep, stride != 1 or channels != outer)
            channels = outer
    yield from ("[avgpool]", _connected(1000, "linear"), "[softmax]")


def _block(inner: int, outer: int, stride: int, deep: bool, projected: bool) -> Iterator[str]:
    """Two or three convolutions, and what they are added to."""
    if deep:
        yield _conv(inner, 1)
        yield _conv(inner, 3, stride)
        yield _conv(outer, 1, activation="linear")
    else:
        yield _conv(inner, 3, stride)
        yield _conv(outer, 3, activation="linear")
    depth = 3 if deep else 2
    if projected:
        yield f"[route]\nlayers=-{depth + 1}"
        yield _conv(outer, 1, stride, activation="linear")
        yield "[shortcut]\nfrom=-3\nactivation=relu"
    else:
        yield f"[shortcut]\nfrom=-{depth + 1}\nactivation=relu"
