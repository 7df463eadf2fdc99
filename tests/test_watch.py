"""What is seen while a network trains: forecasts by hand, Darknet's lines, the live display."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from rich.console import Console

from darknet.cli.watch import Forecast, Watch, line_of
from darknet.train.record import Step

STEP = Step(1, 0.012, 128, 2.302585, 2.302585, 0.1, 0.532, 128, 0.25)


class Clock:
    """Seconds that pass when they are told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def step(batch: int, **more) -> Step:
    return replace(STEP, batch=batch, epoch=batch * 0.012, seen=128 * batch, **more)


# ---- what is left


def forecast(gaps: list[float], tests: tuple[int, ...] = (), total: int = 100, done: int = 0):
    made, now = Forecast(total, done), 0.0
    made.start(now)
    for batch, gap in enumerate(gaps, done + 1):
        now += gap
        made.step(batch, now, batch in tests)
    return made, now


def test_nothing_is_known_before_the_first_batch():
    made, now = forecast([])
    assert made.seconds(now) is None


def test_the_recent_pace_counts_and_the_first_batch_only_while_it_is_alone():
    made, now = forecast([9.0])
    assert made.seconds(now) == 99 * 9
    made, now = forecast([9.0, 2.0, 4.0])
    assert made.seconds(now) == 97 * 3
    # 20 batches of a minute or more: those before are forgotten
    made, now = forecast([1.0] * 50 + [4.0] * 20, total=100)
    assert made.seconds(now) == 30 * 4


def test_validations_to_come_are_counted_one_by_one():
    """A batch takes 1 s, a validation every 10 batches 7 s more: the truth at every batch."""
    gaps = [8.0 if batch % 10 == 0 else 1.0 for batch in range(1, 101)]
    for done in range(12, 101):
        made, now = forecast(gaps[:done], tests=tuple(range(10, 101, 10)))
        assert made.seconds(now) == pytest.approx(sum(gaps[done:]))


def test_a_last_validation_where_the_run_ends_between_two():
    made, now = forecast([1.0] * 9 + [8.0, 1.0], tests=(10,), total=25)
    assert made.seconds(now) == 14 + 2 * 7  # after batch 20, and after the last


def test_it_counts_down_in_between_and_stands_still_where_nothing_comes():
    made, now = forecast([2.0, 2.0, 2.0], total=5)
    assert [made.seconds(now + later) for later in (0, 1, 2, 3, 100)] == [4, 3, 2, 2, 2]
    made, now = forecast([1.0] * 9 + [8.0] + [1.0] * 9, tests=(10,), total=30)
    # 11 batches and two validations; the next batch has one, so 8 s are what it may take
    assert [made.seconds(now + later) for later in (0, 8, 9)] == [25, 17, 17]


def test_a_resumed_run_has_only_its_rest():
    made, now = forecast([5.0, 2.0, 2.0], done=90)
    assert made.seconds(now) == 7 * 2
    made, now = forecast([2.0] * 3, done=97)
    assert made.seconds(now) == 0


# ---- lines


def test_the_line_is_darknets():
    assert line_of(STEP) == (
        "1, 0.012: 2.302585, 2.302585 avg, 0.100000 rate, 0.532000 seconds, 128 images"
    )
    assert line_of(STEP, 5400.0).endswith(", 128 images, 1.50 hours left")


def watched(clock: Clock, total: int = 1000, **more) -> tuple[Watch, io.StringIO]:
    out = io.StringIO()
    return Watch(total, "run", lines=out, clock=clock, **more), out


def test_without_a_terminal_a_line_comes_every_few_seconds_and_at_the_end():
    clock = Clock()
    watch, out = watched(clock)
    with watch:
        for batch in range(1, 21):
            clock.now += 0.5
            watch.step(step(batch))
    lines = out.getvalue().splitlines()
    assert [int(line.split(",")[0]) for line in lines] == [1, 11, 20]
    assert lines[1] == (
        "11, 0.132: 2.302585, 2.302585 avg, 0.100000 rate, 0.532000 seconds, 1408 images, "
        "0.14 hours left"
    )


def test_validations_and_notes_have_lines_in_order():
    clock = Clock()
    watch, out = watched(clock)
    with watch:
        for batch in range(1, 5):
            clock.now += 0.5
            tests = {2: {"top1": 50.0, "top5": 80.0}, 3: {"top1": 45.25}}
            watch.step(step(batch, **tests.get(batch, {})))
        watch.note("backup/run.weights: saved\x1b[0m")
        watch.note("again")
    lines = out.getvalue().splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "1, 0.012", "2, 0.024", "2, 0.024", "3, 0.036", "3, 0.036", "4, 0.048",
        "backup/run.weights", "again",
    ]  # fmt: skip
    assert lines[2] == "2, 0.024: validation top-1 50.00 %, top-5 80.00 % (the best so far)"
    assert lines[4] == "3, 0.036: validation top-1 45.25 % (best 50.00 % after batch 2)"
    assert "\x1b" not in lines[6]


def test_a_run_that_fails_still_says_its_last_batch():
    clock = Clock()
    watch, out = watched(clock)

    def fail() -> None:
        with watch:
            watch.step(step(1))
            watch.step(step(2))
            raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        fail()
    assert [line.split(",")[0] for line in out.getvalue().splitlines()] == ["1", "2"]


