"""``darknet data check``: what is wrong with a data set, and what is only worth knowing."""

from __future__ import annotations

import json
import tarfile
import threading
import zlib
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image

from conftest import ROOT
from darknet.cli import main
from darknet.data_check import DataCheck
from darknet.image import kind_of, open_image
from darknet.labelled import read_labelled
from darknet.quarantine import Quarantine
from darknet.train.augment import Augmentation
from darknet.train.loader import Loader
from darknet.train.photographs import Photographs
from photographs import encoded

SCHEMA = json.loads((ROOT / "docs/schemas/data-check.schema.json").read_text())
NAMES = ("cat", "dog")


def noise(seed: int, height: int = 12, width: int = 10, channels: int = 3):
    shape = (height, width, channels) if channels > 1 else (height, width)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


ODD = {
    "rgb.png": ("RGB", encoded(noise(1))),
    "grey.png": ("grey", encoded(noise(2, channels=1))),
    "16.png": ("16-bit", encoded(Image.fromarray(noise(3, channels=1).astype(np.uint16) * 257))),
    "cmyk.jpg": ("CMYK", encoded(Image.fromarray(noise(4)).convert("CMYK"), "JPEG")),
    "alpha.png": ("alpha", encoded(noise(5, channels=4))),
    "palette.gif": ("palette", encoded(Image.fromarray(noise(6)).convert("P"), "GIF")),
    "bw.png": ("black and white", encoded(Image.fromarray(noise(7)).convert("1"))),
}
BAD = {
    "cut.jpg": encoded(noise(8, 64, 64), "JPEG")[:900],
    "empty.png": b"",
    "page.jpg": b"<!DOCTYPE html><html><body>404</body></html>",
    "text.png": b"just words",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Good but odd photographs, and bad ones, in two classes and two parts."""
    for name, (_, data) in ODD.items():
        put(tmp_path / "data/train/cat" / name, data)
    for name, data in BAD.items():
        put(tmp_path / "data/train/dog" / name, data)
    put(tmp_path / "data/train/dog/good.png", encoded(noise(20, 40, 60)))
    put(tmp_path / "data/valid/dog/good.png", encoded(noise(21)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def checked(capsys, *words: str) -> tuple[int, dict]:
    code = main(["data", "check", *words, "--json"])
    out = capsys.readouterr().out
    found = json.loads(out)
    jsonschema.validate(found, SCHEMA)
    return code, found


def problems(found: dict) -> list[tuple[str, str]]:
    return [(one["kind"], Path(one["source"]).name) for one in found["problems"]]


def test_all_that_cannot_be_read_is_named_with_its_reason(folder, capsys):
    code, found = checked(capsys, "data")
    assert code == 2
    assert not found["usable"]
    assert problems(found) == [("unreadable", name) for name in sorted(BAD)]
    reasons = {Path(one["source"]).name: one["reason"] for one in found["problems"]}
    assert reasons["cut.jpg"].startswith("damaged or cut off: ")
    assert reasons["empty.png"] == "empty (0 bytes); expected a photograph"
    assert "HTML" in reasons["page.jpg"]
    assert reasons["text.png"].endswith("; expected a photograph")
    assert found["parts"] == [
        {"part": "train", "photographs": 8},
        {"part": "valid", "photographs": 1},
    ]
    assert found["classes"] == [
        {"class": 0, "name": "cat", "train": 7, "valid": 0},
        {"class": 1, "name": "dog", "train": 1, "valid": 1},
    ]


def test_kinds_and_sizes_are_counted(folder, capsys):
    _, found = checked(capsys, "data")
    assert found["kinds"] == {"RGB": 3, **{kind: 1 for kind, _ in ODD.values() if kind != "RGB"}}
    assert (found["smallest"]["width"], found["smallest"]["height"]) == (10, 12)
    assert (found["largest"]["width"], found["largest"]["height"]) == (60, 40)
    assert found["largest"]["source"] == "data/train/dog/good.png"
    assert found["smaller_than_network"] is None


@pytest.mark.parametrize("name", ODD)
def test_odd_photographs_are_told_apart_and_read(name):
    kind, data = ODD[name]
    assert kind_of(data) == kind
    assert open_image(data).shape == (12, 10, 3)
    assert open_image(data, 1).shape == (12, 10, 1)


def test_16_bits_of_colour_are_16_bits():
    """Pillow makes 8 of them when it reads: only the file's head tells."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        sum_of = zlib.crc32(kind + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + kind + data + sum_of

    head = (2).to_bytes(4, "big") * 2 + bytes([16, 2, 0, 0, 0])
    rows = zlib.compress(2 * (b"\0" + 6 * b"\xab\xcd"))
    chunks = (chunk(b"IHDR", head), chunk(b"IDAT", rows), chunk(b"IEND", b""))
    data = b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
    assert kind_of(data) == "16-bit"
    assert (open_image(data) == 0xAB).all()


def test_the_answer_for_people(folder, capsys):
    assert main(["data", "check", "data"]) == 2
    out = capsys.readouterr().out
    assert "data: 9 photographs (train 8, valid 1) of 2 classes\n" in out
    assert "smallest: 10 x 12 (data/train/cat/16.png)\n" in out
    assert "pixels: RGB 3, " in out
    assert (
        "class      train      valid\ncat            7          0\ndog            1          1\n"
        in out
    )
    assert "no photograph in valid: cat\n" in out
    assert "cannot be read: 4\n  data/train/dog/cut.jpg: damaged or cut off" in out
    assert "4 cannot be used: mend them, or leave them out (--quarantine FILE" in out


def test_a_good_set_is_good(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for n in range(6):
        put(tmp_path / f"a/{NAMES[n % 2]}/{n}.png", encoded(noise(n)))
    code, found = checked(capsys, "a")
    assert (code, found["usable"], found["problems"]) == (0, True, [])
    assert found["parts"] == [{"part": "all", "photographs": 6}]
    assert found["classes"][0] == {"class": 0, "name": "cat", "all": 3}
    assert main(["data", "check", "a"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("a: 6 photographs of 2 classes\nsize: 10 x 12\n")
    assert out.endswith("\nnothing is wrong with them\n")
    assert main(["data", "check", "a", "--part", "train"]) == 2
    assert "a: no part train; leave --part away" in capsys.readouterr().err


def test_every_label_without_a_class_is_named_with_its_line(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for n in range(3):
        put(tmp_path / f"{n}.png", encoded(noise(n)))
    (tmp_path / "my.names").write_text("person\nnoperson\n")
    lines = "0.png person\n1.png noperson\n2.png nopersons\nperson/noperson/2.png\n0.png noperson\n"
    (tmp_path / "train.list").write_text(lines)
    (tmp_path / "my.data").write_text("train=train.list\nnames=my.names\nclasses=2\n")
    code, found = checked(capsys, "my.data")
    assert code == 2
    assert [(one["kind"], one["where"]) for one in found["problems"]] == [
        ("class", "train.list:3"), ("class", "train.list:4"), ("class", "train.list:5"),
    ]  # fmt: skip
    reasons = [one["reason"] for one in found["problems"]]
    assert reasons[0] == 'nopersons is no class; did you mean "noperson"?'
    assert reasons[1].startswith("two classes: folder person is")
    assert reasons[2].startswith("0.png is noperson (class 1) here and person (class 0) in train")
    assert found["classes"] == [  # a class is never taken for a part of another
        {"class": 0, "name": "person", "train": 1},
        {"class": 1, "name": "noperson", "train": 1},
    ]
    assert main(["data", "check", "my.data"]) == 2
    assert "  train.list:3: 2.png: nopersons is no class" in capsys.readouterr().out


def test_photographs_that_are_there_twice(tmp_path, capsys, monkeypatch):
    """Within a part, across parts, and in two classes; by content, whatever the name."""
    monkeypatch.chdir(tmp_path)
    one, two, three, four = (encoded(noise(n)) for n in range(4))
    put(tmp_path / "a/train/cat/1.png", one)
    put(tmp_path / "a/train/cat/1 again.png", one)
    put(tmp_path / "a/train/cat/2.png", two)
    put(tmp_path / "a/valid/cat/2.png", two)
    put(tmp_path / "a/train/cat/3.png", three)
    put(tmp_path / "a/train/dog/3.png", three)
    put(tmp_path / "a/valid/dog/4.png", four)
    code, found = checked(capsys, "a", "--quarantine", "q.tsv")
    assert code == 2
    listed = [(one["kind"], one["part"], one["source"]) for one in found["problems"]]
    assert listed == [
        ("same", "train", "a/train/cat/1.png"),
        ("leak", "train", "a/train/cat/2.png"),
        ("conflict", "train", "a/train/cat/3.png"),
        ("conflict", "train", "a/train/dog/3.png"),
    ]
    quarantine = Quarantine.read("q.tsv")
    train = read_labelled("a", NAMES, "train", quarantine)
    assert [photograph.path for photograph in train.photographs] == ["a/train/cat/1 again.png"]
    assert len(read_labelled("a", NAMES, "valid", quarantine)) == 2
    capsys.readouterr()
    assert main(["data", "check", "a", "--part", "valid"]) == 0
    assert "valid 2" in capsys.readouterr().out


def test_duplicates_alone_are_no_reason_to_stop(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for n in range(2):
        put(tmp_path / f"a/cat/{n}.png", encoded(noise(1)))
    code, found = checked(capsys, "a", "--names", _names(tmp_path))
    assert (code, problems(found)) == (0, [("same", "1.png")])
    assert main(["data", "check", "a"]) == 0
    assert capsys.readouterr().out.endswith("\nall can be used; 1 are there more than once\n")


def _names(tmp_path: Path) -> str:
    (tmp_path / "two.names").write_text("cat\ndog\n")
    return "two.names"


def test_lists_that_name_a_photograph_twice_or_in_both_parts(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for n in range(3):
        put(tmp_path / f"cat/{n}.png", encoded(noise(n)))
    (tmp_path / "t.list").write_text("cat/0.png\ncat/1.png\n./cat/0.png\n")
    (tmp_path / "v.list").write_text("cat/1.png\ncat/2.png\n")
    _names(tmp_path)
    (tmp_path / "my.data").write_text("train=t.list\nvalid=v.list\nnames=two.names\n")
    code, found = checked(capsys, "my.data", "--quarantine", "q.tsv")
    assert code == 0
    assert [(one["kind"], one["where"]) for one in found["problems"]] == [
        ("repeated", "t.list:3"),
        ("leak", "t.list:2"),
    ]
    quarantine = Quarantine.read("q.tsv")
    train = read_labelled("my.data", NAMES, "train", quarantine)
    assert [one.line for one in train.photographs] == [1]
    assert len(read_labelled("my.data", NAMES, "valid", quarantine)) == 2


def test_what_is_in_quarantine_does_not_stop_training(folder, capsys):
    """The checked list makes a set of it that every photograph of can be read."""
    put(folder / "data/train/wolf/1.png", encoded(noise(30)))
    (folder / "two.names").write_text("cat\ndog\n")
    assert main(["data", "check", "data", "--names", "two.names", "--quarantine", "q.tsv"]) == 2
    assert "wolf is no class" in capsys.readouterr().out
    kept = read_labelled("data", NAMES, "train", Quarantine.read("q.tsv"))
    assert len(kept) == 8
    augmentation = Augmentation(width=8, height=8, low=8, high=8)
    loader = Loader(Photographs(kept), augmentation, batch=8, seed=0, last=2)
    assert len(list(loader)) == 2
    assert loader.quarantined == []


def test_an_archive_is_checked_from_memory(folder, capsys):
    with tarfile.open("data.tar.gz", "w:gz") as opened:
        opened.add("data")
    code, found = checked(capsys, "data.tar.gz", "--quarantine", "q.tsv")
    assert code == 2
    assert len(found["problems"]) == len(BAD)
    assert found["problems"][0]["source"] == "data.tar.gz/data/train/dog/cut.jpg"
    left = read_labelled("data.tar.gz", NAMES, "train", Quarantine.read("q.tsv"))
    assert len(left) == 8


def test_a_cfg_gives_classes_and_size(folder, capsys):
    (folder / "two.names").write_text("cat\ndog\n")
    text = "[net]\nwidth=20\nheight=20\nchannels=3\n{}[connected]\noutput=2\n[softmax]\n"
    (folder / "a.cfg").write_text(text.format("names=two.names\n"))
    _, found = checked(capsys, "data", "--cfg", "a.cfg")
    assert found["smaller_than_network"] == 8
    assert main(["data", "check", "data", "--cfg", "a.cfg"]) == 2
    assert "smaller than the network's 20 x 20: 8\n" in capsys.readouterr().out
    (folder / "b.cfg").write_text(text.format(""))
    assert checked(capsys, "data", "--cfg", "b.cfg")[1]["classes"][1]["name"] == "dog"
    put(folder / "data/train/emu/1.png", encoded(noise(9)))
    assert main(["data", "check", "data", "--cfg", "b.cfg"]) == 2
    assert "data: 3 classes, but the network of b.cfg has 2 outputs" in capsys.readouterr().err


def test_the_classes_as_bars(folder, capsys):
    assert main(["data", "check", "data", "--save", "bars.png"]) == 2
    with Image.open("bars.png") as picture:
        assert picture.size == (900, 134)
        colours = {colour for _, colour in picture.convert("RGB").getcolors(10**6)}
    assert {(0x48, 0x78, 0xA8), (0xD9, 0x82, 0x2B)} <= colours


def test_of_many_classes_the_extremes_are_shown(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for n in range(40):
        for k in range(1 + n // 10):
            put(tmp_path / f"a/c{n:02d}/{k}.png", encoded(noise(100 * n + k)))
    assert main(["data", "check", "a"]) == 0
    out = capsys.readouterr().out
    assert "... 10 more\n" in out
    assert sum(line.startswith("c") for line in out.splitlines()) == 31
    assert len(checked(capsys, "a")[1]["classes"]) == 40


def test_folders_without_a_photograph_are_told(folder, capsys):
    """Classes and parts, at any depth; not what is hidden, nor what lies in a class."""
    for path in ("bird", "train/fish/deeper", "valid/cat", ".git/x", "train/cat/later"):
        (folder / "data" / path).mkdir(parents=True)
    empty = ["data/bird", "data/train/fish", "data/valid/cat"]
    _, found = checked(capsys, "data")
    assert found["empty_folders"] == empty
    main(["data", "check", "data"])
    out = capsys.readouterr().out
    assert f"folders without a photograph: {', '.join(empty)}\n" in out
    put(folder / "own.names", b"cat\ndog\n")
    put(folder / "own.data", b"train=data/train\nvalid=data/valid\nnames=own.names\n")
    assert checked(capsys, "own.data")[1]["empty_folders"] == empty[1:]
    put(folder / "good/a/1.png", encoded(noise(30)))
    (folder / "good/b").mkdir()
    assert checked(capsys, "good")[0] == 0
    main(["data", "check", "good"])
    assert "are the empty folders classes that lack theirs?" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nowhere",), "nowhere: cannot be read: No such file"),
        (("bare",), "bare: no photographs in it; expected a folder, a .data file"),
        (("flat",), "flat: no classes in it; expected folders named after them"),
        (("data", "--save", "x.jpg"), "--save x.jpg: expected a name that ends in .png"),
        (("data", "--quarantine", "no/q.tsv"), "no/q.tsv: its folder does not exist"),
        (("data", "--save", "data/train/cat/rgb.png"), "rgb.png: is read here, and is not overw"),
        (("data", "--names", "none.names"), "none.names: cannot be read"),
    ],
)
def test_what_cannot_be_asked_for(folder, capsys, words, message):
    (folder / "bare").mkdir()
    put(folder / "flat/1.png", encoded(noise(1)))
    assert main(["data", "check", *words]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_a_check_that_is_broken_off_leaves_no_threads(folder):
    before = threading.active_count()
    running = DataCheck("data", NAMES, ["train"]).run()
    next(running)
    running.close()
    assert threading.active_count() == before
