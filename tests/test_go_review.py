"""A game looked over: each number by hand with a network that is told what to say; page and PNG."""

from __future__ import annotations

import io
import math
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from darknet.errors import InputError, RecordError
from darknet.go.board import Board
from darknet.go.coordinates import PASS, from_gtp, to_gtp
from darknet.go.evaluation import Evaluation
from darknet.go.kept_rules import kept_rules
from darknet.go.moves import BLACK, WHITE
from darknet.go.records import parse_records, record_of
from darknet.go.review import review
from darknet.go.review_board import review_board
from darknet.go.review_curve import curve_png, curve_svg
from darknet.go.review_data import Review
from darknet.go.review_page import review_page
from darknet.go.review_text import review_lines
from go_games import chance, played
from go_nets import HEADS, SMALL, policy

GAME = "(;SZ[5]KM[2.5]PB[Ann]PW[Bo]RE[B+R];B[cc];W[bb];B[];W[db])"


class Told:
    """A network that gives the points it is told (the rest nothing), and a chance for Black."""

    name = "told.weights"

    def __init__(self, *answers: dict[str, float], chances: tuple[float, ...] = ()) -> None:
        self._answers, self._chances, self.asked = answers, chances, 0

    def check_size(self, size: int) -> None:
        if size != 5:
            raise InputError(f"boards of 5 lines only, not {size}")

    def evaluate_all(self, boards: list[Board], *, symmetries: bool = False) -> list[Evaluation]:
        return [self._one(board) for board in boards]

    def _one(self, board: Board) -> Evaluation:
        number, self.asked = self.asked, self.asked + 1
        priors = np.zeros(25, np.float32)
        told = self._answers[number] if number < len(self._answers) else {}
        for vertex, share in told.items():
            if vertex != "pass":
                priors[from_gtp(vertex, 5)] = share
        value = None
        if self._chances:
            chance = self._chances[number]
            value = chance if board.to_move == BLACK else 1 - chance
        return Evaluation(priors.reshape(5, 5), told.get("pass", 0.0), value, stones=board.stones)


ANSWERS = (
    {"C3": 0.5, "B3": 0.25},
    {"C3": 0.9, "C4": 0.06, "B4": 0.03},  # C3 is taken: C4 is the first
    {"D4": 0.75, "pass": 0.125},
    {"C4": 0.5, "D4": 0.0},
)


def told(**options: tuple[float, ...]) -> Review:
    (record,) = parse_records(GAME.encode(), "game.sgf")
    return review(record, Told(*ANSWERS, **options))  # type: ignore[arg-type]


def test_each_move_by_hand() -> None:
    one, two, three, four = told().moves
    assert [(m.number, m.colour, to_gtp(m.point, 5)) for m in (one, two, three, four)] == [
        (1, BLACK, "C3"), (2, WHITE, "B4"), (3, BLACK, "pass"), (4, WHITE, "D4"),
    ]  # fmt: skip
    assert (one.rank, one.probability, one.gap) == (1, 0.5, 0)
    assert one.loss == pytest.approx(math.log(2))
    assert (two.rank, to_gtp(two.best[0].point, 5)) == (2, "C4")
    assert two.gap == pytest.approx(0.03)
    assert (three.rank, three.probability, three.gap) == (2, 0.125, 0.625)
    assert four.probability == 0
    assert four.loss == pytest.approx(87.34, abs=0.01)
    assert two.stones[from_gtp("C3", 5)] == BLACK
    assert two.last == from_gtp("C3", 5)
    assert (one.last, four.last) == (None, PASS)
    assert (one.chance, one.drop, one.lead) == (None, None, None)


def test_worst_moves_are_those_with_the_greatest_gap() -> None:
    assert [move.number for move in told().worst(10)] == [3, 4, 2]  # not 1: it was the first
    assert [move.number for move in told().worst(1)] == [3]


def test_worst_moves_by_the_chance_to_win() -> None:
    found = told(chances=(0.5, 0.6, 0.7, 0.2, 0.65))
    drops = [move.drop for move in found.moves]
    # Black's first gained, White's first lost, Black's pass lost, White's last lost
    assert drops == pytest.approx([-0.1, 0.1, 0.5, 0.45], abs=1e-6)
    assert [move.number for move in found.worst(10)] == [3, 4, 2]
    assert [move.chance for move in found.moves] == pytest.approx([0.5, 0.6, 0.7, 0.2])
    assert "drop" in "\n".join(review_lines(found))
    assert 'class="chance"' in review_page(found)


def test_moves_that_lost_nothing_need_not_be_the_networks_first() -> None:
    (record,) = parse_records(b"(;SZ[5];B[aa])")
    found = review(record, Told({"C3": 1.0}, chances=(0.4, 0.6)))  # type: ignore[arg-type]
    assert found.has_value
    assert not found.worst(10)
    assert "no move lowered the chance to win" in "\n".join(review_lines(found))
    assert "No move lowered the chance to win" in review_page(found)


def test_players_by_hand() -> None:
    black, white = told().players
    assert (black.name, black.moves, black.first, black.first_five) == ("Ann", 2, 0.5, 1.0)
    assert black.loss == pytest.approx((math.log(2) + math.log(8)) / 2)
    assert (white.name, white.moves, white.first) == ("Bo", 2, 0.0)


