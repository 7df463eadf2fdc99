"""``darknet go play`` and ``go test`` as processes: on real pseudo-terminals, and in pipes."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from darknet.cli import main
from darknet.cli.go_play import _hanging_up
from darknet.go.records import read_record
from go_nets import files

if sys.platform == "win32":
    pytest.skip("needs pseudo-terminals", allow_module_level=True)

from terminals import Terminal

pytestmark = pytest.mark.slow
PROMPT = "Enter move:"


@pytest.fixture(scope="module")
def net(tmp_path_factory) -> tuple[str, str]:
    return files(tmp_path_factory.mktemp("net"))


@pytest.fixture
def state(tmp_path, monkeypatch) -> Path:
    """The folder of kept games; the current folder is the one above."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "state" / "darknet" / "go"


def kept(state: Path) -> list[tuple[int, int]]:
    (path,) = state.iterdir()
    return list(read_record(path).moves())


def piped(net, typed: str | bytes, *words: str, **options) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "darknet", "go", "test", *net, *words]
    data = typed.encode() if isinstance(typed, str) else typed
    return subprocess.run(command, input=data, capture_output=True, timeout=120, **options)


# ---- on a terminal


def test_a_game_on_a_terminal(net, state):
    with Terminal("go", "test", *net) as screen:
        first = screen.until(PROMPT)
        assert "┌─┬" in first or "1" in first
        assert " 1: " in first
        assert "\x1b[38;2;" in screen.raw  # true colours
        screen.type("E 5\n")
        shown = screen.until(PROMPT)
        assert "(●)" in shown
        assert "White (O) to move" in shown
        screen.type("E 5\n")
        assert "White may not play E5: there is a stone" in screen.until(PROMPT)
        screen.type("\x1b[A\x1b[D\x1b[D\x1b[DD\x7f\x1b[3~D\n")  # the line before, E become D
        assert "D5" in screen.until(PROMPT)
        screen.type("h\n")
        assert "show or hide the suggestions" in screen.until(PROMPT)
        screen.type("\n")
        assert "move 3" in screen.until(PROMPT)
        screen.type(b"\x04")
        code, shown = screen.end()
    assert code == 0
    assert "The game was not saved; it is kept: " in shown
    assert "Traceback" not in screen.raw
    assert len(kept(state)) == 3


def test_ctrl_c_leaves_with_130_and_the_game_is_kept(net, state):
    with Terminal("go", "test", *net) as screen:
        screen.until(PROMPT)
        screen.type("E 5\n")
        screen.until(PROMPT)
        screen.type("half a li\x03")
        code, shown = screen.end()
    assert code == 130
    assert "it is kept: " in shown
    assert shown.rstrip().endswith("darknet: interrupted")
    assert "Traceback" not in screen.raw
    assert len(kept(state)) == 1


def test_nothing_to_keep_nothing_said(net, state):
    with Terminal("go", "test", *net) as screen:
        screen.until(PROMPT)
        screen.type("q\n")
        code, shown = screen.end()
    assert (code, shown.strip().removeprefix("q").strip()) == (0, "")
    assert not state.exists()


@pytest.mark.parametrize("how", ["hang up", "kill"])
def test_a_closed_window_and_kill_do_not_lose_the_game(net, state, how):
    with Terminal("go", "test", *net) as screen:
        screen.until(PROMPT)
        screen.type("E 5\n")
        screen.until(PROMPT)
        if how == "kill":
            screen.process.send_signal(signal.SIGTERM)
            assert screen.end()[0] == 128 + signal.SIGTERM
        else:
            screen.hang_up()
            assert screen.process.wait(60) == 128 + signal.SIGHUP
    assert len(kept(state)) == 1


def test_a_terminal_may_be_gone_before_its_signal_comes():
    for code, ends in ((errno.EIO, SystemExit), (errno.ENOSPC, OSError)):
        with pytest.raises(ends) as caught, _hanging_up():
            raise OSError(code, "")
        if ends is SystemExit:
            assert caught.value.code == 128 + signal.SIGHUP


