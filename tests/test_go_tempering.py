"""Is a Go network as sure as it is right? Bins, the temperature that is found, what is drawn."""

from __future__ import annotations

import io
import math
from itertools import islice
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from darknet.calibration import bins_of, chance_error, expected_error
from darknet.errors import InputError
from darknet.go.moves import BLACK
from darknet.go.policy import Policy, default_policy
from darknet.go.records import record_of
from darknet.go.tempering import SPAN, Softened, halves_of, log_sums, tempered
from darknet.go.valid import GoValidator, validate
from darknet.go.valid_data import games_in
from darknet.go.valid_result import GoValidation
from darknet.go.valid_scores import Answered
from go_games import chance, mini
from go_nets import SMALL, policy

COUNT = 400


def softmax(values: np.ndarray, temperature: float) -> np.ndarray:
    powers = np.exp((values - values.max(axis=1, keepdims=True)) / temperature)
    return powers / powers.sum(axis=1, keepdims=True)


def answered(shares: np.ndarray, moves: np.ndarray, games: int) -> list[Answered]:
    """Positions of games in turn, of which the network gave `shares` to the moves."""
    found = []
    for place, (row, move) in enumerate(zip(shares, moves, strict=True)):
        rank = 1 + int((row > row[move]).sum())
        found.append(
            Answered(rank, float(row[move]), place % games, 1, BLACK, "", float(row.max()))
        )
    return found


def result(found: list[Answered], **more: object) -> GoValidation:
    about = {"cfg": "a.cfg", "weights": "a<b>.weights", "data": "d", "kind": "sgf"}
    return GoValidation(
        **about, symmetries=False, history=True, available=9, games_available=2, seed=0,
        held_out=None, answered=tuple(found), unreadable=(), seconds=1.0, **more,
    )  # fmt: skip


# ---- calibration


def test_the_calibration_by_hand() -> None:
    """Of three at 0.9 two were played, the one at 0.2 was not: by how many there are."""
    found = result([
        *(Answered(rank, 0.1, game, 1, BLACK, "", 0.9) for game, rank in enumerate((1, 1, 2))),
        Answered(3, 0.1, 4, 1, BLACK, "", 0.2),
    ])  # fmt: skip
    assert [(one.count, one.accuracy) for one in found.bins] == [(1, 0), (3, 2 / 3)]
    assert found.calibration == pytest.approx((3 * abs(2 / 3 - 0.9) + 0.2) / 4)
    assert "72.5 % probable on the average, played 50.0 %; calibration error 22.50 %" in str(found)
    assert found.to_dict()["calibration"]["error"] == pytest.approx(0.225)


def test_chance_makes_such_an_error() -> None:
    """For 4,000 positions of a network that is right about itself."""
    draw = np.random.default_rng(0)
    errors, expected = [], []
    for _ in range(30):
        shares = draw.beta(1, 2, 4000)
        right = draw.random(4000) < shares
        bins = bins_of(zip(shares.tolist(), right.tolist(), strict=True))
        errors.append(expected_error(bins))
        expected.append(chance_error(bins))
    assert np.mean(errors) == pytest.approx(np.mean(expected), rel=0.1)
    assert 0.01 < np.mean(expected) < 0.02
    assert math.isnan(chance_error(()))


def test_the_first_move_is_on_a_free_point(tmp_path: Path) -> None:
    """Its probability is that of the place with rank 1, whatever the network gives to stones."""
    record_of(chance(1, 9, 40)).write(tmp_path / "a.sgf")
    for one in validate(policy(), tmp_path, count=None).answered:
        assert one.confidence >= one.probability
        assert (one.rank == 1) == (one.confidence == one.probability)


# ---- temperatures


@given(st.integers(0, 2**32 - 1), st.floats(1, 20), st.floats(1 / SPAN, SPAN))
def test_what_is_kept_tells_every_temperature(seed: int, scale: float, factor: float) -> None:
    values = scale * np.random.default_rng(seed).normal(size=(5, 362))
    shares, moves = softmax(values, 1).astype(np.float32), np.arange(5)
    sums = log_sums(shares)
    assert sums.nbytes == 5 * 64
    found = Softened(answered(shares, moves, 5), sums).judged(factor, factor)
    logs = np.log(np.maximum(shares, 2.0**-126, dtype=np.float64)) / factor
    logs -= np.log(np.exp(logs).sum(axis=1, keepdims=True))
    assert found.loss == pytest.approx(-logs[range(5), moves].mean(), abs=2e-3)
    sure = sum(one.count * one.confidence for one in found.bins) / 5
    assert sure == pytest.approx(np.exp(logs.max(axis=1)).mean(), abs=2e-3)