def test_a_side_that_did_not_move() -> None:
    (record,) = parse_records(b"(;SZ[5];B[cc])")
    found = review(record, Told({"C3": 1.0}))  # type: ignore[arg-type]
    assert found.players[1].moves == 0
    assert found.to_dict()["players"][1]["first"] is None
    assert not found.worst(10)
    assert "every move was the network's first" in "\n".join(review_lines(found))
    assert "Every move was the network&#x27;s first" in review_page(found)
    assert curve_png(found)[:4] == b"\x89PNG"


def test_a_network_sees_what_it_would_see_in_play() -> None:
    """The whole game, move by move, as with one board that is played on."""
    net = policy(SMALL, 9)
    board = chance(5, 9, 40)  # colours twice in a row now and then
    found = review(record_of(board), net, symmetries=True)
    replayed = Board(9)
    for move, reviewed in zip(board.moves, found.moves, strict=True):
        if replayed.to_move != move.colour:
            replayed.edit({}, move.colour)
        answer = net.evaluate(replayed, symmetries=True)
        place = 81 if move.point == PASS else move.point
        values = np.append(answer.priors.ravel(), answer.pass_prior)
        assert reviewed.probability == pytest.approx(float(values[place]), abs=1e-6)
        replayed.play(move.point, move.colour)


def test_other_heads_are_told() -> None:
    found = review(record_of(chance(5, 9, 30), {"KM": "6.5"}), policy(HEADS, 9))
    assert all(0 <= (move.chance or -1) <= 1 for move in found.moves)
    assert all(move.drop is not None for move in found.moves)
    assert all(-81 - 6.5 <= (move.lead or 0) <= 81 - 6.5 for move in found.moves)


def test_a_ko_is_no_suggestion() -> None:
    moves = "b B4 w C4 b A3 w D3 b B2 w C2 b C3 w B3"  # White takes C3: Black may not take back
    board = played(Board(5), moves)
    board.play(from_gtp("E1", 5), BLACK)
    answers = [{}] * 8 + [{"C3": 0.9, "E1": 0.1}]
    found = review(record_of(board), Told(*answers))  # type: ignore[arg-type]
    assert found.moves[-1].rank == 1
    assert found.moves[-1].gap == 0


@pytest.mark.parametrize(
    ("text", "ko"),
    [
        ("(;SZ[5]RU[Chinese];B[cc])", "simple"),
        ("(;SZ[5]RU[AGA];B[cc])", "situational"),
        ("(;SZ[5]RU[my own];B[cc])", "simple"),
        ("(;SZ[5];B[cc])", "simple"),
    ],
)
def test_rules_of_a_record(text: str, ko: str) -> None:
    (record,) = parse_records(text.encode())
    rules = kept_rules(record)
    assert rules is not None
    assert rules.ko == ko


def test_a_record_that_keeps_no_rules_is_reviewed() -> None:
    board = played(Board(5), "b B4 w C4 b A3 w D3 b B2 w C2 b C3 w B3")
    sgf = record_of(board).to_bytes().decode().rstrip(")\n") + ";B[cc])"  # takes the ko back
    (record,) = parse_records(sgf.encode())
    assert kept_rules(record) is None
    assert len(review(record, Told()).moves) == 9  # type: ignore[arg-type]


def test_another_line_than_the_main_one() -> None:
    (record,) = parse_records(b"(;SZ[5];B[cc](;W[bb])(;W[dd];B[db]))")
    line = list(record.lines())[1]
    found = review(record, Told(), line=line)  # type: ignore[arg-type]
    assert [to_gtp(move.point, 5) for move in found.moves] == ["C3", "D2", "D4"]


# ---- JSON, text, page, pictures


def test_json_has_every_move() -> None:
    found = told().to_dict()
    assert found["worst"] == [3, 4, 2]
    assert found["about"] == {"RE": "B+R", "KM": "2.5"}
    third = found["moves"][2]
    assert third["move"] == "pass"
    assert third["best"][0] == {"move": "D4", "probability": 0.75}


def test_no_worst_moves_are_asked_for() -> None:
    lines, page = "\n".join(review_lines(told(), 0)), review_page(told(), 0)
    for words in (lines, page):
        assert "worst moves</h2>" not in words
        assert "every move" not in words.lower()


def test_text_has_the_worst_or_all() -> None:
    worst, every = (list(review_lines(told(), 1, every_move=full)) for full in (False, True))
    assert any(line.split()[:3] == ["3", "Black", "pass"] for line in worst)
    assert not any(line.split()[:3] == ["4", "White", "D4"] for line in worst)
    assert sum(bool(re.match(r" +\d+  (Black|White) ", line)) for line in every) == 4


class Tags(HTMLParser):
    """Checks that tags are closed in order; keeps what might load or run something."""

    VOID = frozenset(["meta", "br", "img", "link"])

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.active: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attrs:
            if tag in ("script", "img", "link", "iframe") or name.startswith("on") or name == "src":
                self.active.append(f"{tag} {name}")
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.links.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()


