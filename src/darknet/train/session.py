"""One run from beginning to end: what is read, what is written when, and how it ends.

A `Session` is prepared whole before the first batch: data, network, starting weights, memory, the
folder. Then `run` is iterated over, and `result` says what came of it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from ..cfg import Cfg
from ..errors import DivergedError, InputError, WeightsError
from ..network import Network
from .augment import Augmentation
from .checkpoint import Folder, load_state, replace_file, save_state
from .curve import History, draw_curve
from .loader import Loader
from .outcome import Outcome
from .parallel import Process
from .photographs import Photographs
from .plan import Plan, overridden
from .record import Recorder, Step, stream_steps
from .sources import Sources
from .trainer import Trainer
from .transfer import frozen_layers, starting_weights, with_classes
from .validation import Validated, validate

__all__ = ["Options", "Session", "backup_of", "read_run_cfg"]

REDRAW_SECONDS = 60  # between two pictures of the curve
Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is asked for beside the cfg.

    net: values for [net], by key; None leaves the cfg's. data, valid: sources of photographs (see
    `darknet.labelled`); without `valid` it is the data's own part, if there is one. weights: where
    to start. upto, frozen: how many first layers come from them, and how many stay as they are.
    backup: the folder to write to. save_every, validate_every: batches; None is 100, and an epoch.
    threads: that make batches; None is one a core. cache_bytes: decoded photographs kept.
    """

    data: str
    cfg: str
    net: Mapping[str, object] = field(default_factory=dict)
    valid: str | None = None
    weights: str | None = None
    names: str | None = None
    classes: int | None = None
    clear: bool = False
    upto: int | None = None
    frozen: int | None = None
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


