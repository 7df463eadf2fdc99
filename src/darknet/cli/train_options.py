"""The options of training, as commands share them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import click

from ..layers.net import OPTIMIZERS, POLICIES
from .declared import declared
from .numbers import FloatRange
from .options import names_option, preprocess_option

__all__ = ["Augment", "Classes", "Length", "Net", "Pictures", "Run", "Start"]

_POSITIVE, _SHARE = click.IntRange(1), FloatRange(0, 1)


@dataclass(frozen=True, kw_only=True)
class Start:
    """What a network starts from."""

    upto: int | None = declared(
        click.option(
            "--upto", type=_POSITIVE, metavar="N", help="Take only the first N layers from WEIGHTS."
        )
    )
    frozen: int | None = declared(
        click.option(
            "--freeze",
            "frozen",
            type=click.IntRange(0),
            metavar="N",
            help="Keep the first N layers as they are.",
        )
    )
    teacher: tuple[str, str] | None = declared(
        click.option(
            "--teacher",
            type=(str, click.Path()),
            metavar="CFG WEIGHTS",
            help="Learn what this network answers, in place of the labels.",
        )
    )
    seed: int = declared(
        click.option(
            "--seed",
            type=click.IntRange(0),
            default=0,
            show_default=True,
            help="Of everything that is drawn.",
        )
    )


@dataclass(frozen=True, kw_only=True)
class Classes:
    """Which classes photographs have."""

    classes: int | None = declared(
        click.option(
            "--classes",
            type=_POSITIVE,
            metavar="N",
            help="Change the network's last layer to N classes.",
        )
    )
    names: str | None = declared(names_option)


@dataclass(frozen=True, kw_only=True)
class Length:
    """How fast it learns, and for how long: options of [net], called as they are there."""

    max_batches: int | None = declared(
        click.option(
            "--batches", "max_batches", type=_POSITIVE, metavar="N", help="Batches in all."
        )
    )
    max_epochs: int | None = declared(
        click.option(
            "--epochs",
            "max_epochs",
            type=_POSITIVE,
            metavar="N",
            help="Passes over the data in all.",
        )
    )
    learning_rate: float | None = declared(
        click.option("--learning-rate", "--lr", type=float, help="Size of a step.")
    )
    policy: str | None = declared(
        click.option("--policy", type=click.Choice(POLICIES), help="How the rate changes.")
    )
    power: float | None = declared(
        click.option("--power", type=float, help="Exponent of policy=poly and of the burn-in.")
    )
    burn_in: int | None = declared(
        click.option(
            "--burn-in",
            type=click.IntRange(0),
            metavar="N",
            help="Batches over which the rate grows from 0.",
        )
    )
    ema_alpha: float | None = declared(
        click.option(
            "--ema",
            "ema_alpha",
            type=_SHARE,
            metavar="ALPHA",
            help="Average the weights with this memory (0.999); the average is saved.",
        )
    )


@dataclass(frozen=True, kw_only=True)
class Net:
    """What else changes [net], called as it is there; but `net` has any options of it."""

    batch: int | None = declared(
        click.option(
            "--batch",
            type=_POSITIVE,
            metavar="N",
            help="Inputs in one step: photographs, or positions.",
        )
    )
    subdivisions: int | None = declared(
        click.option(
            "--subdivisions",
            type=_POSITIVE,
            metavar="N",
            help="Parts that a batch is computed in: more of them need less memory.",
        )
    )
    momentum: float | None = declared(
        click.option("--momentum", type=float, help="Share of the last step that goes on.")
    )
    decay: float | None = declared(
        click.option("--decay", type=float, help="Weights shrink by this share of the rate.")
    )
    optimizer: str | None = declared(
        click.option("--optimizer", type=click.Choice(OPTIMIZERS), help="How a step is taken.")
    )
    label_smooth_eps: float | None = declared(
        click.option(
            "--label-smoothing",
            "label_smooth_eps",
            type=_SHARE,
            metavar="SHARE",
            help="Spread this share of every label over all classes.",
        )
    )
    mixup: float | None = declared(
        click.option(
            "--mixup",
            type=FloatRange(0),
            metavar="ALPHA",
            help="Mix pairs of inputs, with shares from Beta(ALPHA, ALPHA).",
        )
    )
    net: tuple[str, ...] = declared(
        click.option(
            "--net",
            metavar="KEY=VALUE",
            multiple=True,
            help="Any other option of [net] (darknet help net lists them).",
        )
    )


@dataclass(frozen=True, kw_only=True)
class Run:
    """How a run goes, and what is kept of it."""

    gpus: str | None = declared(
        click.option("-gpus", "--gpus", metavar="0,1", help="GPUs to use, a process on each.")
    )
    clear: bool = declared(
        click.option(
            "-clear",
            "--clear",
            "clear",
            is_flag=True,
            help="Count the inputs seen from 0, whatever WEIGHTS says.",
        )
    )
    backup: str | None = declared(
        click.option(
            "--backup",
            metavar="DIR",
            type=click.Path(),
            help="Folder for all that is written (default: the .data file's, or backup).",
        )
    )
    resume: bool = declared(
        click.option("--resume", is_flag=True, help="Go on from the last checkpoint.")
    )
    save_every: int = declared(
        click.option(
            "--save-every",
            type=_POSITIVE,
            default=100,
            show_default=True,
            metavar="N",
            help="Batches between checkpoints.",
        )
    )
    validate_every: int | None = declared(
        click.option(
            "--validate-every",
            type=click.IntRange(0),
            metavar="N",
            help="Batches between validations; 0: none (default: an epoch).",
        )
    )
    precision: Literal["auto", "f32", "bf16"] = declared(
        click.option(
            "--precision",
            type=click.Choice(["auto", "f32", "bf16"]),
            default="auto",
            help="auto: bf16 where it is faster here, which is measured.",
        )
    )
    compiled: bool = declared(
        click.option(
            "--compile",
            "compiled",
            is_flag=True,
            help="Let torch.compile make code for the network first (needs a C++ "
            "compiler; pays in long runs).",
        )
    )
    synchronized: bool = declared(
        click.option(
            "--sync-bn",
            "synchronized",
            is_flag=True,
            help="Normalize over the batches of all processes together.",
        )
    )
    tensorboard: bool = declared(
        click.option("--tensorboard", is_flag=True, help="Write TensorBoard's events too.")
    )


@dataclass(frozen=True, kw_only=True)
class Augment:
    """What is done to photographs: options of [net], called as they are there."""

    translate: int | None = declared(
        click.option(
            "--translate",
            type=click.IntRange(0),
            metavar="PIXELS",
            help="Shift by up to this many whole pixels.",
        )
    )
    cutout: int | None = declared(
        click.option(
            "--cutout",
            type=click.IntRange(0),
            metavar="PIXELS",
            help="A grey square of this side somewhere in every photograph.",
        )
    )


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """Which photographs, and how they are read."""

    valid: str | None = declared(
        click.option(
            "--valid",
            metavar="DATA",
            type=click.Path(),
            help="Photographs to validate with (default: the data's own part).",
        )
    )
    valid_share: float | None = declared(
        click.option(
            "--valid-share",
            type=FloatRange(0, 1, min_open=True, max_open=True),
            metavar="SHARE",
            help="Hold out this share of every class, drawn by the seed, to validate with.",
        )
    )
    threads: int | None = declared(
        click.option(
            "--threads",
            type=click.IntRange(1, 1024),
            help="Threads that prepare photographs (default: one a core).",
        )
    )
    cache_megabytes: int | None = declared(
        click.option(
            "--cache",
            "cache_megabytes",
            type=click.IntRange(0),
            metavar="MB",
            help="Memory for decoded photographs (default: a quarter of what is free).",
        )
    )
    quarantine: str | None = declared(
        click.option(
            "--quarantine",
            metavar="FILE",
            type=click.Path(),
            help="Leave out what this list of darknet data check names.",
        )
    )
    preprocess: str | None = declared(preprocess_option)