@pytest.mark.parametrize("true", [0.5, 1.0, 1.7])
def test_a_network_of_another_temperature_is_put_right(true: float) -> None:
    """Moves are drawn with temperature 3 * `true`; the network has 3."""
    draw = np.random.default_rng(1)
    values = 4 * draw.normal(size=(3000, 362))
    right = softmax(values, true)
    moves = (right.cumsum(axis=1) < draw.random((3000, 1))).sum(axis=1)
    shares = softmax(values, 1).astype(np.float32)
    found = tempered(answered(shares, moves, 60), log_sums(shares), 3.0, 0)
    assert found is not None
    assert found.after.temperature == pytest.approx(3 * true, rel=0.05)
    assert (found.positions, found.games, found.found_games) == (1500, 30, 30)
    assert found.after.error < 0.04
    assert not found.at_bound
    if true != 1:
        assert found.helps
        assert found.after.error < found.before.error


def test_a_network_that_knows_nothing_is_told_so() -> None:
    """Moves by chance: no temperature is high enough."""
    draw = np.random.default_rng(2)
    shares = softmax(4 * draw.normal(size=(200, 362)), 1).astype(np.float32)
    sums, found = log_sums(shares), answered(shares, draw.integers(0, 362, 200), 10)
    best = tempered(found, sums, 1.0, 0)
    assert best is not None
    assert (best.at_bound, best.after.temperature) == (True, SPAN)


def test_halves_are_of_games() -> None:
    found = [Answered(1, 0.5, game, 1, BLACK, "", 0.5) for game in (3, 3, 3, 8, 1, 1, 6, 2)]
    finding, judging = halves_of(found, 0)
    assert finding | judging == {1, 2, 3, 6, 8}
    assert not finding & judging
    assert (len(finding), len(judging)) == (2, 3)
    assert halves_of(found[::-1], 0) == (finding, judging)
    assert len({halves_of(found, seed) for seed in range(20)}) > 1


@pytest.fixture(scope="module")
def calibrated(shared: Path) -> GoValidation:
    """The network that comes with the package, on real games."""
    net = Policy.load(*default_policy())
    return validate(net, mini(shared), count=COUNT, calibrate=True)


def test_the_cfg_with_that_temperature_has_that_loss(
    calibrated: GoValidation, shared: Path, tmp_path: Path
) -> None:
    found = calibrated.tempered
    assert found is not None
    cfg, weights = default_policy()
    text = Path(cfg).read_text()
    for value in (found.after.temperature, 0.5, 2.0):
        (tmp_path / "a.cfg").write_text(
            text.replace("[softmax]", f"[softmax]\ntemperature={value}")
        )
        net = Policy.load(str(tmp_path / "a.cfg"), weights)
        again = validate(net, mini(shared), count=COUNT, calibrate=True)
        assert again.kept is not None
        assert again.kept.temperature == value
        best = again.tempered
        assert best is not None
        assert best.after.temperature == pytest.approx(found.after.temperature, rel=0.01)
        assert best.after.loss == pytest.approx(found.after.loss, abs=1e-3)
        assert best.after.error == pytest.approx(found.after.error, abs=1e-2)
        if value == found.after.temperature:
            assert best.before.loss == pytest.approx(found.after.loss, abs=1e-4)
            judging = halves_of(again.answered, 0)[1]
            sure = [one.confidence for one in again.answered if one.game in judging]
            told = sum(one.count * one.confidence for one in found.after.bins)
            assert sum(sure) == pytest.approx(told, rel=1e-3)


