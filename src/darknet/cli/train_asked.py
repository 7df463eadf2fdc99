"""What the options of training ask for."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import InputError, printable
from .declared import flags_of
from .train_options import Augment, Classes, Length, Net, Pictures, Run, Start

if TYPE_CHECKING:
    from ..train.run_options import Options

__all__ = ["classes_asked", "pictures_asked", "run_asked", "start_asked"]


def start_asked(
    data: str, cfg: str, weights: str | None, start: Start, *changes: Net | Length | Augment
) -> Options:
    """What the command line says, for a session.

    Raises InputError where two options contradict each other, or [net] has no such option.
    """
    from ..train.run_options import Options, backup_of

    values, words = _changes(changes)
    return Options(
        data=data,
        cfg=cfg,
        weights=weights,
        upto=start.upto,
        frozen=start.frozen,
        teacher=start.teacher,
        seed=start.seed,
        backup=backup_of(data),
        net=values,
        words=words,
    )


def classes_asked(options: Options, classes: Classes) -> Options:
    """The options with the classes that photographs have."""
    return replace(options, names=classes.names, classes=classes.classes)


def pictures_asked(options: Options, pictures: Pictures) -> Options:
    """The options with which photographs there are, and how they are read."""
    cache = pictures.cache_megabytes
    return replace(
        options,
        valid=pictures.valid,
        valid_share=pictures.valid_share,
        threads=pictures.threads,
        cache_bytes=None if cache is None else cache * 2**20,
        quarantine=pictures.quarantine,
        preprocess=pictures.preprocess,
    )


def run_asked(options: Options, run: Run) -> Options:
    """The options of a run that is kept."""
    return replace(
        options,
        clear=run.clear,
        backup=run.backup or options.backup,
        resume=run.resume,
        save_every=run.save_every,
        validate_every=run.validate_every,
        precision=run.precision,
        compiled=run.compiled,
        synchronized=run.synchronized,
        tensorboard=run.tensorboard,
    )


def _changes(
    groups: Sequence[Net | Length | Augment],
) -> tuple[Mapping[str, object], Mapping[str, str]]:
    """Values for [net] by key, and the words that gave them."""
    values: dict[str, object] = {}
    words: dict[str, str] = {}
    for group in groups:
        for flag, key, value in _given(group):
            said = f"{value:g}" if isinstance(value, float) else str(value)
            values[key], words[key] = value, f"{flag} {said}"
        if isinstance(group, Length) and group.max_batches is not None:
            if group.max_epochs is not None:
                raise InputError("--batches and --epochs: expected one of them")
            values["max_epochs"] = 0
    for group in groups:
        if isinstance(group, Net):
            _change_net(group, values, words)
    return values, words


def _change_net(net: Net, values: dict[str, object], words: dict[str, str]) -> None:
    """What options mean that are not called as in [net]; and those in --net, which come last."""
    if net.optimizer is not None:
        values["adam"] = 0
    if net.mixup is not None:
        values["mixup"] = int(net.mixup > 0)
        if net.mixup:
            values["mixup_alpha"], words["mixup_alpha"] = net.mixup, words["mixup"]
    for key, value in _pairs(net.net):
        values[key], words[key] = value, f"--net {key}={printable(value)}"


def _given(options: Net | Length | Augment) -> Iterator[tuple[str, str, object]]:
    """Flag, key and value of every option of [net] that was given."""
    flags = flags_of(type(options))
    for field in dataclasses.fields(options):
        value = getattr(options, field.name)
        if value is not None and field.name != "net":
            yield flags[field.name], field.name, value


def _pairs(words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    from ..errors import did_you_mean
    from ..layers import NetSection
    from ..options import options_of

    known = options_of(NetSection)
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or key not in known:
            raise InputError(
                f"--net {printable(word)}: expected KEY=VALUE with an option of [net]"
                f"{did_you_mean(key, known)}"
            )
        yield key, value