def test_quiet_is_for_notes_alone(capsys):
    watch, out = watched(Clock(), quiet=True, console=display()[0])
    with watch:
        watch.step(step(1, top1=50.0))
        watch.note("saved")
    assert out.getvalue() == ""
    assert capsys.readouterr().err == "saved\n"


def test_a_run_without_a_batch_says_nothing():
    watch, out = watched(Clock())
    with watch:
        pass
    assert out.getvalue() == ""


# ---- the display


def display(width: int = 100) -> tuple[Console, io.StringIO]:
    drawn = io.StringIO()
    return Console(file=drawn, force_terminal=True, width=width, color_system=None), drawn


def shown(watch: Watch, width: int = 100) -> list[str]:
    """The display's lines as they are now."""
    console = Console(file=io.StringIO(), width=width, record=True)
    console.print(watch._display())
    return [line.rstrip() for line in console.export_text().splitlines()]


def test_the_display_says_everything():
    clock = Clock()
    console, _ = display()
    lines = io.StringIO()
    watch = Watch(
        1000, "cfg/tiny.cfg on photographs", done=600, console=console, lines=lines,
        memory=lambda: 3 * 2**29, clock=clock,
    )  # fmt: skip
    with watch:
        assert shown(watch)[0].split() == ["cfg/tiny.cfg", "on", "photographs", "starting"]
        assert "600 of 1,000 batches  60.0 %  0:00:00 spent" in shown(watch)[1]
        for batch in range(601, 701):
            clock.now += 36.0
            watch.step(step(batch, top1=60.0 if batch == 650 else None, seconds=0.5))
        clock.now += 1
        first, bar, numbers, speeds, validation = shown(watch)
        assert first.split() == ["cfg/tiny.cfg", "on", "photographs"]
        assert "700 of 1,000 batches  70.0 %  1:00:01 spent  2:59:59 left" in bar
        words = "loss 2.3026 average 2.3026 rate 0.1 epoch 8.40"
        assert " ".join(numbers.split()) == words
        assert " ".join(speeds.split()) == "images/s 256 waiting for data 25 % memory 1.50 GiB"
        assert validation == "validation top-1 60.00 % (the best so far)"
        with watch.busy("validating") as say:
            assert shown(watch)[0].endswith("validating")
            say("validating 5 of 10")
            assert shown(watch)[0].endswith("validating 5 of 10")
        assert shown(watch)[0] == "cfg/tiny.cfg on photographs"
    assert lines.getvalue() == ""  # the display is enough


def test_notes_stay_above_the_display():
    console, drawn = display()
    with Watch(10, "run", console=console, clock=Clock()) as watch:
        watch.step(step(1))
        watch.note("[backup]/run.weights: saved " + "x" * 120)
        watch.step(step(2))
    text = drawn.getvalue()
    assert text.count("[backup]/run.weights: saved " + "x" * 120 + "\n") == 1
    assert text.index("[backup]") < text.rindex("2 of 10 batches")


@pytest.mark.parametrize("width", [20, 40, 60, 80])
def test_narrow_terminals_get_no_more_lines(width):
    clock = Clock()
    console, _ = display(width)
    with Watch(10**6, "x" * 80, console=console, memory=lambda: 1, clock=clock) as watch:
        watch.step(step(10**6 - 1, top1=12.0, top5=34.0))
        lines = shown(watch, width)
        assert len(lines) == 5 if width >= 80 else len(lines) <= 8
        assert max(map(len, lines)) <= width


def test_a_loss_that_is_no_number_is_shown():
    with Watch(10, "run", console=display()[0], clock=Clock()) as watch:
        watch.step(step(1, loss=float("nan"), seconds=0.0))
        assert "loss nan" in " ".join(shown(watch)[2].split())


PROGRAM = """
import sys
from darknet.cli.watch import Watch
from darknet.train.record import Step
with Watch(3, "run") as watch:
    for batch in (1, 2, 3):
        watch.step(Step(batch, 0.1, 1, 1.0, 1.0, 0.1, 0.1, 1, 0.0))
    print("a warning", file=sys.stderr)
    print("rich" in sys.modules)
"""


def test_on_a_real_terminal(tmp_path):
    pty = pytest.importorskip("pty", reason="pseudo-terminals are Unix's")
    child, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=terminal,
        env={**os.environ, "COLUMNS": "120", "TERM": "xterm"},
    ) as started:  # fmt: skip
        os.close(terminal)
        drawn = b""
        while True:
            try:
                drawn += os.read(child, 4096)
            except OSError:
                break
        assert started.stdout is not None
        assert started.stdout.read() == b"True\n"
        assert started.wait(30) == 0
    os.close(child)
    assert b"3 of 3 batches" in drawn
    assert b"a warning\r\n" in drawn


def test_without_a_terminal_rich_is_not_imported():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert done.stderr == "a warning\n"
    lines = done.stdout.splitlines()
    assert lines[0].startswith("1, 0.100: 1.000000, 1.000000 avg, 0.100000 rate, 0.100000 seconds")
    assert lines[-2] == "False"
    assert lines[-1].startswith("3, 0.100: ")
