"""The board against its own definition, on games at random: a slow board of sets is the oracle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet.errors import IllegalMoveError
from darknet.go.board import Board
from darknet.go.coordinates import PASS
from darknet.go.geometry import SYMMETRIES, neighbours, symmetry, zobrist
from darknet.go.moves import BLACK, EMPTY, NAMES, WHITE, Entry, Illegal, Ko, Move
from go_games import boards, chance

FEW = settings(max_examples=40, deadline=None)


def chain_of(stones, size, start):
    """The chain at `start` and its liberties, by the definition."""
    chain, edge = set(), {start}
    while edge:
        chain |= edge
        edge = {
            beside
            for stone in edge
            for beside in neighbours(size)[stone]
            if stones[beside] == stones[start] and beside not in chain
        }
    beside = {point for stone in chain for point in neighbours(size)[stone]}
    return chain, {point for point in beside if stones[point] == EMPTY}


def after(stones, size, move):
    """The stones after a move, by the definition: others without liberties go, then one's own."""
    stones = list(stones)
    if move.point == PASS:
        return tuple(stones)
    stones[move.point] = move.colour
    for colour in (-move.colour, move.colour):
        gone = {
            point
            for point in range(size * size)
            if stones[point] == colour and not chain_of(stones, size, point)[1]
        }
        for point in gone:
            stones[point] = EMPTY
    return tuple(stones)


def hash_of(board):
    keys = zobrist(board.size)[0]
    total = 0
    for point, colour in enumerate(board.stones):
        if colour:
            total ^= keys[colour][point]
    return total


def everything(board):
    seen = sorted(board._seen.elements())
    return board.stones, board.hash, board.ko, board.to_move, board.past, seen


@given(boards())
@FEW
def test_stones_are_as_the_definition_says(board):
    stones, turn = (EMPTY,) * board.points, BLACK
    for entry in board.past:
        assert isinstance(entry, Entry)
        assert entry.to_move == turn
        before = stones
        stones = after(before, board.size, entry.move)
        turn = -entry.move.colour
        gone = {p for p in range(board.points) if before[p] and not stones[p]}
        own = {entry.move.point} & set(entry.taken)
        assert set(entry.taken) == gone | own
    assert board.stones == stones
    assert board.to_move == turn


@given(boards())
@FEW
def test_no_chain_is_without_liberties(board):
    for point, colour in enumerate(board.stones):
        if colour:
            chain, liberties = chain_of(board.stones, board.size, point)
            assert set(board.chain(point)) == chain
            assert board.liberties(point) == liberties
            assert liberties


@given(boards())
@FEW
def test_legality_is_as_the_definition_says(board):
    stones, turn = (EMPTY,) * board.points, BLACK
    situations = {(stones, turn)}
    for entry in board.past:
        stones = after(stones, board.size, entry.move)
        situations.add((stones, -entry.move.colour))
    positions = {position for position, _ in situations}
    for colour in (BLACK, WHITE):
        for point in range(board.points):
            why = board.why_illegal(point, colour)
            if board[point]:
                assert why is Illegal.OCCUPIED
                continue
            then = after(board.stones, board.size, Move(colour, point))
            own = then[point] == EMPTY
            if own and (not board.suicide or then == board.stones):
                assert why is Illegal.SUICIDE
            elif why is not Illegal.KO:
                repeats = (board.ko_rule is Ko.POSITIONAL and then in positions) or (
                    board.ko_rule is Ko.SITUATIONAL and (then, -colour) in situations
                )
                assert (why is Illegal.REPETITION) == repeats
                assert why in (None, Illegal.REPETITION)


@given(boards())
@FEW
def test_a_ko_would_repeat_the_position_before(board):
    for point in range(board.points):
        if board.why_illegal(point) is Illegal.KO:
            then = after(board.stones, board.size, Move(board.to_move, point))
            board.undo()
            assert then == board.stones
            board.redo()


