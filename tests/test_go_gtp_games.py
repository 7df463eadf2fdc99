"""GTP: games from files and into files; what GoGui draws."""

from __future__ import annotations

from pathlib import Path

import pytest

import go_nets
from darknet.go.coordinates import from_gtp, to_gtp
from darknet.go.moves import WHITE
from darknet.go.status import ownership
from gtp_desk import Desk, replies

pytest.importorskip("sgfmill")

GAME = "(;FF[4]SZ[5]KM[0.5]HA[2]AB[aa][ee];W[cc];B[dd](;W[])(;W[ab]))"


@pytest.fixture
def desk() -> Desk:
    return Desk(5)


@pytest.fixture
def game(tmp_path: Path) -> Path:
    file = tmp_path / "a game.sgf"
    file.write_text(GAME)
    return file


# -- Games -------------------------------------------------------------------------------------


def test_a_game_is_loaded(desk: Desk, game: Path) -> None:
    desk("boardsize 9")
    assert desk(f"loadsgf {game}") == ""
    assert desk("query_boardsize") == "5"
    assert desk("get_komi") == "0.5"
    assert desk("get_handicap") == "2"
    assert desk.drawn == "X....\n.....\n..O..\n...X.\n....X"
    assert desk("move_history") == "white pass\nblack D2\nwhite C3"


def test_its_moves_can_be_undone_but_not_its_stones(desk: Desk, game: Path) -> None:
    desk(f"loadsgf {game}")
    desk("gg-undo 3")
    assert desk("list_stones b") == "A5 E1"
    assert desk.session.board.to_move == WHITE
    assert desk.refused("undo") == "cannot undo"


@pytest.mark.parametrize(("number", "moves"), [(0, 0), (1, 0), (2, 1), (3, 2), (4, 3), (99, 3)])
def test_a_game_up_to_before_a_move(desk: Desk, game: Path, number: int, moves: int) -> None:
    desk(f"loadsgf {game} {number}")
    assert len(desk.session.board.moves) == moves
    assert desk("list_stones b").split()[0] == "A5"


def test_a_game_has_the_rules_of_now(desk: Desk, game: Path) -> None:
    desk("kata-set-rules tromp-taylor")
    desk(f"loadsgf {game}")
    assert desk.session.board.suicide
    assert desk.session.board.ko_rule is desk.session.rules.ko


@pytest.mark.parametrize(
    ("named", "rules"),
    [("Japanese", "japanese"), ("NZ", "new-zealand"), (" AGA ", "aga"), ("Ing", "korean"),
     ("Tromp_Taylor", "tromp-taylor"), ("chinese-kgs", "chinese-kgs"), ("", "korean")],
)  # fmt: skip
def test_a_game_brings_its_rules_where_they_are_known(
    tmp_path: Path, named: str, rules: str
) -> None:
    desk = Desk(5, rules="korean")
    desk("komi 3.5")
    (tmp_path / "game.sgf").write_text(f"(;SZ[5]RU[{named}];B[aa])")
    desk(f"loadsgf {tmp_path}/game.sgf")
    assert desk.session.rules.name == rules
    assert desk.session.board.ko_rule is desk.session.rules.ko
    assert desk.session.board.suicide == desk.session.rules.suicide
    assert desk("get_komi") == "3.5"
    assert f"RU[{rules}]" in desk("printsgf")


@pytest.mark.parametrize(
    "text", ["", "no game", "(;SZ[5]RU[Japanese]KM[9999])", "(;SZ[5]RU[Japanese];B[zz])",
             "(;SZ[9:5])", "(;SZ[99])", "(;SZ[5];B[zz])", "(;SZ[5]KM[x])",
             "(;SZ[5]AB[aa];W[aa])", "(;SZ[5];B[aa]"],
)  # fmt: skip
def test_what_is_no_game_leaves_all_as_it_was(desk: Desk, tmp_path: Path, text: str) -> None:
    (tmp_path / "broken.sgf").write_text(text)
    desk("play b C3")
    before = desk("showboard") + desk("printsgf")
    assert desk.refused(f"loadsgf {tmp_path}/broken.sgf").startswith("cannot load file: ")
    assert desk("showboard") + desk("printsgf") == before


