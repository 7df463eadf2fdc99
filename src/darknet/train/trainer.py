"""The loop: a batch, its loss, its gradients, a step; and the state that it can go on from.

Everything that is drawn is a function of the seed and the number of the batch, so that a run that
was ended, at whatever moment, goes on to the same weights: on a CPU to the bit.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import DivergedError, InputError
from ..interp.training import TrainingNetwork
from ..weights import Header, Weights
from .averaged import Averaged
from .checkpoint import State
from .data import Batch, Batches
from .diagnosis import diverged, first_not_finite
from .losses import Loss, one_hot
from .optimizer import make_optimizer, set_rate
from .parallel import Process
from .plan import Plan, unset_settings
from .record import Step
from .schedule import Schedule
from .taught import Taught

__all__ = ["Trainer"]

_SMOOTH = 0.1  # the share of the newest loss in the running average, as C prints it


class Trainer:
    """A network that learns, one batch at a time. Iterate over `run`."""

    def __init__(self, plan: Plan, weights: Weights, process: Process | None = None) -> None:
        self.plan, self.process = plan, process or Process()
        self.loss = Loss.of(plan.network)
        self.batch = plan.start
        self.running: float | None = None
        self.best: tuple[int, float] | None = None
        self._asked = self._agreed = False  # to end early: this process, and all of them
        module = TrainingNetwork(
            plan.network, weights, *self.loss.before, synchronized=plan.synchronized
        )
        module.freeze(range(plan.frozen))
        if not any(parameter.requires_grad for parameter in module.parameters()):
            raise InputError(f"{plan.network.cfg.label}: every layer with weights is frozen")
        self.module = module.to(self.process.device).train()
        _channels_last(self.module)
        self._optimizer = make_optimizer(self.module, plan.net, self.process.world)
        alpha = plan.net.ema_alpha
        self.averaged = Averaged(self.module, alpha) if alpha else None
        teacher, share = plan.teacher, plan.net.teacher_share
        self._taught = Taught(teacher, share, self.process.device) if teacher else None
        self._schedule = Schedule(plan.net, plan.network.cfg.sections[0], plan.seed)
        wrapped = self.process.wrap(self.module)
        self._model: Any = torch.compile(wrapped) if plan.compiled else wrapped

    def run(self, batches: Batches) -> Iterator[Step]:
        """Learn from every batch, until there are none or `stop` was called; a Step for each.

        Raises DivergedError when the loss is no number any more, naming batch and layer. The
        rolling means have seen that batch then: only a state from before it is good.
        """
        started, waited = time.perf_counter(), batches.waited
        for batch in batches:
            rate = self._schedule.rate(self.batch + 1)
            loss = self._learn(batch, rate)
            now = time.perf_counter()
            yield self._noted(loss, rate, now - started, batches.waited - waited)
            if self.stopping:
                return
            started, waited = time.perf_counter(), batches.waited

    def stop(self) -> None:
        """End after the batch at hand; where there are several processes, all after the same one.

        They agree with the next batch, as a process that ended at once would leave the others
        waiting for it.
        """
        self._asked = True

    @property
    def stopping(self) -> bool:
        """Whether this was the last batch, though there are more."""
        return self._agreed or (self._asked and self.process.world == 1)

    def _noted(self, loss: float, rate: float, seconds: float, waited: float) -> Step:
        self.batch += 1
        old = loss if self.running is None else self.running
        self.running = old + _SMOOTH * (loss - old)
        images = self.plan.net.batch * self.process.world
        return Step(
            batch=self.batch,
            epoch=self.batch * images / self.plan.photographs,
            seen=self.batch * images,
            loss=loss,
            average=self.running,
            rate=rate,
            seconds=seconds,
            images=images,
            waited=min(1.0, waited / seconds) if seconds > 0 else 0.0,
        )

    def _learn(self, batch: Batch, rate: float) -> float:
        """One step; the loss of this batch, averaged over processes."""
        device, part = self.process.device, self.plan.part
        torch.manual_seed(self._seed(batch.number))
        inputs = batch.on(device)
        images = inputs.images
        truth = one_hot(inputs.labels, self.loss.classes, self.plan.net.label_smooth_eps)
        others = inputs.others
        if self.plan.net.mixup:
            mix = self._mixer(batch.number, len(images), device)
            images, truth = mix(images), mix(truth)
            others = {name: mix(known) for name, known in others.items()}  # NaN stays unknown
        losses = []
        starts = range(0, len(images), part)
        for start in starts:
            last = start == starts[-1]
            portion = slice(start, start + part)
            own = {name: values[portion] for name, values in others.items()}
            losses.append(
                self._backward(images[portion], truth[portion], own, 1 / len(starts), last)
            )
        found = torch.stack(losses)  # read at once: every reading waits for the device
        loss, self._agreed = self.process.agree(float(found.sum()), self._asked)
        if not np.isfinite(loss):
            wrong = int((~found.isfinite()).nonzero().flatten()[:1].sum())
            raise DivergedError(self._why(batch.number, images[wrong * part : (wrong + 1) * part]))
        set_rate(self._optimizer, rate)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        if self.averaged is not None:
            self.averaged.add(self.module)
        return loss

    def _backward(
        self,
        images: Tensor,
        truth: Tensor,
        others: Mapping[str, Tensor],
        share: float,
        last: bool,
    ) -> Tensor:
        """Gradients of a part, whose loss is given; they travel between processes with the last."""
        alone = self.process.world == 1 or last
        with contextlib.nullcontext() if alone else self._model.no_sync():
            with torch.autocast(self.process.device.type, torch.bfloat16, enabled=self.plan.bf16):
                truth = truth if self._taught is None else self._taught(images, truth)
                values = self._model(images)
            loss = self.loss(values, truth, others) * share
            loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    def _mixer(self, number: int, count: int, device: torch.device) -> Callable[[Tensor], Tensor]:
        """What makes one of every pair in a batch (H. Zhang et al., arXiv:1710.09412)."""
        generator = np.random.default_rng([self.plan.seed, number, self.process.rank, 1])
        share = float(generator.beta(self.plan.net.mixup_alpha, self.plan.net.mixup_alpha))
        order = torch.from_numpy(generator.permutation(count)).to(device)
        return lambda values: values.lerp(values[order], 1 - share)

    def _seed(self, number: int) -> int:
        """For what torch draws: dropout."""
        return ((self.plan.seed * 1_000_003 + number) * 1_009 + self.process.rank) % 2**63

    def _why(self, number: int, images: Tensor) -> str:
        torch.manual_seed(self._seed(number))
        with torch.autocast(self.process.device.type, torch.bfloat16, enabled=self.plan.bf16):
            where = first_not_finite(self.module, images)
        return diverged(number + 1, where, self._schedule.rate(number + 1))

    # ---- what is kept

    def weights(self, *, averaged: bool = True) -> Weights:
        """The weights now; the averaged ones where there are any."""
        seen = self.batch * self.plan.net.batch * self.process.world
        module = self.module
        if averaged and self.averaged is not None:
            module = self.averaged.module
        return module.to_weights(Header(seen=seen))

    def is_finite(self) -> bool:
        """Whether all weights are numbers."""
        return all(bool(value.isfinite().all()) for value in self.module.state_dict().values())

    def state(self) -> State:
        """All that is needed to go on."""
        return State(
            batch=self.batch,
            module=self.module.state_dict(),
            optimizer=self._optimizer.state_dict(),
            average=None if self.averaged is None else self.averaged.state(),
            loss=self.running,
            best=self.best,
            settings=self.plan.settings(self.process.world),
        )

    def restore(self, state: State, label: str) -> None:
        """Go on from a state; InputError when it is of another run."""
        wanted = self.plan.settings(self.process.world)
        was = {**unset_settings(), **state.settings}  # written before an option was thought of
        other = [key for key, value in wanted.items() if was.get(key) != value]
        if other:
            words = [_differs(key, was.get(key), wanted[key]) for key in other[:4]]
            raise InputError(
                f"{label}: is of a run with another {', '.join(words)}: give the same options; or "
                "start from its weights (WEIGHTS and --clear) in another --backup folder"
            )
        self.module.load_state_dict(dict(state.module))
        self._optimizer.load_state_dict(dict(state.optimizer))
        if self.averaged is not None and state.average is not None:
            self.averaged.restore(state.average)
        self.batch, self.running, self.best = state.batch, state.loss, state.best


def _differs(key: str, was: str | None, now: str) -> str:
    return key if "\n" in now else f"{key} (was {was}, now {now})"


def _channels_last(module: torch.nn.Module) -> None:
    """Filters in the order that convolutions on CPUs and tensor cores want."""
    for parameter in module.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
