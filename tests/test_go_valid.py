"""Accuracy over games: ranks and groups by hand, the same games in every format, what is drawn."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknet.errors import InputError, RecordError
from darknet.go.classic import Samples, write_classic
from darknet.go.coordinates import PASS
from darknet.go.diagram import read
from darknet.go.evaluation import Evaluation
from darknet.go.moves import BLACK, WHITE, Ko, Move
from darknet.go.packed import PackedGame, read_packed, write_packed
from darknet.go.planes import STRONG
from darknet.go.policy import Policy, default_policy
from darknet.go.records import Record, read_records, record_of
from darknet.go.valid import GoValidator, rank_of, validate
from darknet.go.valid_data import Position, games_in
from darknet.go.valid_scores import Answered, Group
from go_games import chance, mini
from go_nets import SMALL, policy


def evaluation(values: list[float], pass_prior: float) -> Evaluation:
    side = math.isqrt(len(values))
    return Evaluation(np.array(values, np.float32).reshape(side, side), pass_prior)


# ---- ranks


@pytest.mark.parametrize(
    ("move", "rank"),
    [
        (4, 1),  # the most probable: the 0.9 of the stone at 0 does not count
        (1, 2),
        (2, 3),  # as probable as 1, but a higher point
        (PASS, 4),  # as probable as both: a pass comes last among equals
        (8, 5),
    ],
)
def test_ranks_by_hand(move: int, rank: int) -> None:
    board = read("X . . / . . . / . . .".replace(" / ", "\n"), to_move=WHITE)
    found = evaluation([0.9, 0.2, 0.2, 0, 0.3, 0, 0, 0, 0.1], 0.2)
    assert rank_of(found, Position(board, move, 0, 2, WHITE))[0] == rank


@given(st.integers(0, 2**32 - 1), st.integers(0, 40))
def test_ranks_are_those_of_the_ranking(seed: int, moves: int) -> None:
    """Every move of a position has another rank: its place in `Evaluation.ranking`."""
    board = chance(seed, 5, moves, ko=Ko.SIMPLE, suicide=False)
    draw = np.random.default_rng(seed)
    values = draw.integers(0, 4, 26).astype(np.float32)  # many are equal
    found = Evaluation(values[:25].reshape(5, 5), float(values[25]), stones=board.stones)
    for place, move in enumerate(found.ranking(), 1):
        assert rank_of(found, Position(board, move.point, 0, 1, BLACK)) == (
            place,
            move.probability,
        )


# ---- groups


def answered(rank: int, game: int, number: int = 1, probability: float = 0.5) -> Answered:
    return Answered(rank, probability, game, number, BLACK, "", probability)


def test_a_group_by_hand() -> None:
    ranks = {0: [1, 1, 6, 1], 1: [2, 7]}
    group = Group.of("all", [answered(rank, game) for game in ranks for rank in ranks[game]])
    assert (group.positions, group.games) == (6, 2)
    assert group.top1 == pytest.approx(3 / 6)
    assert group.top5 == pytest.approx(4 / 6)
    assert group.loss == pytest.approx(math.log(2))
    # residuals 3 - 2 and 0 - 1: variance 2/1 * (1 + 1) / 36; Student's t of one degree of freedom
    assert group.error == pytest.approx(12.7062 * math.sqrt(4 / 36), rel=1e-4)


@pytest.mark.parametrize(
    ("games", "t"), [(2, 12.706), (3, 4.303), (4, 3.182), (6, 2.571), (11, 2.228), (31, 2.042)]
)
def test_few_games_have_a_wide_interval(games: int, t: float) -> None:
    """Student's t as tables have it; games of one position, every other one a hit."""
    found = [answered(1 + game % 2, game) for game in range(games)]
    share = (games + 1) // 2 / games
    variance = share * (1 - share) / (games - 1)
    assert Group.of("all", found).error == pytest.approx(t * math.sqrt(variance), rel=1e-3)


