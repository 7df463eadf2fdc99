"""``darknet import``: the mapping, exit codes, JSON, what is written; files that are refused."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import sys
import zipfile
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import darknet
from conftest import ROOT, network
from darknet.cli import main
from darknet.errors import WeightsError
from darknet.importing import Recipe, import_weights
from darknet.weights import Weights

CFG = """[net]
width=8
height=8
channels=3
[convolutional]
filters=2
size=1
activation=linear
[avgpool]
[softmax]
"""
SQUEEZENETS = {  # SHA-256, and how many of the first 100 photographs: first answer, first five
    "1.0": ("4cf7f2c912b0cc9ace85d7c54919cc73a1a13402089350efc4bdabe632a6167c", (73, 90)),
    "1.1": ("f177717c2ce3347f0bd299b7af85ed2fe0aac8dad73e6197083ac14d4ce156cf", (73, 94)),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with net.cfg and net.npz, whose arrays are 0, 1, 2 ..."""
    (tmp_path / "net.cfg").write_text(CFG)
    kernel = np.arange(6, dtype=np.float32).reshape(2, 3, 1, 1)
    np.savez(tmp_path / "net.npz", **{"conv.weight": kernel, "conv.bias": np.float32([6, 7])})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def error(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr."""
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_it_prints_the_mapping_and_writes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "net.npz", "net.cfg"]) == 0
    head, columns, biases, weights, wrote = capsys.readouterr().out.splitlines()
    assert head == "net.npz (npz) -> net.cfg, matched in order"
    assert columns.split() == ["layer", "section", "array", "shape", "<-", "source"]
    assert biases.split() == ["0", "convolutional", "biases", "(2,)", "<-", "conv.bias", "(2,)"]
    assert weights.endswith("weights          (2, 3, 1, 1)         <- conv.weight (2, 3, 1, 1)")
    assert wrote == "wrote net.weights: 52 bytes"
    found = Weights.read("net.weights", network(CFG))
    assert found[0]["weights"].ravel().tolist() == [0, 1, 2, 3, 4, 5]
    assert found[0]["biases"].tolist() == [6, 7]


def test_flags_and_a_mapping_file_say_how_it_was_fed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "map.toml").write_text('[input]\nscale = 2\nmean = [1, 2, 3]\norder = "rgb"\n')
    words = ["--map", "map.toml", "--bgr", "--mean", "1,1,1", "-o", "out.weights"]
    assert main(["import", "net.npz", "net.cfg", *words, "-nogpu", "-i", "0"]) == 0
    assert "absorbed: BGR, x 2, - (1, 1, 1), into layer 0\n" in capsys.readouterr().out
    found = Weights.read("out.weights", network(CFG))
    assert found[0]["weights"].ravel().tolist() == [4, 2, 0, 10, 8, 6]
    assert found[0]["biases"].tolist() == [6 - 3, 7 - 12]


def test_json_follows_its_schema(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema = json.loads((ROOT / "docs" / "schemas" / "import.schema.json").read_text())
    assert main(["import", "net.npz", "net.cfg", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, schema)
    assert document["written"] == {"path": "net.weights", "bytes": 52}
    assert document["sha256"] == hashlib.sha256(Path("net.npz").read_bytes()).hexdigest()
    np.savez("two.npz", a=np.ones((2, 3, 1, 1)), b=np.ones((9, 9)))
    assert main(["import", "two.npz", "net.cfg", "--json", "-o", "two.weights"]) == 2
    out = capsys.readouterr()
    document = json.loads(out.out)
    jsonschema.validate(document, schema)
    assert document["written"] is None
    assert document["left_over"] == [{"source": "b", "source_shape": [9, 9]}]
    assert "1 array left over" in out.err
    assert not Path("two.weights").exists()
    assert main(["import", "two.npz", "net.cfg", "--partial", "-o", "two.weights"]) == 0
    assert Path("two.weights").stat().st_size == 52


def test_what_is_there_is_not_overwritten_by_accident(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("net.weights").write_text("trained for a week")
    assert main(["import", "net.npz", "net.cfg"]) == 2
    assert error(capsys) == "darknet: net.weights: is there already; -o says where to write"
    for name in ("net.npz", "./net.cfg"):
        assert main(["import", "net.npz", "net.cfg", "-o", name]) == 2
        assert "is read here, and is not overwritten" in error(capsys)
    assert main(["import", "net.npz", "net.cfg", "--dry-run"]) == 0
    assert Path("net.weights").read_text() == "trained for a week"
    assert main(["import", "net.npz", "net.cfg", "-o", "net.weights"]) == 0
    assert Path("net.weights").stat().st_size == 52


def test_a_class_list_that_is_read_is_not_overwritten(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("names.txt").write_text("cat\ndog\n")
    Path("order.txt").write_text("dog\ncat\n")
    Path("net.cfg").write_text(CFG.replace("channels=3", "channels=3\nnames=names.txt"))
    Path("map.toml").write_text("[classes]\norder = 'order.txt'\n")
    for words in (["--classes", "order.txt"], ["--map", "map.toml"]):
        for name in ("order.txt", "names.txt"):
            assert main(["import", "net.npz", "net.cfg", *words, "-o", name]) == 2
            assert error(capsys).startswith(f"darknet: {name}: is read here")
    assert (Path("names.txt").read_text(), Path("order.txt").read_text()) == (
        "cat\ndog\n",
        "dog\ncat\n",
    )


def test_arrays_that_are_no_weights_are_told_in_a_sentence(folder: Path) -> None:
    arrays = dict(np.load("net.npz"))
    for count, expected in (
        (1, "1 array of the source is no weight, and is ignored: n0"),
        (3, "3 arrays of the source are no weights, and are ignored: n0, n1, n2"),
        (4, "4 arrays of the source are no weights, and are ignored: n0, n1, n2 ..."),
    ):
        np.savez("more.npz", **arrays, **{f"n{k}": np.arange(3) for k in range(count)})
        assert import_weights("more.npz", network(CFG).cfg).notes == (expected,)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["net.npz"], "net.npz: not a file that is known by itself; name its CFG too"),
        (["missing.npz", "net.cfg"], "missing.npz: cannot be read: No such file"),
        (["net.npz", "missing.cfg"], "missing.cfg: cannot be read"),
        ([".", "net.cfg"], ".: is a folder; expected weights to import"),
        (["net.cfg", "net.cfg"], "net.cfg: a .cfg file (are two arguments swapped?); expected"),
        (["net.npz", "net.cfg", "--mean", "1,x"], "1,x: expected numbers with commas between"),
        (["net.npz", "net.cfg", "--mean", "1,2"], "mean: 2 numbers, but the network has 3"),
        (["net.npz", "net.cfg", "--scale", "nan"], "scale=nan: expected a number above 0"),
        (["net.npz", "net.cfg", "--classes", "imagenet-sorted"], "1000 classes, but the network"),
        (["net.npz", "net.cfg", "-o", "no/where"], "no/where: cannot be written"),
    ],
)
def test_bad_input_is_one_line(
    folder: Path, words: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", *words]) == 2
    assert expected in error(capsys)


def npy(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def zipped(path: str, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(path, "w", method, compresslevel=1) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def refused(path: str, expected: str) -> None:
    with pytest.raises(WeightsError, match=expected):
        import_weights(path, network(CFG).cfg)


def test_zip_bombs_are_refused_before_they_unpack(folder: Path) -> None:
    zipped("a.npz", {f"{k}.npy": bytes(30 * 2**20) for k in range(3)})
    assert os.path.getsize("a.npz") < 2**20
    refused("a.npz", "unpacks to 94,371,840 bytes, several times what the network needs")
    zipped("b.npz", {"a.npy": bytes(99)}, zipfile.ZIP_BZIP2)
    refused("b.npz", "compressed in a way that numpy and torch never use")
    with open("c.npz", "wb") as file:
        file.truncate(2**30)
    refused("c.npz", "1,073,741,824 bytes, several times what the network needs")


def test_archives_that_lie(folder: Path) -> None:
    good = npy(np.ones((2, 3, 1, 1), np.float32))
    zipped("a.npz", {"w.npy": good.replace(b"(2, 3, 1, 1)", b"(2, 9, 9, 9)")})
    refused("a.npz", r"w: 24 bytes for shape \(2, 9, 9, 9\) float32; is the file cut off")
    zipped("b.npz", {"w.npy": good[:-4]})
    refused("b.npz", "20 bytes for shape")
    zipped("c.npz", {"w.txt": b"x"})
    refused("c.npz", "a zip archive, but neither numpy's nor torch's")
    Path("d.npz").write_bytes(Path("net.npz").read_bytes()[:-30])
    refused("d.npz", "cannot be read as a zip archive")
    with zipfile.ZipFile("e.npz", "w") as archive:
        archive.writestr("w.npy", good)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("w.npy", good)
    refused("e.npz", "w.npy: is there twice")


def test_an_onnx_model_may_not_name_files_elsewhere(folder: Path) -> None:
    onnx = pytest.importorskip("onnx")
    tensor = onnx.TensorProto(name="w", data_type=1, dims=[2, 3, 1, 1], data_location=1)
    node = onnx.helper.make_node("Conv", ["x", "w"], ["y"])
    for location in ("../secret", "/etc/passwd", "..", ""):
        del tensor.external_data[:]
        tensor.external_data.add(key="location", value=location)
        graph = onnx.helper.make_graph([node], "g", [], [], [tensor])
        Path("a.onnx").write_bytes(onnx.helper.make_model(graph).SerializeToString())
        refused("a.onnx", "w: lies in a file that is not beside the model")


@pytest.mark.parametrize(
    ("module", "name", "data"),
    [
        ("safetensors", "a.safetensors", b"\x02\0\0\0\0\0\0\0{}"),
        ("onnx", "a.onnx", b"\x08\x08\x12\x00"),
        ("torch", "a.pth", b"\x80\x02}q\0."),
    ],
)
def test_a_library_that_is_missing_is_named(
    folder: Path, module: str, name: str, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(name).write_bytes(data)
    monkeypatch.setitem(sys.modules, module, None)
    refused(name, r"needs.*pip install 'darknet-python\[")


def test_a_known_file_needs_no_cfg_and_no_flags_and_goes_into_the_cache(
    folder: Path, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = shared / "data/weights/squeezenet/squeezenet_v1.1.npz"
    assert main(["import", str(source)]) == 0
    absorbed = "BGR, x 255, - (104, 117, 123), into layer 0"
    assert f"absorbed: {absorbed}\n" in capsys.readouterr().out
    with darknet.load("squeezenet1.1") as net:
        assert net.classifier().method == "crop"
        answer = net.classify(shared / "data" / "images" / "dog.jpg")
    assert answer.top(1)[0][0] == "dogsled"


def test_a_flag_goes_before_what_is_known_of_a_file(
    folder: Path, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = shared / "data/weights/squeezenet/squeezenet_v1.1.npz"
    assert main(["import", str(source), "--scale", "4", "--rgb", "--dry-run"]) == 0
    assert "absorbed: RGB, x 4, - (104, 117, 123), into layer 0\n" in capsys.readouterr().out


def test_a_known_file_read_in_another_way_is_not_the_models_own(
    folder: Path, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = shared / "data/weights/squeezenet/squeezenet_v1.1.npz"
    assert main(["import", str(source), "--rgb", "--scale", "1"]) == 0
    assert "wrote squeezenet1.1.weights: " in capsys.readouterr().out
    assert main(["classify", "squeezenet1.1", "dog.jpg"]) == 2
    assert "darknet import squeezenet_v1.1.npz makes them" in capsys.readouterr().err


def test_cfg_may_be_a_models_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "net.npz", "squeezenet1.1"]) == 2
    assert "squeezenet1.1.cfg" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("version", SQUEEZENETS)
def test_squeezenets_answer_as_their_authors_say(
    shared: Path, tmp_path: Path, version: str
) -> None:
    """The first 100 photographs; all 500 give 62.2 / 83.2 % (1.0) and 64.2 / 84.4 % (1.1)."""
    cfg = ROOT / "cfg" / f"squeezenet{version}.cfg"
    if not cfg.exists():
        pytest.skip(f"needs cfg/{cfg.name}")
    source = tmp_path / "a.npz"
    shutil.copy(shared / f"data/weights/squeezenet/squeezenet_v{version}.npz", source)
    recipe = Recipe("bgr", 255.0, (104.0, 117.0, 123.0), classes="imagenet-sorted")
    found = import_weights(source, cfg, recipe=recipe)
    sha256, expected = SQUEEZENETS[version]
    assert found.sha256 == sha256
    photographs = shared / "data" / "imagenet500"
    with (photographs / "labels.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))[:100]
    with darknet.load(cfg, found.weights) as net:
        answers = net.classify([photographs / row["file"] for row in rows], preprocess="crop")
    wanted = [int(row["darknet_index"]) for row in rows]
    ranks = [answer.ranking(5) for answer in answers]
    hits = [
        sum(truth in rank[:count] for rank, truth in zip(ranks, wanted, strict=True))
        for count in (1, 5)
    ]
    assert tuple(hits) == expected
