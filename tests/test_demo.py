"""The demo: it draws what is at hand, needs no network, and does not import scikit-image."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import ROOT
from darknet import zoo

DEMO = ROOT / "examples" / "demo.py"
needs_weights = pytest.mark.skipif(
    "tiny-cifar" not in zoo.models(),
    reason="tiny-cifar is not in zoo.toml yet: its weights are still to be trained",
)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh clone without a folder ../shared, and a scikit-image that must not be imported."""
    folder = tmp_path / "clone"
    (folder / "examples").mkdir(parents=True)
    for file in ("demo.py", "poster.py"):
        (folder / "examples" / file).write_bytes((ROOT / "examples" / file).read_bytes())
    data = tmp_path / "site" / "skimage" / "data"
    data.mkdir(parents=True)
    (data.parent / "__init__.py").write_text("raise SystemExit('scikit-image was imported')")
    pixels = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
    Image.fromarray(pixels).save(data / "chelsea.png")
    return folder


def run(clone: Path, *words: str, site: str = "site") -> subprocess.CompletedProcess[str]:
    """`python examples/demo.py` in the clone."""
    path = os.pathsep.join([str(ROOT / "src"), str(clone.parent / site)])
    return subprocess.run(
        [sys.executable, "examples/demo.py", *words],
        cwd=clone,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )


@needs_weights
def test_a_fresh_clone_draws_the_photograph_of_scikit_image(clone: Path) -> None:
    done = run(clone)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for said in ("$ darknet models --compare", "$ darknet summary tiny-cifar", "parameters"):
        assert said in done.stdout
    assert "\n$ darknet classify tiny-cifar chelsea.png\nchelsea.png: Predicted in" in done.stdout
    with Image.open(clone / "demo.png") as picture:
        assert (picture.format, picture.size) == ("PNG", (1200, 104 + 322))


@needs_weights
def test_photographs_may_be_named(clone: Path, tmp_path: Path) -> None:
    photograph = tmp_path / "mine.png"
    Image.new("L", (50, 200), 90).save(photograph)
    assert run(clone, str(photograph), str(photograph)).returncode == 0
    done = run(clone, str(tmp_path / "none.png"))
    assert done.returncode == 2
    assert "none.png: cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_at_hand_says_what_to_do(clone: Path) -> None:
    (clone.parent / "site" / "skimage" / "data" / "chelsea.png").unlink()
    done = run(clone)
    assert done.returncode == 2
    assert 'pip install -e ".[demo]"' in done.stderr
    assert not (clone / "demo.png").exists()


def test_the_photographs_are_in_the_wheel() -> None:
    """Those of the installed scikit-image, where it is: the names in the demo are its."""
    from importlib.util import find_spec

    spec = find_spec("skimage")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("scikit-image is not installed (the extra demo)")
    there = {path.name for path in (Path(spec.submodule_search_locations[0]) / "data").iterdir()}
    text = DEMO.read_text("utf-8")
    for name in ("chelsea.png", "horse.png", "rocket.jpg"):
        assert f'"{name}"' in text
        assert name in there


def test_the_poster_has_a_row_for_each_photograph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    from poster import FIRST, SEEN, Answers, Row, drawn

    red = np.full((60, 90, 3), (255, 0, 0), np.uint8)
    green = np.full((32, 32, 3), (0, 255, 0), np.uint8)
    certain = Answers("a: one of 2", [("x" * 300, 1.0), ("y", 0.0)])
    row = Row(red, "A caption", "A credit", green, "a", [certain, certain])
    picture = Image.open(io.BytesIO(drawn([row, row], "about")))
    assert picture.size == (1200, 104 + 2 * 322)
    colours = {colour: count for count, colour in picture.getcolors(1 << 20)}
    assert colours[0, 255, 0] == 2 * SEEN * SEEN
    assert colours[255, 0, 0] == 2 * 336 * 224
    blue = tuple(bytes.fromhex(FIRST[1:]))
    assert colours[blue] > 2 * 2 * 200 * 8  # two bars in each row, of the full width
