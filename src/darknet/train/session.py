"""One run from beginning to end: the order of things.

A `Session` is prepared whole before the first batch: data, network, starting weights, folder. Then
`run` is iterated over, and `result` says what came of it. What is learned from is `data.Data`:
photographs, where nothing else is given.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from ..errors import DarknetError, DivergedError, InputError, WeightsError
from ..network import Network
from ..weights import Weights
from ..zoo import find
from .checkpoint import State, load_state
from .data import Data, Validated
from .kept import Kept, checkpoint_of, is_whole
from .memory import Memory, Usage, available, check
from .outcome import Outcome
from .parallel import Process
from .photograph_data import PhotographData
from .plan import Plan
from .precision import computes_in_bf16
from .record import Step
from .run_options import Options
from .teacher import Teacher
from .trainer import Trainer
from .transfer import frozen_layers, starting_weights

__all__ = ["Session"]

TOP = 5
Tell = Callable[[str], None]


class Session:
    """A run that is ready. Raises a DarknetError for whatever stands against it.

    Where there are several processes one of them writes files and validates. `keep` False: no
    process does. `data` is read already, or photographs are that `options` name.
    """

    def __init__(
        self,
        options: Options,
        process: Process,
        tell: Tell,
        *,
        data: Data | None = None,
        keep: bool = True,
    ) -> None:
        self.options, self.process = options, process
        self._tell: Tell = tell if process.is_main else lambda line: None
        self.data = PhotographData(options, process) if data is None else data
        path = checkpoint_of(options)
        state = process.from_main(lambda: load_state(path)) if options.resume else None
        self.plan, weights = self._planned(state)
        self.memory, self._usage = self._fitting(), Usage(str(process.device))
        self.trainer = Trainer(self.plan, weights, process)
        if state is not None:
            self.trainer.restore(state, str(path))
        self.start = self.trainer.batch
        if self.start >= self.total and process.from_main(lambda: is_whole(options)):
            raise InputError(f"{options.cfg}: all of its {self.total:,} batches are done already")
        writes = process.is_main and keep
        process.wait()  # until all have read what may be moved now
        self._kept = Kept(options, self.start, self._tell) if writes else None
        self.batches = self.data.batches(self.plan, process, self.start)
        self._validated: Validated | None = None
        self._seconds = self._training_seconds = 0.0

    def _planned(self, state: State | None) -> tuple[Plan, Weights]:
        """The run and what it starts from; `state`: what an earlier part of it left."""
        options, world = self.options, self.process.world
        before = None if state is None else state.settings.get("bf16") == str(True)
        network = Network.build(self.data.cfg)
        generator = np.random.default_rng(options.seed)
        weights, count = starting_weights(network, options.weights, generator, options.upto)
        whole = count == len(network.nodes) and not options.clear
        plan = Plan(
            network=network,
            photographs=self.data.count,
            data=self.data.fingerprint,
            seed=options.seed,
            bf16=computes_in_bf16(options.precision, self.process, before),
            compiled=options.compiled,
            synchronized=options.synchronized and world > 1,
            frozen=len(frozen_layers(network, options.frozen)),
            held_out=self.data.held_out,
            start=weights.header.seen // (network.net.batch * world) if whole else 0,
            teacher=Teacher.read(*options.teacher, network) if options.teacher else None,
        )
        for line in (*network.warnings, *plan.notes()):
            self._tell(line)
        if options.weights is None and state is None:
            for line in _drawn(options):
                self._tell(line)
        if 0 < count < len(network.nodes):
            self._tell(f"layers 0 to {count - 1} from {options.weights}; the others start anew")
        for line in self.data.notes():
            self._tell(line)
        return plan, weights

    def _fitting(self) -> Memory:
        """The memory that the run will need; InputError when there is less."""
        device = str(self.process.device)
        found = check(
            self.plan,
            free=available(device),
            cache_bytes=self.data.expected_bytes,
            device=device,
            processes=self.process.local,
        )
        self._tell(f"memory: {found}")
        return found

    @property
    def title(self) -> str:
        """The run in a few words."""
        net, part = self.plan.net, self.plan.part
        how = "bf16" if self.plan.bf16 else "f32"
        parts = f" in parts of {part}" if net.subdivisions > 1 else ""
        each = f" in each of {self.process.world} processes" if self.process.world > 1 else ""
        return (
            f"{self.options.cfg}: {self.data.count:,} {self.data.unit}, batch {net.batch}{parts}"
            f"{each}, {how} on {self.process.device.type}"
        )

    @property
    def total(self) -> int:
        """Batches of the whole run."""
        return self.plan.net.max_batches

    @property
    def stopping(self) -> bool:
        """Whether it was asked to end early."""
        return self.trainer.stopping

    def stop(self) -> None:
        """End after the batch that is computed now (in all processes), and keep what is there."""
        self.trainer.stop()

    def memory_now(self) -> int:
        """Bytes that the run has taken at the most, so far; 0 where the system does not say."""
        return self._usage.bytes() or 0

    def tell_to(self, tell: Tell) -> None:
        """Where remarks go from now on."""
        if self._kept is not None:
            self._kept.tell = tell

    # ---- the run

    def run(self) -> Iterator[Step]:
        """Every batch; with top-1 and top-5 where the network was validated after it."""
        started = time.perf_counter()
        try:
            if self._kept is not None:
                self.data.write(self._kept)
            for step in self.trainer.run(self.batches):
                self._training_seconds += step.seconds
                yield self._after(step)
            self._finish()
        except DivergedError as problem:
            good = "" if self._kept is None else f"; {self._kept.last_good}"
            raise DivergedError(f"{problem}{good}") from None
        finally:
            self._seconds = time.perf_counter() - started
            self.close()

    def close(self) -> None:
        """Let go of threads, files and the folder."""
        self.batches.close()
        if self._kept is not None:
            self._kept.close()

    def _after(self, step: Step) -> Step:
        if self._validates(step.batch):
            try:
                step = self._with_validation(step)
            except DivergedError:  # these weights are not to go on from
                raise
            except DarknetError:  # what validation stumbles over costs nothing that was learned
                self._save()
                raise
        if self._kept is not None:
            self._kept.add(step)
        if step.batch % self.options.save_every == 0 or step.top1 is not None:
            self._save()
        return step

    def _validates(self, batch: int) -> bool:
        every = self.options.validate_every
        if not self.data.validates or every == 0 or self.stopping:
            return False
        images = self.plan.net.batch * self.process.world
        epoch = max(1, self.plan.photographs // images)
        return batch == self.total or batch % (every or epoch) == 0

    def _with_validation(self, step: Step) -> Step:
        """The step with what the weights of now are worth; one process computes it."""
        if self._kept is None:
            self.process.wait()
            return step
        try:
            self._validated = self.data.validate(
                self.plan.network, self.trainer.weights(), self.process.device.type
            )
        except WeightsError as problem:  # answers that are no numbers
            raise DivergedError(f"batch {step.batch:,}: {problem}") from None
        self.process.wait()
        found, best = self._validated, self.trainer.best
        top1, top5 = 100 * found.top1, 100 * found.topk if found.classes > TOP else None
        if (best is None or top1 > best[1]) and self._kept.save_best(self._bytes()):
            self.trainer.best = (step.batch, top1)
        return replace(step, top1=top1, top5=top5)

    def _save(self) -> None:
        if self._kept is not None:
            if not self.trainer.is_finite():
                raise DivergedError(f"batch {self.trainer.batch:,}: weights that are not finite")
            self._kept.save(self.trainer.state(), self._bytes(averaged=False))

    def _finish(self) -> None:
        self._save()
        if self._kept is not None:
            self._kept.finish(self._bytes() if self.trainer.batch >= self.total else None)

    def _bytes(self, *, averaged: bool = True) -> bytes:
        return self.trainer.weights(averaged=averaged).to_bytes(self.plan.network)

    # ---- what came of it

    def result(self) -> Outcome:
        """What came of the run so far."""
        trainer, seconds = self.trainer, self._training_seconds
        images = self.plan.net.batch * self.process.world
        return Outcome(
            cfg=self.options.cfg,
            data=self.options.data,
            unit=self.data.unit,
            batch=trainer.batch,
            seen=trainer.batch * images,
            loss=trainer.running,
            seconds=self._seconds,
            images_per_second=(trainer.batch - self.start) * images / seconds if seconds else 0.0,
            waited=min(1.0, self.batches.waited / seconds) if seconds else 0.0,
            best=trainer.best,
            validated=self._validated,
            held_out=self.plan.held_out,
            files={} if self._kept is None else self._kept.files,
            lost=len(self.data.lost),
            memory_predicted=self.memory.total,
            memory_used=self._usage.bytes(),
            complete=trainer.batch >= self.total,
        )

    @property
    def lost(self) -> Sequence[str]:
        """A line for every sample that could not be read."""
        return self.data.lost


def _drawn(options: Options) -> Iterator[str]:
    """What is hardly meant where a run starts from drawn weights."""
    if options.frozen:
        yield f"freeze={options.frozen}: these layers stay as they are drawn; no WEIGHTS are given"
    if find(options.cfg) is not None:
        yield (
            f"{options.cfg}: its cfg alone is taken, and weights are drawn; WEIGHTS says what else"
            " to start from"
        )