class Session:
    """A run that is ready. Raises a DarknetError for whatever stands against it.

    Where there are several processes one of them writes files and validates. `keep` False: no
    process does.
    """

    def __init__(
        self, options: Options, process: Process, tell: Tell, *, keep: bool = True
    ) -> None:
        self.options, self.process = options, process
        self.tell: Tell = tell if process.is_main else lambda line: None
        self.sources = Sources.read(options, read_run_cfg(options))
        self.cfg = _with_length(
            self.sources, process.world, options.net.get("max_epochs") is not None
        )
        network = Network.build(self.cfg)
        for line in network.warnings:
            self.tell(line)
        generator = np.random.default_rng(options.seed)
        weights, count = starting_weights(network, options.weights, generator, options.upto)
        if 0 < count < len(network.nodes):
            self.tell(f"layers 0 to {count - 1} from {options.weights}; the others start anew")
        world = process.world
        whole = count == len(network.nodes) and not options.clear
        start = weights.header.seen // (network.net.batch * world) if whole else 0
        self.plan = Plan(
            network=network,
            photographs=len(self.sources.train),
            data=self.sources.fingerprint,
            seed=options.seed,
            bf16=_is_bf16(options.precision, process),
            compiled=options.compiled,
            synchronized=options.synchronized and world > 1,
            frozen=len(frozen_layers(network, options.frozen)),
            start=start,
        )
        for line in self.plan.notes():
            self.tell(line)
        self.trainer = Trainer(self.plan, weights, process)
        self.folder = (
            Folder(Path(options.backup), _name(options.cfg)) if process.is_main and keep else None
        )
        self._checkpoint = Path(options.backup) / f"{_name(options.cfg)}.checkpoint"
        if options.resume:
            self.trainer.restore(load_state(self._checkpoint), str(self._checkpoint))
        self.start = self.trainer.batch
        self.loader = self._make_loader()
        self._recorder = self._make_recorder()
        self._validated: Validated | None = None
        self._history = self._earlier()
        self._drawn = 0.0
        self._seconds = self._training_seconds = 0.0
        self._unsaved: str | None = None
        self.stopping = False

    @property
    def title(self) -> str:
        """The run in a few words."""
        net, part = self.plan.net, self.plan.part
        how = "bf16" if self.plan.bf16 else "f32"
        parts = f" in parts of {part}" if net.subdivisions > 1 else ""
        return (
            f"{self.options.cfg}: {self.plan.photographs:,} photographs, batch {net.batch}{parts}, "
            f"{how} on {self.process.device.type}"
        )

    @property
    def total(self) -> int:
        """Batches of the whole run."""
        return self.plan.net.max_batches

    def stop(self) -> None:
        """End after the batch that is computed now, and keep what is there."""
        self.stopping = True

    # ---- the run

    def run(self) -> Iterator[Step]:
        """Every batch; with top-1 and top-5 where the network was validated after it."""
        started = time.perf_counter()
        self._write_names()
        try:
            for step in self.trainer.run(self.loader):
                self._training_seconds += step.seconds
                yield self._after(step)
                if self.stopping:
                    break
            self._finish()
        except DivergedError as problem:
            raise DivergedError(f"{problem}; {self.kept()}") from None
        finally:
            self._seconds = time.perf_counter() - started
            self.close()

    def close(self) -> None:
        """Let go of threads, files and the folder."""
        self.loader.close()
        if self._recorder is not None:
            self._recorder.close()
        if self.folder is not None:
            self.folder.close()

    def _after(self, step: Step) -> Step:
        if self._validates(step.batch):
            step = self._with_validation(step)
        if self._recorder is not None:
            self._recorder.add(step)
            self._history.add(step)
        if step.batch % self.options.save_every == 0 or step.top1 is not None:
            self._save()
        return step

    def _validates(self, batch: int) -> bool:
        every = self.options.validate_every
        if self.sources.valid is None or every == 0:
            return False
        images = self.plan.net.batch * self.process.world
        epoch = max(1, self.plan.photographs // images)
        return batch == self.total or batch % (every or epoch) == 0

    def _with_validation(self, step: Step) -> Step:
        """The step with what the weights of now are worth; the process that speaks computes it."""
        if self.folder is None or self.sources.valid is None:
            self.process.wait()
            return step
        try:
            self._validated = validate(
                self.plan.network,
                self.trainer.weights(),
                self.sources.valid,
                self.options.preprocess,
                str(self.process.device.type),
            )
        except WeightsError as problem:  # answers that are no numbers
            raise DivergedError(f"batch {step.batch:,}: {problem}") from None
        self.process.wait()
        top1, top5 = self._validated.top1, self._validated.top5
        if self.trainer.best is None or top1 > self.trainer.best[1]:
            self.trainer.best = (step.batch, top1)
            self._write("_best.weights")
        return replace(step, top1=top1, top5=top5)

    # ---- what is written

    def _save(self) -> None:
        """The state of now. A full disk is told, and tried again at the next time."""
        if self.folder is None or self._recorder is None:
            return
        if not self.trainer.is_finite():
            raise DivergedError(f"batch {self.trainer.batch:,}: weights that are not finite")
        try:
            self._recorder.sync()
            save_state(self._checkpoint, self.trainer.state())
            self._write(".backup", averaged=False)
            self._draw()
            self._unsaved = None
        except InputError as problem:
            self._unsaved = str(problem)
            self.tell(f"{problem}; training goes on, and it is tried again later")

    def _write(self, suffix: str, *, averaged: bool = True) -> None:
        if self.folder is not None:
            data = self.trainer.weights(averaged=averaged).to_bytes(self.plan.network)
            replace_file(self.folder.file(suffix), lambda file: file.write(data))

    def _draw(self, *, now: bool = False) -> None:
        if self.folder is not None and (now or time.monotonic() - self._drawn > REDRAW_SECONDS):
            draw_curve(self._history, self.folder.file(".png"), self.folder.name)
            self._drawn = time.monotonic()

    def _write_names(self) -> None:
        """The cfg as it is trained, and its classes: with them the weights can be used."""
        if self.folder is not None:
            cfg = self.cfg
            if self.sources.names_file:
                listed = "".join(f"{name}\n" for name in self.sources.names).encode()
                replace_file(self.folder.file(".names"), lambda file: file.write(listed))
                cfg = cfg.with_option(0, "names", f"{self.folder.name}.names")
            text = cfg.to_bytes()
            replace_file(self.folder.file(".cfg"), lambda file: file.write(text))

    def _finish(self) -> None:
        self._save()
        if self.folder is None:
            return
        if self._unsaved is not None:
            raise InputError(self._unsaved)
        if self.trainer.batch >= self.total:
            self._write(".weights")
        self._draw(now=True)

    def kept(self) -> str:
        """Where the last good state is, for a message."""
        if self.folder is None or not self._checkpoint.exists():
            return "nothing was kept yet"
        return f"the last good weights are in {self.folder.file('.backup')}"

    # ---- what came of it

    def result(self) -> Outcome:
        """What came of the run so far."""
        trainer = self.trainer
        done = trainer.batch - self.start
        images = done * self.plan.net.batch * self.process.world
        seconds = self._training_seconds
        return Outcome(
            cfg=self.options.cfg,
            data=self.options.data,
            batch=trainer.batch,
            seen=trainer.batch * self.plan.net.batch * self.process.world,
            loss=trainer.running,
            seconds=self._seconds,
            images_per_second=images / seconds if seconds else 0.0,
            waited=self.loader.waited / seconds if seconds else 0.0,
            best=trainer.best,
            validation=None if self._validated is None else self._validated.validation,
            files=self._files(),
            lost=len(self.loader.quarantined),
            complete=trainer.batch >= self.total,
        )

    @property
    def lost(self) -> list[str]:
        """A line for every photograph that could not be read."""
        return [str(one.error) for one in self.loader.quarantined]

    def _files(self) -> dict[str, str]:
        if self.folder is None:
            return {}
        kinds = {
            "weights": ".weights",
            "best": "_best.weights",
            "backup": ".backup",
            "checkpoint": ".checkpoint",
            "cfg": ".cfg",
            "names": ".names",
            "curve": ".png",
            "csv": ".csv",
            "jsonl": ".jsonl",
        }
        found = {what: self.folder.file(suffix) for what, suffix in kinds.items()}
        return {what: os.fspath(path) for what, path in found.items() if path.exists()}

    # ---- its parts

    def _make_loader(self) -> Loader:
        options, net = self.options, self.plan.net
        photographs = Photographs(
            self.sources.train, self.plan.network.input.channels, options.cache_bytes
        )
        return Loader(
            photographs,
            Augmentation.of(net),
            batch=net.batch * self.process.world,
            seed=options.seed,
            first=self.trainer.batch,
            last=net.max_batches,
            rank=self.process.rank,
            world=self.process.world,
            threads=options.threads,
        )

    def _earlier(self) -> History:
        """The batches that were done before, for the curve of a run that goes on."""
        if self.folder is None or not self.options.resume:
            return History()
        return History(stream_steps(self.folder.file(".csv")))

    def _make_recorder(self) -> Recorder | None:
        if self.folder is None:
            return None
        folder, name = self.folder.path, self.folder.name
        if self.options.resume:
            return Recorder.resume(
                folder, name, self.trainer.batch, tensorboard=self.options.tensorboard
            )
        return Recorder(folder, name, tensorboard=self.options.tensorboard)


def _with_length(sources: Sources, world: int, asked: bool) -> Cfg:
    """The cfg with the batches that its epochs take, where it says those."""
    net = Network.build(sources.cfg).net
    if not net.max_epochs:
        return sources.cfg
    batches = -(-net.max_epochs * len(sources.train) // (net.batch * world))
    if net.max_batches and net.max_batches < batches and not asked:
        return sources.cfg
    return sources.cfg.with_option(0, "max_batches", batches)


def read_run_cfg(options: Options) -> Cfg:
    """The cfg that a run starts from, with what the options change in it."""
    from ..zoo import read_cfg

    cfg = read_cfg(options.cfg)
    cfg = cfg if options.classes is None else with_classes(cfg, options.classes)
    return overridden(cfg, options.net)


def backup_of(data: str) -> str:
    """The folder that a .data file names for what training writes, or ``backup``."""
    from ..cfg import Data
    from ..labelled import is_data_file

    if os.path.isfile(data) and data.endswith(".data") and is_data_file(data):
        return Data.read(data).get("backup") or "backup"
    return "backup"


def _name(cfg: str) -> str:
    """What the run's files are called: as the cfg."""
    return Path(cfg).name.removesuffix(".cfg")


def _is_bf16(precision: str, process: Process) -> bool:
    """Whether to compute in bfloat16; `auto` does where the processor has instructions for it."""
    if precision != "auto":
        return precision == "bf16"
    import torch

    if process.device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
