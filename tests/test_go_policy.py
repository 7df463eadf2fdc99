"""Policies: what a network says of a position, in eight views, many at once, of any size."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from conftest import ROOT, network, random_weights
from darknet.cfg import Cfg
from darknet.engines import Settings
from darknet.errors import DarknetError, InputError, WeightsError
from darknet.go.board import Board
from darknet.go.coordinates import PASS
from darknet.go.diagram import read
from darknet.go.geometry import SYMMETRIES, symmetry
from darknet.go.heads import heads_for
from darknet.go.moves import BLACK, EMPTY, WHITE
from darknet.go.policy import Evaluation, Policy, default_policy, suggestions
from darknet.go.svg import board_svg
from darknet.network import Network
from darknet.weights import Header
from go_games import chance
from go_nets import CONV, HEADS, MOVES, NET, POINTS, SMALL, Fixed, files, policy

CORNER = """
. . . . .
. X O . .
. X O . .
. . . . .
. . . . ."""


def turned(board: Board, number: int) -> Board:
    """The position under a symmetry, typed in."""
    goes, twin = symmetry(board.size, number), Board(board.size)
    twin.edit({goes[p]: c for p, c in enumerate(board.stones) if c}, board.to_move)
    return twin


def test_a_position_is_answered():
    board = chance(3, 9, 30)
    found = policy().evaluate(board)
    assert (found.priors.shape, found.priors.dtype) == ((9, 9), np.float32)
    assert found.priors.sum() + found.pass_prior == pytest.approx(1, abs=1e-5)
    assert found.value is None
    assert found.ownership is None


def test_the_network_sees_who_is_to_move():
    """The same stones with the colours changed and the other to move are the same position."""
    board = read(CORNER, to_move=BLACK)
    other = read(CORNER.translate(str.maketrans("XO", "OX")), to_move=WHITE)
    net = policy(size=5)
    same, changed = net.evaluate(other), net.evaluate(read(CORNER, to_move=WHITE))
    np.testing.assert_array_equal(net.evaluate(board).priors, same.priors)
    assert np.abs(same.priors - changed.priors).max() > 1e-3


@pytest.mark.parametrize("text", [SMALL, HEADS], ids=["policy", "all heads"])
def test_symmetries_are_the_mean_of_eight_evaluations_brought_back(text, engine):
    net, board = policy(text, engine=engine), chance(5, 9, 40)
    found = net.evaluate(board, symmetries=True)
    eight = [net.evaluate(turned(board, number)) for number in range(SYMMETRIES)]
    goes = [list(symmetry(9, number)) for number in range(SYMMETRIES)]
    priors = [e.priors.ravel()[way] for e, way in zip(eight, goes, strict=True)]
    np.testing.assert_allclose(found.priors.ravel(), np.mean(priors, 0), rtol=1e-4, atol=1e-7)
    assert found.pass_prior == pytest.approx(np.mean([e.pass_prior for e in eight]), rel=1e-4)
    assert np.abs(np.subtract(priors[0], priors[1])).max() > 1e-4  # a net that is not symmetric
    if text is HEADS:
        owner = [e.ownership.ravel()[way] for e, way in zip(eight, goes, strict=True)]
        np.testing.assert_allclose(found.ownership.ravel(), np.mean(owner, 0), atol=1e-5)
        assert found.value == pytest.approx(np.mean([e.value for e in eight]), abs=1e-5)


def test_symmetries_are_one_batch_of_eight(monkeypatch):
    net, shapes = policy(), []
    run = net.runner.run
    monkeypatch.setattr(net.runner, "run", lambda batch: shapes.append(batch.shape) or run(batch))
    net.evaluate(Board(9), symmetries=True)
    net.evaluate_all([Board(9)] * 3, symmetries=True)
    net.evaluate_all([Board(9)] * 70)
    assert [shape[0] for shape in shapes] == [8, 32, 64, 8]


def test_a_symmetric_position_has_symmetric_answers():
    board = read("...\n.X.\n...")
    found = policy(size=3).evaluate(board, symmetries=True)
    np.testing.assert_allclose(found.priors, found.priors.T, rtol=1e-5)
    np.testing.assert_allclose(found.priors, found.priors[::-1], rtol=1e-5)


@pytest.mark.parametrize("symmetries", [False, True])
def test_many_at_once_are_as_each_alone(symmetries):
    net, boards = policy(HEADS), [chance(seed, 9, 10 * seed) for seed in range(11)]
    for board, found in zip(boards, net.evaluate_all(boards, symmetries=symmetries), strict=True):
        alone = net.evaluate(board, symmetries=symmetries)
        np.testing.assert_allclose(found.priors, alone.priors, rtol=1e-4, atol=1e-7)
        np.testing.assert_allclose(found.ownership, alone.ownership, atol=1e-5)
        assert found.value == pytest.approx(alone.value, abs=1e-5)
        assert (found.stones, found.to_move) == (board.stones, board.to_move)
    assert net.evaluate_all([]) == []


def test_boards_of_other_sizes():
    net = policy(HEADS)
    for size in (5, 13, 19):
        found = net.evaluate(chance(1, size, 20), symmetries=True)
        assert found.priors.shape == found.ownership.shape == (size, size)
        assert found.priors.sum() + found.pass_prior == pytest.approx(1, abs=1e-5)
    with pytest.raises(InputError, match="boards of several sizes"):
        net.evaluate_all([Board(9), Board(5)])


def test_a_network_of_one_size_says_so():
    text = f"{NET}{CONV.format(2)}[connected]\noutput=82\nactivation=linear\n[softmax]\n"
    net = policy(text)
    net.evaluate(Board(9))
    with pytest.raises(InputError, match=r"test.cfg: takes boards of 9 lines, not of 13"):
        net.evaluate(Board(13))


def test_threads_get_their_own_answers():
    net, boards = policy(), [chance(seed, 9, 5 * seed) for seed in range(12)]
    expected = [net.evaluate(board).priors for board in boards]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            for one, found in zip(expected, pool.map(net.evaluate, boards), strict=True):
                np.testing.assert_array_equal(one, found.priors)


# ---- the other heads


def test_value_and_ownership():
    """The value is who is to move's; ownership comes from its side too, and is told as Black's."""
    net = policy(HEADS, size=5)
    assert (net.has_value, net.has_ownership) == (True, True)
    assert (policy().has_value, policy().has_ownership) == (False, False)
    black = net.evaluate(read(CORNER, to_move=BLACK))
    raw = net.runner.run(net.planes.of(read(CORNER))[None])
    assert [value.size for value in raw] == [25, 1, 26]
    assert black.value == pytest.approx(raw[1].item(), abs=1e-6)
    np.testing.assert_allclose(black.ownership.ravel(), raw[0].ravel(), atol=1e-6)
    white = net.evaluate(read(CORNER.translate(str.maketrans("XO", "OX")), to_move=WHITE))
    assert white.value == pytest.approx(black.value, abs=1e-6)
    np.testing.assert_allclose(white.ownership, -black.ownership, atol=1e-6)


def test_a_value_through_tanh_is_a_chance():
    text = HEADS.replace("[logistic]", "[activation]\nactivation=tanh").format(5)
    net = policy(text)
    raw = net.runner.run(net.planes.of(read(CORNER))[None])[1].item()
    assert net.evaluate(read(CORNER)).value == pytest.approx((1 + raw) / 2, abs=1e-6)


def test_heads_may_stand_in_any_order():
    first = (
        f"{NET}{CONV.format(6)}{MOVES}[route]\nlayers=0\n{POINTS}[activation]\nactivation=tanh\n"
    )
    found = policy(first, 5).evaluate(read(CORNER))
    assert found.ownership.shape == (5, 5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{NET}{CONV.format(2)}", "answers 162 values on 9 lines; expected 82"),
        (f"{NET}{POINTS}[softmax]\n", "answers 81 values"),
        (f"{NET}{POINTS}[reorg]\nstride=1\nextra=1\n", "answers 82 values"),
        (SMALL.replace("channels=1", "channels=3"), "its input is 9 x 9 x 3; expected one"),
        (
            HEADS.replace("activation=tanh", "activation=relu"),
            r"test.cfg:\d+: layer 3 \[activation\]: 81 values; expected them through \[logistic\]",
        ),
        (SMALL.replace("height={0}", "height=7"), "its input is 9 x 7 x 1; expected one square"),
    ],
    ids=["no vector", "no pass", "no softmax", "planes", "relu", "rectangle"],
)
def test_what_is_no_policy(text, message):
    with pytest.raises(InputError, match=message):
        policy(text)


def test_a_network_in_the_middle_of_others_is_still_one_answer():
    """Softmaxes that another layer reads are no answers."""
    net = network(f"{NET}{CONV.format(2)}[softmax]\n[connected]\noutput=82\n[softmax]\n".format(9))
    assert [node.index for node in net.outputs] == [3]
    assert heads_for(net, 9).policy.index == 0


# ---- loading


def test_load_from_files(tmp_path):
    cfg, weights = files(tmp_path)
    net = Policy.load(cfg, weights)
    assert net.name == "small.weights"
    np.testing.assert_array_equal(net.evaluate(Board(9)).priors, policy().evaluate(Board(9)).priors)
    net.close()


def test_what_is_odd_about_a_cfg_is_logged(tmp_path, caplog):
    cfg, weights = files(tmp_path, SMALL.replace("[softmax]\n", "[softmax]\nnonsense=1\n"))
    Policy.load(cfg, weights)
    assert "nonsense" in caplog.text


def test_load_refuses(tmp_path):
    cfg, _ = files(tmp_path)
    with pytest.raises(InputError, match="weights: missing"):
        Policy.load(cfg)
    with pytest.raises(DarknetError, match=r"none.cfg"):
        Policy.load(str(tmp_path / "none.cfg"), "x")
    three = tmp_path / "three.cfg"
    three.write_text(SMALL.format(9).replace("channels=1", "channels=3"))
    with pytest.raises(InputError, match=r"three.cfg: its input is 9 x 9 x 3"):
        Policy.load(str(three), "not looked at.weights")


def test_weights_that_are_broken():
    net = policy()
    net.runner.weights.arrays[2]["biases"][:] = np.nan
    with pytest.raises(WeightsError, match=r"random.weights: the network answers NaN"):
        net.evaluate(Board(9))


def test_the_default_is_the_best_that_is_there(monkeypatch, tmp_path):
    monkeypatch.setattr("darknet.go.policy.shipped_path", lambda folder, name: tmp_path / name)
    with pytest.raises(InputError, match=r"go-classic.weights does not come with"):
        default_policy()
    for best, added in (
        (None, ["go-classic.weights"]),
        ("go-classic", ["go-classic.cfg"]),
        ("go-classic", ["go.cfg"]),  # a cfg without its weights is no network
        ("go", ["go.weights"]),
    ):
        for name in added:
            (tmp_path / name).touch()
        if best is not None:
            expected = tuple(str(tmp_path / f"{best}.{suffix}") for suffix in ("cfg", "weights"))
            assert default_policy() == expected


@pytest.mark.parametrize("name", ["go", "go-classic"])
@pytest.mark.parametrize("size", [2, 9, 13, 25])
def test_what_comes_with_the_package_plays_boards_of_all_sizes(name, size):
    cfg, weights = (f"{ROOT}/{folder}/{name}.{folder}" for folder in ("cfg", "weights"))
    found = Policy.load(cfg, weights).evaluate(Board(size))
    assert found.priors.shape == (size, size)
    assert found.priors.sum() + found.pass_prior == pytest.approx(1, abs=1e-4)
    assert (found.value is None) == (name == "go-classic")


def test_weights_of_another_go_network_are_named(tmp_path):
    """Of one whose cfg comes with the package, and of the same one with other planes."""
    classic, darkgo = (str(ROOT / "cfg" / name) for name in ("go-classic.cfg", "go.test.cfg"))
    shipped = str(ROOT / "weights" / "go-classic.weights")
    with pytest.raises(WeightsError, match=r"it would fit cfg/go-classic.cfg \(1 plane\)$"):
        Policy.load(darkgo, shipped)
    empty = bytes(4 * Network.build(Cfg.read(darkgo)).parameters)
    (tmp_path / "go.weights").write_bytes(Header().to_bytes() + empty)
    with pytest.raises(WeightsError, match=r"go.weights: .*it would fit cfg/go.test.cfg"):
        Policy.load(classic, str(tmp_path / "go.weights"))
    strong = network(SMALL.format(19).replace("channels=1", "channels=16"))
    random_weights(strong, 0).save(tmp_path / "strong.weights", strong)
    with pytest.raises(WeightsError) as told:
        Policy.load(files(tmp_path, size=19)[0], str(tmp_path / "strong.weights"))
    assert "it would fit with channels=16 in [net]" in str(told.value)
    assert "it would fit cfg" not in str(told.value)


# ---- suggestions, and how an answer is shown


def test_suggestions_are_legal_and_sorted():
    board = chance(2, 9, 60)
    found = policy().evaluate(board)
    moves = suggestions(found, board, 100)
    assert {move.point for move in moves} == {*board.legal_points(), PASS}
    chances = [move.probability for move in moves]
    assert chances == sorted(chances, reverse=True)
    flat = found.priors.ravel()
    assert all(move.point == PASS or move.probability == flat[move.point] for move in moves)
    assert moves[:10] == suggestions(found, board)


def test_a_ko_is_no_suggestion():
    board = read(". X O .\nX . X O\n. X O .\n. . . .", to_move=WHITE)
    board.play(5)
    assert board.ko == 6
    best = np.zeros((4, 4), np.float32)
    best[1, 2] = 1.0
    assert suggestions(Evaluation(best, 0.0), board, 1)[0].point != 6


def test_to_dict_and_html():
    board = chance(2, 9, 30)
    found = policy(HEADS).evaluate(board)
    told = json.loads(found.to_json(3))
    assert (told["size"], len(told["moves"])) == (9, 3)
    assert told["value"] == pytest.approx(found.value, abs=1e-5)
    assert np.shape(told["ownership"]) == (9, 9)
    assert told["to_move"] in ("black", "white")
    page = found._repr_html_()
    assert page.count('r="11"') == sum(map(abs, board.stones))
    assert "to move, wins" in page
    assert told["moves"][0]["move"] in repr(found)
    assert str(found).startswith(f"{told['moves'][0]['move']}: 0.")


def test_a_picture_marks_the_last_move_and_no_pass():
    stones = (EMPTY,) * 8 + (BLACK,)  # on the last point, which Python calls -1, as we do a pass
    plain = board_svg(3, stones)
    assert board_svg(3, stones, last=PASS) == plain
    assert board_svg(3, stones, last=0) == plain
    marked = board_svg(3, stones, last=8)
    assert marked.count("<circle") == plain.count("<circle") + 1
    assert '<circle cx="72" cy="72" r="5"' in marked


# ---- the network of the page


def test_the_golden_vector_of_go_test(shared, tmp_path):
    """C's answer for an input of random numbers; also the same input through the eight views."""
    layout, file = shared / "golden" / "go.test.txt", tmp_path / "go.weights"
    make = layout.parent / "make_weights.py"
    subprocess.run([sys.executable, make, layout, file], check=True)
    net = Policy.load(str(ROOT / "cfg" / "go.test.cfg"), str(file), settings=Settings("f32"))
    drawn = np.random.RandomState(7).uniform(0, 1, 361).astype("<f4").reshape(1, 19, 19)
    with np.load(layout.with_suffix(".npz")) as answers:
        expected = answers["pj_layer15_type4"]
    net.planes = Fixed(drawn)
    found = net.evaluate(Board(19))
    given = np.append(found.priors.ravel(), found.pass_prior)
    np.testing.assert_allclose(given, expected, rtol=1e-4, atol=0)
    multi, singles = net.evaluate(Board(19), symmetries=True), []
    for number in range(SYMMETRIES):
        goes, view = list(symmetry(19, number)), np.empty(361, np.float32)
        view[goes] = drawn.ravel()
        net.planes = Fixed(view.reshape(1, 19, 19))
        singles.append(net.evaluate(Board(19)).priors.ravel()[goes])
    np.testing.assert_allclose(multi.priors.ravel(), np.mean(singles, 0), rtol=1e-4)
