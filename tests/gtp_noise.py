"""Lines for an engine at random: sensible ones, strange ones, and noise; and what must hold."""

from __future__ import annotations

import json
import string
from random import Random

from darknet.go.geometry import zobrist
from darknet.go.gtp.registry import COMMANDS
from gtp_desk import Desk, expected_number, replies

__all__ = ["Wrong", "answered", "line"]

COLOURS = ("b", "w", "B", "White", "black", "BLACK")
SIZES = (3, 5, 5, 5, 7, 9)  # not all 24: every size compiles engines
FILES = ("game.sgf", "broken.sgf", "nothing.sgf", "out.sgf", ".", "/dev/zero")
KEYS = ("interval", "minmoves", "maxmoves", "avoid", "allow", "ownership", "movesOwnership",
        "rootInfo", "pvVisits", "noResultValue", "x")  # fmt: skip
RULES = ("chinese", "japanese", "aga", "tromp-taylor", "new-zealand", "chinese-ogs", "ing")
JUNK = string.ascii_letters + string.digits + " \t.,;:-+*#=?!\"'{}[]()<>@$%^&|~_"
NEVER_CHANGE = """
    reg_genmove lz-analyze kata-analyze analyze kata-raw-nn final_score final_status_list
    final_status showboard printsgf darknet-moves darknet-line darknet-policy darknet-heat
    darknet-ownership darknet-chance darknet-alive all_legal is_legal list_stones move_history
    time_left kata-set-param kata-set-rules kata-set-rule kgs-rules komi
"""


class Wrong(AssertionError):
    """Something that must hold does not."""


def line(draw: Random, size: int) -> bytes:
    """One line without its end."""
    kind = draw.random()
    if kind < 0.02:
        return draw.choice((b"", b"\r", b"# comment", b" \t ", b"\x00", b"12345"))
    if kind < 0.06:
        return bytes(draw.choices(range(256), k=draw.choice((1, 5, 40, 400)))).replace(b"\n", b" ")
    number = f"{draw.choice((0, 7, 42, 10**9, 10**25))} " if draw.random() < 0.5 else ""
    text = (number + _command(draw, size)).encode("utf-8", "surrogateescape")
    return _garbled(text, draw) if kind < 0.2 else text


def _command(draw: Random, size: int) -> str:
    if draw.random() < 0.35:
        return f"play {draw.choice(COLOURS)} {_point(draw, size)}"
    name = draw.choice(sorted(COMMANDS))
    if name == "quit" and draw.random() < 0.9:
        name = "undo"
    if draw.random() < 0.1:
        name = name.upper()
    shape = SHAPES.get(name.lower())
    if shape is None or draw.random() < 0.15:
        words = [_word(draw, size) for _ in range(draw.choice((0, 0, 1, 1, 2, 3, 6)))]
    else:
        words = [_word(draw, size, kind) for kind in shape]
    return " ".join([name, *words])


SHAPES = {
    "genmove": "c", "reg_genmove": "c", "kgs-genmove_cleanup": "c", "boardsize": "s",
    "rectangular_boardsize": "ss", "komi": "n", "gg-undo": "i", "fixed_handicap": "i",
    "place_free_handicap": "i", "set_free_handicap": "ppp", "set_position": "cpcpcp",
    "gogui-setup": "cpcp", "gogui-setup_player": "c", "gogui-play_sequence": "cpcp",
    "time_settings": "iii", "time_left": "cni", "kata-raw-nn": "i", "is_legal": "cp",
    "lz-analyze": "cikv", "kata-analyze": "cikv", "analyze": "kvkv", "lz-genmove_analyze": "ci",
    "kata-genmove_analyze": "kv", "genmove_analyze": "c", "loadsgf": "fi", "printsgf": "f",
    "kata-set-rules": "r", "kata-set-rule": "jv", "kata-set-param": "jn", "all_legal": "c",
    "final_status": "p", "final_status_list": "v", "list_stones": "c", "darknet-line": "c",
    "kata-set-params": "o", "undo": "", "showboard": "", "final_score": "", "clear_board": "",
}  # fmt: skip
"""What the words of a command are: colour, size, number, whole one, point, key, value, file ..."""


