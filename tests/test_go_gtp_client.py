"""The client of GTP programs, against small programs that behave and that do not."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from darknet.errors import DarknetError, GtpError, InputError
from darknet.go import gtp_client
from darknet.go.gtp_client import GtpProcess

GNUGO = shutil.which("gnugo", path=f"{os.environ.get('PATH', '')}:/usr/games")
START = 60.0  # seconds that a process may take to start on a busy machine

# A program that keeps to the protocol, and does as the command is called.
PROGRAM = r"""
import os, sys, time
for line in sys.stdin:
    number, command, *words = line.split()
    if command == "echo":
        print(f"={number} {' '.join(words)}\n", flush=True)
    elif command == "lines":
        print(f"={number} one\r\n  two\nthree\n", flush=True)
    elif command == "nothing":
        print(f"={number}\n", flush=True)
    elif command == "refuse":
        print(f"?{number} illegal move\n", flush=True)
    elif command == "chatter":
        print("thinking...", file=sys.stderr, flush=True)
        print(f"hello\n\nI think\n={number} done\n", flush=True)
    elif command == "no_id":
        print("= fine\n", flush=True)
    elif command == "other_id":
        print("=7777 late\n", flush=True)
    elif command == "sleep":
        time.sleep(float(words[0]))
        print(f"={number}\n", flush=True)
    elif command == "die":
        print("Segmentation \x1b[31mfault", file=sys.stderr, flush=True)
        sys.exit(3)
    elif command == "flood":
        while True:
            print("=" + "x" * 10_000, flush=True)
    elif command == "loud":
        print("x" * 500_000, file=sys.stderr, flush=True)
        print(f"={number} said\n", flush=True)
    elif command == "child":
        pid = os.fork()
        if not pid:
            os.close(1), os.close(2)
            time.sleep(300)
            os._exit(0)
        print(f"={number} {pid}\n", flush=True)
        time.sleep(300)
    elif command == "quit" and words != ["never"]:
        print(f"={number}\n", flush=True)
        break
"""


@pytest.fixture
def program(tmp_path: Path) -> Iterator[GtpProcess]:
    file = tmp_path / "program.py"
    file.write_text(PROGRAM)
    with GtpProcess([sys.executable, str(file)], name="tester", timeout=START) as process:
        yield process


def test_answers(program: GtpProcess) -> None:
    assert program.send("echo D4  e5") == "D4 e5"
    assert program.send("lines") == "one\n  two\nthree"
    assert program.send("nothing") == ""
    assert program.send("no_id") == "fine"
    assert program.name == "tester"


def test_a_refusal_is_told_and_the_program_goes_on(program: GtpProcess) -> None:
    with pytest.raises(GtpError, match=r'^tester refused "refuse b D4": illegal move$') as caught:
        program.send("refuse b D4")
    assert caught.value.refusal == "illegal move"
    assert isinstance(caught.value, DarknetError)
    assert program.send("echo a") == "a"


def test_lines_before_the_answer_are_let_be(program: GtpProcess) -> None:
    assert program.send("chatter") == "done"
    assert program.send("echo a") == "a"
    assert program.stderr == ("thinking...",)


def test_much_on_stderr_blocks_nobody(program: GtpProcess) -> None:
    assert program.send("loud") == "said"


def test_a_late_answer_ends_the_program(program: GtpProcess) -> None:
    program.send("echo started")
    begin = time.monotonic()
    words = 'tester gave no answer to "sleep 200" in 0.3 seconds'
    with pytest.raises(GtpError, match=words) as caught:
        program.send("sleep 200", timeout=0.3)
    assert caught.value.refusal is None
    assert time.monotonic() - begin < 60
    with pytest.raises(GtpError, match=words):
        program.send("echo a")


def test_a_death_is_told_with_the_last_words(program: GtpProcess) -> None:
    program.send("echo started")
    with pytest.raises(GtpError, match=r"ended at .*code 3") as caught:
        program.send("die")
    assert str(caught.value).isprintable()
    with pytest.raises(GtpError, match="ended at"):
        program.send("echo a")


def test_the_last_words_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    hears = GtpProcess._read_stderr

    def late(self: GtpProcess, stream: IO[bytes]) -> None:
        time.sleep(0.2)
        hears(self, stream)

    monkeypatch.setattr(GtpProcess, "_read_stderr", late)
    dies = [sys.executable, "-c", "import sys; sys.exit('no licence')"]
    with GtpProcess(dies, timeout=START) as program, pytest.raises(GtpError, match=r"no licence$"):
        program.send("name")


def test_a_flood_is_stopped(program: GtpProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gtp_client, "MAX_REPLY", 200_000)
    with pytest.raises(GtpError, match="more than 200,000 bytes"):
        program.send("flood")


def test_an_answer_to_another_command_is_found_out(program: GtpProcess) -> None:
    with pytest.raises(GtpError, match='with "=7777 late": expected =1'):
        program.send("other_id")


@pytest.mark.skipif(os.name != "posix", reason="processes of processes are ended as a group")
def test_what_the_program_started_ends_with_it(program: GtpProcess) -> None:
    pid = int(program.send("child"))
    with pytest.raises(GtpError):
        program.send("echo a", timeout=0.2)
    for _ in range(300):
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat").read_text().split()[2]
        except OSError:
            break
        if state == "Z":  # dead, and nobody's child that waits
            break
        time.sleep(0.1)
    else:
        pytest.fail("the program's own child is still there")


def test_after_close_nothing_can_be_sent(program: GtpProcess) -> None:
    program.close()
    program.close()
    with pytest.raises(GtpError, match="tester was ended"):
        program.send("echo a")


@pytest.mark.parametrize(
    "command", ["", "  ", "# a comment", "echo a\nquit", "echo \x07", "é" * 15_001]
)
def test_what_is_not_one_command(program: GtpProcess, command: str) -> None:
    with pytest.raises(InputError):
        program.send(command)
    assert program.send("echo a") == "a"


def test_programs_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(GtpError, match=r"nowhere cannot be started: .*nowhere: No such file"):
        GtpProcess(str(tmp_path / "nowhere"))
    with pytest.raises(GtpError, match="cannot be started"):
        GtpProcess([str(tmp_path)])
    with pytest.raises(GtpError, match="cannot be started"):
        GtpProcess(["a\0b"])
    for command in ("", [], 'gnugo "'):
        with pytest.raises(InputError):
            GtpProcess(command)


@pytest.mark.skipif(GNUGO is None, reason="needs gnugo (apt-get install gnugo)")
def test_gnugo() -> None:
    with GtpProcess(f"{GNUGO} --mode gtp --level 0", timeout=START) as gnugo:
        assert gnugo.send("name") == "GNU Go"
        gnugo.send("boardsize 5")
        assert gnugo.send("genmove b") == "C3"
        with pytest.raises(GtpError, match="illegal move"):
            gnugo.send("play w C3")
        assert "showboard" in gnugo.send("list_commands").split("\n")