def test_one_game_alone_has_no_interval() -> None:
    assert math.isnan(Group.of("all", [answered(1, 0), answered(2, 0)]).error)
    assert Group.of("all", [answered(1, 0)]).to_dict()["error"] is None


@pytest.mark.parametrize("ranks", [(2, 3, 4), (1, 1, 1)])
def test_games_that_are_all_alike_prove_nothing(ranks: tuple[int, ...]) -> None:
    """No hit in three games does not mean 0 % with certainty."""
    group = Group.of("all", [answered(rank, game) for game, rank in enumerate(ranks)] * 3)
    assert math.isnan(group.error)


def test_probability_zero_has_a_finite_loss() -> None:
    assert Group.of("all", [answered(9, 0, probability=0.0)]).loss == pytest.approx(87.34, abs=0.01)


def test_the_interval_has_the_truth_in_it() -> None:
    """Also where the positions of a game are alike, as a count of positions would not."""
    draw = np.random.default_rng(3)
    inside = naive = 0
    for _ in range(400):
        found = []
        for game in range(60):
            share = float(draw.beta(2, 2))  # of 1/2 on the average
            found += [answered(1 if draw.random() < share else 2, game) for _ in range(30)]
        group = Group.of("all", found)
        inside += abs(group.top1 - 0.5) <= group.error
        naive += abs(group.top1 - 0.5) <= 1.96 * math.sqrt(0.25 / len(found))
    assert 0.92 < inside / 400 < 0.98
    assert naive / 400 < 0.75


# ---- games in every format