@given(boards(), st.integers(0, 2**32 - 1))
@FEW
def test_the_hash_is_of_the_stones_under_moves_edits_undo_and_redo(board, seed):
    draw = np.random.default_rng(seed)
    states = []
    for _ in range(30):
        states.append(everything(board))
        step = draw.integers(4)
        if step == 0:
            points = draw.integers(0, board.points, 3).tolist()
            try:
                board.edit({point: int(draw.integers(-1, 2)) for point in points})
            except IllegalMoveError:
                assert everything(board) == states[-1]
        elif step == 1 and board.undo():
            assert hash_of(board) == board.hash
            assert board.redo()
            assert everything(board) == states[-1]
        else:
            legal = list(board.legal_points())
            board.play(int(draw.choice(legal)) if legal else PASS)
        assert hash_of(board) == board.hash
    count = len(board.past)
    final = everything(board)
    while board.undo():
        assert hash_of(board) == board.hash
    assert everything(board) == everything(Board(board.size, ko=board.ko_rule))
    for _ in range(count):
        assert board.redo()
    assert everything(board) == final
    assert not board.redo()


@given(boards(), st.integers(0, SYMMETRIES - 1))
@FEW
def test_a_turned_game_gives_the_turned_board(board, number):
    goes = symmetry(board.size, number)
    turned = Board(board.size, ko=board.ko_rule, suicide=board.suicide)
    for colour, point in board.moves:
        turned.play(point if point == PASS else goes[point], colour)
    assert all(turned[goes[point]] == colour for point, colour in enumerate(board.stones))
    assert {goes[point] for point in board.legal_points()} == set(turned.legal_points())
    assert turned.ko == (None if board.ko is None else goes[board.ko])


@given(boards())
@FEW
def test_colours_may_be_exchanged(board):
    other = Board(board.size, ko=board.ko_rule, suicide=board.suicide)
    other.edit({}, WHITE)
    for colour, point in board.moves:
        other.play(point, -colour)
    assert other.stones == tuple(-colour for colour in board.stones)
    assert list(other.legal_points()) == list(board.legal_points())


@pytest.mark.parametrize("size", [2, 3, 19])
def test_the_eight_symmetries_are_eight_and_a_group(size):
    all_eight = {symmetry(size, number) for number in range(SYMMETRIES)}
    assert len(all_eight) == SYMMETRIES
    assert symmetry(size, 0) == tuple(range(size * size))
    for first in all_eight:
        for second in all_eight:
            assert tuple(second[point] for point in first) in all_eight
    goes = symmetry(size, 1)
    assert goes[size - 1] == 0  # a quarter turn to the left: top right comes to top left
    assert symmetry(size, 4)[0] == size - 1  # the flip


def test_memory_for_a_move_does_not_depend_on_the_size():
    for size in (5, 25):
        board = chance(1, size, 50, passes=0)
        assert all(len(entry) == len(Entry._fields) for entry in board.past)
        assert sum(len(entry.taken) for entry in board.past) <= 50
        assert len(board._situations) == 51


@FEW
@given(boards(), st.sampled_from(Ko), st.booleans())
def test_other_rules_count_from_now_on(board: Board, ko: Ko, suicide: bool) -> None:
    twin = board.under(ko, suicide)
    assert (twin.stones, twin.hash, twin.to_move) == (board.stones, board.hash, board.to_move)
    assert [twin.prisoners(c) for c in NAMES] == [board.prisoners(c) for c in NAMES]
    fresh = Board(board.size, ko=ko, suicide=suicide)
    if all(fresh.is_legal(p, c) and fresh.play(p, c) is not None for c, p in board.moves):
        for colour in (BLACK, WHITE):
            assert list(twin.legal_points(colour)) == list(fresh.legal_points(colour))
    if (ko, suicide) == (board.ko_rule, board.suicide):
        assert twin.past == board.past
    while twin.undo():
        assert board.undo()
        assert (twin.stones, twin.hash, twin.to_move) == (board.stones, board.hash, board.to_move)
    assert not board.undo()
