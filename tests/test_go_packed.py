"""Packed games and DarkGo's records: by hand, there and back, and every kind of damage."""

from __future__ import annotations

import lzma
import struct
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet.errors import DarknetError, InputError, RecordError
from darknet.go.classic import RECORD, Samples, read_classic, samples_of, write_classic
from darknet.go.coordinates import PASS
from darknet.go.moves import BLACK, WHITE, Move
from darknet.go.packed import PackedGame, read_packed, write_packed
from go_games import mini

GAME = PackedGame(
    setup=(Move(BLACK, 60), Move(BLACK, 300)),
    moves=(Move(WHITE, 72), Move(BLACK, PASS), Move(WHITE, 0)),
    source=4, result=2, how=1, komi=6.5, year=2011, black_rank=19, white_rank=21,
)  # fmt: skip
BYTES = (
    b"DKGOGAM1" + bytes([1, 0, 0, 0, 3, 0, 0, 0])
    + bytes([4, 2, 1, 13, 0xDB, 0x07, 19, 21, 2, 0, 3, 0])
    + struct.pack("<5H", 60, 300, 72 | 0x8000, 361, 0x8000)
)  # fmt: skip


def packed(tmp_path, data: bytes):
    path = tmp_path / "games.bin"
    path.write_bytes(data)
    return path


def test_a_game_by_hand(tmp_path):
    games = read_packed(packed(tmp_path, BYTES))
    assert list(games) == [GAME]
    assert games[0].board().to_move == WHITE
    write_packed(tmp_path / "again.bin", games)
    assert (tmp_path / "again.bin").read_bytes() == BYTES
    write_packed(tmp_path / "again.bin.xz", games)
    assert lzma.decompress((tmp_path / "again.bin.xz").read_bytes()) == BYTES
    assert list(read_packed(tmp_path / "again.bin.xz")) == [GAME]


def changed(at: int, value: int) -> bytes:
    return BYTES[:at] + bytes([value]) + BYTES[at + 1 :]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "begins with b''; expected packed games"),
        (b"<html>..........", "begins with b'<html>..'"),
        (BYTES[:15], "begins with"),
        (BYTES[:-1], "an odd number"),
        (BYTES[:-2], "ends in the moves of game 1 of 1"),
        (BYTES[:20], "ends in the head of game 1 of 1"),
        (BYTES + b"\0\0", "2 bytes after the last of its 1 games"),
        (changed(8, 0), "22 bytes after the last of its 0 games"),
        (changed(8, 2), "ends in the head of game 2 of 2"),
        (changed(11, 255), "ends in the head of game 2"),
        (changed(12, 4), "its head says 4 moves, its games have 3"),
        (changed(17, 3), "byte 16: game 1: result is 3; expected at most 2"),
        (changed(18, 4), "how is 4"),
        (changed(25, 1), "zero is 1"),
        (changed(29, 0x02), "byte 28: game 1 has 0x023c"),  # an unused bit
        (changed(35, 0x03), "byte 34: game 1 has 0x0369"),
        (changed(32, 0xFF)[:33] + b"\x81" + BYTES[34:], "game 1 has 0x81ff"),  # point 511
        (changed(28, 0x69)[:29] + b"\x01" + BYTES[30:], "byte 28: game 1 has 0x0169"),  # setup
        (lzma.compress(BYTES)[:-4], "damaged or cut off"),
        (lzma.compress(BYTES)[:20] + b"junk" * 20, "damaged or cut off"),
    ],
)
def test_damage_is_told(tmp_path, data, words):
    with pytest.raises(RecordError) as caught:
        read_packed(packed(tmp_path, data))
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path}/games.bin: ")


def test_what_is_not_there(tmp_path):
    for path in (tmp_path / "none.bin", tmp_path):
        with pytest.raises(RecordError, match="expected packed games"):
            read_packed(path)


def test_sizes_are_compared_with_the_memory_that_is_free(tmp_path, monkeypatch):
    monkeypatch.setattr("darknet.go.packed.available_bytes", lambda: 4 * (len(BYTES) - 1))
    monkeypatch.setattr("darknet.go.classic.available_bytes", lambda: 32 * (RECORD - 1))
    for name, data in (("a.bin", BYTES), ("a.bin.xz", lzma.compress(BYTES))):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(RecordError, match="a quarter of the memory that is free"):
            read_packed(tmp_path / name)
    (tmp_path / "go.train").write_bytes(record(3, 3, {}))
    with pytest.raises(RecordError, match="94 bytes, and 93 can be read with the memory"):
        read_classic(tmp_path / "go.train")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"komi": 6.4}, "komi 6.4"),
        ({"komi": 0.0}, "komi 0"),
        ({"komi": -1.0}, "does not fit"),
        ({"komi": 200.0}, "does not fit"),
        ({"year": 70_000}, "does not fit"),
        ({"source": 256}, "does not fit"),
        ({"result": 3}, "result 3"),
        ({"how": 4}, "how 4"),
        ({"setup": (Move(BLACK, PASS),)}, "a pass among the setup stones"),
        ({"moves": (Move(BLACK, 361),)}, "is no move on 19 lines"),
        ({"moves": (Move(0, 1),)}, "is no move on 19 lines"),
    ],
)
def test_games_that_do_not_fit(tmp_path, wrong, words):
    with pytest.raises(RecordError, match=f"game 2: .*{words}"):
        write_packed(tmp_path / "games.bin", [GAME, replace(GAME, **wrong)])
    assert not (tmp_path / "games.bin").exists()