@pytest.fixture(scope="module")
def some(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Six real games as a packed file, a folder of SGF and records of 94 bytes."""
    folder = tmp_path_factory.mktemp("games")
    games = list(read_packed(mini(shared)))[:6]
    write_packed(folder / "six.bin.xz", games)
    positions, moves = [], []
    for number, game in enumerate(games):
        board = game.board()
        for colour, point in game.moves:
            positions.append(board.array() * colour)
            moves.append(361 if point == PASS else point)
            board.play(point, colour)
        place = folder / "sgf" / ("even" if number % 2 else "odd")
        place.mkdir(parents=True, exist_ok=True)
        record_of(board).write(place / f"{number}.sgf")
    samples = Samples(np.array(positions, np.int8), np.array(moves, np.int16))
    write_classic(folder / "six.data", samples)
    return {"packed": folder / "six.bin.xz", "sgf": folder / "sgf", "classic": folder / "six.data"}


def test_the_same_games_in_every_format(some: dict[str, Path]) -> None:
    net = policy(SMALL, 19)
    results = {kind: validate(net, path, count=None) for kind, path in some.items()}
    ranks = {kind: Counter(one.rank for one in found.answered) for kind, found in results.items()}
    assert ranks["packed"] == ranks["sgf"] == ranks["classic"]
    assert {kind: found.kind for kind, found in results.items()} == {k: k for k in results}
    packed, sgf = results["packed"], results["sgf"]
    assert [(g.name, g.positions, g.top1) for g in packed.phases + packed.colours] == [
        (g.name, g.positions, g.top1) for g in sgf.phases + sgf.colours
    ]
    assert [group.name for group in sgf.sources] == ["even", "odd"]
    assert all(group.name.startswith("source ") for group in packed.sources)
    assert not results["classic"].phases
    assert not results["classic"].colours
    assert sum(group.positions for group in packed.phases) == len(packed)


def test_positions_are_those_of_the_games(shared: Path) -> None:
    games, raw = games_in(mini(shared)), read_packed(mini(shared))
    assert (len(games.moves), sum(games.moves)) == (200, 39_789)
    board = raw[7].board()
    for place, (colour, point) in enumerate(raw[7].moves):
        if place in (0, 3, 100):
            (found,) = games.positions(7, [place])
            assert (found.move, found.number, found.colour) == (point, place + 1, colour)
            assert found.board.stones == board.stones
            assert found.board.to_move == colour
        board.play(point, colour)


def test_a_seed_draws_the_same_and_no_position_twice(some: dict[str, Path]) -> None:
    net, places = policy(SMALL, 19), {}
    for seed in (1, 1, 2):
        validator = GoValidator(net, games_in(some["packed"]), count=300, seed=seed)
        found = [(one.game, one.number) for one in validator.run()]
        assert len(found) == len(set(found)) == 300
        if seed in places:
            assert found == places[seed]
        places[seed] = found
    assert set(places[1]) != set(places[2])


def test_every_position_is_drawn_equally_often(tmp_path: Path) -> None:
    """Also those of short games: two games, of 5 and of 45 moves."""
    from darknet.go.packed import PackedGame

    long = chance(1, 19, 45, passes=0).moves
    write_packed(
        tmp_path / "two.bin", [PackedGame((), tuple(long[:5])), PackedGame((), tuple(long))]
    )
    games, net, drawn = games_in(tmp_path / "two.bin"), policy(SMALL, 19), Counter()
    for seed in range(60):
        validator = GoValidator(net, games, count=10, seed=seed)
        drawn.update((position.game, position.number) for position in validator._positions())
    assert len(drawn) == 50
    assert 90 <= sum(count for (game, _), count in drawn.items() if game == 0) * 1.0 * 2 <= 150


def test_a_game_has_the_same_share_in_every_format(some: dict[str, Path]) -> None:
    packed, sgf = games_in(some["packed"]), games_in(some["sgf"])
    shares = sorted(packed.share(game) for game in range(6))
    assert shares == sorted(sgf.share(game) for game in range(6))
    assert shares[0] < shares[-1]


def test_held_out_parts_do_not_overlap(shared: Path) -> None:
    games, net = games_in(mini(shared)), policy(SMALL, 19)
    small = set(GoValidator(net, games, held_out=0.1)._from)
    large = set(GoValidator(net, games, held_out=0.3)._from)
    assert small < large < set(range(200))
    assert 40 <= len(large) <= 80


def test_boards_of_other_sizes_are_left_out(tmp_path: Path) -> None:
    record_of(chance(1, 9, 20)).write(tmp_path / "nine.sgf")
    record_of(chance(1, 13, 20)).write(tmp_path / "thirteen.sgf")
    fixed = SMALL.replace("[reorg]", "[connected]\noutput=81\nactivation=linear\n[reorg]")
    result = validate(policy(fixed, 9), tmp_path, count=None)
    assert len(result) == 20
    (line,) = result.unreadable
    assert "1 games of 13 lines left out" in line
    assert len(validate(policy(SMALL, 9), tmp_path, count=None)) == 40
    (tmp_path / "nine.sgf").unlink()
    with pytest.raises(InputError, match="13"):
        validate(policy(fixed, 9), tmp_path)


def test_a_ko_may_not_be_taken_back_in_a_record(tmp_path: Path) -> None:
    """The network's board knows the ko, as the board of a packed game does."""
    text = "(;SZ[9];B[bb];W[cb];B[ac];W[dc];B[bd];W[cd];B[cc];W[bc];B[ii])"
    (tmp_path / "ko.sgf").write_text(text)
    (found,) = games_in(tmp_path / "ko.sgf").positions(0, [8])
    assert found.board.ko == 2 * 9 + 2


def test_a_file_of_many_games_is_not_read_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    games = b"".join(record_of(chance(seed, 9, 5)).to_bytes() for seed in range(20))
    (tmp_path / "many.sgf").write_bytes(games)
    read: list[str] = []

    def counted(path: str) -> list[Record]:
        read.append(path)
        return read_records(path)

    monkeypatch.setattr("darknet.go.valid_data.read_records", counted)
    found = validate(policy(), tmp_path / "many.sgf", count=None)
    assert (found.overall.games, found.overall.positions) == (20, 100)
    assert len(read) == 2  # to count, and for the positions


# ---- what is refused


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"count": 0}, "count=0"),
        ({"seed": -1}, "seed=-1"),
        ({"held_out": 0}, "held_out=0"),
        ({"held_out": 1.5}, "held_out=1.5"),
        ({"batch": 0}, "batch=0"),
    ],
)
def test_numbers_out_of_bounds(tmp_path: Path, arguments: dict[str, float], words: str) -> None:
    record_of(chance(1, 9, 20)).write(tmp_path / "a.sgf")
    with pytest.raises(InputError, match=words):
        validate(policy(), tmp_path, **arguments)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.bin", b"hello", "begins with b'hello'"),
        ("a.bin", b"", "begins with b''"),
        ("a.bin", b"DKGOGAM1" + bytes(8), "no move in it"),
        ("a.sgf", b"no game", "no SGF"),
        ("a.sgf", b"(;SZ[9])", "no move in it"),
        ("a.sgf", b"(;SZ[9]" + b";B[];W[]" * 2501 + b")", "more than 5,000 moves"),
        ("a.sgf", b"(;SZ[9];B[aa];W[aa])", "there is a stone"),
        ("a.data", bytes(93) + b"\n" + b"x", "no multiple of 94"),
        ("a.data", b"\x00\x00" + b"\x55" * 90 + b"\x01" + b"\n", "no liberty"),
    ],
)
def test_data_that_are_none(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(RecordError, match=words):
        validate(policy(SMALL, 19), tmp_path / name)


def test_a_folder_without_records(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"has no \.sgf file"):
        games_in(tmp_path)


def test_of_records_of_94_bytes_the_last_ones_are_held_out(some: dict[str, Path]) -> None:
    games = games_in(some["classic"])
    count = len(games.moves)
    held_out = [number for number in range(count) if games.share(number) < 0.25]
    assert held_out == list(range(count - len(held_out), count))
    assert len(held_out) == -(-count // 4)
    assert GoValidator(policy(SMALL, 19), games, held_out=0.25, count=None).total == len(held_out)


def test_positions_without_a_past_are_those_that_never_had_one(some: dict[str, Path]) -> None:
    """A record of 94 bytes is stones and a move: sixteen planes see the same in it."""
    net = Policy.load(*default_policy())
    bare = validate(net, some["packed"], count=None, history=False)
    record = validate(net, some["classic"], count=None)
    assert sorted(one.rank for one in bare.answered) == sorted(one.rank for one in record.answered)
    assert bare.overall.loss == pytest.approx(record.overall.loss, abs=1e-5)
    seen = validate(net, some["packed"], count=None)
    assert seen.overall.loss < bare.overall.loss  # who sees the last moves knows more
    assert "without the moves before" in str(bare)
    assert (seen.to_dict()["history"], bare.to_dict()["history"]) == (True, False)


def test_the_past_is_seen_where_a_colour_plays_twice(tmp_path: Path) -> None:
    """As it is learned from, and as GTP plays: nobody has passed, and no stone was set up."""
    moves = (Move(BLACK, 72), Move(WHITE, 60), Move(WHITE, 300), Move(BLACK, 288))
    write_packed(tmp_path / "games.bin", [PackedGame((), moves)])
    text = "(;GM[1]SZ[19];B[pd];W[dd];W[pp];B[dp])"
    (tmp_path / "game.sgf").write_text(text)
    for name in ("games.bin", "game.sgf"):
        games = games_in(tmp_path / name)
        found = list(games.positions(0, [2, 3]))
        assert [position.board.to_move for position in found] == [WHITE, BLACK]
        assert [len(position.board.moves) for position in found] == [2, 3]
        planes = STRONG.of(found[0].board)
        assert planes[9].reshape(-1)[60] == 1
        assert planes[15].all()