def test_files_that_are_none(desk: Desk, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing.sgf", "/dev/zero"):
        assert desk.refused(f"loadsgf {path}").startswith("cannot load file: ")
    (reply,) = replies(desk.answer(b"loadsgf \xff.sgf"))
    assert reply.text.startswith(r"cannot load file: \xff.sgf: cannot be read")
    assert desk.refused("loadsgf").startswith("syntax error")


def test_a_size_that_the_network_does_not_take(tmp_path: Path) -> None:
    text = go_nets.SMALL.replace("[reorg]\nstride=1\nextra=1", "[connected]\noutput=26")
    desk = Desk(5, policy=go_nets.policy(text, size=5))
    (tmp_path / "9.sgf").write_text("(;SZ[9];B[aa])")
    assert desk.refused(f"loadsgf {tmp_path}/9.sgf").startswith("cannot load file")
    assert desk.refused("boardsize 9").startswith("unacceptable size")
    assert desk("query_boardsize") == "5"
    desk("boardsize 5")


def test_a_game_is_written_and_read_again(desk: Desk, tmp_path: Path) -> None:
    desk("set_free_handicap A1 C3")
    desk("gogui-play_sequence w E5 b D4 w pass")
    desk("komi 0.5")
    text = desk("printsgf")
    assert text.startswith("(;")
    assert desk(f"printsgf {tmp_path}/written.sgf") == ""
    before = desk.drawn
    other = Desk(9)
    other(f"loadsgf {tmp_path}/written.sgf")
    assert other.drawn == before
    assert other("get_komi") == "0.5"
    assert other("get_handicap") == "2"
    assert other("move_history") == desk("move_history")
    (tmp_path / "printed.sgf").write_text(text)
    other(f"loadsgf {tmp_path}/printed.sgf")
    assert other.drawn == before
    assert "cannot be written" in desk.refused(f"printsgf {tmp_path}/no/where.sgf")


# -- GoGui -------------------------------------------------------------------------------------


def test_every_analyze_command_works(desk: Desk) -> None:
    """Each that GoGui is offered answers, or says what the network lacks."""
    desk("gogui-play_sequence b C3 w D2")
    for line in desk("gogui-analyze_commands").split("\n"):
        kind, label, command = line.split("/")
        assert label
        reply = desk.reply(command.replace("%m", "black"))
        if command.startswith("darknet-chance"):
            assert not reply.accepted
            assert "does not say" in reply.text
        else:
            assert reply.accepted, line
            CHECKS[kind](reply.text)


def check_table(text: str) -> None:
    rows = [row.split() for row in text.strip().split("\n")]
    assert [len(row) for row in rows] == [5] * 5


def check_points(text: str) -> None:
    assert all(0 <= from_gtp(word, 5) < 25 for word in text.split())


def check_drawing(text: str) -> None:
    for line in text.split("\n"):
        assert line.split()[0] in ("LABEL", "COLOR", "TEXT", "VAR")


def check_params(text: str) -> None:
    assert all(line.startswith(("[string] ", "[bool] ")) for line in text.split("\n"))


CHECKS = {
    "gfx": check_drawing,
    "sboard": check_table,
    "cboard": check_table,
    "dboard": check_table,
    "plist": check_points,
    "string": lambda text: None,
    "param": check_params,
}


def test_a_networks_heads_are_drawn() -> None:
    desk = Desk(5, policy=go_nets.policy(go_nets.HEADS, size=5))
    desk("play b C3")
    board = desk.session.board
    evaluation = desk.session.policy.evaluate(board)
    rows = desk("darknet-ownership").strip().split("\n")
    told = [float(word) for row in rows for word in row.split()]
    assert told == pytest.approx(ownership(board, desk.session.policy).ravel(), abs=1e-3)
    assert desk("darknet-chance") == f"White {100 * evaluation.value:.1f} %"
    assert desk("darknet-chance b").startswith("Black ")


def test_probabilities_are_drawn_where_they_are(desk: Desk) -> None:
    desk("play b A5")
    flat = desk.session.policy.evaluate(desk.session.board).priors.ravel()
    words = [word for row in desk("darknet-policy").strip().split("\n") for word in row.split()]
    for point, word in enumerate(words):
        assert float(word) == pytest.approx(100 * flat[point], abs=0.051)
    colours = [word for row in desk("darknet-heat").strip().split("\n") for word in row.split()]
    assert colours[int(flat.argmax())] == "#ff0000"
    labels = [line.split() for line in desk("darknet-moves").split("\n") if line[0] == "L"]
    assert labels[0][1] == to_gtp(int(flat.argmax()), 5)
    for _, vertex, percent in labels:
        assert float(percent) == pytest.approx(100 * flat[from_gtp(vertex, 5)], abs=0.51)


def test_stones_that_no_play_can_take(desk: Desk) -> None:
    desk("set_position b A2 b B2 b B1 b B3 b A4 b B4 b C1 w E5")
    alive = {"A2", "B2", "B1", "B3", "A4", "B4", "C1"}
    assert set(desk("darknet-alive").split()) == alive
    desk("set_position w A2 w B2 w B1 w B3 w A4 w B4 w C1 b E5")
    assert set(desk("darknet-alive").split()) == alive


def test_how_play_goes_on_is_drawn_in_both_colours(desk: Desk) -> None:
    drawn = desk("darknet-line w").split()
    assert drawn[0] == "VAR"
    assert drawn[1:4:2] == ["w", "b"]
    for colour, move in zip(drawn[1::2], drawn[2::2], strict=True):
        assert desk(f"lz-analyze {colour} maxmoves 1").split()[2] == move
        desk(f"play {colour} {move}")
