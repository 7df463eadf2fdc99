"""Matches: who decides, what is written and counted, and going on."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from itertools import repeat
from pathlib import Path

import pytest

from darknet.errors import GtpError, InputError, RecordError
from darknet.go.board import Board
from darknet.go.choice import Choice
from darknet.go.match import Match, Plan
from darknet.go.match_game import How, Terms
from darknet.go.match_judge import Referee
from darknet.go.match_seats import GtpSeat, NetworkSeat
from darknet.go.moves import BLACK, WHITE
from darknet.go.openings import drawn_openings
from darknet.go.records import read_record
from darknet.go.rules import rules_named
from go_nets import SMALL, policy
from go_seats import GNUGO, TERMS, Script, command, counted


@pytest.fixture
def seats() -> Iterator[list[GtpSeat]]:
    made: list[GtpSeat] = []
    yield made
    for seat in made:
        seat.close()


# ---- who decides


@pytest.mark.parametrize(
    ("who", "black", "white", "result", "ours"),
    [
        ("players", "B+3.5", "B+3.5", "B+3.5", None),  # they agree: we are not asked
        ("players", "B+3.5", "B+2.5", "B+22.5", "B+22.5"),  # the same winner: our margin
        ("players", "B+3.5", "W+1.5", "B+22.5", "B+22.5"),  # they differ: we decide
        ("players", "W+3.5", "W+1.5", "W+", "B+22.5"),  # they agree who won
        ("players", "B+3.5", None, "B+22.5", "B+22.5"),
        ("ours", "W+3.5", "W+3.5", "B+22.5", "B+22.5"),
        ("first", "W+3.5", "B+1.5", "B+1.5", None),  # the first has White here
        ("second", "W+3.5", "B+1.5", "W+3.5", None),
        ("first", "W+3.5", None, "B+22.5", "B+22.5"),
    ],
)
def test_verdicts(
    who: str, black: str | None, white: str | None, result: str, ours: str | None
) -> None:
    board = Board(5)
    board.play(12)
    seats = {BLACK: Script("b", says=black), WHITE: Script("w", says=white)}
    verdict = Referee(who, TERMS, counted).judge(board, seats, WHITE)
    assert (verdict.result, verdict.ours) == (result, ours)
    asked: Mapping[int, str | None] = {BLACK: black, WHITE: white}
    assert verdict.said == ({BLACK: None, WHITE: None} if who == "ours" else asked)


def test_a_third_program_decides(seats: list[GtpSeat]) -> None:
    seats += [GtpSeat(command(0)), GtpSeat(command(0, "no-score"))]
    board = Board(5)
    board.play(12)
    players = {BLACK: Script("b", says="W+1"), WHITE: Script("w", says="W+1")}
    verdict = Referee(seats[0], TERMS, counted).judge(board, players, BLACK)
    assert verdict.result == "B+22.5"
    assert (
        Referee(seats[1], TERMS, lambda board: "B+7").judge(board, players, BLACK).result == "B+7"
    )


def test_a_referee_that_is_none() -> None:
    with pytest.raises(InputError, match="expected one of players, ours, first, second"):
        Referee("nobody", TERMS)


# ---- matches


def _match(folder: Path, games: int, first: object, second: object, **plan: object) -> Match:
    made = Plan(games, TERMS, folder, openings="none", **plan)  # type: ignore[arg-type]
    referee = Referee("players", TERMS, counted)
    return Match(made, first, second, repeat((0, 4)), referee)  # type: ignore[arg-type]


def test_a_program_that_does_not_take_the_size_ends_the_match(
    tmp_path: Path, seats: list[GtpSeat]
) -> None:
    seats.append(GtpSeat(command(0, "size")))
    match = _match(tmp_path, 2, seats[0], Script("other"))
    with pytest.raises(GtpError, match="unacceptable size"):
        list(match.run())
    assert not list(tmp_path.glob("*.sgf"))


def test_colours_alternate_and_every_game_is_written(tmp_path: Path) -> None:
    first, second = Script("Ann", 12, says="B+1"), Script("Bo", 13, says="W+1")
    match = _match(tmp_path, 4, first, second)
    results = list(match.run())
    assert [result.first_is_black for result in results] == [True, False, True, False]
    names = []
    for number in range(1, 5):
        record = read_record(tmp_path / f"game-{number:04d}.sgf")
        names.append((record.text("PB"), record.text("PW")))
        assert [move.point for move in record.moves()][:2] == [0, 4]
        assert (record.komi, record.text("RU")) == (2.5, "chinese")
        assert record.text("RE") == results[number - 1].result
    assert names == [("Ann", "Bo"), ("Bo", "Ann")] * 2
    found = match.result()
    assert found.tally.games == 4
    assert found.distinct == 2
    assert len(found.disagreements) == 4
    words = str(found)
    assert "only 2 of 4 games differ" in words
    assert "game 2: " in words
    assert "Ann says B+1, Bo W+1" in words


def test_a_match_that_was_ended_goes_on(tmp_path: Path) -> None:
    first, second = Script("Ann", 12), Script("Bo", None)
    running = _match(tmp_path, 6, first, second).run()
    kept = [next(running), next(running)]
    running.close()
    (tmp_path / "game-0001.sgf").rename(tmp_path / "kept")
    match = _match(tmp_path, 4, first, second)
    assert match.found == 1
    begun = first.begun
    assert [result.number for result in match.run()] == [1, 3, 4]
    assert first.begun == begun + 3
    assert match.result().games[1] == kept[1]
    assert match.result().games[0] == kept[0]  # the same seed gives the same game
    assert match.result().tally.wins == 4


@pytest.mark.parametrize(
    ("change", "words"),
    [({"seed": 1}, "with seed 0, not 1"), ({"name": "Cy"}, "with second Bo, not Cy")],
)
def test_games_of_another_match_are_not_counted(
    tmp_path: Path, change: dict[str, object], words: str
) -> None:
    list(_match(tmp_path, 2, Script("Ann", None), Script("Bo")).run())
    name = str(change.pop("name", "Bo"))
    with pytest.raises(InputError, match=words):
        _match(tmp_path, 2, Script("Ann"), Script(name), **change)


@pytest.mark.parametrize(
    "text",
    [
        "(;SZ[5];B[aa])",
        "(;SZ[5]DARKNETMATCH[no];B[aa])",
        "(;SZ[5]DARKNETMATCH[{}])",
        "(;SZ[5]DARKNETMATCH[3])",
        '(;SZ[5]DARKNETMATCH[{"match": 1, "game": 2}])',
    ],
)
def test_another_record_in_the_folder_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "game-0001.sgf").write_text(text)
    with pytest.raises(RecordError, match="is no game of a match"):
        _match(tmp_path, 2, Script("Ann"), Script("Bo"))


def test_a_renamed_or_damaged_game_is_refused(tmp_path: Path) -> None:
    list(_match(tmp_path, 1, Script("Ann", None), Script("Bo")).run())
    text = (tmp_path / "game-0001.sgf").read_text()
    (tmp_path / "game-0002.sgf").write_text(text)
    with pytest.raises(RecordError, match="is game 1, not 2"):
        _match(tmp_path, 2, Script("Ann"), Script("Bo"))
    (tmp_path / "game-0002.sgf").unlink()
    (tmp_path / "game-0001.sgf").write_text(text.replace('"how": "resignation"', '"how": "luck"'))
    with pytest.raises(RecordError, match="is no game's result"):
        _match(tmp_path, 2, Script("Ann"), Script("Bo"))


def test_a_game_that_somebody_else_wrote_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    other = _match(tmp_path, 2, Script("Ann", None), Script("Cy"))
    mine = _match(tmp_path, 2, Script("Ann", None), Script("Bo"))
    list(other.run())
    before = (tmp_path / "game-0001.sgf").read_bytes()
    with pytest.raises(InputError, match="two matches need two folders"):
        list(mine.run())
    assert (tmp_path / "game-0001.sgf").read_bytes() == before


def test_openings_are_drawn_as_they_are_needed(tmp_path: Path) -> None:
    drawn = []

    def endless() -> Iterator[tuple[int, ...]]:
        while True:
            drawn.append(1)
            yield (0, 4)

    plan = Plan(10**6, TERMS, tmp_path)
    match = Match(plan, Script("Ann", None), Script("Bo"), endless(), Referee("ours", TERMS))
    running = match.run()
    for _ in range(3):
        next(running)
    assert len(drawn) == 2


def test_openings_that_end_too_soon(tmp_path: Path) -> None:
    plan, seats = Plan(4, TERMS, tmp_path), (Script("Ann", None), Script("Bo"))
    match = Match(plan, *seats, [(0, 4)], Referee("ours", TERMS))
    with pytest.raises(InputError, match="game 3 needs another"):
        list(match.run())
    assert match.result().tally.games == 2


def test_a_program_that_cannot_be_started_again_ends_the_match(
    tmp_path: Path, seats: list[GtpSeat]
) -> None:
    seats.append(GtpSeat(command(2, "die", 1)))
    match = _match(tmp_path, 4, Script("Ann"), seats[0])
    seats[0].command = "/no/such/program"
    with pytest.raises(GtpError, match="cannot be started"):
        list(match.run())
    assert [game.how for game in match.result().games] == [How.CRASH]  # not lost one by one


def test_what_is_not_counted(tmp_path: Path) -> None:
    terms = Terms(5, rules_named("chinese"), 2.5, 4)
    plan = Plan(2, terms, tmp_path, openings="none")
    match = Match(
        plan, Script("Ann", 6, 7), Script("Bo", 16, 17), repeat(()), Referee("ours", terms)
    )
    list(match.run())
    found = match.result()
    assert (found.void, found.tally.games) == (2, 0)
    assert "2 without a result" in str(found)
    assert found.to_dict()["elo"] == {"difference": None, "low": None, "high": None}
    assert json.dumps(found.to_dict(), allow_nan=False)


def test_a_missing_sgfmill_is_told_before_anything_is_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("sgfmill", "sgfmill.sgf", "sgfmill.sgf_grammar"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match="need sgfmill"):
        _match(tmp_path, 2, Script("Ann"), Script("Bo"))


def test_two_of_one_name_are_told_apart(tmp_path: Path) -> None:
    found = _match(tmp_path, 1, Script("Ann"), Script("Ann")).result()
    assert (found.first, found.second) == ("Ann (1)", "Ann (2)")


@pytest.mark.parametrize(("games", "seed"), [(0, 0), (-1, 0), (1, -1)])
def test_plans_that_are_none(tmp_path: Path, games: int, seed: int) -> None:
    with pytest.raises(InputError, match="expected"):
        Plan(games, TERMS, tmp_path, seed)


@pytest.mark.slow
@pytest.mark.skipif(GNUGO is None, reason="needs gnugo")
def test_a_network_plays_gnugo_to_the_end(tmp_path: Path, seats: list[GtpSeat]) -> None:
    terms = Terms(size=9, rules=rules_named("chinese"), komi=7.5, most_moves=400)
    seats.append(GtpSeat(f"{GNUGO} --mode gtp --level 1 --chinese-rules"))
    net = NetworkSeat(policy(SMALL, 9), Choice())
    plan = Plan(4, terms, tmp_path)
    match = Match(plan, net, seats[0], drawn_openings(9, 2, 0), Referee("players", terms))
    results = list(match.run())
    assert seats[0].name.startswith("GNU Go")
    assert {result.how for result in results} <= {How.SCORE, How.RESIGNATION}
    assert match.result().tally.losses >= 3  # random weights


@pytest.mark.slow
def test_a_match_between_programs(tmp_path: Path, seats: list[GtpSeat]) -> None:
    """Ten games of two programs that play at random: both count alike, and so do we."""
    seats += [GtpSeat(command(1)), GtpSeat(command(2))]
    plan = Plan(10, TERMS, tmp_path, openings="2 drawn moves")
    referee = Referee("players", TERMS, counted)
    match = Match(plan, seats[0], seats[1], drawn_openings(5, 2, 0), referee)
    results = list(match.run())
    assert len(results) == 10
    assert {result.how for result in results} == {How.SCORE}
    assert not match.result().disagreements
    for result in results:
        board = read_record(tmp_path / f"game-{result.number:04d}.sgf").board()
        assert counted(board) == result.result