def _word(draw: Random, size: int, kind: str = "") -> str:
    if draw.random() < 0.05:
        kind = ""
    kind = kind or draw.choice("csnipkvfrjo?")
    if kind == "?":
        return "".join(draw.choices(JUNK, k=draw.choice((0, 1, 5, 30))))
    makers = {
        "c": COLOURS, "s": SIZES, "n": (0, 6.5, -7, "nan", "1e400", "-inf", 0.5),
        "i": (0, 1, 2, 3, 5, -1, 10**30), "k": KEYS, "f": FILES, "r": RULES,
        "v": ("true", "false", "alive", "dead", "seki", "1", "x", "SIMPLE", "AREA"),
        "j": ("ko", "scoring", "tax", "suicide", "temperature", "symmetries", "assist",
              "resignBelow", "temperatureMoves"),
    }  # fmt: skip
    if kind == "p":
        return _point(draw, size)
    return _json(draw) if kind == "o" else str(draw.choice(makers[kind]))


def _point(draw: Random, size: int) -> str:
    if draw.random() < 0.1:
        return draw.choice(("pass", "PASS", "resign", "I5", "Z25", "A0", "a99", "D-4", "4D"))
    letters = "ABCDEFGHJKLMNOPQRSTUVWXYZ"[:size]
    return f"{draw.choice(letters)}{draw.randint(1, size)}"


def _json(draw: Random) -> str:
    keys = ("ko", "suicide", "temperature", "assist", "x")
    values = (True, False, None, 0.5, "SIMPLE", [], {}, 1e300, -1)
    return json.dumps({draw.choice(keys): draw.choice(values) for _ in range(3)})


def _garbled(text: bytes, draw: Random) -> bytes:
    """The line with some bytes put in, taken out or doubled."""
    data = bytearray(text)
    for _ in range(draw.choice((1, 2, 8))):
        at = draw.randint(0, len(data))
        how = draw.random()
        if how < 0.5:
            data[at:at] = draw.choice(
                (b"\t", b"\r", b"\x00", b"\x1b[2J", b"#", b" ", b"\xff", b"=")
            )
        elif how < 0.8:
            del data[at : at + 1]
        else:
            data[at:at] = data[at : at + 5]
    return bytes(data).replace(b"\n", b"")


def answered(desk: Desk, data: bytes) -> None:
    """Send a line, and see that all is as it must be; raises Wrong."""
    before = desk.session.board.past, desk.session.board.stones
    try:
        found = replies(desk.answer(data))
    except AssertionError as problem:
        raise Wrong(f"no whole reply: {problem}") from None
    number = expected_number(data)
    if [one.number for one in found] != ([] if number is None else [number]):
        raise Wrong(f"replies {found}, expected one with number {number!r}")
    if desk.told:
        raise Wrong(f"told: {desk.told}")
    board = desk.session.board
    name = _name(data)
    looks_only = name in NEVER_CHANGE.split() or (found and not found[0].accepted)
    if looks_only and (board.stones != before[1] or len(board.past) != len(before[0])):
        raise Wrong(f"{name} changed the board")
    if board.hash != _hash(board.size, board.stones):
        raise Wrong("the board's hash is not its stones'")
    desk.session.over = False


def _name(data: bytes) -> str:
    words = data.decode("latin-1").lower().split()
    return words[1] if len(words) > 1 and words[0].isdigit() else "".join(words[:1])


def _hash(size: int, stones: tuple[int, ...]) -> int:
    keys, found = zobrist(size)[0], 0
    for point, colour in enumerate(stones):
        if colour:
            found ^= keys[colour][point]
    return found
