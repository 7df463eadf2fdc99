"""The wheel: everything that is not code is in it, and it works where there is no source."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import ROOT
from darknet import zoo

FOLDERS = ("cfg", "weights")
SHIPPED = [model for model in zoo.models().values() if model.shipped]


def test_folders_beside_the_source_are_packaged() -> None:
    """What the build is told; the next test looks at what it makes of that."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    included = told["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included == {folder: f"darknet/{folder}" for folder in FOLDERS}
    for folder in FOLDERS:
        assert (ROOT / folder).is_dir()


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel has."""
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("hatchling is not installed (it is in the extra dev)")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "there")
    return folder / "there"


def test_the_wheel_has_every_cfg_and_all_weights(unpacked: Path) -> None:
    for folder in FOLDERS:
        ours = {path.name for path in (ROOT / folder).iterdir()}
        assert {path.name for path in (unpacked / "darknet" / folder).iterdir()} == ours
    for model in SHIPPED:
        packed = unpacked / "darknet" / "weights" / model.file.name
        assert packed.stat().st_size == model.file.size
    assert (unpacked / "darknet" / "zoo" / "zoo.toml").is_file()


def run(unpacked: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`darknet` from the wheel, away from the source, offline, with an empty cache."""
    there = {"PYTHONPATH": str(unpacked), "DARKNET_CACHE": str(unpacked / "no-cache")}
    return subprocess.run(
        [sys.executable, "-m", "darknet", *words],
        cwd=unpacked,
        env={**os.environ, "DARKNET_OFFLINE": "1", **there, **environment},
        capture_output=True,
        text=True,
    )


def test_a_model_is_known_by_name_from_the_wheel(unpacked: Path) -> None:
    done = run(unpacked, "models", "tiny")
    assert done.returncode == 0, done.stderr
    assert str(unpacked / "darknet" / "cfg" / "tiny.cfg") in done.stdout
    assert run(unpacked, "summary", "tiny").returncode == 0


@pytest.mark.skipif(not SHIPPED, reason="no weights come with the package yet: to be trained")
def test_a_photograph_is_answered_from_the_wheel(unpacked: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (50, 70, 3), np.uint8)
    Image.fromarray(pixels).save(unpacked / "a.png")
    done = run(unpacked, "classify", "a.png")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("a.png: Predicted in")
    assert done.stderr.startswith(f"no network is named: {SHIPPED[0].name} answers")
    assert not (unpacked / "no-cache").exists()