def test_the_page_is_whole_and_loads_nothing() -> None:
    page, tags = review_page(told()), Tags()
    tags.feed(page)
    assert not tags.open
    assert not tags.active
    assert tags.ids == ["move-3", "move-4", "move-2"]
    assert {link.removeprefix("#") for link in tags.links} == set(tags.ids)
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")


def test_names_from_a_record_are_no_markup() -> None:
    wicked = '<script>alert(1)</script>"&\x1b[31m'
    text = f"(;SZ[5]PB[{wicked.replace(']', chr(92) + ']')}]RE[<b>];B[cc])"
    (record,) = parse_records(text.encode(), "<i>.sgf")
    found = review(record, Told())  # type: ignore[arg-type]
    page, tags = review_page(found), Tags()
    tags.feed(page)
    assert not tags.active
    assert "<script" not in page
    assert "<b>" not in page
    assert "<i>" not in page
    assert "\x1b" not in page + "\n".join(review_lines(found))
    assert curve_png(found)[:4] == b"\x89PNG"


def test_the_diagram_shows_what_was_played_and_what_was_not() -> None:
    third = told().moves[2]
    drawing = ET.fromstring(review_board(5, told().moves[1]))
    texts = [element.text for element in drawing.iter() if element.tag.endswith("text")]
    assert "6" in texts  # C4's 6 percent
    assert "3" in texts
    assert review_board(5, third).count('stroke="#d0021b"') == 0  # a pass is nowhere
    assert review_board(5, told().moves[1]).count('stroke="#d0021b"') == 1


def test_the_curve_has_a_bar_a_move() -> None:
    drawing = ET.fromstring(curve_svg(told(), told().worst(2)))
    bars = [element for element in drawing.iter() if element.tag.endswith("rect")]
    assert len(bars) == 4
    heights = [float(bar.attrib["height"]) for bar in bars]
    assert heights == pytest.approx(
        [0.5, 75 * 0.03 / 0.8, 75 * 0.625 / 0.8, 75 * 0.5 / 0.8], abs=0.06
    )
    assert [("worst" in bar.attrib["class"]) for bar in bars] == [False, False, True, True]


def test_the_worst_are_marked_on_the_chance_to_win() -> None:
    found = told(chances=(0.5, 0.6, 0.7, 0.2, 0.65))
    drawing = ET.fromstring(curve_svg(found, found.worst(2)))
    dots = [element for element in drawing.iter() if element.tag.endswith("circle")]
    assert [float(dot.attrib["cy"]) for dot in dots] == pytest.approx([150 * 0.3, 150 * 0.8])
    assert len([e for e in drawing.iter() if e.tag.endswith("a")]) == 2


@pytest.mark.parametrize("chances", [(), (0.5, 0.6, 0.7, 0.2, 0.65)])
def test_the_png_is_a_picture(chances: tuple[float, ...]) -> None:
    picture = Image.open(io.BytesIO(curve_png(told(chances=chances))))
    assert picture.width == 1500
    assert len(set(picture.convert("L").resize((64, 64)).tobytes())) > 20


def test_the_legend_is_above_the_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr("darknet.plot.encoded", lambda figure: drawn.append(figure) or b"")
    curve_png(told())
    figure = drawn[0]
    figure.canvas.draw()
    axes = figure.axes[-1]
    top = axes.get_window_extent().y1
    assert all(text.get_window_extent().y0 >= top for text in axes.get_legend().get_texts())


# ---- what is refused


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("(;SZ[5])", RecordError, "no moves to review"),
        ("(;SZ[5]AB[cc])", RecordError, "no moves to review"),
        ("(;SZ[5];B[cc];W[cc])", RecordError, "move 2: "),
        ("(;SZ[5]" + ";B[];W[]" * 2501 + ")", RecordError, "5,002 moves"),
        ("(;SZ[9];B[cc])", InputError, "5 lines only, not 9"),
    ],
)
def test_games_that_cannot_be_reviewed(text: str, error: type[Exception], words: str) -> None:
    (record,) = parse_records(text.encode())
    with pytest.raises(error, match=words):
        review(record, Told())  # type: ignore[arg-type]


def test_a_batch_is_at_least_one(tmp_path: Path) -> None:
    (record,) = parse_records(GAME.encode())
    with pytest.raises(InputError, match="batch=0"):
        review(record, Told(), batch=0)  # type: ignore[arg-type]


def test_the_batch_makes_no_difference() -> None:
    net, record = policy(SMALL, 9), record_of(chance(3, 9, 30))
    one, many = (review(record, net, batch=size) for size in (1, 13))
    for a, b in zip(one.moves, many.moves, strict=True):
        assert a.probability == pytest.approx(b.probability, abs=1e-6)
        assert a.colour in (BLACK, WHITE)


def test_a_player_without_a_name_is_called_by_the_colour_once() -> None:
    found = review(parse_records(b"(;SZ[5]PW[Bo];B[cc];W[bb])")[0], Told(*ANSWERS))
    for text in ("\n".join(review_lines(found)), review_page(found)):
        assert "Black (Black)" not in text
        assert "Bo (White)" in text