def test_the_answer_is_in_words(calibrated: GoValidation) -> None:
    found, lines = calibrated.tempered, str(calibrated).splitlines()
    assert found is not None
    at = next(place for place, line in enumerate(lines) if "[softmax]" in line)
    assert f"temperature={found.after.temperature:g}" in lines[at]
    assert f"found on {found.found_on} positions" in lines[at + 1]
    assert f"loss {found.before.loss:.4f}" in lines[at + 2]
    assert f"loss {found.after.loss:.4f}" in lines[at + 3]
    assert found.positions + found.found_on == COUNT


def test_accuracy_is_the_same_with_and_without(calibrated: GoValidation, shared: Path) -> None:
    plain = validate(Policy.load(*default_policy()), mini(shared), count=COUNT)
    assert plain.answered == calibrated.answered
    assert plain.kept is plain.tempered is plain.to_dict()["temperature"] is None


def test_one_game_alone_has_no_temperature(tmp_path: Path) -> None:
    record_of(chance(1, 9, 40)).write(tmp_path / "a.sgf")
    found = validate(policy(), tmp_path, count=None, calibrate=True)
    assert found.tempered is None
    assert "no temperature: all positions are of one game" in str(found)


@pytest.mark.parametrize("size", [9, 13])
def test_a_run_that_is_cut_short_is_calibrated(tmp_path: Path, size: int) -> None:
    """In the middle of a batch; boards of two sizes lie in one."""
    for number in range(4):
        record_of(chance(number, (size, 9)[number % 2], 40)).write(tmp_path / f"{number}.sgf")
    validator = GoValidator(policy(), games_in(tmp_path), count=None, batch=50, calibrate=True)
    list(islice(validator.run(), 70))
    found = validator.result()
    assert found.kept is not None
    assert len(found.kept.sums) == len(found) == 70
    power = found.kept.sums[:, 7:9].mean(axis=1)  # on both sides of the temperature it has
    assert np.abs(power).max() < 0.3
    assert found.tempered is not None


def test_symmetries_have_no_temperature(tmp_path: Path) -> None:
    record_of(chance(1, 9, 40)).write(tmp_path / "a.sgf")
    with pytest.raises(InputError, match="one view of each position"):
        validate(policy(), tmp_path, symmetries=True, calibrate=True)
    grouped = SMALL.replace("[softmax]", "[softmax]\ngroups=2")
    with pytest.raises(InputError, match=r"\[softmax\]: calibrate: expected one"):
        validate(policy(grouped), tmp_path, calibrate=True)


# ---- pictures


def test_the_plot_is_png_or_svg(calibrated: GoValidation) -> None:
    picture = Image.open(io.BytesIO(calibrated.plot()))
    drawn = ElementTree.fromstring(calibrated.plot("svg"))
    assert picture.size == (int(drawn.get("width", 0)), int(drawn.get("height", 0)))
    kinds = [element.tag.rsplit("}")[-1] for element in drawn]
    found = calibrated.tempered
    assert found is not None
    assert kinds.count("circle") == len(found.after.bins) + 1  # and the legend's
    said = [element.text for element in drawn if element.text]
    assert "probability of the first move, %" in said
    assert {f"{one.count:,}" for one in found.before.bins} <= set(said)


def test_a_notebook_shows_table_and_plot(calibrated: GoValidation) -> None:
    page = ElementTree.fromstring(f"<div>{calibrated._repr_html_().replace('<br>', '<br/>')}</div>")
    rows = [[cell.text for cell in row] for row in page.iter("tr")]
    assert rows[1][0] == "all"
    assert rows[1][1] == f"{COUNT}"
    assert any(element.tag.endswith("svg") for element in page.iter())
    assert "[softmax]" in "".join(page.itertext())
    assert repr(calibrated).startswith("<darknet.GoValidation go.weights on ")


def test_names_are_escaped() -> None:
    shown = result([Answered(1, 0.5, 0, 1, BLACK, "<script>", 0.5)])._repr_html_()
    assert "<b>" not in shown
    assert "<script>" not in shown


def test_nothing_answered_is_shown_too() -> None:
    nothing = result([])
    assert math.isnan(nothing.calibration)
    assert nothing.to_dict()["calibration"] == {"error": None, "chance": None, "bins": []}
    assert "<svg" not in nothing._repr_html_()
    assert "0 positions" in str(nothing)
    nothing.plot()
