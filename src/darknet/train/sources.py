"""The photographs of a run, and which classes they have.

Where the cfg or the user names the classes, those count. Else the .data file's names do, and else
the names of the folders, in alphabetical order.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..cfg import Cfg
from ..errors import InputError
from ..labelled import Labelled, class_names, read_labelled
from ..names import fitting, load_names
from ..network import Network, place

if TYPE_CHECKING:
    from .session import Options

__all__ = ["Sources"]


@dataclass(frozen=True)
class Sources:
    """What a run learns from (`train`) and is judged by (`valid`, or None).

    cfg: the network's; `names_file` says that its classes have to be written beside it.
    """

    cfg: Cfg
    names: Sequence[str]
    names_file: bool
    train: Labelled
    valid: Labelled | None

    @classmethod
    def read(cls, options: Options, cfg: Cfg) -> Sources:
        """Read what the options name; InputError where classes and network do not fit."""
        network = Network.build(cfg)
        shape = network.outputs[0].output
        outputs = shape.size if shape.is_vector else shape.channels
        shipped = network.net.names
        if options.names is not None:
            names: Sequence[str] = load_names(options.names)
        elif shipped:
            names = load_names(shipped, written_in=cfg.label)
        else:
            names = class_names(options.data)
        if len(names) != outputs and not shipped and options.names is None:
            raise InputError(
                f"{options.data}: {len(names)} classes, but {place(network.outputs[0])} of "
                f"{cfg.label} has {outputs} outputs; --classes {len(names)} changes the network"
            )
        names = fitting(tuple(names), outputs, options.names or shipped or options.data)
        train = read_labelled(options.data, names, part="train")
        return cls(
            cfg, names, options.names is not None or not shipped, train, _valid(options, names)
        )

    @property
    def fingerprint(self) -> str:
        """What tells these photographs and classes from others."""
        lines = (f"{one.path}\t{one.index}" for one in self.train.photographs)
        return f"{zlib.crc32(chr(10).join(lines).encode('utf-8', 'surrogateescape')):08x}"


def _valid(options: Options, names: Sequence[str]) -> Labelled | None:
    if options.valid is not None:
        return read_labelled(options.valid, names)
    return read_labelled(options.data, names, part="valid")
