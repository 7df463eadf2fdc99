"""One game: how it goes on and ends, with programs that behave and that do not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from darknet.errors import DarknetError, InputError
from darknet.go.board import Board
from darknet.go.coordinates import PASS
from darknet.go.match_game import How, Outcome, Terms, Verdict, play_game
from darknet.go.match_judge import Referee
from darknet.go.match_seats import GtpSeat
from darknet.go.moves import BLACK, WHITE, Move
from darknet.go.rules import rules_named
from go_seats import START, TERMS, Script, command, counted


def game(black: Script, white: Script, opening: tuple[int, ...] = ()) -> Outcome:
    def judge(board: Board) -> Verdict:
        return Verdict(counted(board), {})

    return play_game(TERMS, {BLACK: black, WHITE: white}, opening, 0, judge)


# ---- one game


def test_two_passes_end_a_game() -> None:
    outcome = game(Script("b", 12), Script("w"))
    assert (outcome.how, outcome.result, outcome.winner) == (How.SCORE, "B+22.5", BLACK)
    assert [move.point for move in outcome.board.moves] == [12, PASS, PASS]


def test_each_is_told_of_the_others_moves_and_of_the_opening() -> None:
    black, white = Script("b", 12), Script("w", 6)
    game(black, white, (0, 4))
    assert black.told[:3] == [Move(BLACK, 0), Move(WHITE, 4), Move(WHITE, 6)]
    assert white.told[:3] == [Move(BLACK, 0), Move(WHITE, 4), Move(BLACK, 12)]


def test_an_odd_opening_leaves_white_to_move() -> None:
    outcome = game(Script("b"), Script("w", 6), (12,))
    assert outcome.board.moves[1] == Move(WHITE, 6)


def test_a_resignation() -> None:
    outcome = game(Script("b", 12), Script("w", None))
    assert (outcome.result, outcome.winner) == ("B+R", BLACK)
    assert outcome.reason == "White resigned"


@pytest.mark.parametrize(
    ("black", "white", "reason"),
    [
        ((12,), (23, 12), "White played C3: there is a stone"),
        ((19, 23), (0, 24), "White played E1: it would take its own last liberty"),
        ((6, 10, 16, 12, 12), (7, 13, 17, 11), "Black played C3: it would take back the ko"),
    ],
)
def test_an_illegal_move_loses(black: tuple[int, ...], white: tuple[int, ...], reason: str) -> None:
    outcome = game(Script("b", *black), Script("w", *white))
    assert outcome.how is How.ILLEGAL
    assert outcome.reason.startswith(reason)
    assert outcome.result == ("W+F" if reason.startswith("Black") else "B+F")
    assert len(outcome.board.moves) == 2 * len(white) - (reason.startswith("White"))


def test_a_game_without_an_end_has_no_result() -> None:
    forever = Terms(5, rules_named("chinese"), 2.5, 3)
    seats = {BLACK: Script("b", 0, 1, 2), WHITE: Script("w", 20, 21, 22)}
    outcome = play_game(forever, seats, (), 0, lambda board: Verdict("0", {}))
    assert (outcome.how, outcome.winner, outcome.result) == (How.LENGTH, None, "Void")


def test_a_draw_is_no_win() -> None:
    outcome = play_game(
        TERMS, {BLACK: Script("b"), WHITE: Script("w")}, (), 0, lambda b: Verdict("0", {})
    )
    assert (outcome.how, outcome.winner, outcome.result) == (How.SCORE, None, "0")


# ---- programs


@pytest.fixture
def seats() -> Iterator[list[GtpSeat]]:
    made: list[GtpSeat] = []
    yield made
    for seat in made:
        seat.close()


@pytest.mark.parametrize(
    ("fault", "how", "words"),
    [
        ("illegal", How.ILLEGAL, "there is a stone"),
        ("nonsense", How.ILLEGAL, "answered Z99 is not on a board of 5 lines"),
        ("refuse", How.REFUSAL, "I do not feel like it"),
        ("refuse-other", How.REFUSAL, "refused a legal move"),
        ("resign", How.RESIGNATION, "White resigned"),
        ("die", How.CRASH, "out of cheese"),
    ],
)
def test_a_program_that_fails_loses(seats: list[GtpSeat], fault: str, how: How, words: str) -> None:
    seats += [GtpSeat(command(1)), GtpSeat(command(2, fault, 3))]
    referee = Referee("players", TERMS, counted)
    for _ in range(2):  # the second time a program that died is there again
        outcome = play_game(
            TERMS, {BLACK: seats[0], WHITE: seats[1]}, (0, 24), 0,
            lambda board: referee.judge(board, {BLACK: seats[0], WHITE: seats[1]}, BLACK),
        )  # fmt: skip
        assert (outcome.how, outcome.winner) == (how, BLACK)
        assert words in outcome.reason
        assert outcome.result == ("B+R" if how is How.RESIGNATION else "B+F")


def test_a_program_that_thinks_too_long_loses(
    seats: list[GtpSeat], monkeypatch: pytest.MonkeyPatch
) -> None:
    seats.append(GtpSeat(command(2, "sleep", 2), seconds=START))
    monkeypatch.setattr(seats[0], "_patience", 1.5)
    outcome = play_game(
        TERMS, {BLACK: Script("b", 0, 4), WHITE: seats[0]}, (), 0, lambda b: Verdict("0", {})
    )
    assert (outcome.how, outcome.result) == (How.TIME, "B+T")
    assert "gave no answer" in outcome.reason


def test_a_program_says_its_name_and_score(seats: list[GtpSeat]) -> None:
    seats += [GtpSeat(command(7)), GtpSeat(command(8), name="mine")]
    assert [seat.name for seat in seats] == ["random 7", "mine"]
    seats[0].begin(TERMS, 0)
    seats[0].played(Move(BLACK, 12))
    assert seats[0].score(Board(5)) == "B+22.5"


@pytest.mark.parametrize("wrong", ["/no/such/program --mode gtp", "", "'"])
def test_a_program_that_is_not_there(wrong: str) -> None:
    with pytest.raises(DarknetError):
        GtpSeat(wrong)


@pytest.mark.parametrize("seconds", [0, -1.0, float("nan"), float("inf"), 1e300])
def test_a_time_that_is_none(seconds: float) -> None:
    with pytest.raises(InputError, match="more than 0"):
        GtpSeat(command(), seconds=seconds)
