"""The photographs of a run, which classes they have, and the cfg that they settle.

Where the cfg or the user names the classes, those count. Else the .data file's names do, and else
the names of the folders, in alphabetical order.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..cfg import Cfg
from ..class_names import class_names, parts_in
from ..errors import InputError
from ..labelled import Labelled, read_labelled
from ..names import fitting, load_names, names_in, shipped_lists
from ..network import Network, place
from ..quarantine import Quarantine
from .held_out import hold_out
from .plan import with_length
from .run_options import Options

__all__ = ["Sources"]


@dataclass(frozen=True)
class Sources:
    """What a run learns from (`train`) and is judged by (`valid`, or None).

    cfg: the network's, with the batches that its epochs take. names: its classes; own_names: the
    same where they have to be written beside it, nothing where they are a shipped list.
    """

    cfg: Cfg
    names: Sequence[str]
    own_names: Sequence[str]
    train: Labelled
    valid: Labelled | None
    left_out: int = 0
    """Entries of the quarantine list."""
    held_out: bool = False
    """Whether `valid` are photographs of the data for training, kept from it."""

    @classmethod
    def read(cls, options: Options, world: int = 1) -> Sources:
        """Read what the options name; InputError where classes and network do not fit.

        `world` is the number of processes, which take their batches together.
        """
        if options.valid is not None and options.valid_share is not None:
            raise InputError("--valid and --valid-share: expected one of them")
        cfg = options.read_cfg()
        network = Network.build(cfg)
        _check(network)
        names = _names(options, network)
        listed = options.quarantine
        quarantine = None if listed is None else Quarantine.read(listed)
        try:
            train = read_labelled(options.data, names, part="train", quarantine=quarantine)
        except InputError as problem:
            raise InputError(f"{problem}{_hint(options, network, names)}") from None
        if options.valid_share is None:
            valid = _valid(options, names, quarantine)
        else:
            train, valid = hold_out(train, options.valid_share, options.seed)
        return cls(
            with_length(cfg, network, len(train), world, options.wants_epochs),
            names,
            () if (options.names or _own_list(options, network)) in shipped_lists() else names,
            train,
            valid,
            0 if quarantine is None else len(quarantine.entries),
            options.valid_share is not None,
        )

    @property
    def fingerprint(self) -> str:
        """What tells these photographs and classes from others."""
        lines = (f"{one.path}\t{one.index}" for one in self.train.photographs)
        return f"{zlib.crc32(chr(10).join(lines).encode('utf-8', 'surrogateescape')):08x}"


def _check(network: Network) -> None:
    label, channels = network.cfg.label, network.input.channels
    if not network.net.width:
        raise InputError(f"{label}: its input is a vector; expected a network for photographs")
    if channels not in (1, 3):
        raise InputError(f"{label}: takes {channels} channels; photographs have 1 or 3")
    if len(network.outputs) > 1:
        raise InputError(f"{label}: has {len(network.outputs)} outputs; a classifier has one")


def _own_list(options: Options, network: Network) -> str:
    """The list of classes that the cfg names; a changed number of classes makes it void."""
    return "" if options.classes is not None else network.net.names


def _names(options: Options, network: Network) -> Sequence[str]:
    shape = network.outputs[0].output
    outputs = shape.size if shape.is_vector else shape.channels
    if options.names is not None:
        return fitting(load_names(options.names), outputs, options.names)
    own = _own_list(options, network)
    if own:
        return names_in(network.cfg, own, outputs)
    names = class_names(options.data)
    if len(names) != outputs:
        raise InputError(
            f"{options.data}: {len(names)} classes, but {place(network.outputs[0])} of "
            f"{network.cfg.label} has {outputs} outputs; {_remedy(options, len(names))}"
        )
    return names


def _remedy(options: Options, classes: int) -> str:
    """Whether another number of classes makes the network fit: one that plays Go never does."""
    changed = Network.build(replace(options, classes=classes).read_cfg()).outputs[0].output
    if (changed.size if changed.is_vector else changed.channels) == classes:
        return f"--classes {classes} changes the network"
    return "expected a network whose last layer answers classes (darknet models lists some)"


def _hint(options: Options, network: Network, names: Sequence[str]) -> str:
    """What to do where the data's own classes are quite other ones than the cfg's."""
    if options.names is not None or not _own_list(options, network):
        return ""
    own = class_names(options.data)
    if set(own) & set(names):
        return ""
    return (
        f"; the classes of {network.cfg.label} are those of names={network.net.names}: "
        f"--classes {len(own)} takes the data's"
    )


def _valid(
    options: Options, names: Sequence[str], quarantine: Quarantine | None
) -> Labelled | None:
    if options.valid is None and "valid" not in parts_in(options.data):
        return None
    source = options.data if options.valid is None else options.valid
    return read_labelled(source, names, part="valid", quarantine=quarantine)