MOVES = st.builds(Move, st.sampled_from([BLACK, WHITE]), st.integers(PASS, 360))
GAMES = st.builds(
    PackedGame,
    st.lists(st.builds(Move, st.sampled_from([BLACK, WHITE]), st.integers(0, 360)), max_size=9)
    .map(tuple),
    st.lists(MOVES, max_size=20).map(tuple),
    st.integers(0, 255), st.integers(0, 2), st.integers(0, 3),
    st.none() | st.integers(1, 255).map(lambda twice: twice / 2),
    st.integers(0, 65_535), st.integers(0, 255), st.integers(0, 255),
)  # fmt: skip


@given(st.lists(GAMES, max_size=4))
@settings(max_examples=50, deadline=None)
def test_any_games_there_and_back(tmp_path_factory, games):
    path = tmp_path_factory.mktemp("games") / "games.bin"
    write_packed(path, games)
    found = read_packed(path)
    assert list(found) == games
    assert len(found) == len(games)
    with pytest.raises(IndexError):
        found[len(games)]


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_damage_is_told_or_another_game(tmp_path_factory, data):
    at, value = data.draw(st.integers(0, len(BYTES) - 1)), data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("games") / "games.bin"
    path.write_bytes(changed(at, value)[: data.draw(st.sampled_from([len(BYTES), at]))])
    try:
        games = read_packed(path)
    except DarknetError:
        return
    write_packed(path.with_name("again.bin"), games)
    assert path.with_name("again.bin").read_bytes() == path.read_bytes()


def test_the_shared_games(shared, tmp_path):
    path = mini(shared)
    games = read_packed(path)
    assert (len(games), sum(len(game.moves) for game in games)) == (200, 39_789)
    write_packed(tmp_path / "again.bin", games)
    assert (tmp_path / "again.bin").read_bytes() == lzma.decompress(path.read_bytes())
    for game in list(games)[:3]:
        board = game.board()
        for colour, point in game.moves:
            assert board.to_move == colour
            board.play(point)


# -- DarkGo's records ------------------------------------------------------------------------------


def record(row: int, column: int, points: dict[int, int]) -> bytes:
    """A record by its definition, one bit after the other."""
    body = bytearray(91)
    for point, colour in points.items():
        body[point // 4] |= (1 if colour == 1 else 2) << 2 * (point % 4)
    return bytes([row, column]) + bytes(body) + b"\n"


def test_records_by_hand(tmp_path):
    data = record(3, 15, {0: 1, 1: -1, 5: 1, 360: -1}) + record(19, 19, {4: 1, 6: 1, 19: -1})
    assert len(data) == 2 * RECORD
    assert data[2:5] == bytes([0b1001, 0b0100, 0])
    assert data[92] == 0b10
    samples = samples_of(data)
    assert samples.positions.shape == (2, 19, 19)
    assert samples.positions.dtype == np.int8
    assert samples.moves.tolist() == [3 * 19 + 15, 361]
    assert samples.positions[0, 0, :6].tolist() == [1, -1, 0, 0, 0, 1]
    assert samples.positions[0, 18, 18] == -1
    assert samples.positions[1, 1, 0] == -1
    assert np.abs(samples.positions).sum() == 7
    assert samples.to_bytes() == data
    write_classic(tmp_path / "go.train", samples)
    assert read_classic(tmp_path / "go.train").to_bytes() == data


def test_any_row_or_column_beyond_is_a_pass():
    for row, column in ((19, 0), (0, 19), (255, 255), (19, 19)):
        samples = samples_of(record(row, column, {}))
        assert samples.moves.tolist() == [361]
        assert samples.to_bytes()[:2] == bytes([19, 19])


@given(st.integers(0, 2**32 - 1), st.integers(0, 4))
@settings(max_examples=30, deadline=None)
def test_any_samples_there_and_back(seed, count):
    draw = np.random.default_rng(seed)
    positions = draw.integers(-1, 2, (count, 19, 19)).astype(np.int8)
    moves = draw.integers(0, 362, count).astype(np.int16)
    data = Samples(positions, moves).to_bytes()
    assert len(data) == count * RECORD
    again = samples_of(data)
    assert (again.positions == positions).all()
    assert (again.moves == moves).all()
    assert len(again) == count


GOOD = record(3, 3, {7: 1})


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (GOOD[:-1], "93 bytes, no multiple of 94: 0 records and 93 bytes more"),
        (GOOD + b"x", "1 records and 1 bytes more"),
        (GOOD + GOOD[:-1] + b"\r", "byte 187: record 2 does not end in a newline"),
        (GOOD + GOOD[:10] + b"\x03" + GOOD[11:], "byte 104: record 2 has a point that is both"),
        (GOOD[:92] + b"\x04\n", "byte 92: record 1 uses bits beyond the board"),
    ],
)
def test_records_that_are_none(data, words):
    with pytest.raises(RecordError, match=words) as caught:
        samples_of(data, "go.train")
    assert str(caught.value).startswith("go.train: ")


def test_a_newline_within_is_no_end():
    data = record(10, 10, {1: -1, 0: -1})
    assert data[:3] == b"\n\n\n"
    assert samples_of(data).to_bytes() == data


@pytest.mark.parametrize(
    ("positions", "moves"),
    [
        (np.zeros((2, 19, 19), np.int8), np.zeros(1, np.int16)),
        (np.zeros((1, 13, 13), np.int8), np.zeros(1, np.int16)),
        (np.full((1, 19, 19), 2, np.int8), np.zeros(1, np.int16)),
        (np.full((1, 19, 19), -128, np.int8), np.zeros(1, np.int16)),
        (np.zeros((1, 19, 19), np.int8), np.full(1, 362, np.int16)),
        (np.zeros((1, 19, 19), np.int8), np.full(1, -1, np.int16)),
    ],
)
def test_samples_that_are_none(positions, moves):
    with pytest.raises(InputError, match=r"expected|other than"):
        Samples(positions, moves).to_bytes()
