"""What a person sees while a network trains: a live display on a terminal, lines elsewhere.

The lines have the form that Darknet prints, which other programs read::

    12, 0.154: 2.190143, 2.255811 avg, 0.100000 rate, 0.532000 seconds, 1536 images, 0.61 hours left
"""

from __future__ import annotations

import math
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self, TextIO

from ..errors import printable
from ..train.record import Step

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live
    from rich.text import Text

__all__ = ["Forecast", "Watch", "line_of"]

EVERY_SECONDS = 5.0  # between two lines
WINDOW_SECONDS, WINDOW_BATCHES = 60.0, 20  # a forecast looks back as far as both
SLOW_DATA = 0.1  # share of time spent waiting for photographs from which it is worth a colour


class Forecast:
    """How long the rest of a run takes: the recent batches' pace, and the validations to come.

    Whatever passes between two batches counts, so that pauses for checkpoints and curves do; what
    a batch with a validation takes longer than the others is the time of a validation, of which as
    many will follow as fit in. `done` batches are behind before the start.
    """

    def __init__(self, total: int, done: int = 0) -> None:
        self._total, self._batch = total, done
        self._last: float | None = None
        self._gaps: deque[float] = deque()
        self._sum = 0.0  # of the gaps
        self._first = True  # the first batch warms up: it counts only until there is another
        self._pauses: deque[float] = deque(maxlen=3)
        self._tested = done
        self._interval = 0
        self._left: float | None = None

    def start(self, now: float) -> None:
        """The run begins."""
        self._last = now

    def step(self, batch: int, now: float, validated: bool) -> None:
        """A batch has come to its end, `now` in seconds."""
        if self._last is not None:
            self._count(now - self._last, batch, validated)
        self._last, self._batch = now, batch
        self._left = self._rest()

    def _count(self, gap: float, batch: int, validated: bool) -> None:
        if validated and self._gaps:
            self._pauses.append(max(0.0, gap - self._pace()))
            self._interval, self._tested = batch - self._tested, batch
            return
        if self._first and self._gaps:
            self._gaps.clear()
            self._sum, self._first = 0.0, False
        self._gaps.append(gap)
        self._sum += gap
        while len(self._gaps) > WINDOW_BATCHES and self._sum - self._gaps[0] > WINDOW_SECONDS:
            self._sum -= self._gaps.popleft()

    def _pace(self) -> float:
        return self._sum / len(self._gaps)

    def _pause(self) -> float:
        return sum(self._pauses) / len(self._pauses)

    def _rest(self) -> float | None:
        if not self._gaps:
            return None
        rest = (self._total - self._batch) * self._pace()
        if self._pauses and self._interval > 0:
            tests = -(-(self._total - self._tested) // self._interval)
            rest += tests * self._pause()
        return max(0.0, rest)

    def seconds(self, now: float) -> float | None:
        """What is left; None before the first batch. It stands still where a batch does not end."""
        if self._left is None or self._last is None:
            return None
        due = self._pace()
        if self._pauses and self._batch + 1 - self._tested >= self._interval:
            due += self._pause()
        return max(0.0, self._left - min(now - self._last, due))


def line_of(step: Step, left: float | None = None) -> str:
    """Darknet's line for a batch; `left` in seconds."""
    line = (
        f"{step.batch}, {step.epoch:.3f}: {step.loss:f}, {step.average:f} avg, {step.rate:f} rate, "
        f"{step.seconds:f} seconds, {step.seen} images"
    )
    return line if left is None else f"{line}, {left / 3600:.2f} hours left"


class Watch:
    """Shows a run: enter it, and hand it every `Step`.

    total: batches of the whole run, of which `done` are behind already. title: what is trained on
    what. console: where the live display is drawn, by default stderr where that is a terminal;
    without a terminal a line goes to `lines` (default: stdout) at most every few seconds, and at
    every validation. `memory` gives the bytes in use. `quiet`: nothing but notes, on stderr.
    """

    def __init__(
        self,
        total: int,
        title: str,
        *,
        done: int = 0,
        quiet: bool = False,
        console: Console | None = None,
        lines: TextIO | None = None,
        memory: Callable[[], int] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total, self._done = total, done
        self._title = printable(title, 60)
        self._console, self._lines, self._quiet = console, lines, quiet
        self._memory, self._clock = memory, clock
        self._forecast = Forecast(total, done)
        self._started = self._shown = clock()
        self._step: Step | None = None
        self._unsaid = False  # the last step has no line yet
        self._test: Step | None = None
        self._best: Step | None = None
        self._busy = "starting"
        self._live: Live | None = None

    def __enter__(self) -> Self:
        self._started = self._clock()
        self._shown = self._started - EVERY_SECONDS
        self._forecast.start(self._started)
        console = self._console or _terminal()
        if console is not None and console.is_terminal and not self._quiet:
            self._live = _live(console, self._display)
            self._live.start()
        return self

    def __exit__(self, *reason: object) -> None:
        self._busy = ""
        if self._live is not None:
            self._live.stop()
            self._live = None
        elif self._unsaid:
            self._say_step()

    def step(self, step: Step) -> None:
        """A batch has come to its end."""
        now = self._clock()
        tested = step.top1 is not None
        self._forecast.step(step.batch, now, tested)
        self._step, self._unsaid, self._busy = step, True, ""
        if tested:
            self._test = step
            if self._best is None or _top1(step) > _top1(self._best):
                self._best = step
        if self._live is None and (tested or now - self._shown >= EVERY_SECONDS):
            self._say_step()

    def note(self, line: str) -> None:
        """A line for the reader that stays: above the display, or after the last batch's line."""
        line = printable(line, 500)
        if self._live is not None:
            self._live.console.print(line, markup=False, highlight=False, soft_wrap=True)
            return
        if self._unsaid:
            self._say_step()
        self._say(line, note=True)

    @contextmanager
    def busy(self, words: str) -> Iterator[Callable[[str], None]]:
        """The display says what goes on beside the batches ("validating").

        Call what it gives with new words as they come.
        """
        self._busy = words
        try:
            yield self._set_busy
        finally:
            self._busy = ""

    def _set_busy(self, words: str) -> None:
        self._busy = words

    # ---- lines

    def _say_step(self) -> None:
        step, now = self._step, self._clock()
        if step is None:
            return
        self._shown, self._unsaid = now, False
        self._say(line_of(step, self._forecast.seconds(now)))
        if step.top1 is not None:
            self._say(f"{step.batch}, {step.epoch:.3f}: validation {_tested(step, self._best)}")

    def _say(self, line: str, *, note: bool = False) -> None:
        if self._quiet and not note:
            return
        try:
            into = sys.stderr if self._quiet else self._lines or sys.stdout
            print(line, file=into, flush=True)
        except BrokenPipeError:  # nobody reads any more: that is no reason to stop training
            self._quiet = True

    # ---- the display

    def _display(self) -> RenderableType:
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Column, Table
        from rich.text import Text

        step, now = self._step, self._clock()
        batch = step.batch if step else self._done
        top = Table.grid(padding=(0, 2, 0, 0))
        top.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        top.add_column(no_wrap=True)
        top.expand = True
        top.add_row(Text(self._title, "bold"), Text(self._busy, "magenta"))
        left, spent = self._forecast.seconds(now), now - self._started
        share = 1000 * batch // max(1, self._total) / 10
        bar = Table.grid(*(Column(no_wrap=True) for _ in range(5)), padding=(0, 2, 0, 0))
        bar.add_row(
            ProgressBar(max(1, self._total), batch, width=28),
            Text(f"{batch:,} of {self._total:,} batches"),
            Text(f"{share:.1f} %"),
            Text(f"{_span(spent)} spent", "dim"),
            Text("" if left is None else f"{_span(left)} left", "cyan"),
        )
        return Group(top, bar, *self._facts(step))

    def _facts(self, step: Step | None) -> Iterator[RenderableType]:
        """What is known, a line each."""
        from rich.table import Table

        if step is None:
            return
        bad = "bold red" if math.isnan(step.loss) else "bold"
        waits = "yellow" if step.waited >= SLOW_DATA else "bold"
        speed = f"{step.speed:,.0f}" if step.speed >= 10 else f"{step.speed:.1f}"
        table = Table.grid(padding=(0, 3, 0, 0))
        table.add_row(
            _fact("loss", f"{step.loss:.4f}", bad),
            _fact("average", f"{step.average:.4f}"),
            _fact("rate", f"{step.rate:.3g}"),
            _fact("epoch", f"{step.epoch:.2f}"),
        )
        table.add_row(
            _fact("images/s", speed),
            _fact("waiting for data", f"{100 * step.waited:.0f} %", waits),
            "" if self._memory is None else _fact("memory", f"{self._memory() / 2**30:.2f} GiB"),
        )
        yield table
        if self._test is not None:
            yield _fact("validation", _tested(self._test, self._best))


def _top1(step: Step) -> float:
    return -1.0 if step.top1 is None else step.top1


def _tested(step: Step, best: Step | None) -> str:
    """``top-1 61.20 %, top-5 83.95 % (best 62.31 % after batch 9,000)``."""
    words = f"top-1 {_top1(step):.2f} %"
    if step.top5 is not None:
        words += f", top-5 {step.top5:.2f} %"
    if best is None or best is step:
        return f"{words} (the best so far)"
    return f"{words} (best {_top1(best):.2f} % after batch {best.batch:,})"


def _span(seconds: float) -> str:
    """``1:02:03``, and ``2 d 03:04`` from a day on."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 24:
        return f"{hours // 24} d {hours % 24:02d}:{minutes:02d}"
    return f"{hours}:{minutes:02d}:{rest:02d}"


def _fact(what: str, figure: str, style: str = "bold") -> Text:
    from rich.text import Text

    return Text.assemble((f"{what} ", "dim"), (figure, style), no_wrap=True, overflow="ellipsis")


def _terminal() -> Console | None:
    """Stderr where it is a terminal (rich takes a tenth of a second: not imported for a file)."""
    if not sys.stderr.isatty():
        return None
    from rich.console import Console

    return Console(stderr=True)


def _live(console: Console, display: Callable[[], RenderableType]) -> Live:
    from rich.live import Live

    return Live(
        console=console,
        get_renderable=display,
        refresh_per_second=4,
        redirect_stdout=False,  # rich would draw there what is meant for a file
        redirect_stderr=console.stderr,  # a warning of torch's goes above the display
        vertical_overflow="crop",
    )
