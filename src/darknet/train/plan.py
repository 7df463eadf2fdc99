"""What a run is: the network, [net] with what the command line changed, and how it is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from ..cfg import Cfg
from ..errors import CfgError, InputError
from ..layers import NetSection
from ..network import Network, place

__all__ = ["IGNORED", "Plan", "overridden", "unset_settings"]

IGNORED = (
    "adversarial_lr",
    "attention",
    "badlabels_rejection_percentage",
    "blur",
    "clip",
    "contrastive",
    "cutmix",
    "dynamic_minibatch",
    "gaussian_noise",
    "iteration",
    "letter_box",
    "loss_scale",
    "mosaic",
    "notruth",
    "num_sigmas_reject_badlabels",
    "random",
    "seen",
    "track",
    "try_fix_nan",
    "unsupervised",
    "weights_reject_freq",
)
"""Options of [net] about training that are not done here, with a note where one is set."""

IGNORED_IN_LAYERS = (
    "dontsave",
    "dot",
    "dropblock",
    "onlyforward",
    "ratio",
    "smooth",
    "train_only_bn",
)
"""The same of the layers."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One run.

    photographs: how many there are. data: what tells them from others. seed: of everything that
    is drawn. bf16: compute in bfloat16 where that is safe. compiled: let torch.compile make code
    for it. synchronized: normalize over all processes' batches together. frozen: how many first
    layers stay as they are. start: batches done before.
    """

    network: Network
    photographs: int
    data: str = ""
    seed: int = 0
    bf16: bool = False
    compiled: bool = False
    synchronized: bool = False
    frozen: int = 0
    start: int = 0

    def __post_init__(self) -> None:
        net, label = self.network.net, self.network.cfg.label
        if net.batch % net.subdivisions:
            raise CfgError(
                f"{label}: batch={net.batch} cannot be computed in subdivisions="
                f"{net.subdivisions} equal parts"
            )
        if not net.max_batches:
            raise CfgError(f"{label}: [net] needs max_batches= (or give --batches)")
        if net.optimizer == "nesterov" and not net.momentum:
            raise CfgError(f"{label}: optimizer=nesterov needs a momentum above 0")
        for key in ("momentum", "B1", "B2"):
            if not 0 <= getattr(net, key) < 1:
                raise CfgError(
                    f"{label}: [net] {key}={getattr(net, key):g}: expected at least 0, below 1"
                )
        for key in ("decay", "eps"):
            if getattr(net, key) < 0:
                raise CfgError(f"{label}: [net] {key}={getattr(net, key):g}: expected at least 0")
        if self.start >= net.max_batches:
            raise InputError(
                f"{label}: {self.start:,} batches are done already, of max_batches="
                f"{net.max_batches:,}; -clear counts from 0 again"
            )

    @property
    def net(self) -> NetSection:
        """The options of the run."""
        return self.network.net

    @property
    def part(self) -> int:
        """Photographs that are computed at once."""
        return self.net.batch // self.net.subdivisions

    def notes(self) -> list[str]:
        """A line for every option that asks for what is not done, or is hardly meant."""
        default, label = NetSection(), self.network.cfg.label
        lines = [
            f"{label}: [net] {key}={getattr(self.net, key)} is not done here"
            for key in IGNORED
            if getattr(self.net, key) != getattr(default, key)
        ]
        lines += [
            f"{place(node)}: {key}= is not done here"
            for node in self.network.nodes
            for key in IGNORED_IN_LAYERS
            if getattr(node.layer, key, 0)
        ]
        if self.part == 1:  # how cfgs are kept that were used for answering last
            lines.append(
                f"{label}: batch={self.net.batch} subdivisions={self.net.subdivisions} computes "
                "one photograph at a time; is that meant (--batch N --subdivisions N)?"
            )
        return lines

    def settings(self, world: int) -> Mapping[str, str]:
        """What a run that goes on must have in common with the one that it goes on from."""
        layers = "".join(self.network.cfg.lines[self.network.cfg.sections[1].line - 1 :])
        own = {f.name: str(getattr(self, f.name)) for f in fields(self) if f.name in _KEPT}
        return {
            **_options(self.net),
            **own,
            "number of processes": str(world),
            "cfg's layers": layers,
        }


def unset_settings() -> Mapping[str, str]:
    """The settings of a run whose [net] sets nothing."""
    return _options(NetSection())


def _options(net: NetSection) -> dict[str, str]:
    return {f.name: str(getattr(net, f.name)) for f in fields(net) if f.name != "names"}


_KEPT = ("photographs", "data", "seed", "bf16", "compiled", "synchronized", "frozen")


def overridden(cfg: Cfg, options: Mapping[str, object]) -> Cfg:
    """The cfg with other values in [net]; those that are None stay. CfgError as in a file."""
    for key, value in options.items():
        if value is not None:
            cfg = cfg.with_option(0, key, value)
    return cfg
