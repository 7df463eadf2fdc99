"""What a run is asked for, beside what stands in the cfg."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ..cfg import Cfg
from .plan import overridden
from .transfer import with_classes

__all__ = ["Options", "backup_of"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of a run.

    net: values for [net], by key; None leaves the cfg's. words: how they were given, for messages
    (``--momentum 0.95``), by key; those that have none are told as ``key=value``. data, valid:
    sources of photographs (see `darknet.labelled`); without `valid` it is the data's own part, if
    there is one. valid_share: hold out this share of every class to validate with. weights: where
    to start. upto, frozen: how many first layers come from them, and how many stay as they are.
    teacher: cfg and weights of a network whose answers are learned.
    backup: the folder to write to. save_every, validate_every: batches; None is an epoch. threads:
    that make batches; None is one a core. cache_bytes: decoded photographs kept.
    """

    data: str
    cfg: str
    net: Mapping[str, object] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    valid: str | None = None
    valid_share: float | None = None
    weights: str | None = None
    names: str | None = None
    classes: int | None = None
    clear: bool = False
    upto: int | None = None
    frozen: int | None = None
    teacher: tuple[str, str] | None = None
    backup: str = "backup"
    resume: bool = False
    save_every: int = 100
    validate_every: int | None = None
    preprocess: str | None = None
    seed: int = 0
    precision: Literal["auto", "f32", "bf16"] = "auto"
    compiled: bool = False
    synchronized: bool = False
    threads: int | None = None
    cache_bytes: int | None = None
    quarantine: str | None = None
    tensorboard: bool = False

    @property
    def name(self) -> str:
        """What the run's files are called: as the cfg."""
        return Path(self.cfg).name.removesuffix(".cfg")

    @property
    def wants_epochs(self) -> bool:
        """Whether it is epochs, not batches, that were asked for."""
        return self.net.get("max_epochs") is not None

    def read_cfg(self) -> Cfg:
        """The cfg that the run starts from, with what the options change in it."""
        from ..zoo import read_cfg

        cfg = read_cfg(self.cfg)
        cfg = cfg if self.classes is None else with_classes(cfg, self.classes)
        return overridden(cfg, self.net, self.words)


def backup_of(data: str) -> str:
    """The folder that a .data file names for what training writes, or ``backup``."""
    from ..cfg import Data
    from ..labelled import is_data_file

    if os.path.isfile(data) and data.endswith(".data") and is_data_file(data):
        return Data.read(data).get("backup") or "backup"
    return "backup"
