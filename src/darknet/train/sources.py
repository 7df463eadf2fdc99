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
from ..class_names import class_names, parts_in
from ..errors import InputError
from ..labelled import Labelled, read_labelled
from ..names import fitting, load_names
from ..network import Network, place
from ..quarantine import Quarantine

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
        shipped = "" if options.classes is not None else network.net.names
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
        listed = options.quarantine
        quarantine = None if listed is None else Quarantine.read(listed)
        train = read_labelled(options.data, names, part="train", quarantine=quarantine)
        return cls(
            cfg,
            names,
            options.names is not None or not shipped,
            train,
            _valid(options, names, quarantine),
        )

    @property
    def fingerprint(self) -> str:
        """What tells these photographs and classes from others."""
        lines = (f"{one.path}\t{one.index}" for one in self.train.photographs)
        return f"{zlib.crc32(chr(10).join(lines).encode('utf-8', 'surrogateescape')):08x}"


def _valid(
    options: Options, names: Sequence[str], quarantine: Quarantine | None
) -> Labelled | None:
    if options.valid is None and "valid" not in parts_in(options.data):
        return None
    source = options.data if options.valid is None else options.valid
    return read_labelled(source, names, part="valid", quarantine=quarantine)
