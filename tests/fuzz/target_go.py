"""Go: records in SGF, packed games, and DarkGo's records of 94 bytes."""

from __future__ import annotations

import importlib.util
import lzma
import struct
from random import Random

from common import Case, Target, Wrong, check_error
from values import extreme, garble, junk_text, name_of_file, splice

import darknet
from darknet.go.classic import RECORD, read_classic
from darknet.go.collection import Collector
from darknet.go.examples import examples
from darknet.go.loose import loose_examples
from darknet.go.packed import read_packed, write_packed
from darknet.go.records import parse_records, read_records
from darknet.go.rules import RULES

__all__ = ["GoTarget"]

HAS_NUMBA = importlib.util.find_spec("numba") is not None
HAS_SGFMILL = importlib.util.find_spec("sgfmill") is not None
CODECS = ("utf-8", "utf-8", "utf-8", "latin-1", "gbk", "big5", "shift_jis", "utf-16", "utf-7")
NAMES = ("B", "W", "B", "W", "AB", "AW", "AE", "PL", "C", "LB", "XX", "CA", "SZ", "KM", "HA", "GM",
         "FF", "AddBlack", "b", "N" * 65)  # fmt: skip
MOST_LINES = 20  # variations that are replayed


class GoTarget(Target):
    """A file is read, replayed and written again; what is written is read as the same."""

    name = "go"

    def make(self, rng: Random) -> Case:
        form = rng.choice(("sgf", "sgf", "sgf", "packed", "classic"))
        if form == "sgf" and not HAS_SGFMILL:
            form = "packed"
        make = {"sgf": _sgf, "packed": _packed, "classic": _classic}[form]
        data = make(rng)
        if rng.random() < 0.4:
            data = garble(data, rng)
        elif rng.random() < 0.1:
            data = splice(data, make(rng), rng)
        name = name_of_file(rng, f".{form}")
        return Case({name: data}, {"file": name, "form": form})

    def run(self, case: Case) -> str:
        read = {"sgf": _read_sgf, "packed": _read_packed, "classic": _read_classic}
        said = read[case.use["form"]](case.use["file"])
        if HAS_NUMBA:
            said = f"{said}, {_learn(case.use['file'], case.use['form'])}"
        return f"{case.use['form']} {said}"


def _learn(file: str, form: str) -> str:
    """What `darknet go data` finds good can be learned from, to its last position."""
    if form == "classic":
        loose_examples(read_classic(file))
        return "positions"
    collector = Collector([file], least=1)
    for _ in collector.run():
        pass
    found = collector.result()
    if len(examples(found.games, found.numbers)) != found.moves:
        raise Wrong("a game has not as many positions as moves")
    return "some good" if len(found) else "none good"


def _read_sgf(file: str) -> str:
    for record in read_records(file):
        written = record.to_bytes()
        again = parse_records(written)
        if len(again) != 1 or again[0].to_bytes() != written:
            raise Wrong("a record changes when it is read again")
        for number, line in enumerate(record.lines()):
            if number == MOST_LINES:
                break
            for rules in (None, RULES["tromp-taylor"], RULES["japanese"]):
                try:
                    record.board(line, rules)
                    _ = record.komi, record.handicap, record.text("C", line[-1])
                except darknet.DarknetError as error:
                    check_error(error)
    return "read"


def _read_packed(file: str) -> str:
    games = read_packed(file)
    write_packed("again", games)
    with open(file, "rb") as source, open("again", "rb") as written:
        data = source.read()
        if (lzma.decompress(data) if data[:1] == b"\xfd" else data) != written.read():
            raise Wrong("packed games change when they are written")
    for game in list(games)[:5]:
        try:
            board = game.board()
            for colour, point in game.moves:
                board.play(point, colour)
        except darknet.DarknetError as error:
            check_error(error)
    return "read"


def _read_classic(file: str) -> str:
    samples = read_classic(file)
    with open(file, "rb") as source:
        data = source.read()
    written = samples.to_bytes()
    body = [written[at + 2 : at + RECORD] for at in range(0, len(written), RECORD)]
    if body != [data[at + 2 : at + RECORD] for at in range(0, len(data), RECORD)]:
        raise Wrong("records change when they are written")
    return "read"


def _sgf(rng: Random) -> bytes:
    size = rng.choice((2, 3, 5, 9, 9, 19, 19, 25))
    codec = rng.choice(CODECS)
    root = f"FF[4]GM[1]SZ[{size}]CA[{codec}]KM[{rng.choice(('6.5', '0', extreme(rng)))}]"
    text = f"(;{root}{_tree(rng, size, rng.choice((0, 1, 3)))})"
    if rng.random() < 0.1:
        text = text.replace(f"SZ[{size}]", f"SZ[{rng.choice((extreme(rng), '19:13', '9:9'))}]")
    if rng.random() < 0.01:
        text = rng.choice(("(;", "(;B[]" * 100, "\\" * 9, "a[" * 9, "[]" * 9)) * 20_000
    return text.encode(codec, "replace")


def _tree(rng: Random, size: int, depth: int) -> str:
    nodes = "".join(f";{_node(rng, size)}" for _ in range(rng.choice((1, 3, 10, 60))))
    if not depth:
        return nodes
    children = (f"({_tree(rng, size, depth - 1)})" for _ in range(rng.choice((1, 2, 3))))
    return nodes + "".join(children)


def _node(rng: Random, size: int) -> str:
    if rng.random() < 0.8:
        return f"{rng.choice('BW')}[{_point(rng, size)}]"
    values = (rng.choice((_point(rng, size), f"{_point(rng, size)}:{_point(rng, size)}",
                          junk_text(rng)[:99], extreme(rng)[:99]))
              for _ in range(rng.choice((1, 1, 2, 5))))  # fmt: skip
    return rng.choice(NAMES) + "".join(f"[{value}]" for value in values)


def _point(rng: Random, size: int) -> str:
    if rng.random() < 0.05:
        return rng.choice(("", "tt", "zz", "a", "aaa", "AA"))
    return "".join(chr(97 + rng.randrange(size)) for _ in range(2))


def _packed(rng: Random) -> bytes:
    games, moves = [], 0
    for _ in range(rng.choice((0, 1, 2, 5))):
        setup, played = rng.choice((0, 0, 2, 9)), rng.choice((0, 1, 50, 200))
        words = [rng.randrange(361 + (n >= setup)) | rng.choice((0, 0x8000))
                 for n in range(setup + played)]  # fmt: skip
        head = struct.pack("<4BH4BH", rng.randrange(6), rng.randrange(3), rng.randrange(4),
                           rng.randrange(16), 2017, 19, 0, setup, 0, played)  # fmt: skip
        games.append(head + struct.pack(f"<{len(words)}H", *words))
        moves += played
    data = struct.pack("<8sII", b"DKGOGAM1", len(games), moves) + b"".join(games)
    return lzma.compress(data, preset=0) if rng.random() < 0.3 else data


def _classic(rng: Random) -> bytes:
    pairs = (0, 1, 2)
    records = []
    for _ in range(rng.choice((0, 1, 3, 20))):
        bits = [rng.choice(pairs) for _ in range(361)] + [0, 0, 0]
        body = (sum(bits[at + n] << 2 * n for n in range(4)) for at in range(0, 364, 4))
        records.append(bytes([rng.randrange(21), rng.randrange(21), *body, 10]))
    return b"".join(records)
