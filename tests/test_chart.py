"""The chart: its points are the table's numbers, and its names do not lie on each other."""

from __future__ import annotations

import io
import sys
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from darknet import zoo
from darknet.cli import main
from darknet.errors import InputError
from darknet.zoo import chart
from darknet.zoo.compare import Comparison, classic, comparable
from darknet.zoo.describe import rows
from darknet.zoo.labels import Box, Bubble, place

MILLISECONDS = {"tiny": 5.0, "alexnet": 18.0, "darknet": 5.5, "squeezenet1.0": 10.5}
CHOSEN = {"classic": classic, "all": comparable}


@pytest.fixture
def drawn():
    """What draws a comparison; skips where matplotlib is absent."""
    pytest.importorskip("matplotlib")
    return chart.figure


def points(axes):
    """(across, accuracy) of every bubble, and their areas, sorted."""
    (bubbles,) = axes.collections
    found = np.column_stack([bubbles.get_offsets(), bubbles.get_sizes()])
    return found[np.lexsort(found.T)]


@pytest.mark.parametrize("which", CHOSEN)
def test_points_are_the_tables_numbers(drawn, which):
    shown = rows(CHOSEN[which]())
    panel = drawn(Comparison(shown)).axes[0]
    largest = max(row.megabytes for row in shown)
    wanted = np.array(
        [
            (row.gflops, row.model.published.top1, chart.LARGEST * row.megabytes / largest)
            for row in shown
        ]
    )
    assert len(wanted) == {"classic": 4, "all": 16}[which]
    np.testing.assert_allclose(points(panel), wanted[np.lexsort(wanted.T)], rtol=1e-6)
    assert panel.get_xscale() == "log"
    low, high = panel.get_xlim()
    assert low < wanted[:, 0].min()
    assert high > wanted[:, 0].max()


def test_times_are_a_panel_of_their_own(drawn):
    figure = drawn(Comparison(rows(classic(), MILLISECONDS), "an engine"))
    panels = [axes for axes in figure.axes if axes.collections]
    assert len(panels) == 2
    assert sorted(points(panels[1])[:, 0]) == sorted(MILLISECONDS.values())
    assert "an engine" in panels[1].get_xlabel()


def test_units_and_what_is_published_are_said(drawn):
    figure = drawn(Comparison(rows(comparable())))
    said = " ".join(text.get_text() for text in figure.texts)
    assert "Top-1 as published, on the 50,000 validation photographs" in said
    assert "GFLOPs" in figure.axes[0].get_xlabel()
    assert "as published, %" in figure.axes[0].get_ylabel()


@pytest.mark.parametrize("which", CHOSEN)
def test_names_are_all_there_and_do_not_overlap(drawn, which):
    chosen = CHOSEN[which]()
    figure = drawn(Comparison(rows(chosen, MILLISECONDS), "an engine"))
    figure.canvas.draw()
    for axes in figure.axes[:2]:
        boxes = {text.get_text(): text.get_window_extent() for text in axes.texts}
        frame = axes.get_window_extent()
        timed = axes is figure.axes[1]
        titles = {model.title for model in chosen if not timed or model.name in MILLISECONDS}
        assert titles <= set(boxes)
        for name, box in boxes.items():
            assert frame.x0 <= box.x0 < box.x1 <= frame.x1, name
        for (name, one), (other, two) in combinations(boxes.items(), 2):
            across = min(one.x1, two.x1) - max(one.x0, two.x0)
            along = min(one.y1, two.y1) - max(one.y0, two.y0)
            assert min(across, along) <= 1, (name, other)  # a pixel of rounding


def test_the_classic_four_stand_out(drawn):
    (bubbles,) = drawn(Comparison(rows(comparable()))).axes[0].collections
    colours = [tuple(colour) for colour in bubbles.get_facecolors()]
    assert sorted(map(colours.count, set(colours))) == [4, 12]


def test_save_writes_a_png_or_an_svg(drawn, tmp_path, capsys):
    assert main(["models", "--save", str(tmp_path / "chart.png")]) == 0
    assert capsys.readouterr().out.startswith("Model ")
    with Image.open(tmp_path / "chart.png") as picture:
        assert picture.size == (1575, 990)
    assert main(["models", "--save", str(tmp_path / "chart.svg")]) == 0
    assert b"<svg" in (tmp_path / "chart.svg").read_bytes()
    assert main(["models", "--save", str(tmp_path / "no" / "chart.png")]) == 2
    assert "its folder does not exist" in capsys.readouterr().err


def test_a_chart_needs_published_figures(drawn):
    with pytest.raises(InputError, match="accuracy is published"):
        drawn(Comparison(rows([zoo.named("cifar")])))


def test_one_network_alone_is_drawn(drawn):
    found = chart.draw(Comparison(rows([zoo.named("vgg-16")])))
    assert Image.open(io.BytesIO(found)).format == "PNG"


def test_without_matplotlib_it_says_what_to_install(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["models", "--save", str(tmp_path / "chart.png")]) == 2
    out = capsys.readouterr()
    assert out.out == ""
    assert out.err == (
        "darknet: a chart needs matplotlib, which is not installed: "
        'pip install "darknet-python[plot]"\n'
    )


def test_a_name_stands_on_the_right_where_nothing_hinders():
    (box,) = place([Bubble(100, 100, 10, 50, 12)], Box(0, 0, 400, 200))
    assert (box.x, box.y) == (117, 94)  # radius and a gap of 7; the middle at the bubble's


def test_a_name_goes_left_at_the_right_edge():
    (box,) = place([Bubble(180, 100, 10, 50, 12)], Box(0, 0, 200, 200))
    assert box.x + box.width == pytest.approx(163)


def test_overlaps_of_rectangles():
    box = Box(0, 0, 10, 10)
    assert box.overlap(Box(5, 8, 10, 10)) == 5 * 2
    assert box.overlap(Box(10, 0, 5, 5)) == 0
    assert box.distance(13, 14) == 5
    assert box.distance(5, 5) == 0


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(50, 950), st.floats(50, 550), st.floats(3, 20)), min_size=1, max_size=6
    )
)
def test_few_names_never_overlap(spots):
    bubbles = [Bubble(x, y, radius, 60, 12) for x, y, radius in spots]
    boxes = place(bubbles, Box(0, 0, 1000, 600))
    for one, two in combinations(boxes, 2):
        assert one.overlap(two) == 0
    for box in boxes:
        assert box.overlap(Box(0, 0, 1000, 600)) == pytest.approx(60 * 12)
