"""The curve of a training run: what is drawn is what was recorded, whatever was recorded."""

from __future__ import annotations

import math
import sys
import time

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from PIL import Image

from darknet.errors import InputError
from darknet.train.curve import (
    POINTS,
    History,
    _latest,
    _means,
    _thinned,
    draw_curve,
    draw_rates,
    figure,
    rates_figure,
)
from darknet.train.record import Step

pytest.importorskip("matplotlib")
NAN = math.nan


def step(batch: int, loss: float = 2.0, **more) -> Step:
    values = {"average": loss, "rate": 0.1, "seconds": 0.5, "images": 8, "waited": 0.0} | more
    return Step(batch, batch / 10, 8 * batch, loss, **values)


def lines(axes) -> dict[str, tuple[list[float], list[float]]]:
    """Every named line's points."""
    return {
        line.get_label(): (list(line.get_xdata()), list(line.get_ydata()))
        for line in axes.get_lines()
        if not line.get_label().startswith("_")
    }


def said(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_the_panels_have_the_steps_numbers():
    tests = {2: {"top1": 50.0, "top5": 80.0}, 4: {"top1": 60.0, "top5": 90.0}}
    steps = [step(n, 3.0 - n / 2, average=3.0 - n / 4, **tests.get(n, {})) for n in (1, 2, 3, 4)]
    loss, validation, rate = figure([*steps, step(5, 0.5, top1=55.0, top5=92.0)], "run").axes
    assert lines(loss) == {
        "a batch": ([1, 2, 3, 4, 5], [2.5, 2.0, 1.5, 1.0, 0.5]),
        "running average": ([1, 2, 3, 4, 5], [2.75, 2.5, 2.25, 2.0, 0.5]),
    }
    assert lines(validation) == {
        "top-1": ([2, 4, 5], [50.0, 60.0, 55.0]),
        "top-5": ([2, 4, 5], [80.0, 90.0, 92.0]),
    }
    (mark,) = (line for line in validation.get_lines() if line.get_markersize() == 10)
    assert (list(mark.get_xdata()), list(mark.get_ydata())) == ([4], [60.0])
    assert said(validation) == ["top-5 92.0", "top-1 55.0", "best 60.00 %"]
    assert said(rate) == ["0.1"]
    assert rate.get_xlabel() == "batches"


def test_the_heading_says_where_the_run_stands():
    drawn = figure([step(1200, 1.25, top1=61.5), step(1201, 1.5)], "tiny.cfg on photographs")
    title, summary = (text.get_text() for text in drawn.texts)
    assert title == "tiny.cfg on photographs"
    assert [word.strip() for word in summary.split("\N{MIDDLE DOT}")] == [
        "batch 1,201", "epoch 120.10", "loss 1.5 on average", "rate 0.1",
        "best top-1 61.50 % after batch 1,200",
    ]  # fmt: skip


def test_epochs_stand_above_the_batches():
    loss = figure([step(n) for n in range(1, 41)], "run").axes[0]
    (above,) = loss.child_axes
    assert above.get_xlabel() == "epochs"
    loss.figure.canvas.draw()
    assert above.get_xlim() == pytest.approx((0.0, 4.0))


@pytest.mark.parametrize(
    ("losses", "scale"),
    [((2.3, 0.1), "log"), ((6.9, 1.5), "linear"), ((2.0, 0.0), "linear"), ((0.0, 0.0), "linear")],
)
def test_the_scale_is_a_log_one_where_the_loss_falls_far(losses, scale):
    axes = figure([step(n, loss) for n, loss in enumerate(losses, 1)], "run").axes[0]
    assert axes.get_yscale() == scale
    low, high = axes.get_ylim()
    assert low < high
    assert low <= min(losses) <= max(losses) <= high


def test_a_wild_batch_does_not_squash_the_rest():
    steps = [step(n, 2.0) for n in range(1, 1001)]
    steps[500] = step(501, 1e6, average=2.0)
    assert figure(steps, "run").axes[0].get_ylim()[1] < 3


def test_batches_without_a_number_are_marked():
    steps = [step(n, NAN if n in (3, 4) else 2.0) for n in range(1, 9)]
    axes = figure(steps, "run").axes[0]
    assert "not a number: batch 3" in said(axes)
    (marks,) = axes.collections
    assert [path[0, 0] for path in marks.get_segments()] == [3, 4]
    np.testing.assert_array_equal(lines(axes)["a batch"][1], [2, 2, NAN, NAN, 2, 2, 2, 2])


odd = st.floats() | st.sampled_from([0.0, 1.0, NAN, math.inf])
oddities = st.lists(
    st.builds(
        Step, st.integers(1, 50), odd, st.just(0), odd, odd, odd, odd, st.just(1), odd,
        st.none() | st.floats(0, 100) | st.just(NAN), st.none() | st.floats(0, 100),
    ),
    max_size=6,
)  # fmt: skip


@settings(max_examples=12, deadline=None, phases=[Phase.generate])  # half a second each
@given(oddities)
def test_anything_can_be_drawn(tmp_path_factory, steps):
    path = tmp_path_factory.mktemp("curve") / "curve.png"
    draw_curve(steps, path, "run")
    with Image.open(path) as picture:
        assert picture.size == (1575, 990)


@pytest.mark.parametrize("title", ["a$b$ _x^2 \\frac{", "\u72ac on \u732b", "x" * 500, "a\nb", ""])
def test_titles_are_drawn_as_they_are(tmp_path, title):
    draw_curve([step(1)], tmp_path / "curve.png", title)
    assert [path.name for path in tmp_path.iterdir()] == ["curve.png"]


def test_of_a_batch_that_is_there_twice_the_later_row_counts():
    first = [step(n, 5.0) for n in (1, 2, 3, 4)]
    again = [step(n, 1.0) for n in (3, 4, 5)]
    assert _latest([*first, *again]) == [*first[:2], *again]
    assert _latest([]) == []


def test_a_long_run_is_thinned_and_keeps_its_spikes():
    values = np.sin(np.arange(100_000) / 1000)
    values[[12_345, 77_777]] = 5, -5
    values[[0, 99_999, 50_000]] = 1.5, -1.5, NAN
    kept = _thinned(values, POINTS)
    assert len(kept) <= POINTS
    assert {0, 12_345, 77_777, 99_999} <= set(kept.tolist())
    assert (np.diff(kept) > 0).all()
    assert _thinned(values[:10], POINTS).tolist() == list(range(10))
    assert len(_thinned(np.full(5000, NAN), POINTS)) <= POINTS


def test_means_of_stretches_by_hand():
    np.testing.assert_array_equal(_means(np.array([1.0, 3.0, NAN, 5.0, NAN, NAN]), 3), [2, 5, NAN])
    np.testing.assert_array_equal(_means(np.array([1.0, NAN]), 3), [1, NAN])


def test_a_history_of_any_length_is_small():
    history = History((step(n) for n in range(1, 11)), most=4)
    assert [one.batch for one in history] == [4, 8, 10]
    history = History(most=4)
    for n in range(1, 31):
        history.add(step(n, NAN if n == 5 else 2.0, top1=50.0 if n == 7 else None))
    assert {5, 7, 30} <= {one.batch for one in history}
    assert len(history) == len(list(history)) <= 7
    assert list(History()) == []
    assert list(History([step(1)])) == [step(1)]


def test_a_hundred_thousand_batches_are_drawn_in_little_time(tmp_path):
    steps = [step(n, 2.0 + n % 7) for n in range(1, 100_001)]
    draw_curve(steps[:10], tmp_path / "warm.png", "run")
    started = time.process_time()
    draw_curve(steps, tmp_path / "curve.png", "run")
    assert time.process_time() - started < 3  # some 0.3 s


def test_rates_are_drawn_with_the_suggestion(tmp_path):
    rates, losses = [1e-4, 1e-3, 1e-2, 1e-1], [2.3, 2.0, 1.5, 6.0]
    drawn = rates_figure(rates, losses, 0.001)
    line, suggested, best = drawn.axes[0].get_lines()
    assert (list(line.get_xdata()), list(line.get_ydata())) == (rates, losses)
    assert list(suggested.get_xdata()) == [0.001, 0.001]
    assert (list(best.get_xdata()), list(best.get_ydata())) == ([1e-2], [1.5])
    assert drawn.axes[0].get_xscale() == "log"
    assert drawn.texts[0].get_text() == "learning_rate=0.001"
    draw_rates(rates, losses, 0.001, tmp_path / "rates.png")
    with Image.open(tmp_path / "rates.png") as picture:
        assert picture.size == (1575, 750)


def test_what_cannot_be_drawn_or_written_is_told(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"curve\.png: cannot be written: No such file"):
        draw_curve([step(1)], tmp_path / "no" / "curve.png", "run")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(InputError) as caught:
        draw_curve([step(1)], tmp_path / "curve.png", "run")
    assert str(caught.value) == (
        "the curve of a training run needs matplotlib, which is not installed: "
        'pip install "darknet-python[plot]"'
    )
    assert list(tmp_path.iterdir()) == []