@pytest.mark.parametrize(
    ("environment", "words", "colour", "ascii_only"),
    [
        ({"NO_COLOR": "1"}, (), False, False),
        ({}, ("--no-color",), False, False),
        ({"TERM": "dumb"}, (), False, True),
        ({}, ("--ascii",), True, True),
        ({"LC_ALL": "C"}, (), True, True),
    ],
)
def test_terminals_that_show_less(net, state, environment, words, colour, ascii_only):
    with Terminal("go", "test", *net, *words, **environment) as screen:
        shown = screen.until(PROMPT)
        screen.type("q\n")
        assert screen.end()[0] == 0
    assert ("\x1b[38;2;" in screen.raw) is colour
    assert shown.isascii() is ascii_only
    assert "X Enter move:" in shown


def test_a_narrow_terminal_has_the_suggestions_below(net, state):
    with Terminal("go", "test", *net, columns=40) as screen:
        shown = screen.until(PROMPT)
        screen.type("q\n")
        screen.end()
    assert max(map(len, shown.splitlines())) <= 40
    assert "\n10: " in shown


def test_against_the_network(net, state):
    cfg, weights = net
    with Terminal("go", "play", "--cfg", cfg, "--weights", weights, "--color", "white") as screen:
        shown = screen.until(PROMPT)
        assert "Black plays " in shown
        assert " 1: " not in shown  # suggestions are hidden from who plays
        screen.type("resign\n")
        assert "White resigns: B+R" in screen.until(PROMPT)
        screen.type("s game\n")
        assert "Saved: game.sgf" in screen.until(PROMPT)
        screen.type("q\n")
        assert screen.end()[0] == 0
    assert read_record("game.sgf").text("RE") == "B+R"
    assert not state.exists()


# ---- in pipes


def test_plain_text_in_a_pipe(net, state):
    done = piped(net, "E 5\nfoo\n\nk\nk\nu\ns a\n")
    assert (done.returncode, done.stderr) == (0, b"")
    out = done.stdout.decode("ascii")
    assert "Enter move" not in out
    assert "\x1b" not in out
    assert " 5 . . . .(X)" in out
    assert '"foo" is no point and no command' in out
    assert "Taken back: White " in out
    assert "Saved: a.sgf" in out
    assert len(read_record("a.sgf").moves()) == 1


def test_lines_that_are_no_text_and_lines_without_end(net, state):
    done = piped(net, b"\xff\xfe\x00\nE 5\n" + b"x" * 200_000 + b"\nD 4")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"characters is no command" in done.stdout
    assert len(kept(state)) == 2


def test_nobody_reads(net, state):
    command = [sys.executable, "-m", "darknet", "go", "test", *net]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdin.write(b"E 5\n")
        process.stdin.flush()
        while b"White (O) to move" not in process.stdout.readline():
            pass
        process.stdout.close()
        process.stdin.write(b"D 4\n")
        process.stdin.close()
        said = process.stderr.read()
        assert process.wait(60) == 141
    assert b"it is kept: " in said
    assert b"Traceback" not in said
    assert len(kept(state)) in (1, 2)  # the pipe may be found closed before D 4 is read


def test_closed_and_empty_streams(net, state):
    command = [sys.executable, "-m", "darknet", "go", "test", *net]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, b"")
    done = subprocess.run(["sh", "-c", '"$@" <&- >/dev/null', "-", *command], timeout=120)
    assert done.returncode == 0


def test_forced_colours_in_a_pipe(net, state):
    done = piped(net, "q\n", env={**os.environ, "FORCE_COLOR": "1", "COLORTERM": "truecolor"})
    assert b"\x1b[38;2;" in done.stdout


def test_a_signal_handler_of_others_is_put_back(net, state, monkeypatch):
    before = signal.getsignal(signal.SIGTERM)
    with open(os.devnull) as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        assert main(["go", "test", *net]) == 0
    assert signal.getsignal(signal.SIGTERM) == before
