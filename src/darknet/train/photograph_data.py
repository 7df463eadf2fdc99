"""Photographs as the data of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..cfg import Cfg
from ..network import Network
from ..weights import Weights
from .augment import Augmentation
from .data import Validated
from .held_out import manifest
from .kept import Kept
from .loader import Loader
from .parallel import Process
from .photographs import Photographs
from .plan import Plan
from .run_options import Options
from .sources import Sources
from .validation import validate

__all__ = ["PhotographData"]


class PhotographData:
    """The photographs that `options` name; InputError where they do not fit the network."""

    unit = "photographs"

    def __init__(self, options: Options, process: Process) -> None:
        self._options = options
        self._sources = Sources.read(options, process.world)
        room = options.cache_bytes
        self._photographs = Photographs(
            self._sources.train,
            Network.build(self._sources.cfg).input.channels,
            process.cache_bytes() if room is None else room,
        )
        self._loader: Loader | None = None

    @property
    def cfg(self) -> Cfg:
        """The network's, with the batches that its epochs take."""
        return self._sources.cfg

    @property
    def count(self) -> int:
        """How many there are to learn from."""
        return len(self._sources.train)

    @property
    def fingerprint(self) -> str:
        """Of the files' names and classes."""
        return self._sources.fingerprint

    @property
    def held_out(self) -> int:
        """Photographs kept from training."""
        return len(self._sources.valid or ()) if self._sources.held_out else 0

    @property
    def expected_bytes(self) -> int:
        """Of the cache."""
        return self._photographs.expected_bytes()

    @property
    def validates(self) -> bool:
        """Whether there are photographs for that."""
        return self._sources.valid is not None

    def notes(self) -> Iterator[str]:
        """What is left out, held out, and whether there is anything to validate with."""
        options, held_out = self._options, self.held_out
        if self._sources.left_out:
            yield f"{options.quarantine}: {self._sources.left_out:,} entries are left out"
        if held_out:
            yield (
                f"{held_out:,} of {held_out + self.count:,} photographs are held "
                f"out to validate with: {options.valid_share:.4g} of every class, by seed "
                f"{options.seed}"
            )
        if not self.validates:
            yield "nothing to validate with: no valid/ in the data, and no --valid DATA"

    def batches(self, plan: Plan, process: Process, first: int) -> Loader:
        """Augmented as [net] says, made ahead by threads."""
        net = plan.net
        self._loader = Loader(
            self._photographs,
            Augmentation.of(net),
            batch=net.batch * process.world,
            seed=plan.seed,
            first=first,
            last=net.max_batches,
            rank=process.rank,
            world=process.world,
            threads=self._options.threads or process.threads(),
        )
        return self._loader

    def validate(self, network: Network, weights: Weights, device: str) -> Validated:
        """As ``darknet classifier valid`` would."""
        valid = self._sources.valid
        assert valid is not None  # noqa: S101 - `validates` says so
        return validate(network, weights, valid, self._options.preprocess, device)

    def write(self, kept: Kept) -> None:
        """The cfg, classes of one's own, and which photographs are held out."""
        kept.write_cfg(self._sources.cfg, self._sources.own_names)
        if self._sources.held_out and self._sources.valid is not None:
            kept.write_held_out(manifest(self._sources.valid))

    @property
    def lost(self) -> Sequence[str]:
        """A line for every photograph that could not be read."""
        return [] if self._loader is None else [str(e.error) for e in self._loader.quarantined]
