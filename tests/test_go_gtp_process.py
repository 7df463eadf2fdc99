"""`darknet go gtp` as programs meet it: a process with pipes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import go_nets
from darknet import __version__
from darknet.errors import GtpError
from darknet.go.gtp_client import GtpProcess
from gtp_desk import Reply, replies

PATIENCE = 120.0  # seconds, on a machine that has much else to do
PRINTS = """
import os, sys
from darknet.cli import main
from darknet.go.gtp.registry import command

@command("noisy")
def noisy(session, words):
    print("print"), sys.stdout.flush(), os.write(1, b"from C\\n")
    return "quiet"

sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    return go_nets.files(tmp_path_factory.mktemp("net"), size=5)


@pytest.fixture(scope="module")
def command(files: tuple[str, str]) -> list[str]:
    return [sys.executable, "-m", "darknet", "go", "gtp", *files]


def run(command: list[str], text: bytes, **options: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # type: ignore[call-overload]
        command, input=text, capture_output=True, timeout=PATIENCE, **options
    )


@pytest.fixture
def process(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        yield running
        running.kill()


def test_a_conversation(command: list[str]) -> None:
    lines = [
        b"# a comment", b"", b"1 protocol_version\r", b"\t2\tBOARDSIZE\t5 # five", b"clear_board",
        b"3 komi 6.5", b"4 play B c3", b"5 play black C4", b"6 play w I3", b"7 play w c3",
        b"8 sing", b"9 genmove w", b"10 undo", b"11 na\x00me", b"\xff\xfe", b"12 final_score",
        b"13 lz-analyze b 1", b"\n14 kata-analyze b 1", b"15 loadsgf /no/where", b"16 quit",
        b"17 name",
    ]  # fmt: skip
    done = run(command, b"\n".join(lines))
    assert done.returncode == 0
    found = replies(done.stdout)
    assert [one.number for one in found] == ["1", "2", "", *map(str, range(3, 12)), "",
                                             *map(str, range(12, 17))]  # fmt: skip
    assert [one.number for one in found if not one.accepted] == ["6", "7", "8", "", "15"]
    assert found[0] == Reply(True, "1", "2")
    assert found[-1] == Reply(True, "16", "")
    told = done.stderr.decode().splitlines()
    assert len(told) == 1
    assert told[0].startswith(f"darknet: GTP engine: {__version__} small.weights, 5 lines")


def test_stdout_carries_the_protocol_alone(files: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "prints.py").write_text(PRINTS)
    command = [sys.executable, str(tmp_path / "prints.py"), "go", "engine", *files]
    done = run(command, b"1 noisy\n2 name\n")
    assert replies(done.stdout) == [Reply(True, "1", "quiet"), Reply(True, "2", "Darknet")]
    assert b"print\n" in done.stderr
    assert b"from C\n" in done.stderr
    assert done.returncode == 0


def test_a_last_line_without_an_end_is_answered(command: list[str]) -> None:
    assert replies(run(command, b"1 name\n2 lz-analyze").stdout)[1].text.startswith("\ninfo move")
    assert replies(run(command, b"").stdout) == []


def test_an_analysis_goes_on_until_a_line_comes(process: subprocess.Popen[bytes]) -> None:
    process.stdin.write(b"1 lz-analyze b 2\n")
    process.stdin.flush()
    assert process.stdout.readline() == b"=1\n"
    for _ in range(5):
        assert process.stdout.readline().startswith(b"info move ")
    process.stdin.write(b"\n")
    process.stdin.flush()
    rest = [b"info"]
    while rest[-1].startswith(b"info"):
        rest.append(process.stdout.readline())
    assert rest[-1] == b"\n"
    process.stdin.write(b"2 genmove b\n")
    process.stdin.flush()
    assert process.stdout.readline().startswith(b"=2 ")
    assert process.stdout.readline() == b"\n"
    process.stdin.write(b"3 kata-analyze w 2\n")
    process.stdin.flush()
    assert process.stdout.readline() == b"=3\n"
    process.stdin.close()  # the end of input, in the middle of an analysis
    assert process.stdout.read().endswith(b"\n\n")
    assert process.wait(PATIENCE) == 0


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c(process: subprocess.Popen[bytes]) -> None:
    process.stdin.write(b"kata-analyze b 1\n")
    process.stdin.flush()
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 130
    assert b"Traceback" not in process.stderr.read()


def test_nobody_reads_any_more(process: subprocess.Popen[bytes]) -> None:
    process.stdin.write(b"kata-analyze b 1\n")
    process.stdin.flush()
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(PATIENCE) == 141
    assert b"Traceback" not in process.stderr.read()


def test_nobody_reads_stderr(command: list[str]) -> None:
    words = ["sh", "-c", '"$@" 2>&-', "sh", *command]
    done = subprocess.run(words, input=b"1 name\n", capture_output=True, timeout=PATIENCE)
    assert replies(done.stdout) == [Reply(True, "1", "Darknet")]
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--rules", "ing"), "--rules"),
        (("--boardsize", "30"), "unacceptable size"),
        (("--komi", "nan"), "a komi of nan"),
        (("--temperature", "-1"), "--temperature"),
        (("--seed", "-1"), "--seed"),
        (("--cfg", "other.cfg"), "the network twice"),
        (("too", "many"), "one word too many after the network"),
    ],
)
def test_what_cannot_be_played_is_one_line_on_stderr(
    command: list[str], words: tuple[str, ...], message: str
) -> None:
    done = run([*command, *words], b"1 name\n")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1
    assert message in done.stderr.decode()


def test_the_network_may_be_named_by_options(files: tuple[str, str]) -> None:
    command = [sys.executable, "-m", "darknet", "go", "gtp", "--weights", files[1]]
    alone = run(command, b"1 name\n")
    assert (alone.returncode, alone.stdout) == (2, b"")
    assert b"--weights needs --cfg" in alone.stderr
    both = run([*command, "--cfg", files[0]], b"1 query_boardsize\n")
    assert replies(both.stdout) == [Reply(True, "1", "5")]


def test_options_and_the_client(command: list[str]) -> None:
    words = [
        "--rules", "aga", "--boardsize", "7", "-multi", "--temperature", "1", "--seed", "5",
        "--assist", "--override-version", "0.17", "-nogpu", "--engine", "reference",
    ]  # fmt: skip
    with GtpProcess([*command, *words], timeout=PATIENCE) as engine:
        assert engine.send("query_boardsize") == "7"
        assert engine.send("version") == "0.17"
        assert '"whiteHandicapBonus":"N-1"' in engine.send("kata-get-rules")
        assert '"symmetries": true, "assist": true}' in engine.send("kata-get-params")
        move = engine.send("genmove b")
        with pytest.raises(GtpError, match="illegal move"):
            engine.send(f"play w {move}")
        assert engine.send("known_command genmove") == "true"
