"""The order of things at the terminal board, with a console that is a list."""

from __future__ import annotations

import signal
import sys
from contextlib import nullcontext

import pytest

from darknet.errors import WeightsError
from darknet.go.moves import BLACK, WHITE
from darknet.go.terminal.draw import Look, plain
from darknet.go.terminal.loop import run
from go_terminal import seen, session, typed


class Console:
    """Lines that are typed, in turn; an exception among them is raised. What is shown is kept."""

    def __init__(self, *lines: str | BaseException, broken: bool = False) -> None:
        self.lines, self.broken = list(lines), broken
        self.boards: list[list[str]] = []
        self.said: list[str] = []
        self.last: list[str] = []
        self.prompts: list[str] = []

    def look(self) -> Look:
        return Look()

    def show(self, lines) -> None:
        self.boards.append([plain(line) for line in lines])

    def say(self, lines) -> None:
        if self.broken and any("it is kept" in line for line in lines):
            raise BrokenPipeError
        self.said += lines

    def ask(self, prompt: str) -> str | None:
        self.prompts.append(prompt)
        if not self.lines:
            return None
        line = self.lines.pop(0)
        if isinstance(line, BaseException):
            raise line
        return line

    def last_words(self, lines) -> None:
        self.last += lines


def go(made, *lines, **more) -> Console:
    console = Console(*lines, **more)
    run(made, console, lambda words: nullcontext())
    return console


def test_the_board_is_drawn_where_it_changed(tmp_path):
    console = go(session(tmp_path), "E 5", "E 5", "h", "foo", "v", "q", "D 4")
    assert len(console.boards) == 3  # at first, after E5, and as v asked for it
    assert console.prompts == ["X Enter move: "] + ["O Enter move: "] * 5
    assert console.lines == ["D 4"]  # q was the last that was read
    assert any("there is a stone" in line for line in console.said)


def test_the_network_begins_before_anything_is_typed(tmp_path):
    console = go(session(tmp_path, person=WHITE))
    assert console.said[0].startswith("Black plays ")
    assert "O" not in console.boards[0][1]


def test_the_end_of_the_input_keeps_the_game(tmp_path):
    console = go(session(tmp_path), "E 5")
    assert console.said[-1].startswith("The game was not saved; it is kept: ")
    assert console.last == []
    assert len(list((tmp_path / "kept").iterdir())) == 1


@pytest.mark.parametrize("why", [KeyboardInterrupt(), SystemExit(143), MemoryError()])
def test_whatever_happens_the_game_is_kept_and_the_reason_goes_on(tmp_path, why):
    console = Console("E 5", why)
    with pytest.raises(type(why)):
        run(session(tmp_path), console, lambda words: nullcontext())
    assert console.last[0].startswith("The game was not saved; it is kept: ")
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_a_farewell_that_nobody_reads_is_said_elsewhere_and_kept_once(tmp_path):
    console = Console("E 5", broken=True)
    with pytest.raises(BrokenPipeError):
        run(session(tmp_path), console, lambda words: nullcontext())
    assert len(console.last) == 1
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_a_network_that_fails_is_told_beside_the_board(tmp_path, monkeypatch):
    made = session(tmp_path)

    def fail(board, *, symmetries):
        raise WeightsError("x.weights: the network answers NaN")

    monkeypatch.setattr(made.policy, "evaluate", fail)
    assert seen(made)[-1] == "no suggestions: x.weights: the network answers NaN"
    assert typed(made, "").lines == ("x.weights: the network answers NaN",)
    console = go(made, "E 5")  # one can play all the same
    assert "(X)" in "".join(console.boards[-1])


def test_thinking_is_shown_while_the_network_works(tmp_path):
    shown: list[str] = []

    def busy(words: str):
        shown.append(words)
        return nullcontext()

    run(session(tmp_path, person=BLACK), Console("E 5", "q"), busy)
    assert shown == ["Thinking"] * 5  # start, board, E 5, board, q


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_second_ctrl_c_does_not_keep_the_game_from_being_kept(tmp_path, monkeypatch):
    made = session(tmp_path)
    keep = made.kept.keep

    def slow(record):
        signal.raise_signal(signal.SIGINT)
        return keep(record)

    monkeypatch.setattr(made.kept, "keep", slow)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        go(made, "E 5", KeyboardInterrupt())
    assert len(list((tmp_path / "kept").iterdir())) == 1
    assert signal.getsignal(signal.SIGINT) is before
