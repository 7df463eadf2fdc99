"""What a run is: the network, [net] with what the command line changed, and how it is computed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from ..cfg import Cfg
from ..errors import CfgError, InputError
from ..layers import NetSection
from ..network import Network, place
from ..options import set_but_ignored
from .teacher import Teacher

__all__ = ["Plan", "overridden", "unset_settings", "with_length"]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One run.

    photographs: how many there are (or positions of Go). data: what tells them from others. seed:
    of everything that is drawn. bf16: compute in bfloat16 where that is safe. compiled: let
    torch.compile make code for it. synchronized: normalize over all processes' batches together.
    frozen: how many first layers stay as they are. held_out: samples that are validated with
    instead. start: batches done before. teacher: a network whose answers are learned.
    """

    network: Network
    photographs: int
    data: str = ""
    seed: int = 0
    bf16: bool = False
    compiled: bool = False
    synchronized: bool = False
    frozen: int = 0
    held_out: int = 0
    start: int = 0
    teacher: Teacher | None = None

    def __post_init__(self) -> None:
        net, label = self.network.net, self.network.cfg.label
        if net.batch % net.subdivisions:
            raise CfgError(
                f"{self._told('batch')}: cannot be computed in {net.subdivisions} equal parts "
                f"({self._told('subdivisions')})"
            )
        if not net.max_batches:
            raise CfgError(f"{label}: [net] needs max_batches= (or give --batches)")
        if net.optimizer == "nesterov" and not net.momentum:
            raise CfgError(f"{self._told('optimizer')}: needs a momentum above 0")
        for key in ("momentum", "B1", "B2"):
            if not 0 <= getattr(net, key) < 1:
                raise CfgError(f"{self._told(key)}: expected at least 0, below 1")
        for key in ("learning_rate", "decay", "eps"):
            if getattr(net, key) < 0:
                raise CfgError(f"{self._told(key)}: expected at least 0")
        if self.start >= net.max_batches:
            raise InputError(
                f"{label}: {self.start:,} batches are done already, of max_batches="
                f"{net.max_batches:,}; -clear counts from 0 again"
            )

    def _told(self, key: str) -> str:
        """An option of [net] for messages: where it stands, or how it was given."""
        return self.network.cfg.sections[0].told_of(key, getattr(self.net, key))

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
        label = self.network.cfg.label
        lines = [
            f"{self._told(option.key)} is not done here" for option in set_but_ignored(self.net)
        ]
        lines += [
            f"{place(node)}: {option.key}= is not done here"
            for node in self.network.nodes
            for option in set_but_ignored(node.layer)
        ]
        lines += self._teaching_notes()
        if self.part == 1:  # how cfgs are kept that were used for answering last
            lines.append(
                f"{label}: batch={self.net.batch} subdivisions={self.net.subdivisions} computes "
                "one input at a time; is that meant (--batch N --subdivisions N)?"
            )
        return lines

    def _teaching_notes(self) -> Iterator[str]:
        if self.teacher is None and self.network.cfg.sections[0].get("teacher_share"):
            yield f"{self._told('teacher_share')}: there is no teacher (--teacher)"
        if self.teacher is not None and self.net.teacher_share == 1 and self.net.label_smooth_eps:
            yield (
                f"{self._told('label_smooth_eps')}: labels are spread, but the teacher's answers "
                "are learned in their place (teacher_share=1)"
            )

    def settings(self, world: int) -> Mapping[str, str]:
        """What a run that goes on must have in common with the one that it goes on from."""
        own = {f.name: str(getattr(self, f.name)) for f in fields(self) if f.name in _KEPT}
        return {
            **_options(self.net),
            **own,
            "number of processes": str(world),
            "cfg's layers": self.network.cfg.layers_text,
        }


def unset_settings() -> Mapping[str, str]:
    """The settings that a run has where nothing asks for others."""
    return {**_options(NetSection()), "held_out": "0", "teacher": "None"}


def _options(net: NetSection) -> dict[str, str]:
    return {f.name: str(getattr(net, f.name)) for f in fields(net) if f.name != "names"}


_KEPT = (
    "photographs", "data", "seed", "bf16", "compiled", "synchronized", "frozen", "held_out",
    "teacher",
)  # fmt: skip


def overridden(cfg: Cfg, options: Mapping[str, object], words: Mapping[str, str]) -> Cfg:
    """The cfg with other values in [net]; those that are None stay.

    words: how they were given, by key, for messages.
    """
    for key, value in options.items():
        if value is not None:
            cfg = cfg.with_option(0, key, value, words.get(key, f"{key}={value}"))
    return cfg


def with_length(cfg: Cfg, network: Network, count: int, world: int, asked: bool) -> Cfg:
    """The cfg with the batches that its epochs take, where it says those.

    Where it says batches as well, the smaller of both counts, unless epochs were `asked` for.
    """
    net = network.net
    if not net.max_epochs:
        return cfg
    batches = -(-net.max_epochs * count // (net.batch * world))
    if net.max_batches and net.max_batches < batches and not asked:
        return cfg
    return cfg.with_option(0, "max_batches", batches)
